"""Claims: who gets the entries, by default and by name, and what that is worth."""

import pytest

from maestro_tui.domain.names import Name
from maestro_tui.domain.plans import Proposal
from maestro_tui.domain.plans.criteria import Criteria
from maestro_tui.domain.plans.moves import MovePlan
from maestro_tui.domain.plans.propose import Situation, claimants, propose_move
from maestro_tui.domain.plans.selection import Chosen, Sweep, Target
from maestro_tui.domain.snapshot import PendingEntry, exact
from tests.domain.building import NOW, consumer, entry, group, page, stream
from tests.domain.planning import OVER, look, moment, nobody, offered, pick, row_in, said


def _claim(situation: Situation, *, to: Name | None = None) -> Proposal:
    return propose_move("claim", look(situation, Criteria("idle", 0)), situation, to=to)


def _plan(proposal: Proposal) -> MovePlan:
    plan = proposal.offers[0].plan
    assert isinstance(plan, MovePlan)
    return plan


HOLDERS = (
    consumer("idle-one", pending=2),
    consumer("worker-1", pending=2, idle_ms=100, inactive_ms=100_000),
    consumer("dead-one", pending=0, idle_ms=900_000, inactive_ms=900_000),
)


def _several(*entries: PendingEntry) -> Situation:
    return moment(stream(group(*HOLDERS, page=page(*entries))))


def test_the_least_loaded_live_consumer_gets_what_is_claimed() -> None:
    own = entry(580_000, 500_000, "idle-one")
    situation = _several(OVER, own)
    assert [str(one.name) for one in claimants(row_in(situation))] == ["idle-one", "worker-1", "dead-one"]
    made = _claim(situation)
    assert (_plan(made).to, offered(made)) == (Name.of("idle-one"), [("claim 1", (), set())])
    selection = _plan(made).selection
    assert isinstance(selection, Sweep)
    assert (selection.count, selection.wants(own, NOW), selection.wants(OVER, NOW)) == (exact(1), False, True)
    assert said(made, "idle-one, which holds 2 now, becomes their holder; delivery counts and idle times")
    assert said(made, "1 entry of idle-one's own left alone.")
    assert said(made, "Workers that read only new entries (>) will not process these; R does.")


def test_a_claim_goes_past_who_holds_them_all() -> None:
    assert _plan(_claim(_several(entry(580_000, 500_000, "idle-one")))).to == Name.of("worker-1")


@pytest.mark.parametrize(
    ("to", "warning"),
    [("new-one", "There is no consumer new-one yet: the claim creates it."), ("dead-one", "is not certainly live")],
)
def test_a_typed_claimant_is_taken_and_judged(to: str, warning: str) -> None:
    made = _claim(_several(OVER), to=Name.of(to))
    assert _plan(made).to == Name.of(to)
    assert said(made, warning)


@pytest.mark.parametrize(("to", "warned"), [("idle-one", True), ("dead-one", False), ("new-one", False)])
def test_what_a_claimant_works_on_will_look_left_behind(to: str, warned: bool) -> None:
    """The server counts a claim as a receipt; of one who holds nothing, or never comes back, that spoils nothing."""
    warnings = _claim(_several(OVER), to=Name.of(to)).warnings
    assert any("what it works on now will count as left behind" in one for one in warnings) == warned


@pytest.mark.parametrize(
    ("situation", "to", "refusal"),
    [
        (moment(nobody()), None, "No consumer of the group is certainly live: name one to claim for."),
        (moment(), Name(b""), "A consumer without a name"),
        (moment(), Name.of("worker-1"), "worker-1 holds them already."),
    ],
)
def test_claims_that_go_to_nobody(situation: Situation, to: Name | None, refusal: str) -> None:
    made = _claim(situation, to=to)
    assert (made.offers, made.refusal.startswith(refusal)) == ((), True)


def test_of_named_entries_the_claimants_own_are_left_out() -> None:
    own = entry(580_000, 500_000, "idle-one")
    situation = _several(OVER, own)
    made = propose_move("claim", pick(situation, OVER, own), situation, to=Name.of("idle-one"))
    assert _plan(made).selection == Chosen((Target.of(OVER),))


def test_a_limit_counts_what_can_be_claimed() -> None:
    own = entry(580_000, 500_000, "idle-one")
    situation = _several(OVER, own)
    found = look(situation, Criteria("idle", 0, limit=2))
    selection = _plan(propose_move("claim", found, situation)).selection
    assert isinstance(selection, Sweep)
    assert (selection.limit, selection.count) == (1, exact(1))
