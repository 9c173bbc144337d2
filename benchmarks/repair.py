"""A requeue as the dashboard does it, against a bare loop of the same script, and against nothing but its calls."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import hiredis
from redis.asyncio import Redis

from benchmarks import measure, streams
from benchmarks.measure import Meter, Sample
from benchmarks.report import Report, ms
from maestro_tui.domain.plans import MOST_IDS
from maestro_tui.engine.session import Session
from maestro_tui.gateway.link import Command, Link
from maestro_tui.gateway.pending import MOST_ROWS
from tests.long.desk import everything, open_desk
from tests.long.numbered import KEY, Numbered, names
from tests.long.wire import Wire, packed
from tests.servers import HOST, Server

_ENTRIES: Final = 100_000
_QUICK: Final = 5_000
_READ_BYTES: Final = 65_536
# With 0, what a script does would be logged command by command, and we would measure the writing of that log.
_SLOW_US: Final = 100
_MOST_SLOW: Final = 10_000
# What a call begins with, before it comes to single entries: EVAL, the script, the keys, what is to be done.
_HEAD_WORDS: Final = 11
_HEAD: Final = (
    *("entries", "ours /s", "bare loop /s", "floor /s", "ours / bare loop", "ours / floor"),
    *("longest command ms", "batches after stop"),
)


def compare(*, quick: bool) -> Report:
    """Compare the three."""
    with streams.server() as server, tempfile.TemporaryDirectory(prefix="maestro-repair-") as folder:
        bench = _Bench(server, Numbered(_QUICK if quick else _ENTRIES), Path(folder) / "audit.jsonl")
        row = measure.run(partial(bench.compare, repeats=1 if quick else 5))
        return Report("repair", _HEAD, (row,), ("redis", "hiredis"), streams.told(server))


class _Bench:
    """The same entries, made anew before each turn."""

    def __init__(self, server: Server, numbered: Numbered, log: Path) -> None:
        self._server = server
        self._numbered = numbered
        self._log = log

    async def compare(self, meter: Meter, repeats: int) -> tuple[str, ...]:
        """Return the row of results."""
        calls, longest_ms = await self._look()
        works = {
            "ours": partial(self._turn, meter, self._ours),
            "loop": partial(self._turn, meter, partial(self._loop, calls[0][:_HEAD_WORDS])),
            "floor": partial(self._turn, meter, partial(self._floor, calls)),
        }
        taken = await measure.in_turns(works, repeats)
        if {sample.amount for sample in taken.values()} != {self._numbered.count}:
            raise RuntimeError(f"they did not move the same: {taken}")
        return (*self._spelled(taken), ms(longest_ms), str(await self._calls_after_stop()))

    def _spelled(self, taken: Mapping[str, Sample]) -> Sequence[str]:
        rates = {name: self._numbered.count / sample.wall_ms * 1000 for name, sample in taken.items()}
        ratios = (f"{rates['ours'] / rates[name]:.2f}x" for name in ("loop", "floor"))
        return (f"{self._numbered.count:,}", *(f"{rate:,.0f}" for rate in rates.values()), *ratios)

    async def _turn(self, meter: Meter, work: Callable[[Meter], Awaitable[Sample]]) -> Sample:
        """Measure one way to move everything; the amount is what the stream has more of in the end."""
        with Wire(self._server.port) as wire:
            self._fill(wire)
            sample = await work(meter)
            copies = int(wire.one("XLEN", KEY.stream.raw)) - self._numbered.count
        return Sample(sample.busy_ms, sample.longest_ms, sample.wall_ms, copies)

    def _fill(self, wire: Wire) -> None:
        wire.one("FLUSHALL")
        self._numbered.fill(wire)

    # -- the contenders

    async def _ours(self, meter: Meter) -> Sample:
        async with open_desk(self._server.port, self._log) as desk:
            return await meter.sample(partial(self._requeue, desk))

    async def _requeue(self, desk: Session) -> int:
        operation = desk.operations.submit(everything("requeue", self._numbered, _now_ms()))
        outcome = await operation.wait()
        # What becomes of the copies is not looked at: nobody reads them here.
        operation.stop()
        return outcome.counts.get("done", 0)

    async def _loop(self, head: Command, meter: Meter) -> Sample:
        """A requeue and nothing else: a page of the pending list, the script for each hundred of it, the next page."""
        client = Redis(host=HOST, port=self._server.port, protocol=2)
        # Their annotations know neither commands nor replies of bytes.
        run: Any = client.execute_command
        page: Any = client.xpending_range

        async def loop() -> int:
            stream, group = names()
            done, after = 0, "-"
            while rows := await page(stream, group, after, "+", MOST_ROWS):
                for start in range(0, len(rows), MOST_IDS):
                    seen = [word for row in rows[start : start + MOST_IDS] for word in row.values()]
                    answer = await run(*head, *seen)
                    done += answer.count(b"done")
                after = f"({rows[-1]['message_id'].decode()}"
            return done

        try:
            return await meter.sample(loop)
        finally:
            await client.aclose()

    async def _floor(self, calls: Sequence[Command], meter: Meter) -> Sample:
        """The floor for Python: bytes made beforehand, answers parsed and thrown away."""
        chunks = [packed(call) for call in calls]
        reader, writer = await asyncio.open_connection(HOST, self._server.port)

        async def loop() -> int:
            parser = hiredis.Reader()
            for chunk in chunks:
                writer.write(chunk)
                while parser.gets() is False:
                    parser.feed(await reader.read(_READ_BYTES))
            return len(chunks)

        try:
            return await meter.sample(loop)
        finally:
            writer.close()
            await writer.wait_closed()

    # -- looks at a run of ours

    async def _look(self) -> tuple[tuple[Command, ...], float]:
        """Return the calls that ours makes, and the longest command of the run by the server's own log, in ms."""
        with Wire(self._server.port) as wire:
            self._fill(wire)
            wire.ask(("CONFIG", "SET", "slowlog-max-len", _MOST_SLOW), ("CONFIG", "SET", "slowlog-log-slower-than", -1))
            wire.ask(("SLOWLOG", "RESET"), ("CONFIG", "SET", "slowlog-log-slower-than", _SLOW_US))
            with _recorded() as calls:
                async with open_desk(self._server.port, self._log) as desk:
                    await self._requeue(desk)
            wire.one("CONFIG", "SET", "slowlog-log-slower-than", -1)
            slow = wire.one("SLOWLOG", "GET", _MOST_SLOW)
        return tuple(calls), max(entry[2] for entry in slow) / 1000

    async def _calls_after_stop(self) -> int:
        """Return how many more calls are sent once the operator has said stop in the middle."""
        half = self._numbered.count // MOST_IDS // 2
        async with open_desk(self._server.port, self._log) as desk:
            with Wire(self._server.port) as wire, _recorded(half, lambda: operation.stop()) as calls:
                self._fill(wire)
                operation = desk.operations.submit(everything("requeue", self._numbered, _now_ms()))
                outcome = await operation.wait()
        if outcome.counts.get("done", 0) == self._numbered.count:
            raise RuntimeError("it did not stop")
        return len(calls) - half


@contextmanager
def _recorded(at: int = 0, act: Callable[[], None] = lambda: None) -> Iterator[list[Command]]:
    """Note the script calls that are sent, and act when that many are."""
    calls: list[Command] = []
    ask = Link.ask

    async def noting(link: Link, commands: Sequence[Command]) -> list[object]:
        before = len(calls)
        calls.extend(command for command in commands if command[0] == b"EVAL")
        if before < at <= len(calls):
            act()
        return await ask(link, commands)

    with patch.object(Link, "ask", noting):
        yield calls


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
