"""Creating what is missing: what exactly will be sent, and where a group starts on a stream that holds entries."""

from collections.abc import Iterable
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from maestro_tui.domain.config import Config
from maestro_tui.domain.copying import spell_command
from maestro_tui.domain.plans import Confirmed, How, InitPlan
from maestro_tui.domain.plans.init import short_word
from maestro_tui.domain.quantities import clock, plural
from maestro_tui.domain.text import visible
from maestro_tui.engine.audit import operator
from maestro_tui.ui.screens.confirm import FOOT_LINES, FOOT_LINES_LOW, ConfirmBar
from maestro_tui.ui.screens.dialog import Dialog, paragraph
from maestro_tui.ui.widgets.start_choice import StartChoice

# An argument longer than this is cut for eyes; what is sent is the plan itself.
_ARGUMENT_SHOWN = 160


class InitDialog(Dialog[Confirmed | None]):
    """Asks where groups start and whether to go on; answers with a confirmed plan, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "agree", "create"),
        Binding("up", "app.focus_previous", "choice before", show=False),
        Binding("down", "app.focus_next", "next choice", show=False),
        Binding("pageup", "page(-1)", "up", show=False),
        Binding("pagedown", "page(1)", "down", show=False),
        *(Binding(str(number), f"choose({number - 1})", show=False) for number in range(1, 6)),
    ]
    # ConfirmBar puts it on Cancel.
    AUTO_FOCUS = ""

    def __init__(self, plan: InitPlan, config: Config, *, versioned: bool) -> None:
        super().__init__("Create what is missing")
        self._plan = plan
        self._config = config
        self._versioned = versioned
        self._production = config.environment == "production"

    def body(self) -> Iterable[Widget]:
        """Return the questions, the choices, what cannot be created and the commands."""
        yield from (paragraph(question, "alarm") for question in self._plan.questions)
        if self._plan.choices:
            most = max(len(choice.options()) for choice in self._plan.choices) + 2
            go = "the word and enter" if self._production else "y"
            yield paragraph(f"1-{most} or left/right choose, tab next stream, {go} creates, esc cancels", "muted")
        yield from (StartChoice(choice) for choice in self._plan.choices)
        if self._plan.blocked:
            yield paragraph("\nCannot be created:", "muted")
        for key, reason in self._plan.blocked:
            yield paragraph(f"  {key}: {visible(reason)}", "fault")
        yield paragraph("", "commands")

    def foot(self) -> Iterable[Widget]:
        """Return what must be done to go on."""
        yield ConfirmBar("Create", needs_word=self._production)

    def foot_height(self) -> int:
        """Return the lines of the confirmation, one more where a word must be typed."""
        return (FOOT_LINES_LOW if self.low else FOOT_LINES) + (1 if self._production else 0)

    def on_mount(self) -> None:
        """Let the arrow keys move between choices, not scroll, and show what is decided already."""
        self.query_one("#body", VerticalScroll).can_focus = False
        self._show()

    def on_key(self, event: events.Key) -> None:
        """Hand letters typed beside the choices to the word that is wanted."""
        if isinstance(self.focused, StartChoice) and event.is_printable:
            self.query_one(ConfirmBar).on_key(event)

    def action_agree(self) -> None:
        """Take `y` for yes, where no word must be typed."""
        bar = self.query_one(ConfirmBar)
        if not bar.needs_word:
            # The message of a choice made a moment ago may still be on its way.
            self._show()
            bar.agree("y")

    def action_choose(self, option: int) -> None:
        """Choose by number from anywhere, where there is but one choice."""
        choices = list(self.query(StartChoice))
        if len(choices) == 1:
            choices[0].action_choose(option)

    def action_page(self, pages: int) -> None:
        """Scroll without moving the focus."""
        body = self.query_one("#body")
        body.scroll_relative(y=pages * max(1, body.size.height - 1), animate=False)

    @on(StartChoice.Changed)
    def _show(self) -> None:
        chosen = self._chosen()
        commands = [f"  {spell_command(one, _ARGUMENT_SHOWN)}" for one in chosen.commands()]
        told = ["", f"To be sent, as planned at {clock(self._plan.taken_at_ms)}:", *(commands or ["  nothing"])]
        self.query_one(".commands", Static).update(Content("\n".join(told)))
        word = self._word(chosen) if chosen.steps else ""
        self.query_one(ConfirmBar).offer(self._note(chosen, word), possible=bool(chosen.steps), phrases=(word,))

    def _note(self, chosen: InitPlan, word: str) -> str:
        undecided = sum(choice.open for choice in self.query(StartChoice))
        if not chosen.steps:
            return "Choose a start: so far nothing would be created." if undecided else "Nothing would be created."
        left = f" ({undecided} undecided)" if undecided else ""
        how = f"Type {word} and enter to create" if self._production else "y creates"
        return f"{how} {plural(len(chosen.steps), 'group')}{left}"

    def _word(self, chosen: InitPlan) -> str:
        key = chosen.steps[0].key
        return short_word(key, self._config.topology.alias(key.stream))

    def _chosen(self) -> InitPlan:
        starts = {choice.key: choice.start for choice in self.query(StartChoice)}
        answered = {key: start for key, start in starts.items() if start is not None}
        return self._plan.choose(answered, versioned=self._versioned)

    @on(ConfirmBar.Agreed)
    def _agreed(self, event: ConfirmBar.Agreed) -> None:
        self._confirm(event.how)

    @on(ConfirmBar.Declined)
    def _declined(self) -> None:
        self.app.notify("cancelled: nothing was sent", markup=False)
        _ = self.dismiss(None)

    def _confirm(self, how: How) -> None:
        chosen = self._chosen()
        if chosen.steps:
            _ = self.dismiss(Confirmed(chosen, by=operator(), how=how))
