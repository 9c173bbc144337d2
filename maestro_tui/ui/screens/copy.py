"""Copy as: one key for each form; the text is shown too, since no terminal says whether it took it."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from maestro_tui.domain.text import visible
from maestro_tui.ui.screens.dialog import Dialog, paragraph

# Terminals drop what is longer (xterm's OSC 52 limit), and nobody pastes a megabyte in an incident.
_LONGEST = 75_000
_SHOWN = 4_000
_TOAST = "sent to the terminal's clipboard"


class CopyMenu(Dialog[None]):
    """Numbers choose a form; it is copied and shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,y", "leave", "close", show=False),
        *(Binding(str(number), f"take({number - 1})", show=False) for number in range(1, 10)),
    ]
    AUTO_FOCUS = "#body"

    def __init__(self, choices: tuple[tuple[str, str], ...]) -> None:
        super().__init__("Copy as")
        self._choices = choices[:9]

    def body(self) -> Iterable[Widget]:
        """Return the forms with their numbers, and room for the text."""
        for place, (label, _) in enumerate(self._choices):
            yield paragraph(f"{place + 1} {visible(label)}")
        yield paragraph("", "copied")

    def foot(self) -> Iterable[Widget]:
        """Say what the keys do."""
        foot = paragraph("a number copies  esc closes", "muted")
        foot.styles.margin = (1, 0, 0, 0)
        return (foot,)

    def action_take(self, place: int) -> None:
        """Copy a form and show what was sent."""
        if place >= len(self._choices):
            return
        text = self._choices[place][1]
        if len(text) > _LONGEST:
            self.app.notify("too long for a terminal's clipboard: not copied", severity="warning", markup=False)
        else:
            self.app.copy_to_clipboard(text)
            self.app.notify(_TOAST, markup=False)
        shown = Content("\n".join(["", *(visible(line, _SHOWN) for line in text[:_SHOWN].split("\n"))]))
        self.query_one(".copied", Static).update(shown)
