"""Moves to carry out: plans of any size, the rows that fit them, and what the log says of them afterwards."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.outcomes import EntryOutcome, EntryWord, Outcome
from maestro_tui.domain.plans import Batch, Chosen, Confirmed, MoveBatch, MovePlan, Plan, Sweep, Target, Verb
from maestro_tui.domain.snapshot import PendingEntry, exact
from maestro_tui.engine.audit import Audit
from maestro_tui.engine.operations import Operations
from maestro_tui.engine.ports import Clock
from tests.domain.building import JOBS, KEY, NOW
from tests.fakes import FakeWriter, FixedClock, ScriptedReader, Shelf, all_done

HOLDER, OTHER = Name(b"worker-1"), Name(b"worker-2")
DEAD = Name(b"app:jobs:dead")


def rows(count: int, holder: Name = HOLDER, idle_ms: int = 600_000) -> tuple[PendingEntry, ...]:
    """Pending entries 1-0, 2-0 and so on."""
    return tuple(PendingEntry(EntryId(number), holder, idle_ms, 1) for number in range(1, count + 1))


def chosen(count: int) -> Chosen:
    """The same as exact targets."""
    return Chosen(tuple(Target.of(row) for row in rows(count)))


def sweep(count: int, **changes: Any) -> Sweep:  # noqa: ANN401 - the fields of Sweep
    """The same as bounds."""
    fields: dict[str, Any] = {"up_to": EntryId(count), "delivered_before": {HOLDER: NOW - 300_000}}
    return Sweep(**{**fields, "seen": exact(count), **changes})


def move(verb: Verb, selection: Chosen | Sweep, **changes: Any) -> MovePlan:  # noqa: ANN401 - the fields of MovePlan
    """A plan that moves them."""
    to = {"claim": OTHER, "requeue": JOBS, "edit": JOBS, "dead-letter": DEAD}.get(verb)
    fields: dict[str, Any] = {"key": KEY, "to": to, "taken_at_ms": NOW}
    return MovePlan(verb, selection=selection, **{**fields, **changes})


def confirmed(plan: Plan, overrides: frozenset[str] = frozenset()) -> Confirmed:
    """Somebody agreed to it."""
    return Confirmed(plan, "kay", "count", overrides)


def operations(
    log: Path,
    writer: FakeWriter | None = None,
    *,
    shelf: Shelf | None = None,
    clock: Clock | None = None,
    read_only: bool = False,
    after: Callable[[], None] = lambda: None,
) -> Operations:
    """Operations on a script."""
    clock = clock or FixedClock()
    reader, audit = ScriptedReader([], shelf=shelf), Audit(log, clock)
    writer = writer or FakeWriter()
    return Operations(reader, writer, audit, clock, "redis.test:6379/0", read_only=read_only, after=after)


def lines(log: Path) -> list[dict[str, Any]]:
    """What the log holds; a line that is just being written is not there yet."""
    return [json.loads(line) for line in log.read_text().split("\n")[:-1]] if log.exists() else []


def told(log: Path) -> list[tuple[str, str | None]]:
    """What the log holds, in short."""
    return [(line["record"], line.get("outcome")) for line in lines(log)]


def answering(*words: EntryWord, note: str = "") -> Callable[[Batch], Outcome]:
    """Answer the first batches with these words for each of their entries, the rest as done."""
    left = list(words)

    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        word = left.pop(0) if left else "done"
        if word == "done":
            return all_done(batch)
        return Outcome.of_entries([EntryOutcome(one.id, word, note=note) for one in batch.targets])

    return answer


def operations_on(reader: ScriptedReader, writer: FakeWriter, log: Path) -> Operations:
    """Operations on a reader of one's own."""
    clock = FixedClock()
    return Operations(reader, writer, Audit(log, clock), clock, "redis.test:6379/0")
