"""Text of any length to scroll through: only what has come into view was ever laid out."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from maestro_tui.ui.widgets.lines import Line, Toned

MOST_AT_ONCE: Final = 20_000
"""Lines that one key may have laid out; the end of more is some keys away."""
_WHEEL = 3

Source = Callable[[int], Iterator[Line]]
"""Given a width, the lines, one after another."""


class Reel(Toned, can_focus=True, inherit_bindings=False):
    """Lines taken from a source as they are needed. `formatted` counts the characters ever laid out."""

    DEFAULT_CSS = """
    Reel { height: 1fr; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("home,g", "first", "top", show=False),
        Binding("end,G", "last", "end", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown,space", "page(1)", "page down", show=False),
    ]

    class Moved(Message):
        """Another part is in view."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.top = 0
        self.formatted = 0
        self._make: Source = lambda _: iter(())
        self._source: Iterator[Line] = iter(())
        self._lines: list[Line] = []
        self._complete = True
        self._width = 0

    def show(self, source: Source) -> None:
        """Show other lines; the view stays where it is, as far as there are lines."""
        self._make = source
        self._begin()

    def _begin(self) -> None:
        self._width = self.size.width
        self._source, self._lines, self._complete = self._make(self._width), [], False
        self._go(self.top)

    @property
    def place(self) -> str:
        """Say which lines are in view: `lines 1-17 of 43`, `1-17 of >=120` while not all were laid out."""
        last = min(len(self._lines), self.top + self.size.height)
        total = f"{'' if self._complete else '>='}{len(self._lines):,}"
        return f"lines {min(self.top + 1, last):,}-{last:,} of {total}"

    @property
    def all_in_view(self) -> bool:
        """Whether nothing is outside."""
        return self._complete and len(self._lines) <= self.size.height

    def action_move(self, by: int) -> None:
        """Move by lines."""
        self._go(self.top + by)

    def action_page(self, by: int) -> None:
        """Move by a screenful."""
        self._go(self.top + by * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """Go to the first line."""
        self._go(0)

    def action_last(self) -> None:
        """Go to the last line, or as far as one key may."""
        self._go(len(self._lines) + MOST_AT_ONCE)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move down."""
        event.stop()
        self._go(self.top + _WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move up."""
        event.stop()
        self._go(self.top - _WHEEL)

    def on_resize(self) -> None:
        """Lines are laid out for a width; a height only shows more or less of them."""
        if self.size.width == self._width:
            self._go(self.top)
        else:
            self._begin()

    def _go(self, top: int) -> None:
        # A screenful more than is in view, to know how much more there is where that is little.
        self._take(top + 2 * self.size.height + 1)
        self.top = max(0, min(top, len(self._lines) - self.size.height))
        self.refresh()
        self.post_message(self.Moved())

    def _take(self, upto: int) -> None:
        """Have lines laid out up to a number of them."""
        wanted = min(upto - len(self._lines), MOST_AT_ONCE)
        if wanted <= 0 or self._complete:
            return
        taken = list(islice(self._source, wanted))
        self._complete = len(taken) < wanted
        self.formatted += sum(len(text) for line in taken for text, _ in line)
        self._lines += taken

    def render_line(self, y: int) -> Strip:
        """Paint one line."""
        index = self.top + y
        return self.paint(self._lines[index] if index < len(self._lines) else (), self.size.width)
