"""The line that names the panes of a screen, the one in sight between marks."""

from collections.abc import Sequence

from maestro_tui.domain.text import width
from maestro_tui.ui.widgets.lines import Line


def tabs(headings: Sequence[str], here: int, cells: int, *, ascii_only: bool) -> Line:
    """Name the panes; where not all of it fits, those out of sight by their first word only."""
    left, right = ("[", "]") if ascii_only else ("▐", "▌")
    if sum(width(heading) + 3 for heading in headings) > cells:
        headings = [one if place == here else one.split()[0] for place, one in enumerate(headings)]
    return tuple(
        (f"{left}{one}{right} ", "strong") if place == here else (f" {one}  ", "muted")
        for place, one in enumerate(headings)
    )
