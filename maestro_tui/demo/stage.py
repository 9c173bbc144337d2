"""The stage: whoever is at work on the demo's server, by name, and the script of events that changes who that is."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from random import Random

from redis.asyncio import Redis
from redis.exceptions import RedisError

from maestro_tui.demo.server import Address
from maestro_tui.demo.services import Service, Source
from maestro_tui.demo.workers import Worker, connect, produce

RESTART_AFTER_S = 1.0
END_WITHIN_S = 1.0
MOST_TROUBLES = 20
LOOK_EVERY_S = 0.02

_log = logging.getLogger(__name__)

Act = Callable[[Redis, Random], Awaitable[None]]


@dataclass(frozen=True)
class Event:
    """Something that befalls the platform: so many seconds after the demo began, and what it does."""

    after_s: float
    happen: Callable[["Stage"], Awaitable[None]]


class Stage:
    """Simulated services that come and go. Each has a connection of its own, closed when it leaves.

    `troubles` are their failures; `told` is what befell the platform, in sentences with the time in UTC.
    `pace` stretches the waits of the script: 1 as written, less for tests.
    """

    def __init__(self, place: Address, seed: int, pace: float) -> None:
        self.client = connect(place)
        self.rng = Random(f"{seed}/script")
        self.pace = pace
        self.troubles: list[str] = []
        self.told: list[str] = []
        self._place = place
        self._seed = seed
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def enter(self, name: str, act: Act) -> None:
        """Let somebody begin to work."""
        rng = Random(f"{self._seed}/{name}")
        self._tasks[name] = asyncio.create_task(self._perform(name, act, rng), name=f"demo {name}")

    def enter_producers(self, name: str, *sources: Source) -> None:
        """Let entries be added to streams."""
        self.enter(name, lambda client, rng: produce(client, sources, rng))

    def enter_worker(self, service: Service, name: str, after_s: float = 0.0) -> None:
        """Let a worker of a service begin, at once or later."""
        self.enter(f"{service.group}/{name}", partial(_be_worker, service, name, after_s))

    async def kill(self, service: Service) -> None:
        """End all workers of a service in the midst of what they do; what they hold stays pending."""
        await _cancel([task for name, task in self._tasks.items() if name.startswith(f"{service.group}/")])

    async def play(self, events: Sequence[Event]) -> None:
        """Let one event after another happen; one that fails is noted and does not stop those after it."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for event in events:
            await asyncio.sleep(begun + event.after_s * self.pace - loop.time())
            try:
                await event.happen(self)
            except RedisError as lost:
                self._note(f"script: {lost}")

    async def until(self, condition: Callable[[], Awaitable[bool]], within_s: float) -> bool:
        """Return whether a condition came true within so many seconds, which `pace` does not shorten."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + within_s
        while not await condition():
            if loop.time() > deadline:
                return False
            await asyncio.sleep(LOOK_EVERY_S)
        return True

    def tell(self, sentence: str) -> None:
        """Say what befell the platform."""
        _log.info("%s", sentence)
        self.told.append(f"{datetime.now(UTC):%H:%M:%SZ} {sentence}")

    async def end(self) -> None:
        """Send everybody home."""
        await _cancel(list(self._tasks.values()))
        await self.client.aclose()

    async def _perform(self, name: str, act: Act, rng: Random) -> None:
        """Keep one simulated service going; its failures are kept for whoever asks and stop nobody else."""
        while True:
            try:
                async with connect(self._place) as client:
                    await act(client, rng)
                    return
            except RedisError as lost:
                self._note(f"{name}: {lost}")
                await asyncio.sleep(RESTART_AFTER_S)
            except Exception as fault:
                self._note(f"{name} ended: {fault!r}")
                return

    def _note(self, trouble: str) -> None:
        # Below warning: with no logging set up, a warning would be printed across the dashboard.
        _log.info("simulated service: %s", trouble)
        if trouble not in self.troubles and len(self.troubles) < MOST_TROUBLES:
            self.troubles.append(trouble)


async def _be_worker(service: Service, name: str, after_s: float, client: Redis, rng: Random) -> None:
    await asyncio.sleep(after_s)
    await Worker(service, name, client, rng).run()


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=END_WITHIN_S)
