"""A stream with its one serial worker, as the platform's services behave, on plain values."""

from dataclasses import dataclass, field
from random import Random

from maestro_tui.domain.names import ZERO, EntryId, Name
from maestro_tui.domain.snapshot import Consumer, Group, Look, PendingEntry, PendingPage, Stream
from maestro_tui.domain.topology import MAESTRO, Declared
from tests.domain.building import ADDRESS, NOW

BLOCK_MS = 5_000
STEP_MS = 100


@dataclass
class Workshop:
    """A stream and its one serial worker, moved on in steps of a few hundred milliseconds.

    With `rng` nothing comes evenly: arrivals and handling times vary by half, and every ten minutes or so `burst`
    entries come at once. `keep` caps the stream, as a producer with MAXLEN does, once entries are done with.
    """

    declared: Declared
    every_ms: int
    handling_ms: int
    batch: int = 10
    ids: list[EntryId] = field(default_factory=list)
    read: int = 0
    held: list[EntryId] = field(default_factory=list)
    asked_ms: int = NOW
    got_ms: int = NOW
    free_ms: int = NOW
    rng: Random | None = None
    burst: int = 0
    keep: int | None = None
    trimmed: int = 0
    due_ms: int = NOW
    worker: str = "worker-1"
    gone: list[Name] = field(default_factory=list)

    def move(self, now: int) -> None:
        """Add what is due, finish what is done, and read or block."""
        while self.due_ms <= now:
            self.ids.append(EntryId(self.due_ms))
            self.due_ms += self._about(self.every_ms)
        if self.burst and self.rng and self.rng.random() < 0.1 / 600:
            at = max(now, self.ids[-1].ms + 1)
            self.ids += [EntryId(at, number) for number in range(self.burst)]
            self.due_ms = max(self.due_ms, at + 1)
        self._work(now)
        while not self.held and (fresh := self.ids[self.read : self.read + self.batch]):
            self.held, self.read = list(fresh), self.read + len(fresh)
            self.got_ms = self.asked_ms = now
            self.free_ms = max(self.free_ms, now - STEP_MS) + self._about(self.handling_ms)
            self._work(now)
        if not self.held and now - self.asked_ms >= BLOCK_MS:
            self.asked_ms = now

    def _work(self, now: int) -> None:
        """Finish what is done by now, one after another."""
        while self.held and now >= self.free_ms:
            self.held.pop(0)
            self.free_ms += self._about(self.handling_ms)

    def replace_worker(self) -> None:
        """Have a new pod take over from one that owes nothing; the old consumer stays listed."""
        if not self.held:
            self.gone.append(Name.of(self.worker))
            self.worker = f"worker-{len(self.gone) + 1}"

    def _about(self, ms: int) -> int:
        return ms if self.rng is None else max(1, round(ms * self.rng.uniform(0.5, 1.5)))

    def group(self, now: int, *, modern: bool) -> Group:
        """What the server tells of the group; before 7.2 an empty answer does not reset the idle time."""
        idle, inactive = (now - self.asked_ms, now - self.got_ms) if modern else (now - self.got_ms, None)
        worker = Consumer(Name.of(self.worker), len(self.held), idle, inactive)
        gone = tuple(
            Consumer(name, 0, now - NOW + 60_000, now - NOW + 60_000 if modern else None) for name in self.gone
        )
        rows = tuple(PendingEntry(one, worker.name, now - self.got_ms, 1) for one in self.held)
        delivered = self.ids[self.read - 1] if self.read else ZERO
        waiting = self.ids[self.read] if self.read < len(self.ids) else None
        return Group(
            self.declared.group or Name(b""),
            consumer_count=1 + len(gone),
            pending=len(rows),
            last_delivered=delivered,
            entries_read=self.read,
            server_lag=len(self.ids) - self.read,
            consumers=(worker, *gone),
            lowest_pending=self.held[0] if self.held else None,
            page=PendingPage(rows, complete=True),
            first_undelivered=waiting,
            ahead=self._look(),
        )

    def _look(self) -> Look | None:
        """What a look at a hundred of those that wait sees, as the gateway takes it."""
        seen = self.ids[self.read : self.read + 100]
        return Look(len(seen), len(seen) < 100, seen[-1]) if seen else None

    def stream(self, now: int, *, modern: bool) -> Stream:
        """What the server tells of the stream, with two groups on it that nobody ever reads."""
        unused = [entry.group for entry in MAESTRO.declared if entry.group != self.declared.group][:2]
        if self.keep is not None:
            self.trimmed = max(self.trimmed, min(len(self.ids) - self.keep, self.read - len(self.held)))
        groups = (self.group(now, modern=modern), *(unused_group(name) for name in unused if name))
        return Stream(
            self.declared.stream,
            ADDRESS,
            now,
            length=len(self.ids) - self.trimmed,
            first_id=self.ids[self.trimmed],
            last_entry_id=self.ids[-1],
            last_id=self.ids[-1],
            entries_added=len(self.ids),
            max_deleted_id=ZERO,
            groups=groups,
        )


def unused_group(name: Name, pending: int = 0) -> Group:
    return Group(name, 0, pending, ZERO, None, 10, ())
