"""Backdating: entries, deliveries and consumers look as old as they are meant to."""

import time
from collections.abc import AsyncIterator
from random import Random

import pytest
from redis.asyncio import Redis

from maestro_tui.demo import entries
from maestro_tui.demo.history import Past, backdate, spread
from maestro_tui.demo.server import demo_server
from maestro_tui.demo.workers import connect

STREAM, GROUP = "s", "g"


@pytest.fixture
async def client() -> AsyncIterator[Redis]:
    """An empty server."""
    with demo_server() as address:
        async with connect(address) as connected:
            yield connected


async def test_a_silent_holder_of_old_entries(client: Redis) -> None:
    past = Past(client, Random(1), time.time_ns() // 1_000_000)
    ids = past.entries(STREAM, spread(30, 1500, 800, entries.job))
    past.group(STREAM, GROUP, ids)
    past.holds(STREAM, GROUP, "worker-1", ids[20:25], 780)
    past.holds(STREAM, GROUP, "worker-1", ids[25:], 720)
    past.silent(STREAM, GROUP, "worker-1", 720)
    await past.write()
    (holder,) = await client.xinfo_consumers(STREAM, GROUP)
    assert holder["pending"] == 10
    assert holder["idle"] == holder["inactive"]
    assert holder["idle"] == pytest.approx(720_000, abs=3_000)
    rows = await client.xpending_range(STREAM, GROUP, "-", "+", 20)
    assert [row["times_delivered"] for row in rows] == [1] * 10
    assert rows[0]["time_since_delivered"] == pytest.approx(780_000, abs=3_000)
    assert abs(rows[-1]["time_since_delivered"] - holder["inactive"]) < 1_000
    (group,) = await client.xinfo_groups(STREAM)
    assert (group["entries-read"], group["lag"]) == (30, 0)


async def test_entries_of_one_millisecond_follow_each_other(client: Redis) -> None:
    past = Past(client, Random(1), 1_000_000)
    assert past.entries(STREAM, spread(3, 1, 1, entries.error)) == ["999000-0", "999000-1", "999000-2"]


async def test_a_consumer_served_just_now_can_be_backdated_alone(client: Redis) -> None:
    await client.xadd(STREAM, {"f": "v"})
    await client.xgroup_create(STREAM, GROUP, "0")
    for name in ("worker-1", "worker-2"):
        await client.xreadgroup(GROUP, name, {STREAM: ">"})
    payload = await client.dump(STREAM)
    assert payload is not None
    await client.restore(STREAM, 0, backdate(payload, "worker-2", 1_000), replace=True)
    near, far = await client.xinfo_consumers(STREAM, GROUP)
    assert near["idle"] < 60_000 < far["idle"]


@pytest.mark.parametrize("payload", [b"", b"short", b"x\x08worker-1" + bytes(40)], ids=["empty", "other", "format"])
def test_an_unexpected_payload_comes_back_as_it_was(payload: bytes) -> None:
    assert backdate(payload, "worker-1", 1_000) == payload
