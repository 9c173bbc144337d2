"""What our own polls cost, over the last seconds: an observer must not become a burden."""

from dataclasses import dataclass

from maestro_tui.domain.snapshot import Snapshot

WINDOW_MS = 10_000
# With a long period there are at least so many polls to judge by.
POLLS_AT_LEAST = 3


@dataclass(frozen=True, slots=True)
class Spent:
    """One poll: when it began (our monotonic clock), how long it took, how many commands it sent."""

    at_ms: int
    seconds: float
    commands: int


@dataclass(frozen=True, slots=True)
class Share:
    """The part of the time that our polls took, and a poll's average seconds, commands and period in seconds."""

    part: float
    seconds: float
    commands: float
    period_s: float


def spend(past: tuple[Spent, ...], seen: Snapshot) -> tuple[Spent, ...]:
    """Add a poll, and forget what is older than the window."""
    now_ms = seen.monotonic_ms
    spent = (*past, Spent(now_ms, seen.cost.seconds, seen.cost.commands))
    start = 0
    while len(spent) - start > POLLS_AT_LEAST and spent[start].at_ms < now_ms - WINDOW_MS:
        start += 1
    return spent[start:]


def share_of(spent: tuple[Spent, ...]) -> Share | None:
    """Return the share of the time between the first poll and the last one; None while there are too few."""
    if len(spent) < POLLS_AT_LEAST or spent[-1].at_ms <= spent[0].at_ms:
        return None
    span_s = (spent[-1].at_ms - spent[0].at_ms) / 1000
    polls, seconds = len(spent) - 1, sum(one.seconds for one in spent[:-1])
    commands = sum(one.commands for one in spent[:-1])
    return Share(seconds / span_s, seconds / polls, commands / polls, span_s / polls)
