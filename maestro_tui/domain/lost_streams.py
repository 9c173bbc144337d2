"""Streams that were lost, gone or others under the same name: as they were seen last, and what happened meanwhile.

A producer that adds to a key that is gone creates the stream anew, without its groups (redis-facts: eviction). So what
was lost is remembered for a while although the key is there again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from maestro_tui.domain.happenings import Happenings, made_anew
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.rates import Sample, Trail
from maestro_tui.domain.snapshot import Snapshot, Stream
from maestro_tui.domain.topology import Topology

State = Literal["gone", "replaced", "made anew"]

# One stream that vanished alone speaks for itself.
ALL_MEANS_AT_LEAST = 2


@dataclass(frozen=True, slots=True)
class Loss:
    """A stream that was lost. `last` is as it was seen last, at `seen_ms`; `missed_ms` is when it was missed first.

    Both are by our monotonic clock: in between it happened. `evicted` is how many keys the server evicted meanwhile,
    `restarted` whether another process answers since. `state`: still `gone`; `replaced` by a stream that has not its
    groups or not its numbers; or `made anew` with groups, which mends it.
    """

    name: Name
    last: Sample
    seen_ms: int
    missed_ms: int
    state: State = "gone"
    evicted: int = 0
    restarted: bool = False

    @property
    def entries(self) -> int:
        """How many entries are gone."""
        return self.last.length or 0


Losses = Mapping[Name, Loss]


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What happened since the poll before, at `since_ms` (our clock), and what was known then.

    `evicted`: keys evicted since then, by node; not those of the whole spell.
    """

    since_ms: int
    restarted: bool
    trails: Mapping[Key, Trail]
    evicted: Mapping[str, int]
    happened: Happenings
    keep_ms: int


def lost(past: Losses, seen: Snapshot, topology: Topology, meanwhile: Meanwhile) -> dict[Name, Loss]:
    """Return what is lost after another poll; what cannot be read is neither lost nor found again."""
    losses: dict[Name, Loss] = {}
    for stream in seen.streams:
        found = _loss(past.get(stream.name), stream, seen, topology, meanwhile)
        if found is not None:
            losses[stream.name] = found
    return losses


def _loss(before: Loss | None, stream: Stream, seen: Snapshot, topology: Topology, meanwhile: Meanwhile) -> Loss | None:
    now_ms = seen.monotonic_ms
    if stream.trouble is not None or stream.exists is None:
        return before
    new = _new(stream, now_ms, topology, meanwhile)
    if new is not None and (before is None or before.state != "gone"):
        return replace(new, evicted=meanwhile.evicted.get(stream.node, 0), restarted=meanwhile.restarted)
    if before is None:
        return None
    if before.missed_ms == meanwhile.since_ms and not before.evicted:
        # INFO is answered before the streams are: what was evicted in between is counted at the next poll.
        before = replace(before, evicted=meanwhile.evicted.get(stream.node, 0))
    if not stream.exists:
        return replace(before, state="gone")
    return _back(before, stream, topology, now_ms, meanwhile.keep_ms)


def _new(stream: Stream, now_ms: int, topology: Topology, meanwhile: Meanwhile) -> Loss | None:
    """Return the loss that this poll shows for the first time."""
    trail = meanwhile.trails.get(Key(stream.name))
    if not trail:
        return None
    loss = Loss(stream.name, trail[-1], meanwhile.since_ms, now_ms)
    if not stream.exists:
        return loss if topology.of(stream.name) else None
    replaced = meanwhile.happened.get(("replaced", Key(stream.name)))
    return replace(loss, state="replaced") if replaced is not None and replaced.mono_ms == now_ms else None


def _back(before: Loss, stream: Stream, topology: Topology, now_ms: int, keep_ms: int) -> Loss | None:
    """Return what remains of a loss now that there is a stream of that name; it is kept until it is mended."""
    if before.state == "gone":
        if _same(before.last, stream):
            return None
        before = replace(before, state="made anew" if stream.groups else "replaced")
    wanted = (entry.group for entry in topology.of(stream.name) if entry.group is not None)
    mended = all(stream.group(name) is not None for name in wanted)
    return None if mended and now_ms - before.missed_ms >= keep_ms else before


def _same(last: Sample, stream: Stream) -> bool:
    """Whether a stream that is back can be the one that was there: renamed and renamed again, or restored."""
    if made_anew(last, stream):
        return False
    same_id = last.last_id is None or stream.last_id is None or stream.last_id >= last.last_id
    known = last.entries_added is not None and stream.entries_added is not None
    return same_id and known and (stream.entries_added or 0) >= (last.entries_added or 0)


def all_at_once(losses: Losses, seen: Snapshot, topology: Topology) -> tuple[Loss, ...]:
    """Return the losses where every declared stream that was there was lost in the same moment; else ().

    A stream that was never seen counts neither way; one that cannot be read could still be there.
    """
    declared = [losses[name] for name in topology.streams if name in losses]
    if len(declared) < ALL_MEANS_AT_LEAST or any(_survived(stream, losses) for stream in _declared(seen, topology)):
        return ()
    one_moment = max(loss.seen_ms for loss in declared) <= min(loss.missed_ms for loss in declared)
    return tuple(declared) if one_moment else ()


def _declared(seen: Snapshot, topology: Topology) -> Iterator[Stream]:
    return (stream for stream in seen.streams if topology.of(stream.name))


def _survived(stream: Stream, losses: Losses) -> bool:
    return stream.name not in losses and stream.exists is not False
