"""Small builders: each makes a plain healthy value and lets a test say only what is different."""

from typing import Any

from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.limits import Limits, StreamLimits
from maestro_tui.domain.names import ZERO, EntryId, Key, Name
from maestro_tui.domain.rows import Row
from maestro_tui.domain.rules import Finding
from maestro_tui.domain.snapshot import (
    Consumer,
    Cost,
    Group,
    Memory,
    Node,
    PendingEntry,
    PendingPage,
    Snapshot,
    Stream,
)
from maestro_tui.domain.topology import Declared, Topology
from maestro_tui.domain.trouble import Trouble

NOW = 1_795_356_202_000
"""2026-11-22T14:03:22Z, the moment at which every built snapshot is taken."""

ADDRESS = "redis.test:6379"
JOBS, WORKERS = Name.of("app:jobs"), Name.of("app-workers")
KEY = Key(JOBS, WORKERS)
DEAD_JOBS = Name.of("app:jobs:dead")
TOPOLOGY = Topology((Declared("jobs", JOBS, WORKERS),), discover="app:*")
LIMITS = Limits(default=StreamLimits(stuck_after_ms=300_000, safe_after_ms=300_000, waiting_after_ms=60_000))
DENIED = Trouble("denied", "The server forbids XINFO.", "Allow it in the ACL.")
DOWN = Trouble("unreachable", "The server does not answer.", "Is it running?")


def ago(ms: int, seq: int = 0) -> EntryId:
    """The ID of an entry added that long before NOW."""
    return EntryId(NOW - ms, seq)


def consumer(name: str = "worker-1", pending: int = 0, idle_ms: int = 100, inactive_ms: int | None = 100) -> Consumer:
    """A consumer of a server with `inactive` (7.2 and later); None makes it an older one."""
    return Consumer(Name.of(name), pending, idle_ms, inactive_ms)


def entry(age_ms: int, idle_ms: int, holder: str = "worker-1", deliveries: int = 1, seq: int = 0) -> PendingEntry:
    """A pending entry added `age_ms` ago and delivered `idle_ms` ago."""
    return PendingEntry(ago(age_ms, seq), Name.of(holder), idle_ms, deliveries)


def page(*entries: PendingEntry, complete: bool = True) -> PendingPage:
    """The beginning of a pending list."""
    return PendingPage(entries, complete)


def group(*consumers: Consumer, **changes: Any) -> Group:  # noqa: ANN401 - the fields of Group
    """A group that has read everything, with one live worker unless told otherwise."""
    members = consumers or (consumer(),)
    fields: dict[str, Any] = {
        "name": WORKERS,
        "consumer_count": len(members),
        "pending": sum(member.pending for member in members),
        "last_delivered": ago(1_000),
        "entries_read": 10,
        "server_lag": 0,
        "consumers": members,
        **changes,
    }
    pages = fields.get("page")
    if "lowest_pending" not in changes and pages is not None and pages.entries:
        fields["lowest_pending"] = pages.entries[0].id
    return Group(**fields)


def deserted(**changes: Any) -> Group:  # noqa: ANN401 - the fields of Group
    """A group without consumers that was created at 0 and never read."""
    return group(**{"consumers": (), "consumer_count": 0, "last_delivered": ZERO, "entries_read": None, **changes})


def stream(*groups: Group, **changes: Any) -> Stream:  # noqa: ANN401 - the fields of Stream
    """A stream of ten entries, the last one a second old, nothing ever deleted or trimmed."""
    fields: dict[str, Any] = {
        "name": JOBS,
        "node": ADDRESS,
        "seen_at_ms": NOW,
        "length": 10,
        "first_id": ago(600_000),
        "last_entry_id": ago(1_000),
        "last_id": ago(1_000),
        "entries_added": 10,
        "max_deleted_id": ZERO,
        "groups": groups,
        **changes,
    }
    return Stream(**fields)


def letters(length: int = 10, **changes: Any) -> Stream:  # noqa: ANN401 - the fields of Stream
    """Dead letters of JOBS, the oldest of them ten minutes old; no group reads them."""
    ends = {} if length else {"first_id": None, "last_entry_id": None}
    return stream(**{"name": DEAD_JOBS, "length": length, "entries_added": length, **ends, **changes})


def absent(name: Name = JOBS) -> Stream:
    """A key that does not exist."""
    return Stream(name, ADDRESS, NOW, exists=False)


def spoiled(trouble: Trouble, name: Name = JOBS) -> Stream:
    """A key that could not be read."""
    return Stream(name, ADDRESS, NOW, trouble=trouble)


def node(**changes: Any) -> Node:  # noqa: ANN401 - the fields of Node
    """A healthy primary."""
    memory = Memory(used_bytes=1 << 30, max_bytes=2 << 30, policy="allkeys-lru", evicted_keys=0)
    fields: dict[str, Any] = {
        "address": ADDRESS,
        "db": 0,
        "version": "7.4.2",
        "role": "master",
        "time_ms": NOW,
        "memory": memory,
        "clients": 10,
        "max_clients": 10_000,
        "keys": 1,
        "run_id": "r1",
        **changes,
    }
    return Node(**fields)


def snapshot(*streams: Stream, nodes: tuple[Node, ...] | None = None, at: int = NOW, took: float = 0.002) -> Snapshot:
    """One poll of one server."""
    return Snapshot(at, (node(time_ms=at),) if nodes is None else nodes, streams, Cost(4, took))


def frame(*streams: Stream, topology: Topology = TOPOLOGY, nodes: tuple[Node, ...] | None = None) -> Frame:
    """The frame of a first poll."""
    return derive(None, snapshot(*streams, nodes=nodes), LIMITS, topology)


def row(one: Stream, **changes: Any) -> Row:  # noqa: ANN401 - those of frame
    """The first row of a stream's first poll."""
    return frame(one, **changes).rows[0]


def only(found: tuple[Finding, ...], rule: str) -> Finding:
    """The one finding of a rule."""
    (one,) = [finding for finding in found if finding.rule == rule]
    return one


def rules(made: Frame) -> list[str]:
    """The rules that found something, worst first."""
    return [finding.rule for finding in made.findings]
