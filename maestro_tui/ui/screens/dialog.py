"""What every dialog shares: a title, a body that scrolls, a foot; escape leaves it without a result."""

import textwrap
from collections.abc import Iterable
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

ResultT = TypeVar("ResultT")

# The lines that padding and margins take, in a terminal that is lower than `_LOW` and in others.
_LOW = 16
_AROUND_BODY_LOW, _AROUND_BODY = 0, 3
_TITLE_LINES = 3
# As the styles below have it.
_WIDEST, _SHARE, _PADDING = 112, 92, 2


class Dialog(ModalScreen[ResultT]):
    """A modal screen in the middle of the terminal, never larger than it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", key_display="esc"),
        # The app's own keys do not reach a dialog, and a field would take ctrl+c for a copy.
        Binding("ctrl+c,ctrl+q", "leave", "close", show=False, priority=True),
    ]

    DEFAULT_CSS = """
    Dialog {
        align: center middle;
        background: $background 60%;
        & #dialog {
            width: 92%; max-width: 112; height: auto; max-height: 100%;
            padding: 1 2; background: $surface; color: $foreground;
        }
        & #title { height: auto; max-height: 3; text-style: bold; }
        & #body { height: auto; margin-top: 1; scrollbar-size-vertical: 1; }
        & #body:focus { background-tint: transparent; }
        &.-low #dialog { padding: 0 2; }
        &.-low #body, &.-low ConfirmBar, &.-low #buttons { margin-top: 0; }
        & .paragraph { height: auto; width: 1fr; }
        & .muted { color: $text-muted; }
        & .alarm { color: $text-warning; text-style: bold; }
        & .fault { color: $text-error; }
    }
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self._headline = title

    def compose(self) -> ComposeResult:
        """Lay out the title, the body and the foot."""
        with Vertical(id="dialog"):
            yield Static(self._headline, id="title", markup=False)
            with VerticalScroll(id="body"):
                yield from self.body()
            yield from self.foot()

    def body(self) -> Iterable[Widget]:
        """Return what stands in the part that scrolls."""
        raise NotImplementedError

    def foot(self) -> Iterable[Widget]:
        """Return what stays in sight below it."""
        raise NotImplementedError

    def foot_height(self) -> int:
        """Return the lines that the foot takes."""
        return 2

    def on_resize(self, event: events.Resize) -> None:  # noqa: ARG002
        """Give the body what the rest leaves, so that the foot is never pushed off the screen."""
        self.set_class(self.low, "-low")
        self.query_one("#body").styles.max_height = self.room()

    @property
    def low(self) -> bool:
        """Whether the terminal has so few lines that none is wasted."""
        return self.app.size.height < _LOW

    def room(self) -> int:
        """Return the lines that are left for the body."""
        # What it is about is in the title: even in a low terminal it is not cut.
        wrapped = textwrap.wrap(self._headline, self.cells() + 1)
        title = max(1, min(_TITLE_LINES, len(wrapped)))
        around = (_AROUND_BODY_LOW if self.low else _AROUND_BODY) + title + self.foot_height()
        return max(1, self.app.size.height - around)

    def cells(self) -> int:
        """Return the cells in which its text is laid out, the scroll bar's aside."""
        return max(10, min(_WIDEST, self.app.size.width * _SHARE // 100) - 2 * _PADDING - 1)

    def action_leave(self) -> None:
        """Close without a result."""
        _ = self.dismiss(None)


def paragraph(text: str | Content, *classes: str) -> Static:
    """Return a line or more of text, wrapped, never read as markup."""
    static = Static(text, markup=False, classes="paragraph")
    static.add_class(*classes)
    return static
