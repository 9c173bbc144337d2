"""Workers that get in the way: processes that acknowledge and take over entries while these are being requeued."""

import multiprocessing
import random
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import Final, Literal

from maestro_tui.domain.names import EntryId
from tests.long.numbered import Numbered, names
from tests.long.wire import Wire

Habit = Literal["anywhere", "front", "takeover"]
"""Which entries a worker acknowledges: any; the oldest that are pending, which are about to be moved; or, of these,
half of those that it claimed a moment before."""

HABITS: Final[tuple[Habit, ...]] = ("anywhere", "anywhere", "front", "takeover")
FORK: Final = multiprocessing.get_context("fork")
"""Processes that begin in no time, since all that they need is there."""
_AT_ONCE: Final = 16
_FRONT: Final = 200
# Between two times, on average: so that the workers get to a good part of the entries, but not to all of them.
_PAUSE_S: Final = 0.002


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker needs to know."""

    port: int
    numbered: Numbered
    habit: Habit
    seed: str


class Crowd:
    """The workers of a run; leaving it ends them."""

    def __init__(self, port: int, numbered: Numbered, seed: str) -> None:
        self._stop = FORK.Event()
        self._ends: list[Connection] = []
        self._processes = []
        for at, habit in enumerate(HABITS):
            mine, theirs = FORK.Pipe(duplex=False)
            job = Job(port, numbered, habit, f"{seed}/{at}")
            process = FORK.Process(target=_work, args=(job, self._stop, theirs), daemon=True)
            process.start()
            theirs.close()
            self._ends.append(mine)
            self._processes.append(process)

    def acknowledged(self) -> list[bytes]:
        """Stop them and return, for each, how often it acknowledged each number."""
        self._stop.set()
        found = [end.recv_bytes() for end in self._ends]
        for process in self._processes:
            process.join()
        return found

    def end(self) -> None:
        """End those that are still there."""
        for process in self._processes:
            process.kill()
            process.join()


def _work(job: Job, stop: Event, answer: Connection) -> None:
    dice, acked = random.Random(job.seed), bytearray(job.numbered.count)
    with Wire(job.port) as wire:
        while not stop.is_set():
            ids = _choose(job, wire, dice)
            for id, reply in zip(ids, wire.ask(*(("XACK", *names(), str(id)) for id in ids)), strict=True):
                number = job.numbered.number(id)
                if reply == 1 and 0 <= number < job.numbered.count:
                    acked[number] += 1
            _pause(dice)
    answer.send_bytes(acked)


def _choose(job: Job, wire: Wire, dice: random.Random) -> list[EntryId]:
    if job.habit == "anywhere":
        return [job.numbered.id(dice.randrange(job.numbered.count)) for _ in range(_AT_ONCE)]
    rows = wire.one("XPENDING", *names(), "-", "+", _FRONT)
    ids = [row[0] for row in dice.sample(rows, min(_AT_ONCE, len(rows)))]
    if job.habit == "takeover" and ids:
        wire.one("XCLAIM", *names(), "worker-9", 0, *ids, "JUSTID")
        _pause(dice)
        ids = ids[: _AT_ONCE // 2]
    return [EntryId.parse(id) for id in ids]


def _pause(dice: random.Random) -> None:
    time.sleep(dice.uniform(0, 2 * _PAUSE_S))
