"""The one sentence for a terminal on which nothing useful fits."""

from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen
from textual.widgets import Static

LEAST = Size(40, 10)


def fits(size: Size) -> bool:
    """Return whether something useful fits."""
    return size.width >= LEAST.width and size.height >= LEAST.height


class TooSmall(Screen[None]):
    """Covers everything until the terminal grows."""

    def compose(self) -> ComposeResult:
        """Lay out the sentence."""
        yield Static(self._sentence(), markup=False)

    def on_resize(self) -> None:
        """Tell the new size."""
        self.query_one(Static).update(self._sentence())

    def _sentence(self) -> str:
        least, now = LEAST, self.app.size
        return f"maestro-tui needs {least.width}x{least.height}; this terminal is {now.width}x{now.height}"
