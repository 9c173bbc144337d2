"""A look at a group, sorted: what is certainly over, what may be running, what is poison or gone."""

from dataclasses import replace
from typing import Any

import pytest

from maestro_tui.domain.names import ZERO, EntryId, Name
from maestro_tui.domain.plans.criteria import Criteria
from maestro_tui.domain.plans.selection import Chosen, Sweep, Target
from maestro_tui.domain.plans.survey import all_letters, chosen_letters
from maestro_tui.domain.snapshot import Count, PendingEntry, at_least, exact
from tests.domain.building import LIMITS, NOW, ago, consumer, entry, group, letters, page, row, stream
from tests.domain.planning import LAST, LEFT, OVER, busy, look, moment, pick

WORKER, OTHER = Name.of("worker-1"), Name.of("worker-2")
ALL_IDLE = Criteria("idle", 0)


@pytest.mark.parametrize(
    ("criteria", "wide", "safe"),
    [
        (Criteria(), [OVER], [OVER]),
        (ALL_IDLE, [OVER, LEFT, LAST], [OVER, LEFT]),
        (Criteria("left behind"), [OVER, LEFT], [OVER, LEFT]),
        (Criteria("idle", 150_000), [OVER, LEFT], [OVER, LEFT]),
        (Criteria("idle", 0, limit=2), [OVER, LEFT], [OVER, LEFT]),
        (Criteria("idle", 0, limit=1), [OVER], [OVER]),
        (Criteria("idle", 0, consumer=OTHER), [], []),
        (Criteria("idle", 0, consumer=WORKER), [OVER, LEFT, LAST], [OVER, LEFT]),
        (Criteria("idle", 0, min_deliveries=2), [], []),
    ],
)
def test_what_fits_and_what_of_it_is_over(
    criteria: Criteria, wide: list[PendingEntry], safe: list[PendingEntry]
) -> None:
    found = look(moment(), criteria)
    assert (found.wide.count, found.safe.count) == (exact(len(wide)), exact(len(safe)))
    assert found.by_holder == ({WORKER: len(wide)} if wide else {})
    assert found.oldest == (wide[0] if wide else None)
    # The bounds that the server's rows are held against later say the same.
    for part, entries in ((found.wide, wide), (found.safe, safe)):
        assert isinstance(part, Sweep)
        held = [one for one in (OVER, LEFT, LAST) if part.wants(one, NOW)]
        assert held[: criteria.limit] == entries


def test_what_is_delivered_later_is_never_swept_along() -> None:
    found = look(moment(), ALL_IDLE)
    assert isinstance(found.wide, Sweep)
    assert not found.wide.wants(entry(500_000, 0), NOW + 1)
    assert found.wide.wants(LEFT, NOW)
    assert found.wide.wants(replace(LEFT, idle_ms=LEFT.idle_ms + 60_000), NOW + 60_000)
    assert not found.wide.wants(replace(LEFT, consumer=Name.of("worker-9")), NOW)
    assert not found.wide.wants(replace(LEFT, id=EntryId(NOW)), NOW)


@pytest.mark.parametrize(
    ("idle_ms", "over"),
    [(100_000, False), (100_200, False), (100_201, True)],
    ids=["last batch", "as good as the last batch", "left behind"],
)
def test_left_behind_begins_where_the_holder_received_more(idle_ms: int, over: bool) -> None:
    found = look(moment(busy(entry(500_000, idle_ms))), ALL_IDLE)
    assert found.safe.count == exact(int(over))


@pytest.mark.parametrize(("idle_ms", "over"), [(299_999, False), (300_000, True)])
def test_a_last_batch_is_over_after_its_time(idle_ms: int, over: bool) -> None:
    silent = consumer(pending=1, idle_ms=100, inactive_ms=idle_ms)
    one = stream(group(silent, page=page(entry(500_000, idle_ms))))
    assert look(moment(one), ALL_IDLE).safe.count == exact(int(over))


def test_where_the_server_hides_consumers_only_time_speaks() -> None:
    one = stream(group(consumers=None, consumer_count=1, pending=2, page=page(OVER, LEFT)))
    found = look(moment(one), ALL_IDLE)
    assert (found.wide.count, found.safe.count) == (exact(2), exact(1))
    assert look(moment(one), Criteria("left behind")).wide.count == exact(0)


def test_a_holder_seen_long_ago_counts_with_care() -> None:
    """A heavy stream is not fetched at every poll: its holder may have received more, which is not known."""
    found = look(moment(busy(seen_at_ms=NOW - 150_000)), ALL_IDLE)
    assert found.safe.count == exact(1)


def test_holders_that_not_every_poll_looks_at_count_with_care() -> None:
    """The stream is of now and its consumers of before: they had received their last batch that much earlier."""
    one = busy()
    [crew] = one.groups or ()
    found = look(moment(replace(one, groups=(replace(crew, consumers_age_ms=150_000),))), ALL_IDLE)
    assert found.safe.count == exact(1)


def test_poison_ghosts_and_hints_are_counted_by_holder() -> None:
    poison = replace(OVER, deliveries=5)
    ghost = entry(700_000, 600_000)
    foreign = entry(480_000, 400_000, "worker-2")
    found = look(moment(busy(ghost, poison, LEFT, foreign, LAST)), ALL_IDLE)
    assert found.by_holder == {WORKER: 4, OTHER: 1}
    assert (found.asked.poison, found.asked.ghosts, found.over.hinted) == (1, 1, 1)
    assert (found.over.entries, found.over.without(OTHER).entries) == (4, 3)
    # Requeues are told by the fields, which a look at the pending list does not fetch.
    assert (found.poison, found.ghosts) == (at_least(1), exact(1))


@pytest.mark.parametrize(
    ("changes", "complete", "ghosts"),
    [({}, True, exact(0)), ({"max_deleted_id": ago(5)}, True, at_least(0)), ({}, False, at_least(0))],
)
def test_ghosts_are_exact_only_without_holes(changes: dict[str, Any], complete: bool, ghosts: Count) -> None:
    assert look(moment(busy(**changes)), ALL_IDLE, complete=complete).ghosts == ghosts


def test_a_look_that_was_cut_short_says_so() -> None:
    found = look(moment(), ALL_IDLE, complete=False)
    assert (found.wide.count, found.safe.count, found.complete) == (at_least(3), at_least(2), False)
    limited = look(moment(), Criteria("idle", 0, limit=2), complete=False)
    assert (limited.wide.count, limited.complete) == (exact(2), True)


@pytest.mark.parametrize(
    ("criteria", "filtered"),
    [
        (Criteria(), False),
        (Criteria("left behind"), False),
        (Criteria("idle", 300_000), False),
        (Criteria("idle", 300_001), True),
        (Criteria(limit=5), True),
        (Criteria(consumer=WORKER), True),
        (Criteria(min_deliveries=1), False),
        (Criteria(min_deliveries=2), True),
    ],
)
def test_a_subset_is_known_as_one(criteria: Criteria, filtered: bool) -> None:
    assert look(moment(), criteria).filtered is filtered


def test_chosen_entries_stay_exact() -> None:
    found = pick(moment(), LAST, OVER, OVER, attempts={OVER.id: 2, LAST.id: 0})
    assert found.wide == Chosen((Target.of(OVER), Target.of(LAST)))
    assert found.safe == Chosen((Target.of(OVER),))
    assert (found.poison, found.filtered, found.oldest) == (exact(1), True, OVER)
    assert pick(moment(), OVER, LEFT, LAST).filtered is False
    assert pick(moment(), OVER, attempts={}).poison == at_least(0)


def test_chosen_ghosts_are_known_by_the_stream_and_by_the_caller() -> None:
    ghost = entry(700_000, 600_000)
    found = pick(moment(busy(ghost, OVER)), ghost, OVER, gone=frozenset({OVER.id}))
    assert (found.gone, found.asked.ghosts) == (frozenset({ghost.id, OVER.id}), 2)


def test_the_words_of_criteria() -> None:
    told = [
        one.words(LIMITS.default)
        for one in (Criteria(), Criteria("left behind"), Criteria("idle", 90_000, 3, Name(b"\x1b")))
    ]
    assert told == [
        "idle for 5m or longer",
        "left behind",
        "idle for 90s or longer, delivered at least 3 times, held by \\x1b",
    ]


def test_dead_letters_are_taken_up_to_the_last_one_seen() -> None:
    seen = row(letters(10))
    assert all_letters(seen) == Sweep(ago(1_000), {}, 0, None, exact(10))
    assert all_letters(seen, 3) == Sweep(ago(1_000), {}, 0, 3, exact(3))
    assert all_letters(row(letters(0, last_id=None))).up_to == ZERO
    assert chosen_letters([EntryId(9), EntryId(2), EntryId(9)]) == Chosen((Target(EntryId(2)), Target(EntryId(9))))
