"""Which entries a plan is about: exact ones, or all that fit bounds fixed when the plan was made."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.snapshot import UNKNOWN, Count, PendingEntry

NOBODY = Name(b"")


@dataclass(frozen=True, slots=True)
class Target:
    """An entry as it was seen: the server must still find it so, or it is left alone.

    Still pending, still held by `owner`, and idle for at least `idle_ms`: whoever received or claimed it since made
    it younger. A dead letter is held by nobody (`NOBODY`, 0, 0).
    """

    id: EntryId
    owner: Name = NOBODY
    idle_ms: int = 0
    deliveries: int = 0

    @classmethod
    def of(cls, entry: PendingEntry) -> "Target":
        """Take a row of XPENDING."""
        return cls(entry.id, entry.consumer, entry.idle_ms, entry.deliveries)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Entries named one by one, in the order of their IDs."""

    targets: tuple[Target, ...]

    @property
    def count(self) -> Count:
        """How many there are."""
        return Count(len(self.targets), "exact")


@dataclass(frozen=True, slots=True)
class Sweep:
    """All entries up to an ID that were delivered before a moment, by holder; who is not named is left alone.

    The bounds are fixed when the plan is made, so that nothing delivered later is ever swept along.
    `delivered_before` holds milliseconds of the server's clock. `seen` is what the look at planning found. Of a
    stream of dead letters nobody holds anything: there only `up_to` and `limit` count.
    """

    up_to: EntryId
    delivered_before: Mapping[Name, int] = field(default_factory=dict)
    min_deliveries: int = 0
    limit: int | None = None
    seen: Count = UNKNOWN

    @property
    def count(self) -> Count:
        """How many there were at planning."""
        return self.seen

    def wants(self, entry: PendingEntry, at_ms: int) -> bool:
        """Whether a row of XPENDING, read at `at_ms` of the server's clock, is within the bounds."""
        bound = self.delivered_before.get(entry.consumer)
        if bound is None or entry.deliveries < self.min_deliveries:
            return False
        # Whole IDs are compared at the edge only: this is asked a million times.
        if entry.id.ms >= self.up_to.ms and entry.id > self.up_to:
            return False
        return at_ms - entry.idle_ms <= bound


Selection = Chosen | Sweep
