"""Thresholds, by stream. Times are milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maestro_tui.domain.names import Name

_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """The thresholds of one stream.

    `stuck_after_ms` raises an alarm and is never a licence to move. `safe_after_ms` is the time after which an
    entry of a consumer's last batch cannot still be running: batch size x longest handler time. `untrimmed` is the
    length from which a stream that nobody ever trims is worth a word.
    """

    stuck_after_ms: int = 5 * _MINUTE
    safe_after_ms: int = 5 * _MINUTE
    waiting_after_ms: int = _MINUTE
    untrimmed: int = 100_000


@dataclass(frozen=True, slots=True)
class Limits:
    """All thresholds: a default, exceptions by stream, and those of the server.

    `recent_ms`: how long what happened once (a position that jumped back) is told. `hold_ms`: how long a sign must
    hold before it is told, by rule, where the operator wants it otherwise than the rule itself. `cost_share`: the part
    of the time that our polls may take.
    """

    default: StreamLimits = field(default_factory=StreamLimits)
    by_stream: Mapping[Name, StreamLimits] = field(default_factory=dict)
    block_ms: int = 5_000
    poison_deliveries: int = 5
    poison_attempts: int = 2
    memory_share: float = 0.85
    slow_poll_ms: int = 500
    clock_skew_ms: int = 5_000
    cost_share: float = 0.05
    recent_ms: int = 10 * _MINUTE
    hold_ms: Mapping[str, int] = field(default_factory=dict)

    @property
    def live_within_ms(self) -> int:
        """A consumer that asked within three block times is live."""
        return 3 * self.block_ms

    def of(self, stream: Name) -> StreamLimits:
        """Return the thresholds of a stream."""
        return self.by_stream.get(stream, self.default)


# Ten entries, worked one after another, each up to 300 s; what comes meanwhile rightly waits as long.
_HEALING_BATCH_MS = 10 * 300_000

MAESTRO_LIMITS = Limits(
    by_stream={
        Name.of("maestro:streams:automation:healing"): StreamLimits(
            safe_after_ms=_HEALING_BATCH_MS, waiting_after_ms=_HEALING_BATCH_MS
        ),
    }
)
"""The platform's own thresholds."""
