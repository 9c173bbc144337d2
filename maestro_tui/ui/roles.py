"""What a screen may offer beyond showing frames; the app's keys work where the screen on top plays the role."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from textual.screen import Screen

from maestro_tui.ui.screens.frame_screen import FrameScreen
from maestro_tui.ui.targeted import Targeted as Targeted


@runtime_checkable
class Filters(Protocol):
    """A screen with a list that can be narrowed."""

    def start_filter(self) -> bool:
        """Ask for the text; False where it is being asked for."""


@runtime_checkable
class StepsBack(Protocol):
    """A screen that has something to leave before it is left itself."""

    def step_back(self) -> bool:
        """Leave it; False where there is nothing to leave."""


@runtime_checkable
class Explains(Protocol):
    """A screen that can tell about what is selected on it."""

    def explained(self) -> tuple[str, tuple[str, ...]]:
        """Return a title and paragraphs."""


@runtime_checkable
class Copies(Protocol):
    """A screen whose selection can be taken elsewhere."""

    def copies(self) -> tuple[tuple[str, str], ...]:
        """Return the forms, each with what it is called."""


@runtime_checkable
class Targets(Protocol):
    """A screen on which something is selected that an action can be about."""

    def targeted(self) -> Targeted:
        """Return what the next action is to be about."""


_ROLES: dict[str, type] = {"filter": Filters, "explain": Explains, "copy": Copies}


def front(stack: Sequence[Screen[Any]]) -> FrameScreen | None:
    """Return the uppermost screen of frames; dialogs and the palette stand before it."""
    return next((one for one in reversed(stack) if isinstance(one, FrameScreen)), None)


def offers(screen: FrameScreen | None, action: str) -> bool:
    """Whether a screen plays the role that an action needs, if it needs one."""
    return action not in _ROLES or isinstance(screen, _ROLES[action])
