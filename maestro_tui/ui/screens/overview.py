"""The screen that opens: which stream is sick, why, and which key mends it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import Input

from maestro_tui.domain.columns import Labels, Shown, columns_at
from maestro_tui.domain.copying import copies
from maestro_tui.domain.explain import explain
from maestro_tui.domain.explain_problem import explain_problem
from maestro_tui.domain.frame import EMPTY, Frame
from maestro_tui.domain.names import Key
from maestro_tui.domain.quantities import plural
from maestro_tui.domain.rows import Row
from maestro_tui.domain.text import clip
from maestro_tui.engine.session import Session
from maestro_tui.ui.bindings import bindings
from maestro_tui.ui.known import known
from maestro_tui.ui.listing import Listing, View
from maestro_tui.ui.screens.frame_screen import FrameScreen
from maestro_tui.ui.targeted import Targeted
from maestro_tui.ui.widgets.details import detail_lines
from maestro_tui.ui.widgets.header import Banner, HeaderLine
from maestro_tui.ui.widgets.key_bar import KeyBar
from maestro_tui.ui.widgets.lines import Line, TextLines
from maestro_tui.ui.widgets.notes import notes
from maestro_tui.ui.widgets.problem_list import ProblemList, problem_details
from maestro_tui.ui.widgets.problems import Problem, lines_at, more_line, problem_lines, problems_of
from maestro_tui.ui.widgets.row_line import row_line, row_titles
from maestro_tui.ui.widgets.table import LineTable, Spelling
from maestro_tui.ui.writable import read_by_design

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
        self._at_problems = False

    def compose(self) -> ComposeResult:
        """Lay out the lines; nothing is mounted or removed later."""
        spelling: Spelling[Shown] = Spelling(lambda shown: shown.row.key, row_line, self._titles)
        yield HeaderLine(id="header")
        yield Banner(id="banner")
        yield ProblemList(ascii_only=self._ascii, id="problems")
        yield TextLines(id="more")
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
    def problems(self) -> ProblemList:
        """The list of problems."""
        return self.query_one("#problems", ProblemList)

    @property
    def problem(self) -> Problem | None:
        """The selected problem, while the keys are about problems."""
        return self.problems.problem if self._at_problems else None

    @property
    def meant(self) -> Row | None:
        """The row that keys are about: the selected problem's, or the selected one."""
        if not self._at_problems:
            return self.selected
        key = None if self.problem is None else self.problem.key
        if key is None:
            return None
        of_stream = [row for row in self._frame.rows if row.key.stream == key.stream]
        # What is said of a stream is about its row where it has only one.
        return self._frame.row(key) or (of_stream[0] if len(of_stream) == 1 else None)

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
        stale = frame.trouble is not None
        found = problems_of(
            frame.findings,
            Labels.of(frame.rows),
            cells,
            now_ms=frame.snapshot.taken_at_ms,
            first_ms=self._session.problems.first_ms,
            read_only=self._session.config.read_only,
            way_told=stale,
        )
        calm: Line = ()
        if frame.ever_polled and not stale:
            text = f" {'*' if self._ascii else '●'} no problem found in {plural(listing.total, 'row')}"
            calm = ((clip(text, cells), "good"),)
        lines = problem_lines(found, cells - 1, ascii_only=self._ascii, stale=stale)
        self.problems.list(found, lines, lines_at(self.size.height), calm)
        self._show_more()

    def _show_more(self) -> None:
        hidden = self.problems.hidden
        lines = (more_line(hidden, self.size.width),) if hidden else ()
        self.query_one("#more", TextLines).set_lines(lines)

    def _show_notes(self, listing: Listing | None = None) -> None:
        listing = listing or self.view.of(self._frame, ascii_only=self._ascii)
        text = clip(" " + "  ".join(self._notes(listing)), self.size.width)
        self.query_one("#notes", TextLines).set_lines((((text, "info"),),))

    def _notes(self, listing: Listing) -> list[str]:
        unused = any(row.state == "unused" for row in self._frame.rows)
        return notes(self.view, listing, self.table, unused=unused, errors=self._frame.snapshot.errors)

    def _show_details(self) -> None:
        if self._at_problems:
            over = self.problems.selection.lost is not None
            self.query_one("#details", TextLines).set_lines(problem_details(self.problem, self.size.width, lost=over))
            return
        lost = self.table.selection.lost
        gone = str(lost.stream) if isinstance(lost, Key) else ""
        writes = read_by_design(self._session.config, self._frame) is None
        told = detail_lines(self.selected, self.size.width, lost=gone, writes=writes)
        lines = told if self._frame.rows else ((), ())
        self.query_one("#details", TextLines).set_lines(lines)

    def _titles(self, room: int) -> Line:
        return row_titles(room, self.view.sort, reverse=self.view.reverse, ascii_only=self._ascii)

    @on(LineTable.Moved)
    def _moved(self) -> None:
        self._show_more()
        self._show_notes()
        self._show_details()
        self.refresh_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out the way into a stream where the selected row has none, and to problems where there are none."""
        if action == "other_list":
            return True if self._at_problems or self.problems.rows else None
        if action == "open" and self._at_problems:
            return True if self.problem is not None else None
        if action == "open" and self._frame.rows:
            row = self.selected
            return True if row is None or _can_open(row) else None
        return super().check_action(action, parameters)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Have the keys be about the list that has them: they stay about it while the terminal is elsewhere."""
        if event.widget in (self.problems, self.table):
            self._at_problems = event.widget is self.problems
            self.problems.show_cursor(self._at_problems)
            self.table.show_cursor(not self._at_problems)
            self._show_details()
            self.refresh_bindings()

    def action_other_list(self) -> None:
        """Go from the rows to the problems, or back; from where the filter is typed to the rows."""
        if self.has_class("-filtering"):
            self._filter_done()
        elif self._at_problems:
            self.set_focus(self.table)
        elif self.problems.rows:
            self.set_focus(self.problems)
            if self.problems.problem is None:
                self.problems.action_first()

    @on(LineTable.Opened)
    def action_open(self) -> None:
        """Go to what is selected: a row's group, or where it has none its stream; what a problem is about."""
        if self._at_problems:
            self._open_problem()
        else:
            self._open_row(self.selected)

    def _open_problem(self) -> None:
        """Go to the row, or the stream, that the selected problem is about; else tell all of the problem."""
        if self.problem is None:
            self.notify("Select a problem first.", markup=False)
            return
        row, key = self.meant, self.problem.key
        if row is not None and _can_open(row):
            self.table.select(row.key)
            self._open_row(row)
        elif key is not None and any(one.key.stream == key.stream and _can_open(one) for one in self._frame.rows):
            self._open_group(Key(key.stream))
        else:
            from maestro_tui.ui.screens.explain import ExplainScreen

            _ = self.app.push_screen(ExplainScreen(*self.explained()))

    def _open_row(self, row: Row | None) -> None:
        if row is None or not _can_open(row):
            text = "Select a row first." if row is None else "There is no stream to look into."
            self.notify(text, markup=False)
            return
        self._open_group(row.key)

    def _open_group(self, key: Key) -> None:
        from maestro_tui.ui.screens.group import GroupScreen

        _ = self.app.push_screen(GroupScreen(self._session, key))

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
        """Leave the problems, or clear the filter; False where there is nothing to leave."""
        if self._at_problems and not self.has_class("-filtering"):
            self.set_focus(self.table)
            return True
        if not self.has_class("-filtering") and not self.view.pattern:
            return False
        self._close_filter()
        self._look(replace(self.view, pattern=""))
        return True

    def explained(self) -> tuple[str, tuple[str, ...]]:
        """Tell what the selected problem is, or the selected row's state and numbers, and what to do."""
        columns = tuple(column.id for column, _ in columns_at(self.size.width))
        background = known(self._session, columns)
        if self.problem is not None:
            return explain_problem(self.problem.findings, self._frame, background)
        sort = None if self._at_problems else self.view.sort
        return explain(sort, self.meant, self._frame, self._session.config.limits, background)

    def copies(self) -> tuple[tuple[str, str], ...]:
        """Return the selected row in every form."""
        row = self.meant
        return () if row is None else copies(row, self._frame, self._session.config)

    def targeted(self) -> Targeted:
        """Return as a whole the group of the selected row, or of the row that the selected problem is about."""
        row = self.meant
        return Targeted(None if row is None else row.key, at_ms=self._frame.snapshot.taken_at_ms)


def _can_open(row: Row) -> bool:
    """Whether there is anything behind a row: a group, or a stream that can be read."""
    return row.group is not None or (row.stream.exists is True and row.stream.trouble is None)
