"""What a poll may cost at most: counted on the server, by MONITOR and by its own statistics."""

from dataclasses import replace
from typing import Any

import pytest
import redis

from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.topology import Topology
from maestro_tui.gateway import details, discover, link
from maestro_tui.gateway.read import RedisReader
from tests.gateway.conftest import OpenReader
from tests.gateway.rig import (
    ERRORS,
    HEALING,
    JOBS,
    HandClock,
    config_of,
    declaring,
    fill,
    group_of,
    monitored,
    stream_of,
)
from tests.servers import Server


def _calls(client: redis.Redis) -> dict[str, int]:
    stats: dict[str, Any] = client.info("commandstats")
    return {name.removeprefix("cmdstat_"): told["calls"] for name, told in stats.items()}


async def test_a_poll_sends_exactly_this(redis70: Server, open_reader: OpenReader) -> None:
    """The whole conversation, in order: what belongs to one stream is asked in one breath."""
    client = redis70.client()
    fill(client, JOBS, entries=5, read=2)
    client.xgroup_create(JOBS.stream.raw, "unused", "0")
    reader = open_reader(config_of(redis70, topology=declaring(JOBS.stream.raw, "nowhere")))
    with monitored(redis70) as first:
        await reader.poll(None)
    jobs = str(JOBS.stream)
    own = [f"XINFO STREAM {jobs}", f"XINFO GROUPS {jobs}"]
    detail = [f"XINFO CONSUMERS {jobs} {JOBS.group}", f"XPENDING {jobs} {JOBS.group} - + 100"]
    waiting = f"XRANGE {jobs} ({_last_delivered(client)} {_last(client)} COUNT"
    assert first == [
        *("INFO", "INFO", "TIME"),
        *own,
        *("XINFO STREAM nowhere", "XINFO GROUPS nowhere"),
        *detail,
        # All that waits is counted once; afterwards the first entry tells how long it has.
        f"{waiting} 5",
    ]
    with monitored(redis70) as second:
        seen = await reader.poll(None)
    assert second == ["INFO", "TIME", *own, *detail, "TYPE nowhere", f"{waiting} 1"]
    assert seen.cost.commands == len(second)


def _last_delivered(client: redis.Redis) -> str:
    groups = client.xinfo_groups(JOBS.stream.raw)
    return str(next(g["last-delivered-id"] for g in groups if g["name"] != b"unused").decode())


def _last(client: redis.Redis) -> str:
    return str(client.xinfo_stream(JOBS.stream.raw)["last-generated-id"].decode())


async def test_nothing_unbounded_is_ever_sent(server: Server, open_reader: OpenReader) -> None:
    """Some questions cost a server seconds: they are not asked, whatever the data look like."""
    client = server.client()
    for entry in (JOBS, HEALING, ERRORS):
        fill(client, entry, entries=300, read=250)
    reader = open_reader(server)
    with monitored(server) as commands:
        await reader.poll(None)
        await reader.poll(JOBS.key)
        assert JOBS.group is not None
        await reader.pending(JOBS.stream, JOBS.group, None, 10**9)
    assert commands
    for command in commands:
        words = command.split()
        assert words[0] in {"INFO", "TIME", "SCAN", "TYPE", "XINFO", "XPENDING", "XRANGE", "CLIENT"}
        assert not {"FULL", "IDLE"} & set(words)
        if "COUNT" in words:
            assert int(words[words.index("COUNT") + 1]) <= 1000
        if words[0] == "XPENDING":
            assert int(words[-1]) <= 1000


async def test_no_more_than_a_chunk_is_in_flight(
    redis70: Server, open_reader: OpenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long pipeline stops the screen; a stream's own commands stay together nevertheless."""
    chunks: list[list[link.Command]] = []
    ask = link.Link.ask

    async def counting(self: link.Link, commands: list[link.Command]) -> list[object]:
        chunks.append(list(commands))
        return await ask(self, commands)

    monkeypatch.setattr(link.Link, "ask", counting)
    client = redis70.client()
    names = [f"s{number:03}" for number in range(120)]
    for name in names:
        client.xadd(name, {"f": "v"})
        client.xgroup_create(name, "g", "0")
        client.xreadgroup("g", "w", {name: ">"})
    reader = open_reader(config_of(redis70, topology=declaring(*names)))
    await reader.poll(None)
    chunks.clear()
    seen = await reader.poll(None)
    assert seen.cost.commands == 2 + 120 * 4
    assert max(len(chunk) for chunk in chunks) <= link.CHUNK
    assert len(chunks) == 5
    for chunk in chunks:
        assert sum(command[:2] == (b"XINFO", b"STREAM") for command in chunk) * 4 == len(chunk) - 2 * (
            chunk[0] == (b"INFO",)
        )


async def test_a_group_with_more_commands_than_a_chunk(redis70: Server, open_reader: OpenReader) -> None:
    """Sixty groups on one stream do not fit into one chunk."""
    client = redis70.client()
    client.xadd("s", {"f": "v"})
    for number in range(60):
        client.xgroup_create("s", f"g{number:02}", "0")
        client.xreadgroup(f"g{number:02}", f"w{number:02}", {"s": ">"})
    reader = open_reader(config_of(redis70, topology=declaring("s")))
    for _ in range(2):
        groups = stream_of(await reader.poll(None), Name.of("s")).groups or ()
        assert [str(group.consumers[0].name) for group in groups if group.consumers] == [
            f"w{number:02}" for number in range(60)
        ]


async def test_more_groups_than_a_poll_may_look_at_take_turns(
    redis70: Server, open_reader: OpenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The focus and what is declared are looked at each time, the others when it is their turn."""
    monkeypatch.setattr("maestro_tui.gateway.watch.MOST_A_POLL", 4)
    client = redis70.client()
    names = [f"s{number}" for number in range(9)]
    for name in names:
        client.xadd(name, {"f": "v"})
        client.xgroup_create(name, "g", "0")
        client.xreadgroup("g", "w", {name: ">"})
    topology = Topology(declaring("s5").declared, "s*")
    clock = HandClock()
    reader = open_reader(config_of(redis70, topology=topology), clock)
    focus = Key(Name.of("s7"), Name.of("g"))
    for _ in range(5):
        clock.now_s += 1
        client.config_resetstat()
        seen = await reader.poll(focus)
        assert _calls(client)["xpending"] == 4
        assert _detailed(seen) >= {"s5", "s7"}
    assert _detailed(seen) == set(names)


def _detailed(seen: Snapshot) -> set[str]:
    return {str(stream.name) for stream in seen.streams for group in stream.groups or () if group.page is not None}


async def test_a_crowd_of_consumers_is_counted_rarely(
    redis70: Server, open_reader: OpenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its two lists are of one moment, old or new: comparing times of two moments would accuse the living."""
    monkeypatch.setattr(details, "CROWD", 3)
    client = redis70.client()
    fill(client, JOBS, entries=20, read=0)
    for number in range(5):
        client.xreadgroup(str(JOBS.group), f"w{number}", {JOBS.stream.raw: ">"}, count=1)
    clock = HandClock()
    reader = open_reader(redis70, clock)
    first = group_of(await reader.poll(None), JOBS)
    client.xreadgroup(str(JOBS.group), "w0", {JOBS.stream.raw: ">"}, count=1)
    clock.now_s += details.CROWD_EVERY_S - 1
    second = group_of(await reader.poll(None), JOBS)
    assert first.page is not None
    assert (second.pending, second.consumers) == (6, first.consumers)
    assert (first.consumers_age_ms, second.consumers_age_ms) == (0, 1000 * (details.CROWD_EVERY_S - 1))
    assert second.page == replace(first.page, complete=False)
    looked_at = group_of(await reader.poll(JOBS.key), JOBS)
    assert looked_at.page is not None
    assert len(looked_at.page.entries) == 6
    clock.now_s += details.CROWD_EVERY_S
    third = group_of(await reader.poll(None), JOBS)
    assert third.page is not None
    assert len(third.page.entries) == 6
    monkeypatch.setattr(details, "MOST_CONSUMERS", 4)
    far_too_many = group_of(await reader.poll(None), JOBS)
    assert far_too_many.consumers is None
    assert far_too_many.page is not None


async def _output(client: redis.Redis, reader: RedisReader) -> tuple[int, Snapshot]:
    before = client.info("stats")["total_net_output_bytes"]
    seen = await reader.poll(None)
    return client.info("stats")["total_net_output_bytes"] - before, seen


async def test_a_heavy_stream_is_fetched_rarely(server: Server, open_reader: OpenReader) -> None:
    """Two entries of a megabyte each second would be more than all the rest, and tell nothing new."""
    client = server.client()
    fill(client, JOBS, entries=3, read=1, value=b"x" * 1024 * 1024)
    clock = HandClock()
    reader = open_reader(server, clock)
    size, first = await _output(client, reader)
    assert 2_000_000 < size < 2_400_000
    stream = stream_of(first, JOBS)
    assert (stream.heavy, stream.length) == (True, 3)
    assert group_of(first, JOBS).first_undelivered is None
    client.xreadgroup(str(JOBS.group), "late", {JOBS.stream.raw: ">"}, count=1)
    for _ in range(29):
        clock.now_s += 1
        size, seen = await _output(client, reader)
        assert size < 50_000
    resting, group = stream_of(seen, JOBS), group_of(seen, JOBS)
    # What lag is made of is as it was, what alarms are made of is as it is.
    assert (resting.heavy, resting.seen_at_ms) == (True, first.taken_at_ms)
    assert (resting.length, resting.first_id, resting.last_entry_id) == (3, stream.first_id, stream.last_entry_id)
    assert group.last_delivered == group_of(first, JOBS).last_delivered
    assert (group.pending, group.consumer_count, len(group.consumers or ())) == (2, 2, 2)
    assert group.page is not None
    assert len(group.page.entries) == 2
    clock.now_s += 1
    size, seen = await _output(client, reader)
    assert size > 2_000_000
    assert stream_of(seen, JOBS).seen_at_ms == seen.taken_at_ms
    assert group_of(seen, JOBS).last_delivered > group_of(first, JOBS).last_delivered


async def test_a_heavy_stream_that_changes_shape(redis70: Server, open_reader: OpenReader) -> None:
    """A new group is shown with the next whole picture, a removed one at once, and so is a stream that is gone."""
    client = redis70.client()
    fill(client, JOBS, entries=2, value=b"x" * 1024 * 1024)
    reader = open_reader(redis70)
    await reader.poll(None)
    client.xgroup_create(JOBS.stream.raw, "second", "$")
    await reader.poll(None)
    seen = await reader.poll(None)
    second = stream_of(seen, JOBS).group(Name.of("second"))
    assert second is not None
    assert second.last_delivered == stream_of(seen, JOBS).last_entry_id
    client.xgroup_destroy(JOBS.stream.raw, "second")
    assert len(stream_of(await reader.poll(None), JOBS).groups or ()) == 1
    client.delete(JOBS.stream.raw)
    assert stream_of(await reader.poll(None), JOBS).exists is False
    client.xadd(JOBS.stream.raw, {"f": "v"})
    back = stream_of(await reader.poll(None), JOBS)
    assert (back.exists, back.heavy, back.length, back.groups) == (True, False, 1, ())


async def test_a_large_entry_in_the_middle_is_met_once(redis70: Server, open_reader: OpenReader) -> None:
    """The first undelivered entry comes with its payload, whose size nobody knows before."""
    client = redis70.client()
    fill(client, JOBS, entries=2, read=2)
    client.xadd(JOBS.stream.raw, {"payload": b"x" * 1024 * 1024})
    client.xadd(JOBS.stream.raw, {"payload": b"small"})
    reader = open_reader(redis70)
    size, first = await _output(client, reader)
    assert size > 1_000_000
    assert group_of(first, JOBS).first_undelivered is not None
    size, second = await _output(client, reader)
    assert size < 50_000
    assert stream_of(second, JOBS).heavy


async def test_discovery_goes_on_in_small_steps(redis70: Server, open_reader: OpenReader) -> None:
    """A large database is swept over many polls, none of which takes long."""
    client = redis70.client()
    with client.pipeline(transaction=False) as pipe:
        for number in range(60_000):
            pipe.set(f"k{number}", "")
        for number in range(30):
            pipe.xadd(f"maestro:streams:{number:02}", {"f": "v"})
        pipe.execute()
    clock = HandClock()
    reader = open_reader(redis70, clock)
    client.config_resetstat()
    seen = await reader.poll(None)
    assert _calls(client)["scan"] == 20
    assert not seen.discovery_complete
    polls = 1
    while not seen.discovery_complete:
        client.config_resetstat()
        seen = await reader.poll(None)
        polls += 1
        assert _calls(client)["scan"] <= 10
        assert polls < 20
    assert sum(stream.exists is True for stream in (await reader.poll(None)).streams) == 30
    client.config_resetstat()
    await reader.poll(None)
    assert "scan" not in _calls(client)
    clock.now_s += discover.SWEEP_EVERY_S
    await reader.poll(None)
    assert _calls(client)["scan"] > 0


async def test_more_streams_than_can_be_shown(
    redis70: Server, open_reader: OpenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pattern may fit a hundred thousand keys: the cut is said, never silent."""
    monkeypatch.setattr(discover, "MOST_STREAMS", 5)
    client = redis70.client()
    for number in range(9):
        client.xadd(f"maestro:streams:{number}", {"f": "v"})
    seen = await open_reader(redis70).poll(None)
    assert [note for note in seen.errors if "More than 5 streams" in note]
    assert sum(stream.exists is True for stream in seen.streams) == 5


async def test_looking_does_not_save_a_stream_from_eviction(server: Server, open_reader: OpenReader) -> None:
    """XINFO resets a key's idle time, and with it the order in which an LRU policy evicts: not ours, from 7.2."""
    client = server.client()
    fill(client, JOBS, entries=3)
    reader = open_reader(server)
    with monitored(server) as commands:
        await reader.poll(None)
    flags = {told["flags"] for told in client.client_list() if told.get("lib-name") == "maestro-tui"}
    if server.kind in ("redis-6.2", "redis-7.0"):
        # They do not know it, and would count the attempt as an error.
        assert not any(command.startswith("CLIENT") for command in commands)
        return
    assert flags == {"T"}
    first_look = next(at for at, command in enumerate(commands) if command.startswith("XINFO"))
    assert commands.index("CLIENT NO-TOUCH ON") < first_look
