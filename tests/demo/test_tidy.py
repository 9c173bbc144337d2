"""Tidying takes finished entries only."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from maestro_tui.demo.server import demo_server
from maestro_tui.demo.tidy import shorten
from maestro_tui.demo.workers import connect
from tests.demo.reading import entries

STREAM, GROUP = "s", "g"


@pytest.fixture
async def client() -> AsyncIterator[Redis]:
    """A stream of 1,000 entries in small nodes, and a group that may read it."""
    with demo_server() as address:
        async with connect(address) as connected:
            await connected.config_set("stream-node-max-entries", 10)
            await connected.xgroup_create(STREAM, GROUP, "0", mkstream=True)
            for number in range(1, 1001):
                await connected.xadd(STREAM, {"f": "v"}, id=f"{number}-0")
            yield connected


async def _read(client: Redis, count: int, held: tuple[str, ...] = ()) -> None:
    await client.xreadgroup(GROUP, "worker-1", {STREAM: ">"}, count=count)
    await client.xack(STREAM, GROUP, *(f"{n}-0" for n in range(1, count + 1) if f"{n}-0" not in held))


async def test_what_nobody_reads_is_kept(client: Redis) -> None:
    await shorten(client, STREAM, keep=100)
    assert await client.xlen(STREAM) == 1000


async def test_only_the_surplus_goes_when_all_is_finished(client: Redis) -> None:
    await _read(client, 1000)
    await shorten(client, STREAM, keep=100)
    assert 100 <= await client.xlen(STREAM) <= 120


async def test_unread_entries_stay(client: Redis) -> None:
    await _read(client, 600)
    await shorten(client, STREAM, keep=100)
    assert 400 <= await client.xlen(STREAM) <= 420
    assert (await client.xinfo_groups(STREAM))[0]["lag"] == 400


async def test_pending_entries_stay_and_only_a_very_long_stream_is_thinned_behind_them(client: Redis) -> None:
    await _read(client, 900, held=("5-0", "700-0"))
    await shorten(client, STREAM, keep=100, most=1000)
    assert await client.xlen(STREAM) == 1000
    await shorten(client, STREAM, keep=100, most=500)
    left = [entry for entry, _ in await entries(client, STREAM)]
    assert left[:3] == [b"5-0", b"700-0", b"900-0"]
    assert len(left) == 103
    assert (await client.xinfo_groups(STREAM))[0]["lag"] == 100


async def test_a_missing_stream_is_no_trouble(client: Redis) -> None:
    await shorten(client, "elsewhere", keep=1)
