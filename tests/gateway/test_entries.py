"""Entries of a stream: pages both ways on a budget of bytes, one of them whole or cut off, and who holds it."""

from collections.abc import Sequence
from typing import Any

import pytest

from maestro_tui.domain.names import LAST, ZERO, EntryId, Name
from maestro_tui.domain.trouble import Failure
from maestro_tui.engine.ports import EntriesPage, Entry, EntryRow, Holding
from maestro_tui.gateway import link, previews
from maestro_tui.gateway.read import RedisReader
from tests.gateway.conftest import OpenReader
from tests.gateway.rig import ERRORS, JOBS, USER, add_user, deliver, fill, ids_of, monitored
from tests.servers import Server

HOSTILE = b"\x00\xff\x1b[2J'\r\n"
MEGABYTE = 1024 * 1024


async def _page(
    reader: RedisReader, limit: int, after: EntryId | None = None, *, newest_first: bool = False
) -> EntriesPage:
    return await reader.entries(JOBS.stream, after, limit, newest_first=newest_first)


async def _all(reader: RedisReader, limit: int, *, newest_first: bool) -> list[EntryRow]:
    page = await _page(reader, limit, newest_first=newest_first)
    rows = list(page.rows)
    while page.next_after is not None:
        page = await _page(reader, limit, page.next_after, newest_first=newest_first)
        rows += page.rows
    return rows


def _ids(server: Server) -> list[EntryId]:
    return [EntryId.parse(id) for id in ids_of(server.client(), JOBS)]


def _add(server: Server, id: str, *fields: bytes) -> None:
    server.run("XADD", JOBS.stream.raw, id, *fields)


def _sent(server: Server) -> int:
    stats: dict[str, Any] = server.client().info("stats")
    return int(stats["total_net_output_bytes"])


@pytest.mark.parametrize("newest_first", [False, True])
async def test_pages_follow_each_other_without_gaps(
    server: Server, open_reader: OpenReader, newest_first: bool
) -> None:
    """Every entry once, upwards or downwards, whatever the size of the pages."""
    fill(server.client(), JOBS, entries=70)
    ids = sorted(_ids(server), reverse=newest_first)
    for limit in (1, 9, 70, 100):
        assert [row.id for row in await _all(open_reader(server), limit, newest_first=newest_first)] == ids


async def test_a_jump_goes_on_beyond_any_id(server: Server, open_reader: OpenReader) -> None:
    """Whether there is an entry of that ID or not; the ends are ends."""
    for number in (10, 20, 30):
        _add(server, f"{number}-0", b"f", b"v")
    reader = open_reader(server)

    async def seen(after: EntryId, *, newest_first: bool) -> list[int]:
        page = await _page(reader, 10, after, newest_first=newest_first)
        assert page.next_after is None
        return [row.id.ms for row in page.rows]

    assert await seen(EntryId(15), newest_first=False) == [20, 30]
    assert await seen(EntryId(20), newest_first=False) == [30]
    assert await seen(EntryId(20), newest_first=True) == [10]
    assert await seen(EntryId(25, 3), newest_first=True) == [20, 10]
    assert await seen(ZERO, newest_first=False) == [10, 20, 30]
    assert await seen(LAST, newest_first=True) == [30, 20, 10]
    assert await seen(LAST, newest_first=False) == []
    assert await seen(ZERO, newest_first=True) == []


async def test_the_last_id_there_can_be_ends_the_stream(server: Server, open_reader: OpenReader) -> None:
    """Redis refuses a range that begins beyond it."""
    _add(server, "1-1", b"f", b"v")
    _add(server, str(LAST), b"f", b"v")
    rows = await _all(open_reader(server), 1, newest_first=False)
    assert [row.id for row in rows] == [EntryId(1, 1), LAST]


async def test_a_page_has_between_one_and_a_hundred_entries(redis70: Server, open_reader: OpenReader) -> None:
    """Whatever is asked for, and never in one go."""
    fill(redis70.client(), JOBS, entries=150)
    reader = open_reader(redis70)
    with monitored(redis70) as commands:
        assert len((await _page(reader, 10**9)).rows) == 100
        assert len((await _page(reader, 0)).rows) == 1
    assert [command.split()[-1] for command in commands] == ["1", "4", "16", "32", "32", "15", "1"]


async def test_values_are_clipped_and_their_size_is_told(redis70: Server, open_reader: OpenReader) -> None:
    """Names and values are any bytes, in the order they were written, and twice if they were."""
    _add(redis70, "1-0", HOSTILE, b"", HOSTILE, b"n" * 600, b"", HOSTILE)
    _add(redis70, "2-0", *[b"f", b"v"] * 70)
    first, second = (await _page(open_reader(redis70), 10)).rows
    assert first.preview.fields == ((HOSTILE, b""), (HOSTILE, b"n" * 512), (b"", HOSTILE))
    assert (first.preview.size, first.preview.note) == (600 + 3 * len(HOSTILE), "")
    assert (len(second.preview.fields or ()), second.preview.note) == (64, "6 more fields")


@pytest.mark.parametrize("polled", [False, True])
async def test_large_entries_make_short_pages(server: Server, open_reader: OpenReader, polled: bool) -> None:
    """Three entries of ten megabytes are thirty pages of a budget: one is sent, and the next page goes on."""
    fill(server.client(), JOBS, entries=3, value=b"x" * 10 * MEGABYTE)
    reader = open_reader(server)
    if polled:
        await reader.poll(None)
    before = _sent(server)
    page = await _page(reader, 100, newest_first=True)
    assert _sent(server) - before < 11 * MEGABYTE
    [row] = page.rows
    assert row.id == page.next_after == _ids(server)[-1]
    assert row.preview == previews.preview_of(((b"payload", b"x" * 10 * MEGABYTE),))
    assert len((row.preview.fields or ())[0][1]) == previews.CLIP_BYTES


async def test_a_heavy_stream_is_read_one_by_one(redis70: Server, open_reader: OpenReader) -> None:
    """Small ones among them do not make us ask for many at once."""
    for _ in range(10):
        _add(redis70, "*", b"f", b"small")
    _add(redis70, "*", b"f", b"x" * 10 * MEGABYTE)
    reader = open_reader(redis70)
    await reader.poll(None)
    with monitored(redis70) as commands:
        page = await _page(reader, 11)
    assert len(page.rows) == 11
    assert {command.split()[-1] for command in commands} == {"1"}


async def test_the_first_entries_tell_how_many_fit(redis70: Server, open_reader: OpenReader) -> None:
    """Of entries that nobody called heavy a page takes what the budget holds, give or take one step."""
    fill(redis70.client(), JOBS, entries=100, value=b"x" * 60_000)
    reader = open_reader(redis70)
    await reader.poll(None)
    before = _sent(redis70)
    page = await _page(reader, 100)
    assert previews.MOST_BYTES * 0.9 < _sent(redis70) - before < previews.MOST_BYTES * 1.1
    assert 16 <= len(page.rows) <= 18
    assert page.next_after == page.rows[-1].id


async def test_an_answer_that_is_short_is_the_end(redis70: Server, open_reader: OpenReader) -> None:
    """Nobody needs to ask again whether there is more."""
    fill(redis70.client(), JOBS, entries=7)
    reader = open_reader(redis70)
    with monitored(redis70) as commands:
        page = await _page(reader, 100)
    assert (len(page.rows), page.next_after) == (7, None)
    assert [command.split()[-1] for command in commands] == ["1", "4", "16"]


@pytest.mark.parametrize("newest_first", [False, True])
async def test_nothing_to_show(server: Server, open_reader: OpenReader, newest_first: bool) -> None:
    """An empty stream and a missing one answer the same; a poll tells them apart."""
    reader = open_reader(server)
    assert await _page(reader, 10, newest_first=newest_first) == EntriesPage((), None)
    fill(server.client(), JOBS, entries=0)
    assert await _page(reader, 10, newest_first=newest_first) == EntriesPage((), None)


@pytest.mark.parametrize("newest_first", [False, True])
async def test_a_key_that_is_no_stream_is_a_failure(
    server: Server, open_reader: OpenReader, newest_first: bool
) -> None:
    """And the sentence names it."""
    server.client().set(JOBS.stream.raw, "text")
    with pytest.raises(Failure) as caught:
        await _page(open_reader(server), 10, newest_first=newest_first)
    assert caught.value.trouble.fault == "wrong_type"
    assert str(JOBS.stream) in caught.value.trouble.sentence


@pytest.mark.parametrize(("newest_first", "rule"), [(False, "+xrange"), (True, "+xrevrange")])
async def test_the_rule_it_needs_is_named(
    server: Server, open_reader: OpenReader, newest_first: bool, rule: str
) -> None:
    """Downwards needs another one than upwards."""
    fill(server.client(), JOBS)
    with pytest.raises(Failure) as caught:
        await _page(open_reader(add_user(server, ["+xlen"])), 10, newest_first=newest_first)
    assert caught.value.trouble.next_step == f"Grant it: ACL SETUSER {USER} {rule}"
    with pytest.raises(Failure) as hidden:
        await _page(open_reader(add_user(server, [rule], keys="~other")), 10, newest_first=newest_first)
    assert hidden.value.trouble.next_step == f"Grant it: ACL SETUSER {USER} ~{JOBS.stream}"


# -- one entry


async def test_one_entry_byte_for_byte(server: Server, open_reader: OpenReader) -> None:
    """In order, twice where it was written twice."""
    _add(server, "5-1", HOSTILE, b"", b"f", HOSTILE, b"f", b"x" * 5_000)
    fields = ((HOSTILE, b""), (b"f", HOSTILE), (b"f", b"x" * 5_000))
    whole = Entry(EntryId(5, 1), fields, 5_002 + 2 * len(HOSTILE), 3)
    reader = open_reader(server)
    assert await reader.entry(JOBS.stream, EntryId(5, 1), None) == whole
    assert await reader.entry(JOBS.stream, EntryId(5, 1), whole.size) == whole


@pytest.mark.parametrize(
    ("most_bytes", "fields"),
    [
        (0, ()),
        (2, ((b"na", b""),)),
        (4, ((b"name", b""),)),
        (6, ((b"name", b"va"),)),
        (9, ((b"name", b"value"),)),
        (10, ((b"name", b"value"), (b"", b""))),
        (12, ((b"name", b"value"), (b"", b""), (b"se", b""))),
    ],
)
async def test_an_entry_is_cut_off(
    redis70: Server, open_reader: OpenReader, most_bytes: int, fields: tuple[tuple[bytes, bytes], ...]
) -> None:
    """What it is on the server is told nevertheless; a field of no bytes takes one all the same."""
    _add(redis70, "1-0", b"name", b"value", b"", b"", b"second", b"")
    entry = await open_reader(redis70).entry(JOBS.stream, EntryId(1), most_bytes)
    assert entry == Entry(EntryId(1), fields, 15, 3, complete=False)


async def test_an_entry_of_ten_megabytes_and_one_of_many_fields(server: Server, open_reader: OpenReader) -> None:
    """What is kept is bounded by what was asked for, also where a hundred thousand fields are empty."""
    _add(server, "1-0", b"f", b"x" * 10 * MEGABYTE)
    _add(server, "2-0", *[b""] * 200_000)
    reader = open_reader(server)
    large = await reader.entry(JOBS.stream, EntryId(1), 1_000)
    assert large == Entry(EntryId(1), ((b"f", b"x" * 999),), 10 * MEGABYTE + 1, 1, complete=False)
    whole = await reader.entry(JOBS.stream, EntryId(1), None)
    assert whole is not None
    assert (whole.fields[0][1], whole.complete) == (b"x" * 10 * MEGABYTE, True)
    many = await reader.entry(JOBS.stream, EntryId(2), 1_000)
    assert many == Entry(EntryId(2), ((b"", b""),) * 1_000, 0, 100_000, complete=False)


async def test_an_entry_that_is_not_there(server: Server, open_reader: OpenReader) -> None:
    """Deleted, never there, or without a stream to be in; a key of another type is a failure."""
    reader = open_reader(server)
    assert await reader.entry(JOBS.stream, EntryId(1), None) is None
    _add(server, "1-0", b"f", b"v")
    assert await reader.entry(JOBS.stream, EntryId(1, 1), None) is None
    server.run("XDEL", JOBS.stream.raw, "1-0")
    assert await reader.entry(JOBS.stream, EntryId(1), None) is None
    server.client().set("text", "v")
    with pytest.raises(Failure) as caught:
        await reader.entry(Name.of("text"), EntryId(1), None)
    assert caught.value.trouble.fault == "wrong_type"


# -- how groups stand to it


async def test_each_group_stands_its_own_way(server: Server, open_reader: OpenReader) -> None:
    """Pending with somebody, done with, not yet delivered; and pending although the group was set back."""
    client = server.client()
    _add(server, "1-0", b"f", b"v")
    for group in (b"back", b"done", HOSTILE, b"unread"):
        server.run("XGROUP", "CREATE", JOBS.stream.raw, group, "0")
        if group != b"unread":
            deliver(client, JOBS.stream.raw, group, HOSTILE, 1)
    server.run("XACK", JOBS.stream.raw, b"done", "1-0")
    server.run("XGROUP", "SETID", JOBS.stream.raw, b"back", "0")
    found = {holding.group.raw: holding for holding in await open_reader(server).holdings(JOBS.stream, EntryId(1))}
    assert found[b"done"] == Holding(Name(b"done"), None, delivered=True)
    assert found[b"unread"] == Holding(Name(b"unread"), None, delivered=False)
    for group in (b"back", HOSTILE):
        entry = found[group].entry
        assert entry is not None
        assert (entry.id, entry.consumer, entry.deliveries) == (EntryId(1), Name(HOSTILE), 1)
        assert found[group].delivered
    assert len(found) == 4


async def test_at_most_a_hundred_groups_are_asked(redis70: Server, open_reader: OpenReader) -> None:
    """Each is one question about one ID."""
    _add(redis70, "1-0", b"f", b"v")
    for number in range(120):
        redis70.run("XGROUP", "CREATE", JOBS.stream.raw, f"g{number:03}", "0")
    with monitored(redis70) as commands:
        found = await open_reader(redis70).holdings(JOBS.stream, EntryId(1))
    assert [str(holding.group) for holding in found] == [f"g{number:03}" for number in range(100)]
    assert commands[1:] == [f"XPENDING {JOBS.stream} g{number:03} 1-0 1-0 1" for number in range(100)]


async def test_what_the_server_would_not_tell_is_not_known(server: Server, open_reader: OpenReader) -> None:
    """Without XPENDING a delivered entry may be pending or done with; without XINFO GROUPS there is nothing to say."""
    fill(server.client(), JOBS, entries=2, read=1)
    assert JOBS.group is not None
    first, second = _ids(server)
    reader = open_reader(add_user(server, ["+xinfo|groups"]))
    assert await reader.holdings(JOBS.stream, first) == (Holding(JOBS.group, None, delivered=True, known=False),)
    assert await reader.holdings(JOBS.stream, second) == (Holding(JOBS.group, None, delivered=False, known=False),)
    await reader.close()
    with pytest.raises(Failure) as caught:
        await open_reader(add_user(server, ["+xpending"])).holdings(JOBS.stream, first)
    assert caught.value.trouble.next_step == f"Grant it: ACL SETUSER {USER} +xinfo|groups"


async def test_a_group_that_has_just_gone_is_left_out(
    redis70: Server, open_reader: OpenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands to no entry any more."""
    _add(redis70, "1-0", b"f", b"v")
    redis70.run("XGROUP", "CREATE", JOBS.stream.raw, "stays", "0")
    redis70.run("XGROUP", "CREATE", JOBS.stream.raw, "goes", "0")
    reader = open_reader(redis70)

    async def too_late(at: link.Link, units: Sequence[Sequence[link.Command]]) -> list[list[object]]:
        redis70.run("XGROUP", "DESTROY", JOBS.stream.raw, "goes")
        return await link.ask_all(at, units)

    monkeypatch.setattr("maestro_tui.gateway.entries.ask_all", too_late)
    assert await reader.holdings(JOBS.stream, EntryId(1)) == (Holding(Name.of("stays"), None, delivered=False),)


async def test_without_a_stream_there_are_no_groups_to_ask(server: Server, open_reader: OpenReader) -> None:
    """Which is a failure with a sentence, as is a key of another type."""
    reader = open_reader(server)
    with pytest.raises(Failure) as gone:
        await reader.holdings(JOBS.stream, EntryId(1))
    assert (gone.value.trouble.fault, str(JOBS.stream) in gone.value.trouble.sentence) == ("gone", True)
    server.client().set(ERRORS.stream.raw, "text")
    with pytest.raises(Failure) as wrong:
        await reader.holdings(ERRORS.stream, EntryId(1))
    assert wrong.value.trouble.fault == "wrong_type"
