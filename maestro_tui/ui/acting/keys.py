"""The keys that act, for the app: each hands over to its own way; none of them writes anything itself."""

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from textual import work
from textual.app import App, SuspendNotSupported
from textual.notifications import Notify
from textual.screen import Screen

from maestro_tui.domain.journal import Deed
from maestro_tui.domain.text import visible
from maestro_tui.engine.operation import Operation
from maestro_tui.engine.session import Session
from maestro_tui.ui.acting.desk import ERROR_S, Desk, Severity
from maestro_tui.ui.roles import Targeted, Targets, front
from maestro_tui.ui.status import Present, Status
from maestro_tui.ui.writable import read_by_design

ResultT = TypeVar("ResultT")

PACE_TOLD = "polling every"
_LONGEST_TOAST = 600
_WRITES = frozenset({"init", "requeue", "dead_letter", "claim", "edit", "menu", "undo"})
_ABOUT_THE_SELECTED = frozenset({"requeue", "dead_letter", "claim", "edit", "menu"})


class ActingApp(App[int]):
    """What every action needs of the app, and the keys that begin one; one at a time."""

    session: Session
    present: Present

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.present = Present(session)
        self._acting = False

    def status(self) -> Status:
        """Return the present moment."""
        return self.present.status()

    def toast(self, text: str, severity: Severity = "information", seconds: float | None = None) -> None:
        """Say something in a corner, never read as markup."""
        self.notify(visible(text, _LONGEST_TOAST), severity=severity, timeout=seconds, markup=False)

    def on_notify(self, event: Notify) -> None:
        """Let the latest pace take the place of the one told before."""
        if event.notification.message.startswith(PACE_TOLD):
            for note in [one for one in self._notifications if one.message.startswith(PACE_TOLD)]:
                self._unnotify(note, refresh=False)

    async def ask(self, dialog: Screen[ResultT]) -> ResultT | None:
        """Show a dialog and wait for its answer."""
        return await self.push_screen_wait(dialog)

    def targeted(self) -> Targeted | None:
        """Return what the screen on top has selected for an action; None where it selects nothing."""
        screen: object = front(self.screen_stack)
        return screen.targeted() if isinstance(screen, Targets) else None

    def chosen_deed(self) -> Deed | None:
        """Return the action that is selected on the log's screen."""
        from maestro_tui.ui.screens.log import LogScreen

        screen = front(self.screen_stack)
        return screen.deed if isinstance(screen, LogScreen) else None

    @contextlib.contextmanager
    def hand_over(self) -> Iterator[None]:
        """Give the terminal to another program; nothing is painted until it is taken back."""
        try:
            with self.suspend(), self.batch_update():
                yield
        except SuspendNotSupported:
            raise NotImplementedError from None

    def leave_behind(self, operation: Operation) -> None:
        """Show in the header how far an operation is, and tell how it ends."""
        self.present.behind.append(operation)
        self._follow_behind(operation)

    @work(name="behind")
    async def _follow_behind(self, operation: Operation) -> None:
        from maestro_tui.ui.acting.carrying import follow

        try:
            await follow(self, operation)
        finally:
            self.present.behind.remove(operation)

    def may_begin(self, action: str) -> bool | None:
        """Say whether the key of an action may act: False takes it away, None greys it out."""
        if action in _WRITES and read_by_design(self.session.config, self.present.latest) is not None:
            return False
        if action not in _ABOUT_THE_SELECTED:
            return True
        if not isinstance(front(self.screen_stack), Targets):
            return False
        wanted = self.targeted()
        return True if wanted is not None and wanted.key is not None else None

    async def _one_at_a_time(self, way: Callable[[Desk], Awaitable[None]]) -> None:
        if self._acting:
            return
        self._acting = True
        try:
            await way(self)
        finally:
            self._acting = False

    @work(name="act")
    async def action_init(self) -> None:
        """Create what is missing."""
        from maestro_tui.ui.acting.init import init_topology

        await init_topology(self)

    @work(name="act")
    async def action_requeue(self) -> None:
        """Copy to the end and acknowledge; dead letters go back to their stream."""
        from maestro_tui.ui.acting.moving import move

        await self._one_at_a_time(lambda desk: move(desk, "requeue"))

    @work(name="act")
    async def action_dead_letter(self) -> None:
        """Set aside."""
        from maestro_tui.ui.acting.moving import move

        await self._one_at_a_time(lambda desk: move(desk, "dead-letter"))

    @work(name="act")
    async def action_claim(self) -> None:
        """Give to another consumer."""
        from maestro_tui.ui.acting.moving import move

        await self._one_at_a_time(lambda desk: move(desk, "claim"))

    @work(name="act")
    async def action_edit(self) -> None:
        """Mend an entry and requeue it."""
        from maestro_tui.ui.acting.editing import edit

        await self._one_at_a_time(edit)

    @work(name="act")
    async def action_menu(self) -> None:
        """Offer what is done rarely."""
        from maestro_tui.ui.acting.menu import menu

        await self._one_at_a_time(menu)

    @work(name="act")
    async def action_undo(self) -> None:
        """Take the last action back, or the one selected in the log."""
        from maestro_tui.ui.acting.undoing import undo

        await self._one_at_a_time(undo)

    @work(name="act")
    async def action_note(self) -> None:
        """Write a remark into the log."""
        from maestro_tui.ui.acting.undoing import note

        await self._one_at_a_time(note)


__all__ = ["ERROR_S", "PACE_TOLD", "ActingApp"]
