"""Carries out confirmed plans, and owns what is in flight: quitting a face cancels no write."""

import asyncio
import base64
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from maestro_tui.domain.names import Key
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Confirmed
from maestro_tui.domain.trouble import Trouble
from maestro_tui.engine.audit import Audit, AuditFailure
from maestro_tui.engine.ports import Writer

NO_LOG = "no-log"


@dataclass(slots=True)
class Operation:
    """One confirmed plan on its way; `outcome` is None while it is under way.

    `lines` is its record; `unlogged` is what of it the log could not take, so that a face can show it.
    """

    number: int
    confirmed: Confirmed
    outcome: Outcome | None = None
    lines: list[str] = field(default_factory=list)
    unlogged: list[str] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> Outcome:
        """Wait until the outcome is known, or known to be unknown."""
        await self.done.wait()
        return self.outcome or _LOST


_LOST = Outcome(
    "unknown",
    trouble=Trouble("bug", "The outcome was not recorded.", "Look at the streams before you try again."),
)
_NEVER_BEGUN = Outcome.refused(Trouble("unreachable", "We quit before its turn came: nothing was sent.", "Try again."))
_QUIT = Outcome("unknown", trouble=Trouble("unreachable", "We quit before the answer came.", "Look at the streams."))


class Operations:
    """Takes confirmed plans one at a time: intent to the log, the write, the outcome to the log."""

    def __init__(
        self,
        writer: Writer,
        audit: Audit,
        node: str,
        *,
        read_only: bool = False,
        after: Callable[[], None] = lambda: None,
    ) -> None:
        self._writer = writer
        self._audit = audit
        self._node = node
        self._after = after
        self._numbers = itertools.count(1)
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self.read_only = read_only
        self.in_flight: dict[int, Operation] = {}

    def submit(self, confirmed: Confirmed) -> Operation:
        """Begin to carry out a confirmed plan; returns at once."""
        operation = Operation(next(self._numbers), confirmed)
        self.in_flight[operation.number] = operation
        task = asyncio.create_task(self._carry_out(operation), name=f"operation {operation.number}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return operation

    async def drain(self, within_s: float) -> tuple[Operation, ...]:
        """Wait for what is in flight; what does not end in time is logged as unknown and returned."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        left = tuple(self.in_flight.values())
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1.0)
        return left

    async def _carry_out(self, operation: Operation) -> None:
        try:
            async with self._turn:
                operation.outcome = await self._apply(operation)
        except asyncio.CancelledError:
            # Without an intent nothing was sent; with one, nobody can tell any more.
            operation.outcome = _QUIT if operation.lines else _NEVER_BEGUN
            if operation.lines:
                self._record(operation, "outcome", _spell_outcome(_QUIT))
            raise
        finally:
            self.in_flight.pop(operation.number, None)
            operation.done.set()
            self._after()

    async def _apply(self, operation: Operation) -> Outcome:
        confirmed = operation.confirmed
        if self.read_only:
            return Outcome.refused(
                Trouble("denied", "This dashboard is read-only: nothing was sent.", "Start it without --read-only.")
            )
        refusal = self._record(operation, "intent", _spell_plan(confirmed))
        if refusal is not None and NO_LOG not in confirmed.overrides:
            return Outcome.refused(refusal)
        try:
            outcome = await self._writer.apply(confirmed.plan)
        except Exception as error:
            # A writer answers whatever happens; one that does not has a bug, and the log must not end at the intent.
            sentence = f"The write failed in an unexpected way ({type(error).__name__})."
            outcome = Outcome("unknown", trouble=Trouble("bug", sentence, "Look at the streams before you try again."))
        self._record(operation, "outcome", _spell_outcome(outcome))
        return outcome

    def _record(self, operation: Operation, word: str, record: dict[str, Any]) -> Trouble | None:
        """Write a line of the log; keep it with the operation, so that a face can show it where the log fails."""
        whole = {"record": word, "operation": operation.number, "node": self._node, **record}
        try:
            operation.lines.append(self._audit.write(whole))
        except AuditFailure as failure:
            line = self._audit.spell(whole)
            operation.lines.append(line)
            operation.unlogged.append(line)
            return Trouble(
                "full", f"{failure} Nothing was sent.", "Make it writable, or run maestro-tui init --override no-log."
            )
        return None


def _spell_plan(confirmed: Confirmed) -> dict[str, Any]:
    plan = confirmed.plan
    return {
        "action": "init",
        "by": confirmed.by,
        "how": confirmed.how,
        "overrides": sorted(confirmed.overrides),
        "commands": [[_spell_bytes(part) for part in command] for command in plan.commands()],
    }


def _spell_outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "outcome": outcome.word,
        "counts": dict(outcome.counts),
        "steps": [{**_spell_key(step.key), "word": step.word} for step in outcome.steps],
        "trouble": None if outcome.trouble is None else str(outcome.trouble),
    }


def _spell_key(key: Key) -> dict[str, Any]:
    return {"stream": _spell_bytes(key.stream.raw), "group": None if key.group is None else _spell_bytes(key.group.raw)}


def _spell_bytes(raw: bytes) -> str | dict[str, str]:
    """Text where the bytes are text; else base64, so that the exact command can be read from the log."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(raw).decode("ascii")}
