"""Speeds are measured between polls; a reset begins anew and nothing is guessed."""

import pytest

from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.rates import WINDOW_MS, Drain, Rates, Trail, drain, extend, rates
from maestro_tui.domain.snapshot import UNKNOWN, Count, Stream, at_least, exact
from tests.domain.building import DOWN, JOBS, KEY, NOW, absent, deserted, group, snapshot, spoiled, stream


def _stream(at: int, added: int | None, read: int | None, pending: int = 0, last: int | None = None) -> Stream:
    """A look at a stream that moves on: unless told otherwise, entries come and are delivered."""
    lag = None if added is None or read is None else added - read
    delivered = EntryId(at if last is None else last)
    one = group(entries_read=read, pending=pending, last_delivered=delivered, server_lag=lag)
    length = 10 if added is None else added
    ends = {"first_id": EntryId(0, 1), "last_entry_id": EntryId(at + 1), "last_id": EntryId(at + 1)}
    return stream(one, seen_at_ms=at, entries_added=added, length=length, **ends)


def _trail(*looks: Stream) -> Trail:
    trails: dict[Key, Trail] = {}
    for one in looks:
        trails = extend(trails, snapshot(one))
    return trails.get(KEY, ())


def test_one_look_says_nothing() -> None:
    assert rates(_trail(_stream(NOW, 5, 5))) == Rates()
    assert rates(()) == Rates()


def test_speeds_are_differences_of_counters() -> None:
    trail = _trail(_stream(0, 100, 50, pending=7), _stream(2_000, 140, 70, pending=11))
    assert rates(trail) == Rates(20.0, 10.0, 8.0, 2_000)


def test_the_average_goes_over_the_window_and_the_trail_stays_short() -> None:
    looks = [_stream(at, at // 100, at // 100, last=at) for at in range(0, 60_000, 250)]
    trail = _trail(*looks)
    assert len(trail) <= WINDOW_MS // 250 + 1
    assert rates(trail) == Rates(10.0, 10.0, 10.0, WINDOW_MS)


def test_polls_further_apart_than_the_window_still_give_speeds() -> None:
    trail = _trail(*(_stream(at, at // 1000, at // 1000) for at in (0, 60_000, 120_000)))
    assert rates(trail) == Rates(1.0, 1.0, 1.0, 60_000)


def test_an_outage_is_not_averaged_over_for_longer_than_it_must() -> None:
    before = [_stream(at, 0, 0) for at in range(0, 10_000, 1_000)]
    after = [_stream(600_000 + at, 6_000 + at // 10, 6_000 + at // 10) for at in (0, 1_000)]
    assert rates(_trail(*before, *after)) == Rates(100.0, 100.0, 100.0, 1_000)


@pytest.mark.parametrize(
    "later",
    [
        _stream(2_000, 90, 50, last=9),
        _stream(2_000, 100, 40, last=9),
        _stream(2_000, 100, 50, last=8),
        _stream(2_000, 100, None, last=9),
        _stream(2_000, None, 50, last=9),
        _stream(500, 100, 50, last=9),
    ],
    ids=["recreated", "counter set back", "position set back", "position set", "older server", "clock set back"],
)
def test_a_reset_begins_anew(later: Stream) -> None:
    trail = _trail(_stream(1_000, 100, 50, last=9), later)
    assert len(trail) == 1
    assert rates(trail) == Rates()


def test_a_stream_that_was_not_fetched_again_adds_nothing() -> None:
    assert len(_trail(_stream(NOW, 5, 5), _stream(NOW, 5, 5))) == 1


def test_without_counters_only_what_is_known_is_said() -> None:
    trail = _trail(_stream(0, None, None, last=1), _stream(1_000, None, None, last=2))
    assert rates(trail) == Rates(None, None, None, 1_000)


def test_where_nothing_moves_nothing_is_known_to_have_moved() -> None:
    quiet = [stream(group(entries_read=None), seen_at_ms=at, entries_added=None) for at in (0, 1_000)]
    assert rates(_trail(*quiet)) == Rates(0.0, 0.0, 0.0, 1_000)


def test_a_stream_has_speeds_of_its_own() -> None:
    trails = extend(extend({}, snapshot(_stream(0, 0, 0))), snapshot(_stream(1_000, 5, 5)))
    assert rates(trails[Key(JOBS)]) == Rates(5.0, None, None, 1_000)


def test_what_vanished_is_forgotten_and_what_was_not_seen_is_not() -> None:
    trails = extend({}, snapshot(stream(group(), deserted(name=JOBS))))
    assert extend(trails, snapshot()) == {} == extend(trails, snapshot(absent()))
    assert extend(trails, snapshot(spoiled(DOWN))) == trails
    assert extend(trails, snapshot(stream(groups=None))) == trails
    assert set(extend(trails, snapshot(stream(group())))) == {Key(JOBS), KEY}


def test_moving_entries_away_is_no_negative_acknowledging() -> None:
    trail = _trail(_stream(0, 10, 0), _stream(1_000, 19, 3, pending=8))
    assert rates(trail) == Rates(9.0, 3.0, 0.0, 1_000)


@pytest.mark.parametrize(
    ("lag", "into", "out", "word"),
    [
        (exact(0), None, None, Drain("none")),
        (exact(0), 5.0, 0.0, Drain("none")),
        (UNKNOWN, 1.0, 1.0, Drain("unknown")),
        (exact(5), None, 1.0, Drain("unknown")),
        (exact(5), None, 0.0, Drain("stalled")),
        (exact(5), 1.0, None, Drain("unknown")),
        (exact(40), 41.2, 41.0, Drain("none")),
        (exact(667), 2.0, 0.0, Drain("stalled")),
        (exact(1), 2.0, 0.0, Drain("stalled")),
        (exact(667), 2.0, 1.0, Drain("growing")),
        (exact(667), 2.0, 2.0, Drain("steady")),
        (exact(600), 2.0, 12.0, Drain("draining", 60.0)),
        (Count(600, "upper_bound"), 0.0, 10.0, Drain("draining", 60.0)),
        (at_least(0), 0.0, 0.0, Drain("stalled")),
    ],
)
def test_what_becomes_of_a_lag(lag: Count, into: float | None, out: float | None, word: Drain) -> None:
    assert drain(lag, Rates(into, out, None, 5_000)) == word


@pytest.mark.parametrize(("since_ms", "word"), [(None, "unknown"), (4_999, "unknown"), (5_000, "stalled")])
def test_one_second_without_a_delivery_is_no_stall_unless_the_consumers_say_so(since_ms: int | None, word: str) -> None:
    assert drain(exact(667), Rates(2.0, 0.0, None, 1_000), since_ms).word == word
