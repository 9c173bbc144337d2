"""Speeds and drains on real servers, whose clock runs on while ours passes as it is told."""

from typing import Any

import pytest
import redis

from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.limits import MAESTRO_LIMITS
from maestro_tui.domain.names import Key
from maestro_tui.domain.rates import Rates
from maestro_tui.domain.rows import Row
from maestro_tui.domain.topology import MAESTRO
from tests.gateway.conftest import OpenReader
from tests.gateway.rig import JOBS, HandClock
from tests.servers import Server

STREAM, GROUP = JOBS.stream.raw, (JOBS.group or JOBS.stream).raw
KEY = Key(JOBS.stream, JOBS.group)


class Desk:
    """A stream of entries 200-0, 400-0 and so on, its worker, and somebody who polls once a second."""

    def __init__(self, client: redis.Redis, open_reader: OpenReader, server: Server) -> None:
        self.client, self.clock, self.added = client, HandClock(), 0
        self.reader = open_reader(server, self.clock)
        self.frame: Frame | None = None
        self.raw: Any = client.execute_command
        client.xgroup_create(STREAM, GROUP, "0", mkstream=True)

    def add(self, count: int) -> None:
        """Five entries a second, by their IDs."""
        pipe = self.client.pipeline(transaction=False)
        for _ in range(count):
            self.added += 1
            pipe.xadd(STREAM, {"n": "1"}, id=f"{self.added * 200}-0")
        pipe.execute()

    def work(self, count: int) -> int:
        """Read a batch, acknowledge it, and return how many there were."""
        got = self.raw("XREADGROUP", "GROUP", GROUP, "worker-1", "COUNT", count, "STREAMS", STREAM, ">")
        ids = [entry[0] for _, entries in got or [] for entry in entries]
        if ids:
            self.raw("XACK", STREAM, GROUP, *ids)
        return len(ids)

    async def poll(self) -> Row:
        """Let a second pass for us, and look."""
        self.clock.now_s += 1.0
        self.frame = derive(self.frame, await self.reader.poll(None), MAESTRO_LIMITS, MAESTRO)
        row = self.frame.row(KEY)
        assert row is not None
        return row


@pytest.fixture
def desk(server: Server, open_reader: OpenReader) -> Desk:
    """On every kind of server."""
    return Desk(server.client(), open_reader, server)


async def test_a_backlog_is_gone_when_it_was_said_to_be(desk: Desk) -> None:
    desk.add(600)
    told: list[tuple[int, float]] = []
    second, left = 0, True
    await desk.poll()
    while left:
        second += 1
        desk.add(5)
        left = desk.work(20) == 20
        drain = (await desk.poll()).drain
        if drain.seconds is not None and second in (10, 20, 30):
            told.append((second, drain.seconds))
    assert len(told) == 3
    for at, seconds in told:
        assert seconds == pytest.approx(second - at, rel=0.2)


async def test_what_an_operator_does_by_hand_is_no_traffic(desk: Desk) -> None:
    desk.add(1_000)
    desk.work(100)
    await desk.poll()
    desk.add(5)
    desk.work(10)
    counted = (await desk.poll()).stream.entries_added is not None
    desk.client.xgroup_setid(STREAM, GROUP, "100000-0")
    assert (await desk.poll()).rates.out_per_s is None
    desk.client.xtrim(STREAM, maxlen=200, approximate=False)
    row = await desk.poll()
    assert (row.rates.in_per_s, row.rates.out_per_s) == (0.0, 0.0)
    if counted:
        desk.raw("XSETID", STREAM, f"{desk.added * 200}-0", "ENTRIESADDED", 90_000, "MAXDELETEDID", "0-0")
        assert (await desk.poll()).rates == Rates()
    desk.work(10)
    row = await desk.poll()
    assert row.rates.in_per_s == 0.0
    assert (row.rates.out_per_s or 0.0) <= 10.0
    desk.client.delete(STREAM)
    desk.client.xgroup_create(STREAM, GROUP, "0", mkstream=True)
    desk.added = 0
    desk.add(3)
    assert (await desk.poll()).rates == Rates()
