"""What the panes share: one read at a time, troubles as sentences, pages, marks."""

from dataclasses import dataclass
from typing import TypeVar

from textual.message import Message
from textual.worker import Worker, WorkerState

from maestro_tui.domain.explain import Told as Explanation
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.names import EntryId
from maestro_tui.domain.quantities import plural
from maestro_tui.domain.rows import Row
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.session import Session
from maestro_tui.ui.widgets.lines import Line
from maestro_tui.ui.widgets.table import LineTable, Spelling

RowT = TypeVar("RowT")


def cursor_marks(*, ascii_only: bool) -> tuple[str, str]:
    """Return what stands before the row under the cursor, and before the others."""
    return ("> ", "  ") if ascii_only else ("▸ ", "  ")


def mark_glyph(*, ascii_only: bool) -> str:
    """Return what stands before a row that the operator marked."""
    return "*" if ascii_only else "✓"


class Pane(LineTable[RowT]):
    """A list that is read anew after each poll while it is shown, never twice at a time."""

    DEFAULT_CSS = """
    Pane { height: 1fr; width: 1fr; }
    """

    class Changed(Message):
        """What the lines around the list say has changed."""

    @dataclass
    class Told(Message):
        """Something that the operator must hear of."""

        sentence: str

    def __init__(self, session: Session, spelling: Spelling[RowT], *, id: str) -> None:
        super().__init__(spelling, marks=cursor_marks(ascii_only=session.config.ascii), id=id)
        self.session = session
        self.row: Row | None = None
        self.trouble: Trouble | None = None
        self._wanted = False
        self._reading = False

    def heading(self) -> str:
        """Name the pane and the place in its list: `Pending 101-200 of 214`."""
        raise NotImplementedError

    def details(self, cells: int) -> tuple[Line, Line]:
        """Tell in two lines what the selected row had no room for."""
        raise NotImplementedError

    def explained(self) -> Explanation | None:
        """Tell what the selected row's words and numbers mean; None where nothing is selected."""
        return None

    def page_notes(self) -> list[str]:
        """Name the keys that lead to other pages, where there are any."""
        told = ["> next page"] if self.may_turn(1) else []
        return [*told, "< page before"] if self.may_turn(-1) else told

    def notes(self) -> tuple[str, ...]:
        """Return what else is to be said about the list."""
        return ()

    def accept(self, row: Row | None, frame: Frame) -> None:  # noqa: ARG002
        """Take the group's row of a newer frame; None where it has none any more."""
        self.row = row
        self.list_again()

    def list_again(self) -> None:
        """List what is known, judged by the present row."""
        raise NotImplementedError

    async def read(self) -> None:
        """Read once; raises Failure. A pane that reads nothing has nothing to do."""

    def refresh_page(self) -> None:
        """Have the page that is shown read again."""
        self.ask()

    def may_turn(self, by: int) -> bool:  # noqa: ARG002
        """Whether there is a page after this one (1), or before it (-1)."""
        return False

    def turn(self, by: int) -> None:
        """Go to the next page, or to the one before."""

    def jump(self, to: EntryId) -> None:
        """Go to the first entry that is not below an ID."""

    @property
    def later_ms(self) -> int:
        """How long ago the poll was that the row is of."""
        return round(1000 * (self.session.monitor.age_s() or 0.0))

    def ask(self) -> None:
        """Have it read; while an answer is awaited only note that another is wanted."""
        self._wanted = True
        if not self._reading:
            self._reading = True
            self.run_worker(self._read_until_satisfied(), group=self.id or "pane", exit_on_error=False)

    async def _read_until_satisfied(self) -> None:
        try:
            while self._wanted:
                self._wanted = False
                try:
                    await self.read()
                except Failure as failure:
                    self.trouble = failure.trouble
                else:
                    self.trouble = None
        finally:
            self._reading = False
        self.changed()

    def changed(self) -> None:
        """List again, and have the lines around the list say so."""
        self.list_again()
        if self.rows and self.selection.key is None and self.selection.lost is None:
            self.action_first()
        self.post_message(self.Changed())

    def tell_dropped(self, many: int, where: str) -> None:
        """Tell how many marks were dropped, since their entries are no longer there."""
        marked = plural(many, "marked entry", "marked entries")
        self.post_message(self.Told(f"{marked} {'is' if many == 1 else 'are'} no longer {where}: unmarked."))

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what nobody foresaw instead of dying of it."""
        if event.state is WorkerState.ERROR:
            kind = type(event.worker.error).__name__
            self.trouble = Trouble("bug", f"The entries could not be read ({kind}).", "ctrl+r tries again.")
            self.changed()
