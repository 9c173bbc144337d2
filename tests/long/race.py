"""The race: entries are requeued while workers acknowledge and claim them; none may be worked twice, none be lost."""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from maestro_tui.domain.outcomes import Outcome
from tests.long import books
from tests.long.books import Books
from tests.long.desk import everything, open_desk
from tests.long.numbered import Numbered
from tests.long.wire import Wire
from tests.long.workers import FORK, HABITS, Crowd
from tests.servers import Server

FULL: Final = 1_000_000
"""Entries for each kind of server in a full run; otherwise a twentieth."""
A_PART: Final = 20
ROUND: Final = 250_000


@dataclass(frozen=True, slots=True)
class Round:
    """One race on one server: who got what, and what is wrong."""

    entries: int
    places: Mapping[str, int]
    left_alone: Mapping[str, int]
    faults: tuple[str, ...]
    took_s: float


def run(kinds: Sequence[str], seed: int, *, full: bool, folder: Path, unguarded: bool = False) -> Iterator[str]:
    """Race on each kind of server and say what came of it, a line each; a line with `FAILED` where something is."""
    wanted = FULL if full else FULL // A_PART
    yield f"{wanted:,} entries for each kind of server, requeued in batches while {len(HABITS)} workers acknowledge"
    for kind in kinds:
        with Server(kind) as server:
            rounds = []
            for number, first in enumerate(range(0, wanted, ROUND)):
                count = min(ROUND, wanted - first)
                rounds.append(race(server, count, f"{seed}/{kind}/{number}", folder, unguarded=unguarded))
            yield _told(f"{kind} ({server.binary.version})", rounds)


def race(server: Server, count: int, seed: str, folder: Path, *, unguarded: bool = False) -> Round:
    """Requeue this many entries on an empty server while workers get in the way."""
    numbered = Numbered(count)
    with Wire(server.port) as wire:
        wire.one("FLUSHALL")
        numbered.fill(wire)
        crowd = Crowd(server.port, numbered, seed)
        try:
            took_s, outcome = _as_process(server.port, numbered, folder / "audit.jsonl", unguarded=unguarded)
            acknowledged = crowd.acknowledged()
        finally:
            crowd.end()
        found = books.read(wire, numbered)
    for times in acknowledged:
        found.add("acked by a worker", times)
    return Round(count, _places(found), _left_alone(outcome), _faults(found, outcome), took_s)


def _as_process(port: int, numbered: Numbered, log: Path, *, unguarded: bool) -> tuple[float, Outcome]:
    """Requeue in a process of its own, as the program does; this one, which makes workers, must have no threads."""

    def work() -> None:
        theirs.send(asyncio.run(_requeue(port, numbered, log, unguarded=unguarded)))

    mine, theirs = FORK.Pipe(duplex=False)
    process = FORK.Process(target=work, daemon=True)
    process.start()
    theirs.close()
    answer: tuple[float, Outcome] = mine.recv()
    process.join()
    return answer


async def _requeue(port: int, numbered: Numbered, log: Path, *, unguarded: bool) -> tuple[float, Outcome]:
    async with open_desk(port, log, unguarded=unguarded) as desk:
        operation = desk.operations.submit(everything("requeue", numbered, time.time_ns() // 1_000_000))
        began = time.monotonic()
        outcome = await operation.wait()
        took_s = time.monotonic() - began
        # What the copies become is no part of this: nobody reads them.
        operation.stop()
        return took_s, outcome


def _places(found: Books) -> Mapping[str, int]:
    return {place: found.total(place) for place in found.places}


def _left_alone(outcome: Outcome) -> Mapping[str, int]:
    return {word: count for word, count in outcome.counts.items() if word != "done"}


def _faults(found: Books, outcome: Outcome) -> tuple[str, ...]:
    """Name what is wrong with the entries, and where the outcome does not say what happened."""
    faults = found.faults
    if outcome.trouble is not None:
        faults.append(f"trouble: {outcome.trouble}")
    if outcome.counts.get("done", 0) != found.total("copied"):
        faults.append(f"the outcome tells of {outcome.counts.get('done', 0)} copies")
    return tuple(faults)


def _told(server: str, rounds: Sequence[Round]) -> str:
    """Sum the rounds of a server up in a line."""
    entries, took_s = sum(one.entries for one in rounds), sum(one.took_s for one in rounds)
    places, left = _sum(one.places for one in rounds), _sum(one.left_alone for one in rounds)
    faults = [fault for one in rounds for fault in one.faults]
    parts = [f"{server}: {entries:,} entries", *(f"{count:,} {place}" for place, count in places.items())]
    parts.append("found no longer fitting: " + (", ".join(f"{count:,} {word}" for word, count in left.items()) or "0"))
    parts.append(f"{entries / took_s:,.0f}/s")
    parts.append("FAILED: " + "; ".join(faults) if faults else "duplicates 0, lost 0, altered 0")
    return " | ".join(parts)


def _sum(parts: Iterator[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for name, count in part.items():
            total[name] = total.get(name, 0) + count
    return total
