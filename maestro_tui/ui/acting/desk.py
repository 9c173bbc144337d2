"""What an action needs of the app, and whether anything may be written now."""

from contextlib import AbstractContextManager
from typing import Literal, Protocol, TypeVar

from textual.screen import Screen

from maestro_tui.domain.journal import Deed
from maestro_tui.domain.plans.propose import Situation
from maestro_tui.engine.operation import Operation
from maestro_tui.engine.session import Session
from maestro_tui.ui.roles import Targeted
from maestro_tui.ui.status import Status
from maestro_tui.ui.writable import read_by_design

ResultT = TypeVar("ResultT")
Severity = Literal["information", "warning", "error"]

# An error that scrolls away unread is no error message.
ERROR_S = 30.0


class Desk(Protocol):
    """What an action needs of the app."""

    @property
    def session(self) -> Session:
        """The running system."""

    def status(self) -> Status:
        """The present moment."""

    def toast(self, text: str, severity: Severity = "information", seconds: float | None = None) -> None:
        """Say something in a corner."""

    async def ask(self, dialog: Screen[ResultT]) -> ResultT | None:
        """Show a dialog and wait for its answer."""

    def targeted(self) -> Targeted | None:
        """What the screen on top has selected for an action; None where it selects nothing."""

    def chosen_deed(self) -> Deed | None:
        """The action that is selected on the log's screen."""

    def leave_behind(self, operation: Operation) -> None:
        """Show in the header how far an operation is, and tell how it ends."""

    def hand_over(self) -> AbstractContextManager[None]:
        """Give the terminal to another program, and take it back; raise NotImplementedError where there is none."""


def situation(desk: Desk) -> Situation:
    """Return the moment in which something is planned."""
    status = desk.status()
    return Situation(status.latest, status.config, status.frozen)


def why_not(status: Status) -> str | None:
    """Return why nothing may be written now, in a sentence; None where it may."""
    reason = read_by_design(status.config, status.latest)
    if reason:
        return reason
    if status.frozen:
        return "No plan from a frozen screen: press p to see the present, then try again."
    if status.latest.trouble is not None:
        return f"No plan from stale data: {status.latest.trouble.sentence}"
    if status.stale:
        return "No plan from stale data: no fresh answer from the server yet."
    return None


def may_act(desk: Desk) -> bool:
    """Whether a plan may be made or sent now; says why where not."""
    reason = why_not(desk.status())
    if reason:
        desk.toast(reason, "warning", ERROR_S)
    return reason is None
