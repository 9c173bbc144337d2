"""What pending entries mean, and how far each number can be trusted."""

from dataclasses import replace
from typing import Any

import pytest

from maestro_tui.domain.names import ZERO
from maestro_tui.domain.pending import PendingCounts, batch_of, count_pending, still_running
from maestro_tui.domain.snapshot import UNKNOWN, Consumer, Group, PendingEntry, PendingPage, at_least, exact
from tests.domain.building import ago, consumer, entry, group, page, stream

T, SAFE = 300_000, 3_000_000


def _counts(one: Group, **changes: Any) -> PendingCounts:  # noqa: ANN401 - the fields of Stream
    return count_pending(stream(one, **changes), one, T, 5)


def test_nothing_pending_is_exactly_nothing() -> None:
    assert _counts(group()) == PendingCounts.all(exact(0))


@pytest.mark.parametrize(
    ("entry_idle", "idle", "inactive", "batch"),
    [
        (60_000, 10, 60_000, "last batch"),
        (60_200, 10, 60_000, "last batch"),
        (60_201, 10, 60_000, "left behind"),
        (59_000, 10, 60_000, "last batch"),
        (60_000, 10, -1, "unknown"),
        (60_000, 60_000, None, "last batch"),
        (90_000, 60_000, None, "left behind"),
        (60_000, 0, None, "left behind"),
    ],
)
def test_a_batch_is_over_once_its_holder_received_a_newer_one(
    entry_idle: int, idle: int, inactive: int | None, batch: str
) -> None:
    holder = consumer(pending=1, idle_ms=idle, inactive_ms=inactive)
    assert batch_of(entry(700_000, entry_idle), holder) == batch


def test_a_holder_nobody_knows_says_nothing() -> None:
    assert batch_of(entry(1, 1), None) == "unknown"


STUCK: list[tuple[str, tuple[Consumer, ...], PendingPage | None, Any]] = [
    ("silent holder, no page", (consumer(pending=214, inactive_ms=T),), None, exact(214)),
    ("silent before 7.2", (consumer(pending=214, idle_ms=T, inactive_ms=None),), None, exact(214)),
    ("just not silent, no page", (consumer(pending=214, inactive_ms=T - 1),), None, at_least(0)),
    ("one silent, one not, no page", (consumer("a", 9, inactive_ms=T), consumer("b", 1)), None, at_least(9)),
    (
        "live holder, whole page",
        (consumer(pending=2),),
        page(entry(900_000, T), entry(10_000, T - 1)),
        exact(1),
    ),
    (
        "live holder, part of the list",
        (consumer(pending=200),),
        page(entry(900_000, T), entry(10_000, 9_000), complete=False),
        at_least(1),
    ),
    (
        "all of the live holder is on the page, the rest is silent",
        (consumer("a", 500, inactive_ms=T), consumer("b", 1)),
        page(entry(900_000, T, "b"), entry(800_000, T, "a"), complete=False),
        exact(501),
    ),
    ("holder deleted, whole page", (consumer("x"),), page(entry(900_000, T, "gone")), exact(1)),
    (
        "read again by its holder, part of the list",
        (consumer(pending=200, inactive_ms=T),),
        page(entry(900_000, T), entry(800_000, 5), complete=False),
        at_least(1),
    ),
    ("read again by its holder", (consumer(pending=1, inactive_ms=T),), page(entry(900_000, 5)), exact(0)),
]


@pytest.mark.parametrize(("holders", "seen", "stuck"), [case[1:] for case in STUCK], ids=[case[0] for case in STUCK])
def test_stuck(holders: tuple[Consumer, ...], seen: PendingPage | None, stuck: object) -> None:
    pending = max(1, sum(one.pending for one in holders))
    assert _counts(group(*holders, page=seen, pending=pending)).stuck == stuck


def test_stuck_is_unknown_where_nobody_tells() -> None:
    counts = _counts(group(consumers=None, pending=4))
    assert counts == PendingCounts.all(UNKNOWN)


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize(
    "holder",
    [
        consumer(pending=3, idle_ms=40_000, inactive_ms=None),
        consumer(pending=3, idle_ms=5, inactive_ms=40_000),
    ],
    ids=["before 7.2", "since 7.2"],
)
def test_left_behind_and_last_batch(holder: Consumer, complete: bool) -> None:
    seen = page(entry(900_000, 80_000), entry(50_000, 40_100), entry(45_000, 40_000), complete=complete)
    counts = _counts(group(holder, page=seen))
    kind = exact if complete else at_least
    assert (counts.left_behind, counts.last_batch) == (kind(1), kind(2))
    assert counts.oldest == seen.entries[0]


def test_with_an_unknown_holder_the_numbers_are_bounds() -> None:
    seen = page(entry(900_000, 80_000), entry(50_000, 40_000, "gone"))
    counts = _counts(group(consumer(pending=1, inactive_ms=40_000), page=seen, pending=2))
    assert (counts.left_behind, counts.last_batch) == (at_least(1), at_least(0))


OLD, NEW = entry(900_000, 10), entry(10_000, 10)


@pytest.mark.parametrize(
    ("entries", "complete", "changes", "ghosts"),
    [
        ((OLD, NEW), True, {}, exact(1)),
        ((OLD, NEW), False, {}, exact(1)),
        ((OLD,), False, {}, at_least(1)),
        ((NEW,), True, {}, exact(0)),
        ((OLD, NEW), True, {"max_deleted_id": ago(5)}, at_least(1)),
        ((OLD, NEW), True, {"max_deleted_id": None}, at_least(1)),
        ((OLD, NEW), True, {"length": 0, "first_id": None, "last_entry_id": None}, exact(2)),
    ],
)
def test_ghosts_are_pending_entries_before_the_first(
    entries: tuple[PendingEntry, ...], complete: bool, changes: dict[str, Any], ghosts: object
) -> None:
    one = group(consumer(pending=2), page=page(*entries, complete=complete))
    assert _counts(one, **{"max_deleted_id": ZERO, **changes}).ghosts == ghosts


@pytest.mark.parametrize("complete", [True, False])
def test_poison_and_the_most_deliveries(complete: bool) -> None:
    seen = page(entry(9, 9, deliveries=4), entry(8, 8, deliveries=5), entry(7, 7, deliveries=9), complete=complete)
    counts = _counts(group(consumer(pending=3), page=seen))
    kind = exact if complete else at_least
    assert (counts.poison, counts.most_deliveries) == (kind(2), kind(9))


BATCH = [entry(400_000, 400_000, seq=number) for number in range(10)]
LEFT = [entry(2_000_000, 1_900_000, seq=number) for number in range(3)]


@pytest.mark.parametrize(
    ("pending", "silent", "entries", "complete", "running"),
    [
        (10, 400_000, BATCH, True, 10),
        (10, T - 1, BATCH, True, 0),
        (10, SAFE, BATCH, True, 0),
        (13, 400_000, LEFT + BATCH, True, 10),
        (300, 400_000, BATCH, False, 300),
        (300, 400_000, LEFT + BATCH, False, 10),
        (300, 400_000, LEFT, False, 0),
        (10, 400_000, [], False, 0),
    ],
)
def test_a_last_batch_may_still_be_running_until_it_is_safe(
    pending: int, silent: int, entries: list[PendingEntry], complete: bool, running: int
) -> None:
    holder = consumer(pending=pending, idle_ms=silent, inactive_ms=silent)
    assert still_running(group(holder, page=page(*entries, complete=complete)), T, SAFE) == running


def test_what_was_read_at_an_earlier_poll_is_not_exact_now() -> None:
    """Of a crowd, or beyond two hundred groups, consumers are read now and then: meanwhile entries are finished."""
    dead = consumer(pending=5, inactive_ms=T)
    now = group(dead, page=page(entry(T, T), complete=False), pending=2)
    assert count_pending(stream(), now, T, 5).stuck == exact(5)
    then = replace(now, consumers_age_ms=20_000)
    assert count_pending(stream(), then, T, 5).stuck == at_least(2)
