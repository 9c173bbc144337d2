"""The demo's entry: a server with a past and a present, gone when the block ends."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random

from redis.asyncio import Redis
from redis.exceptions import RedisError

from maestro_tui.demo.history import Past
from maestro_tui.demo.scenarios import DEFAULT, SCENARIOS, Scenario
from maestro_tui.demo.server import Address, DemoUnavailable, demo_server
from maestro_tui.demo.services import Service
from maestro_tui.demo.tidy import tidy
from maestro_tui.demo.workers import Worker, connect, produce

SEED = 7
RESTART_AFTER_S = 1.0
END_WITHIN_S = 1.0
MOST_TROUBLES = 20

_log = logging.getLogger(__name__)

Act = Callable[[Redis, Random], Awaitable[None]]


@dataclass(frozen=True)
class Sandbox(Address):
    """Where the demo runs, what it shows, and what went wrong with its simulated services."""

    scenario: Scenario = field(repr=False)
    troubles: list[str]


def scenario_named(name: str) -> Scenario:
    """The scenario of that name."""
    if name not in SCENARIOS:
        raise DemoUnavailable(f"There is no scenario '{name}'; choose one of: {', '.join(SCENARIOS)}")
    return SCENARIOS[name]


def _roles(scenario: Scenario) -> Iterator[tuple[str, Act]]:
    """Everyone who works while the scenario runs, by name."""
    yield "producers", lambda client, rng: produce(client, scenario.sources, rng)
    yield "tidying", lambda client, _: tidy(client)
    for service in scenario.services:
        for number in range(1, service.workers + 1):
            name = f"worker-{number}"
            yield f"{service.group}/{name}", partial(_be_worker, service, name, 0.0)
    for late in scenario.latecomers:
        yield f"{late.service.group}/{late.name}", partial(_be_worker, late.service, late.name, late.after_s)


async def _be_worker(service: Service, name: str, after_s: float, client: Redis, rng: Random) -> None:
    await asyncio.sleep(after_s)
    await Worker(service, name, client, rng).run()


async def _perform(place: Sandbox, name: str, act: Act, rng: Random) -> None:
    """Keep one simulated service going; its failures are kept for whoever asks and stop nobody else."""
    while True:
        try:
            async with connect(place) as client:
                await act(client, rng)
        except RedisError as lost:
            _keep(place, f"{name}: {lost}")
            await asyncio.sleep(RESTART_AFTER_S)
        except Exception as fault:
            _keep(place, f"{name} ended: {fault!r}")
            return


def _keep(place: Sandbox, trouble: str) -> None:
    # Below warning: with no logging set up, a warning would be printed across the dashboard.
    _log.info("simulated service: %s", trouble)
    if trouble not in place.troubles and len(place.troubles) < MOST_TROUBLES:
        place.troubles.append(trouble)


async def _prepare(place: Sandbox, rng: Random) -> None:
    try:
        async with connect(place) as client:
            past = Past(client, rng, time.time_ns() // 1_000_000)
            place.scenario.prepare(past)
            await past.write()
    except RedisError as lost:
        raise DemoUnavailable(f"The demo's server failed while its past was written: {lost}") from lost


@asynccontextmanager
async def sandbox(scenario: str = DEFAULT, seed: int = SEED) -> AsyncIterator[Sandbox]:
    """Run a scenario on a server of its own; its services are tasks of the current loop."""
    chosen = scenario_named(scenario)
    with demo_server() as address:
        place = Sandbox(address.host, address.port, address.password, chosen, [])
        await _prepare(place, Random(f"{seed}/past"))
        tasks = [
            asyncio.create_task(_perform(place, name, act, Random(f"{seed}/{name}")), name=f"demo {name}")
            for name, act in _roles(chosen)
        ]
        try:
            yield place
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=END_WITHIN_S)
