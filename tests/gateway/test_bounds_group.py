"""What opening a group may cost, however much is pending: every command counted, on the server, by MONITOR.

`MAESTRO_TEST_PENDING=1000000 pytest tests/gateway/test_bounds_group.py` does it with a million entries.
"""

from typing import Final

import redis

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.gateway import fates
from tests import environment
from tests.gateway.conftest import OpenReader
from tests.gateway.rig import JOBS, config_of, deliver, monitored
from tests.servers import Server

PENDING: Final = int(environment.ORIGINAL.get("MAESTRO_TEST_PENDING", "100000"))
STEP: Final = 10_000

_ADD: Final = "for i = ARGV[1], ARGV[2] do redis.call('XADD', KEYS[1], i .. '-0', 'payload', '{}') end"
_READ: Final = "redis.call('XREADGROUP', 'GROUP', KEYS[2], ARGV[1], 'COUNT', ARGV[2], 'STREAMS', KEYS[1], '>')"

STREAM: Final = JOBS.stream.raw
GROUP: Final = JOBS.group.raw if JOBS.group else b""
WORKERS: Final = (b"worker-1", b"worker-2")


def _fill(client: redis.Redis) -> None:
    """Two workers hold everything, in turns of ten thousand; one holds the very last entry besides."""
    client.xgroup_create(STREAM, GROUP, "0", mkstream=True)
    for turn in range(PENDING // STEP):
        first = turn * STEP + 1
        client.eval(_ADD, 1, STREAM, first, first + STEP - 1)
        client.eval(_READ, 2, STREAM, GROUP, WORKERS[turn % 2], STEP)
    client.xadd(STREAM, {"payload": "{}"}, id=f"{PENDING + 1}-0")
    deliver(client, STREAM, GROUP, b"rare", 1)


def _assert_bounded(commands: list[str]) -> None:
    assert commands
    for command in commands:
        words = command.split()
        assert words[0] in {"INFO", "TIME", "SCAN", "TYPE", "XINFO", "XPENDING", "XRANGE", "XREVRANGE", "CLIENT"}
        assert not {"FULL", "IDLE", "MINIDLE"} & set(words)
        if words[0] in ("XRANGE", "XREVRANGE"):
            assert words[-2] == "COUNT"
            assert 1 <= int(words[-1]) <= 100
        if words[0] == "XPENDING":
            # The range form only, with a count, and a consumer after it at most.
            assert len(words) in (6, 7)
            assert 1 <= int(words[5]) <= 1_000


async def test_opening_a_group_with_very_many_pending(server: Server, open_reader: OpenReader) -> None:
    """The group's screen, the inspector, and the look at what became of copies."""
    _fill(server.client())
    reader, key = open_reader(config_of(server)), JOBS.key
    assert key.group is not None
    with monitored(server) as commands:
        seen = await reader.poll(key)
        page = await reader.pending(key.stream, key.group, None, 10**9)
        further = await reader.pending(key.stream, key.group, page.next_after, 1_000)
        rare = await reader.pending(key.stream, key.group, None, 1_000, Name(b"rare"))
        rows = await reader.sweep(key, None, None, 10**9)
        newest = await reader.entries(key.stream, None, 10**9, newest_first=True)
        oldest = await reader.entries(key.stream, None, 10**9, newest_first=False)
        entry = await reader.entry(key.stream, EntryId(PENDING // 2), 1_000)
        holdings = await reader.holdings(key.stream, EntryId(PENDING // 2))
        became = await reader.fates(key, [EntryId(1), *(EntryId(at) for at in range(PENDING - 5_000, PENDING + 1))])
    _assert_bounded(commands)
    assert len(commands) < 400
    assert seen.stream(key.stream) is not None
    assert (len(page.rows), len(further.rows), len(rows.rows)) == (1_000, 1_000, 1_000)
    assert further.rows[0].entry.id == EntryId(1_001)
    assert [row.entry.id for row in rare.rows] == [EntryId(PENDING + 1)]
    assert (newest.rows[0].id, oldest.rows[-1].id) == (EntryId(PENDING + 1), EntryId(100))
    assert (entry is not None, len(holdings)) == (True, 1)
    assert (became.complete, sum(became.pending.values())) == (True, 5_002)


async def test_sweeping_all_of_it(server: Server, open_reader: OpenReader) -> None:
    """As many pages as there are thousands, each with the server's time, and nothing else."""
    _fill(server.client())
    reader = open_reader(server)
    count, after = 0, None
    with monitored(server) as commands:
        while True:
            page = await reader.sweep(JOBS.key, after, None, 1_000)
            count += len(page.rows)
            after = page.next_after
            if after is None:
                break
    assert count == PENDING + 1
    _assert_bounded(commands)
    assert len(commands) == 2 * (PENDING // 1_000 + 1)


async def test_copies_spread_over_all_of_it_end_at_the_budget(server: Server, open_reader: OpenReader) -> None:
    """A copy here and there among others' entries: what was not reached is said not to be known."""
    _fill(server.client())
    copies = [EntryId(at) for at in range(1, PENDING + 1, PENDING // STEP * 5)]
    with monitored(server) as commands:
        became = await open_reader(server).fates(JOBS.key, copies)
    _assert_bounded(commands)
    assert sum(command.startswith("XPENDING") for command in commands) == fates.MOST_PAGES
    assert (became.complete, became.acked, became.gone) == (False, 0, 0)
    assert 0 < sum(became.pending.values()) < len(copies)
