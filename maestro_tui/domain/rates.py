"""Speeds from counters: entries in, delivered and acknowledged per second, and the time until lag is 0.

Each key keeps a short trail of samples. A rate is the sum of what happened between them, so it is a measured average
over the last `WINDOW_MS` (over two polls, where they are further apart), never a smoothed guess. What counters do
besides counting traffic (`samples.py`) starts the trail anew, or makes one speed unknown for as long as it lasts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.ours import NOTHING, Ours
from maestro_tui.domain.proof import Proof
from maestro_tui.domain.samples import FOLLOWED, Sample, Step, sample_of, step_between
from maestro_tui.domain.slope import LONGEST_MS, slope_of
from maestro_tui.domain.snapshot import Count, Snapshot

__all__ = [
    "TENDENCY_MS",
    "WINDOW_MS",
    "Drain",
    "DrainWord",
    "Rates",
    "Sample",
    "Trail",
    "drain",
    "extend",
    "rates",
]

WINDOW_MS = 10_000
# Below this span a difference between two polls says nothing about a tendency.
TENDENCY_MS = 5_000
_LAG_EVERY_MS = 2_000
_FEWEST_LAGS = 3

DrainWord = Literal["draining", "stalled", "growing", "steady", "none", "unknown"]

Trail = tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Rates:
    """Entries per second over `span_ms`, without what we added or took away ourselves; None is not known."""

    in_per_s: float | None = None
    out_per_s: float | None = None
    ack_per_s: float | None = None
    span_ms: int = 0


@dataclass(frozen=True, slots=True)
class Drain:
    """What becomes of the lag at present rates; `seconds` only where it is draining."""

    word: DrainWord
    seconds: float | None = None


def extend(
    past: Mapping[Key, Trail], seen: Snapshot, ours: Ours = NOTHING, proofs: Mapping[Key, Proof] | None = None
) -> dict[Key, Trail]:
    """Add what a poll saw to the trails, and forget what is older than the window or gone.

    `ours` is what we did since the snapshot before this one, `proofs` what is proven of lags after this one.
    """
    trails: dict[Key, Trail] = {}
    unseen: set[Name] = set()
    for stream in seen.streams:
        if stream.trouble is not None or stream.exists is None or stream.groups is None:
            unseen.add(stream.name)
            continue
        if not stream.exists:
            continue
        for group in (None, *(stream.groups or ())):
            key = Key(stream.name, None if group is None else group.name)
            trails[key] = _grow(past.get(key, ()), sample_of(stream, group, seen, (proofs or {}).get(key)), key, ours)
    # Not seen is not gone: what was known stays until the stream is seen again, unless we changed it.
    kept = {key: trail for key, trail in past.items() if key.stream in unseen} if unseen else {}
    return trails | {key: () if key.stream in ours.streams else trail for key, trail in kept.items()}


def _grow(trail: Trail, sample: Sample, key: Key, ours: Ours) -> Trail:
    if not trail or ours.begins_anew(key):
        return (_followed(None, sample, Step()),)
    last = trail[-1]
    if (last.server_ms, last.node) == (sample.server_ms, sample.node):
        # Not fetched again: what we did since would be forgotten by the time it is.
        return () if key.stream in ours.streams else trail
    step = step_between(last, sample, key, ours)
    if step is None:
        return (_followed(None, sample, Step()),)
    # One sample at or before the window's edge stays, so that the span reaches the whole window.
    start = 0
    while start + 1 < len(trail) and trail[start + 1].at_ms <= sample.at_ms - WINDOW_MS:
        start += 1
    # After an outage the sample before it would stretch the average over the whole of it.
    if start + 1 < len(trail) and trail[start].at_ms < sample.at_ms - 2 * WINDOW_MS:
        start += 1
    return (*trail[start:-1], replace(last, lags=()), _followed(last, sample, step))


def _followed(last: Sample | None, sample: Sample, step: Step) -> Sample:
    """Return the sample with its step, and with the lags that it goes on from: one in two seconds, for two minutes."""
    if sample.lag.value is None or sample.lag.kind not in FOLLOWED:
        return replace(sample, step=step)
    lags = last.lags if last is not None and step.goes_on else ()
    if len(lags) >= 2 and sample.at_ms - lags[-2][0] <= _LAG_EVERY_MS:
        lags = lags[:-1]
    lags = (*lags, (sample.at_ms, sample.lag.value))
    while len(lags) > _FEWEST_LAGS and lags[0][0] < sample.at_ms - LONGEST_MS:
        lags = lags[1:]
    return replace(sample, step=step, lags=lags)


def rates(trail: Trail) -> Rates:
    """Return the average speeds over a trail; all unknown until it has two samples.

    All are over the same span: back to where one of those that are known now was not.
    """
    if len(trail) < 2:
        return Rates()
    newest = trail[-1].step
    start = len(trail) - 1
    while start > 1 and _as_known(trail[start - 1].step, newest):
        start -= 1
    steps = [sample.step for sample in trail[start:]]
    span_ms = trail[-1].at_ms - trail[start - 1].at_ms
    return Rates(
        _per_second([step.came for step in steps], span_ms),
        _per_second([step.delivered for step in steps], span_ms),
        _per_second([step.acked for step in steps], span_ms),
        span_ms,
    )


def _as_known(earlier: Step, newest: Step) -> bool:
    return (
        (earlier.came is not None or newest.came is None)
        and (earlier.delivered is not None or newest.delivered is None)
        and (earlier.acked is not None or newest.acked is None)
    )


def _per_second(steps: list[int | None], span_ms: int) -> float | None:
    known = [step for step in steps if step is not None]
    return sum(known) * 1000 / span_ms if len(known) == len(steps) else None


def drain(lag: Count, speed: Rates, since_delivery_ms: int | None = None, trail: Trail = ()) -> Drain:
    """Return what becomes of a lag; `stalled` (nothing delivered for some seconds) beats `growing`.

    Where the lag itself was followed for long enough, its own slope says it, else the difference of the speeds. Two
    polls a second apart may fall between two reads of a healthy worker: nothing is said to stall before
    `TENDENCY_MS` have passed, by our watching or by the consumers' own times.
    """
    if lag.value == 0 and lag.kind != "lower_bound":
        # Of an earlier moment it is an estimate: then nothing waited.
        return Drain("none")
    if lag.value is None:
        return Drain("unknown")
    if speed.out_per_s == 0:
        watched = speed.span_ms >= TENDENCY_MS or (since_delivery_ms is not None and since_delivery_ms >= TENDENCY_MS)
        return Drain("stalled" if watched else "unknown")
    slope = slope_of(trail[-1].lags, WINDOW_MS, TENDENCY_MS) if trail and trail[-1].lag.kind == lag.kind else None
    if slope is None and (speed.out_per_s is None or speed.in_per_s is None):
        return Drain("unknown")
    if speed.in_per_s is not None and lag.kind != "lower_bound" and lag.value <= speed.in_per_s:
        return Drain("none")
    falling = -slope.per_s if slope is not None else (speed.out_per_s or 0.0) - (speed.in_per_s or 0.0)
    if falling == 0 or (slope is not None and not slope.certain):
        return Drain("steady")
    return Drain("growing") if falling < 0 else Drain("draining", lag.value / falling)
