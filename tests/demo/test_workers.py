"""The simulated workers have the platform's habits, the bad ones too."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from random import Random

import pytest
from redis.asyncio import Redis

from maestro_tui.demo import catalogue as names
from maestro_tui.demo import entries, services
from maestro_tui.demo.server import Address, demo_server
from maestro_tui.demo.services import Service
from maestro_tui.demo.workers import Worker, connect
from tests.demo import reading
from tests.demo.reading import add, pending, refused_reads
from tests.patience import comes_true


@pytest.fixture
def address() -> Iterator[Address]:
    """An empty server."""
    with demo_server() as where:
        yield where


@asynccontextmanager
async def at_work(address: Address, service: Service) -> AsyncIterator[Redis]:
    """One fast worker of the service, and a client to look at it with."""
    quick = replace(service, seconds=(0.0, 0.001))
    async with connect(address) as own, connect(address) as client:
        task = asyncio.create_task(Worker(quick, "worker-1", own, Random(1)).run())
        try:
            yield client
        finally:
            task.cancel()
            await asyncio.wait([task])


async def _until_read(client: Redis, service: Service) -> None:
    """Wait until the last entry was delivered and the batch it came in is over."""

    async def over() -> bool:
        groups = await client.xinfo_groups(service.stream)
        # In this order: it blocks again only when it is through with what it was given.
        return bool(groups and groups[0]["lag"] == 0 and (await client.info("clients"))["blocked_clients"])

    await comes_true(over, "all to be read and worked")


async def test_a_failed_job_stays_pending_and_the_rest_is_acked_with_results(address: Address) -> None:
    rng = Random(1)
    async with at_work(address, services.AUTOMATION) as client:
        for make in (entries.job, entries.unreadable_job, entries.job, entries.unreadable_page):
            await add(client, names.JOBS, make(rng, 0))
        await add(client, names.JOBS, {"payload": b"\xff\xfe"})
        await add(client, names.JOBS, {"payload": "[1]"})
        await client.xgroup_create(names.JOBS, names.AUTOMATION_GROUP, "0")
        await _until_read(client, services.AUTOMATION)
        rows = await pending(client, names.JOBS, names.AUTOMATION_GROUP)
        assert [row["times_delivered"] for row in rows] == [1, 1, 1, 1]
        results = await reading.entries(client, names.RESULTS)
        assert [set(fields) for _, fields in results] == [{b"type", b"orchestrator_id", b"status", b"timestamp"}] * 2


async def test_template_and_error_handlers_swallow_the_exception(address: Address) -> None:
    async with at_work(address, services.TEMPLATES) as client:
        await client.xgroup_create(names.TEMPLATE_REQUESTS, names.TEMPLATE_GROUP, "0", mkstream=True)
        await add(client, names.TEMPLATE_REQUESTS, {"payload": "<html>"})
        await _until_read(client, services.TEMPLATES)
        assert (await client.xpending(names.TEMPLATE_REQUESTS, names.TEMPLATE_GROUP))["pending"] == 0
        assert await client.xlen(names.TEMPLATE_RESULTS) == 0


async def test_a_worker_never_looks_at_its_own_pending_entries(address: Address) -> None:
    async with connect(address) as client:
        await client.xgroup_create(names.JOBS, names.AUTOMATION_GROUP, "0", mkstream=True)
        await add(client, names.JOBS, entries.job(Random(1), 0))
        await client.xreadgroup(names.AUTOMATION_GROUP, "worker-1", {names.JOBS: ">"})
    async with at_work(address, services.AUTOMATION) as client:
        await add(client, names.JOBS, entries.job(Random(2), 0))
        await _until_read(client, services.AUTOMATION)
        assert (await client.xpending(names.JOBS, names.AUTOMATION_GROUP))["pending"] == 1


async def test_a_worker_waits_for_its_group_to_be_made(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maestro_tui.demo.workers.NO_GROUP_PAUSE_S", 0.05)
    async with at_work(address, services.VALIDATION) as client:
        await add(client, names.VALIDATION, entries.validation(Random(1), 0))
        await comes_true(partial(refused_reads, client, 2), "the worker to look for its group twice")
        await client.xgroup_create(names.VALIDATION, names.VALIDATION_GROUP, "0")
        await _until_read(client, services.VALIDATION)
        assert (await client.xpending(names.VALIDATION, names.VALIDATION_GROUP))["pending"] == 0
