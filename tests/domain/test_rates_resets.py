"""Counters do more than count traffic: whatever else moves them makes a speed unknown, never wrong."""

from dataclasses import replace
from typing import Any

import pytest

from maestro_tui.domain.frame import derive
from maestro_tui.domain.names import ZERO, EntryId, Key
from maestro_tui.domain.ours import NOTHING, Ours
from maestro_tui.domain.rates import Rates, Trail, extend, rates
from maestro_tui.domain.snapshot import Snapshot, Stream
from tests.domain.building import (
    ADDRESS,
    DEAD_JOBS,
    DOWN,
    JOBS,
    KEY,
    LIMITS,
    NOW,
    TOPOLOGY,
    consumer,
    group,
    node,
    snapshot,
    spoiled,
    stream,
)

FRESH = (consumer(inactive_ms=10),)
SILENT = (consumer(inactive_ms=600_000),)


def look(second: float = 0, **changes: Any) -> Stream:  # noqa: ANN401 - see below
    """Entries 1-0 to 1000-0, of which 401-0 and later are there and 700 were read, 30 of them pending.

    Any field of a stream or a group may be given; `added` and `read` move what goes with them.
    """
    added, read = changes.pop("added", 1_000), changes.pop("read", 700)
    first = changes.pop("first", 401)
    of_group: dict[str, Any] = {"last_delivered": EntryId(read), "entries_read": read, "pending": 30}
    of_group |= {"server_lag": added - read, "consumers": FRESH, "consumer_count": 1}
    of_stream: dict[str, Any] = {"seen_at_ms": round(NOW + second * 1_000), "length": added - first + 1}
    of_stream |= {"entries_added": added, "last_id": EntryId(added), "last_entry_id": EntryId(added)}
    of_stream |= {"first_id": EntryId(first), "max_deleted_id": ZERO}
    for name, value in changes.items():
        (of_group if name in of_group else of_stream)[name] = value
    return stream(group(**of_group), **of_stream)


def seen(one: Stream, mono_s: float | None = None) -> Snapshot:
    """A poll of it, with our own clock where given."""
    at = one.seen_at_ms
    mono_ms = None if mono_s is None else round(mono_s * 1_000)
    return replace(snapshot(one, at=at), mono_ms=mono_ms)


def speeds(*polls: Snapshot, key: Key = KEY, ours: Ours = NOTHING) -> Rates:
    """The speeds after these polls; `ours` is what we did before the last one."""
    trails: dict[Key, Trail] = {}
    for number, poll in enumerate(polls, 1):
        trails = extend(trails, poll, ours if number == len(polls) else NOTHING)
    return rates(trails.get(key, ()))


BEFORE = look()
TRAFFIC = look(10, added=1_100, read=750, pending=50)


def test_the_platform_at_work() -> None:
    assert speeds(seen(BEFORE), seen(TRAFFIC)) == Rates(10.0, 5.0, 3.0, 10_000)


RESETS = {
    "XSETID ENTRIESADDED": look(10, entries_added=9_000),
    "XSETID ENTRIESADDED beside an entry": look(10, added=1_001, entries_added=9_001, length=601),
    "more came than the IDs have room for": look(10, entries_added=1_100, last_id=EntryId(1_000, 3)),
    "longer by more than came (restored)": look(10, added=1_001, length=5_000),
    "more than any server takes": look(
        10, entries_added=90_000_000, last_id=EntryId(90_000_000), length=1, first_id=EntryId(90_000_000)
    ),
    "entries added went back (older copy)": look(10, entries_added=900, last_id=EntryId(1_100)),
    "last ID went back (older copy)": look(10, last_id=EntryId(900)),
    "recreated": look(10, added=40, read=10, first=1),
    "moved to another server": look(10, added=1_100, read=750, node="other.test:6379"),
    "XGROUP SETID with ENTRIESREAD": look(10, added=1_100, read=950, consumers=SILENT),
    "XGROUP SETID back": look(10, added=1_100, read=100),
    "XGROUP SETID to the same place with another count": look(10, entries_read=710),
    "XGROUP SETID elsewhere with the same count": look(10, last_delivered=EntryId(800)),
    "the server forgot the count": look(10, added=1_100, read=750, entries_read=None),
    "counted anew, lower": look(10, added=1_100, read=750, entries_read=650),
}


@pytest.mark.parametrize("after", RESETS.values(), ids=RESETS)
def test_what_cannot_have_been_is_no_traffic(after: Stream) -> None:
    assert speeds(seen(BEFORE), seen(after)) == Rates()


@pytest.mark.parametrize("after", RESETS.values(), ids=RESETS)
def test_after_a_reset_speeds_are_measured_from_there(after: Stream) -> None:
    later = replace(after, seen_at_ms=NOW + 20_000)
    assert speeds(seen(BEFORE), seen(after), seen(later)) == Rates(0.0, 0.0, 0.0, 10_000)


def test_without_consumers_nothing_is_delivered() -> None:
    nobody: dict[str, Any] = {"consumers": (), "consumer_count": 0}
    assert speeds(seen(look(**nobody)), seen(look(10, added=1_100, read=950, **nobody))) == Rates()


def test_trimming_moves_no_speed() -> None:
    trimmed = look(10, added=1_100, read=750, pending=50, first=700)
    assert speeds(seen(BEFORE), seen(trimmed)) == Rates(10.0, 5.0, 3.0, 10_000)
    emptied = replace(trimmed, length=0, first_id=None, last_entry_id=None)
    assert speeds(seen(BEFORE), seen(emptied)).in_per_s == 10.0


def test_workers_that_delete_what_they_did_have_speeds() -> None:
    before = look(first=671)
    after = look(10, added=1_100, read=750, first=721, max_deleted_id=EntryId(720))
    assert speeds(seen(before), seen(after)) == Rates(10.0, 5.0, 5.0, 10_000)


def test_unread_entries_that_were_trimmed_and_count_as_read_were_not_delivered() -> None:
    """Redis 8.2 and Valkey: the group's next read takes entries-read past everything that was lost."""
    after = look(10, added=1_500, read=1_410, first=1_401, entries_read=1_410)
    assert speeds(seen(BEFORE), seen(after)) == Rates(50.0, None, None, 10_000)
    # Redis 7 counts the ten that were delivered.
    uncounted = look(10, added=1_500, read=1_410, first=1_401, entries_read=710, server_lag=790)
    assert speeds(seen(BEFORE), seen(uncounted)) == Rates(50.0, 1.0, 1.0, 10_000)


def test_more_than_there_was_to_read_was_not_delivered() -> None:
    after = look(10, added=1_010, read=750, entries_read=1_400)
    assert speeds(seen(BEFORE), seen(after)) == Rates(1.0, None, None, 10_000)


def test_a_capped_stream_with_workers_that_keep_up_has_speeds() -> None:
    before = look(added=1_000, read=1_000, first=901)
    after = look(1, added=1_080, read=1_080, first=981)
    assert speeds(seen(before), seen(after)) == Rates(80.0, 80.0, 80.0, 1_000)


def test_one_speed_that_is_not_known_for_a_while_leaves_the_others() -> None:
    lost = look(10, added=1_500, read=1_410, first=1_401)
    after = look(20, added=1_600, read=1_450, first=1_401)
    assert speeds(seen(BEFORE), seen(lost), seen(after)) == Rates(10.0, 4.0, 4.0, 10_000)


def test_a_count_that_is_missing_is_made_good_by_a_lag_that_is_exact() -> None:
    at_start = look(added=100, read=0, first=1, last_delivered=ZERO, entries_read=None, server_lag=100)
    done = look(10, added=110, read=110, first=1, entries_read=None, server_lag=0)
    assert speeds(seen(at_start), seen(done)).out_per_s == 11.0
    trimmed = look(10, added=110, read=110, first=60, entries_read=None, server_lag=0)
    assert speeds(seen(at_start), seen(trimmed)).out_per_s is None


def test_a_consumer_that_was_removed_took_what_it_held_and_acknowledged_nothing() -> None:
    two = look(consumers=(consumer(), consumer("worker-2")), consumer_count=2)
    assert speeds(seen(two), seen(look(10, read=710, pending=0))) == Rates(0.0, 1.0, None, 10_000)


@pytest.mark.parametrize(
    ("server_s", "mono_s", "wanted"),
    [
        (-3_600.0, 10.0, Rates(10.0, 5.0, 3.0, 10_000)),
        (0.5, 10.0, Rates(10.0, 5.0, 3.0, 10_000)),
        (14.0, 10.0, Rates(10.0, 5.0, 3.0, 10_000)),
        (3_600.0, 10.0, Rates()),
        (10.0, 0.0, Rates()),
    ],
    ids=["set back", "slow", "a little fast", "set ahead, or we slept", "no time passed"],
)
def test_spans_are_measured_by_a_clock_that_is_never_set(server_s: float, mono_s: float, wanted: Rates) -> None:
    after = replace(TRAFFIC, seen_at_ms=round(NOW + server_s * 1_000))
    assert speeds(seen(BEFORE, 100.0), seen(after, 100.0 + mono_s)) == wanted


def test_a_clock_that_was_set_costs_one_poll() -> None:
    ahead = replace(TRAFFIC, seen_at_ms=NOW + 3_600_000)
    later = replace(TRAFFIC, seen_at_ms=NOW + 3_610_000, entries_added=1_200, length=800, last_id=EntryId(1_200))
    polls = seen(BEFORE, 100.0), seen(ahead, 110.0), seen(later, 120.0)
    assert speeds(*polls).in_per_s == 10.0


def test_a_heavy_stream_is_dated_by_when_it_was_fetched() -> None:
    old = replace(snapshot(BEFORE, at=NOW + 4_000), mono_ms=104_000)
    assert speeds(old, seen(TRAFFIC, 110.0)) == Rates(10.0, 5.0, 3.0, 10_000)
    again = replace(snapshot(BEFORE, at=NOW + 8_000), mono_ms=108_000)
    assert speeds(old, again, seen(TRAFFIC, 110.0)).span_ms == 10_000


def test_a_server_that_began_anew_is_not_compared_with_itself() -> None:
    made = derive(None, seen(BEFORE), LIMITS, TOPOLOGY)
    restarted = snapshot(TRAFFIC, nodes=(node(run_id="r2"),), at=NOW + 10_000)
    assert derive(made, restarted, LIMITS, TOPOLOGY).rows[0].rates == Rates()
    assert TRAFFIC.node == ADDRESS


MOVES = {
    "requeued": (Ours({JOBS: 40}, {KEY: 20}), Rates(6.0, 5.0, 1.0, 10_000)),
    "acknowledged": (Ours(acked={KEY: 30}), Rates(10.0, 5.0, 0.0, 10_000)),
    "more than can be seen": (Ours({JOBS: 400}, {KEY: 400}), Rates(0.0, 5.0, 0.0, 10_000)),
    "put back": (Ours(acked={KEY: -20}), Rates(10.0, 5.0, 5.0, 10_000)),
    "into dead letters": (Ours({DEAD_JOBS: 40}), Rates(10.0, 5.0, 3.0, 10_000)),
    "position set": (Ours(placed=frozenset({KEY})), Rates()),
    "not known": (Ours(placed=frozenset({Key(JOBS)})), Rates()),
}


@pytest.mark.parametrize(("ours", "wanted"), MOVES.values(), ids=MOVES)
def test_our_own_moves_are_not_the_platforms(ours: Ours, wanted: Rates) -> None:
    assert speeds(seen(BEFORE), seen(TRAFFIC), ours=ours) == wanted


def test_what_we_did_while_a_stream_was_not_seen_is_not_held_against_it() -> None:
    ours = Ours({JOBS: 40})
    for unseen in (seen(spoiled(DOWN)), seen(replace(BEFORE, groups=None)), replace(seen(BEFORE), taken_at_ms=NOW + 1)):
        trails = extend(extend({}, seen(BEFORE)), unseen, ours)
        assert KEY in trails
        assert rates(extend(trails, seen(TRAFFIC))[KEY]) == Rates()
