"""A group from close by: its pending entries, page by page, and its consumers."""

from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.worker import Worker, WorkerState

from maestro_tui.domain.copying import copies
from maestro_tui.domain.explain import explain
from maestro_tui.domain.frame import EMPTY, Frame
from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.quantities import plural, thousands
from maestro_tui.domain.rows import Row
from maestro_tui.domain.text import clip
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.ports import Page
from maestro_tui.engine.session import Session
from maestro_tui.ui.bindings import bindings
from maestro_tui.ui.screens.frame_screen import FrameScreen
from maestro_tui.ui.widgets.group_title import absence, title_lines
from maestro_tui.ui.widgets.header import Banner, HeaderLine
from maestro_tui.ui.widgets.key_bar import KeyBar
from maestro_tui.ui.widgets.lines import Line, TextLines
from maestro_tui.ui.widgets.pending import (
    CONSUMERS,
    PENDING,
    ConsumerLine,
    PendingLine,
    consumer_lines,
    pending_details,
    pending_lines,
)
from maestro_tui.ui.widgets.table import LineTable

PAGE = 100
# From this width on both panes fit side by side.
_WIDE = 160
_NOTHING_READ = Page((), None)

Pane = Literal["pending", "consumers"]


class GroupScreen(FrameScreen):
    """Pending entries and consumers of one group; the page shown is read again at each new frame."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("group")
    AUTO_FOCUS = "#pending"

    DEFAULT_CSS = """
    GroupScreen {
        & #header, & #keys, & #panes { height: 1; }
        & #details { height: 2; }
        & #lists { height: 1fr; }
        & #consumers { display: none; width: 54; margin-left: 1; }
        &.-consumers #consumers { display: block; width: 1fr; margin-left: 0; }
        &.-consumers #pending { display: none; }
        &.-both #pending { display: block; }
        &.-both #consumers { display: block; width: 54; margin-left: 1; }
    }
    """

    def __init__(self, session: Session, key: Key) -> None:
        super().__init__()
        self._session = session
        self._ascii = session.config.ascii
        self._frame: Frame = EMPTY
        self._page = _NOTHING_READ
        self._starts: list[EntryId | None] = [None]
        self._trouble: Trouble | None = None
        self._read_once = False
        self._wanted = False
        self._reading = False
        # How long after the poll it is judged by the page was read.
        self._later_ms = 0
        # Whether the page that comes is another one than that on the screen.
        self._turned = False
        self.key = key
        self.pane: Pane = "pending"

    def compose(self) -> ComposeResult:
        """Lay out the lines; nothing is mounted or removed later."""
        marks = ("> ", "  ") if self._ascii else ("▸ ", "  ")
        yield HeaderLine(id="header")
        yield Banner(id="banner")
        yield TextLines(id="title")
        yield TextLines(id="panes")
        with Horizontal(id="lists"):
            yield LineTable(PENDING, marks=marks, id="pending")
            yield LineTable(CONSUMERS, marks=marks, id="consumers")
        yield TextLines(id="details")
        yield KeyBar(ascii_only=self._ascii, id="keys")

    def on_mount(self) -> None:
        """Have this group looked at in full at every poll, however many consumers it has."""
        self._session.monitor.focus = self.key

    def on_unmount(self) -> None:
        """Let the poll treat it like any other again."""
        self._session.monitor.focus = None

    @property
    def entries(self) -> LineTable[PendingLine]:
        """The list of pending entries."""
        return self.query_one("#pending", LineTable)

    @property
    def holders(self) -> LineTable[ConsumerLine]:
        """The list of consumers."""
        return self.query_one("#consumers", LineTable)

    @property
    def row(self) -> Row | None:
        """The group's row in the frame shown, where it still has one."""
        return self._frame.row(self.key)

    def show_frame(self, frame: Frame) -> None:
        """Show a frame, and read the page again if the frame is of a new poll that succeeded."""
        if frame is self._frame:
            return
        newer = frame.polls != self._frame.polls
        self._frame = frame
        self._show()
        if newer and frame.trouble is None:
            self._read()

    def on_resize(self) -> None:
        """Everything is cut for a size."""
        self.set_class(self.size.width >= _WIDE, "-both")
        self._show()

    def action_next_pane(self) -> None:
        """Turn to the other pane."""
        self.pane = "consumers" if self.pane == "pending" else "pending"
        self.set_class(self.pane == "consumers", "-consumers")
        (self.entries if self.pane == "pending" else self.holders).focus()
        self._show_panes()
        self._show_details()
        self.refresh_bindings()

    def action_previous_pane(self) -> None:
        """Turn to the other pane: there are but two."""
        self.action_next_pane()

    def action_more(self) -> None:
        """Go to the next page, from the last one back to the first."""
        if self._page.next_after is None:
            self._starts = [None]
        else:
            self._starts.append(self._page.next_after)
        self._turned = True
        self._read()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out the next page where there is but one."""
        if action == "more":
            return True if self._page.next_after is not None or len(self._starts) > 1 else None
        return super().check_action(action, parameters)

    def explained(self) -> tuple[str, tuple[str, ...]]:
        """Tell what the group's state is and what to do."""
        return explain(None, self.row, self._frame, self._session.config.limits)

    def copies(self) -> tuple[tuple[str, str], ...]:
        """Return the group's row in every form."""
        row = self.row
        return () if row is None else copies(row, self._frame, self._session.config)

    def _read(self) -> None:
        """Ask for the page; while an answer is awaited only note that another is wanted."""
        row = self.row
        if row is None or row.group is None:
            self._page, self._starts, self._trouble = _NOTHING_READ, [None], None
            self._show()
            return
        self._wanted = True
        if not self._reading:
            self._reading = True
            self.run_worker(self._read_pages(), group="pending", exit_on_error=False)

    async def _read_pages(self) -> None:
        assert self.key.group is not None
        try:
            while self._wanted:
                self._wanted = False
                start = self._starts[-1]
                try:
                    page = await self._session.reader.pending(self.key.stream, self.key.group, start, PAGE)
                except Failure as failure:
                    self._trouble = failure.trouble
                else:
                    self._accept(page, start)
        finally:
            self._reading = False
        self._turned = False
        self._show()

    def _accept(self, page: Page, start: EntryId | None) -> None:
        """Take a page; one that has become empty is no place to stay."""
        self._trouble = None
        if start != self._starts[-1]:
            return
        if not page.rows and len(self._starts) > 1:
            self._starts.pop()
            self._wanted = True
            return
        self._page, self._read_once = page, True
        self._later_ms = round(1000 * (self._session.monitor.age_s() or 0.0))
        if self._turned:
            # Another page is another list: what was selected is not lost, it was left.
            self._turned = False
            self._show()
            self.entries.action_first()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what nobody foresaw instead of dying of it."""
        if event.state is WorkerState.ERROR and event.worker.group == "pending":
            kind = type(event.worker.error).__name__
            self._trouble = Trouble("bug", f"The entries could not be read ({kind}).", "ctrl+r tries again.")
            self._show()

    def _show(self) -> None:
        row = self.row
        cells = self.size.width
        absent = absence(self.key, row, self._frame)
        self.query_one("#title", TextLines).set_lines(
            title_lines(self.key, row, self._frame, absent or self._trouble, cells, ascii_only=self._ascii)
        )
        limits = self._session.config.limits
        there = row is not None and row.group is not None
        self.entries.set_rows(
            pending_lines(self._page.rows, row, limits, self._later_ms) if row is not None and there else ()
        )
        self.holders.set_rows(consumer_lines(row) if row is not None else ())
        for table in (self.entries, self.holders):
            if table.rows and table.selection.key is None and table.selection.lost is None:
                table.action_first()
        self._show_panes()
        self._show_details()
        self.refresh_bindings()

    def _show_panes(self) -> None:
        row = self.row
        names: tuple[tuple[Pane, str], ...] = (
            ("pending", f"Pending {self._place(row)}"),
            ("consumers", f"Consumers {thousands(len(self.holders.rows))}"),
        )
        left, right = ("[", "]") if self._ascii else ("▐", "▌")
        spans: Line = tuple(
            (f"{left}{name}{right} ", "strong") if pane == self.pane else (f" {name}  ", "muted")
            for pane, name in names
        )
        self.query_one("#panes", TextLines).set_lines((spans,))

    def _place(self, row: Row | None) -> str:
        """Say which of the pending entries are shown: `100 of 214`, `101-200 of 214`."""
        total = row.group.pending if row is not None and row.group is not None else 0
        shown = len(self._page.rows)
        if not self._read_once:
            return f"? of {thousands(total)}"
        before = PAGE * (len(self._starts) - 1)
        if before:
            return f"{before + 1:,}-{before + shown:,} of {thousands(total)}"
        return f"{thousands(shown)} of {thousands(total)}" if shown < total else thousands(shown)

    def _show_details(self) -> None:
        cells = self.size.width
        if self.pane == "pending":
            lines = pending_details(self.entries.selected, cells, lost=self.entries.selection.lost is not None)
        else:
            lines = _consumer_details(self.holders.selected, cells)
        self.query_one("#details", TextLines).set_lines(lines)

    @on(LineTable.Moved)
    def _moved(self) -> None:
        self._show_details()


def _consumer_details(line: ConsumerLine | None, cells: int) -> tuple[Line, Line]:
    if line is None:
        return ((clip(" No consumer is selected.", cells), "muted"),), ()
    held = f" {line.consumer.name}: holds {plural(line.consumer.pending, 'entry', 'entries')}"
    unsure = " Silent, and holds work or waits for some: look at its own log." if line.live is None else ""
    return ((clip(held, cells), "strong"),), ((clip(unsure, cells), "plain"),)
