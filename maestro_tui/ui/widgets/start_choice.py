"""One missing group whose stream holds entries: where shall it start? Nothing is chosen until somebody chooses."""

from dataclasses import dataclass
from typing import ClassVar

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from maestro_tui.domain.names import ZERO, Key
from maestro_tui.domain.plans.init import Choice, Start, parse_start
from maestro_tui.domain.text import clip_middle, visible

# The commands below the choices hold more of a long name.
_NAME = 60
_BEFORE_A_TIME = 2**64 - 1
_OWN = "an entry ID or a time…"
_SKIP = "leave it missing: nothing is created"


class StartChoice(Vertical, can_focus=True):
    """The options of one choice, numbered; left and right or a number choose."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", "option before", show=False),
        Binding("right,l", "step(1)", "next option", show=False),
        Binding("enter", "type", "type a start", show=False),
        # Before the body that this stands in takes them to scroll.
        Binding("up", "app.focus_previous", "choice before", show=False),
        Binding("down", "app.focus_next", "next choice", show=False),
        *(Binding(str(number), f"choose({number - 1})", show=False) for number in range(1, 6)),
    ]

    DEFAULT_CSS = """
    StartChoice {
        height: auto; margin-top: 1; padding: 0 1;
        & Static { height: auto; width: 1fr; }
        & .own { display: none; height: 1; max-width: 48; margin-left: 6; padding: 0 1; }
        & .own { border: none; background: $panel; }
        & .own:focus { border: none; }
        & .told { display: none; margin-left: 6; }
        &.-own .own { display: block; }
        &.-told .told { display: block; }
        &.-fault .told { color: $text-error; }
        &:focus, &:focus-within { background: $boost; }
    }
    """

    @dataclass
    class Changed(Message):
        """Another start was chosen, or none."""

        choice: "StartChoice"

    def __init__(self, choice: Choice) -> None:
        super().__init__()
        self._choice = choice
        self._options = choice.options()
        self._chosen: int | None = None
        self._own: Start | None = None
        self._told = False

    @property
    def key(self) -> Key:
        """The row this is about."""
        return self._choice.key

    @property
    def start(self) -> Start | None:
        """The start chosen; None where none is, or the group is to stay missing."""
        if self._chosen is None:
            return None
        if self._chosen == len(self._options):
            return self._own
        return self._options[self._chosen][0] if self._chosen < len(self._options) else None

    @property
    def open(self) -> bool:
        """Whether nobody has chosen yet."""
        return self._chosen is None or (self._chosen == len(self._options) and self._own is None)

    def compose(self) -> ComposeResult:
        """Lay out the options, the field for one's own start and what is to be said of what was typed."""
        yield Static(self._lines(), classes="options", markup=False)
        field = Input(classes="own", placeholder="1795373326515-0 or 2026-11-22T14:03:00Z", select_on_focus=False)
        field.cursor_blink = False
        yield field
        yield Static("", classes="told", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Leave the digits to the field while it has the focus."""
        return action != "choose" or self.screen.focused is not self.query_one(Input)

    def action_choose(self, option: int) -> None:
        """Choose an option by its place, and begin to type where it wants that; what is no option is ignored."""
        if option < len(self._options) + 2:
            self._choose(option)
            self.action_type()
            if option != len(self._options):
                self.focus()

    def action_type(self) -> None:
        """Go to the field for one's own start, where that is chosen."""
        if self._chosen == len(self._options):
            # At once, not by a message: the next key is text already.
            self.screen.set_focus(self.query_one(Input))

    def action_step(self, by: int) -> None:
        """Choose the option next to the chosen one."""
        last = len(self._options) + 1
        begin = 0 if by > 0 else last
        # The focus stays: in the field the arrows would move its cursor, and the way on would end there.
        self._choose(begin if self._chosen is None else min(last, max(0, self._chosen + by)))

    def _choose(self, option: int) -> None:
        self._chosen = option
        own = option == len(self._options)
        self.set_class(own, "-own")
        self.set_class(own and self._told, "-told")
        self._tell()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        fault = ""
        self._own = None
        if event.value.strip():
            try:
                self._own = parse_start(event.value)(self._choice)
            except ValueError as error:
                fault = str(error)
        self._tell_of(fault or _effect(self._own), fault=bool(fault))
        self._tell()

    def _tell_of(self, text: str, *, fault: bool) -> None:
        """Say below the field what is wrong with it, or what it does."""
        self.query_one(".told", Static).update(Content(visible(text)))
        self._told = bool(text)
        self.set_class(fault, "-fault")
        self.set_class(self._told, "-told")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._own is not None:
            self.screen.set_focus(self)
        elif not event.value.strip():
            self._tell_of("Type an entry ID or a time.", fault=True)

    def _tell(self) -> None:
        self.query_one(".options", Static).update(self._lines())
        self.post_message(self.Changed(self))

    def _lines(self) -> Group:
        alias, key = visible(self._choice.alias, 40), self._choice.key
        head = Text.assemble(
            (alias, "bold"), f"  {clip_middle(str(key.stream), _NAME)}  {clip_middle(str(key.group), _NAME)}"
        )
        options = Table.grid(padding=(0, 1, 0, 0))
        for place, text in enumerate([*(text for _, text in self._options), _OWN, _SKIP]):
            chosen = place == self._chosen
            options.add_row(
                Text("(x)" if chosen else "( )"), Text(str(place + 1)), Text(text), style="bold" if chosen else ""
            )
        return Group(head, options)


def _effect(start: Start | None) -> str:
    """Say what a typed start delivers; a time is the last ID before it."""
    if start is None:
        return ""
    if start.id == ZERO:
        return "delivers everything that is there"
    if start.id.seq == _BEFORE_A_TIME:
        return "delivers entries from that time on"
    return f"delivers what comes after {start.id}"
