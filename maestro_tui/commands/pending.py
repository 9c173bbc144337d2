"""`maestro-tui pending`: a group's pending entries, each with what it means."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from maestro_tui.commands.addressing import look, row_of
from maestro_tui.commands.closer import MOST, Closer, look_closer
from maestro_tui.commands.ending import DONE, told
from maestro_tui.commands.tell import show, tell
from maestro_tui.domain.config import Config
from maestro_tui.domain.document import named
from maestro_tui.domain.names import ZERO, Name
from maestro_tui.domain.pending import delivered_before, is_ghost
from maestro_tui.domain.quantities import duration, timestamp
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.domain.text import fit
from maestro_tui.engine.ports import Reader
from maestro_tui.engine.session import Session

SCHEMA = 1
MOST_SHOWN = 1_000
_PAGE = 1_000
_ID, _CONSUMER = 20, 24

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which pending entries are wanted."""

    min_idle_ms: int = 0
    min_deliveries: int = 1
    consumer: str | None = None
    limit: int = MOST_SHOWN

    def want(self, entry: PendingEntry) -> bool:
        """Whether an entry passes; the limit is for whoever counts."""
        held = self.consumer is None or entry.consumer == Name.of(self.consumer)
        return held and entry.idle_ms >= self.min_idle_ms and entry.deliveries >= self.min_deliveries


@dataclass(frozen=True, slots=True)
class Line:
    """A pending entry with what it means; None is what is not known. Times are milliseconds."""

    entry: PendingEntry
    age_ms: int | None
    left_behind: bool | None
    ghost: bool | None
    poison: bool | None
    attempts: int | None

    @property
    def marks(self) -> tuple[str, ...]:
        """The words for what is certain."""
        batch = () if self.left_behind is None else ("left behind" if self.left_behind else "last batch",)
        return (*batch, *(("ghost",) if self.ghost else ()), *(("poison",) if self.poison else ()))


async def pending(session: Session, *, stream: str, group: str | None, filters: Filters, format: str) -> int:
    """Print the pending entries that pass the filters, those with the lowest IDs first."""
    return await told(_pending(session, stream, group, filters, format))


async def _pending(session: Session, text: str, group: str | None, filters: Filters, format: str) -> int:
    frame, stream = await look(session, text, polls=1)
    row = row_of(frame, session.config.topology, stream, group)
    lines: list[Line] = []
    if format == "table":
        show(_HEADER)
    count = 0
    async for part, more in _parts(session, row, filters):
        count += len(part)
        if format == "json":
            lines += part
        for line in part:
            if format != "json":
                show(_cells(line) if format == "table" else json.dumps(_document(line)))
        if more:
            tell(f"only the first {count:,} are shown; --limit shows more.")
            break
    else:
        more = False
    if format == "json":
        show(json.dumps(_whole(row, lines, frame.snapshot.taken_at_ms, complete=not more), indent=2))
    if not count:
        tell(f"no pending entry of {row.key.group} on {stream} fits.")
    return DONE


async def _parts(session: Session, row: Row, filters: Filters) -> AsyncIterator[tuple[list[Line], bool]]:
    """Yield what fits, page by page, and with the last part whether more of it was left out."""
    left, first = filters.limit, True
    async for entries, at_ms in _pages(session.reader, row):
        found = [entry for entry in entries if filters.want(entry)]
        taken = found[:left]
        if taken or len(found) > left:
            closer = Closer()
            if first and taken:
                closer = await look_closer(session.reader, row.key.stream, [entry.id for entry in taken[:MOST]])
            yield _lines(taken, row, session.config, at_ms, closer), len(found) > left
            first = False
        left -= len(taken)


async def _pages(reader: Reader, row: Row) -> AsyncIterator[tuple[Sequence[PendingEntry], int]]:
    after = None
    while True:
        page = await reader.sweep(row.key, after, None, _PAGE)
        yield page.rows, page.at_ms
        after = page.next_after
        if after is None:
            return


def _lines(entries: Sequence[PendingEntry], row: Row, config: Config, at_ms: int, closer: Closer) -> list[Line]:
    holders = {one.name: one for one in (row.group.consumers if row.group else None) or ()}
    bounds = {name: delivered_before(holder, row.stream.seen_at_ms) for name, holder in holders.items()}
    no_holes = row.stream.max_deleted_id == ZERO
    lines = []
    for entry in entries:
        bound = bounds.get(entry.consumer)
        looked_at = entry.id in closer.looked_at
        attempts = closer.attempts.get(entry.id, 0) if looked_at else None
        gone = is_ghost(entry, row.stream) or entry.id in closer.gone
        often = entry.deliveries >= config.limits.poison_deliveries
        lines.append(
            Line(
                entry,
                entry.id.age_ms(at_ms),
                left_behind=None if bound is None else at_ms - entry.idle_ms <= bound,
                ghost=True if gone else (False if looked_at or no_holes else None),
                poison=True if often else (None if attempts is None else attempts >= config.limits.poison_attempts),
                attempts=attempts,
            )
        )
    return lines


_HEADER = f"{'ID':<{_ID}}   AGE  IDLE  {'CONSUMER':<{_CONSUMER}} DELIVERED REQUEUED  MARKS"


def _cells(line: Line) -> str:
    """Spell a line of the table; an ID is never cut, since it is what one copies."""
    entry = line.entry
    times = f"{duration(line.age_ms):>5} {duration(entry.idle_ms):>5}"
    requeued = "?" if line.attempts is None else str(line.attempts)
    holder = fit(str(entry.consumer), _CONSUMER)
    text = f"{entry.id!s:<{_ID}} {times}  {holder} {entry.deliveries:>9,} {requeued:>8}  {', '.join(line.marks)}"
    return text.rstrip()


def _document(line: Line) -> Json:
    entry = line.entry
    return {
        "id": str(entry.id),
        "age_ms": line.age_ms,
        "idle_ms": entry.idle_ms,
        "consumer": named(entry.consumer),
        "deliveries": entry.deliveries,
        "attempts": line.attempts,
        "left_behind": line.left_behind,
        "ghost": line.ghost,
        "poison": line.poison,
    }


def _whole(row: Row, lines: Sequence[Line], taken_at_ms: int, *, complete: bool) -> Json:
    assert row.key.group is not None
    return {
        "schema": SCHEMA,
        "taken_at": timestamp(taken_at_ms),
        "stream": named(row.key.stream),
        "group": named(row.key.group),
        "pending": None if row.group is None else row.group.pending,
        "complete": complete,
        "entries": [_document(line) for line in lines],
    }
