"""Pages of pending entries: in order, without gaps, with payloads as far as a budget of bytes goes."""

import pytest

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.trouble import Failure
from maestro_tui.engine.ports import Page
from maestro_tui.gateway import previews
from maestro_tui.gateway.read import RedisReader
from tests.gateway.conftest import OpenReader
from tests.gateway.rig import JOBS, deliver, fill, ids_of
from tests.servers import Server


async def _page(reader: RedisReader, limit: int, after: EntryId | None = None) -> Page:
    assert JOBS.group is not None
    return await reader.pending(JOBS.stream, JOBS.group, after, limit)


async def test_pages_follow_each_other_without_gaps(server: Server, open_reader: OpenReader) -> None:
    """Exclusive ranges exist on every supported version; the last page has nothing after it."""
    client = server.client()
    fill(client, JOBS, entries=25, read=25)
    reader = open_reader(server)
    ids: list[str] = []
    after = None
    for size in (10, 10, 5):
        page = await _page(reader, 10, after)
        assert len(page.rows) == size
        ids += [str(row.entry.id) for row in page.rows]
        after = page.next_after
    assert after is None
    assert [id.encode() for id in ids] == ids_of(client, JOBS)


async def test_a_full_last_page_is_followed_by_an_empty_one(redis70: Server, open_reader: OpenReader) -> None:
    """Whether there is more is only known by asking."""
    fill(redis70.client(), JOBS, entries=10, read=10)
    reader = open_reader(redis70)
    page = await _page(reader, 10)
    assert page.next_after is not None
    assert await _page(reader, 10, page.next_after) == Page((), None)


async def test_a_ghost_has_no_payload(server: Server, open_reader: OpenReader) -> None:
    """Trimmed away or deleted while pending: lost work, and shown as such."""
    client = server.client()
    fill(client, JOBS, entries=4, read=4)
    first, second, *_ = ids_of(client, JOBS)
    client.xtrim(JOBS.stream.raw, maxlen=3, approximate=False)
    client.xdel(JOBS.stream.raw, second)
    page = await _page(open_reader(server), 10)
    previews = {str(row.entry.id).encode(): row.preview for row in page.rows}
    assert len(previews) == 4
    assert [(previews[id].fields, previews[id].note) for id in (first, second)] == [(None, "gone")] * 2
    assert page.rows[3].preview.fields == ((b"payload", b"v"),)


async def test_values_are_clipped_and_their_size_is_told(redis70: Server, open_reader: OpenReader) -> None:
    """A line on the screen needs a few hundred bytes."""
    client = redis70.client()
    fill(client, JOBS, entries=0)
    client.xadd(JOBS.stream.raw, {b"n" * 600: b"v" * 5_000, "short": "v"})
    client.xadd(JOBS.stream.raw, {f"field{number}": "v" for number in range(70)})
    client.xreadgroup(str(JOBS.group), "w", {JOBS.stream.raw: ">"})
    rows = (await _page(open_reader(redis70), 10)).rows
    assert rows[0].preview.fields == ((b"n" * 512, b"v" * 512), (b"short", b"v"))
    assert (rows[0].preview.size, rows[0].preview.note) == (5_606, "")
    assert len(rows[1].preview.fields or ()) == 64
    assert rows[1].preview.note == "6 more fields"


async def test_a_page_has_at_most_a_thousand_rows_and_a_hundred_payloads(
    redis70: Server, open_reader: OpenReader
) -> None:
    """Whatever is asked for."""
    client = redis70.client()
    fill(client, JOBS, entries=1_200, read=1_200)
    client.config_resetstat()
    page = await _page(open_reader(redis70), 10**9)
    assert len(page.rows) == 1_000
    assert sum(row.preview.fields is not None for row in page.rows) == 100
    assert page.rows[100].preview.note == "not fetched"
    assert client.info("commandstats")["cmdstat_xrange"]["calls"] == 100
    assert len((await _page(open_reader(redis70), 0)).rows) == 1


@pytest.mark.parametrize("polled", [False, True])
async def test_large_payloads_stop_at_the_budget(redis70: Server, open_reader: OpenReader, polled: bool) -> None:
    """A hundred payloads of half a megabyte would be fifty megabytes for one screen."""
    client = redis70.client()
    fill(client, JOBS, entries=40, read=40, value=b"x" * 512 * 1024)
    reader = open_reader(redis70)
    if polled:
        await reader.poll(None)
    before = client.info("stats")["total_net_output_bytes"]
    page = await _page(reader, 40)
    sent = client.info("stats")["total_net_output_bytes"] - before
    assert sent < (2 if polled else 4) * previews.MOST_BYTES
    fetched = [row.preview.fields is not None for row in page.rows]
    assert fetched[0]
    assert sum(fetched) <= 4
    assert page.rows[-1].preview.note == "not fetched"


async def test_a_group_that_is_gone_is_a_failure(server: Server, open_reader: OpenReader) -> None:
    """Deleted, evicted or never there: all of them answer NOGROUP."""
    with pytest.raises(Failure) as caught:
        await open_reader(server).pending(Name.of("no:such"), Name.of("group"), None, 10)
    assert caught.value.trouble.fault == "gone"
    assert "no:such" in caught.value.trouble.sentence


async def test_one_consumers_entries_alone(server: Server, open_reader: OpenReader) -> None:
    """Every consumer has a list of its own, the nameless one too; nobody by a name holds nothing."""
    client = server.client()
    fill(client, JOBS, entries=9)
    assert JOBS.group is not None
    names = [b"w1", b"", b"\xff\x1b[2J"]
    for at in range(9):
        deliver(client, JOBS.stream.raw, JOBS.group.raw, names[at % 3], 1)
    reader = open_reader(server)
    for at, name in enumerate(names):
        pages = [await reader.pending(JOBS.stream, JOBS.group, None, 2, Name(name))]
        pages.append(await reader.pending(JOBS.stream, JOBS.group, pages[0].next_after, 2, Name(name)))
        rows = [row.entry for page in pages for row in page.rows]
        assert {row.consumer for row in rows} == {Name(name)}
        assert [str(row.id).encode() for row in rows] == ids_of(client, JOBS)[at::3]
        assert pages[1].next_after is None
    assert await reader.pending(JOBS.stream, JOBS.group, None, 10, Name.of("nobody")) == Page((), None)
