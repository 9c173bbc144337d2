"""The screen that opens: which stream is sick, why, and which key mends it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from maestro_tui.domain.columns import COLUMNS, Labels, Shown, columns_at, header, line
from maestro_tui.domain.copying import copies
from maestro_tui.domain.explain import explain
from maestro_tui.domain.frame import EMPTY, Frame
from maestro_tui.domain.names import Key
from maestro_tui.domain.quantities import plural
from maestro_tui.domain.rows import Row
from maestro_tui.domain.rules import Severity
from maestro_tui.domain.text import clip, visible
from maestro_tui.engine.session import Session
from maestro_tui.ui.bindings import bindings
from maestro_tui.ui.listing import Listing, View
from maestro_tui.ui.screens.frame_screen import FrameScreen
from maestro_tui.ui.targeted import Targeted
from maestro_tui.ui.widgets.details import detail_lines
from maestro_tui.ui.widgets.header import Banner, HeaderLine
from maestro_tui.ui.widgets.key_bar import KeyBar
from maestro_tui.ui.widgets.lines import Line, Span, TextLines, Tone
from maestro_tui.ui.widgets.problems import lines_at, problem_lines
from maestro_tui.ui.widgets.table import LineTable, Spelling

# The cursor takes two cells, of which the columns' own reckoning counts one.
_CURSOR_EXTRA = 2
_TONES: dict[Severity | None, Tone] = {
    Severity.CRITICAL: "critical",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}
_NOT_CONTROL = r"[^\x00-\x1f\x7f-\x9f]*"


class OverviewScreen(FrameScreen):
    """Problems, one row for each stream and group, and what the selected row has to say."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("overview")
    AUTO_FOCUS = "#rows"

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._ascii = session.config.ascii
        self._frame: Frame = EMPTY
        self._trends: Mapping[Key, str] = {}
        self.view = View()

    def compose(self) -> ComposeResult:
        """Lay out the lines; nothing is mounted or removed later."""
        spelling: Spelling[Shown] = Spelling(lambda shown: shown.row.key, row_line, self._titles)
        yield HeaderLine(id="header")
        yield Banner(id="banner")
        yield TextLines(id="problems")
        yield LineTable(spelling, marks=("> ", "  ") if self._ascii else ("▸ ", "  "), id="rows")
        yield TextLines(id="notes")
        yield TextLines(id="details")
        yield KeyBar(ascii_only=self._ascii, id="keys")
        ask = Input(placeholder="part of a name or state; ! inverts", restrict=_NOT_CONTROL, id="filter")
        ask.cursor_blink = False
        yield ask

    @property
    def table(self) -> LineTable[Shown]:
        """The list of rows."""
        return self.query_one("#rows", LineTable)

    @property
    def selected(self) -> Row | None:
        """The selected row."""
        shown = self.table.selected
        return None if shown is None else shown.row

    def show_frame(self, frame: Frame) -> None:
        """Show a frame; what looks the same is not painted again."""
        if frame is self._frame:
            return
        first = not self._frame.rows and bool(frame.rows)
        self._frame = frame
        # Of the same moment as the frame: what is frozen stays so.
        self._trends = self._session.monitor.history.trends(ascii_only=self._ascii)
        self._show()
        if first and self.table.selection.key is None:
            self.table.action_first()

    def on_resize(self) -> None:
        """Everything is cut for a size."""
        self._show()

    def _show(self) -> None:
        listing = self.view.of(self._frame, self._trends, ascii_only=self._ascii)
        footnote: Line = ((f"  +{listing.folded} unused (u)", "muted"),) if listing.folded else ()
        self.table.set_rows(listing.rows, footnote)
        self._show_problems(listing)
        self._show_notes(listing)
        self._show_details()
        self.refresh_bindings()

    def _show_problems(self, listing: Listing) -> None:
        frame, cells = self._frame, self.size.width
        lines = problem_lines(
            frame.findings,
            Labels.of(frame.rows),
            cells,
            lines_at(self.size.height),
            ascii_only=self._ascii,
            stale=frame.trouble is not None,
            read_only=self._session.config.read_only,
        )
        if not lines and frame.ever_polled and frame.trouble is None:
            calm = f" {'*' if self._ascii else '●'} no problem found in {plural(listing.total, 'row')}"
            lines = (((clip(calm, cells), "good"),),)
        self.query_one("#problems", TextLines).set_lines(lines)

    def _show_notes(self, listing: Listing | None = None) -> None:
        listing = listing or self.view.of(self._frame, self._trends, ascii_only=self._ascii)
        notes = []
        if self.view.pattern:
            rows = f"{len(listing.rows)} of {plural(listing.total, 'row')}"
            notes.append(f"filter {visible(self.view.pattern, 30)!r}: {rows}, esc clears")
        if self.view.sort or self.view.reverse:
            name = next((one.title for one in COLUMNS if one.id == self.view.sort), "sickness")
            notes.append(f"sorted by {name}{', reversed' if self.view.reverse else ''}")
        if self.view.unused and any(row.state == "unused" for row in self._frame.rows):
            notes.append("unused groups shown, u folds them")
        away, selected = self.table.away, self.selected
        if away and selected is not None:
            notes.append(f"selected row is {'above' if away < 0 else 'below'}: {selected.key.stream}")
        if len(listing.rows) > self.table.visible_rows > 0:
            last = min(len(listing.rows), self.table.top + self.table.visible_rows)
            notes.append(f"rows {self.table.top + 1}-{last} of {len(listing.rows)}")
        text = clip(" " + "  ".join(notes), self.size.width)
        self.query_one("#notes", TextLines).set_lines((((text, "info"),),))

    def _show_details(self) -> None:
        lost = self.table.selection.lost
        gone = str(lost.stream) if isinstance(lost, Key) else ""
        lines = detail_lines(self.selected, self.size.width, lost=gone) if self._frame.rows else ((), ())
        self.query_one("#details", TextLines).set_lines(lines)

    def _titles(self, room: int) -> Line:
        """Spell the titles, with a mark at the one that sorts."""
        spans: list[Span] = []
        for column, cells in columns_at(room + _CURSOR_EXTRA):
            sorts = column.id == self.view.sort
            mark = (("v", "^") if self._ascii else ("▾", "▴"))[self.view.reverse] if sorts else ""
            shown = replace(column, title=mark + column.title) if len(column.title) < cells else column
            spans += [(" " if spans else "", "title"), (header(((shown, cells),)), "strong" if sorts else "title")]
        return tuple(spans)

    @on(LineTable.Moved)
    def _moved(self) -> None:
        self._show_notes()
        self._show_details()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out the way into a stream where the selected row has none."""
        if action == "open" and self._frame.rows:
            row = self.selected
            return True if row is None or _can_open(row) else None
        return super().check_action(action, parameters)

    @on(LineTable.Opened)
    def action_open(self) -> None:
        """Look into the selected row's group, or where it has none into its stream."""
        row = self.selected
        if row is None or not _can_open(row):
            text = "Select a row first." if row is None else "There is no stream to look into."
            self.notify(text, markup=False)
            return
        from maestro_tui.ui.screens.group import GroupScreen

        _ = self.app.push_screen(GroupScreen(self._session, row.key))

    @on(LineTable.TitleClicked)
    def _sort_by_title(self, message: LineTable.TitleClicked) -> None:
        start = 0
        for column, cells in columns_at(self.size.width):
            if start <= message.cell < start + cells:
                self._look(replace(self.view, sort=column.id, reverse=self.view.sort == column.id))
            start += cells + 1

    def action_sort(self) -> None:
        """Sort by the next column; after the last one sickest first again."""
        ids: list[str | None] = [None, *(column.id for column, _ in columns_at(self.size.width))]
        place = ids.index(self.view.sort) if self.view.sort in ids else 0
        self._look(replace(self.view, sort=ids[(place + 1) % len(ids)], reverse=False))

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._look(replace(self.view, reverse=not self.view.reverse))

    def action_unused(self) -> None:
        """Show or fold the groups that nobody uses."""
        self._look(replace(self.view, unused=not self.view.unused))

    def _look(self, view: View) -> None:
        self.view = view
        self._show()
        self.table.reveal()

    def start_filter(self) -> bool:
        """Ask for the text that rows must contain, in place of the key bar; False while it is asked for."""
        ask = self.query_one("#filter", Input)
        if self.focused is ask:
            return False
        ask.value = self.view.pattern
        self.set_class(True, "-filtering")
        # At once, not by a message: the next key is text already.
        self.set_focus(ask)
        return True

    @on(Input.Changed, "#filter")
    def _filter_live(self, message: Input.Changed) -> None:
        if self.has_class("-filtering"):
            self._look(replace(self.view, pattern=message.value))

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self._close_filter()
        if self.table.selection.key is None:
            self.table.action_first()

    def _close_filter(self) -> None:
        self.set_class(False, "-filtering")
        self.set_focus(self.table)

    def step_back(self) -> bool:
        """Clear the filter; False where there is none."""
        if not self.has_class("-filtering") and not self.view.pattern:
            return False
        self._close_filter()
        self._look(replace(self.view, pattern=""))
        return True

    def explained(self) -> tuple[str, tuple[str, ...]]:
        """Tell what the selected row's state is and what to do."""
        return explain(self.view.sort, self.selected, self._frame, self._session.config.limits)

    def copies(self) -> tuple[tuple[str, str], ...]:
        """Return the selected row in every form."""
        row = self.selected
        return () if row is None else copies(row, self._frame, self._session.config)

    def targeted(self) -> Targeted:
        """Return the selected row's group as a whole."""
        row = self.selected
        return Targeted(None if row is None else row.key, at_ms=self._frame.snapshot.taken_at_ms)


def _can_open(row: Row) -> bool:
    """Whether there is anything behind a row: a group, or a stream that can be read."""
    return row.group is not None or (row.stream.exists is True and row.stream.trouble is None)


def row_line(shown: Shown, room: int) -> Line:
    """Spell a row; its state carries the tone of the worst finding."""
    columns = columns_at(room + _CURSOR_EXTRA)
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
