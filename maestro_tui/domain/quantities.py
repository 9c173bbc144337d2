"""Quantities into words and back: durations, counts, bytes, rates. One spelling for every face."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime

from maestro_tui.domain.snapshot import Count

_UNIT_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)", re.ASCII)
MARKS = {"exact": "", "upper_bound": "<=", "lower_bound": ">=", "estimate": "~", "unknown": "?"}
_LONGEST_MS = 10 * 365 * 86_400_000


def parse_duration(text: str) -> int:
    """Read `5m`, `1h30m`, `250ms` or a bare number of seconds; return milliseconds, or raise ValueError."""
    stripped = text.strip().lower()
    bare = re.fullmatch(r"\d+(?:\.\d+)?", stripped, re.ASCII)
    parts = [(stripped, "s")] if bare else _PART.findall(stripped)
    if not parts or (not bare and "".join(f"{number}{unit}" for number, unit in parts) != stripped):
        raise ValueError(f"{text[:40]!r} is not a duration such as 30s, 5m or 1h30m")
    total = sum(float(number) * _UNIT_MS[unit] for number, unit in parts)
    if total > _LONGEST_MS:
        raise ValueError(f"{text[:40]!r} is longer than ten years")
    return round(total)


def duration(ms: int | None) -> str:
    """Spell a time span in at most five characters: `0.3s`, `8s`, `12m`, `3h`, `2d`; `?` if not known."""
    if ms is None:
        return "?"
    if ms < 1_000:
        return f"0.{max(1, ms // 100)}s" if ms >= 50 else "0s"
    for unit, size, below in (("s", 1_000, 100_000), ("m", 60_000, 6_000_000), ("h", 3_600_000, 172_800_000)):
        if ms < below:
            return f"{ms // size}{unit}"
    days = ms // 86_400_000
    return f"{days}d" if days < 1000 else f"{min(days // 365, 9999)}y"


def thousands(value: int) -> str:
    """Spell a whole number with thousands separators."""
    return f"{value:,}"


def si(value: float, cells: int) -> str:
    """Spell a number in at most `cells` characters, with k, M, G where it is too long."""
    return _short(value, cells, round)


def _short(value: float, cells: int, to_whole: Callable[[float], int]) -> str:
    plain = f"{to_whole(value):,}"
    if len(plain) <= cells:
        return plain
    for suffix in "kMGTPE":
        value /= 1000
        tenths = to_whole(value * 10)
        if tenths >= 10_000:
            continue
        if not tenths:
            # A number that would be rounded to nothing is better said to be too long.
            break
        fine, whole = f"{tenths / 10:.1f}", to_whole(value)
        for short in (fine, fine.removeprefix("0"), str(whole) if tenths >= 10 and whole < 1000 else fine):
            if len(short) < cells:
                return short + suffix
    return "#" * max(cells, 0)


def count(value: Count, cells: int = 12) -> str:
    """Spell a count with its mark: `667`, `~1,200`, `<=40`, `>=214`, `?`."""
    if value.value is None:
        return "?"
    mark = MARKS[value.kind]
    # A bound that was shortened must still be one.
    to_whole = {"upper_bound": math.ceil, "lower_bound": math.floor}.get(value.kind, round)
    return mark + _short(value.value, max(1, cells - len(mark)), to_whole)


def size(octets: int | None) -> str:
    """Spell bytes in binary units with at most one decimal: `512B`, `1.2G`; `?` if not known."""
    if octets is None:
        return "?"
    if octets < 1024:
        return f"{octets}B"
    value = float(octets)
    for suffix in "KMGT":
        value /= 1024
        if value < 1023.5 or suffix == "T":
            break
    return f"{value:.1f}{suffix}" if value < 99.95 else f"{value:.0f}{suffix}"


def rate(per_second: float | None, cells: int = 6) -> str:
    """Spell a rate with one decimal: `41.2`; `?` if not known."""
    if per_second is None:
        return "?"
    plain = f"{per_second:.1f}"
    return plain if len(plain) <= cells else si(per_second, cells)


def clock(ms: int) -> str:
    """Spell a time of day in UTC: `14:03:22Z`."""
    return _utc(ms).strftime("%H:%M:%SZ")


def timestamp(ms: int) -> str:
    """Spell an instant in UTC as ISO 8601 with milliseconds."""
    return _utc(ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def _utc(ms: int) -> datetime:
    return datetime.fromtimestamp(min(max(ms, 0), 253_402_300_799_000) // 1000, tz=UTC)


def plural(number: int, noun: str, many: str = "") -> str:
    """Spell a number with its noun: `1 entry`, `2 entries`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {many or noun + 's'}"
