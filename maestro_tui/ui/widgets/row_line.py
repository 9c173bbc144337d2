"""How a row of the overview is spelled: its columns, its state in the tone of the worst that was found about it."""

from dataclasses import replace
from functools import partial

from maestro_tui.domain.columns import Shown, columns_at, header, line
from maestro_tui.domain.rules import Severity
from maestro_tui.ui.widgets.lines import Line, Span, Tone

CURSOR_EXTRA = 2
"""The cursor takes two cells, of which the columns' own reckoning counts one."""

_TONES: dict[Severity | None, Tone] = {
    Severity.CRITICAL: "critical",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}


def row_line(shown: Shown, room: int) -> Line:
    """Spell a row; its state carries the tone of the worst finding."""
    columns = columns_at(room + CURSOR_EXTRA)
    place = next(index for index, (column, _) in enumerate(columns) if column.id == "state")
    spell = partial(line, shown)
    rest: Tone = "muted" if shown.row.state in ("stale", "unused") else "plain"
    return (
        (spell(columns[:place]) + " ", rest),
        (spell(columns[place : place + 1]), _tone(shown)),
        (" " + spell(columns[place + 1 :]), rest),
    )


def _tone(shown: Shown) -> Tone:
    if shown.row.state in ("stale", "unused", "idle"):
        return "muted"
    if shown.severity is not None:
        return _TONES[shown.severity]
    return "good" if shown.row.state == "ok" else "plain"


def row_titles(room: int, sort: str | None, *, reverse: bool, ascii_only: bool) -> Line:
    """Spell the titles, with a mark at the one that sorts."""
    spans: list[Span] = []
    for column, cells in columns_at(room + CURSOR_EXTRA):
        sorts = column.id == sort
        mark = (("v", "^") if ascii_only else ("▾", "▴"))[reverse] if sorts else ""
        shown = replace(column, title=mark + column.title) if len(column.title) < cells else column
        spans += [(" " if spans else "", "title"), (header(((shown, cells),)), "strong" if sorts else "title")]
    return tuple(spans)
