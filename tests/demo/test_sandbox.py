"""The scenarios, as the dashboard finds them: facts read back from the server."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from click import Choice
from redis.asyncio import Redis

from maestro_tui.cli.program import cli
from maestro_tui.demo import catalogue as names
from maestro_tui.demo import scenarios
from maestro_tui.demo.sandbox import Sandbox, sandbox
from maestro_tui.demo.server import DemoUnavailable
from maestro_tui.demo.services import Source
from maestro_tui.demo.workers import connect
from tests.demo.reading import entries, pending, refused_reads
from tests.patience import comes_true

MINUTE_MS = 60_000
Groups = dict[tuple[str, str], dict[str, Any]]


@asynccontextmanager
async def opened(scenario: str) -> AsyncIterator[tuple[Sandbox, Redis]]:
    """A sandbox and a client to look into it."""
    async with sandbox(scenario) as place, connect(place) as client:
        yield place, client


async def all_groups(client: Redis) -> Groups:
    """Every group of every stream, by both names."""
    groups: Groups = {}
    async for key in client.scan_iter("maestro:streams:*"):
        for group in await client.xinfo_groups(key):
            groups[key.decode(), group["name"].decode()] = group
    return groups


async def test_the_incident_is_there_at_once() -> None:
    begun = time.monotonic()
    async with opened("incident") as (place, client):
        assert time.monotonic() - begun < 2
        groups = await all_groups(client)
        assert place.password not in repr(place)
        assert place.troubles == []
    habit = {(stream, group) for stream in names.HABIT_STREAMS for group in names.HABIT_GROUPS}
    assert len(habit) == 15
    assert habit <= set(groups)
    unused = [key for key in habit if groups[key]["last-delivered-id"] == b"0-0"]
    assert len(unused) == 12
    assert all(groups[key]["consumers"] == 0 for key in unused)


async def test_jobs_left_behind_by_live_workers() -> None:
    async with opened("incident") as (_, client):
        await comes_true(partial(_all_have_read, client, 3), "three workers to read")
        rows = await pending(client, names.JOBS, names.AUTOMATION_GROUP, idle_ms=5 * MINUTE_MS)
        workers = await client.xinfo_consumers(names.JOBS, names.AUTOMATION_GROUP)
        left = [(await entries(client, names.JOBS, *[row["message_id"]] * 2))[0][1] for row in rows]
    assert len(rows) == 6
    assert rows[0]["time_since_delivered"] > 40 * MINUTE_MS
    assert {worker["name"] for worker in workers} == {b"worker-1", b"worker-2", b"worker-3"}
    assert all(worker["inactive"] < 5_000 for worker in workers)
    assert [_is_json(fields[b"payload"]) for fields in left].count(False) == 2
    assert [fields[b"_maestro_attempt"] for fields in left if b"_maestro_attempt" in fields] == [b"2"]


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


async def _all_have_read(client: Redis, workers: int) -> bool:
    found = await client.xinfo_consumers(names.JOBS, names.AUTOMATION_GROUP)
    return len(found) == workers and all(0 <= worker["inactive"] < 5_000 for worker in found)


async def _lag_below(client: Redis, key: tuple[str, str], lag: int) -> bool:
    return bool((await all_groups(client))[key]["lag"] < lag)


async def _waiting_grows(client: Redis, beyond: int) -> bool:
    return not await _lag_below(client, (names.HEALING, names.HEALING_GROUP), beyond + 1)


async def _is_troubled(place: Sandbox) -> bool:
    return bool(place.troubles)


async def test_healing_died_in_mid_batch_with_work_waiting() -> None:
    async with opened("incident") as (_, client):
        await comes_true(partial(_waiting_grows, client, 667), "more work to come")
        (worker,) = await client.xinfo_consumers(names.HEALING, names.HEALING_GROUP)
        assert worker["inactive"] > 12 * MINUTE_MS
        assert worker["idle"] > 12 * MINUTE_MS
        group = (await all_groups(client))[names.HEALING, names.HEALING_GROUP]
        assert group["pending"] == 214
        assert group["lag"] > 667
        rows = await pending(client, names.HEALING, names.HEALING_GROUP)
        last_batch = [row for row in rows if abs(row["time_since_delivered"] - worker["inactive"]) < 1_000]
        assert len(last_batch) == 10
        assert rows[0]["time_since_delivered"] > 21 * MINUTE_MS
        after = b"(" + group["last-delivered-id"]
        ((first, _),) = await entries(client, names.HEALING, after, count=1)
        assert time.time() * 1000 - int(first.split(b"-")[0]) == pytest.approx(12 * MINUTE_MS, abs=10_000)


async def test_the_healing_worker_comes_back_under_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    incident = scenarios.SCENARIOS["incident"]
    (late,) = incident.latecomers
    assert 30 <= late.after_s <= 300
    soon = replace(incident, latecomers=(replace(late, after_s=0.0),))
    monkeypatch.setattr("maestro_tui.demo.sandbox.SCENARIOS", {"incident": soon})
    async with opened("incident") as (place, client):
        await comes_true(partial(_lag_below, client, (names.HEALING, names.HEALING_GROUP), 651), "the new worker")
        workers = await client.xinfo_consumers(names.HEALING, names.HEALING_GROUP)
        assert {worker["name"]: worker["pending"] for worker in workers}[b"worker-1"] == 214
        assert b"worker-2" in {worker["name"] for worker in workers}
        assert place.troubles == []


async def test_validation_has_lost_its_group_and_making_it_mends_the_stream(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("maestro_tui.demo.workers.NO_GROUP_PAUSE_S", 0.1)
    async with opened("incident") as (place, client):
        assert (names.VALIDATION, names.VALIDATION_GROUP) not in await all_groups(client)
        assert await client.xlen(names.VALIDATION) == 64
        await comes_true(partial(refused_reads, client, 2), "a worker to look for its group twice")
        await client.xgroup_create(names.VALIDATION, names.VALIDATION_GROUP, "0")
        await comes_true(partial(_lag_below, client, (names.VALIDATION, names.VALIDATION_GROUP), 64), "a batch")
        assert place.troubles == []


async def test_a_backlog_without_a_live_worker() -> None:
    async with opened("incident") as (_, client):
        group = (await all_groups(client))[names.K8S_JOBS, names.K8S_GROUP]
        assert (group["pending"], group["lag"]) == (0, 41)
        (worker,) = await client.xinfo_consumers(names.K8S_JOBS, names.K8S_GROUP)
        assert worker["idle"] > 50 * MINUTE_MS


@pytest.mark.parametrize("scenario", list(scenarios.SCENARIOS))
async def test_work_flows_from_the_first_seconds(scenario: str) -> None:
    async with opened(scenario) as (place, client):
        before, began = await _added(client), time.monotonic()
        await asyncio.sleep(3)
        after, took_s = await _added(client), time.monotonic() - began
        rates = {stream: (after[stream] - before[stream]) / took_s for stream in before}
        assert rates[names.JOBS] == pytest.approx(40, rel=0.3)
        assert rates[names.ERRORS] == pytest.approx(10, rel=0.4)
        assert rates[names.HEALING] == pytest.approx(2, rel=0.7)
        assert rates[names.RESULTS] > 25
        assert place.troubles == []


async def _added(client: Redis) -> dict[str, int]:
    streams = (names.JOBS, names.ERRORS, names.HEALING, names.RESULTS)
    return {stream: (await client.xinfo_stream(stream))["entries-added"] for stream in streams}


async def test_calm_stays_calm() -> None:
    async with opened("calm") as (place, client):
        for _ in range(16):
            await asyncio.sleep(0.5)
            for (stream, name), group in (await all_groups(client)).items():
                if group["last-delivered-id"] == b"0-0":
                    continue
                assert group["lag"] <= 40, (stream, name)
                rows = await pending(client, stream, name)
                assert all(row["time_since_delivered"] < 4_000 for row in rows), (stream, name)
        assert len(await all_groups(client)) == 15 + 3
        for service in scenarios.ALL_SERVICES:
            workers = await client.xinfo_consumers(service.stream, service.group)
            assert len(workers) == service.workers
            assert all(worker["idle"] < 6_000 for worker in workers)
        assert place.troubles == []


async def test_the_same_seed_gives_the_same_past() -> None:
    payloads = []
    for _ in range(2):
        async with opened("calm") as (_, client):
            payloads.append([fields for _, fields in await entries(client, names.VALIDATION, count=50)])
    assert [entry[b"payload"] for entry in payloads[0]] == [entry[b"payload"] for entry in payloads[1]]


async def test_a_failing_service_is_noted_and_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> dict[str, str]:
        raise RuntimeError("out of ideas")

    calm = scenarios.SCENARIOS["calm"]
    bad = replace(calm, sources=(Source(names.JOBS, 40, broken),))
    monkeypatch.setattr("maestro_tui.demo.sandbox.SCENARIOS", {"calm": bad})
    async with opened("calm") as (place, client):
        await comes_true(partial(_is_troubled, place), "the service to fail")
        assert place.troubles == ["producers ended: RuntimeError('out of ideas')"]
        assert await client.ping()


async def test_a_server_that_goes_away_is_noted_and_leaving_is_quick() -> None:
    async with sandbox("calm") as place:
        async with connect(place) as client:
            await client.shutdown(nosave=True)
        await comes_true(partial(_is_troubled, place), "its loss to be noted")
        leaving = time.monotonic()
    assert time.monotonic() - leaving < 2


async def test_leaving_takes_less_than_two_seconds_and_no_task_stays() -> None:
    async with opened("incident") as (_, client):
        await comes_true(partial(_all_have_read, client, 3), "the workers to be at work")
        leaving = time.monotonic()
    assert time.monotonic() - leaving < 2
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_the_command_offers_every_scenario() -> None:
    (offered,) = [option.type for option in cli.commands["demo"].params if option.name == "scenario"]
    assert isinstance(offered, Choice)
    assert list(offered.choices) == list(scenarios.SCENARIOS)


async def test_an_unknown_scenario_names_the_known_ones() -> None:
    with pytest.raises(DemoUnavailable, match="calm, incident, meltdown"):
        async with sandbox("picnic"):
            pass
