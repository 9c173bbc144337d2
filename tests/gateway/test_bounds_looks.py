"""What looks at entries and long pending pages may cost: commands, COUNTs and bytes, as the server saw them."""

from typing import Any

import pytest
import redis

from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.snapshot import Count, Look, exact
from maestro_tui.gateway import details, link, looks
from tests.gateway.conftest import OpenReader
from tests.gateway.rig import JOBS, config_of, declaring, deliver, fill, group_of, monitored, stream_of
from tests.servers import Server

STREAM = JOBS.stream.raw
GROUP = JOBS.group.raw if JOBS.group else b""
TOPOLOGY = declaring(STREAM, group=GROUP.decode())


def _looks(commands: list[str]) -> list[str]:
    """The looks: their bounds and COUNT, without the stream."""
    return [command.split(" ", 2)[2] for command in commands if command.startswith("XRANGE")]


def _counts(commands: list[str], word: str) -> dict[str, int]:
    """The COUNT of the last such command for each stream."""
    return {one.split()[1]: int(one.split()[-1]) for one in commands if one.startswith(word)}


def _make(client: redis.Redis, name: str, *, entries: int, read: int, value: bytes = b"v") -> None:
    """A stream with one group that has read, and acknowledged nothing."""
    client.xgroup_create(name, "g", "0", mkstream=True)
    with client.pipeline(transaction=False) as pipe:
        for _ in range(entries):
            pipe.xadd(name, {b"payload": value})
        pipe.execute()
    if read:
        deliver(client, name.encode(), b"g", b"w", read)


def _at(client: redis.Redis, place: int) -> str:
    """The ID of the entry at a place, counted from 1."""
    run: Any = client.xrange
    return str(run(STREAM, count=place)[-1][0].decode())


class Faces:
    """Frames, one after the other, as a face would get them."""

    def __init__(self) -> None:
        self._frame: Frame | None = None

    def lag(self, seen: Any) -> Count:  # noqa: ANN401 - a snapshot
        """Return the lag that a face shows."""
        self._frame = derive(self._frame, seen, Limits(), TOPOLOGY)
        row = self._frame.row(JOBS.key)
        assert row is not None
        return row.lag


async def test_a_lag_is_counted_once_and_then_kept(redis70: Server, open_reader: OpenReader) -> None:
    """A first short look, as the middle may hold larger entries than the ends; then the rest; then nothing more."""
    client, faces = redis70.client(), Faces()
    fill(client, JOBS, entries=600, read=480)
    reader = open_reader(config_of(redis70, topology=TOPOLOGY))
    ends = [_at(client, place) for place in (480, 505, 600)]
    first, reached, last = ends
    shown: list[Count] = []
    for wanted in (
        [f"({first} {last} COUNT 25"],
        [f"({first} {last} COUNT 1", f"({reached} {last} COUNT 100"],
        [f"({first} {last} COUNT 1"],
    ):
        with monitored(redis70) as commands:
            shown.append(faces.lag(await reader.poll(None)))
        assert _looks(commands) == wanted
    assert shown == [Count(120, "estimate"), exact(120), exact(120)]


async def test_what_came_and_what_was_read_since_is_looked_at_and_no_more(
    redis70: Server, open_reader: OpenReader
) -> None:
    client, faces = redis70.client(), Faces()
    fill(client, JOBS, entries=300, read=100)
    reader = open_reader(config_of(redis70, topology=TOPOLOGY))
    for _ in range(4):
        shown = faces.lag(await reader.poll(None))
    assert shown == exact(200)
    deliver(client, STREAM, GROUP, b"worker-1", 30)
    client.xtrim(STREAM, maxlen=280, approximate=False)
    client.xadd(STREAM, {"f": "v"})
    run: Any = client.xrange
    ids = [id.decode() for id, _ in run(STREAM)]
    with monitored(redis70) as commands:
        shown = faces.lag(await reader.poll(None))
    assert shown == exact(171)
    assert _looks(commands) == [f"({ids[109]} {ids[-1]} COUNT 1", f"({ids[79]} {ids[109]} COUNT 100"]
    # Whether anything left in between is seen by the stream's own counters, after the looks.
    assert [command for command in commands if command.startswith("XINFO STREAM")][1:] != []


async def test_a_group_that_reads_hundreds_between_two_polls(redis70: Server, open_reader: OpenReader) -> None:
    """No look at what it passed keeps up with it; what waits is few, and is counted."""
    client, faces = redis70.client(), Faces()
    fill(client, JOBS, entries=400, read=390)
    reader = open_reader(config_of(redis70, topology=TOPOLOGY))
    faces.lag(await reader.poll(None))
    for _ in range(3):
        with client.pipeline(transaction=False) as pipe:
            for _ in range(300):
                pipe.xadd(STREAM, {"f": "v"})
            pipe.execute()
        deliver(client, STREAM, GROUP, b"worker-1", 300)
        with monitored(redis70) as commands:
            assert faces.lag(await reader.poll(None)) == exact(10)
        assert len(_looks(commands)) == 1


async def test_the_shorter_side_is_counted(server: Server, open_reader: OpenReader) -> None:
    """With few entries behind the group and very many ahead, those behind tell the lag, on every server."""
    client, faces = server.client(), Faces()
    fill(client, JOBS, entries=4_000, read=20)
    reader = open_reader(config_of(server, topology=TOPOLOGY))
    with monitored(server) as commands:
        seen = await reader.poll(None)
    assert faces.lag(seen) == exact(3_980)
    assert group_of(seen, JOBS).behind == Look(20, complete=True, last=group_of(seen, JOBS).last_delivered)
    assert max(int(look.split()[-1]) for look in _looks(commands)) <= looks.MOST


@pytest.mark.parametrize("spoil", ["XDEL", "XTRIM", "XADD"])
async def test_what_leaves_between_two_rounds_spoils_no_number(
    redis70: Server, open_reader: OpenReader, monkeypatch: pytest.MonkeyPatch, spoil: str
) -> None:
    """The length is of the first round and the entries behind are counted in the third."""
    client = redis70.client()
    fill(client, JOBS, entries=4_000, read=20)
    ask = link.Link.ask

    async def meddling(self: link.Link, commands: list[link.Command]) -> list[object]:
        if commands[0][0] == b"XRANGE":
            match spoil:
                case "XDEL":
                    client.xdel(STREAM, _at(client, 7))
                case "XTRIM":
                    client.xtrim(STREAM, maxlen=3_990, approximate=False)
                case _:
                    client.xadd(STREAM, {"f": "v"})
        return await ask(self, commands)

    monkeypatch.setattr(link.Link, "ask", meddling)
    seen = await open_reader(config_of(redis70, topology=TOPOLOGY)).poll(None)
    if spoil == "XADD":
        assert Faces().lag(seen) == exact(3_980)
    else:
        assert group_of(seen, JOBS).behind is None
        assert Faces().lag(seen).kind == "estimate"


async def test_the_budget_of_looks_goes_to_the_focus_and_to_what_is_declared(
    redis70: Server, open_reader: OpenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "LOOKS_A_POLL", 2)
    client = redis70.client()
    names = [f"s{number}" for number in range(6)]
    for name in names:
        _make(client, name, entries=50, read=20)
    reader = open_reader(config_of(redis70, topology=declaring("s4", discover="s*")))
    with monitored(redis70) as commands:
        await reader.poll(Key(Name.of("s2"), Name.of("g")))
    counts = _counts(commands, "XRANGE")
    assert {name: count > 1 for name, count in counts.items()} == {name: name in ("s2", "s4") for name in names}


async def test_many_groups_at_once_stay_within_the_budget(redis70: Server, open_reader: OpenReader) -> None:
    """Sixty groups whose lag is not known: forty looks at more than one entry, the others at the first alone."""
    client = redis70.client()
    names = [f"s{number:02}" for number in range(60)]
    for name in names:
        _make(client, name, entries=50, read=20)
    reader = open_reader(config_of(redis70, topology=declaring(*names)))
    with monitored(redis70) as commands:
        await reader.poll(None)
    counts = list(_counts(commands, "XRANGE").values())
    assert (len(counts), sum(count > 1 for count in counts)) == (60, looks.LOOKS_A_POLL)


async def test_the_bytes_of_a_polls_looks_are_bounded(redis70: Server, open_reader: OpenReader) -> None:
    """Ten streams of 10 KB entries: nowhere near a hundred entries each."""
    client = redis70.client()
    names = [f"s{number}" for number in range(10)]
    for name in names:
        _make(client, name, entries=60, read=20, value=b"x" * 10_000)
    reader = open_reader(config_of(redis70, topology=declaring(*names)))
    ends = 10 * 2 * 10_000
    for _ in range(3):
        before = client.info("stats")["total_net_output_bytes"]
        with monitored(redis70) as commands:
            await reader.poll(None)
        counts = _counts(commands, "XRANGE")
        assert len(counts) == 10
        looked = sum(int(look.split()[-1]) for look in _looks(commands)) * 10_000
        assert looked <= looks.BYTES_A_POLL + 10 * 10_000
        again = sum(command.startswith("XINFO STREAM") for command in commands) - 10
        output = client.info("stats")["total_net_output_bytes"] - before
        assert output < ends + looked + again * 20_000 + 100_000


async def test_a_heavy_stream_is_never_looked_into(redis70: Server, open_reader: OpenReader) -> None:
    client = redis70.client()
    fill(client, JOBS, entries=3, read=1, value=b"x" * 100_000)
    reader = open_reader(config_of(redis70, topology=TOPOLOGY))
    with monitored(redis70) as commands:
        for _ in range(3):
            seen = await reader.poll(None)
    assert stream_of(seen, JOBS).heavy
    assert _looks(commands) == []


async def test_where_the_ends_tell_nothing_is_counted(redis70: Server, open_reader: OpenReader) -> None:
    """Nothing read, one read, all read."""
    client = redis70.client()
    for name, read in (("none", 0), ("one", 1), ("all", 40)):
        _make(client, name, entries=40, read=read)
    reader = open_reader(config_of(redis70, topology=declaring("none", "one", "all")))
    with monitored(redis70) as commands:
        await reader.poll(None)
    assert _counts(commands, "XRANGE") == {"one": 1}


async def test_a_pending_list_is_read_whole_up_to_a_thousand(server: Server, open_reader: OpenReader) -> None:
    client = server.client()
    fill(client, JOBS, entries=1_100, read=204)
    reader = open_reader(config_of(server, topology=TOPOLOGY))
    for more, rows, complete in ((0, 204, True), (790, 994, True), (50, 100, False)):
        if more:
            deliver(client, STREAM, GROUP, b"worker-1", more)
            # The page's length goes by what the poll before has seen.
            await reader.poll(None)
        with monitored(server) as commands:
            page = group_of(await reader.poll(None), JOBS).page
        assert page is not None
        assert (len(page.entries), page.complete) == (rows, complete)
        assert rows <= _counts(commands, "XPENDING")[STREAM.decode()] <= details.MOST_ROWS


async def test_the_rows_of_long_pages_are_on_a_budget(redis70: Server, open_reader: OpenReader) -> None:
    """Five groups of 700 pending entries each: what is declared and the focus first."""
    client = redis70.client()
    names = [f"s{number}" for number in range(6)]
    for name in names:
        _make(client, name, entries=700, read=700)
    reader = open_reader(config_of(redis70, topology=declaring("s5", discover="s*")))
    focus = Key(Name.of("s3"), Name.of("g"))
    for _ in range(2):
        with monitored(redis70) as commands:
            await reader.poll(focus)
        counts = _counts(commands, "XPENDING")
        assert len(counts) == 6
        long = {name for name, count in counts.items() if count > details.PAGE}
        assert long >= {"s3", "s5"}
        assert len(long) == 4
        assert sum(counts[name] for name in long) <= details.ROWS_A_POLL
