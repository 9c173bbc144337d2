"""A frame: one snapshot, what it means, and what we remember from the ones before.

A face shows frames and cannot tell where they came from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from maestro_tui.domain.limits import Limits
from maestro_tui.domain.liveness import Activity, observe
from maestro_tui.domain.names import ZERO, Key
from maestro_tui.domain.proof import Proof, prove
from maestro_tui.domain.rates import Trail, extend
from maestro_tui.domain.rows import Past, Row, make_rows
from maestro_tui.domain.rules import Context, Finding, Severity, find, worst
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.start import Start
from maestro_tui.domain.topology import Topology
from maestro_tui.domain.trouble import Trouble

# Evictions that paused for this long are over.
_EVICTION_OVER_MS = 60_000


@dataclass(frozen=True, slots=True)
class Evictions:
    """A node's eviction counter: where the present spell began, where it stands, when it last rose."""

    began_at: int
    now_at: int
    rose_ms: int | None = None

    @property
    def keys(self) -> int:
        """Keys evicted in the present spell."""
        return self.now_at - self.began_at

    def then(self, evicted_keys: int, now_ms: int) -> "Evictions":
        """Return the state after another reading."""
        if evicted_keys > self.now_at:
            return Evictions(self.began_at, evicted_keys, now_ms)
        over = self.rose_ms is None or now_ms - self.rose_ms >= _EVICTION_OVER_MS
        return Evictions(evicted_keys, evicted_keys) if over or evicted_keys < self.now_at else self


@dataclass(frozen=True, slots=True)
class Memory:
    """What later polls need from earlier ones: numbers and IDs, never whole snapshots."""

    trails: Mapping[Key, Trail] = field(default_factory=dict)
    activity: Mapping[Key, Activity] = field(default_factory=dict)
    since: Mapping[tuple[str, Key | None], int] = field(default_factory=dict)
    positions: Mapping[Key, Start] = field(default_factory=dict)
    vanished: frozenset[Key] = frozenset()
    evictions: Mapping[str, Evictions] = field(default_factory=dict)
    run_ids: Mapping[str, str] = field(default_factory=dict)
    proofs: Mapping[Key, Proof] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """What is shown. With `trouble` the last poll failed and all else is of an earlier one."""

    snapshot: Snapshot
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    memory: Memory = field(default_factory=Memory)
    trouble: Trouble | None = None
    polls: int = 1

    def row(self, key: Key | None) -> Row | None:
        """Return the row of a key, if it is there."""
        return next((row for row in self.rows if row.key == key), None)

    def severity(self, key: Key) -> Severity | None:
        """Return the worst that was found about a row."""
        return worst(finding for finding in self.findings if finding.key == key)

    @property
    def ever_polled(self) -> bool:
        """Whether any poll succeeded yet."""
        return self.polls > 0


EMPTY = Frame(Snapshot(0, (), ()), (), (), polls=0)


def derive(past: Frame | None, seen: Snapshot | Trouble, limits: Limits, topology: Topology) -> Frame:
    """Make the next frame out of the last one and what a poll saw, or the trouble it met."""
    before = past or EMPTY
    if isinstance(seen, Trouble):
        # What nobody uses stays folded away; all else may have changed.
        stale = tuple(row if row.state == "unused" else replace(row, state="stale") for row in before.rows)
        return replace(before, rows=stale, trouble=seen)
    memory = _remember(before.memory, seen, topology)
    rows = make_rows(seen, Past(memory.trails, memory.activity, memory.proofs), limits, topology)
    evicted = {address: spell.keys for address, spell in memory.evictions.items()}
    context = Context(seen, rows, limits, topology, evicted, memory.vanished)
    findings = tuple(
        replace(finding, since_ms=memory.since.get(finding.identity, seen.taken_at_ms)) for finding in find(context)
    )
    since = {finding.identity: finding.since_ms for finding in findings}
    return Frame(seen, rows, findings, replace(memory, since=since), None, before.polls + 1)


def _remember(before: Memory, seen: Snapshot, topology: Topology) -> Memory:
    restarted = any(
        node.run_id is not None and before.run_ids.get(node.address, node.run_id) != node.run_id for node in seen.nodes
    )
    positions = dict(before.positions)
    present: set[Key] = set()
    for stream in seen.streams:
        for group in stream.groups or ():
            key = Key(stream.name, group.name)
            present.add(key)
            if topology.declares(key) and group.last_delivered != ZERO:
                positions[key] = Start("remembered", group.last_delivered, group.entries_read)
    ever = before.vanished | {key for key in before.trails if key.group is not None}
    unknown = {stream.name for stream in seen.streams if stream.trouble or stream.groups is None}
    vanished = frozenset(
        key for key in ever if key not in present and key.stream not in unknown and topology.declares(key)
    )
    return Memory(
        trails=extend({} if restarted else before.trails, seen),
        activity=observe({} if restarted else before.activity, seen),
        since=before.since,
        positions=positions,
        vanished=vanished,
        evictions=_count_evictions({} if restarted else before.evictions, seen),
        run_ids={**before.run_ids, **{node.address: node.run_id for node in seen.nodes if node.run_id}},
        proofs=prove(before.proofs, seen.streams, seen.nodes),
    )


def _count_evictions(before: Mapping[str, Evictions], seen: Snapshot) -> dict[str, Evictions]:
    counted = dict(before)
    for node in seen.nodes:
        now_at = node.memory.evicted_keys
        if now_at is not None:
            known = counted.get(node.address, Evictions(now_at, now_at))
            counted[node.address] = known.then(now_at, seen.taken_at_ms)
    return counted
