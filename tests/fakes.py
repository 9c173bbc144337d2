"""Stand-ins for Redis and for time: a reader that follows a script, a writer that remembers, a clock on a string."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.outcomes import EntryOutcome, Outcome, StepOutcome
from maestro_tui.domain.plans import Batch, InitPlan, MoveBatch, Plan, RestoreBatch
from maestro_tui.domain.progress import Fates
from maestro_tui.domain.snapshot import PendingEntry, Snapshot
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.audit import Audit
from maestro_tui.engine.monitor import Monitor
from maestro_tui.engine.operations import Operations
from maestro_tui.engine.ports import (
    Clock,
    EntriesPage,
    Entry,
    EntryRow,
    Holding,
    Page,
    PendingRow,
    PendingRows,
    Preview,
)
from maestro_tui.engine.session import Session

Seen = Snapshot | Trouble | Failure
Fate = Fates | Failure | Callable[[Key, Sequence[EntryId]], Fates]

NOW = 1_795_356_202_000
# As many payloads as the gateway fetches for one page.
_MOST_PREVIEWS = 100


class FixedClock:
    """Time that passes only when told to."""

    def __init__(self, wall_ms: int = NOW) -> None:
        self._wall_ms = wall_ms
        self._monotonic_s = 1_000.0

    def wall_ms(self) -> int:
        """The present, by this clock."""
        return self._wall_ms

    def monotonic_s(self) -> float:
        """Seconds since some moment."""
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._wall_ms += round(seconds * 1000)
        self._monotonic_s += seconds

    async def sleep(self, seconds: float) -> None:
        """Pass the time at once."""
        self.advance(seconds)
        await asyncio.sleep(0)


@dataclass(slots=True)
class Shelf:
    """What a scripted server holds besides its polls.

    `rows` are the pending list that `sweep` pages through, read at `at_ms`; `streams` the entries of each stream;
    `holdings` how groups stand to any entry; `fates` the answers about copies in turn, the last one for ever after
    (none: all are acknowledged). A Failure among them is raised.
    """

    rows: Sequence[PendingEntry] = ()
    at_ms: int = NOW
    streams: Mapping[Name, Mapping[EntryId, tuple[tuple[bytes, bytes], ...]]] = field(default_factory=dict)
    holdings: tuple[Holding, ...] = ()
    fates: list[Fate] = field(default_factory=list)
    failure: Failure | None = None


class ScriptedReader:
    """Answers each poll with the next item of a script; the last one for ever after. The rest is on its shelf."""

    def __init__(self, script: Iterable[Seen], pages: Sequence[Page] = (), shelf: Shelf | None = None) -> None:
        self.script: list[Seen] = list(script)
        self.pages = list(pages)
        self.shelf = shelf or Shelf()
        self.polls = 0
        self.swept: list[EntryId | None] = []
        self.asked: list[tuple[Key, EntryId | None, int, Name | None]] = []
        self.asked_fates: list[tuple[Key, tuple[EntryId, ...]]] = []
        self.closed = False

    async def poll(self, focus: Key | None) -> Snapshot:  # noqa: ARG002
        """Return or raise what the script says."""
        seen = self.script[min(self.polls, len(self.script) - 1)]
        self.polls += 1
        if isinstance(seen, Snapshot):
            return seen
        raise seen if isinstance(seen, Failure) else Failure(seen)

    async def pending(
        self, stream: Name, group: Name, after: EntryId | None, limit: int, consumer: Name | None = None
    ) -> Page:
        """Return the scripted pages in turn, the last one for ever after; of a shelf's rows where none is scripted."""
        if self.pages:
            return self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        assert 1 <= limit <= 1000
        await self._fail_or_yield()
        self.asked.append((Key(stream, group), after, limit, consumer))
        found = [row for row in self.shelf.rows if _between(row.id, after, None) and consumer in (None, row.consumer)]
        held = self.shelf.streams.get(stream, {})
        rows = tuple(
            PendingRow(row, _preview(held.get(row.id)) if place < _MOST_PREVIEWS else Preview(None, note="not fetched"))
            for place, row in enumerate(found[:limit])
        )
        return Page(rows, rows[-1].entry.id if len(rows) == limit else None)

    async def sweep(self, key: Key, after: EntryId | None, until: EntryId | None, limit: int) -> PendingRows:  # noqa: ARG002
        """Return a page of the shelf's rows, as XPENDING pages them; note where it began."""
        assert 1 <= limit <= 1000
        self.swept.append(after)
        await self._fail_or_yield()
        found = [row for row in self.shelf.rows if _between(row.id, after, until)]
        more = found[limit - 1].id if len(found) > limit else None
        return PendingRows(tuple(found[:limit]), self.shelf.at_ms, more)

    async def entries(self, stream: Name, after: EntryId | None, limit: int, *, newest_first: bool) -> EntriesPage:
        """Return a page of a stream's entries, upwards or downwards."""
        assert 1 <= limit <= 100
        await self._fail_or_yield()
        held = self.shelf.streams.get(stream, {})
        ids = sorted(held, reverse=newest_first)
        found = [id for id in ids if after is None or (id < after if newest_first else id > after)]
        rows = tuple(EntryRow(id, Preview(held[id], _size(held[id]))) for id in found[:limit])
        return EntriesPage(rows, found[limit - 1] if len(found) > limit else None)

    async def entry(self, stream: Name, id: EntryId, most_bytes: int | None) -> Entry | None:
        """Return an entry of the shelf, whole up to `most_bytes`."""
        await self._fail_or_yield()
        fields = self.shelf.streams.get(stream, {}).get(id)
        if fields is None:
            return None
        shown = _cut(fields, most_bytes)
        return Entry(id, shown, _size(fields), len(fields), complete=shown == fields)

    async def holdings(self, stream: Name, id: EntryId) -> tuple[Holding, ...]:  # noqa: ARG002
        """Return what the shelf says of every entry."""
        await self._fail_or_yield()
        return self.shelf.holdings

    async def fates(self, key: Key, copies: Sequence[EntryId]) -> Fates:
        """Return or raise the shelf's next answer; where it has none, every copy is acknowledged."""
        self.asked_fates.append((key, tuple(copies)))
        await asyncio.sleep(0)
        if not self.shelf.fates:
            return Fates(len(copies), acked=len(copies))
        answer = self.shelf.fates.pop(0) if len(self.shelf.fates) > 1 else self.shelf.fates[0]
        if isinstance(answer, Failure):
            raise answer
        return answer if isinstance(answer, Fates) else answer(key, copies)

    async def close(self) -> None:
        """Note that nothing is left open."""
        self.closed = True

    async def _fail_or_yield(self) -> None:
        await asyncio.sleep(0)
        if self.shelf.failure is not None:
            raise self.shelf.failure


def _between(id: EntryId, after: EntryId | None, until: EntryId | None) -> bool:
    return (after is None or id > after) and (until is None or id <= until)


def _preview(fields: tuple[tuple[bytes, bytes], ...] | None) -> Preview:
    return Preview(None, note="gone") if fields is None else Preview(fields, _size(fields))


def _cut(fields: tuple[tuple[bytes, bytes], ...], most_bytes: int | None) -> tuple[tuple[bytes, bytes], ...]:
    """Cut fields off after so many bytes, the last one in its middle."""
    if most_bytes is None or _size(fields) <= most_bytes:
        return fields
    shown, left = [], most_bytes
    for name, value in fields:
        if left <= 0:
            break
        shown.append((name[:left], value[: max(0, left - len(name))]))
        left -= len(name) + len(value)
    return tuple(shown)


def _size(fields: tuple[tuple[bytes, bytes], ...]) -> int:
    return sum(len(name) + len(value) for name, value in fields)


class FakeWriter:
    """Remembers what it is sent and answers as it is told: by default everything works."""

    def __init__(self, answer: Callable[[Batch], Outcome] | None = None) -> None:
        self.batches: list[Batch] = []
        self.closed = False
        self.gate = asyncio.Event()
        self.gate.set()
        self._answer = answer or all_done

    @property
    def plans(self) -> list[Plan]:
        """The plans of which something was sent, in order; a plan sent in parts is named once."""
        made: list[Plan] = []
        for batch in self.batches:
            plan = batch.plan if isinstance(batch, MoveBatch | RestoreBatch) else batch
            if plan is batch or not made or made[-1] is not plan:
                made.append(plan)
        return made

    @property
    def sent(self) -> list[EntryId]:
        """The IDs of all entries in the batches sent, in order."""
        moved = [target.id for batch in self.batches if isinstance(batch, MoveBatch) for target in batch.targets]
        return moved + [row.id for batch in self.batches if isinstance(batch, RestoreBatch) for row in batch.rows]

    async def apply(self, batch: Batch) -> Outcome:
        """Answer, once the gate is open."""
        self.batches.append(batch)
        await asyncio.sleep(0)
        await self.gate.wait()
        return self._answer(batch)

    async def close(self) -> None:
        """Note that nothing is left open."""
        self.closed = True


def all_done(batch: Batch) -> Outcome:
    """The outcome of a batch of which everything worked; the copy of 5-0 is 5-1."""
    if isinstance(batch, InitPlan):
        return all_created(batch)
    if isinstance(batch, RestoreBatch):
        return Outcome.of_entries([EntryOutcome(row.id, "done") for row in batch.rows])
    if isinstance(batch, MoveBatch):
        return Outcome.of_entries([done(batch, target.id) for target in batch.targets])
    return Outcome("done", counts={"done": 1})


def done(batch: MoveBatch, id: EntryId) -> EntryOutcome:
    """The outcome of an entry that was moved, with its copy where the verb makes one."""
    copied = batch.plan.copies or batch.plan.verb == "dead-letter"
    return EntryOutcome(id, "done", EntryId(id.ms, id.seq + 1) if copied else None)


def all_created(plan: InitPlan) -> Outcome:
    """The outcome of a plan whose every step worked."""
    return Outcome.of(tuple(StepOutcome(step.key, "created") for step in plan.steps))


def scripted_session(
    script: Iterable[Seen],
    audit: Path,
    *,
    config: Config | None = None,
    clock: Clock | None = None,
    writer: FakeWriter | None = None,
    pages: Sequence[Page] = (),
    shelf: Shelf | None = None,
) -> Session:
    """Return a whole running system on a script; the log goes to `audit`."""
    config, clock, writer = config or Config(), clock or FixedClock(), writer or FakeWriter()
    reader = ScriptedReader(script, pages, shelf)
    monitor = Monitor(reader, clock, config)
    log = Audit(audit, clock)
    operations = Operations(
        reader,
        writer,
        log,
        clock,
        str(config.address),
        read_only=config.read_only,
        after=monitor.poll_now,
        deeds=monitor.deeds,
    )
    return Session(config, monitor, operations, reader, writer, clock, log)
