"""Who is there: certain where the server can say it, a question mark where it cannot."""

from dataclasses import replace

import pytest

from maestro_tui.domain.liveness import Activity, Live, Seen, live_of, observe
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.snapshot import Consumer, Group, Node, PendingEntry
from tests.domain.building import KEY, LIMITS, NOW, consumer, entry, group, node, page, snapshot, stream

SAFE = 300_000
REPLICA = node(role="slave")
WORKER = Name.of("worker-1")


def _live(one: Group, at: Node | None = None, *, waiting: int | None = None, changed: int | None = None) -> bool | None:
    activity = None if changed is None else {WORKER: Seen(1, NOW - changed)}
    return live_of(one, at or node(), activity, SAFE, LIMITS, waiting, NOW).by_consumer[WORKER]


LAST = (entry(60_000, 60_000),)
LEFT = (entry(900_000, 800_000),)


@pytest.mark.parametrize(
    ("idle", "inactive", "pending", "entries", "live"),
    [
        (14_999, 9_999_999, 0, (), True),
        (15_000, 15_000, 0, (), False),
        (14_999, -1, 0, (), True),
        (15_000, -1, 0, (), False),
        (60_000, 60_000, 1, LAST, None),
        (60_000, 60_000, 1, LEFT, False),
        (SAFE - 1, SAFE - 1, 1, (entry(SAFE, SAFE - 1),), None),
        (SAFE, SAFE, 1, (entry(SAFE, SAFE),), False),
        (60_000, -1, 1, LAST, False),
    ],
)
def test_since_7_2_asking_is_living(
    idle: int, inactive: int, pending: int, entries: tuple[PendingEntry, ...], live: bool | None
) -> None:
    assert _live(group(consumer(pending=pending, idle_ms=idle, inactive_ms=inactive), page=page(*entries))) is live


@pytest.mark.parametrize(
    ("idle", "pending", "waiting", "live"),
    [
        (14_999, 0, None, True),
        (86_400_000, 0, None, None),
        (86_400_000, 0, 14_999, None),
        (86_400_000, 0, 15_000, False),
        (60_000, 1, 600_000, None),
        (SAFE, 1, 600_000, False),
        (SAFE, 1, None, None),
    ],
)
def test_before_7_2_a_worker_of_a_quiet_stream_looks_dead_and_is_not_called_so(
    idle: int, pending: int, waiting: int | None, live: bool | None
) -> None:
    seen = page(*(entry(900_000, idle) for _ in range(pending)))
    assert _live(group(consumer(pending=pending, idle_ms=idle, inactive_ms=None), page=seen), waiting=waiting) is live


@pytest.mark.parametrize(("idle", "waiting", "live"), [(5, None, True), (99_000, None, None), (99_000, 99_000, None)])
def test_a_replica_calls_nobody_dead(idle: int, waiting: int | None, live: bool | None) -> None:
    for inactive in (idle, None):
        assert _live(group(consumer(idle_ms=idle, inactive_ms=inactive)), REPLICA, waiting=waiting) is live


@pytest.mark.parametrize(("changed", "live"), [(14_999, None), (15_000, False)])
def test_a_pending_count_that_changed_is_a_hint_and_no_proof(changed: int, live: bool | None) -> None:
    """It may have been an acknowledgement, or somebody who claimed what a dead consumer held."""
    silent = consumer(pending=1, idle_ms=SAFE, inactive_ms=SAFE)
    assert _live(group(silent, page=page(*LEFT)), changed=changed) is live


def test_beyond_the_page_a_last_batch_may_hide() -> None:
    silent = consumer(pending=500, idle_ms=60_000, inactive_ms=60_000)
    assert _live(group(silent, page=page(*LEFT, complete=False))) is None
    assert _live(group(silent, page=None)) is None


@pytest.mark.parametrize(("count", "known", "possible"), [(0, True, False), (3, False, True)])
def test_consumers_nobody_told_us_of(count: int, known: bool, possible: bool) -> None:
    live = live_of(group(consumers=None, consumer_count=count), node(), None, SAFE, LIMITS, None, NOW)
    assert (live.known, live.possible, live.total) == (known, possible, 0)


def test_the_numbers_of_the_live() -> None:
    words = {Name.of("a"): True, Name.of("b"): None, Name.of("c"): False}
    assert (Live(words).total, Live(words).certain, Live(words).unsure, Live(words).possible) == (3, 1, 1, True)
    assert not Live({Name.of("c"): False}).possible


def _observe(*looks: tuple[int, Consumer | None]) -> dict[Name, Seen]:
    noted: dict[Key, Activity] = {}
    for at, one in looks:
        members = group(one) if one else group(consumers=None)
        noted = observe(noted, snapshot(stream(replace(members), seen_at_ms=at), at=at))
    return dict(noted[KEY])


def test_activity_is_a_change_between_two_polls() -> None:
    busy = [(NOW, consumer(pending=3)), (NOW + 1, consumer(pending=2)), (NOW + 2, consumer(pending=2))]
    assert _observe(busy[0]) == {WORKER: Seen(3, None)}
    assert _observe(*busy) == {WORKER: Seen(2, NOW + 1)}
    assert _observe(*busy, (NOW + 3, None)) == {WORKER: Seen(2, NOW + 1)}
    assert _observe(*busy, (NOW + 3, consumer("other"))) == {Name.of("other"): Seen(0, None)}
