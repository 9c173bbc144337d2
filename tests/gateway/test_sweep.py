"""Rows of XPENDING for a sweep: in order, without gaps, timed by the server, and never with a payload."""

import pytest

from maestro_tui.domain.names import LAST, EntryId, Key, Name
from maestro_tui.domain.plans import Sweep
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.domain.trouble import Failure
from maestro_tui.gateway.read import RedisReader
from tests.gateway.conftest import OpenReader
from tests.gateway.rig import JOBS, USER, add_user, deliver, fill, ids_of
from tests.servers import Server, wait_until

HOSTILE = b"\x00\xff\x1b[2J'\r\n"


async def _all(reader: RedisReader, key: Key, limit: int, until: EntryId | None = None) -> list[PendingEntry]:
    rows: list[PendingEntry] = []
    after = None
    while True:
        page = await reader.sweep(key, after, until, limit)
        rows += page.rows
        after = page.next_after
        if after is None:
            return rows


def _server_ms(server: Server) -> int:
    seconds, micros = server.run("TIME")
    return int(seconds) * 1000 + int(micros) // 1000


async def test_pages_follow_each_other_without_gaps(server: Server, open_reader: OpenReader) -> None:
    """Every row once, in the order of IDs, whatever the size of the pages."""
    client = server.client()
    fill(client, JOBS, entries=25, read=25)
    reader = open_reader(server)
    for size in (1, 7, 25, 1_000):
        rows = await _all(reader, JOBS.key, size)
        assert [str(row.id).encode() for row in rows] == ids_of(client, JOBS)
        assert {(row.consumer, row.deliveries) for row in rows} == {(Name(b"worker-1"), 1)}


async def test_a_sweep_ends_where_it_was_told_to(server: Server, open_reader: OpenReader) -> None:
    """The upper ID belongs to it; what was delivered beyond it never turns up."""
    client = server.client()
    fill(client, JOBS, entries=10, read=10)
    ids = [EntryId.parse(id) for id in ids_of(client, JOBS)]
    reader = open_reader(server)
    assert [row.id for row in await _all(reader, JOBS.key, 3, ids[6])] == ids[:7]
    assert (await reader.sweep(JOBS.key, ids[6], ids[6], 10)).rows == ()
    assert (await reader.sweep(JOBS.key, ids[6], ids[2], 10)).rows == ()


async def test_the_last_id_there_can_be_ends_the_list(server: Server, open_reader: OpenReader) -> None:
    """Redis refuses a range that begins beyond it."""
    client = server.client()
    fill(client, JOBS, entries=0)
    client.xadd(JOBS.stream.raw, {"f": "v"}, id=str(LAST))
    deliver(client, JOBS.stream.raw, b"maestro-automation-workers", b"w", 1)
    reader = open_reader(server)
    assert [row.id for row in await _all(reader, JOBS.key, 1)] == [LAST]
    assert JOBS.group is not None
    assert (await reader.pending(JOBS.stream, JOBS.group, None, 1)).next_after is None


async def test_rows_are_timed_by_the_servers_clock(server: Server, open_reader: OpenReader) -> None:
    """Bounds in the server's time let through what was delivered before, and nothing delivered after."""
    client = server.client()
    fill(client, JOBS, entries=4, read=2)
    bound = _server_ms(server)
    # Far enough that a slow machine does not blur the two.
    wait_until(lambda: _server_ms(server) > bound + 200, "the server's clock to move on")
    deliver(client, JOBS.stream.raw, JOBS.group.raw if JOBS.group else b"", b"worker-1", 2)
    before = _server_ms(server)
    page = await open_reader(server).sweep(JOBS.key, None, None, 10)
    assert before <= page.at_ms <= _server_ms(server)
    selection = Sweep(page.rows[-1].id, {Name(b"worker-1"): bound + 100})
    assert [selection.wants(row, page.at_ms) for row in page.rows] == [True, True, False, False]


async def test_no_payload_is_asked_for(server: Server, open_reader: OpenReader) -> None:
    """A sweep may go through a million entries."""
    client = server.client()
    fill(client, JOBS, entries=30, read=30, value=b"x" * 100_000)
    client.config_resetstat()
    before = client.info("stats")["total_net_output_bytes"]
    assert len(await _all(open_reader(server), JOBS.key, 10)) == 30
    assert client.info("stats")["total_net_output_bytes"] - before < 50_000
    calls = {name: told["calls"] for name, told in client.info("commandstats").items()}
    assert (calls["cmdstat_xpending"], calls["cmdstat_time"], "cmdstat_xrange" in calls) == (4, 4, False)


async def test_a_page_has_between_one_and_a_thousand_rows(redis70: Server, open_reader: OpenReader) -> None:
    """Whatever is asked for."""
    fill(redis70.client(), JOBS, entries=1_100, read=1_100)
    reader = open_reader(redis70)
    assert len((await reader.sweep(JOBS.key, None, None, 10**9)).rows) == 1_000
    assert len((await reader.sweep(JOBS.key, None, None, 0)).rows) == 1


async def test_names_of_any_bytes(server: Server, open_reader: OpenReader) -> None:
    """Bytes are what a name is."""
    client = server.client()
    client.xadd(HOSTILE, {"f": "v"})
    client.xgroup_create(HOSTILE, HOSTILE, "0")
    deliver(client, HOSTILE, HOSTILE, HOSTILE, 1)
    [row] = await _all(open_reader(server), Key(Name(HOSTILE), Name(HOSTILE)), 10)
    assert row.consumer == Name(HOSTILE)


@pytest.mark.parametrize("missing", ["stream", "group"])
async def test_what_is_gone_is_a_failure(server: Server, open_reader: OpenReader, missing: str) -> None:
    """A sweep of nothing would look like one that found nothing."""
    if missing == "group":
        server.client().xadd(JOBS.stream.raw, {"f": "v"})
    with pytest.raises(Failure) as caught:
        await open_reader(server).sweep(JOBS.key, None, None, 10)
    assert caught.value.trouble.fault == "gone"
    assert str(JOBS.stream) in caught.value.trouble.sentence


async def test_a_key_that_is_no_stream_is_a_failure(server: Server, open_reader: OpenReader) -> None:
    """And the sentence says so."""
    server.client().set(JOBS.stream.raw, "text")
    with pytest.raises(Failure) as caught:
        await open_reader(server).sweep(JOBS.key, None, None, 10)
    assert caught.value.trouble.fault == "wrong_type"


@pytest.mark.parametrize(("granted", "missing"), [("+xpending", "+time"), ("+time", "+xpending")])
async def test_each_rule_it_needs_is_named(server: Server, open_reader: OpenReader, granted: str, missing: str) -> None:
    """Without the server's time nothing may be swept: another clock could take what was only just delivered."""
    fill(server.client(), JOBS, entries=3, read=3)
    with pytest.raises(Failure) as caught:
        await open_reader(add_user(server, [granted])).sweep(JOBS.key, None, None, 10)
    assert (caught.value.trouble.fault, caught.value.trouble.next_step) == (
        "denied",
        f"Grant it: ACL SETUSER {USER} {missing}",
    )
