"""What one poll saw. A snapshot is one value; nothing in it is ever changed in place."""

from dataclasses import dataclass, field
from typing import Literal

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.trouble import Trouble

CountKind = Literal["exact", "upper_bound", "lower_bound", "estimate", "unknown"]


@dataclass(frozen=True, slots=True)
class Count:
    """A number together with how far it can be trusted; an unknown is never 0."""

    value: int | None
    kind: CountKind

    @property
    def at_least(self) -> int:
        """The part that is certain: what a rule may alarm on."""
        return self.value if self.value is not None and self.kind in ("exact", "lower_bound") else 0


UNKNOWN = Count(None, "unknown")


def exact(value: int) -> Count:
    """A number that is right."""
    return Count(value, "exact")


def at_least(value: int) -> Count:
    """A number that is right or too low."""
    return Count(value, "lower_bound")


@dataclass(frozen=True, slots=True)
class Memory:
    """INFO memory and the eviction counter; bytes, and keys evicted since the server started."""

    used_bytes: int | None = None
    max_bytes: int | None = None
    policy: str | None = None
    evicted_keys: int | None = None

    @property
    def used_share(self) -> float | None:
        """used / maxmemory, or None where there is no limit or it is not known."""
        if self.used_bytes is None or not self.max_bytes:
            return None
        return self.used_bytes / self.max_bytes

    @property
    def may_evict_streams(self) -> bool:
        """Whether the server may drop a whole stream together with its groups (redis-facts: allkeys-*)."""
        return bool(self.max_bytes) and (self.policy or "").startswith("allkeys-")


@dataclass(frozen=True, slots=True)
class Node:
    """One server, from INFO (default sections) and TIME. `None` is what it would not tell.

    `skew_ms`: its clock minus ours, less what the round trip leaves uncertain; 0 where they may agree. `uptime_s`:
    since its process began. `primary`: whom a replica copies; `link_down_s`: for how long it has not heard of it.
    `oom_errors`, `misconf_errors`: writes refused because memory was full, or because a save had failed.
    """

    address: str
    db: int
    kind: Literal["redis", "valkey"] = "redis"
    version: str | None = None
    role: str | None = None
    time_ms: int | None = None
    memory: Memory = field(default_factory=Memory)
    loading: bool = False
    link_up: bool | None = None
    link_down_s: int | None = None
    primary: str | None = None
    save_failing: tuple[str, ...] = ()
    clients: int | None = None
    max_clients: int | None = None
    rejected_connections: int | None = None
    oom_errors: int | None = None
    misconf_errors: int | None = None
    keys: int | None = None
    run_id: str | None = None
    uptime_s: int | None = None
    skew_ms: int | None = None
    trouble: Trouble | None = None

    @property
    def version_tuple(self) -> tuple[int, ...]:
        """The version as numbers, () where it is not known."""
        head = (self.version or "").split("-")[0].split(".")
        return tuple(int(part) for part in head) if all(part.isdecimal() for part in head) else ()

    @property
    def has_entries_read(self) -> bool:
        """Whether XGROUP CREATE takes ENTRIESREAD (7.0 and later): 6.2 refuses the whole command."""
        return self.kind == "valkey" or self.version_tuple >= (7,)

    @property
    def writable(self) -> bool | None:
        """Whether this server takes writes, None where it would not say."""
        return None if self.role is None else self.role == "master"


@dataclass(frozen=True, slots=True)
class Consumer:
    """A consumer of a group. Times are milliseconds.

    `idle_ms`: at 7.0 and below since it last got an entry; from 7.2 since it last asked. `inactive_ms` exists
    from 7.2: since it last got an entry, -1 for never.
    """

    name: Name
    pending: int
    idle_ms: int
    inactive_ms: int | None = None

    @property
    def quiet_ms(self) -> int | None:
        """Time since it last received an entry, on every version; None where it never did."""
        quiet = self.idle_ms if self.inactive_ms is None else self.inactive_ms
        return None if quiet < 0 else quiet


@dataclass(frozen=True, slots=True)
class PendingEntry:
    """One row of XPENDING: an entry delivered to `consumer` and not acknowledged."""

    id: EntryId
    consumer: Name
    idle_ms: int
    deliveries: int


@dataclass(frozen=True, slots=True)
class PendingPage:
    """A bounded look into a group's pending list, in the order of entry IDs.

    `complete` says that the page reached the end of the list.
    """

    entries: tuple[PendingEntry, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Look:
    """A bounded look (XRANGE with a COUNT) at a stretch of a stream, from the stretch's beginning.

    `seen` entries were there, `last` is the ID of the last of them; `complete`: the stretch has no more.
    """

    seen: int
    complete: bool
    last: EntryId | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A consumer group as XINFO GROUPS, XINFO CONSUMERS and XPENDING told of it; None is what was not told.

    `consumers_age_ms`: how long before this poll `consumers` and `page` were read, where not every poll reads them.

    The looks, where this poll took them; Z is the stream's last-generated ID, D the group's last-delivered one.
    `ahead`: the entries after D up to Z; `behind`: those up to and with D; `passed`: those still there after
    `passed_from`, where a proof stands (`proof.py`), up to and with D; `further`: those after `further_from`, where
    an unfinished count ended, up to Z.
    """

    name: Name
    consumer_count: int
    pending: int
    last_delivered: EntryId
    entries_read: int | None = None
    server_lag: int | None = None
    consumers: tuple[Consumer, ...] | None = None
    consumers_age_ms: int = 0
    lowest_pending: EntryId | None = None
    page: PendingPage | None = None
    first_undelivered: EntryId | None = None
    ahead: Look | None = None
    behind: Look | None = None
    passed: Look | None = None
    passed_from: EntryId | None = None
    further: Look | None = None
    further_from: EntryId | None = None
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A key that is, or should be, a stream.

    `exists` is False for a missing key and None where the server would not tell. `trouble` spoils this row only.
    `heavy` marks a stream whose entries are so large that it is not fetched at every poll; `seen_at_ms` (server
    clock) then lies in the past.
    """

    name: Name
    node: str
    seen_at_ms: int
    exists: bool | None = True
    length: int = 0
    first_id: EntryId | None = None
    last_entry_id: EntryId | None = None
    last_id: EntryId | None = None
    entries_added: int | None = None
    max_deleted_id: EntryId | None = None
    groups: tuple[Group, ...] | None = ()
    heavy: bool = False
    trouble: Trouble | None = None

    def group(self, name: Name | None) -> Group | None:
        """Return the group of that name, if the poll saw it."""
        return next((group for group in self.groups or () if group.name == name), None)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a poll cost: commands sent, and seconds from its beginning to the last reply."""

    commands: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One poll. `taken_at_ms` is the server's clock (TIME), or ours where the server would not tell it.

    `mono_ms` is our monotonic clock, by which spans are measured: the server's may step.
    """

    taken_at_ms: int
    nodes: tuple[Node, ...]
    streams: tuple[Stream, ...]
    cost: Cost = field(default_factory=Cost)
    discovery_complete: bool = True
    errors: tuple[str, ...] = ()
    mono_ms: int | None = None

    @property
    def monotonic_ms(self) -> int:
        """The moment of the poll for measuring spans; by the server's clock where nothing better is known."""
        return self.taken_at_ms if self.mono_ms is None else self.mono_ms

    def stream(self, name: Name) -> Stream | None:
        """Return the stream of that name, if the poll looked at it."""
        return next((stream for stream in self.streams if stream.name == name), None)

    def node(self, address: str) -> Node | None:
        """Return the node of that address."""
        return next((node for node in self.nodes if node.address == address), None)
