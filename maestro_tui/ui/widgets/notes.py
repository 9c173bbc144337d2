"""What the overview says about its list of rows: what is left out, in which order it stands, what is out of sight."""

from collections.abc import Sequence

from maestro_tui.domain.columns import COLUMNS, Shown
from maestro_tui.domain.quantities import plural
from maestro_tui.domain.text import visible
from maestro_tui.ui.listing import Listing, View
from maestro_tui.ui.widgets.table import LineTable


def notes(
    view: View, listing: Listing, table: LineTable[Shown], *, unused: bool, errors: Sequence[str] = ()
) -> list[str]:
    """Return short sentences; `unused`: there are groups that nobody uses. `errors` say why rows may be missing."""
    told = list(errors)
    if view.pattern:
        rows = f"{len(listing.rows)} of {plural(listing.total, 'row')}"
        told.append(f"filter {visible(view.pattern, 30)!r}: {rows}, esc clears")
    if view.sort or view.reverse:
        name = next((one.title for one in COLUMNS if one.id == view.sort), "sickness")
        told.append(f"sorted by {name}{', reversed' if view.reverse else ''}")
    if view.unused and unused:
        told.append("unused groups shown, u folds them")
    away, selected = table.away, table.selected
    if away and selected is not None:
        told.append(f"selected row is {'above' if away < 0 else 'below'}: {selected.row.key.stream}")
    if len(listing.rows) > table.visible_rows > 0:
        last = min(len(listing.rows), table.top + table.visible_rows)
        told.append(f"rows {table.top + 1}-{last} of {len(listing.rows)}")
    return told
