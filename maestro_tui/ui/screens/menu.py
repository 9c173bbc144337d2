"""Choose one of several: by its number, or with the arrows and enter; what is not possible says why."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from maestro_tui.domain.text import clip, fit, visible, width
from maestro_tui.ui.screens.dialog import Dialog
from maestro_tui.ui.widgets.lines import Line
from maestro_tui.ui.widgets.table import LineTable, Spelling

ValueT = TypeVar("ValueT")

_NUMBERED = 9
_LONGEST_LABEL = 48
_LONGEST_TEXT = 500
_FOOT_LINES, _FOOT_LINES_LOW = 4, 2


@dataclass(frozen=True, slots=True)
class Choice(Generic[ValueT]):
    """What can be chosen: its label, what it does, and why it is not possible, where it is not."""

    label: str
    value: ValueT
    hint: str = ""
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Typed(Generic[ValueT]):
    """What can be typed instead; `read` raises ValueError with a sentence for what it cannot take."""

    label: str
    placeholder: str
    read: Callable[[str], ValueT]


@dataclass(frozen=True, slots=True)
class _Option:
    place: int
    label: str
    rest: str
    possible: bool


class MenuScreen(Dialog[ValueT | None]):
    """Answers with the value of what was chosen or typed, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", "take"),
        *(Binding(str(number), f"number({number - 1})", show=False) for number in range(1, _NUMBERED + 1)),
        Binding("q,x", "leave", "close", show=False),
    ]
    DEFAULT_CSS = """
    MenuScreen {
        & #told { height: 2; margin-top: 1; }
        & #typed { display: none; height: 1; border: none; padding: 0 1; background: $panel; width: 1fr; }
        & #typed:focus { border: none; }
        &.-typing #typed { display: block; }
        & #foot { height: 1; }
        & #body { overflow-y: hidden; }
        &.-low #told { margin-top: 0; height: 1; }
    }
    """
    AUTO_FOCUS = "#choices"

    def __init__(
        self, title: str, choices: Sequence[Choice[ValueT]], typed: Typed[ValueT] | None = None, *, ascii_only: bool
    ) -> None:
        super().__init__(title)
        self._choices = tuple(choices)
        self._typed = typed
        self._ascii = ascii_only

    def body(self) -> Iterable[Widget]:
        """Return the list."""
        spelling: Spelling[_Option] = Spelling(lambda option: option.place, self._line, lambda _: ())
        yield LineTable(spelling, marks=("> ", "  ") if self._ascii else ("▸ ", "  "), id="choices")

    def foot(self) -> Iterable[Widget]:
        """Return room for what is typed, for what is to be said of it, and what the keys do."""
        if self._typed is not None:
            field = Input(id="typed", placeholder=self._typed.placeholder, select_on_focus=False)
            field.cursor_blink = False
            yield field
        yield Static("", id="told", classes="muted", markup=False)
        yield Static("esc cancels  a number or enter takes", id="foot", classes="muted", markup=False)

    def foot_height(self) -> int:
        """Return the lines of what is told, the keys and the field."""
        return (_FOOT_LINES_LOW if self.low else _FOOT_LINES) + (self._typed is not None)

    @property
    def table(self) -> LineTable[_Option]:
        """The list."""
        return self.query_one("#choices", LineTable)

    def on_mount(self) -> None:
        """List the choices; the first possible one is under the cursor."""
        options = [
            _Option(place, visible(one.label, _LONGEST_TEXT), visible(one.why_not or one.hint), not one.why_not)
            for place, one in enumerate(self._choices)
        ]
        if self._typed is not None:
            options.append(_Option(len(options), self._typed.label, "", possible=True))
        self.table.set_rows(options)
        self.table.select(next((one.place for one in options if one.possible), 0))
        self._fit()

    def on_resize(self, event: events.Resize) -> None:
        """Give the list what the rest leaves."""
        super().on_resize(event)
        self._fit()

    def _fit(self) -> None:
        self.table.styles.height = min(len(self.table.rows) + 1, self.room())

    def _line(self, option: _Option, room: int) -> Line:
        number = f"{option.place + 1} " if option.place < _NUMBERED else "  "
        widest = min(_LONGEST_LABEL, max(width(one.label) for one in self.table.rows))
        label = fit(option.label, widest)
        rest = clip(f"  {option.rest}", max(0, room - len(number) - widest))
        return ((number, "key" if option.possible else "muted"), (label, "plain" if option.possible else "muted"),
                (rest, "muted"))  # fmt: skip

    @on(LineTable.Moved)
    def _moved(self) -> None:
        option = self.table.selected
        self._tell("" if option is None else option.rest)
        self.set_class(self._on_typed, "-typing")

    @property
    def _on_typed(self) -> bool:
        option = self.table.selected
        return self._typed is not None and option is not None and option.place == len(self._choices)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Leave letters and digits to the field while it has the focus."""
        return not (isinstance(self.focused, Input) and action in ("number", "take"))

    def action_number(self, place: int) -> None:
        """Take a choice by its number."""
        if place < len(self.table.rows):
            self.table.select(place)
            self.action_take()

    @on(LineTable.Opened)
    def action_take(self) -> None:
        """Take what is under the cursor, where that is possible."""
        option = self.table.selected
        if option is None:
            return
        if self._on_typed:
            self.set_class(True, "-typing")
            # At once, not by a message: the next key is text already.
            self.set_focus(self.query_one("#typed", Input))
        elif option.possible:
            _ = self.dismiss(self._choices[option.place].value)
        else:
            self._tell(option.rest, fault=True)

    @on(Input.Submitted, "#typed")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        assert self._typed is not None
        try:
            value = self._typed.read(event.value.strip())
        except ValueError as error:
            self._tell(str(error), fault=True)
        else:
            _ = self.dismiss(value)

    def on_key(self, event: events.Key) -> None:
        """Leave the field upwards."""
        if event.key == "up" and isinstance(self.focused, Input):
            event.stop()
            self.set_focus(self.table)

    def _tell(self, text: str, *, fault: bool = False) -> None:
        told = self.query_one("#told", Static)
        told.set_class(fault, "fault")
        told.set_class(not fault, "muted")
        told.update(Content(visible(text, _LONGEST_TEXT)))
