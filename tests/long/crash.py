"""The crash: we, or the server, are killed in the middle of a move; every entry must still be in one place, once.

SIGKILL of a process takes nothing from it that the kernel already has. So `appendfsync always` and `everysec` differ
here in one thing: with the latter the server may put a write off while the disk is busy, and lose what it has answered.
What is then lost is moves as a whole: the entries are pending again, once.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice, product
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Final, Literal

from tests.long import books, record
from tests.long.desk import DEAD, everything, open_desk
from tests.long.numbered import Numbered
from tests.long.persistent import Fsync, PersistentServer
from tests.long.wire import Wire
from tests.long.workers import FORK

Victim = Literal["us", "server"]
Verb = Literal["requeue", "dead-letter"]

MOMENTS: Final = 200
"""Kills of each victim during each verb in a full run; otherwise a twentieth."""
A_PART: Final = 20
ENTRIES: Final = 2_500

_VICTIMS: Final[tuple[Victim, ...]] = ("us", "server")
_VERBS: Final[tuple[Verb, ...]] = ("requeue", "dead-letter")
_FSYNCS: Final[tuple[Fsync, ...]] = ("always", "everysec")
_MOST_TOO_LATE: Final = 30
_ENDS_WITHIN_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Case:
    """What is killed during what, and how the server writes."""

    victim: Victim
    verb: Verb
    fsync: Fsync


@dataclass(slots=True)
class Tally:
    """What was found after the moments of one victim and one verb."""

    moments: int = 0
    found: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def run(kinds: Sequence[str], seed: int, *, full: bool, folder: Path, unguarded: bool = False) -> Iterator[str]:
    """Kill at random moments on all kinds of servers, and say what came of it, a line for each victim and verb."""
    wanted = MOMENTS if full else MOMENTS // A_PART
    tallies = {pair: Tally() for pair in product(_VICTIMS, _VERBS)}
    yield f"{wanted} moments for each victim and verb, over {len(kinds)} kinds of server; {ENTRIES:,} entries each time"
    yield f"append-only file on, appendfsync {' and '.join(_FSYNCS)} in turns"
    share = Counter(islice(cycle(kinds), wanted))
    for kind, moments in share.items():
        with PersistentServer(kind) as server:
            yield f"{kind} ({server.server.binary.version}): {moments} moments each"
            scene = Scene(server, random.Random(f"{seed}/{kind}"), folder, unguarded)
            for victim, verb in tallies:
                if unguarded and any(tally.faults for tally in tallies.values()):
                    # What was to be shown is shown.
                    break
                scene.kill_often(victim, verb, moments, tallies[victim, verb])
    yield from (_told(victim, verb, tally) for (victim, verb), tally in tallies.items())


class Scene:
    """A server on which moves are interrupted."""

    def __init__(self, server: PersistentServer, dice: random.Random, folder: Path, unguarded: bool) -> None:
        self._server = server
        self._dice = dice
        self._folder = folder
        self._unguarded = unguarded
        self._numbered = Numbered(ENTRIES)
        self._takes_s: dict[tuple[Verb, Fsync], float] = {}

    def kill_often(self, victim: Victim, verb: Verb, moments: int, tally: Tally) -> None:
        """Interrupt that many moves; one that had ended before the kill is done again."""
        for number in range(moments):
            if self._unguarded and tally.faults:
                return
            case = Case(victim, verb, _FSYNCS[number % 2])
            for _ in range(_MOST_TOO_LATE):
                if self._moment(case, tally):
                    break
            else:
                tally.faults.append(f"{case}: always too late")

    def _moment(self, case: Case, tally: Tally) -> bool:
        """Interrupt one move and look; return whether the kill came in time."""
        takes_s = self._takes(case.verb, case.fsync)
        log = self._folder / "audit.jsonl"
        log.unlink(missing_ok=True)
        self._server.fill(self._numbered, case.fsync)
        self._kill(case, log, self._dice.uniform(0, takes_s))
        with Wire(self._server.server.port) as wire:
            found = books.read(wire, self._numbered, DEAD.raw)
        told = record.read(log)
        moved = found.total("copied") + found.total("dead")
        if told.word == "done" and moved == ENTRIES:
            return False
        tally.moments += 1
        tally.found["none moved" if not moved else "all moved" if moved == ENTRIES else "some moved"] += 1
        tally.told[told.word] += 1
        died, durable = case.victim == "server", case.fsync == "always"
        faults = [*found.faults, *record.faults(told, found, server_died=died, durable=durable)]
        tally.faults += [f"{case.victim} killed during {case.verb}, {case.fsync}: {fault}" for fault in faults]
        return True

    def _kill(self, case: Case, log: Path, after_s: float) -> None:
        """Begin the move in a process, kill it or the server after a while, and have the server there afterwards."""
        process = self._begin(case.verb, log)
        time.sleep(after_s)
        if case.victim == "us":
            process.kill()
            process.join()
            self._server.wait_until_alone()
            return
        self._server.kill()
        process.join(_ENDS_WITHIN_S)
        if process.exitcode is None:
            process.kill()
            raise RuntimeError("it does not end once the server is gone")
        self._server.start()

    def _begin(self, verb: Verb, log: Path) -> ForkProcess:
        """Return the process that moves, at the moment at which it begins to."""
        mine, theirs = FORK.Pipe()
        process = FORK.Process(target=self._as_process, args=(verb, log, theirs), daemon=True)
        process.start()
        theirs.close()
        mine.recv_bytes()
        mine.send_bytes(b"go")
        mine.close()
        return process

    def _as_process(self, verb: Verb, log: Path, parent: Connection) -> None:
        asyncio.run(self._move(verb, log, parent))

    async def _move(self, verb: Verb, log: Path, parent: Connection) -> None:
        async with open_desk(self._server.server.port, log, unguarded=self._unguarded) as desk:
            parent.send_bytes(b"ready")
            parent.recv_bytes()
            operation = desk.operations.submit(everything(verb, self._numbered, time.time_ns() // 1_000_000))
            await operation.wait()
            operation.stop()

    def _takes(self, verb: Verb, fsync: Fsync) -> float:
        """Return how long a move takes that nothing interrupts: within this time the moments are drawn."""
        if (verb, fsync) not in self._takes_s:
            self._server.fill(self._numbered, fsync)
            process, began = self._begin(verb, self._folder / "whole.jsonl"), time.monotonic()
            process.join()
            self._takes_s[verb, fsync] = time.monotonic() - began
        return self._takes_s[verb, fsync]


def _told(victim: Victim, verb: Verb, tally: Tally) -> str:
    found, told = (_counted(counter) for counter in (tally.found, tally.told))
    parts = [f"{victim} killed during {verb}: {tally.moments} moments", f"found {found}", f"the log told {told}"]
    parts.append("FAILED: " + "; ".join(tally.faults[:10]) if tally.faults else "duplicates 0, lost 0, altered 0")
    return " | ".join(parts)


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{count} {word}" for word, count in sorted(counter.items())) or "nothing"
