"""The foot of a dialog that ends in a write: Cancel first, and what must be done to go on."""

from dataclasses import dataclass

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Static

from maestro_tui.domain.plans import How

FOOT_LINES, FOOT_LINES_LOW = 4, 2
"""The lines it takes, without the field: in a low terminal none is left empty."""


class ConfirmBar(Vertical):
    """Cancel and a button that acts; where words are needed, one of the phrases on offer must be typed before it does.

    `digits`: digits typed beside the field belong into it, too.
    """

    DEFAULT_CSS = """
    ConfirmBar {
        height: auto; margin-top: 1;
        & #note { height: 1; width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
        & #typed { height: 1; border: none; padding: 0 1; background: $panel; width: 1fr; max-width: 60; }
        & #typed:focus { border: none; }
        & #buttons { height: 1; margin-top: 1; }
        & #hint { display: none; height: 1; width: 1fr; color: $text-muted; text-wrap: nowrap; }
        &.-more #hint { display: block; }
        & Button { height: 1; min-width: 12; border: none; margin-right: 2; }
        & Button:focus { text-style: bold reverse; }
        & Button:disabled { color: $text-disabled; }
    }
    """

    @dataclass
    class Agreed(Message):
        """The operator agreed, in this way, and typed this phrase ('' where none was wanted)."""

        how: How
        phrase: str = ""

    class Declined(Message):
        """The operator cancelled."""

    def __init__(self, label: str, *, needs_word: bool, digits: bool = False) -> None:
        super().__init__()
        self._label = label
        self._needs_word = needs_word
        self._digits = digits
        self._phrases: tuple[str, ...] = ()
        self._possible = False
        self._note = ""

    def compose(self) -> ComposeResult:
        """Lay out the note, the field where a word is wanted, and the buttons."""
        yield Static("", id="note", markup=False)
        if self._needs_word:
            field = Input(id="typed", select_on_focus=False)
            field.cursor_blink = False
            yield field
        with Horizontal(id="buttons"):
            yield Button(Content("Cancel"), id="cancel", compact=True)
            yield Button(Content(self._label), id="go", compact=True)
            yield Static("↑ ↓ scroll", id="hint", markup=False)

    def offer(self, note: str, *, possible: bool, phrases: tuple[str, ...] = ()) -> None:
        """Say what acting would do, whether there is anything to do, and which phrases are taken for a yes."""
        self._possible = possible
        self._phrases = phrases
        self._note = note
        self.query_one("#note").remove_class("fault")
        self.query_one("#note", Static).update(Content(note))
        if self._needs_word:
            words = " or ".join(phrases)
            self.query_one("#typed", Input).placeholder = f"type {words} here, then enter" if words else ""
        self._judge()

    def tell_more(self, more: bool) -> None:
        """Say which keys scroll, where there is more above than is shown."""
        self.set_class(more, "-more")

    def agree(self, how: How) -> None:
        """Go on, where that is possible and no word is wanted or it was typed."""
        if self._ready():
            self.post_message(self.Agreed("name" if self._needs_word else how, self._typed_phrase))

    @property
    def needs_word(self) -> bool:
        """Whether a typed word is the only way."""
        return self._needs_word

    @property
    def _typed_phrase(self) -> str:
        """What was typed, its words apart by one space."""
        return " ".join(self.query_one("#typed", Input).value.split()) if self._needs_word else ""

    def _ready(self) -> bool:
        typed = not self._needs_word or self._typed_phrase in self._phrases
        return self._possible and typed

    def _judge(self) -> None:
        self.query_one("#go", Button).disabled = not self._ready()

    @on(Input.Changed, "#typed")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#note").remove_class("fault")
        self.query_one("#note", Static).update(Content(self._note))
        self._judge()

    @on(Input.Submitted, "#typed")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._possible and not self._ready():
            # Enter that did nothing would be pressed again, or taken for a yes.
            note = self.query_one("#note", Static)
            note.add_class("fault")
            note.update(Content(f"Not taken: type {' or '.join(self._phrases)}, nothing else."))
        self.agree("name")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "go":
            self.agree("y")
        else:
            self.post_message(self.Declined())

    def on_mount(self) -> None:
        """Start where nothing can happen by accident."""
        self.query_one("#cancel").focus()

    def on_key(self, event: events.Key) -> None:
        """Move between the buttons with the arrow keys; a letter belongs to the word that is wanted."""
        character = event.character or ""
        # Where digits choose a start, they do so from anywhere.
        if self._needs_word and event.is_printable and (self._digits or not character.isdigit()):
            field = self.query_one("#typed", Input)
            self.screen.set_focus(field)
            field.insert_text_at_cursor(character)
            event.stop()
            event.prevent_default()
        elif event.key in ("left", "right") and not isinstance(self.screen.focused, Input):
            target = self.query_one("#go" if event.key == "right" else "#cancel")
            if not target.disabled:
                target.focus()
            event.stop()
