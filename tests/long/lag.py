"""The lag: streams are churned on real servers, and what the product shows is held against a count of every entry.

A sample is one group at one poll. A poll goes the product's own way: the gateway's reader, then `derive` with the
frame before. Nothing happens on the server between a poll and the count.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final
from unittest.mock import patch

from maestro_tui.domain import rows
from maestro_tui.domain.config import Address, Config
from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.limits import Limits, StreamLimits
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.proof import Proof
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import Count, Group, Stream, exact
from maestro_tui.domain.topology import Declared, Topology
from maestro_tui.gateway.read import RedisReader
from tests.long.churn import STUCK_MS, Churned
from tests.long.wire import Wire
from tests.long.workers import FORK
from tests.servers import HOST, Server

SAMPLES: Final = 100_000
"""Groups at polls, for each kind of server in a full run; otherwise a twentieth."""
A_PART: Final = 20

_GROUPS: Final = (6, 6, 5, 5)
_RESTARTS: Final = 0.003
_MOST_FAULTS: Final = 5
_LONG: Final = 100
_CONFIG: Final = ("appendonly yes", "appendfsync everysec", "auto-aof-rewrite-percentage 0")


@dataclass
class HandClock:
    """A second passes with each poll."""

    now_s: float = 0.0

    def wall_ms(self) -> int:
        """A time in 2020."""
        return 1_600_000_000_000

    def monotonic_s(self) -> float:
        """What the hand says."""
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        """Nobody waits."""
        self.now_s += seconds


@dataclass
class Tally:
    """What was shown, and how it compares with the truth."""

    samples: int = 0
    polls: int = 0
    restarts: int = 0
    shown: Counter[str] = field(default_factory=Counter)
    long_shown: Counter[str] = field(default_factory=Counter)
    server: Counter[str] = field(default_factory=Counter)
    others: dict[str, Counter[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def run(kinds: Sequence[str], seed: int, *, full: bool, folder: Path, unguarded: bool = False) -> Iterator[str]:
    """Churn on each kind of server, and say how what was shown compares; `unguarded` believes the server's lag."""
    del folder
    wanted = SAMPLES if full else SAMPLES // A_PART
    yield f"{wanted:,} samples for each kind of server: a group at a poll, against every entry counted by XRANGE"
    one = partial(_of_kind, wanted=wanted, seed=seed, unguarded=unguarded)
    with ProcessPoolExecutor(len(kinds), mp_context=FORK) as pool:
        for server, tally in pool.map(one, kinds):
            yield from _told(server, tally)


def _of_kind(kind: str, *, wanted: int, seed: int, unguarded: bool) -> tuple[str, Tally]:
    """Play on a server of one kind, in a process of its own; return what it calls itself, and what was found."""
    replaced = patch.object(rows, "lag_of", _believing) if unguarded else nullcontext()
    with Server(kind, config=_CONFIG) as server, replaced:
        tally = asyncio.run(Scene(server, f"{seed}/{kind}").play(wanted))
        return f"{kind} ({server.binary.version})", tally


def _believing(stream: Stream, group: Group, proof: Proof | None = None) -> Count:
    """Say what the server says, as if it could not be wrong; where it says nothing, what we would say."""
    from maestro_tui.domain.lag import lag_of

    return lag_of(stream, group, proof) if group.server_lag is None else exact(group.server_lag)


class Scene:
    """A server whose streams are churned, and the product looking at it."""

    def __init__(self, server: Server, seed: str) -> None:
        self._server = server
        self._seed = seed
        self._dice = random.Random(seed)
        self._streams = [
            Churned(f"s{at}".encode(), tuple(f"g{n}".encode() for n in range(groups)), self._dice, server.kind)
            for at, groups in enumerate(_GROUPS)
        ]
        declared = (
            Declared(f"{one.name.decode()}{group.decode()}", Name(one.name), Name(group))
            for one in self._streams
            for group in one.groups
        )
        self._topology = Topology(tuple(declared), None)
        self._limits = Limits(default=StreamLimits(stuck_after_ms=STUCK_MS))
        self.tally = Tally()

    async def play(self, wanted: int) -> Tally:
        """Churn, poll and compare until there are as many samples as wanted."""
        clock = HandClock()
        reader = RedisReader(Config(Address(HOST, self._server.port), topology=self._topology), clock)
        wire, frame = Wire(self._server.port), None
        try:
            self._begin(wire)
            while self.tally.samples < wanted:
                if self._dice.random() < _RESTARTS:
                    wire = self._restart(wire)
                for stream in self._streams:
                    stream.churn(wire)
                clock.now_s += 1
                frame = derive(frame, await reader.poll(None), self._limits, self._topology)
                self.tally.polls += 1
                self._compare(frame, wire)
        finally:
            wire.close()
            await reader.close()
        return self.tally

    def _begin(self, wire: Wire) -> None:
        for stream in self._streams:
            for group in stream.groups:
                wire.one("XGROUP", "CREATE", stream.name, group, "0", "MKSTREAM")

    def _restart(self, wire: Wire) -> Wire:
        wire.close()
        if self._dice.random() < 0.5:
            self._server.kill()
            self._server.start()
        else:
            self._server.restart()
        self.tally.restarts += 1
        return Wire(self._server.port)

    def _compare(self, frame: Frame, wire: Wire) -> None:
        asked = [stream.looks() for stream in self._streams]
        replies = iter(wire.ask(*(command for commands in asked for command in commands)))
        for stream, commands in zip(self._streams, asked, strict=True):
            stream.take([next(replies) for _ in commands])
            for group in stream.delivered:
                row = frame.row(Key(Name(stream.name), Name(group)))
                self.tally.samples += 1
                if row is None or row.group is None:
                    self._fault(stream, group, "the row is missing")
                else:
                    self._sample(row, stream, group)

    def _sample(self, row: Row, stream: Churned, group: bytes) -> None:
        position, listed = stream.delivered[group], stream.pending[group]
        truth = stream.lag(position)
        self._judge(row.lag, truth, "lag", stream, group)
        self.tally.shown[_kind(row.lag)] += 1
        if truth > _LONG:
            self.tally.long_shown[_kind(row.lag)] += 1
        told = None if row.group is None else row.group.server_lag
        self.tally.server["nil" if told is None else "right" if told == truth else "wrong"] += 1
        if told is not None and told != truth:
            self.tally.server["shown " + _kind(row.lag)] += 1
        ghosts = sum(id not in stream.here for id, *_ in listed)
        stuck = sum(idle >= STUCK_MS for _, _, idle, _ in listed)
        for what, shown, right in (
            ("lost", row.lost, stream.lost(position)),
            ("ghosts", row.pending.ghosts, ghosts),
            ("stuck", row.pending.stuck, stuck),
        ):
            self._judge(shown, right, what, stream, group)
            self.tally.others.setdefault(what, Counter())[_kind(shown)] += 1

    def _judge(self, shown: Count, truth: int, what: str, stream: Churned, group: bytes) -> None:
        value = -1 if shown.value is None else shown.value
        match shown.kind:
            case "exact":
                right = value == truth
            case "upper_bound":
                right = value >= truth
            case "lower_bound":
                right = value <= truth
            case _:
                return
        if not right:
            self._fault(stream, group, f"{what} shown {shown.kind} {value}, is {truth}")

    def _fault(self, stream: Churned, group: bytes, what: str) -> None:
        where = f"{stream.name.decode()} {group.decode()} ({stream.mood})"
        self.tally.faults.append(f"seed {self._seed}, poll {self.tally.polls}, {where}: {what}")


def _kind(count: Count) -> str:
    return {"upper_bound": "bound", "lower_bound": "bound"}.get(count.kind, count.kind)


def _told(server: str, tally: Tally) -> Iterator[str]:
    """Say what was found on one server."""
    long = sum(tally.long_shown.values())
    yield f"{server}: {tally.samples:,} samples in {tally.polls:,} polls, {tally.restarts} restarts"
    yield f"  lag shown: {_shares(tally.shown)}; of {long:,} above {_LONG}: {_shares(tally.long_shown)}"
    told, wrong = tally.server, tally.server["wrong"]
    how = ", ".join(f"{told['shown ' + kind]:,} {kind}" for kind in ("exact", "bound", "estimate", "unknown"))
    yield (
        f"  the server's own lag: {_share(wrong, tally.samples)} wrong, {_share(told['nil'], tally.samples)} nil;"
        f" where it was wrong we showed {how} (the exact ones right)"
    )
    for what, shown in tally.others.items():
        yield f"  {what} shown: {_shares(shown)}"
    if tally.faults:
        yield f"  FAILED: {len(tally.faults)} wrong"
        yield from (f"  FAILED: {fault}" for fault in tally.faults[:_MOST_FAULTS])
    else:
        yield "  shown exact and wrong 0, bounds that do not hold 0"


def _shares(counter: Counter[str]) -> str:
    total = sum(counter.values())
    return ", ".join(f"{kind} {_share(counter[kind], total)}" for kind in ("exact", "bound", "estimate", "unknown"))


def _share(part: int, total: int) -> str:
    return f"{100 * part / max(total, 1):.2f} %"
