"""The one door to every write: what would be done, what could go wrong, and what must be typed to go on."""

import textwrap
from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Static

from maestro_tui.domain.copying import spell_command
from maestro_tui.domain.plans import Confirmed, How, MovePlan, Offer, Proposal, RestorePlan
from maestro_tui.domain.text import visible
from maestro_tui.domain.trouble import Failure
from maestro_tui.engine.audit import operator
from maestro_tui.ui.screens.confirm import FOOT_LINES, FOOT_LINES_LOW, ConfirmBar
from maestro_tui.ui.screens.dialog import Dialog, paragraph

Source = Proposal | Callable[[], Awaitable[Proposal]]
"""A proposal, or what makes one by looking at the server."""

# An argument longer than this is cut for eyes; what is sent is the plan itself.
_ARGUMENT_SHOWN = 120
_LONGEST_TEXT = 2_000
_CLOSE_LINES = 3
# What must be typed where one way needs no words and another does.
_YES = "y"


class PlanDialog(Dialog[Confirmed | None]):
    """Shows a proposal; answers with the offer that was taken, confirmed, or None.

    `production` says how it was confirmed where a word had to be typed: by the stream's name, else by a count.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "agree", "yes"),
        Binding("up", "scroll(-1)", "up", show=False),
        Binding("down", "scroll(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
    ]
    DEFAULT_CSS = """
    PlanDialog {
        & .ways { height: auto; margin-top: 1; }
        & #body .ways { display: none; margin-top: 0; }
        & #close { height: 1; margin-top: 1; }
        & #close Button { height: 1; min-width: 12; border: none; }
        & #close Button:focus { text-style: bold reverse; }
        &.-low #close { margin-top: 0; }
        &.-low .ways { display: none; }
        &.-low #body .ways { display: block; }
    }
    """
    # ConfirmBar puts it on Cancel.
    AUTO_FOCUS = ""

    def __init__(self, title: str, source: Source, *, production: bool) -> None:
        super().__init__(title)
        self._production = production
        self._make = None if isinstance(source, Proposal) else source
        self.proposal: Proposal | None = None
        if isinstance(source, Proposal):
            self._accept(source)

    def _accept(self, proposal: Proposal) -> None:
        self.proposal = proposal
        self._headline = visible(proposal.title, _LONGEST_TEXT) or self._headline

    def on_mount(self) -> None:
        """Look, where the proposal is still to be made; let the keys scroll without taking the focus."""
        if self._make is not None:
            self.run_worker(self._look(self._make), exit_on_error=False)
        self._settle()

    async def _look(self, make: Callable[[], Awaitable[Proposal]]) -> None:
        try:
            proposal = await make()
        except Failure as failure:
            proposal = Proposal(self._headline, refusal=str(failure.trouble))
        except Exception as error:
            # Whatever it is, nothing was sent; a dashboard that dies of it in an incident helps nobody.
            kind = type(error).__name__
            proposal = Proposal(self._headline, refusal=f"The plan could not be made ({kind}). Please report it.")
        self._accept(proposal)
        await self.recompose()
        self._settle()

    def _tell_more(self) -> None:
        for bar in self.query(ConfirmBar):
            bar.tell_more(self.query_one("#body").max_scroll_y > 0)

    def _settle(self) -> None:
        body = self.query_one("#body", VerticalScroll)
        body.can_focus = False
        body.styles.max_height = self.room()
        if self._offers:
            self._offer()
            self.call_after_refresh(self._tell_more)
        elif self.proposal is not None:
            self.query_one("#closing", Button).focus()

    @property
    def _offers(self) -> tuple[Offer, ...]:
        return () if self.proposal is None else self.proposal.offers

    @property
    def _typing(self) -> bool:
        return any(offer.words for offer in self._offers)

    def body(self) -> Iterable[Widget]:
        """Return the facts, what could go wrong, and the commands; while it looks, only that."""
        if self.proposal is None:
            yield paragraph("looking ...", "muted")
            return
        if self.proposal.refusal:
            yield paragraph(visible(self.proposal.refusal, _LONGEST_TEXT), "fault")
        # What it is about, then what could go wrong: in a low terminal the rest is read by scrolling.
        facts = [paragraph(visible(fact, _LONGEST_TEXT)) for fact in self.proposal.facts]
        yield from facts[:1]
        yield from (paragraph(visible(text, _LONGEST_TEXT), "alarm") for text in self.proposal.warnings)
        yield from facts[1:]
        if len(self._offers) > 1:
            # In a low terminal the foot has no room for them.
            yield Static(Content("\n".join(self._ways())), classes="ways", markup=False)
        if self.proposal.commands and self._offers:
            yield paragraph(Content("\n".join(["", self._sent(), *self._commands()])), "muted")

    def foot(self) -> Iterable[Widget]:
        """Return the ways on, each with what must be typed for it, or only the way out."""
        if self.proposal is None:
            yield paragraph("esc cancels: nothing is sent", "muted")
        elif self._offers:
            if len(self._offers) > 1:
                yield Static(Content("\n".join(self._ways())), classes="ways", markup=False)
            yield ConfirmBar(_button(self._offers), needs_word=self._typing, digits=True)
        else:
            with Horizontal(id="close"):
                yield Button(Content("Close"), id="closing", compact=True)

    def foot_height(self) -> int:
        """Return the lines of the ways, of the confirmation, and of the field where a word must be typed."""
        if not self._offers:
            return _CLOSE_LINES
        ways = len(self._ways()) + 1 if len(self._offers) > 1 and not self.low else 0
        return (FOOT_LINES_LOW if self.low else FOOT_LINES) + ways + self._typing

    def on_resize(self, event: events.Resize) -> None:
        """Wrap the ways for the new width."""
        super().on_resize(event)
        for ways in self.query(".ways").results(Static):
            ways.update(Content("\n".join(self._ways())))
        self.call_after_refresh(self._tell_more)

    def _sent(self) -> str:
        many = isinstance(self._offers[0].plan, MovePlan | RestorePlan)
        return "What the script does to each entry, re-checked on the server:" if many else "To be sent:"

    def _commands(self) -> list[str]:
        assert self.proposal is not None
        return [f"  {spell_command(one, _ARGUMENT_SHOWN)}" for one in self.proposal.commands]

    def _ways(self) -> list[str]:
        """Spell each way: what to type for it, and what it does."""
        phrases = self._phrases()
        widest = max(len(phrase) for phrase in phrases)
        lines: list[str] = []
        for phrase, offer in zip(phrases, self._offers, strict=True):
            head = f"type {phrase:<{widest}}  to "
            text = head + visible(offer.label, _LONGEST_TEXT)
            lines += textwrap.wrap(text, self.cells(), subsequent_indent=" " * min(len(head), 20))
        return lines

    def _phrases(self) -> tuple[str, ...]:
        return tuple(" ".join(offer.words) or _YES for offer in self._offers)

    def _offer(self) -> None:
        label = visible(self._offers[0].label, _LONGEST_TEXT)
        phrases = self._phrases() if self._typing else ()
        if not phrases:
            note = f"y: {label}"
        elif len(phrases) == 1:
            note = f"Type {phrases[0]} and enter to {label}"
        else:
            note = "Type the words of one way, then enter."
        self.query_one(ConfirmBar).offer(note, possible=True, phrases=phrases)

    def action_agree(self) -> None:
        """Take `y` for yes, where nothing must be typed."""
        if self._offers and not self._typing:
            self.query_one(ConfirmBar).agree("y")

    def action_scroll(self, lines: int) -> None:
        """Scroll without moving the focus."""
        self.query_one("#body").scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by a screenful."""
        self.action_scroll(pages * max(1, self.query_one("#body").size.height - 1))

    @on(ConfirmBar.Agreed)
    def _agreed(self, event: ConfirmBar.Agreed) -> None:
        phrases = self._phrases()
        offer = self._offers[phrases.index(event.phrase) if event.phrase else 0]
        _ = self.dismiss(Confirmed(offer.plan, operator(), self._how(offer), offer.overrides))

    def _how(self, offer: Offer) -> How:
        if offer.overrides:
            return "override"
        if not offer.words:
            return "y"
        return "count" if offer.words[0].isdigit() and not self._production else "name"

    @on(ConfirmBar.Declined)
    def _declined(self) -> None:
        self.app.notify("cancelled: nothing was sent", markup=False)
        _ = self.dismiss(None)

    @on(Button.Pressed, "#closing")
    def _leave_refusal(self, event: Button.Pressed) -> None:
        event.stop()
        _ = self.dismiss(None)


def _button(offers: tuple[Offer, ...]) -> str:
    """Return what stands on the button: the verb of what the most careful way does."""
    words = visible(offers[0].label, 60).split(" ")
    # "Take" alone would not say which way.
    return " ".join(words[: 2 if words[1:2] == ["back"] else 1]).capitalize() or "Go on"
