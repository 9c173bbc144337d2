"""Measures contenders in turns, so that whatever else the machine does falls on all of them alike."""

import asyncio
import gc
import selectors
import statistics
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import TypeVar

ResultT = TypeVar("ResultT")

# The loop has come to rest when it did next to nothing for so long: longer than Textual waits between two paints.
_REST_S = 0.01
_RESTS = 4
_NEXT_TO_NOTHING_MS = 0.3
_MOST_RESTS = 1_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement; `busy_ms` is processor time of the event loop, `longest_ms` its longest turn by the clock."""

    busy_ms: float
    longest_ms: float
    wall_ms: float
    amount: int = 0


class Meter(selectors.DefaultSelector):
    """The selector of an event loop, which sees when the loop works and when it waits."""

    def __init__(self) -> None:
        super().__init__()
        self.longest_ms = 0.0
        self._turn_began = time.perf_counter()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """End one turn of the loop, wait, begin the next."""
        self.longest_ms = max(self.longest_ms, (time.perf_counter() - self._turn_began) * 1000)
        ready = super().select(timeout)
        self._turn_began = time.perf_counter()
        return ready

    async def sample(self, work: Callable[[], Awaitable[int]], *, until_quiet: bool = False) -> Sample:
        """Measure some work, and with `until_quiet` all that it sets off; what it returns is the amount."""
        gc.collect()
        await asyncio.sleep(0)
        self.longest_ms, busy, wall = 0.0, time.thread_time(), time.perf_counter()
        amount = await work()
        # The turn in which the work ends belongs to it: only the next select counts it.
        await asyncio.sleep(0)
        ended = await quiet() if until_quiet else time.thread_time()
        return Sample((ended - busy) * 1000, self.longest_ms, (time.perf_counter() - wall) * 1000, amount)


async def quiet() -> float:
    """Wait until the event loop has come to rest; return the processor time of the thread when the rest began."""
    rests, began = 0, time.thread_time()
    for _ in range(_MOST_RESTS):
        before = time.thread_time()
        await asyncio.sleep(_REST_S)
        now = time.thread_time()
        rests = rests + 1 if (now - before) * 1000 < _NEXT_TO_NOTHING_MS else 0
        began = began if rests else now
        if rests == _RESTS:
            return began
    raise TimeoutError("the event loop does not come to rest")


def run(main: Callable[[Meter], Coroutine[None, None, ResultT]]) -> ResultT:
    """Run on an event loop that is measured."""
    meter = Meter()
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(meter)) as runner:
        return runner.run(main(meter))


async def in_turns(contenders: Mapping[str, Callable[[], Awaitable[Sample]]], repeats: int) -> dict[str, Sample]:
    """Measure A B A B … and return the medians; a first turn, in which everything is new, does not count."""
    samples: dict[str, list[Sample]] = {name: [] for name in contenders}
    for turn in range(repeats + 1):
        for name, measure in contenders.items():
            sample = await measure()
            if turn:
                samples[name].append(sample)
    return {name: median(taken) for name, taken in samples.items()}


def median(samples: list[Sample]) -> Sample:
    """Return the medians of each number."""
    return Sample(
        statistics.median(sample.busy_ms for sample in samples),
        statistics.median(sample.longest_ms for sample in samples),
        statistics.median(sample.wall_ms for sample in samples),
        round(statistics.median(sample.amount for sample in samples)),
    )
