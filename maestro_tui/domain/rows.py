"""One row for each stream and group: what one poll, with the memory of the ones before, can say of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from maestro_tui.domain.dead import is_dead
from maestro_tui.domain.lag import lag_of, lost_of, waiting_of
from maestro_tui.domain.limits import Limits
from maestro_tui.domain.liveness import Activity, Live, live_of
from maestro_tui.domain.names import ZERO, EntryId, Key, Name
from maestro_tui.domain.pending import PendingCounts, count_pending, still_running
from maestro_tui.domain.proof import Proof
from maestro_tui.domain.rates import TENDENCY_MS, Drain, Rates, Trail, drain, rates
from maestro_tui.domain.snapshot import UNKNOWN, Count, CountKind, Group, Node, Snapshot, Stream, exact
from maestro_tui.domain.topology import Topology

State = Literal[
    "ok",
    "stuck",
    "behind",
    "problem",
    "no live",
    "no group",
    "no stream",
    "unused",
    "idle",
    "dead",
    "wrong type",
    "denied",
    "stale",
    "unknown",
]

# A stream that was not fetched for this long is shown as stale.
STALE_AFTER_MS = 60_000
# Nobody is there, so nobody ever received anything.
_NEVER_MS = 2**53


@dataclass(frozen=True, slots=True)
class Row:
    """A stream with one of its groups, or a stream (or a declaration) alone where `group` is None.

    `oldest_age_ms` is of the oldest pending entry, and of a stream of dead letters (state `dead`) of its oldest one.
    `lost`: entries in front of the group that were trimmed before it received them.
    """

    key: Key
    declared: bool
    alias: str | None
    state: State
    stream: Stream
    group: Group | None
    live: Live
    pending: PendingCounts
    lag: Count
    waiting_ms: int | None
    oldest_age_ms: int | None
    rates: Rates
    drain: Drain
    lost: Count = UNKNOWN

    @property
    def work_waits(self) -> bool:
        """Whether an undelivered entry certainly exists."""
        # Where the last entry is not delivered, no bound and no estimate is 0; an older look's 0 may well be.
        roughly = self.lag.kind in ("upper_bound", "estimate") and bool(self.lag.value)
        return self.lag.at_least > 0 or self.waiting_ms is not None or roughly

    @property
    def oldest_idle_ms(self) -> int | None:
        """Idle time of the pending entry with the lowest ID; None where none is pending or known."""
        return None if self.pending.oldest is None else self.pending.oldest.idle_ms


@dataclass(frozen=True, slots=True)
class Past:
    """What rows need from earlier polls."""

    trails: Mapping[Key, Trail]
    activity: Mapping[Key, Activity]
    proofs: Mapping[Key, Proof] = field(default_factory=dict)


def make_rows(seen: Snapshot, past: Past, limits: Limits, topology: Topology) -> tuple[Row, ...]:
    """Return the rows of a snapshot, declared ones first, in order; dead letters have a row of their own."""
    rows: list[Row] = []
    for stream in seen.streams:
        wanted = [entry.group for entry in topology.of(stream.name) if entry.group is not None]
        found = {group.name: group for group in stream.groups or ()}
        alone: list[Name | None] = [None] if stream.exists and is_dead(stream.name) else []
        names: list[Name | None] = [*alone, *dict.fromkeys((*wanted, *found))] or [None]
        for name in names:
            group = None if name is None else found.get(name)
            rows.append(_row(Key(stream.name, name), stream, group, seen, past, limits, topology))
    return tuple(rows)


def _row(
    key: Key, stream: Stream, group: Group | None, seen: Snapshot, past: Past, limits: Limits, topology: Topology
) -> Row:
    node = seen.node(stream.node)
    declared = topology.declares(key)
    # A heavy stream's ends may be of an earlier moment; an entry's age and a consumer's silence are of now.
    now_ms = seen.taken_at_ms
    speed = rates(past.trails.get(key) or past.trails.get(Key(key.stream), ()))
    if group is None:
        live, pending, lag, waiting = Live(), _empty_or_unknown(stream), UNKNOWN, None
    else:
        live, pending, lag, waiting = _group_facts(key, stream, group, node, past, limits, now_ms)
    oldest = _oldest_letter(key, stream) if group is None else group.lowest_pending
    row = Row(
        key=key,
        declared=declared,
        alias=topology.alias(key.stream),
        state="unknown",
        stream=stream,
        group=group,
        live=live,
        pending=pending,
        lag=lag,
        waiting_ms=waiting,
        oldest_age_ms=None if oldest is None else oldest.age_ms(now_ms),
        rates=speed,
        drain=drain(lag, speed, None if group is None else since_delivery_ms(group), past.trails.get(key, ())),
        lost=_lost(stream, group, past.proofs.get(key), now_ms),
    )
    return replace(row, state=_state(row, seen, limits))


def _lost(stream: Stream, group: Group | None, proof: Proof | None, now_ms: int) -> Count:
    if group is None or stream.trouble is not None:
        return UNKNOWN
    lost = lost_of(stream, group, proof)
    return lost if stream.seen_at_ms >= now_ms else _as_of_then(lost, "estimate")


def _oldest_letter(key: Key, stream: Stream) -> EntryId | None:
    """Return the oldest dead letter: its ID is the time at which it was set aside."""
    return stream.first_id if key.group is None and is_dead(stream.name) else None


def since_delivery_ms(group: Group) -> int | None:
    """Return how long nobody has received anything; None where that is not known."""
    if group.consumers is None:
        return None
    times = [one.quiet_ms for one in group.consumers if one.quiet_ms is not None]
    return min(times, default=_NEVER_MS if not group.consumers else None)


def _empty_or_unknown(stream: Stream) -> PendingCounts:
    return PendingCounts.all(UNKNOWN if stream.trouble or stream.exists is None else exact(0))


def _group_facts(
    key: Key, stream: Stream, group: Group, node: Node | None, past: Past, limits: Limits, now_ms: int
) -> tuple[Live, PendingCounts, Count, int | None]:
    own = limits.of(stream.name)
    # Without XINFO STREAM the length is not known, and with it nothing that follows from the stream's ends.
    lag = UNKNOWN if stream.trouble is not None else lag_of(stream, group, past.proofs.get(key))
    # What is known of an earlier moment must not age: what waited then may have been delivered since.
    waiting = waiting_of(stream, group, lag, stream.seen_at_ms)
    pending = count_pending(stream, group, own.stuck_after_ms, limits.poison_deliveries)
    if stream.seen_at_ms < now_ms:
        lag = _as_of_then(lag, "estimate")
        pending = replace(pending, ghosts=_as_of_then(pending.ghosts, "lower_bound"))
    live = live_of(group, node, past.activity.get(key), own.safe_after_ms, limits, waiting, now_ms)
    return live, pending, lag, waiting


def _as_of_then(count: Count, kind: CountKind) -> Count:
    """Mark an exact number of an earlier moment: entries come and go, and what was trimmed stays trimmed."""
    return Count(count.value, kind) if count.kind == "exact" else count


def _state(row: Row, seen: Snapshot, limits: Limits) -> State:
    """Return the word for a row: what spoils it first, then what is wrong, then what is merely so."""
    spoiled = _spoiled(row, seen)
    if spoiled is not None:
        return spoiled
    group = row.group
    if group is None:
        if row.key.group is not None:
            return "no group"
        return "dead" if is_dead(row.key.stream) else "idle"
    if not row.declared and group.consumer_count == 0 and group.pending == 0:
        return "unused" if group.last_delivered == ZERO else "idle"
    if no_live_worker(row, limits):
        return "no live"
    if overdue(row, limits) > 0:
        return "stuck"
    if is_behind(row, limits):
        return "behind"
    if group.trouble is not None and group.trouble.fault == "denied" and group.page is None:
        return "denied"
    return "unknown" if group.page is None and group.pending else "ok"


def _spoiled(row: Row, seen: Snapshot) -> State | None:
    stream = row.stream
    if stream.trouble is not None:
        words: dict[str, State] = {"wrong_type": "wrong type", "denied": "denied"}
        return words.get(stream.trouble.fault, "unknown")
    if stream.exists is None:
        return "unknown"
    if not stream.exists:
        return "no stream"
    if stream.groups is None:
        return "unknown"
    if seen.taken_at_ms - stream.seen_at_ms > STALE_AFTER_MS:
        return "stale"
    return None


def no_live_worker(row: Row, limits: Limits) -> bool:
    """Whether work waits, for longer than a worker's block time, and certainly nobody is there to take it."""
    if row.group is None or not row.work_waits or row.live.possible:
        return False
    return row.waiting_ms is None or row.waiting_ms >= limits.block_ms


def overdue(row: Row, limits: Limits, share: float = 1.0) -> int:
    """Return how many entries are certainly stuck and cannot be part of a batch that is still being worked.

    `share`: of the threshold; less than 1 where it was passed before and must not be left at once.
    """
    if row.group is None:
        return 0
    own = limits.of(row.key.stream)
    after_ms = round(own.stuck_after_ms * share)
    pending = row.pending
    if share < 1:
        pending = count_pending(row.stream, row.group, after_ms, limits.poison_deliveries)
    if not pending.stuck.at_least:
        return 0
    return max(0, pending.stuck.at_least - still_running(row.group, after_ms, own.safe_after_ms))


def is_behind(row: Row, limits: Limits, share: float = 1.0) -> bool:
    """Whether work waits for longer than this share of the threshold, or the lag has been growing for some seconds."""
    threshold_ms = round(limits.of(row.key.stream).waiting_after_ms * share)
    if row.waiting_ms is not None and row.waiting_ms >= threshold_ms:
        return True
    grows = row.drain.word == "growing" and row.rates.span_ms >= TENDENCY_MS and is_backlog(row)
    return grows and not _gains(row)


def _gains(row: Row) -> bool:
    """Whether at least as much goes out as comes in: then a lag that grew by a burst is being worked off."""
    came, went = row.rates.in_per_s, row.rates.out_per_s
    return came is not None and went is not None and went >= came


def is_backlog(row: Row, share: float = 1.0) -> bool:
    """A few entries more than ten seconds ago is traffic; ten seconds' worth of arrivals is a backlog."""
    return (row.lag.value or 0) > share * max(10.0, 10 * (row.rates.in_per_s or 0.0))
