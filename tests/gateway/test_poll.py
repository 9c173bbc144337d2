"""One poll of a real server of each kind: every number is the server's own, and what is not told is None."""

from maestro_tui.domain.dead import dead_name
from maestro_tui.domain.names import ZERO, EntryId, Key, Name
from maestro_tui.domain.topology import MAESTRO, Topology
from maestro_tui.gateway.discover import LETTERS_EVERY_S
from tests.gateway.conftest import OpenReader
from tests.gateway.rig import (
    ERRORS,
    HEALING,
    JOBS,
    VALIDATION,
    HandClock,
    address_of,
    config_of,
    declaring,
    deliver,
    fill,
    group_of,
    ids_of,
    stream_of,
)
from tests.servers import Server


async def test_a_stream_is_read_as_the_server_tells_it(server: Server, open_reader: OpenReader) -> None:
    """The numbers on screen are compared with the server's own, asked another way."""
    client = server.client()
    fill(client, JOBS, entries=20, read=8)
    seen = await open_reader(server).poll(None)
    stream, group = stream_of(seen, JOBS), group_of(seen, JOBS)
    ids = ids_of(client, JOBS)
    assert (stream.exists, stream.trouble, stream.heavy, stream.length) == (True, None, False, 20)
    assert str(stream.first_id).encode() == ids[0]
    assert str(stream.last_entry_id).encode() == ids[-1]
    assert stream.last_id == stream.last_entry_id
    assert (group.pending, group.consumer_count, group.trouble) == (8, 1, None)
    assert str(group.last_delivered).encode() == ids[7]
    assert str(group.lowest_pending).encode() == ids[0]
    assert str(group.first_undelivered).encode() == ids[8]
    assert group.page is not None
    assert [str(row.id).encode() for row in group.page.entries] == ids[:8]
    assert {(str(row.consumer), row.deliveries) for row in group.page.entries} == {("worker-1", 1)}
    assert group.page.complete
    assert group.consumers is not None
    assert [(str(consumer.name), consumer.pending) for consumer in group.consumers] == [("worker-1", 8)]
    assert group.consumers[0].quiet_ms is not None


async def test_what_a_version_does_not_tell_is_none(server: Server, open_reader: OpenReader) -> None:
    """6.2 has no lag and no entries-read, and nothing before 7.2 has inactive: none of them may become 0."""
    fill(server.client(), JOBS, entries=5, read=2)
    seen = await open_reader(server).poll(None)
    stream, group = stream_of(seen, JOBS), group_of(seen, JOBS)
    old = server.kind == "redis-6.2"
    assert (stream.entries_added, stream.max_deleted_id) == ((None, None) if old else (5, ZERO))
    assert (group.entries_read, group.server_lag) == ((None, None) if old else (2, 3))
    assert group.consumers is not None
    assert (group.consumers[0].inactive_ms is None) == (server.kind in ("redis-6.2", "redis-7.0"))


async def test_the_server_tells_about_itself(server: Server, open_reader: OpenReader) -> None:
    """Valkey also says that it is Redis 7.2.4: its own version counts."""
    client = server.client()
    client.set("one", "key")
    client.config_set("maxmemory", "50mb")
    client.config_set("maxmemory-policy", "allkeys-lru")
    seen = await open_reader(server).poll(None)
    [node] = seen.nodes
    assert (node.kind, node.version) == (server.kind.partition("-")[0], server.binary.version)
    assert (node.role, node.writable, node.loading, node.link_up, node.trouble) == ("master", True, False, None, None)
    assert (node.keys, node.db, node.save_failing, node.max_clients) == (1, 0, (), 10_000)
    assert node.memory.max_bytes == 50 * 1024 * 1024
    assert node.memory.may_evict_streams
    assert node.memory.used_bytes
    assert node.memory.evicted_keys == 0
    assert node.time_ms == seen.taken_at_ms
    seconds, _ = client.time()
    assert abs(seen.taken_at_ms - seconds * 1000) < 5_000
    assert (seen.errors, seen.discovery_complete) == ((), True)


async def test_consumers_that_never_received_anything(server: Server, open_reader: OpenReader) -> None:
    """From 7.2 `inactive` says so with -1; before, such a consumer has an idle time and nothing else."""
    client = server.client()
    fill(client, JOBS, entries=0)
    client.xgroup_createconsumer(JOBS.stream.raw, str(JOBS.group), "new")
    group = group_of(await open_reader(server).poll(None), JOBS)
    assert group.consumers is not None
    [consumer] = group.consumers
    assert consumer.inactive_ms == (None if server.kind in ("redis-6.2", "redis-7.0") else -1)
    assert group.page is not None
    assert (group.page.entries, group.page.complete) == ((), True)


async def test_a_missing_stream_is_a_row_and_later_comes_back(server: Server, open_reader: OpenReader) -> None:
    """A declared stream that is not there is what the operator must see, and see mended at the next poll."""
    reader = open_reader(server)
    for _ in range(2):
        stream = stream_of(await reader.poll(None), VALIDATION)
        assert (stream.exists, stream.groups, stream.trouble) == (False, (), None)
    fill(server.client(), VALIDATION, entries=3)
    seen = await reader.poll(None)
    assert stream_of(seen, VALIDATION).length == 3
    assert group_of(seen, VALIDATION).pending == 0


async def test_a_missing_stream_leaves_no_errors_behind(server: Server, open_reader: OpenReader) -> None:
    """Operators watch the server's error statistics: a dashboard must not fill them."""
    client = server.client()
    fill(client, JOBS)
    reader = open_reader(config_of(server, topology=declaring(JOBS.stream.raw, "nowhere")))
    await reader.poll(None)
    before = client.info("stats")["total_error_replies"]
    for _ in range(5):
        await reader.poll(None)
    assert client.info("stats")["total_error_replies"] == before


async def test_a_key_of_another_type_spoils_only_its_row(server: Server, open_reader: OpenReader) -> None:
    """Somebody may have put a list where a stream belongs."""
    client = server.client()
    client.rpush(HEALING.stream.raw, "x")
    fill(client, JOBS, entries=3)
    seen = await open_reader(server).poll(None)
    broken = stream_of(seen, HEALING)
    assert broken.exists is True
    assert broken.groups == ()
    assert broken.trouble is not None
    assert broken.trouble.fault == "wrong_type"
    assert str(HEALING.stream) in broken.trouble.sentence
    assert stream_of(seen, JOBS).length == 3


async def test_streams_come_in_the_declared_order_then_by_name(server: Server, open_reader: OpenReader) -> None:
    """Rows must not jump about between polls."""
    client = server.client()
    for name in ("maestro:streams:z", "maestro:streams:a", "other:b", "maestro:streams:automation:errors"):
        client.xadd(name, {"f": "v"})
    client.set("maestro:streams:text", "not a stream")
    seen = await open_reader(server).poll(None)
    declared = [str(name) for name in MAESTRO.streams]
    assert [str(stream.name) for stream in seen.streams] == [*declared, "maestro:streams:a", "maestro:streams:z"]
    assert seen.discovery_complete


async def test_the_focus_is_looked_at_though_nobody_declared_it(redis70: Server, open_reader: OpenReader) -> None:
    """A command may name any stream."""
    redis70.client().xadd("other", {"f": "v"})
    reader = open_reader(config_of(redis70, topology=declaring("mine", discover=None)))
    seen = await reader.poll(Key(Name.of("other")))
    assert stream_of(seen, Name.of("other")).length == 1
    gone = await reader.poll(Key(Name.of("never:was")))
    assert stream_of(gone, Name.of("never:was")).exists is False


async def test_a_discovered_stream_that_is_gone_leaves(redis70: Server, open_reader: OpenReader) -> None:
    """Only what is declared is missed."""
    client = redis70.client()
    client.xadd("maestro:streams:extra", {"f": "v"})
    reader = open_reader(redis70)
    assert (await reader.poll(None)).stream(Name.of("maestro:streams:extra"))
    client.delete("maestro:streams:extra")
    assert (await reader.poll(None)).stream(Name.of("maestro:streams:extra")) is None


async def test_dead_letters_are_seen_soon_though_no_pattern_finds_them(server: Server, open_reader: OpenReader) -> None:
    clock = HandClock()
    reader = open_reader(config_of(server, topology=Topology((JOBS, HEALING), discover=None)), clock)
    await reader.poll(None)
    await reader.poll(None)
    letters = dead_name(JOBS.stream)
    server.run("XADD", letters.raw, "*", "payload", "x")
    server.run("SET", dead_name(HEALING.stream).raw, "no stream")
    clock.now_s += LETTERS_EVERY_S
    await reader.poll(None)
    seen = await reader.poll(None)
    assert [stream.name for stream in seen.streams] == [JOBS.stream, HEALING.stream, letters]
    server.run("DEL", letters.raw)
    clock.now_s += LETTERS_EVERY_S
    await reader.poll(None)
    seen = await reader.poll(None)
    assert [stream.name for stream in seen.streams] == [JOBS.stream, HEALING.stream]


async def test_names_and_values_of_any_bytes(server: Server, open_reader: OpenReader) -> None:
    """One name that is no UTF-8, or a terminal's escape sequence, must neither break the poll nor be changed."""
    client = server.client()
    stream, group, worker = b"st\xff\xfe\x1b[31m", b"g\xff\r\n", b"\x00w\x9b2J"
    client.xgroup_create(stream, group, "0", mkstream=True)
    for _ in range(3):
        client.xadd(stream, {b"\xff": b"\x80\x81", b"\x1b]0;": b""})
    deliver(client, stream, group, worker, 1)
    client.xgroup_create(stream, b"", "$")
    reader = open_reader(config_of(server, topology=Topology((), "*")))
    for _ in range(2):
        seen = await reader.poll(None)
        [row] = seen.streams
        assert row.name == Name(stream)
        assert {found.name.raw for found in row.groups or ()} == {group, b""}
        told = row.group(Name(group))
        assert told is not None
        assert told.consumers is not None
        assert told.consumers[0].name == Name(worker)
    page = await reader.pending(Name(stream), Name(group), None, 10)
    assert page.rows[0].preview.fields == ((b"\xff", b"\x80\x81"), (b"\x1b]0;", b""))


async def test_an_emptied_stream_has_no_ends(server: Server, open_reader: OpenReader) -> None:
    """XTRIM to nothing leaves a stream with groups and no entries."""
    client = server.client()
    fill(client, ERRORS, entries=4, read=2)
    client.xtrim(ERRORS.stream.raw, maxlen=0, approximate=False)
    seen = await open_reader(server).poll(None)
    stream = stream_of(seen, ERRORS)
    assert (stream.exists, stream.length, stream.first_id, stream.last_entry_id) == (True, 0, None, None)
    assert stream.last_id is not None
    assert stream.last_id > EntryId(1)
    assert group_of(seen, ERRORS).pending == 2


async def test_a_database_is_chosen_by_number(server: Server, open_reader: OpenReader) -> None:
    """The same names in another database are other streams."""
    fill(server.client(db=3), JOBS, entries=7)
    seen = await open_reader(address_of(server, db=3)).poll(None)
    assert stream_of(seen, JOBS).length == 7
    assert seen.nodes[0].address.endswith("/3")
    assert seen.nodes[0].keys == 1
    empty = await open_reader(address_of(server, db=2)).poll(None)
    assert empty.nodes[0].keys == 0
    assert stream_of(empty, JOBS).exists is False
