"""Our poll against the same commands sent by a bare redis-py pipeline, and by nothing but hiredis on a socket."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final
from unittest.mock import patch

import hiredis
from redis.asyncio import Redis

from benchmarks import measure, streams
from benchmarks.measure import Meter
from benchmarks.report import Report, ms, times
from maestro_tui.domain.config import Address, Config
from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.limits import MAESTRO_LIMITS
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.topology import Topology
from maestro_tui.engine.clock import SystemClock
from maestro_tui.gateway.link import Command, Link
from maestro_tui.gateway.read import RedisReader
from tests.servers import HOST, Server

_SIZES: Final = (4, 100, 1_000)
_GROUPS: Final = 2
# The first poll meets the server and finds the streams, the next ones learn of all groups in turn.
_WARM_UP: Final = 4
_READ_BYTES: Final = 65_536
_HEAD: Final = (
    *("streams", "commands a poll", "ours ms", "redis-py ms", "hiredis ms"),
    *("ours / redis-py", "ours / hiredis", "ours, by the clock ms", "ours, longest stall ms", "frame ms"),
)
# Not every poll looks at as many entries as the one before.
_ALIKE: Final = 1.01
Chunk = Sequence[Command]


class _Pipeline:
    """redis-py as one would use it: a pipeline for each chunk, replies turned into its own types."""

    def __init__(self, client: Redis, chunks: Sequence[Chunk]) -> None:
        self._client = client
        self._chunks = chunks

    async def poll(self) -> int:
        """Send everything and return the number of replies."""
        count = 0
        for chunk in self._chunks:
            pipeline = self._client.pipeline(transaction=False)
            for command in chunk:
                name, rest, options = _as_redis_py(command)
                pipeline.execute_command(name, *rest, **options)
            count += len(await pipeline.execute())
        return count


class _Floor:
    """As little as Python can do: bytes made beforehand, replies parsed by hiredis and thrown away."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, chunks: Sequence[Chunk]) -> None:
        self._reader = reader
        self._writer = writer
        self._chunks = [(b"".join(map(_packed, chunk)), len(chunk)) for chunk in chunks]

    async def poll(self) -> int:
        """Send everything and return the number of replies."""
        parser, count = hiredis.Reader(), 0
        for packed, wanted in self._chunks:
            self._writer.write(packed)
            left = wanted
            while left:
                if parser.gets() is not False:
                    left -= 1
                    continue
                parser.feed(await self._reader.read(_READ_BYTES))
            count += wanted
        return count

    async def close(self) -> None:
        """Hang up."""
        self._writer.close()
        await self._writer.wait_closed()


class _Frames:
    """What is made of a poll on the same event loop: rates, states and findings."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._frame: Frame | None = None

    async def derive(self) -> int:
        """Make the next frame and return the number of rows."""
        self._frame = derive(self._frame, self._snapshot, MAESTRO_LIMITS, Topology(()))
        return len(self._frame.rows)


def compare(*, quick: bool) -> Report:
    """Compare the three."""
    sizes, repeats = (_SIZES[:1], 3) if quick else (_SIZES, 15)
    with streams.server() as server:
        rows = tuple(_compared(server, size, repeats) for size in sizes)
        return Report("poll", _HEAD, rows, ("redis", "hiredis"), streams.told(server))


def _compared(server: Server, size: int, repeats: int) -> tuple[str, ...]:
    streams.fill(server, tuple(streams.keys(size, _GROUPS)))
    return measure.run(partial(_compare, server=server, size=size, repeats=repeats))


async def _compare(meter: Meter, server: Server, size: int, repeats: int) -> tuple[str, ...]:
    reader = RedisReader(Config(Address(HOST, server.port), topology=Topology(())), SystemClock())
    for _ in range(_WARM_UP):
        await reader.poll(None)
    with _recorded() as chunks:
        snapshot = await reader.poll(None)
    if len(snapshot.streams) != size or snapshot.cost.commands != sum(map(len, chunks)):
        raise RuntimeError("the poll did not see what is there")

    async def ours() -> int:
        return (await reader.poll(None)).cost.commands

    client = Redis(host=HOST, port=server.port, protocol=2)
    floor = _Floor(*await asyncio.open_connection(HOST, server.port), chunks)
    works = {"ours": ours, "redis-py": _Pipeline(client, chunks).poll, "hiredis": floor.poll}
    turns = {name: partial(meter.sample, work) for name, work in works.items()}
    taken = await measure.in_turns(turns | {"frame": partial(meter.sample, _Frames(snapshot).derive)}, repeats)
    await asyncio.gather(reader.close(), client.aclose(), floor.close())
    sent = [taken[name].amount for name in works]
    if max(sent) > min(sent) * _ALIKE:
        raise RuntimeError(f"they did not send the same: {taken}")
    return _spelled(size, taken)


def _spelled(size: int, taken: dict[str, measure.Sample]) -> tuple[str, ...]:
    ours, pipeline, floor = taken["ours"], taken["redis-py"], taken["hiredis"]
    busy = (ours.busy_ms, pipeline.busy_ms, floor.busy_ms)
    frame = taken["frame"].busy_ms
    ratios = (times(busy[0], busy[1]), times(busy[0], busy[2]))
    return (f"{size:,}", f"{ours.amount:,}", *map(ms, busy), *ratios, ms(ours.wall_ms), ms(ours.longest_ms), ms(frame))


@contextmanager
def _recorded() -> Iterator[list[Chunk]]:
    """Note what is sent, chunk by chunk."""
    chunks: list[Chunk] = []
    ask = Link.ask

    async def noting(link: Link, commands: Chunk) -> list[object]:
        chunks.append(tuple(commands))
        return await ask(link, commands)

    with patch.object(Link, "ask", noting):
        yield chunks


def _packed(command: Command) -> bytes:
    # Its annotation knows only commands of a single word.
    packed: bytes = hiredis.pack_command(command)  # type: ignore[arg-type]
    return packed


def _as_redis_py(command: Command) -> tuple[str, tuple[bytes, ...], dict[str, Any]]:
    """Name a command as redis-py's own methods do, since that decides how it parses the reply."""
    words = 2 if command[0] == b"XINFO" else 1
    name = b" ".join(command[:words]).decode()
    return name, command[words:], {"parse_detail": True} if name == "XPENDING" else {}
