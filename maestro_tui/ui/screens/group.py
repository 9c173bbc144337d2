"""A group from close by: its pending entries, its consumers, the entries of its stream, and what its numbers were."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal

from maestro_tui.domain.columns import COLUMNS
from maestro_tui.domain.copying import copies
from maestro_tui.domain.explain import explain
from maestro_tui.domain.frame import EMPTY, Frame
from maestro_tui.domain.names import Key
from maestro_tui.domain.rows import Row
from maestro_tui.domain.text import clip
from maestro_tui.engine.session import Session
from maestro_tui.ui import sieve
from maestro_tui.ui.bindings import bindings
from maestro_tui.ui.known import known
from maestro_tui.ui.panes.consumers import ConsumersPane
from maestro_tui.ui.panes.entries import EntriesPane
from maestro_tui.ui.panes.history import HistoryPane
from maestro_tui.ui.panes.pane import Pane
from maestro_tui.ui.panes.pending import PendingPane
from maestro_tui.ui.screens.asking import AnyPane, AskingScreen
from maestro_tui.ui.targeted import Targeted
from maestro_tui.ui.widgets.ask import Ask
from maestro_tui.ui.widgets.group_title import absence, title_lines
from maestro_tui.ui.widgets.header import Banner, HeaderLine
from maestro_tui.ui.widgets.key_bar import KeyBar
from maestro_tui.ui.widgets.lines import Line, TextLines
from maestro_tui.ui.widgets.table import LineTable
from maestro_tui.ui.widgets.tabs import tabs
from maestro_tui.ui.writable import read_by_design

# From this width on what is pending and who holds it fit side by side.
_WIDE = 160


class GroupScreen(AskingScreen):
    """Four panes of one group, two of a stream without one; what is in sight is read at each poll."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("group")

    DEFAULT_CSS = """
    GroupScreen {
        & #header, & #keys, & #panes, & #notes { height: 1; }
        & #details { height: 2; }
        & #lists { height: 1fr; }
        & Pane { display: none; }
        &.-pending #pending, &.-consumers #consumers, &.-entries #entries { display: block; }
        &.-history #history { display: block; }
        &.-wide.-pending #consumers { display: block; width: 54; margin-left: 1; }
        &.-wide.-consumers #pending { display: block; }
        &.-wide.-consumers #consumers { width: 54; margin-left: 1; }
        &.-asking #keys { display: none; }
        &.-low #notes, &.-low #details { display: none; }
        &.-low.-asking #notes { display: block; }
    }
    """

    def __init__(self, session: Session, key: Key) -> None:
        super().__init__()
        self._session = session
        self._ascii = session.config.ascii
        self._frame: Frame = EMPTY
        self.key = key
        self.pending = PendingPane(session, key)
        self.consumers = ConsumersPane(session)
        self.entries = EntriesPane(session, key)
        self.history = HistoryPane(session, key)
        self.pane: AnyPane = self.entries if key.group is None else self.pending

    def compose(self) -> ComposeResult:
        """Lay out the lines; nothing is mounted or removed later."""
        yield HeaderLine(id="header")
        yield Banner(id="banner")
        yield TextLines(id="title")
        yield TextLines(id="panes")
        with Horizontal(id="lists"):
            yield self.pending
            yield self.consumers
            yield self.entries
            yield self.history
        yield TextLines(id="notes")
        yield TextLines(id="details")
        yield KeyBar(ascii_only=self._ascii, id="keys")
        yield Ask(id="ask")

    def on_mount(self) -> None:
        """Have this group looked at in full at every poll, however many consumers it has."""
        self._session.monitor.focus = self.key
        self.turn_to(self.pane)

    def on_unmount(self) -> None:
        """Let the poll treat it like any other again."""
        self._session.monitor.focus = None

    @property
    def row(self) -> Row | None:
        """The row in the frame shown, where there still is one; of a stream alone any row of it."""
        row = self._frame.row(self.key)
        if row is None and self.key.group is None:
            row = next((one for one in self._frame.rows if one.key.stream == self.key.stream), None)
        return row

    @property
    def now_ms(self) -> int:
        """The present, by the server's clock."""
        return self._frame.snapshot.taken_at_ms + self.pane.later_ms

    @property
    def panes(self) -> tuple[AnyPane, ...]:
        """The panes that have something to show: without a group the stream's entries and its history."""
        row = self.row
        if self.key.group is None or (row is not None and row.group is None):
            return (self.entries, self.history)
        return self._all

    @property
    def _all(self) -> tuple[AnyPane, ...]:
        return (self.pending, self.consumers, self.entries, self.history)

    def show_frame(self, frame: Frame) -> None:
        """Show a frame, and read the page again if the frame is of a new poll that succeeded."""
        if frame is self._frame:
            return
        newer = frame.polls != self._frame.polls
        self._frame = frame
        for pane in self._all:
            pane.accept(self.row, frame)
        if self.pane not in self.panes:
            self.turn_to(self.panes[0])
        self.show_again()
        if newer and frame.trouble is None:
            self.read_page()

    def read_page(self) -> None:
        """Have the page in sight read, where there is a stream."""
        row = self.row
        if row is not None and row.stream.exists:
            self.pane.refresh_page()

    def on_resize(self) -> None:
        """Everything is cut for a size."""
        self.set_class(self.size.width >= _WIDE, "-wide")
        self.show_again()

    # Between the panes.

    def action_next_pane(self) -> None:
        """Turn to the next pane."""
        self._step(1)

    def action_previous_pane(self) -> None:
        """Turn to the pane before."""
        self._step(-1)

    def _step(self, by: int) -> None:
        panes = self.panes
        self.turn_to(panes[(panes.index(self.pane) + by) % len(panes)])
        self.show_again()
        self.read_page()

    def turn_to(self, pane: AnyPane) -> None:
        """Bring a pane into sight."""
        self.pane = pane
        for one in self._all:
            self.set_class(one is pane, f"-{one.id}")
        self.set_focus(pane)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click into another list turns to it."""
        for pane in self.panes:
            if event.widget is pane and pane is not self.pane:
                self.turn_to(pane)
                self.show_again()

    # What the keys do.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what the pane in sight cannot do."""
        pane = self.pane
        may = {
            "next_page": pane.may_turn(1),
            "previous_page": pane.may_turn(-1),
            "jump": pane in (self.pending, self.entries),
            "inspect": pane.selected is not None,
            "mark": self._marking is not None,
            "mark_range": self._marking is not None,
            "mark_all": self._marking is not None,
            "follow": self.entries in self.panes,
        }
        if action in ("next_pane", "previous_pane"):
            return len(self.panes) > 1
        if action == "span":
            return pane is self.history
        if action in may:
            return True if may[action] else None
        return super().check_action(action, parameters)

    @property
    def _marking(self) -> PendingPane | EntriesPane | None:
        """The pane whose entries can be marked now."""
        if self.pane is self.pending:
            return self.pending
        return self.entries if self.pane is self.entries and self.entries.markable else None

    def action_mark(self) -> None:
        """Mark the selected entry, and go on to the next one."""
        if self._marking is not None:
            self._marking.mark()
            self._marking.action_move(1)

    def action_mark_range(self) -> None:
        """Mark from the last marked entry to the selected one."""
        if self._marking is not None and not self._marking.mark_range():
            self.tell("Mark one entry of this page with space first: the range goes from there to the cursor.")

    def action_mark_all(self) -> None:
        """Mark all that is shown, or unmark it."""
        if self._marking is not None:
            self._marking.mark_all()

    def action_next_page(self) -> None:
        """Go to the next page."""
        self.pane.turn(1)

    def action_previous_page(self) -> None:
        """Go to the page before."""
        self.pane.turn(-1)

    def action_follow(self) -> None:
        """Show the newest entries first and stay there, or the oldest first."""
        if self.pane is not self.entries:
            self.turn_to(self.entries)
            if self.entries.following:
                self.show_again()
                self.read_page()
                return
        self.entries.follow()
        self.show_again()

    def action_span(self) -> None:
        """Show another span of the history."""
        self.history.other_span()
        self.show_again()

    @on(LineTable.Opened)
    def action_inspect(self) -> None:
        """Look into the selected entry; of a consumer list what it holds."""
        from maestro_tui.ui.screens.inspector import InspectorScreen

        if self.pane is self.consumers:
            self._list_held()
        elif self.pane is self.pending and self.pending.selected is not None:
            held = self.pending.selected.row.entry
            _ = self.app.push_screen(InspectorScreen(self._session, self.key, held.id, held))
        elif self.entries.selected is not None:
            _ = self.app.push_screen(InspectorScreen(self._session, self.key, self.entries.selected.id))

    def _list_held(self) -> None:
        name = self.consumers.consumer
        if name is None:
            return
        self.turn_to(self.pending)
        self.pending.sift(*sieve.of_consumer(name))
        self.show_again()

    # What others ask of the screen.

    def explained(self) -> tuple[str, tuple[str, ...]]:
        """Tell about what is selected in the pane, then what the group's state and numbers are, and what to do."""
        columns = tuple(column.id for column in COLUMNS)
        title, lines = explain(None, self.row, self._frame, self._session.config.limits, known(self._session, columns))
        told = self.pane.explained()
        return (title, lines) if told is None else (told[0], (*told[1], "", title, *lines))

    def copies(self) -> tuple[tuple[str, str], ...]:
        """Return the IDs that are marked or selected, and the group's row in every form."""
        row = self.row
        ids = [str(one.id) for one in self.pending.chosen()[0]] if self.pane is self.pending else []
        if self.pane is self.entries:
            ids = [str(id) for id in self.entries.chosen()[0]]
        label = "entry ID" if len(ids) == 1 else f"{len(ids):,} entry IDs"
        own = ((label, "\n".join(ids)),) if ids else ()
        return own if row is None else (*own, *copies(row, self._frame, self._session.config))

    def targeted(self) -> Targeted:
        """Return the marked entries, else the one under the cursor; the selected consumer; in the history the group."""
        at_ms = self.now_ms
        if self.pane is self.consumers:
            return Targeted(self.key, consumer=self.consumers.consumer, at_ms=at_ms)
        if self.pane is self.entries:
            letters, marked = self.entries.chosen()
            return Targeted(self.key, marked=marked, letters=letters, at_ms=at_ms)
        if self.pane is self.history:
            return Targeted(self.key, at_ms=at_ms)
        entries, marked = self.pending.chosen()
        attempts, gone = self.pending.attempts(), self.pending.gone()
        return Targeted(self.key, entries, marked=marked, at_ms=at_ms, attempts=attempts, gone=gone)

    # Lines around the lists.

    def show_again(self) -> None:
        """Spell every line again; what reads the same is not painted."""
        row, cells = self.row, self.size.width
        absent = absence(self.key, row, self._frame, writes=read_by_design(self._session.config, self._frame) is None)
        self.query_one("#title", TextLines).set_lines(
            title_lines(self.key, row, self._frame, absent or self.pane.trouble, cells, ascii_only=self._ascii)
        )
        self._show_panes()
        self._show_around()
        self.refresh_bindings()

    def _show_panes(self) -> None:
        headings = [pane.heading() for pane in self.panes]
        line = tabs(headings, self.panes.index(self.pane), self.size.width, ascii_only=self._ascii)
        self.query_one("#panes", TextLines).set_lines((line,))

    def _show_around(self) -> None:
        cells = self.size.width
        note: Line = ((clip(f" {'   '.join(self.pane.notes())}", cells), "info"),)
        fault: Line = ((clip(f" {self.fault}", cells), "warning"),)
        self.query_one("#notes", TextLines).set_lines((fault if self.fault else note,))
        self.query_one("#details", TextLines).set_lines(self.pane.details(cells))

    @on(LineTable.Moved)
    def _moved(self) -> None:
        self._show_around()
        self.refresh_bindings()

    @on(Pane.Changed)
    def _changed(self) -> None:
        self.show_again()

    @on(Pane.Told)
    def _told(self, message: Pane.Told) -> None:
        self.tell(message.sentence)
