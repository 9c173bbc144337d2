"""What became of an operation, in words: an unknown is never a number, and a reason stands for every entry left."""

from typing import get_args

import pytest

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.outcomes import EntryWord, Outcome
from maestro_tui.domain.plans import Chosen, InitPlan, MovePlan, Plan, PositionPlan, RemovePlan, RestorePlan
from maestro_tui.domain.progress import Fates, Progress
from maestro_tui.domain.snapshot import at_least, exact
from maestro_tui.domain.telling import (
    REASONS,
    about,
    action_of,
    counted,
    ended,
    fates_told,
    left_alone,
    past_of,
    running,
)

KEY = Key(Name.of("app:jobs"), Name.of("app-workers"))
MOVE = MovePlan("requeue", KEY, Chosen(()), 0)
POSITION = PositionPlan(KEY, EntryId(2), None, EntryId(1), None, 0)

PLANS: list[tuple[Plan, str, str]] = [
    (InitPlan(()), "init", "created"),
    (MOVE, "requeue", "requeued"),
    (MovePlan("edit", KEY, Chosen(()), 0), "edit & requeue", "edited and requeued"),
    (MovePlan("dead-letter", KEY, Chosen(()), 0), "dead-letter", "dead-lettered"),
    (POSITION, "set position", "set"),
    (PositionPlan(KEY, EntryId(2), None, EntryId(1), None, 0, undoes="1"), "undo set position", "set"),
    (RemovePlan(KEY, None, EntryId(1), 0), "remove group", "removed"),
    (RemovePlan(KEY, Name.of("worker-1"), EntryId(1), 0), "remove consumer", "removed"),
    (RestorePlan(KEY, "1", "claim", (), 0), "undo claim", "given back"),
]


@pytest.mark.parametrize(("plan", "name", "past"), PLANS)
def test_every_plan_has_a_name_and_a_word_for_its_end(plan: Plan, name: str, past: str) -> None:
    assert (action_of(plan), past_of(plan)) == (name, past)
    assert about(plan) == (None if isinstance(plan, InitPlan) else KEY)


def test_every_word_for_an_entry_has_a_reason() -> None:
    assert set(REASONS) == set(get_args(EntryWord)) - {"done"}


def test_the_most_frequent_reason_comes_first_and_done_is_none() -> None:
    assert left_alone({"done": 9, "poison": 1, "moved on": 2, "failed": 0}) == (
        "2 held by another consumer now",
        "1 poison: delivered or requeued too often",
    )


@pytest.mark.parametrize(
    ("fates", "told"),
    [
        (Fates(50, acked=41, pending={Name.of("worker-2"): 9}), "41 of 50 acked, 9 pending on worker-2"),
        (Fates(3, acked=1, waiting=1, gone=1), "1 of 3 acked, 1 not yet delivered, 1 deleted before anybody received"),
        (Fates(3, acked=1, complete=False), ">=1 of 3 acked"),
        (
            Fates(9, pending={Name.of(f"w{n}"): 1 for n in range(6)}, failed=2),
            "2 pending on others, 2 came back un-acked",
        ),
    ],
)
def test_the_fates_of_copies_are_told(fates: Fates, told: str) -> None:
    assert told in fates_told(fates)


@pytest.mark.parametrize(
    ("progress", "told"),
    [
        (Progress("moving", exact(204), {"done": 41}), "requeue 41/204 running"),
        (Progress("moving", at_least(1_000), {"done": 41}), "requeue 41/>=1,000 running"),
        (Progress("queued"), "requeue queued"),
        (Progress("canary", exact(2)), "requeue waits for its canary"),
        (Progress("watching", fates=Fates(2, acked=1)), "requeue watched: 1 of 2 acked"),
    ],
)
def test_what_is_under_way_is_told_in_a_few_words(progress: Progress, told: str) -> None:
    assert running(MOVE, progress) == told


def test_what_a_run_that_ended_early_never_came_to_was_not_tried() -> None:
    counts = {"done": 100}
    stopped = Progress("ended", exact(204), counts, stopped="by the operator")
    assert counted(stopped, Outcome("partly", counts=counts)) == {"done": 100, "not tried": 104}
    whole = Progress("ended", exact(204), counts)
    assert counted(whole, Outcome("partly", counts=counts)) == counts
    assert counted(stopped, None) == counts


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome("done", counts={"done": 204}), "204 requeued in 4s."),
        (Outcome("partly", counts={"done": 200, "poison": 4}), "200 of 204 requeued in 4s, 4 left alone."),
        (Outcome("unknown", counts={"done": 200, "unknown": 4}), "200 of 204 requeued in 4s, of 4 nobody knows."),
        (Outcome("refused"), "Refused: nothing was sent (requeue)."),
        (Outcome("refused", counts={"moved on": 100}), "0 of 204 requeued in 4s, 100 left alone."),
    ],
)
def test_the_end_is_one_sentence(outcome: Outcome, told: str) -> None:
    assert ended(MOVE, Progress("ended", exact(204), took_s=4.2), outcome) == told


def test_a_plan_of_one_step_has_no_numbers() -> None:
    assert ended(POSITION, Progress("ended"), Outcome("done", counts={"done": 1})) == "set position: set."
    assert ended(POSITION, Progress("ended"), Outcome("unknown")) == "set position: unknown."
