"""What later polls need from earlier ones: numbers and IDs, never whole snapshots."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from maestro_tui.domain.dead import is_dead
from maestro_tui.domain.handling import Handling, follow
from maestro_tui.domain.happenings import Happenings, Known, note
from maestro_tui.domain.liveness import Activity, observe
from maestro_tui.domain.lost_streams import Losses, Meanwhile, lost
from maestro_tui.domain.names import ZERO, Key, Name
from maestro_tui.domain.ours import Ours
from maestro_tui.domain.proof import Proof, prove
from maestro_tui.domain.rates import Trail, extend
from maestro_tui.domain.rising import Rising
from maestro_tui.domain.rules.spells import Spells
from maestro_tui.domain.snapshot import Node, Snapshot
from maestro_tui.domain.spending import Spent, spend
from maestro_tui.domain.start import Start
from maestro_tui.domain.topology import Topology


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered from poll to poll. `mono_ms` is when the last frame was made, by our monotonic clock."""

    trails: Mapping[Key, Trail] = field(default_factory=dict)
    activity: Mapping[Key, Activity] = field(default_factory=dict)
    spells: Spells = field(default_factory=dict)
    positions: Mapping[Key, Start] = field(default_factory=dict)
    vanished: frozenset[Key] = frozenset()
    happened: Happenings = field(default_factory=dict)
    handling: Mapping[Key, Handling] = field(default_factory=dict)
    evictions: Mapping[str, Rising] = field(default_factory=dict)
    rejections: Mapping[str, Rising] = field(default_factory=dict)
    oom: Mapping[str, Rising] = field(default_factory=dict)
    misconf: Mapping[str, Rising] = field(default_factory=dict)
    run_ids: Mapping[str, str] = field(default_factory=dict)
    losses: Losses = field(default_factory=dict)
    letters: Mapping[Name, Rising] = field(default_factory=dict)
    spent: tuple[Spent, ...] = ()
    proofs: Mapping[Key, Proof] = field(default_factory=dict)
    mono_ms: int = 0


def remember(before: Memory, seen: Snapshot, topology: Topology, keep_ms: int, ours: Ours) -> Memory:
    """Return the memory after another poll; its spells are those of before until the rules have been asked."""
    restarted = any(
        node.run_id is not None and before.run_ids.get(node.address, node.run_id) != node.run_id for node in seen.nodes
    )
    # Another server, or the same one begun anew: its counters cannot be compared with those of before.
    base = Memory(run_ids=before.run_ids) if restarted else before
    proofs = prove(before.proofs, seen.streams, seen.nodes)
    known = Known(before.trails, before.positions, proofs)
    happened = note(
        before.happened,
        known,
        seen,
        restarted=restarted,
        placed=ours.placed,
        keep_ms=keep_ms,
        since_ms=before.mono_ms,
    )
    evictions = _rising(base.evictions, seen, lambda node: node.memory.evicted_keys)
    evicted = {node: max(0, one.now_at - base.evictions.get(node, one).now_at) for node, one in evictions.items()}
    meanwhile = Meanwhile(before.mono_ms, restarted, before.trails, evicted, happened, keep_ms)
    return Memory(
        trails=extend(base.trails, seen, ours, proofs),
        activity=observe(base.activity, seen),
        spells=before.spells,
        positions=_positions(before, seen, topology),
        vanished=_vanished(before, seen, topology),
        happened=happened,
        evictions=evictions,
        handling=follow(base.handling, seen, ours),
        rejections=_rising(base.rejections, seen, lambda node: node.rejected_connections),
        oom=_rising(base.oom, seen, lambda node: node.oom_errors),
        misconf=_rising(base.misconf, seen, lambda node: node.misconf_errors),
        run_ids={**before.run_ids, **{node.address: node.run_id for node in seen.nodes if node.run_id}},
        losses=lost(before.losses, seen, topology, meanwhile),
        letters=_letters(base.letters, seen, ours),
        spent=spend(before.spent, seen),
        proofs=proofs,
        mono_ms=seen.monotonic_ms,
    )


def _positions(before: Memory, seen: Snapshot, topology: Topology) -> dict[Key, Start]:
    """Note where declared groups stand, in case they vanish."""
    positions = dict(before.positions)
    for stream in seen.streams:
        for group in stream.groups or ():
            key = Key(stream.name, group.name)
            if topology.declares(key) and group.last_delivered != ZERO:
                positions[key] = Start("remembered", group.last_delivered, group.entries_read)
    return positions


def _vanished(before: Memory, seen: Snapshot, topology: Topology) -> frozenset[Key]:
    """Return the declared groups that were there and are not; what cannot be read has not vanished."""
    present = {Key(stream.name, group.name) for stream in seen.streams for group in stream.groups or ()}
    unknown = {stream.name for stream in seen.streams if stream.trouble or stream.groups is None}
    ever = before.vanished | {key for key in before.trails if key.group is not None}
    return frozenset(key for key in ever if key not in present and key.stream not in unknown and topology.declares(key))


def _rising(before: Mapping[str, Rising], seen: Snapshot, counter: Callable[[Node], int | None]) -> dict[str, Rising]:
    counted = dict(before)
    for node in seen.nodes:
        value = counter(node)
        if value is not None:
            counted[node.address] = counted.get(node.address, Rising(value, value)).then(value, seen.monotonic_ms)
    return counted


def _letters(before: Mapping[Name, Rising], seen: Snapshot, ours: Ours) -> dict[Name, Rising]:
    """Count dead letters as others add them; what was there when we first looked does not count.

    Redis 6.2 tells only how many there are. Where nobody can say what we added, all that came may be ours.
    """
    counted: dict[Name, Rising] = {}
    for stream in seen.streams:
        if not is_dead(stream.name) or stream.exists is False:
            continue
        known = before.get(stream.name)
        if stream.trouble is not None or stream.exists is None:
            counted |= {} if known is None else {stream.name: known}
            continue
        added = stream.length if stream.entries_added is None else stream.entries_added
        known = known or Rising(added, added)
        own = added - known.now_at if ours.begins_anew(Key(stream.name)) else ours.copied.get(stream.name, 0)
        counted[stream.name] = known.then(added, seen.monotonic_ms, max(0, own))
    return counted
