"""The log as one operation uses it: off the event loop, in order, and kept where the log cannot take it."""

import asyncio
import concurrent.futures
from collections.abc import Mapping
from concurrent.futures import Executor, Future
from typing import Any, Final

from maestro_tui.domain.trouble import Trouble
from maestro_tui.engine.audit import Audit, AuditFailure
from maestro_tui.engine.operation import Operation

NO_LOG: Final = "no-log"
# The lines an operation remembers; those about single entries are only in the log, which may be long.
_KEPT = frozenset(("intent", "outcome", "watch"))


class Recorder:
    """Writes the lines of one operation. `intended` is set once its intent is on disk, or was to do without."""

    def __init__(self, operation: Operation, audit: Audit, node: str, executor: Executor) -> None:
        self._operation = operation
        self._audit = audit
        self._node = node
        self._executor = executor
        self.intended = False

    @property
    def required(self) -> bool:
        """Whether nothing may be sent that the log does not know of."""
        return NO_LOG not in self._operation.confirmed.overrides

    def begin(self, word: str, record: Mapping[str, Any]) -> Future[Trouble | None]:
        """Hand a line over; lines are written in the order in which they were handed over."""
        return self._executor.submit(self._write, word, record)

    async def write(self, word: str, record: Mapping[str, Any]) -> Trouble | None:
        """Return once the line is on disk, or why it is not (None with the override `no-log`)."""
        return await self.end(self.begin(word, record))

    async def end(self, writing: Future[Trouble | None]) -> Trouble | None:
        """Wait for a line that was handed over; it is written even if nobody waits any longer."""
        try:
            return await asyncio.shield(asyncio.wrap_future(writing))
        except asyncio.CancelledError:
            # Who goes on from here must know whether it is there.
            concurrent.futures.wait([writing])
            raise

    def write_at_once(self, word: str, record: Mapping[str, Any]) -> None:
        """Write a line before returning, after those handed over before: for one who is being cancelled."""
        concurrent.futures.wait([self.begin(word, record)])

    def _write(self, word: str, record: Mapping[str, Any]) -> Trouble | None:
        operation = self._operation
        whole = {"record": word, "operation": operation.id, "node": self._node, **record}
        try:
            line = self._audit.write(whole)
        except AuditFailure as failure:
            line = self._audit.spell(whole)
            operation.unlogged.append(line)
            self._keep(word, line)
            if not self.required:
                return None
            return Trouble("full", str(failure), "Make it writable, or act with the override no-log.")
        self._keep(word, line)
        return None

    def _keep(self, word: str, line: str) -> None:
        self.intended = self.intended or word == "intent"
        if word in _KEPT:
            self._operation.lines.append(line)
