"""Speeds from counters: entries in, delivered and acknowledged per second, and the time until lag is 0.

Each key keeps a short trail of samples. A rate is the difference between its ends, so it is a measured average
over the last `WINDOW_MS` (over two polls, where they are further apart), never a smoothed guess. Counters that run
backwards (SETID, a restart, a recreated stream) start the trail anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.snapshot import Count, Group, Snapshot, Stream

WINDOW_MS = 10_000
# Below this span a difference between two polls says nothing about a tendency.
TENDENCY_MS = 5_000

DrainWord = Literal["draining", "stalled", "growing", "steady", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class Sample:
    """The counters of a stream and, where the key names one, of a group, at one moment of the server's clock."""

    at_ms: int
    entries_added: int | None
    entries_read: int | None
    pending: int
    last_delivered: EntryId | None
    last_id: EntryId | None = None
    length: int | None = None
    max_deleted_id: EntryId | None = None

    def precedes(self, later: "Sample") -> bool:
        """Whether `later` can have grown out of this sample without a reset in between."""
        return (
            later.at_ms > self.at_ms
            and _not_less(self.entries_added, later.entries_added)
            and _not_less(self.entries_read, later.entries_read)
            and _not_less(self.last_delivered, later.last_delivered)
        )


Trail = tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Rates:
    """Entries per second over `span_ms`; None is not known."""

    in_per_s: float | None = None
    out_per_s: float | None = None
    ack_per_s: float | None = None
    span_ms: int = 0


@dataclass(frozen=True, slots=True)
class Drain:
    """What becomes of the lag at present rates; `seconds` only where it is draining."""

    word: DrainWord
    seconds: float | None = None


def _not_less(before: int | EntryId | None, after: int | EntryId | None) -> bool:
    if isinstance(before, int) and isinstance(after, int):
        return after >= before
    if isinstance(before, EntryId) and isinstance(after, EntryId):
        return after >= before
    return before is None and after is None


def _sample(stream: Stream, group: Group | None) -> Sample:
    return Sample(
        stream.seen_at_ms,
        stream.entries_added,
        None if group is None else group.entries_read,
        0 if group is None else group.pending,
        None if group is None else group.last_delivered,
        stream.last_id,
        stream.length,
        stream.max_deleted_id,
    )


def extend(past: Mapping[Key, Trail], seen: Snapshot) -> dict[Key, Trail]:
    """Add what a poll saw to the trails, and forget what is older than the window or gone."""
    trails: dict[Key, Trail] = {}
    for stream in seen.streams:
        if stream.trouble is not None or stream.exists is None or stream.groups is None:
            # Not seen is not gone: what was known stays until the stream is seen again.
            trails |= {key: trail for key, trail in past.items() if key.stream == stream.name}
            continue
        if not stream.exists:
            continue
        for group in (None, *(stream.groups or ())):
            key = Key(stream.name, None if group is None else group.name)
            trails[key] = _grow(past.get(key, ()), _sample(stream, group))
    return trails


def _grow(trail: Trail, sample: Sample) -> Trail:
    if trail and trail[-1].at_ms == sample.at_ms:
        return trail
    if not trail or not trail[-1].precedes(sample):
        return (sample,)
    # One sample at or before the window's edge stays, so that the span reaches the whole window.
    start = 0
    while start + 1 < len(trail) and trail[start + 1].at_ms <= sample.at_ms - WINDOW_MS:
        start += 1
    # After an outage the sample before it would stretch the average over the whole of it.
    if start + 1 < len(trail) and trail[start].at_ms < sample.at_ms - 2 * WINDOW_MS:
        start += 1
    return (*trail[start:], sample)


def rates(trail: Trail) -> Rates:
    """Return the average speeds over a trail; all unknown until it has two samples."""
    if len(trail) < 2:
        return Rates()
    first, last = trail[0], trail[-1]
    span_ms = last.at_ms - first.at_ms
    added = _per_second(first.entries_added, last.entries_added, span_ms)
    if first.last_id is not None and first.last_id == last.last_id:
        # Without a new ID nothing came, whatever counters this server lacks.
        added = 0.0
    if last.last_delivered is None:
        return Rates(added, None, None, span_ms)
    moved = first.last_delivered != last.last_delivered
    read = _per_second(first.entries_read, last.entries_read, span_ms) if moved else 0.0
    kept = (last.pending - first.pending) * 1000 / span_ms
    # What was delivered and is not pending was acknowledged, or moved away: either way it left the list.
    return Rates(added, read, None if read is None else max(0.0, read - kept), span_ms)


def _per_second(before: int | None, after: int | None, span_ms: int) -> float | None:
    return None if before is None or after is None else (after - before) * 1000 / span_ms


def drain(lag: Count, speed: Rates, since_delivery_ms: int | None = None) -> Drain:
    """Return what becomes of a lag; `stalled` (nothing delivered for some seconds) beats `growing`.

    Two polls a second apart may fall between two reads of a healthy worker: nothing is said to stall before
    `TENDENCY_MS` have passed, by our watching or by the consumers' own times.
    """
    if lag.value == 0 and lag.kind == "exact":
        return Drain("none")
    if lag.value is None or speed.out_per_s is None:
        return Drain("unknown")
    if speed.out_per_s == 0:
        watched = speed.span_ms >= TENDENCY_MS or (since_delivery_ms is not None and since_delivery_ms >= TENDENCY_MS)
        return Drain("stalled" if watched else "unknown")
    if speed.in_per_s is None:
        return Drain("unknown")
    if lag.value <= speed.in_per_s:
        return Drain("none")
    surplus = speed.out_per_s - speed.in_per_s
    if surplus == 0:
        return Drain("steady")
    return Drain("growing") if surplus < 0 else Drain("draining", lag.value / surplus)
