"""Columns of the lists: titles and cells of a width, one space apart."""

from collections.abc import Mapping, Sequence

from maestro_tui.domain.text import fit
from maestro_tui.ui.widgets.lines import Line, Span, Tone

_RIGHT = frozenset({"AGE", "IDLE", "TRIES", "ATT", "PENDING", "INACTIVE", "SIZE"})

Cells = Sequence[tuple[str, int]]
"""Titles with their widths, from left to right; the last column takes what is left over."""


def widths(room: int, fixed: Cells, last: str) -> Cells:
    """Give the last column what the fixed ones leave."""
    taken = sum(cells + 1 for _, cells in fixed)
    return (*fixed, (last, max(0, room - taken)))


def titles(cells: Cells) -> Line:
    """Spell the line of titles."""
    return ((" ".join(fit(title, width, right=title in _RIGHT) for title, width in cells), "title"),)


def spans(cells: Cells, texts: Mapping[str, str], tones: Mapping[str, Tone]) -> Line:
    """Fit each column's text, and say it in its tone, plainly where it has none."""
    line: list[Span] = []
    for place, (title, width) in enumerate(cells):
        text = fit(texts[title], width, right=title in _RIGHT)
        line.append((f" {text}" if place else text, tones.get(title, "plain")))
    return tuple(line)
