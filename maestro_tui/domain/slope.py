"""Which way a number goes: a straight line through its last values (least squares), and how far it can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_MS = 120_000
"""How far back a line may reach. Workers that read in batches make stairs of a lag: ten seconds show few of them."""
_FEWEST = 3
# The line's own standard error: below the first share ten seconds are enough, above the second it is level.
_CLEAR = 0.1
_LEVEL = 1.0


@dataclass(frozen=True, slots=True)
class Slope:
    """A change in units per second, and its standard error."""

    per_s: float
    error: float

    @property
    def certain(self) -> bool:
        """Whether it goes up or down at all, as far as its values tell."""
        return self.error <= _LEVEL * abs(self.per_s) and self.per_s != 0

    @property
    def clear(self) -> bool:
        """Whether more values would hardly make a better one."""
        return self.error <= _CLEAR * abs(self.per_s)


def slope_of(points: Sequence[tuple[int, int]], window_ms: int, least_ms: int) -> Slope | None:
    """Return the slope of (ms, value) over the last `window_ms`, or over all where that does not make it clear.

    None for fewer than three points, or where they span less than `least_ms`.
    """
    if not points:
        return None
    since_ms = points[-1][0] - window_ms
    recent = _line([point for point in points if point[0] >= since_ms], least_ms)
    return recent if recent is not None and recent.clear else _line(points, least_ms) or recent


def _line(points: Sequence[tuple[int, int]], least_ms: int) -> Slope | None:
    if len(points) < _FEWEST or points[-1][0] - points[0][0] < least_ms:
        return None
    count = len(points)
    times = [(at_ms - points[0][0]) / 1000 for at_ms, _ in points]
    values = [value for _, value in points]
    middle, mean = sum(times) / count, sum(values) / count
    spread = sum((time - middle) ** 2 for time in times)
    per_s = sum((time - middle) * (value - mean) for time, value in zip(times, values, strict=True)) / spread
    return Slope(per_s, _error(times, values, per_s))


def _error(times: Sequence[float], values: Sequence[int], per_s: float) -> float:
    """Return the standard error of a slope.

    What comes unevenly adds up: each value is off by what the one before was off by, and some more. Taking the values'
    distances from the line for independent, as is usual, would promise several times too much.
    """
    steps = zip(times, times[1:], values, values[1:], strict=False)
    wander = sum((after - before - per_s * (later - sooner)) ** 2 for sooner, later, before, after in steps)
    return float((1.2 * wander) ** 0.5 / (times[-1] - times[0]))
