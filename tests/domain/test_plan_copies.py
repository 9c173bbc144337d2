"""Redrive and edit & requeue: new entries out of old ones, with what could go wrong."""

from dataclasses import replace

import pytest

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.plans import Proposal
from maestro_tui.domain.plans.moves import MovePlan
from maestro_tui.domain.plans.propose import Situation, all_letters, chosen_letters, propose_edit, propose_redrive
from maestro_tui.domain.plans.propose_copies import MOST_FIELDS
from maestro_tui.domain.plans.selection import Chosen, Target
from maestro_tui.domain.snapshot import Memory, PendingEntry, Stream
from tests.domain.building import (
    DEAD_JOBS,
    DENIED,
    JOBS,
    KEY,
    NOW,
    absent,
    deserted,
    group,
    letters,
    node,
    row,
    spoiled,
    stream,
)
from tests.domain.planning import CONFIG, LAST, OVER, busy, moment, nobody, offered, said, unsaid

FIELDS = ((b"payload", b"{}"), (b"type", b"job"))
FULL = node(memory=Memory(20, 20, "noeviction", 0))


def _plan(proposal: Proposal) -> MovePlan:
    plan = proposal.offers[0].plan
    assert isinstance(plan, MovePlan)
    return plan


def _redrive(situation: Situation, number: int = 10) -> Proposal:
    return propose_redrive(DEAD_JOBS, all_letters(row(letters(number))), situation, rate_per_s=5.0)


def test_a_redrive_in_words_and_numbers() -> None:
    made = _redrive(moment(busy(), letters()))
    assert made.title == "redrive 10 entries of app:jobs:dead"
    assert offered(made) == [("redrive 10", ("10",), set())]
    assert made.facts == (
        "10 entries of 10 dead letters; the oldest was set aside 10m ago.",
        "Each returns to the end of app:jobs, its own fields byte for byte, with _maestro_origin and _maestro_attempt"
        " behind them, and leaves app:jobs:dead, in one step: a letter is redriven once.",
        "app:jobs is read by 1 group: app-workers (2/2 live).",
        "Left alone is what was not set aside from that stream by this program: it carries no provenance of it.",
        "At most 5.0 a second, oldest first.",
    )
    plan = _plan(made)
    assert (plan.verb, plan.key.stream, plan.key.group, plan.to) == ("redrive", DEAD_JOBS, None, JOBS)
    assert (plan.selection, plan.rate_per_s, plan.poison) == (all_letters(row(letters())), 5.0, None)
    assert made.commands[1] == (b"XDEL", b"app:jobs:dead", b"ID")


def test_chosen_letters_leave_the_rest() -> None:
    made = propose_redrive(DEAD_JOBS, chosen_letters([EntryId(5)]), moment(busy(), letters()))
    assert offered(made) == [("redrive 1", (), set())]
    assert said(made, "9 stay")
    strict = moment(busy(), letters(), config=replace(CONFIG, environment="production"))
    assert offered(_redrive(strict))[0][1] == ("jobs",)


@pytest.mark.parametrize(
    ("streams", "refusal"),
    [
        ((busy(), letters(0)), "app:jobs:dead holds no dead letters."),
        ((letters(),), "app:jobs, from which they were set aside, could not be looked at"),
        ((spoiled(DENIED), letters()), "app:jobs, from which they were set aside, could not be looked at"),
        ((absent(), letters()), "app:jobs, from which they were set aside, does not exist"),
        ((busy(),), "app:jobs:dead was not seen by the last poll"),
    ],
)
def test_letters_that_cannot_go_back(streams: tuple[Stream, ...], refusal: str) -> None:
    made = _redrive(moment(*streams), 0 if "no dead" in refusal else 10)
    assert (made.offers, made.refusal.startswith(refusal)) == ((), True), made.refusal


def test_a_stream_of_another_name_holds_no_dead_letters() -> None:
    made = propose_redrive(JOBS, all_letters(row(letters())), moment())
    assert made.refusal == "app:jobs is no stream of dead letters: its name does not end in :dead."
    assert _redrive(moment(busy(), letters(), nodes=(FULL,))).refusal.startswith("The server's memory is full")


def test_a_redrive_to_nobody_is_warned_of() -> None:
    assert said(_redrive(moment(nobody(), letters())), "No worker of app:jobs is live")
    unread = _redrive(moment(stream(deserted(), name=JOBS), letters(), config=replace(CONFIG)))
    assert said(unread, "(0/0 live)")
    bare = _redrive(moment(stream(), letters()))
    assert said(bare, "No group of app:jobs reads: they wait there until one does.")
    assert said(_redrive(moment(busy(entries_added=99), letters())), "89 entries of app:jobs were trimmed before")


def test_an_edit_in_words_and_numbers() -> None:
    made = propose_edit(KEY, OVER, FIELDS, moment())
    assert made.title == f"edit and requeue {OVER.id} of app:jobs"
    assert offered(made) == [("edit and requeue", (), set())]
    assert made.facts == (
        "worker-1 holds it: idle 8m, delivered 1 time.",
        "A new entry of 2 fields (16B), with _maestro_origin and _maestro_attempt behind them, goes to the end of"
        " app:jobs, and the original is acknowledged, in one step.",
        "The original stays in the stream as it was: a later rewind of the group delivers both.",
    )
    plan = _plan(made)
    assert (plan.verb, plan.to, plan.fields, plan.poison, plan.canary) == ("edit", JOBS, FIELDS, None, False)
    assert plan.selection == Chosen((Target.of(OVER),))


@pytest.mark.parametrize(
    ("target", "at_ms", "overrides"),
    [(OVER, None, set()), (LAST, None, {"running"}), (LAST, NOW - 1_000, set())],
    ids=["over", "last batch", "left behind, seen before the holder came back"],
)
def test_an_entry_that_may_be_running_needs_an_override(
    target: PendingEntry, at_ms: int | None, overrides: set[str]
) -> None:
    made = propose_edit(KEY, target, FIELDS, moment(), at_ms=at_ms)
    assert offered(made)[0][2] == overrides
    assert unsaid(made, "may still be running") is not bool(overrides)


def test_an_edit_without_a_worker_needs_an_override() -> None:
    made = propose_edit(KEY, OVER, FIELDS, moment(nobody(), config=replace(CONFIG, environment="production")))
    assert offered(made) == [("edit and requeue", ("jobs", "no-worker"), {"no-worker"})]
    assert said(made, "No worker of this group is live")


@pytest.mark.parametrize(
    ("fields", "situation", "refusal"),
    [
        ((), moment(), "No field is left: nothing is sent."),
        (((b"f", b""),) * (MOST_FIELDS + 1), moment(), "3,501 fields are more than a script can write"),
        (FIELDS, moment(busy(first_id=EntryId(NOW))), "is no longer in the stream (a ghost)"),
        (FIELDS, moment(busy(), nodes=(FULL,)), "The server's memory is full"),
        (FIELDS, moment(stream()), "app:jobs group app-workers does not exist."),
    ],
)
def test_edits_that_cannot_be_sent(fields: tuple[tuple[bytes, bytes], ...], situation: Situation, refusal: str) -> None:
    made = propose_edit(KEY, OVER, fields, situation)
    assert made.offers == ()
    assert refusal in made.refusal


def test_an_edit_warns_of_who_else_gets_the_copy() -> None:
    one = replace(busy(), groups=(*(busy().groups or ()), group(name=Name.of("audit"))))
    assert said(propose_edit(KEY, OVER, FIELDS, moment(one)), "gets the copy too: audit.")
    trimmed = propose_edit(KEY, OVER, FIELDS, moment(busy(entries_added=11)))
    assert said(trimmed, "1 entry of app:jobs was trimmed before")
