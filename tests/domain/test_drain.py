"""When a backlog will be gone: predictions held against what happened, and no line across a jump."""

from dataclasses import replace

import pytest

from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.ours import NOTHING, Ours
from maestro_tui.domain.rates import Drain, Rates, Trail, drain, extend
from maestro_tui.domain.slope import LONGEST_MS, slope_of
from maestro_tui.domain.snapshot import Look, Stream, at_least, exact
from tests.domain.backlogs import Backlog
from tests.domain.building import JOBS, KEY, LIMITS, NOW, TOPOLOGY, group, snapshot, stream

BACKLOGS = {
    "200, nothing comes, one slow worker": (Backlog(200, 0, 8, workers=1, batch=5), 500),
    "600, a trickle": (Backlog(600, 2, 12), 1_000),
    "1,000, four workers": (Backlog(1_000, 20, 30, workers=4), 1_000),
    "2,000, barely faster than what comes, trimmed once": (
        Backlog(2_000, 41, 50, workers=3, kind="upper_bound"),
        1_000,
    ),
    "5,000, bursts of twenty, polls every two seconds": (Backlog(5_000, 5, 60, workers=6, burst=20), 2_000),
    "667, slow": (Backlog(667, 2, 5, workers=1), 1_000),
    "20,000, four polls a second, trimmed once": (Backlog(20_000, 100, 250, workers=10, kind="upper_bound"), 250),
    "100,000, twenty workers": (Backlog(100_000, 300, 1_200, workers=20), 1_000),
    "3,000, Redis 6.2 counts nothing": (Backlog(3_000, 9.8, 20, burst=5, kind="6.2"), 1_000),
    "50,000, batches of a hundred, a poll every ten seconds": (Backlog(50_000, 50, 400, workers=8, batch=100), 10_000),
}


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", BACKLOGS)
def test_predictions_are_within_a_fifth_of_what_happened(name: str, seed: int) -> None:
    made, every_ms = BACKLOGS[name]
    backlog, now, last = replace(made, seed=seed), NOW, None
    told: list[tuple[int, Drain]] = []
    while backlog.emptied_ms is None:
        now += every_ms
        backlog.go_to(now)
        last = derive(last, backlog.seen(), LIMITS, TOPOLOGY)
        told.append((now, last.rows[0].drain))
    took_ms = backlog.emptied_ms - NOW
    for share in (0.25, 0.5, 0.75):
        at, said = next(one for one in told if one[0] - NOW >= share * took_ms)
        assert said.word == "draining"
        assert said.seconds == pytest.approx((backlog.emptied_ms - at) / 1000, rel=0.2)


def _watched(backlog: Backlog, seconds: int) -> Frame:
    last = None
    for second in range(1, seconds + 1):
        backlog.go_to(NOW + second * 1_000)
        last = derive(last, backlog.seen(), LIMITS, TOPOLOGY)
    assert last is not None
    return last


@pytest.mark.parametrize(
    ("into", "out", "word"), [(30, 10, "growing"), (10, 30, "draining"), (20, 20, "steady"), (20, 0.001, "stalled")]
)
def test_the_words_are_what_the_workers_make_of_it(into: float, out: float, word: str) -> None:
    assert _watched(Backlog(2_000, into, out, workers=1, jitter=0.0), 60).rows[0].drain.word == word


def test_a_lag_under_a_second_of_arrivals_is_traffic() -> None:
    assert _watched(Backlog(30, 100, 100, workers=10, jitter=0.0), 30).rows[0].drain.word == "none"


def test_workers_that_stop_are_told_within_the_window() -> None:
    backlog = Backlog(2_000, 5, 50)
    assert _watched(backlog, 20).rows[0].drain.word == "draining"
    backlog._due = [one for one in backlog._due if one[2] == "producer"]
    last = None
    for second in range(21, 34):
        backlog.go_to(NOW + second * 1_000)
        last = derive(last, backlog.seen(), LIMITS, TOPOLOGY)
    assert last is not None
    assert last.rows[0].drain.word == "stalled"


def _look(second: int, lag: int, *, added: int, read: int, first: int = 1, deleted: int = 0) -> Stream:
    """A stream of entries 1-0, 2-0 and so on."""
    one = group(last_delivered=EntryId(read), entries_read=read, ahead=Look(lag, complete=True))
    ends = {"first_id": EntryId(first), "last_entry_id": EntryId(added), "last_id": EntryId(added)}
    length = added - first + 1
    at = NOW + second * 1_000
    return stream(one, seen_at_ms=at, length=length, entries_added=added, max_deleted_id=EntryId(deleted), **ends)


def _lags(*looks: Stream, ours: Ours = NOTHING) -> list[int]:
    """The lags that are still followed at the end; `ours` is what we did before the last look."""
    trails: dict[Key, Trail] = {}
    for number, look in enumerate(looks):
        trails = extend(trails, snapshot(look), ours if number == len(looks) - 1 else NOTHING)
    return [value for _, value in trails[KEY][-1].lags]


STEADY = (
    _look(0, 500, added=1_000, read=500),
    _look(2, 480, added=1_020, read=540),
    _look(4, 460, added=1_040, read=580),
)
NEXT = _look(6, 440, added=1_060, read=620)


def test_a_lag_is_followed_while_only_traffic_changes_it() -> None:
    assert _lags(*STEADY, NEXT) == [500, 480, 460, 440]


@pytest.mark.parametrize(
    ("jumped", "ours"),
    [
        (_look(6, 200, added=1_060, read=580, first=861), NOTHING),
        (_look(6, 440, added=1_060, read=620), Ours(copied={JOBS: 10})),
        (_look(6, 440, added=1_060, read=620), Ours(placed=frozenset({KEY}))),
        (_look(6, 440, added=1_060, read=620), Ours(placed=frozenset({Key(JOBS)}))),
        (_look(6, 1_000, added=1_060, read=60), NOTHING),
        (_look(6, 400, added=1_060, read=580, deleted=600), NOTHING),
    ],
    ids=["trimmed", "our copies", "we set the position", "we do not know what we did", "set back", "deleted"],
)
def test_no_line_goes_across_a_jump(jumped: Stream, ours: Ours) -> None:
    assert len(_lags(*STEADY, jumped, ours=ours)) == 1


def test_lags_are_kept_for_two_minutes_and_by_the_newest_sample_alone() -> None:
    trails: dict[Key, Trail] = {}
    for second in range(600):
        looked = _look(second, 100_000 - second, added=100_001 + second, read=1 + 2 * second)
        trails = extend(trails, snapshot(looked))
    assert len(trails[KEY][-1].lags) <= LONGEST_MS // 2_000 + 2
    assert {len(sample.lags) for sample in trails[KEY][:-1]} == {0}


def test_a_line_needs_three_points_and_some_seconds() -> None:
    points = [(0, 100), (2_000, 90), (4_000, 80), (6_000, 70)]
    assert slope_of(points[:2], 10_000, 1) is None
    assert slope_of(points[:3], 10_000, 5_000) is None
    line = slope_of(points, 10_000, 5_000)
    assert line is not None
    assert line.certain
    assert [line.per_s, line.error] == pytest.approx([-5.0, 0.0])
    flat = slope_of([(at, 5) for at in (0, 3_000, 6_000)], 10_000, 5_000)
    assert flat is not None
    assert not flat.certain


def test_a_slope_speaks_where_a_speed_is_not_known() -> None:
    trails: dict[Key, Trail] = {}
    for look in (*STEADY, NEXT):
        trails = extend(trails, snapshot(look))
    said = drain(exact(440), Rates(None, None, None, 6_000), None, trails[KEY])
    assert said.word == "draining"
    assert said.seconds == pytest.approx(44.0)


def test_a_lag_of_at_least_a_few_is_no_traffic_of_a_second() -> None:
    """It may be ten thousand: `-` would say that there is nothing to drain."""
    assert drain(exact(4), Rates(5.0, 5.0, 5.0, 10_000)).word == "none"
    assert drain(at_least(4), Rates(5.0, 5.0, 5.0, 10_000)).word == "steady"
    assert drain(at_least(4), Rates(5.0, 1.0, 1.0, 10_000)).word == "growing"
    assert drain(at_least(4), Rates(5.0, 7.0, 7.0, 10_000)) == Drain("draining", 2.0)
