"""Waiting that an event can end."""

import asyncio
import contextlib

from maestro_tui.engine.ports import Clock


async def pause(clock: Clock, seconds: float, unless: asyncio.Event) -> bool:
    """Wait by the clock until the time is up, or the event is set; return whether the event is."""
    if unless.is_set() or seconds <= 0:
        return unless.is_set()
    sleeping, waking = asyncio.ensure_future(clock.sleep(seconds)), asyncio.ensure_future(unless.wait())
    try:
        await asyncio.wait({sleeping, waking}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sleeping, waking):
            task.cancel()
        for task in (sleeping, waking):
            with contextlib.suppress(asyncio.CancelledError):
                await task
    return unless.is_set()


class Pace:
    """Keeps entries at a rate: each batch pays for itself before the next, and no lost time is made up for."""

    def __init__(self, clock: Clock, per_s: float | None, most: int) -> None:
        self._clock = clock
        self._per_s = per_s
        self._most = most
        self._due_s = clock.monotonic_s()

    @property
    def size(self) -> int:
        """How many entries may go in one batch: about half a second's worth, so that a slow rate is no burst."""
        return self._most if self._per_s is None else max(1, min(self._most, int(self._per_s / 2)))

    @property
    def wait_s(self) -> float:
        """Seconds until the next batch is due."""
        return max(0.0, self._due_s - self._clock.monotonic_s())

    def pay(self, moved: int, began_s: float) -> None:
        """Count what a batch that was sent at `began_s` has moved."""
        if self._per_s is not None:
            self._due_s = max(self._due_s, began_s) + moved / self._per_s
