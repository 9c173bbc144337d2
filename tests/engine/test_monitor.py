"""The poll: one at a time, at a steady pace, slower when the server is slow or gone, at once when asked."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import EMPTY
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.monitor import FASTEST_S, MAX_BACKOFF_S, MAX_SHARE, MIN_GAP_S, SLOWEST_S, Monitor
from tests.domain.building import DOWN, KEY, LIMITS, TOPOLOGY, group, snapshot, stream
from tests.engine.timing import Answer, HeldClock, SlowReader, settle

CONFIG = Config(poll_every_s=1.0, limits=LIMITS, topology=TOPOLOGY)
GOOD = snapshot(stream(group()))
REFUSED = Trouble("auth", "The password was refused.", "Check it.")


@asynccontextmanager
async def _running(
    took_s: float = 0.0, answer: Callable[[int], Answer] | None = None
) -> AsyncIterator[tuple[Monitor, SlowReader, HeldClock]]:
    clock = HeldClock()
    reader = SlowReader(clock, took_s, answer)
    monitor = Monitor(reader, clock, CONFIG)
    task = asyncio.create_task(monitor.run())
    await settle()
    try:
        yield monitor, reader, clock
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def _gaps(reader: SlowReader) -> list[float]:
    return [round(after - before, 6) for before, after in zip(reader.began, reader.began[1:], strict=False)]


@pytest.mark.parametrize(
    ("took", "period"), [(0.0, 1.0), (0.05, 1.0), (0.1, 1.0), (0.2, 2.0), (1.0, 10.0), (3.0, 30.0)]
)
async def test_the_period_counts_from_the_start_of_a_poll_and_bounds_our_share(took: float, period: float) -> None:
    async with _running(took) as (monitor, reader, clock):
        await clock.pass_s(5 * period)
        assert _gaps(reader) == pytest.approx([period] * 5)
        assert reader.most_at_once == 1
        await clock.pass_s(took)
        assert monitor.share() == pytest.approx(took / period)
        assert monitor.share() <= MAX_SHARE + 1e-9


async def test_the_fastest_pace_keeps_to_the_bound_too() -> None:
    async with _running(0.05) as (monitor, reader, clock):
        monitor.change_pace(0.01)
        assert monitor.every_s == FASTEST_S
        await clock.pass_s(10)
        assert min(_gaps(reader)[1:]) == pytest.approx(0.5)


async def test_failures_are_retried_ever_more_slowly_up_to_a_bound_and_success_ends_that() -> None:
    async with _running(answer=lambda poll: GOOD if poll in (1, 10) else DOWN) as (monitor, reader, clock):
        await clock.pass_s(60)
        assert _gaps(reader)[:10] == [1, 1, 2, 4, 8, MAX_BACKOFF_S, MAX_BACKOFF_S, MAX_BACKOFF_S, MAX_BACKOFF_S, 1]
        assert monitor.frame.trouble == DOWN


async def test_a_failing_server_is_never_asked_more_often_than_a_good_one() -> None:
    async with _running(answer=lambda _: DOWN) as (monitor, reader, clock):
        monitor.every_s = SLOWEST_S
        await clock.pass_s(SLOWEST_S * 4)
        assert max(_gaps(reader)) == SLOWEST_S
        assert min(_gaps(reader)[1:]) == SLOWEST_S


async def test_refused_credentials_are_tried_again_only_when_asked() -> None:
    async with _running(answer=lambda poll: REFUSED if poll < 3 else GOOD) as (monitor, reader, clock):
        await clock.pass_s(3_600)
        assert len(reader.began) == 1
        monitor.poll_now()
        await clock.pass_s(3_600)
        assert len(reader.began) == 2
        monitor.poll_now()
        await clock.pass_s(1)
        assert monitor.frame.trouble is None


async def test_poll_now_ends_the_pause_but_never_makes_a_burst() -> None:
    async with _running() as (monitor, reader, clock):
        await clock.pass_s(0.5)
        monitor.poll_now()
        await settle()
        assert reader.began == [0.0, 0.5]
        for _ in range(100):
            monitor.poll_now()
            await clock.pass_s(0.01)
        assert len(reader.began) <= 2 + 1.0 / MIN_GAP_S + 1
        assert min(_gaps(reader)) >= MIN_GAP_S - 1e-9


async def test_poll_now_during_a_poll_asks_for_another_after_it() -> None:
    """The one under way may have looked before what the asker did."""
    async with _running(0.05) as (monitor, reader, clock):
        await clock.pass_s(0.02)
        assert monitor.polling
        monitor.poll_now()
        await clock.pass_s(0.5)
        assert not monitor.polling
        assert reader.began == pytest.approx([0.0, 0.05 + MIN_GAP_S])
        assert reader.most_at_once == 1


async def test_the_pace_changes_within_bounds_and_at_once() -> None:
    async with _running() as (monitor, reader, clock):
        await clock.pass_s(0.5)
        monitor.change_pace(2)
        await clock.pass_s(4)
        assert reader.began == pytest.approx([0.0, 0.5, 2.5, 4.5])
        monitor.change_pace(1e9)
        assert monitor.every_s == SLOWEST_S


async def test_the_age_is_that_of_the_data_not_of_the_last_try() -> None:
    async with _running(0.2, lambda poll: GOOD if poll == 1 else DOWN) as (monitor, _, clock):
        assert monitor.age_s() is None
        await clock.pass_s(0.1)
        assert monitor.age_s() is None
        assert monitor.waited_s() == pytest.approx(0.1)
        await clock.pass_s(0.1)
        assert monitor.age_s() == pytest.approx(0.0)
        await clock.pass_s(30)
        assert monitor.frame.trouble == DOWN
        assert monitor.age_s() == pytest.approx(30.0)


async def test_the_focus_is_that_of_the_moment() -> None:
    async with _running() as (monitor, reader, clock):
        monitor.focus = KEY
        await clock.pass_s(1)
        assert reader.focused == [None, KEY]


async def test_frames_are_the_latest_only_and_each_once() -> None:
    async with _running() as (monitor, _, clock):
        frames = monitor.frames()
        assert (await anext(frames)).polls == 1
        await clock.pass_s(3)
        assert (await anext(frames)).polls == 4
        waiting = asyncio.ensure_future(anext(frames))
        await settle()
        assert not waiting.done()
        await clock.pass_s(1)
        assert (await waiting).polls == 5


async def test_everybody_who_watches_sees_each_frame() -> None:
    async with _running() as (monitor, _, clock):
        watchers = [monitor.frames(), monitor.frames()]
        await clock.pass_s(1)
        assert [(await anext(watcher)).polls for watcher in watchers] == [2, 2]


def _monitor(answer: Callable[[int], Answer]) -> tuple[Monitor, SlowReader, HeldClock]:
    clock = HeldClock()
    reader = SlowReader(clock, answer=answer)
    return Monitor(reader, clock, CONFIG), reader, clock


async def test_once_polls_twice_at_the_pace_and_answers() -> None:
    monitor, reader, clock = _monitor(lambda _: GOOD)
    asked = asyncio.ensure_future(monitor.once())
    await clock.pass_s(0.99)
    assert not asked.done()
    await clock.pass_s(0.01)
    assert (await asked).polls == 2
    assert reader.began == [0.0, 1.0]


@pytest.mark.parametrize("bad", [1, 2])
async def test_once_raises_what_went_wrong(bad: int) -> None:
    monitor, _, clock = _monitor(lambda poll: DOWN if poll == bad else GOOD)
    asked = asyncio.ensure_future(monitor.once())
    await clock.pass_s(1)
    with pytest.raises(Failure) as failure:
        await asked
    assert failure.value.trouble == DOWN
    assert monitor.frame.trouble == DOWN


async def test_before_the_first_poll_the_frame_is_empty() -> None:
    monitor, _, clock = _monitor(lambda _: GOOD)
    await clock.pass_s(0)
    assert monitor.frame is EMPTY
    assert monitor.share() == 0.0


async def test_a_fault_of_our_own_is_a_banner_and_not_the_end() -> None:
    def broken(_: int) -> Answer:
        raise ZeroDivisionError("what is in Redis must not be in the sentence")

    clock = HeldClock()
    frame = await Monitor(SlowReader(clock, answer=broken), clock, CONFIG).poll()
    assert frame.trouble is not None
    assert frame.trouble.fault == "bug"
    assert "ZeroDivisionError at broken" in frame.trouble.sentence
    assert "in Redis" not in str(frame.trouble)
