"""Polls at a steady pace and publishes frames: one poll at a time, never a burst, slower when the server is."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import EMPTY, Frame, derive
from maestro_tui.domain.names import Key
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.deeds import Deeds
from maestro_tui.engine.history import History
from maestro_tui.engine.ports import Clock, Reader

MIN_GAP_S = 0.1
FASTEST_S, SLOWEST_S = 0.25, 60.0
# We take at most this share of the server's attention: a poll that took 0.2 s is followed by 1.8 s of silence.
MAX_SHARE = 0.1
MAX_BACKOFF_S = 10.0


def _our_fault(error: Exception) -> Trouble:
    """Tell a fault of our own as one: in an incident old data with a banner beat a screen that is gone."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    place = "" if where is None else f" at {where.tb_frame.f_code.co_name}, line {where.tb_lineno}"
    return Trouble(
        "bug",
        f"A poll failed in maestro-tui itself: {type(error).__name__}{place}.",
        "Please report it; we go on trying.",
    )


class Monitor:
    """Owns the poll. `frame` is the latest, `history` what its numbers were; `frames()` yields each once.

    `deeds` is told what we do to the streams ourselves, so that a frame does not take it for the platform's doing.
    """

    def __init__(self, reader: Reader, clock: Clock, config: Config) -> None:
        self.frame: Frame = EMPTY
        self.history = History()
        self.every_s = config.poll_every_s
        self.focus: Key | None = None
        self.polling = False
        self.deeds = Deeds()
        self._reader = reader
        self._clock = clock
        self._config = config
        self._polled_at_s: float | None = None
        self._started_s = clock.monotonic_s()
        self._failures = 0
        self._last_took_s = 0.0
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._news = asyncio.Condition()
        self._published = 0

    def age_s(self) -> float | None:
        """Seconds since the data shown were seen; None before the first successful poll."""
        return None if self._polled_at_s is None else self._clock.monotonic_s() - self._polled_at_s

    def waited_s(self) -> float:
        """Seconds since we began, for the time before the first data."""
        return self._clock.monotonic_s() - self._started_s

    def share(self) -> float:
        """Return the part of the time the server spends with us: the last poll's time against its period."""
        return self._last_took_s / max(self._last_took_s + self.pause_s(), 0.001)

    def poll_now(self) -> None:
        """End the present pause; a poll that is under way is followed by another, since it may have begun too soon."""
        self._wake.set()

    def change_pace(self, factor: float) -> None:
        """Poll faster or slower, within bounds."""
        self.every_s = min(SLOWEST_S, max(FASTEST_S, round(self.every_s * factor, 2)))
        self._wake.set()

    async def poll(self) -> Frame:
        """Poll once and publish the frame; a failure is published as the frame's trouble."""
        async with self._turn:
            self.polling = True
            began = self._clock.monotonic_s()
            self.deeds.look_begins()
            try:
                frame = self._derive(await self._look())
            finally:
                self.polling = False
            if frame.trouble is None:
                self._failures = 0
                self._polled_at_s = began + self._last_took_s
            else:
                self._failures += 1
            await self._publish(frame)
            return frame

    async def _look(self) -> Snapshot | Trouble:
        began = self._clock.monotonic_s()
        try:
            return await self._reader.poll(self.focus)
        except Failure as failure:
            return failure.trouble
        except Exception as error:
            return _our_fault(error)
        finally:
            self._last_took_s = self._clock.monotonic_s() - began

    def _derive(self, seen: Snapshot | Trouble) -> Frame:
        limits, topology = self._config.limits, self._config.topology
        mono_ms = round(self._clock.monotonic_s() * 1000)
        try:
            frame = derive(self.frame, seen, limits, topology, mono_ms=mono_ms, ours=self.deeds.ours())
        except Exception as error:
            return derive(self.frame, _our_fault(error), limits, topology, mono_ms=mono_ms)
        if frame.trouble is None:
            self.deeds.seen()
        return frame

    async def once(self, polls: int = 2) -> Frame:
        """Poll a few times at the configured pace; raise Failure as soon as one fails."""
        for count in range(polls):
            if count:
                await self._clock.sleep(min(self.every_s, 1.0))
            frame = await self.poll()
            if frame.trouble is not None:
                raise Failure(frame.trouble)
        return self.frame

    async def run(self) -> None:
        """Poll for ever; after refused credentials only when asked, since each try may lock an account."""
        while True:
            self._wake.clear()
            frame = await self.poll()
            if frame.trouble is not None and frame.trouble.fault == "auth":
                await self._wake.wait()
            else:
                await self._pause(self.pause_s())

    def pause_s(self) -> float:
        """Return how long to wait after the last poll.

        The period counts from the start of a poll. A slow poll stretches it so that our share stays bounded, and
        failures double it, up to a bound that still finds a recovered server soon.
        """
        took = self._last_took_s
        if self._failures:
            bound = max(MAX_BACKOFF_S, self.every_s)
            return min(bound, max(self.every_s, 0.5) * 2.0 ** min(self._failures - 1, 6))
        return max(MIN_GAP_S, self.every_s - took, took * (1 / MAX_SHARE - 1))

    async def frames(self) -> AsyncIterator[Frame]:
        """Yield the latest frame whenever there is a newer one; frames nobody waited for are left out."""
        seen = 0
        while True:
            async with self._news:
                while self._published <= seen:
                    await self._news.wait()
                seen = self._published
            yield self.frame

    async def _publish(self, frame: Frame) -> None:
        if frame.trouble is None:
            self.history.add(frame)
        else:
            self.history.gap()
        async with self._news:
            self.frame = frame
            self._published += 1
            self._news.notify_all()

    async def _pause(self, seconds: float) -> None:
        # However often somebody asks, the server gets a moment between two polls.
        await self._clock.sleep(MIN_GAP_S)
        sleeping = asyncio.ensure_future(self._clock.sleep(max(0.0, seconds - MIN_GAP_S)))
        waking = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait({sleeping, waking}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sleeping, waking):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
