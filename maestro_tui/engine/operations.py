"""Carries out confirmed plans, and owns what is in flight: quitting a face cancels no write."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

from maestro_tui.domain.names import Key
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Chosen, Confirmed, MovePlan, RestorePlan
from maestro_tui.domain.plans.provenance import unwrap
from maestro_tui.domain.quantities import timestamp
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.audit import Audit
from maestro_tui.engine.copies import Copies
from maestro_tui.engine.deeds import Deeds
from maestro_tui.engine.operation import Operation
from maestro_tui.engine.payloads import Payloads
from maestro_tui.engine.ports import Clock, Reader, Writer
from maestro_tui.engine.recorder import NO_LOG, Recorder
from maestro_tui.engine.run import Run, Tools
from maestro_tui.engine.watch import Watch
from maestro_tui.engine.whole import Whole

__all__ = ["NO_LOG", "Operation", "Operations"]

_RECENT: Final = 20
_LETTER_BYTES: Final = 4096
_READ_ONLY: Final = Trouble("denied", "This dashboard is read-only: nothing was sent.", "Start it without --read-only.")
_NEVER_BEGUN: Final = Trouble("unreachable", "We quit before its turn came: nothing was sent.", "Try again.")
_STOPPED: Final = Trouble("busy", "It was stopped before its turn came: nothing was sent.", "Do it again if need be.")
_QUIT: Final = Trouble("unreachable", "We quit before its end.", "Look at the streams before you do it again.")


class Operations:
    """Takes confirmed plans one at a time: intent to the log, the writes, the outcome to the log; then the watch.

    `in_flight` are those whose outcome is not known yet, by ID. `recent` are the last ones that have one, newest
    last; what they made may still be watched. `after` is called when one ends, and about once a second meanwhile;
    `deeds` hears of everything that is sent.
    """

    def __init__(
        self,
        reader: Reader,
        writer: Writer,
        audit: Audit,
        clock: Clock,
        node: str,
        *,
        read_only: bool = False,
        after: Callable[[], None] = lambda: None,
        deeds: Deeds | None = None,
    ) -> None:
        self._tools = Tools(reader, writer, clock, after, deeds or Deeds())
        self._audit = audit
        self._node = node
        self._turn = asyncio.Lock()
        self._tasks: dict[Operation, asyncio.Task[None]] = {}
        self._leaving = False
        # One thread, so that lines reach the disk in the order in which they were handed over.
        self._executor = ThreadPoolExecutor(1, "audit")
        self.read_only = read_only
        self.in_flight: dict[str, Operation] = {}
        self.recent: list[Operation] = []

    def submit(self, confirmed: Confirmed) -> Operation:
        """Begin to carry out a confirmed plan; returns at once."""
        operation = Operation(self._new_id(), confirmed)
        self.in_flight[operation.id] = operation
        task = asyncio.create_task(self._carry_out(operation), name=f"operation {operation.id}")
        self._tasks[operation] = task
        task.add_done_callback(lambda _: self._tasks.pop(operation, None))
        return operation

    async def drain(self, within_s: float) -> tuple[Operation, ...]:
        """Wait for what is in flight, moves ending after the batch under way, watches at once.

        What does not end in time is logged as unknown and returned.
        """
        self._leaving = True
        for operation in tuple(self._tasks):
            if operation.outcome is not None or _can_stop(operation):
                operation.stop()
        tasks = set(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)
        left = tuple(self.in_flight.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
        self._leaving = False
        return left

    def _new_id(self) -> str:
        """Return an ID that no other log has: the second, and a random part."""
        moment = timestamp(self._tools.clock.wall_ms())
        second = moment.partition(".")[0].replace("-", "").replace(":", "")
        return f"{second}Z-{secrets.token_hex(3)}"

    async def _carry_out(self, operation: Operation) -> None:
        recorder = Recorder(operation, self._audit, self._node, self._executor)
        errand: Run | Whole | None = None
        try:
            async with self._turn:
                if self.read_only or (operation.stop_asked.is_set() and _can_stop(operation)):
                    self._conclude(operation, Outcome.refused(_READ_ONLY if self.read_only else _STOPPED))
                    return
                copies = await self._copies_of(operation)
                errand = self._errand(operation, recorder, copies)
                self._conclude(operation, await errand.carry_out())
            if copies is not None and len(copies):
                await self._watch(operation, copies, recorder)
        except asyncio.CancelledError:
            if operation.outcome is None:
                begun = errand is not None and recorder.intended
                self._conclude(operation, errand.cut_off(_QUIT) if errand and begun else Outcome.refused(_NEVER_BEGUN))
            raise
        except Exception as error:
            if operation.outcome is None:
                sentence = f"It ended in an unexpected way ({type(error).__name__})."
                bug = Trouble("bug", sentence, "Look at the streams before you try again.")
                self._conclude(operation, Outcome("unknown", trouble=bug))
        finally:
            operation.publish(replace(operation.progress, phase="ended", stopping=False))
            self._tools.after()

    def _conclude(self, operation: Operation, outcome: Outcome) -> None:
        self.in_flight.pop(operation.id, None)
        self.recent = [*self.recent[1 - _RECENT :], operation]
        # A stop that ended the move does not end the watch of what was moved until then, unless we are leaving.
        if not self._leaving:
            operation.stop_asked.clear()
        trouble = None if outcome.trouble is None else str(outcome.trouble)
        sentence = operation.progress.sentence or trouble or ""
        counts = dict(outcome.counts)
        operation.publish(replace(operation.progress, counts=counts, sentence=sentence, stopping=False))
        operation.conclude(outcome)
        self._tools.after()

    def _errand(self, operation: Operation, recorder: Recorder, copies: Copies | None) -> Run | Whole:
        plan = operation.confirmed.plan
        if not isinstance(plan, MovePlan | RestorePlan):
            return Whole(operation, plan, self._tools.writer, recorder, self._tools.deeds)
        payloads = None
        if isinstance(plan, MovePlan) and plan.save_payloads:
            path = self._audit.path.parent / f"payloads-{operation.id}.jsonl"
            payloads = Payloads(path, self._tools.reader, plan.key)
        return Run(operation, plan, self._tools, recorder, copies=copies, payloads=payloads)

    async def _copies_of(self, operation: Operation) -> Copies | None:
        """Return what will remember the copies; None where none are made, or no group is known to take them."""
        plan = operation.confirmed.plan
        if not isinstance(plan, MovePlan) or not plan.copies:
            return None
        if plan.key.group is not None:
            return Copies(plan.key, self._tools.reader)
        key = await self._key_of_letters(plan)
        return None if key is None else Copies(key, self._tools.reader)

    async def _key_of_letters(self, plan: MovePlan) -> Key | None:
        """Return where dead letters go back to: the first of them says which group it was pending in."""
        reader, selection = self._tools.reader, plan.selection
        try:
            if isinstance(selection, Chosen):
                ids = [target.id for target in selection.targets[:1]]
            else:
                page = await reader.entries(plan.key.stream, None, 1, newest_first=False)
                ids = [row.id for row in page.rows]
            letter = await reader.entry(plan.key.stream, ids[0], _LETTER_BYTES) if ids else None
        except Failure:
            # The move itself meets the trouble, and tells it.
            return None
        taken = None if letter is None else unwrap(letter.fields)
        return None if taken is None or plan.to is None else Key(plan.to, taken[0].group)

    async def _watch(self, operation: Operation, copies: Copies, recorder: Recorder) -> None:
        watch = Watch(operation, copies, recorder, self._tools.clock, self._tools.after)
        try:
            await watch.run()
        except asyncio.CancelledError:
            watch.cut_short()
            raise


def _can_stop(operation: Operation) -> bool:
    """Whether it is sent in parts, so that there is a point at which it can end."""
    return isinstance(operation.confirmed.plan, MovePlan | RestorePlan)
