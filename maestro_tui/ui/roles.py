"""What a screen may offer beyond showing frames; the app's keys work where the screen on top plays the role."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Filters(Protocol):
    """A screen with a list that can be narrowed."""

    def start_filter(self) -> None:
        """Ask for the text."""


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
