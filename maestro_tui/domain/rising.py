"""A counter that ought to stand still: how far it rose in the present spell, and when that was over."""

from dataclasses import dataclass

# What paused for this long is over.
OVER_MS = 60_000


@dataclass(frozen=True, slots=True)
class Rising:
    """A counter of a server: where the present spell began, where it stands, when it last rose (by our clock)."""

    began_at: int
    now_at: int
    rose_ms: int | None = None

    @property
    def risen(self) -> int:
        """How far it has risen in the present spell."""
        return self.now_at - self.began_at

    def then(self, value: int, now_ms: int, ours: int = 0) -> "Rising":
        """Return the state after another reading; a counter that was reset begins anew.

        `ours` is the part of the rise that we made ourselves: it does not count.
        """
        if value - ours > self.now_at:
            return Rising(self.began_at + ours, value, now_ms)
        over = self.rose_ms is None or now_ms - self.rose_ms >= OVER_MS
        if over or value < self.now_at:
            return Rising(value, value)
        return Rising(self.began_at + value - self.now_at, value, self.rose_ms)
