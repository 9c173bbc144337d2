"""A stream with one group as a server keeps it, with the server's own idea of the lag, faults included.

`faulty` is Redis 7.0 to 7.4: entries trimmed before they were delivered are never subtracted, so that the lag
stays too high for good. Others count what is there. Deletions in front of a group make the lag nil.
"""

import random
from dataclasses import dataclass, field

from maestro_tui.domain.names import ZERO, EntryId
from maestro_tui.domain.snapshot import Group, Node, Stream
from tests.domain.building import NOW, group, node, stream


@dataclass
class Model:
    """What the server holds, what it counts, and what is true."""

    faulty: bool
    ids: list[EntryId] = field(default_factory=list)
    added: int = 0
    read: int | None = 0
    delivered: EntryId = ZERO
    last: EntryId = ZERO
    max_deleted: EntryId = ZERO
    trimmed: list[EntryId] = field(default_factory=list)

    @property
    def trimmed_unread(self) -> int:
        """How many entries in front of the group were trimmed, where the stream begins after its position."""
        if self.ids and self.ids[0] <= self.delivered:
            return 0
        return sum(one > self.delivered for one in self.trimmed)

    @property
    def truth(self) -> int:
        """How many entries are undelivered."""
        return sum(one > self.delivered for one in self.ids)

    def add(self, count: int) -> None:
        """XADD, a few milliseconds apart."""
        for _ in range(count):
            self.last = EntryId(max(self.last.ms, NOW - 10_000_000) + 7)
            self.ids.append(self.last)
            self.added += 1

    def deliver(self, count: int) -> None:
        """XREADGROUP `>`; at the end of the stream the counter becomes right again, as servers do."""
        for one in [one for one in self.ids if one > self.delivered][:count]:
            self.delivered = one
            if self.read is not None:
                self.read += 1
        if self.ids and self.delivered == self.ids[-1] and not self.faulty:
            self.read = self.added

    def trim(self, keep: int) -> None:
        """XTRIM MAXLEN: entries go, and the newer servers count what the group lost."""
        gone = self.ids[: max(0, len(self.ids) - keep)]
        self.ids = self.ids[len(gone) :]
        self.trimmed += gone
        if not self.faulty and self.read is not None:
            self.read += sum(one > self.delivered for one in gone)

    def delete(self, rng: random.Random) -> None:
        """XDEL of any entry."""
        if self.ids:
            one = self.ids.pop(rng.randrange(len(self.ids)))
            self.max_deleted = max(self.max_deleted, one)

    def told(self) -> int | None:
        """The lag of XINFO GROUPS: nil where a deletion lies in front of the group."""
        if self.read is None or self.max_deleted > self.delivered:
            return None
        return self.added - self.read if self.faulty else self.truth

    def seen(self) -> tuple[Stream, Group, Node]:
        """One poll of it."""
        one = group(last_delivered=self.delivered, entries_read=self.read, server_lag=self.told())
        whole = stream(
            one,
            length=len(self.ids),
            first_id=self.ids[0] if self.ids else None,
            last_entry_id=self.ids[-1] if self.ids else None,
            last_id=self.last,
            entries_added=self.added,
            max_deleted_id=self.max_deleted,
        )
        return whole, one, node(version="7.0.15" if self.faulty else "8.2.3")

    def step(self, rng: random.Random, *, deletions: bool) -> None:
        """Let something happen."""
        what = rng.choice(["add", "add", "deliver", "trim", "delete" if deletions else "deliver"])
        match what:
            case "add":
                self.add(rng.randint(1, 6))
            case "deliver":
                self.deliver(rng.randint(1, 5))
            case "trim":
                self.trim(rng.randint(0, 8))
            case "delete":
                self.delete(rng)
