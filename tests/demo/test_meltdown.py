"""The meltdown: each trouble really happens on the server, and one may leave in the midst of any of them."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from maestro_tui.demo import catalogue as names
from maestro_tui.demo import meltdown
from maestro_tui.demo.sandbox import Sandbox, sandbox
from maestro_tui.demo.scenarios import SCENARIOS
from maestro_tui.demo.stage import Event, Stage
from maestro_tui.demo.workers import connect
from tests.demo.processes import alive, parent_of, start_script
from tests.demo.reading import add, entries, pending

PACE = 0.02
WITHIN_S = 120
Happen = Callable[[Stage], Awaitable[None]]
ALL_EVENTS: tuple[Happen, ...] = tuple(event.happen for event in meltdown.EVENTS)


@asynccontextmanager
async def only(monkeypatch: pytest.MonkeyPatch, *events: Happen) -> AsyncIterator[tuple[Sandbox, Redis]]:
    """A meltdown of these events alone, at once, and a client to look at it with."""
    short = replace(SCENARIOS["meltdown"], events=tuple(Event(0, happen) for happen in events))
    monkeypatch.setattr("maestro_tui.demo.sandbox.SCENARIOS", {"meltdown": short})
    async with sandbox("meltdown", pace=PACE) as place, connect(place) as client:
        yield place, client


async def comes(what: str, condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + WITHIN_S
    while not await condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.05)


async def told(place: Sandbox, count: int) -> None:
    """Wait until so many sentences have been said."""

    async def said() -> bool:
        return len(place.told) >= count

    await comes(f"{count} sentences, not {place.told}", said)


async def group_of(client: Redis, stream: str, group: str) -> dict[str, Any]:
    """What the server says of a group."""
    (found,) = [row for row in await client.xinfo_groups(stream) if row["name"] == group.encode()]
    return dict(found)


async def test_poisoned_jobs_are_delivered_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async with only(monkeypatch, meltdown.poison_jobs) as (place, client):

        async def poisoned() -> bool:
            rows = await pending(client, names.JOBS, names.AUTOMATION_GROUP)
            return [int(row["times_delivered"]) >= 5 for row in rows].count(True) >= meltdown.POISONED

        await comes("delivery counts of 5", poisoned)
        workers = {row["name"] for row in await client.xinfo_consumers(names.JOBS, names.AUTOMATION_GROUP)}
        assert b"retry-1" in workers
        assert "12 jobs" in place.told[0]
        assert place.troubles == []


async def test_all_workers_die_healings_holding_a_batch_and_entries_go_on_coming(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with only(monkeypatch, meltdown.lose_a_node) as (place, client):
        await told(place, 1)
        assert "healing's in mid-batch" in place.told[0]
        for stream, group in ((names.HEALING, names.HEALING_GROUP), (names.ERRORS, names.MONITORING_GROUP)):
            dead = await group_of(client, stream, group)
            assert dead["consumers"] == 2

            async def grown(stream: str = stream, group: str = group, before: int = dead["lag"]) -> bool:
                return int((await group_of(client, stream, group))["lag"]) > before

            await comes("more entries", grown)
            later = await group_of(client, stream, group)
            assert later["last-delivered-id"] == dead["last-delivered-id"]
            assert later["pending"] == dead["pending"]
        assert (await group_of(client, names.HEALING, names.HEALING_GROUP))["pending"] > 0
        assert place.troubles == []


async def test_unread_and_pending_requests_are_trimmed(monkeypatch: pytest.MonkeyPatch) -> None:
    async with only(monkeypatch, meltdown.lose_a_node, meltdown.cap_healing) as (_, client):

        async def trimmed() -> bool:
            return int(await client.xlen(names.HEALING)) <= meltdown.CAP + 1

        await comes("a short stream", trimmed)
        group = await group_of(client, names.HEALING, names.HEALING_GROUP)
        ((first, _),) = await entries(client, names.HEALING, count=1)
        assert _order(first) > _order(group["last-delivered-id"])
        stream = await client.xinfo_stream(names.HEALING)
        lost = stream["entries-added"] - stream["length"] - group["entries-read"]
        assert lost > 0
        rows = await pending(client, names.HEALING, names.HEALING_GROUP)
        assert rows
        assert all(_order(row["message_id"]) < _order(first) for row in rows)


def _order(entry_id: bytes) -> tuple[int, ...]:
    return tuple(int(part) for part in entry_id.split(b"-"))


async def test_validation_is_evicted_comes_back_without_its_group_and_memory_recovers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with only(monkeypatch, meltdown.evict_validation) as (place, client):
        await told(place, 1)
        assert "evicted maestro:streams:automation:validation with its groups" in place.told[0]
        assert (await client.info("stats"))["evicted_keys"] > 0
        assert (await client.info("memory"))["used_memory"] < 20_000_000
        others = {*names.READ_STREAMS, *names.WRITE_ONLY_STREAMS} - {names.VALIDATION}
        assert await client.exists(*others) == len(others)

        async def back() -> bool:
            return bool(await client.exists(names.VALIDATION))

        await comes("validation written to again", back)
        assert await client.xinfo_groups(names.VALIDATION) == []
        assert place.troubles == []


async def test_an_eviction_that_does_not_come_about_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meltdown, "MOST_REPORTS", 2)
    async with only(monkeypatch, meltdown.evict_validation) as (place, client):
        await told(place, 1)
        assert "no stream" in place.told[0]
        assert (await client.info("stats"))["evicted_keys"] == 0
        assert await client.exists(f"{meltdown.CACHE}:0", f"{meltdown.CACHE}:1") == 0


async def test_snapshots_fail_writes_are_refused_and_work_goes_on_once_they_are_let_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with only(monkeypatch, meltdown.fail_saves) as (place, client):
        await told(place, 1)
        assert "(MISCONF)" in place.told[0]
        assert (await client.info("persistence"))["rdb_last_bgsave_status"] == "err"
        assert await _refused(client)
        stage = Stage(place, 1, PACE)
        await meltdown.let_writes_through(stage)
        await stage.end()
        added = (await client.xinfo_stream(names.JOBS))["entries-added"]
        read = (await group_of(client, names.JOBS, names.AUTOMATION_GROUP))["entries-read"]

        async def flows() -> bool:
            group = await group_of(client, names.JOBS, names.AUTOMATION_GROUP)
            now_added = (await client.xinfo_stream(names.JOBS))["entries-added"]
            return bool(now_added > added and group["entries-read"] > read)

        await comes("work that goes on", flows)
        assert (await client.info("persistence"))["rdb_last_bgsave_status"] == "err"
        assert not [trouble for trouble in place.troubles if "MISCONF" not in trouble]


async def _refused(client: Redis) -> bool:
    try:
        await add(client, names.JOBS, {"f": "v"})
    except Exception as refusal:
        return "MISCONF" in str(refusal)
    return False


async def test_all_of_them_come_in_their_order() -> None:
    async with sandbox("meltdown", pace=PACE) as place:
        await told(place, len(meltdown.EVENTS))
        words = ("no JSON", "node died", "MAXLEN", "evicted", "MISCONF", "let through")
        assert [word in line for word, line in zip(words, place.told, strict=True)] == [True] * 6


def test_the_events_are_far_enough_apart_to_be_seen() -> None:
    times = [event.after_s for event in meltdown.EVENTS]
    assert times[0] == 10
    assert all(20 <= later - earlier <= 45 for earlier, later in pairwise(times))


@pytest.mark.parametrize("event", ALL_EVENTS, ids=lambda event: str(event.__name__))
async def test_leaving_in_the_midst_of_an_event(monkeypatch: pytest.MonkeyPatch, event: Happen) -> None:
    begun = asyncio.Event()

    async def noted(stage: Stage) -> None:
        begun.set()
        await event(stage)

    async with only(monkeypatch, noted) as (_, client):
        await asyncio.wait_for(begun.wait(), WITHIN_S)
        server = int((await client.info("server"))["process_id"])
        keeper = parent_of(server)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not alive(server)
    assert not alive(keeper)


FAILING_SAVES = """
import asyncio
from dataclasses import replace
from maestro_tui.demo import meltdown, sandbox
from maestro_tui.demo.stage import Event
calm = sandbox.SCENARIOS["calm"]
sandbox.SCENARIOS = {"calm": replace(calm, events=(Event(0, meltdown.fail_saves),))}
async def main():
    async with sandbox.sandbox("calm") as place:
        while not place.told:
            await asyncio.sleep(0.05)
        print(place.told[0], flush=True)
asyncio.run(main())
"""


def test_failing_snapshots_leave_nothing_on_disk(tmp_path: Path) -> None:
    with start_script(FAILING_SAVES, tmp_path) as owner:
        output, _ = owner.communicate(timeout=WITHIN_S)
        assert "(MISCONF)" in output
        assert owner.returncode == 0
    assert list(tmp_path.iterdir()) == []


async def test_an_event_that_fails_does_not_stop_those_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(stage: Stage) -> None:
        await stage.client.execute_command("NONSENSE")  # type: ignore[no-untyped-call]

    async with only(monkeypatch, broken, meltdown.let_writes_through) as (place, _):
        await told(place, 1)
        assert "script: unknown command" in place.troubles[0]
