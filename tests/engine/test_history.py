"""The history: right against a plain list, gaps that stay gaps, one axis that no clock can bend, bounded rows."""

import math
import random
from array import array
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.rules import Finding, Severity
from maestro_tui.domain.series import KIND_BITS, QUANTITIES
from maestro_tui.domain.trouble import Trouble
from maestro_tui.engine.history import DAY_MS, FORGET_MS, FULL_MS, MINUTE_MS, MOST_ROWS, MOST_SAMPLES, History, Window
from tests.domain.building import KEY, NOW, absent, frame, node, snapshot
from tests.engine.past import many, moved, numbered
from tests.fakes import FixedClock, scripted_session

LAG, LENGTH, IN = (QUANTITIES.index(name) for name in ("lag", "length", "in"))
Numbers = list[float | None]


def filled(lags: Numbers, every_ms: int = 1_000) -> History:
    """A history of these lags; None where it was not known."""
    history = History()
    for place, lag in enumerate(lags):
        history.add(numbered((place + 1) * every_ms, lag))
    return history


def seen(history: History, span: str = "10m", key: Key = KEY) -> Window:
    """The window up to the latest sample."""
    assert history.latest_ms is not None
    window = history.window(key, "10m" if span == "10m" else "24h", history.latest_ms)
    assert window is not None
    return window


def plain(values: "array[float]") -> Numbers:
    """Numbers that can be compared: None for NaN."""
    return [None if math.isnan(value) else value for value in values]


@pytest.mark.parametrize("every_ms", [250, 1_000, 2_500])
@pytest.mark.parametrize("seed", range(3))
def test_ten_minutes_hold_every_poll(seed: int, every_ms: int) -> None:
    rng = random.Random(seed)
    lags: Numbers = [rng.choice([None, 0, rng.randrange(10**9)]) for _ in range(2_000 if every_ms > 250 else 5_000)]
    window = seen(filled(lags, every_ms))
    kept = lags[-(FULL_MS // every_ms + 1) :]
    assert plain(window.low[LAG]) == kept
    assert window.low[LAG] is window.high[LAG]
    assert plain(window.low[IN]) == [(lag or 0) / 10 for lag in kept]
    assert plain(window.low[LENGTH]) == [(lag or 0) + 10 for lag in kept]
    assert list(window.kinds) == [KIND_BITS["unknown" if lag is None else "exact"] for lag in kept]
    assert window.at_ms[-1] - window.at_ms[0] <= FULL_MS


@pytest.mark.parametrize("seed", range(3))
def test_a_day_holds_the_lowest_and_the_highest_of_each_minute(seed: int) -> None:
    rng = random.Random(seed)
    history, minutes = History(), dict[int, list[float]]()
    at_ms = 0
    while at_ms < DAY_MS + 3 * 3_600_000:
        at_ms += rng.choice([5_000, 9_000, 20_000])
        lag = rng.choice([None, 0, rng.randrange(1_000)])
        history.add(numbered(at_ms, lag))
        minutes.setdefault(at_ms // MINUTE_MS, []).extend([] if lag is None else [lag])
    window = seen(history, "24h")
    last = list(minutes.values())[-len(window.at_ms) :]
    assert plain(window.low[LAG]) == [min(values, default=None) for values in last]
    assert plain(window.high[LAG]) == [max(values, default=None) for values in last]
    in_span = [at for at in window.at_ms if at >= window.start_ms]
    assert 1_440 <= len(in_span) <= 1_441


def test_doubts_about_the_lag_are_rolled_up() -> None:
    history = History()
    for place in range(130):
        history.add(numbered(place * 1_000, 5, kind="estimate" if place == 70 else "exact"))
    kinds = list(seen(history, "24h").kinds)
    assert kinds == [KIND_BITS["exact"], KIND_BITS["exact"] | KIND_BITS["estimate"], KIND_BITS["exact"]]


def test_a_failed_poll_leaves_one_gap_and_repeats_nothing() -> None:
    history = filled([3, 4])
    for _ in range(5):
        history.gap()
    assert seen(history).last[LAG] == 4
    history.add(numbered(60_000, 9))
    assert plain(seen(history).low[LAG]) == [3, 4, None, 9]
    assert list(seen(history).kinds)[2] == 0


@pytest.mark.parametrize(("pause_ms", "gap"), [(4_000, False), (30_000, True)])
def test_a_pause_longer_than_the_pace_explains_is_a_gap(pause_ms: int, gap: bool) -> None:
    """The machine slept, or the terminal held us up: nobody looked."""
    history = filled([1, 1, 1])
    history.add(numbered(3_000 + pause_ms, 1))
    assert (None in plain(seen(history).low[LAG])) is gap


def test_a_slow_pace_is_no_gap() -> None:
    history = filled([1] * 20, every_ms=60_000)
    assert None not in plain(seen(history).low[LAG])


def test_a_server_clock_that_steps_bends_no_axis() -> None:
    history = History()
    for place in range(10):
        step = 3_600_000 if place >= 5 else 0
        history.add(numbered(place * 1_000, place, server_ms=NOW + place * 1_000 - step))
    window = seen(history)
    assert list(window.at_ms) == [place * 1_000 for place in range(10)]
    # What time it is told by the clock as it is now.
    assert window.clock_ms(window.end_ms) == NOW + 9_000 - 3_600_000
    assert window.clock_ms(0) == NOW - 3_600_000


def test_a_moment_before_the_latest_is_shown_as_it_was() -> None:
    """A frozen screen."""
    history = filled([1, 2, 3, 4])
    window = history.window(KEY, "10m", 2_000)
    assert window is not None
    assert plain(window.low[LAG]) == [1, 2]
    assert (window.last[LAG], window.server_ms) == (2, NOW + 2_000)
    assert history.window(KEY, "10m", 500) is None


def test_polls_asked_for_by_hand_replace_the_sample_before_them() -> None:
    history = History()
    for at_ms, lag in ((1_000, 1), (1_100, 2), (1_190, 3), (1_300, 4)):
        history.add(numbered(at_ms, lag))
    assert plain(seen(history).low[LAG]) == [3, 4]


def test_however_fast_the_samples_are_bounded() -> None:
    history = filled([1] * (MOST_SAMPLES * 2), every_ms=200)
    assert len(seen(history).at_ms) <= MOST_SAMPLES
    assert seen(history).at_ms[-1] - seen(history).at_ms[0] == FULL_MS


def test_a_stream_that_begins_anew_is_shown_as_it_is() -> None:
    assert plain(seen(filled([900, 901, 0, 1])).low[LENGTH]) == [910, 911, 10, 11]


def test_a_row_that_comes_later_has_nothing_before() -> None:
    history = filled([1, 2])
    history.add(moved(many(["late"]), 3_000))
    history.add(moved(many(["late"]), 4_000))
    late = Key(Name.of("late"), Name.of("g"))
    assert plain(seen(history, key=late).low[LAG]) == [None, None, 0, 0]
    assert plain(seen(history).low[LAG]) == [1, 2, None, None]


def test_a_row_that_is_gone_for_an_hour_is_forgotten() -> None:
    history = filled([1])
    history.add(moved(many(["other"]), FORGET_MS - 1_000))
    assert history.rows == 2
    history.add(moved(many(["other", "third"]), FORGET_MS + 5_000))
    assert history.rows == 2
    assert history.window(KEY, "10m", FORGET_MS + 5_000) is None


def test_of_too_many_rows_those_that_matter_are_kept() -> None:
    crowd = many(f"s{number:03}" for number in range(MOST_ROWS + 50))
    history = History()
    history.add(crowd)
    assert history.rows == MOST_ROWS
    sick = crowd.rows[-1].key
    assert history.window(sick, "10m", 0) is None
    alarm = Finding("no_live", sick, Severity.CRITICAL, "work waits", "", "start a worker")
    declared = numbered(2 * MINUTE_MS, 5).rows
    later = replace(moved(crowd, 2 * MINUTE_MS), rows=(*crowd.rows, *declared), findings=(alarm,))
    history.add(later)
    assert history.rows == MOST_ROWS
    assert history.window(sick, "10m", 2 * MINUTE_MS) is not None
    assert history.window(KEY, "10m", 2 * MINUTE_MS) is not None


def test_each_row_that_matters_takes_the_place_of_one_that_matters_less() -> None:
    """However late it comes, and whatever took its place just before."""
    crowd, history = many(f"s{number:03}" for number in range(MOST_ROWS)), History()
    history.add(crowd)
    declared = numbered(2 * MINUTE_MS, 5).rows
    history.add(replace(moved(crowd, 2 * MINUTE_MS), rows=(*crowd.rows, *declared)))
    late = many(["late"]).rows
    alarm = Finding("no_live", late[0].key, Severity.CRITICAL, "work waits", "", "start a worker")
    at = 3 * MINUTE_MS
    history.add(replace(moved(crowd, at), rows=(*crowd.rows, *declared, *late), findings=(alarm,)))
    assert history.window(KEY, "10m", at) is not None
    assert history.window(late[0].key, "10m", at) is not None
    assert history.rows == MOST_ROWS


@pytest.mark.parametrize("ascii_only", [False, True])
def test_trends_show_the_highest_lag_of_each_part_of_ten_minutes(ascii_only: bool) -> None:
    history = History()
    for place in range(600):
        lag: float | None = None if 75 <= place < 150 else 7 if place == 400 else 0
        if not 225 <= place < 300:
            history.add(numbered(place * 1_000, lag))
    expected = ".?. .@.." if ascii_only else "▁?▁ ▁█▁▁"
    assert history.trends(ascii_only=ascii_only) == {KEY: expected}
    # Spelled again only where something changed.
    before = history.trends(ascii_only=ascii_only)[KEY]
    history.add(numbered(599_500, 0))
    assert history.trends(ascii_only=ascii_only)[KEY] is before


@pytest.mark.parametrize(
    "bend", [lambda at: at - 5_000, lambda at: at, lambda at: at + 50], ids=["backwards", "the same", "hardly later"]
)
def test_no_moment_spoils_the_order(bend: Callable[[int], int]) -> None:
    history = filled([1, 2, 3])
    history.add(numbered(bend(3_000), 4))
    window = seen(history)
    assert list(window.at_ms) == sorted(window.at_ms)
    assert plain(window.low[LAG])[-1] == 4


def test_of_what_is_not_there_nothing_is_made_up() -> None:
    history = History()
    gone = frame(absent())
    history.add(moved(gone, 0))
    window = history.window(gone.rows[0].key, "10m", 0)
    assert window is not None
    assert all(math.isnan(value) for values in window.low for value in values)


async def test_the_monitor_remembers_each_successful_poll_once(tmp_path: Path) -> None:
    down = Trouble("unreachable", "It does not answer.", "Is it running?")
    polls = [replace(snapshot(nodes=(node(),)), mono_ms=at) for at in (1_000, 2_000, 5_000)]
    clock = FixedClock()
    monitor = scripted_session([polls[0], polls[1], down, down, polls[2]], tmp_path / "a", clock=clock).monitor
    assert monitor.history.latest_ms is None
    at = list[int | None]()
    for _ in range(5):
        await monitor.poll()
        at.append(monitor.history.latest_ms)
    assert at == [1_000, 2_000, 2_000, 2_000, 5_000]
