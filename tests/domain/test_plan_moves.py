"""Claim, requeue, dead-letter, ack: facts in numbers, guards, and offers in the order of care."""

from dataclasses import replace
from typing import Any, Literal, get_args

import pytest

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.plans import Proposal
from maestro_tui.domain.plans.criteria import Criteria
from maestro_tui.domain.plans.moves import MovePlan, Poison
from maestro_tui.domain.plans.propose import Situation, propose_move
from maestro_tui.domain.plans.selection import Chosen, Sweep, Target
from maestro_tui.domain.snapshot import Memory
from maestro_tui.domain.trouble import Trouble
from tests.domain.building import (
    DEAD_JOBS,
    DENIED,
    JOBS,
    KEY,
    NOW,
    ago,
    consumer,
    deserted,
    entry,
    group,
    letters,
    node,
    page,
    spoiled,
    stream,
)
from tests.domain.planning import (
    CONFIG,
    LAST,
    LEFT,
    OVER,
    busy,
    later,
    look,
    moment,
    nobody,
    offered,
    pick,
    said,
    unsaid,
)

Verb = Literal["claim", "requeue", "dead-letter", "ack"]
VERBS: tuple[Verb, ...] = get_args(Verb)
COPYING: tuple[Verb, ...] = ("requeue", "dead-letter")
ALL_IDLE = Criteria("idle", 0)
PRODUCTION = replace(CONFIG, environment="production")
POISON = replace(OVER, deliveries=5)
GHOST = entry(700_000, 600_000)
FULL = Memory(2 << 30, 2 << 30, "noeviction", 0)


def _propose(verb: Verb, situation: Situation, criteria: Criteria = ALL_IDLE, **options: Any) -> Proposal:  # noqa: ANN401
    return propose_move(verb, look(situation, criteria), situation, **options)


def _plan(proposal: Proposal, place: int = 0) -> MovePlan:
    plan = proposal.offers[place].plan
    assert isinstance(plan, MovePlan)
    return plan


@pytest.mark.parametrize("verb", VERBS)
def test_only_what_is_over_is_moved_without_an_override(verb: Verb) -> None:
    made = _propose(verb, moment())
    assert offered(made) == [
        (f"{verb} 2", ("2",), set()),
        (f"{verb} 3, perhaps running ones too", ("3", "running"), {"running"}),
    ]
    safe, wide = _plan(made).selection, _plan(made, 1).selection
    assert isinstance(safe, Sweep)
    assert isinstance(wide, Sweep)
    assert [safe.wants(one, NOW) for one in (OVER, LEFT, LAST)] == [True, True, False]
    assert wide.wants(LAST, NOW)
    assert made.title == f"{verb} 3 entries of app:jobs app-workers"
    assert said(made, "may still be running") == (
        "1 entry may still be running: of a holder's last batch, delivered less than 5m ago."
        " Left alone without the override running."
    )
    assert said(made, "share that consumer name").startswith(
        "1 entry counts as left behind, though delivered less than 5m ago"
    )


def test_a_requeue_in_words_and_numbers() -> None:
    made = _propose("requeue", moment(), rate_per_s=50.0)
    assert made.facts == (
        "3 entries are idle for 0s or longer: worker-1 holds 3.",
        f"The oldest is {OVER.id}: age 9m, idle 8m, delivered 1 time.",
        "Each is copied to the end of app:jobs, fields byte for byte, with _maestro_origin and _maestro_attempt behind"
        " them, and acknowledged, in one step.",
        "Order is lost: a copy gets a new ID at the end, behind 0 that wait now, and its waiting starts anew.",
        "The original stays in the stream: a later rewind of the group delivers original and copy both.",
        "One goes first, the rest follow once it was acknowledged; the run stops by itself if it is not, or when"
        " copies come back un-acknowledged.",
        "1 entry may still be running: of a holder's last batch, delivered less than 5m ago. Left alone without the"
        " override running.",
        "The server checks each entry again in the same step, oldest first, at most 50.0 a second: what was"
        " acknowledged, claimed or delivered meanwhile is left alone.",
    )
    plan = _plan(made)
    assert (plan.verb, plan.key, plan.to, plan.taken_at_ms, plan.rate_per_s) == ("requeue", KEY, JOBS, NOW, 50.0)
    assert (plan.marks, plan.canary, plan.poison, plan.save_payloads) == (True, True, Poison(5, 2), False)
    assert made.commands == plan.commands()


@pytest.mark.parametrize(
    ("setting", "asked", "marks"), [(True, None, True), (False, None, False), (True, False, False), (False, True, True)]
)
def test_copies_are_marked_unless_switched_off(setting: bool, asked: bool | None, marks: bool) -> None:
    made = _propose("requeue", moment(config=replace(CONFIG, mark_copies=setting)), marks=asked)
    assert _plan(made).marks is marks
    assert unsaid(made, "_maestro_attempt") is not marks


def test_one_entry_needs_one_key_and_no_canary() -> None:
    situation = moment()
    made = propose_move("requeue", pick(situation, OVER), situation)
    assert offered(made) == [("requeue 1", (), set())]
    assert _plan(made).selection == Chosen((Target.of(OVER),))
    assert not _plan(made).canary
    assert unsaid(made, "One goes first")
    running = propose_move("requeue", pick(situation, LAST), situation)
    assert offered(running) == [("requeue 1, perhaps running ones too", ("running",), {"running"})]


@pytest.mark.parametrize("verb", VERBS)
def test_production_wants_the_name_of_the_stream(verb: Verb) -> None:
    situation = moment(config=PRODUCTION)
    assert [words for _, words, _ in offered(_propose(verb, situation))] == [("jobs",), ("jobs", "running")]
    assert offered(propose_move(verb, pick(situation, OVER), situation))[0][1] == ("jobs",)


def test_a_requeue_without_a_worker_needs_an_override_and_sends_no_canary() -> None:
    made = _propose("requeue", moment(nobody(OVER, replace(OVER, id=EntryId(NOW - 580_000)))))
    assert offered(made) == [("requeue 2", ("2", "no-worker"), {"no-worker"})]
    assert not _plan(made).canary
    assert said(made, "No worker of this group is live")
    for verb in ("dead-letter", "ack"):
        assert _propose(verb, moment(nobody())).offers[0].overrides == frozenset()


def test_who_may_be_busy_is_no_missing_worker() -> None:
    silent = consumer(pending=1, idle_ms=200_000, inactive_ms=200_000)
    unsure = stream(group(silent, page=page(OVER, entry(300_000, 200_000))))
    assert offered(_propose("requeue", moment(unsure)))[0] == ("requeue 1", (), set())


def test_poison_is_left_alone_and_set_aside() -> None:
    situation = moment(busy(POISON, LEFT, LAST))
    made = _propose("requeue", situation)
    assert [(label, overrides) for label, _, overrides in offered(made)] == [
        ("requeue 1", set()),
        ("requeue 2, perhaps running ones too", {"running"}),
        ("requeue 2, poison too", {"poison"}),
        ("requeue 3, perhaps running ones too, poison too", {"running", "poison"}),
    ]
    assert [_plan(made, place).poison for place in range(4)] == [Poison(5, 2), Poison(5, 2), None, None]
    assert said(made, "poison (delivered 5 times or more, or requeued 2 times or more): left alone")
    others = [verb for verb in VERBS if verb != "requeue"]
    assert all(_plan(_propose(verb, situation)).poison is None for verb in others)
    assert all(offered(_propose(verb, situation))[0][0] == f"{verb} 2" for verb in others)


def test_named_poison_is_not_even_sent() -> None:
    situation = moment(busy(OVER, LEFT))
    found = pick(situation, OVER, LEFT, attempts={LEFT.id: 2, OVER.id: 1})
    made = propose_move("requeue", found, situation)
    assert _plan(made).selection == Chosen((Target.of(OVER),))
    assert _plan(made, 1).selection == Chosen((Target.of(OVER), Target.of(LEFT)))
    assert said(made, "requeued 1 time").startswith(f"The oldest is {OVER.id}")
    only = propose_move("requeue", pick(situation, LEFT, attempts={LEFT.id: 2}), situation)
    assert offered(only) == [("requeue 1, poison too", ("poison",), {"poison"})]


@pytest.mark.parametrize("verb", VERBS)
def test_a_ghost_can_only_be_acknowledged(verb: Verb) -> None:
    situation = moment(busy(GHOST, OVER))
    made = propose_move(verb, pick(situation, GHOST, OVER), situation)
    sent = (Target.of(GHOST), Target.of(OVER)) if verb == "ack" else (Target.of(OVER),)
    assert _plan(made).selection == Chosen(sent)
    assert said(made, "ghosts") == "1 entry no longer in the stream (ghosts): " + (
        "dropped, too." if verb == "ack" else "left alone; ack (x) drops them."
    )
    alone = propose_move(verb, pick(situation, GHOST), situation)
    assert bool(alone.offers) is (verb == "ack")
    assert verb == "ack" or alone.refusal.startswith("1 entry is a ghost: no longer in the stream, so there is nothing")


def test_an_ack_is_a_loss() -> None:
    made = _propose("ack", moment())
    assert said(made, "This is a loss unless the work was done.")
    assert said(made, "z takes it back while the entry exists")
    assert made.commands == ((b"XACK", b"app:jobs", b"app-workers", b"ID"),)


def test_dead_letters_go_where_the_name_says_and_to_the_disk_first() -> None:
    made = _propose("dead-letter", moment(busy(), letters(7)))
    assert (_plan(made).to, _plan(made).save_payloads, _plan(made).canary) == (DEAD_JOBS, True, False)
    assert said(made, "goes to app:jobs:dead, which holds 7 now")
    assert said(made, "under allkeys-lru the server may evict")
    calm = _propose("dead-letter", moment(busy(), nodes=(node(memory=Memory(1, 100, "noeviction")),)))
    assert not _plan(calm).save_payloads
    assert unsaid(calm, "saved to a file")


def test_dead_letters_of_dead_letters_are_refused() -> None:
    key = replace(KEY, stream=DEAD_JOBS)
    one = replace(busy(), name=DEAD_JOBS)
    situation = moment(one)
    found = situation.row(key)
    assert found is not None
    survey = replace(look(moment()), key=key)
    made = propose_move("dead-letter", survey, situation)
    assert made.refusal == "app:jobs:dead holds dead letters already; R on its row brings them back to app:jobs."
    wrong = moment(busy(), spoiled(Trouble("wrong_type", "A list.", "Rename it."), DEAD_JOBS))
    assert "is no stream" in _propose("dead-letter", wrong).refusal


def _capped() -> Situation:
    before = busy(length=10, entries_added=100)
    ends: dict[str, Any] = {"first_id": ago(595_000), "last_entry_id": ago(0), "last_id": ago(0)}
    after = busy(length=10, entries_added=110, seen_at_ms=NOW + 1_000, **ends)
    return Situation(later(moment(before).frame, after, NOW + 1_000), CONFIG)


def test_a_subset_of_a_capped_stream_is_refused() -> None:
    situation = _capped()
    refused = propose_move("requeue", pick(situation, OVER), situation)
    assert refused.offers == ()
    assert refused.refusal.startswith("app:jobs is capped (MAXLEN): it takes entries and stays at 10 entries")
    assert _propose("requeue", situation, Criteria(limit=1)).refusal == refused.refusal
    whole = _propose("requeue", situation, Criteria("left behind"))
    assert whole.offers
    assert said(whole, "is capped (MAXLEN): 3 entries copied push out as many")
    others: tuple[Verb, ...] = ("claim", "dead-letter", "ack")
    assert all(propose_move(verb, pick(situation, OVER), situation).offers for verb in others)


def test_a_stream_that_was_trimmed_is_warned_of() -> None:
    situation = moment(busy(entries_added=1_244))
    assert said(propose_move("requeue", pick(situation, OVER), situation), "1,234 entries of app:jobs were trimmed")


def test_other_groups_that_get_the_copies_are_named() -> None:
    used = deserted(name=Name.of("audit"), last_delivered=EntryId(5))
    read = group(name=Name(b"evil\x1b[0m"))
    one = replace(busy(), groups=(*(busy().groups or ()), used, read, deserted(name=Name.of("unused"))))
    made = _propose("requeue", moment(one))
    assert said(made, "other group") == "2 other groups of this stream get the copies too: audit, evil\\x1b[0m."
    assert unsaid(_propose("claim", moment(one)), "other group")


@pytest.mark.parametrize("verb", VERBS)
def test_a_full_server_takes_no_copies(verb: Verb) -> None:
    made = _propose(verb, moment(busy(), nodes=(node(memory=FULL),)))
    assert bool(made.refusal) is (verb in COPYING)
    assert verb not in COPYING or made.refusal.startswith("The server's memory is full (2.0G of 2.0G, noeviction)")


def test_what_makes_any_write_uncertain_is_said() -> None:
    tight = Memory(19, 20, "allkeys-lru", 0)
    shaky = node(memory=tight, save_failing=("aof",), role=None)
    made = _propose("requeue", moment(busy(), nodes=(shaky,)))
    assert said(made, "Memory is 95% full (allkeys-lru)").endswith("whole streams may be evicted for them.")
    assert said(made, "persistence is failing")
    assert said(made, "would not tell whether it is the primary")
    hidden = stream(group(consumers=None, consumer_count=1, pending=1, page=page(OVER)))
    assert said(_propose("requeue", moment(hidden)), "only idle times speak for what is over")


def test_nothing_found_is_said_as_such() -> None:
    situation = moment()
    made = _propose("requeue", situation, Criteria("idle", 900_000))
    assert made.refusal == "No pending entry of app:jobs is idle for 15m or longer: there is nothing to requeue."
    cut = propose_move("ack", look(situation, Criteria("idle", 900_000), complete=False), situation)
    assert "as far as was looked" in cut.refusal


def test_a_look_that_was_cut_short_offers_a_bound() -> None:
    situation = moment()
    made = propose_move("ack", look(situation, ALL_IDLE, complete=False), situation)
    assert [label for label, _, _ in offered(made)] == ["ack >=2", "ack >=3, perhaps running ones too"]
    assert said(made, "there may be more")


@pytest.mark.parametrize(
    ("streams", "refusal"),
    [
        ((spoiled(DENIED),), "Nothing can be planned for app:jobs: The server forbids XINFO. Allow it in the ACL."),
        ((busy(exists=None),), "The server did not tell whether app:jobs exists"),
        ((busy(exists=False),), "app:jobs does not exist."),
        ((busy(seen_at_ms=NOW - 61_000),), "app:jobs was last seen 61s ago: no plan from stale data."),
        ((stream(groups=None),), "The server did not tell the groups of app:jobs."),
        ((stream(),), "app:jobs group app-workers does not exist."),
        ((letters(),), "app:jobs group app-workers was not seen by the last poll"),
    ],
)
@pytest.mark.parametrize("verb", VERBS)
def test_no_plan_for_a_row_that_is_not_fresh(streams: tuple[Any, ...], refusal: str, verb: Verb) -> None:
    survey = look(moment())
    made = propose_move(verb, survey, moment(*streams))
    assert (made.offers, made.refusal.startswith(refusal)) == ((), True), made.refusal


def test_hostile_names_are_only_shown() -> None:
    evil = "\x1b]0;x\x07[red]" + "n" * 300
    mine = entry(580_000, 500_000, evil)
    one = stream(group(consumer(evil, pending=1), page=page(mine), name=KEY.group))
    situation = moment(one, config=Config(topology=CONFIG.topology, limits=CONFIG.limits))
    for verb in VERBS:
        made = _propose(verb, situation, to=Name.of(evil + "2"))
        assert all(text.isprintable() and len(text) < 700 for text in (made.title, *made.facts, *made.warnings))
