"""Numbers over time: which a row has, how many samples become a few dots of a line, and the trend in eight cells.

A value that is not known is NaN. How far a lag can be trusted stands beside it as a bit, so that several samples that
become one dot keep every doubt that any of them had.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Final, Literal

from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import CountKind

Quantity = Literal["length", "lag", "pending", "in", "out", "ack"]
QUANTITIES: Final[tuple[Quantity, ...]] = ("length", "lag", "pending", "in", "out", "ack")
"""What is remembered of a row, in this order: entries, and entries per second."""

NAN: Final = math.nan
NOTHING: Final = (NAN,) * len(QUANTITIES)
"""The sample of a row that was not seen."""

KIND_BITS: Final[dict[CountKind, int]] = {
    "exact": 1,
    "upper_bound": 2,
    "lower_bound": 4,
    "estimate": 8,
    "unknown": 16,
}
DOUBTS: Final = 2 | 4 | 8
"""The bits of a lag that is known, but not exactly."""

TREND_CELLS: Final = 8
_BLOCKS, _ASCII_BLOCKS = "▁▂▃▄▅▆▇█", ".:-=+*#@"

Dot = tuple[int, float, float]
"""A column of a plot with the lowest and the highest value of the samples that fall on it."""


def sample_of(row: Row) -> tuple[float, ...]:
    """Return a row's numbers in the order of QUANTITIES; NaN for what is not known, or not there."""
    stream, group, speed = row.stream, row.group, row.rates
    there = stream.exists and stream.trouble is None
    came = speed.in_per_s
    length = float(stream.length) if there else NAN
    arrived = came if there and came is not None else NAN
    if group is None:
        return (length, NAN, NAN, arrived, NAN, NAN)
    lag, out, ack = row.lag.value, speed.out_per_s, speed.ack_per_s
    return (
        length,
        NAN if lag is None else float(lag),
        float(group.pending),
        arrived,
        NAN if out is None else out,
        NAN if ack is None else ack,
    )


def kind_of(row: Row) -> int:
    """Return the bit that says how far the row's lag can be trusted; 0 where there is no group to have one."""
    return 0 if row.group is None else KIND_BITS[row.lag.kind]


def kind_word(bits: int) -> CountKind:
    """Return what can be said of a number that was made of lags of these kinds."""
    doubts = bits & DOUBTS
    words: dict[int, CountKind] = {0: "exact", 2: "upper_bound", 4: "lower_bound"}
    return words.get(doubts, "estimate")


def trend(peaks: Sequence[float], seen: Sequence[int], *, ascii_only: bool = False) -> str:
    """Spell the highest lag of each period as a block, from 0 to the row's own peak, at least 7.

    A period in which nobody looked is a space; one in which the lag was never known is `?`, and never a low block.
    """
    blocks = _ASCII_BLOCKS if ascii_only else _BLOCKS
    steps = len(blocks) - 1
    top = max((peak for peak in peaks if peak == peak), default=0.0)
    top = max(top, float(steps))
    # Rounded up: only a lag of 0 is the lowest block.
    return "".join(
        blocks[min(steps, math.ceil(peak * steps / top))] if peak == peak else "?" if looked else " "
        for peak, looked in zip(peaks, seen, strict=True)
    )


def dots(
    at_ms: Sequence[int],
    low: Sequence[float],
    high: Sequence[float],
    start_ms: int,
    end_ms: int,
    columns: int,
    join_ms: int,
) -> list[list[Dot]]:
    """Gather samples into dots, in runs: a run ends where a value is not known, or where nobody looked for `join_ms`.

    Samples that fall on one column become one dot from the lowest to the highest of them: no peak is lost.
    """
    runs: list[list[Dot]] = []
    run: list[Dot] = []
    before_ms: int | None = None
    per_ms = (columns - 1) / max(1, end_ms - start_ms)
    for now_ms, least, most in zip(at_ms, low, high, strict=True):
        if least != least or (before_ms is not None and now_ms - before_ms > join_ms):
            run = []
        before_ms = now_ms
        if least != least or not start_ms <= now_ms <= end_ms:
            continue
        column = int((now_ms - start_ms) * per_ms)
        if run and run[-1][0] == column:
            _, lowest, highest = run[-1]
            run[-1] = (column, min(lowest, least), max(highest, most))
        else:
            if not run:
                runs.append(run)
            run.append((column, least, most))
    return runs


def bare(runs: Iterable[Sequence[Dot]], first: int, columns: int) -> tuple[int, ...]:
    """Return the columns from `first` on, over which no run reaches: there nothing is known."""
    covered = {column for run in runs for column in range(run[0][0], run[-1][0] + 1)}
    return tuple(column for column in range(first, columns) if column not in covered)


def path(run: Sequence[Dot]) -> tuple[list[int], list[float]]:
    """Return a run as the points of one line: at each dot first the end that is nearer to where the line comes from."""
    across: list[int] = []
    up: list[float] = []
    for column, low, high in run:
        rising = not up or abs(up[-1] - low) <= abs(up[-1] - high)
        for value in dict.fromkeys((low, high) if rising else (high, low)):
            across.append(column)
            up.append(value)
    return across, up


def known(values: Iterable[float]) -> list[float]:
    """Return the values that are known."""
    return [value for value in values if value == value]
