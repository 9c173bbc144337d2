"""Speeds and thresholds: what is too slow, what is a burst, and that nothing flaps at the edge of either."""

import re
from collections.abc import Callable
from itertools import accumulate

import pytest

from maestro_tui.domain.frame import Frame
from maestro_tui.domain.names import EntryId
from maestro_tui.domain.snapshot import Snapshot
from tests.domain.building import KEY, NOW, ago, consumer, entry, group, only, page, rules, stream
from tests.domain.stories import at, last, spells, told

AGES_AGO = EntryId(NOW - 100_000_000)


def _flow(second: int, added: int, read: int, *, waiting_ms: int = 5_000) -> Snapshot:
    """A group in the middle of its stream, so many entries added and read by now."""
    now = NOW + second * 1_000
    waits = added > read
    one = group(
        last_delivered=EntryId(now - 900, read),
        entries_read=read,
        server_lag=added - read,
        first_undelivered=EntryId(now - waiting_ms) if waits else None,
    )
    end = EntryId(now, 1) if waits else one.last_delivered
    ends = {"first_id": AGES_AGO, "last_entry_id": end, "last_id": end}
    return at(second, stream(one, length=added, entries_added=added, **ends))


def _by_speed(seconds: int, into: Callable[[int], int], out: Callable[[int], int], backlog: int = 100) -> list[Frame]:
    """Poll once a second while so many are added and read in each."""
    added = list(accumulate((into(second) for second in range(seconds)), initial=1_000 + backlog))
    read = list(accumulate((out(second) for second in range(seconds)), initial=1_000))
    polls = (_flow(second, more, less) for second, (more, less) in enumerate(zip(added, read, strict=True)))
    return told(polls)


def test_producers_that_outpace_workers_for_half_a_minute() -> None:
    frames = _by_speed(60, lambda _: 50, lambda _: 20)
    began = next(number for number, made in enumerate(frames) if "behind" in rules(made))
    assert 5 <= began <= 16
    # Not before the backlog counts and the lag was seen to grow for some seconds, and half a minute more.
    [start] = spells(frames, "outpaced")
    assert 35 <= int(start[1:]) <= 46
    found = last(frames, "outpaced")
    assert found.key == KEY
    # How far the number is known is for the lag to say.
    assert re.fullmatch("producers outpace workers, ~?1,900 waiting", found.title)
    assert (found.evidence, found.next_step) == (
        "in 50.0/s, out 20.0/s; 1 of 1 live",
        "add workers or slow the producers",
    )
    assert rules(frames[-1]) == ["outpaced", "behind"]
    assert only(frames[-1].findings, "behind").because == ("outpaced", KEY)


@pytest.mark.parametrize("burst", [5, 20])
def test_a_burst_that_is_worked_off_outpaces_nobody(burst: int) -> None:
    frames = _by_speed(200, lambda second: 1_000 if second < burst else 5, lambda _: 50)
    assert spells(frames, "outpaced") == []


def test_workers_just_as_fast_as_producers_neither_end_it_nor_begin_it_anew() -> None:
    def out(second: int) -> int:
        return 20 if second < 50 else (52, 48)[second // 15 % 2]

    frames = _by_speed(200, lambda _: 50, out)
    assert len(spells(frames, "outpaced")) == 1


def test_it_ends_once_workers_catch_up() -> None:
    frames = _by_speed(100, lambda _: 50, lambda second: 20 if second < 50 else 80)
    began, ended = spells(frames, "outpaced")
    assert (began[0], ended[0]) == ("+", "-")
    # Within ten seconds the average shows it, and ten seconds more it must stay so.
    assert 60 <= int(ended[1:]) <= 72


@pytest.mark.parametrize("every_s", [1, 15])
@pytest.mark.parametrize("edge", [(61_000, 59_000), (60_000, 49_000)])
def test_a_wait_around_its_threshold_is_one_problem_and_one_state(edge: tuple[int, int], every_s: int) -> None:
    waits = [edge[second // every_s % 2] for second in range(60)]
    frames = told(_flow(second, 1_020 + second, 1_000 + second, waiting_ms=ms) for second, ms in enumerate(waits))
    assert spells(frames, "behind") == ["+0"]
    assert {made.rows[0].state for made in frames} == {"behind"}


def test_a_short_wait_ends_it_after_some_seconds_and_the_state_with_it() -> None:
    waits = [61_000] * 5 + [40_000] * 20
    frames = told(_flow(second, 1_020 + second, 1_000 + second, waiting_ms=ms) for second, ms in enumerate(waits))
    assert spells(frames, "behind") == ["+0", "-14"]
    assert [made.rows[0].state for made in frames] == ["behind"] * 14 + ["ok"] * 11


def test_entries_idle_around_the_threshold_are_one_problem_and_one_state() -> None:
    idles = [300_000, 290_000, 300_000, 271_000, 300_000, 280_000]
    live = consumer(pending=1)
    polls = [
        at(second, stream(group(live, page=page(entry(500_000, idle))), first_id=ago(600_000)))
        for second, idle in enumerate(idles)
    ]
    frames = told(polls)
    assert spells(frames, "left_behind") == ["+0"]
    assert {made.rows[0].state for made in frames} == {"stuck"}
    after = told([at(6, stream(group(live, page=page(entry(500_000, 269_000)))))], past=frames[-1])
    assert (rules(after[0]), after[0].rows[0].state) == ([], "ok")


def test_a_delivery_more_or_less_makes_no_poison_of_a_retry() -> None:
    polls = [
        at(second, stream(group(consumer(pending=1), page=page(entry(9_000, 100, deliveries=times)))))
        for second, times in enumerate((3, 4, 5, 6, 7))
    ]
    assert spells(told(polls), "poison") == ["+2"]
