"""What a face is given: something to watch, something to act with, something to look closer with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from maestro_tui.domain.config import Config
from maestro_tui.engine.audit import Audit
from maestro_tui.engine.monitor import Monitor
from maestro_tui.engine.operations import Operations
from maestro_tui.engine.ports import Clock, Reader, Writer

DRAIN_S = 5.0


@dataclass(slots=True)
class Session:
    """One connection's worth of running system; leaving it drains what is in flight, then closes."""

    config: Config
    monitor: Monitor
    operations: Operations
    reader: Reader
    writer: Writer
    clock: Clock
    audit: Audit

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self.operations.drain(DRAIN_S)
        finally:
            try:
                await self.reader.close()
            finally:
                await self.writer.close()


Face = Callable[[Session], Awaitable[int]]
"""The dashboard and every command: given a session, it returns an exit code."""
