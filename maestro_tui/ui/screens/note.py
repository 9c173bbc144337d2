"""One line to be typed: a remark for the log, a number, a name."""

from collections.abc import Callable, Iterable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from maestro_tui.domain.text import visible
from maestro_tui.ui.screens.dialog import Dialog, paragraph

LONGEST_NOTE = 500
_LONGEST_FAULT = 500
_PRINTABLE = r"[^\x00-\x1f\x7f-\x9f]*"


class LineDialog(Dialog[str | None]):
    """Asks for a line; `fault` says in a sentence what is wrong with it, '' where it will do."""

    BINDINGS: ClassVar[list[BindingType]] = []
    DEFAULT_CSS = """
    LineDialog {
        & #line { height: 1; border: none; padding: 0 1; background: $panel; width: 1fr; }
        & #line:focus { border: none; }
        & #foot { height: 1; margin-top: 1; }
        &.-low #foot { margin-top: 0; }
    }
    """
    AUTO_FOCUS = "#line"

    def __init__(
        self, title: str, hint: str, *, longest: int = LONGEST_NOTE, fault: Callable[[str], str] = lambda _: ""
    ) -> None:
        super().__init__(title)
        self._hint = hint
        self._longest = longest
        self._fault = fault

    def body(self) -> Iterable[Widget]:
        """Return what is asked for, the field, and room for what is wrong."""
        yield paragraph(Content(self._hint), "muted")
        # Not cut while it is typed or pasted: a line that lost its end unseen would be worse than one refused.
        field = Input(id="line", restrict=_PRINTABLE, select_on_focus=False)
        field.cursor_blink = False
        yield field
        yield paragraph("", "fault", "wrong")

    def foot(self) -> Iterable[Widget]:
        """Say what the keys do."""
        yield Static("enter takes it  esc cancels", id="foot", classes="muted", markup=False)

    @on(Input.Submitted, "#line")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        long = len(text) > self._longest
        fault = f"{len(text):,} characters: {self._longest} at most." if long else self._fault(text)
        if fault:
            self.query_one(".wrong", Static).update(Content(visible(fault, _LONGEST_FAULT)))
        else:
            _ = self.dismiss(text)


def unprintable(text: str) -> str:
    """Return what is wrong with a remark; '' where nothing is."""
    if not text:
        return "Nothing was typed."
    return "" if text.isprintable() else "Only printable characters can go into the log."
