"""What an operation moves, a bounded page at a time: read when its turn comes, never all at once."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.plans import NOBODY, Chosen, MovePlan, Restored, RestorePlan, Sweep, Target
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.engine.ports import Clock, Reader

PAGE: Final = 1_000
_SMALL: Final = 125
_MOST_PARTS: Final = 12
_LETTERS: Final = 100
_SLACK_MS: Final = 1_000
_DRIFT: Final = 0.999
"""What the server's clock may lose against ours, at once and by and by, before an untouched entry seems touched."""

_T = TypeVar("_T")

Item = Target | Restored
_Part = tuple[list[PendingEntry], int]
"""Rows, and the server's time in milliseconds at which they were read."""
Before = tuple[EntryId, Name, int, int]
"""A pending entry before it is moved: ID, owner, delivered at (server's milliseconds), deliveries."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Items in the order of their IDs, seen at `seen_s` of our clock; `before` is there where it can be undone."""

    items: tuple[Item, ...]
    seen_s: float
    before: tuple[Before, ...] | None = None


def aged(targets: tuple[Target, ...], waited_s: float) -> tuple[Target, ...]:
    """Demand of entries seen a while ago that they have been left alone since: they must be idle that much longer.

    Otherwise one that was delivered again to the same holder during a long run would soon seem untouched.
    """
    older_ms = int(waited_s * 1000 * _DRIFT) - _SLACK_MS
    if older_ms <= 0:
        return targets
    return tuple(
        target if target.owner == NOBODY else replace(target, idle_ms=target.idle_ms + older_ms) for target in targets
    )


class Turn:
    """Lets whoever reads ahead do so just before a batch is sent, so that rows are parsed while the server works.

    Read at any other time, they would be parsed between two batches, and the server would wait for us.
    """

    def __init__(self) -> None:
        self._open = True
        self._event = asyncio.Event()

    def give(self) -> None:
        """Let one page be read."""
        self._event.set()

    def open(self, *, always: bool) -> None:
        """Let pages be read whenever, because nothing else is under way; or not so any more."""
        self._open = always
        self._event.set()

    async def take(self) -> None:
        """Wait until a page may be read."""
        await self._event.wait()
        if not self._open:
            self._event.clear()


async def portions(
    plan: MovePlan | RestorePlan, reader: Reader, clock: Clock, turn: Turn
) -> AsyncGenerator[Portion, None]:
    """Yield all that a plan is about; raise `Failure` where the server cannot be read."""
    if isinstance(plan, RestorePlan):
        for rows in _cut(plan.rows):
            yield Portion(rows, clock.monotonic_s())
    elif isinstance(plan.selection, Chosen):
        began_s = clock.monotonic_s() - await _planned_before_s(plan, plan.selection.targets, reader)
        for targets in _cut(plan.selection.targets):
            before = tuple([row async for row in _look_again(plan.key, targets, reader)]) if plan.undoable else None
            yield Portion(targets, began_s, before)
    elif plan.key.group is None:
        async for targets in _letters(plan.key.stream, plan.selection, reader):
            yield Portion(targets, clock.monotonic_s())
    else:
        async for portion in _swept(plan, plan.selection, reader, clock, turn):
            yield portion


async def _planned_before_s(plan: MovePlan, targets: tuple[Target, ...], reader: Reader) -> float:
    """Return how long ago the plan was made, in seconds of the server's clock: a dialog may stay open for long.

    Entries were seen then or before; a sweep needs nothing of the kind, since its bounds are moments.
    """
    if plan.key.group is None or not targets:
        return 0.0
    page = await reader.sweep(plan.key, _just_below(targets[0].id), targets[0].id, 1)
    return max(0.0, (page.at_ms - plan.taken_at_ms) / 1000)


async def _swept(plan: MovePlan, sweep: Sweep, reader: Reader, clock: Clock, turn: Turn) -> AsyncIterator[Portion]:
    place = _Place(sweep.limit)
    while not place.ended:
        parts = [part async for part in _gather(plan.key, sweep, reader, place, turn)]
        if parts:
            before = tuple(_before(row, at_ms) for rows, at_ms in parts for row in rows) if plan.undoable else None
            yield Portion(tuple(_as_seen_last(parts)), clock.monotonic_s(), before)


def _as_seen_last(parts: list[_Part]) -> Iterable[Target]:
    """Return rows as they must be by the time the last of them was read: at a slow rate a page takes minutes."""
    last_ms = parts[-1][1]
    for rows, at_ms in parts:
        older_ms = max(0, last_ms - at_ms)
        for row in rows:
            yield Target(row.id, row.consumer, row.idle_ms + older_ms, row.deliveries)


@dataclass(slots=True)
class _Place:
    """How far a sweep has come: the last ID read, and how many it may still take."""

    left: int | None
    after: EntryId | None = None
    read_all: bool = False

    @property
    def ended(self) -> bool:
        return self.read_all or self.left == 0


async def _gather(key: Key, sweep: Sweep, reader: Reader, place: _Place, turn: Turn) -> AsyncIterator[_Part]:
    """Yield the rows of the next page that are wanted, in parts as small as a batch; where few are, in large ones."""
    size, held = _SMALL, 0
    for _ in range(_MOST_PARTS):
        await turn.take()
        page = await reader.sweep(key, place.after, sweep.up_to, size)
        rows = [row for row in page.rows if sweep.wants(row, page.at_ms)][: place.left]
        if rows:
            yield rows, page.at_ms
        held += len(rows)
        place.left = None if place.left is None else place.left - len(rows)
        place.after, place.read_all = page.next_after, page.next_after is None
        if place.ended or held + _SMALL > PAGE:
            break
        size = _SMALL if len(rows) * 2 > len(page.rows) else PAGE - held


async def _letters(stream: Name, sweep: Sweep, reader: Reader) -> AsyncIterator[tuple[Target, ...]]:
    """Yield the dead letters of a stream: many small pages make a large one."""
    after: EntryId | None = None
    left = sweep.limit
    held: list[Target] = []
    while left is None or left > 0:
        page = await reader.entries(stream, after, _LETTERS, newest_first=False)
        found = [Target(row.id) for row in page.rows if row.id <= sweep.up_to][:left]
        held += found
        left = None if left is None else left - len(found)
        after = page.next_after
        if after is None or after >= sweep.up_to:
            break
        if len(held) + _LETTERS > PAGE:
            yield tuple(held)
            held = []
    if held:
        yield tuple(held)


async def _look_again(key: Key, targets: tuple[Target, ...], reader: Reader) -> AsyncIterator[Before]:
    """Yield how chosen entries are pending now: what was seen when they were chosen is too coarse to return to.

    Stretches of the pending list between them are skipped.
    """
    wanted = {target.id for target in targets}
    last = targets[-1].id
    after: EntryId | None = None
    for target in targets:
        if after is not None and target.id <= after:
            continue
        page = await reader.sweep(key, _just_below(target.id), last, PAGE)
        for row in page.rows:
            if row.id in wanted:
                yield _before(row, page.at_ms)
        if page.next_after is None:
            break
        after = page.next_after


def _before(row: PendingEntry, at_ms: int) -> Before:
    return row.id, row.consumer, at_ms - row.idle_ms, row.deliveries


def _just_below(id: EntryId) -> EntryId | None:
    if id.seq:
        return EntryId(id.ms, id.seq - 1)
    return EntryId(id.ms - 1, 2**64 - 1) if id.ms else None


def _cut(items: tuple[_T, ...]) -> Iterable[tuple[_T, ...]]:
    return (items[start : start + PAGE] for start in range(0, len(items), PAGE))
