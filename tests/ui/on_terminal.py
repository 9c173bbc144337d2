"""Runs the dashboard on the terminal it is started on, on a scripted server: `python -m tests.ui.on_terminal`."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.engine.clock import SystemClock
from maestro_tui.engine.monitor import Monitor
from maestro_tui.ui.run import dashboard
from screenshots.script import SCENES, UNREACHABLE
from tests.fakes import FakeWriter, Seen, scripted_session


class _Broken(Monitor):
    """Fails in a way that nobody foresaw."""

    async def poll(self) -> Frame:
        """Fail at the third poll."""
        if self.frame.polls > 1:
            raise RuntimeError("not \x1b[2J foreseen")
        return await super().poll()


def _lost() -> tuple[Seen, ...]:
    """A calm server that is seen once and never again."""
    seen = SCENES["calm"].script[-1]
    assert isinstance(seen, Snapshot)
    return (replace(seen, mono_ms=0), UNREACHABLE)


async def _main(how: str, audit: Path) -> int:
    writer = FakeWriter()
    if how == "slow":
        writer.gate.clear()
        asyncio.get_running_loop().call_later(1.5, writer.gate.set)
    script = _lost() if how == "hook" else SCENES["empty" if how == "slow" else "incident"].script
    config = Config(poll_every_s=0.25, hook=f"sh -c 'echo $$ > {audit}.pid; sleep 600'" if how == "hook" else None)
    session = scripted_session(script, audit, config=config, clock=SystemClock(), writer=writer)
    if how == "broken":
        session.monitor = _Broken(session.reader, session.clock, session.config)
    async with session:
        return await dashboard(session)


if __name__ == "__main__":
    sys.exit(asyncio.run(_main(sys.argv[1], Path(sys.argv[2]))))
