"""Which offer the flags allow, and the words that must be typed."""

import signal
from collections.abc import Iterator

import click
import pytest

from maestro_tui.commands import confirming
from maestro_tui.commands.confirming import choose, confirm
from maestro_tui.commands.ending import REFUSED, Ended
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.plans import Chosen, MovePlan, Offer, Proposal, Target

PLAN = MovePlan("requeue", Key(Name.of("s"), Name.of("g")), Chosen((Target(EntryId(1)),)), 0)
SAFE = Offer(PLAN, "requeue 204", ("204",))
WIDE = Offer(PLAN, "requeue 214", ("214", "running"), frozenset({"running"}))
WIDEST = Offer(PLAN, "requeue 215", ("215", "running", "poison"), frozenset({"running", "poison"}))
ONE = Offer(PLAN, "requeue 1")
ALL = Proposal("requeue", offers=(SAFE, WIDE, WIDEST))
NONE: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        (NONE, SAFE),
        ({"no-log"}, SAFE),
        ({"poison"}, SAFE),
        ({"running"}, WIDE),
        ({"running", "no-worker"}, WIDE),
        ({"running", "poison"}, WIDEST),
    ],
)
def test_the_overrides_choose_the_offer(given: set[str], taken: Offer) -> None:
    """Nothing is taken that disregards a guard nobody named."""
    assert choose(ALL, frozenset(given), ask=False) is taken


def test_without_its_override_an_offer_is_refused() -> None:
    """The sentence says what would be needed; --yes is not it."""
    with pytest.raises(Ended) as ended:
        choose(Proposal("requeue", offers=(WIDEST,)), frozenset({"running"}), ask=False)
    assert ended.value.code == REFUSED
    assert "--override poison" in str(ended.value)
    assert "--override running" not in str(ended.value)


def test_somebody_who_is_asked_may_type_the_override() -> None:
    """The most careful offer is asked about."""
    assert choose(Proposal("requeue", offers=(WIDE, WIDEST)), NONE, ask=True) is WIDE


def test_a_refusal_is_told_as_it_is() -> None:
    """Whatever was given."""
    with pytest.raises(Ended, match="a replica") as ended:
        choose(Proposal("requeue", refusal="a replica"), frozenset({"running"}), ask=True)
    assert ended.value.code == REFUSED


class Operator:
    """Answers questions, and remembers them."""

    def __init__(self) -> None:
        self.answers: list[str] = []
        self.questions: list[str] = []

    def prompt(self, text: str, **_options: object) -> str:
        """Answer with the next word."""
        self.questions.append(text)
        return self.answers.pop(0)

    def confirm(self, text: str, **_options: object) -> bool:
        """Answer yes where the next word is y."""
        return self.prompt(text) == "y"


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Operator]:
    """A terminal with somebody at it."""
    operator = Operator()
    monkeypatch.setattr(confirming, "has_terminal", lambda: True)
    monkeypatch.setattr(click, "prompt", operator.prompt)
    monkeypatch.setattr(click, "confirm", operator.confirm)
    yield operator
    assert operator.answers == []


@pytest.mark.parametrize(
    ("offer", "given", "production", "typed", "how"),
    [
        (ONE, NONE, False, ["y"], "y"),
        (SAFE, NONE, False, ["204"], "count"),
        (SAFE, NONE, False, [" 204 "], "count"),
        (Offer(PLAN, "requeue 204", ("healing",)), NONE, True, ["healing"], "name"),
        (WIDE, NONE, False, ["214", "running"], "override"),
        (WIDE, {"running"}, False, ["214"], "override"),
        (Offer(PLAN, "requeue 1", ("running",), frozenset({"running"})), {"running"}, False, ["y"], "override"),
    ],
)
def test_the_words_of_an_offer_are_asked_for(
    typing: Operator, offer: Offer, given: set[str], production: bool, typed: list[str], how: str
) -> None:
    """One after the other; an override that stands on the command line was typed there."""
    typing.answers = list(typed)
    assert confirm(offer, frozenset(given), assume_yes=False, production=production) == how
    assert all(offer.label in question for question in typing.questions)


@pytest.mark.parametrize(
    ("offer", "typed"), [(ONE, [""]), (SAFE, ["y"]), (SAFE, ["205"]), (WIDE, ["214", "y"]), (WIDE, ["214", "Running"])]
)
def test_any_other_word_declines(typing: Operator, offer: Offer, typed: list[str]) -> None:
    """Nothing was sent, and that is said."""
    typing.answers = list(typed)
    with pytest.raises(Ended, match=r"Declined: nothing was sent\.") as ended:
        confirm(offer, NONE, assume_yes=False, production=False)
    assert ended.value.code == REFUSED


def test_yes_asks_nothing(typing: Operator) -> None:
    """A script has no fingers."""
    assert confirm(WIDE, NONE, assume_yes=True, production=True) == "--yes"
    assert typing.questions == []


def test_without_a_terminal_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A script must not hang at a prompt that nobody sees."""
    monkeypatch.setattr(confirming, "has_terminal", lambda: False)
    with pytest.raises(Ended, match="no terminal to ask on") as ended:
        confirm(SAFE, NONE, assume_yes=False, production=False)
    assert ended.value.code == REFUSED


def test_ctrl_c_ends_a_question_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop's own handler would wait for the answer, and then carry it out."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:

        def prompt(_text: str, **_options: object) -> str:
            signal.raise_signal(signal.SIGINT)
            return "214"

        monkeypatch.setattr(click, "prompt", prompt)
        with pytest.raises(KeyboardInterrupt):
            confirming.ask("type 214")
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
