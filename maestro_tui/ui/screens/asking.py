"""Typing a filter, or a place to go to, into one line of the group screen."""

from textual import on
from textual.timer import Timer
from textual.widgets import Input

from maestro_tui.ui import moments, sieve
from maestro_tui.ui.panes.consumers import ConsumersPane
from maestro_tui.ui.panes.entries import EntriesPane
from maestro_tui.ui.panes.history import HistoryPane
from maestro_tui.ui.panes.pending import PendingPane
from maestro_tui.ui.screens.frame_screen import FrameScreen
from maestro_tui.ui.widgets.ask import Ask

AnyPane = PendingPane | ConsumersPane | EntriesPane | HistoryPane

# A filter begins to look once the keys rest.
_KEYS_REST_S = 0.25


class AskingScreen(FrameScreen):
    """A screen of panes in which a line can be typed: what makes no sense is told in one sentence, `fault`."""

    pending: PendingPane
    pane: AnyPane

    def __init__(self) -> None:
        super().__init__()
        self.fault = ""
        self._rest: Timer | None = None

    @property
    def panes(self) -> tuple[AnyPane, ...]:
        """The panes that have something to show."""
        raise NotImplementedError

    @property
    def now_ms(self) -> int:
        """The present, by the server's clock."""
        raise NotImplementedError

    def turn_to(self, pane: AnyPane) -> None:
        """Bring a pane into sight."""
        raise NotImplementedError

    def read_page(self) -> None:
        """Have the page in sight read."""
        raise NotImplementedError

    def show_again(self) -> None:
        """Spell every line again."""
        raise NotImplementedError

    def tell(self, sentence: str) -> None:
        """Say something in a corner."""
        self.notify(sentence, severity="warning", markup=False)

    def start_filter(self) -> bool:
        """Ask for the filter, in place of the key bar; False while something is being typed."""
        ask = self.query_one(Ask)
        if self.focused is ask:
            return False
        if self.pending not in self.panes:
            self.tell("There is no pending list to be filtered; @ jumps to an entry.")
            return True
        if self.pane is not self.pending:
            self.turn_to(self.pending)
            self.read_page()
        self._begin(ask, "filter", sieve.PLACEHOLDER, self.pending.pattern)
        return True

    def action_jump(self) -> None:
        """Ask for an ID or a time to go to."""
        self._begin(self.query_one(Ask), "jump", moments.PLACEHOLDER)

    def _begin(self, ask: Ask, about: str, placeholder: str, value: str = "") -> None:
        self.fault = ""
        self.set_class(True, "-asking")
        ask.begin(about, placeholder, value)
        self.show_again()

    @on(Input.Changed, "#ask")
    def _typed(self, message: Input.Changed) -> None:
        ask = self.query_one(Ask)
        if self._rest is not None:
            self._rest.stop()
        if ask.about == "filter":
            self._rest = self.set_timer(_KEYS_REST_S, lambda: self.sift(message.value))

    @on(Input.Submitted, "#ask")
    def _submitted(self, message: Input.Submitted) -> None:
        ask = self.query_one(Ask)
        if self._rest is not None:
            self._rest.stop()
        done = self.sift(message.value) if ask.about == "filter" else self._jump(message.value)
        if done:
            self._end_asking()

    def sift(self, pattern: str) -> bool:
        """Filter by what was typed; False where it makes no sense, which is said."""
        try:
            parsed = sieve.parse_sieve(pattern)
        except ValueError as error:
            return self._faulty(str(error))
        self.fault = ""
        if pattern != self.pending.pattern:
            self.pending.sift(pattern, parsed)
        self.show_again()
        return True

    def _jump(self, text: str) -> bool:
        try:
            place = moments.parse_place(text, self.now_ms)
        except ValueError as error:
            return self._faulty(str(error))
        self.pane.jump(place)
        return True

    def _faulty(self, sentence: str) -> bool:
        self.fault = sentence
        self.show_again()
        return False

    def _end_asking(self) -> None:
        if self._rest is not None:
            self._rest.stop()
        self.fault = ""
        self.query_one(Ask).end()
        self.set_class(False, "-asking")
        self.set_focus(self.pane)
        self.show_again()

    def step_back(self) -> bool:
        """Leave what is being typed, then the filter; False where there is neither."""
        ask = self.query_one(Ask)
        asking = ask.about
        if asking:
            self._end_asking()
        if self.pending.pattern and asking != "jump":
            self.sift("")
            return True
        return bool(asking)
