"""A stream with a backlog, its producers and its workers, as they behave in life: uneven, and in batches."""

import heapq
import random
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from maestro_tui.domain.names import ZERO, EntryId
from maestro_tui.domain.snapshot import Snapshot, Stream
from tests.domain.building import NOW, consumer, group, node, stream

Kind = Literal["exact", "upper_bound", "6.2"]


@dataclass
class Backlog:
    """Entries come one by one or in bursts, workers take batches and handle them one entry after the other.

    `into` and `out` are entries per second, `jitter` the share by which each interval may be longer or shorter.
    `kind` is what the server's words make of the lag: `upper_bound` is a stream that was trimmed once.
    """

    size: int
    into: float
    out: float
    workers: int = 2
    batch: int = 10
    burst: int = 1
    jitter: float = 0.3
    kind: Kind = "exact"
    seed: int = 1
    now_ms: float = NOW
    added: int = 0
    read: int = 0
    acked: int = 0
    times: list[float] = field(default_factory=list)
    emptied_ms: float | None = None

    def __post_init__(self) -> None:
        """Fill it, and let everybody begin."""
        self._rng = random.Random(self.seed)
        self._order = count()
        self._due: list[tuple[float, int, str]] = []
        self._held = {f"worker-{number}": 0 for number in range(1, self.workers + 1)}
        self._got = dict.fromkeys(self._held, float(NOW))
        # It came as entries come now, while nobody read.
        apart_ms = 1000 / (self.into or 1)
        self.times = [NOW - (self.size - number) * apart_ms for number in range(self.size)]
        self.added = self.size
        if self.into:
            self._plan("producer", self._uneven(1000 * self.burst / self.into))
        for name in self._held:
            self._plan(name, self._uneven(1000 * self.batch * self.workers / self.out) * self._rng.random())

    def _uneven(self, ms: float) -> float:
        return ms * (1 + self.jitter * (2 * self._rng.random() - 1))

    def _plan(self, who: str, after_ms: float) -> None:
        heapq.heappush(self._due, (self.now_ms + after_ms, next(self._order), who))

    def go_to(self, ms: float) -> None:
        """Let happen what is due until then."""
        while self._due and self._due[0][0] <= ms:
            self.now_ms, _, who = heapq.heappop(self._due)
            if who == "producer":
                self.times += [self.now_ms] * self.burst
                self.added += self.burst
                self._plan(who, self._uneven(1000 * self.burst / self.into))
            else:
                self._work(who)
        self.now_ms = ms

    def _work(self, name: str) -> None:
        """Be done with a batch, and take the next one."""
        self.acked += self._held[name]
        self._held[name] = taken = min(self.batch, self.added - self.read)
        self.read += taken
        if taken:
            self._got[name] = self.now_ms
        if self.emptied_ms is None and self.read == self.added:
            self.emptied_ms = self.now_ms
        # One entry takes as long as makes all workers together as fast as they are said to be.
        self._plan(name, self._uneven(1000 * max(taken, 1) * self.workers / self.out))

    @property
    def lag(self) -> int:
        """What is undelivered."""
        return self.added - self.read

    def _id(self, place: int) -> EntryId:
        return EntryId(int(self.times[place]), place)

    def stream(self) -> Stream:
        """What the server tells now."""
        gone = 1 if self.kind == "upper_bound" else 0
        counted = self.kind != "6.2"
        members = [
            consumer(name, held, int(self.now_ms - self._got[name]), int(self.now_ms - self._got[name]))
            for name, held in self._held.items()
        ]
        one = group(
            *members,
            last_delivered=self._id(self.read - 1) if self.read else ZERO,
            entries_read=self.read + gone if counted else None,
            server_lag=self.lag if counted else None,
        )
        return stream(
            one,
            seen_at_ms=int(self.now_ms),
            length=self.added,
            entries_added=self.added + gone if counted else None,
            first_id=self._id(0),
            last_entry_id=self._id(self.added - 1),
            last_id=self._id(self.added - 1),
            max_deleted_id=ZERO if counted else None,
        )

    def seen(self) -> Snapshot:
        """A poll of it."""
        now = int(self.now_ms)
        return Snapshot(now, (node(time_ms=now),), (self.stream(),), mono_ms=now - NOW + 1_000)
