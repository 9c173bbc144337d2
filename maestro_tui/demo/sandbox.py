"""The demo's entry: a server with a past and a present, gone when the block ends."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from redis.exceptions import RedisError

from maestro_tui.demo.history import Past
from maestro_tui.demo.scenarios import DEFAULT, SCENARIOS, Scenario
from maestro_tui.demo.server import Address, DemoUnavailable, demo_server
from maestro_tui.demo.stage import Stage
from maestro_tui.demo.tidy import tidy
from maestro_tui.demo.workers import connect

SEED = 7


@dataclass(frozen=True)
class Sandbox(Address):
    """Where the demo runs, what it shows, what went wrong with its simulated services, and what befell them.

    `audit_file` goes with it: what is done here does not belong into the record of real servers.
    """

    scenario: Scenario = field(repr=False)
    troubles: list[str]
    told: list[str]
    audit_file: str


def scenario_named(name: str) -> Scenario:
    """The scenario of that name."""
    if name not in SCENARIOS:
        raise DemoUnavailable(f"There is no scenario '{name}'; choose one of: {', '.join(SCENARIOS)}")
    return SCENARIOS[name]


def _cast(stage: Stage, scenario: Scenario) -> None:
    """Let everyone begin who works while the scenario runs, and the script of what befalls them."""
    stage.enter_producers("producers", *scenario.sources)
    stage.enter("tidying", lambda client, _: tidy(client))
    for service in scenario.services:
        for number in range(1, service.workers + 1):
            stage.enter_worker(service, f"worker-{number}")
    for late in scenario.latecomers:
        stage.enter_worker(late.service, late.name, late.after_s)
    if scenario.events:
        stage.enter("script", lambda *_: stage.play(scenario.events))


async def _prepare(place: Sandbox, rng: Random) -> None:
    try:
        async with connect(place) as client:
            past = Past(client, rng, time.time_ns() // 1_000_000)
            place.scenario.prepare(past)
            await past.write()
    except RedisError as lost:
        raise DemoUnavailable(f"The demo's server failed while its past was written: {lost}") from lost


@asynccontextmanager
async def sandbox(scenario: str = DEFAULT, seed: int = SEED, pace: float = 1.0) -> AsyncIterator[Sandbox]:
    """Run a scenario on a server of its own; its services are tasks of the current loop.

    `pace` stretches the time between the scenario's events: 1 as written, 0.1 ten times as fast.
    """
    chosen = scenario_named(scenario)
    with demo_server() as address, TemporaryDirectory(prefix="maestro-tui-demo-") as records:
        stage = Stage(address, seed, pace)
        where = (address.host, address.port, address.password)
        place = Sandbox(*where, chosen, stage.troubles, stage.told, str(Path(records, "audit.jsonl")))
        await _prepare(place, Random(f"{seed}/past"))
        _cast(stage, chosen)
        try:
            yield place
        finally:
            await stage.end()
