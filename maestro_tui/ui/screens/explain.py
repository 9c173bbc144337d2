"""Explain: what the selected number or state is, where it comes from, what to do."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget

from maestro_tui.domain.columns import COLUMNS
from maestro_tui.domain.glossary_lists import CONSUMER_TEXTS, ENTRY_TEXTS, PENDING_TEXTS
from maestro_tui.ui.screens.dialog import Dialog, paragraph

_LABELS = frozenset(
    {"Here", "From", "Do", "Next", "Marks", "The server said", "CRITICAL", "WARNING", "INFO"}
    | {"Since", "End", "Follows from", "Explains", "Follows", "Runbook"}
)
_TITLES = frozenset({column.title for column in COLUMNS} | {*PENDING_TEXTS, *CONSUMER_TEXTS, *ENTRY_TEXTS})

READING_BINDINGS: tuple[BindingType, ...] = (
    Binding("j,down", "scroll(1)", "down", show=False),
    Binding("k,up", "scroll(-1)", "up", show=False),
    Binding("g,home", "top", "top", show=False),
    Binding("G,end", "bottom", "bottom", show=False),
)


class ReadingDialog(Dialog[None]):
    """Text to read and to scroll; it answers nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark,d,enter", "leave", "close", show=False),
        *READING_BINDINGS,
    ]
    AUTO_FOCUS = "#body"

    def foot(self) -> Iterable[Widget]:
        """Say how to leave."""
        foot = paragraph("esc closes  ↑ ↓ scroll", "muted")
        foot.styles.margin = (1, 0, 0, 0)
        return (foot,)

    def action_scroll(self, lines: int) -> None:
        """Move by lines."""
        self.query_one("#body").scroll_relative(y=lines, animate=False)

    def action_top(self) -> None:
        """Go to the first line."""
        self.query_one("#body").scroll_home(animate=False)

    def action_bottom(self) -> None:
        """Go to the last line."""
        self.query_one("#body").scroll_end(animate=False)


class ExplainScreen(ReadingDialog):
    """Shows what `domain.explain.explain` told."""

    def __init__(self, title: str, lines: tuple[str, ...]) -> None:
        super().__init__(title)
        self._lines = lines

    def body(self) -> Iterable[Widget]:
        """Return all lines in one widget: a row has a hundred, and a widget for each takes most of a second."""
        return (paragraph(Content("\n").join(_labelled(line or " ") for line in self._lines)),)


def _labelled(line: str) -> Content:
    """Set a line's label in bold."""
    label, colon, rest = line.partition(": ")
    titled = label in _LABELS or label.split(" ")[0] in _TITLES or label.startswith("TOP LINE")
    return Content.assemble((f"{label}: ", "bold"), rest) if colon and titled else Content(line)
