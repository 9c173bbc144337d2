"""Performance data of a monitoring plugin: `'label'=value[UOM];warn;crit;min;max`, one for each number.

The Monitoring Plugins Development Guidelines, "Performance data". They allow `U` for a value that could not be
determined; Icinga 2 takes no such value, so what is not known exactly is left out instead, and counted.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from maestro_tui.domain.limits import Limits, StreamLimits
from maestro_tui.domain.names import Name
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import Count, Group, Snapshot, exact
from maestro_tui.domain.text import visible

MOST_LABELS: Final = 64
MOST_BYTES: Final = 3_000
_LONGEST_SUBJECT = 40
_FORBIDDEN = str.maketrans(dict.fromkeys(" '=|;\\\"`$", "_"))


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: `unit` is `s`, `c` (a counter) or ''; None is not known exactly."""

    label: str
    value: float | int | None
    unit: str = ""
    warn: str = ""

    def __str__(self) -> str:
        """Spell it, without what would be empty at its end."""
        return f"'{self.label}'={self.value}{self.unit}" + (f";{self.warn}" if self.warn else "")


def figures(seen: Snapshot, rows: Sequence[Row], limits: Limits) -> tuple[str, ...]:
    """Return what is spelled behind the `|`: of each row, then of the poll, then how many numbers are missing."""
    wanted = [*_of_rows(rows, limits), Figure("poll", round(seen.cost.seconds, 6), "s")]
    spelled: list[str] = []
    room = MOST_BYTES
    for figure in wanted:
        text = str(figure)
        octets = len(text.encode()) + 1
        if figure.value is not None and len(spelled) < MOST_LABELS and octets <= room:
            spelled.append(text)
            room -= octets
    return (*spelled, str(Figure("left_out", len(wanted) - len(spelled))))


def _of_rows(rows: Sequence[Row], limits: Limits) -> Iterator[Figure]:
    """Yield the numbers of rows; of what does not exist there is none, and none of it is missing."""
    told: set[Name] = set()
    for row, subject in zip(rows, _subjects(rows), strict=True):
        stream = row.stream
        if stream.exists is False:
            continue
        if stream.name not in told:
            told.add(stream.name)
            known = stream.exists is True and stream.trouble is None
            yield Figure(f"{subject}_length", stream.length if known else None)
            yield Figure(f"{subject}_added", stream.entries_added if known else None, "c")
        if row.group is not None:
            yield from _of_group(row, row.group, subject, limits.of(stream.name))


def _of_group(row: Row, group: Group, subject: str, own: StreamLimits) -> Iterator[Figure]:
    yield Figure(f"{subject}_lag", _exact(row.lag))
    yield Figure(f"{subject}_pending", group.pending)
    yield Figure(f"{subject}_stuck", _exact(row.pending.stuck))
    if row.lag != exact(0):
        yield Figure(f"{subject}_waiting", _seconds(row.waiting_ms), "s", f"{own.waiting_after_ms / 1000:g}")
    if group.pending:
        yield Figure(f"{subject}_oldest", _seconds(row.oldest_age_ms), "s")


def _subjects(rows: Iterable[Row]) -> list[str]:
    """Return what each row is called in labels: its alias, else its stream's name; never the same twice."""
    found: list[str] = []
    for row in rows:
        text = _plain(row.alias if row.alias is not None else _last_part(row.key.stream))
        if text in found:
            group = b"" if row.key.group is None else row.key.group.raw
            text = f"{text}_{hashlib.sha256(row.key.stream.raw + b' ' + group).hexdigest()[:8]}"
        found.append(text)
    return found


def _last_part(name: Name) -> bytes:
    return name.raw.rsplit(b":", 1)[-1] or name.raw


def _plain(text: str | bytes) -> str:
    """Spell a subject so that no parser stumbles over it: no quotes, no `=`, no `|`, no spaces."""
    shown = visible(text, _LONGEST_SUBJECT)[:_LONGEST_SUBJECT].translate(_FORBIDDEN)
    return "".join("_" if char.isspace() else char for char in shown) or "_"


def _exact(count: Count) -> int | None:
    return count.value if count.kind == "exact" else None


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
