"""What a face is given: something to watch, something to act with, something to look closer with."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from maestro_tui.domain.config import Config
from maestro_tui.engine.alerts import Alerts
from maestro_tui.engine.audit import Audit
from maestro_tui.engine.monitor import Monitor
from maestro_tui.engine.operations import Operations
from maestro_tui.engine.ports import Clock, Reader, Writer
from maestro_tui.engine.problems import Problems

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
    problems: Problems = field(init=False)
    alerts: Alerts = field(init=False)

    def __post_init__(self) -> None:
        """Make what follows the frames; a face that hands them none has nothing written and nobody alerted."""
        self.problems = Problems(self.audit, self.clock, str(self.config.address))
        self.alerts = Alerts(self.config, self.clock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            # Hooks get no time of their own: what is left of the drain's.
            await asyncio.gather(self.operations.drain(DRAIN_S), self.alerts.aclose(DRAIN_S), self.problems.aclose())
        finally:
            try:
                await self.reader.close()
            finally:
                await self.writer.close()


Face = Callable[[Session], Awaitable[int]]
"""The dashboard and every command: given a session, it returns an exit code."""
