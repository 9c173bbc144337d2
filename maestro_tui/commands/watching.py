"""`maestro-tui status --watch`: one document, or one table, for each poll, until somebody ends it."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace

from maestro_tui.commands.ending import UNREACHABLE
from maestro_tui.commands.status import table
from maestro_tui.commands.tell import tell
from maestro_tui.domain.document import document
from maestro_tui.domain.frame import EMPTY, Frame
from maestro_tui.domain.quantities import clock
from maestro_tui.domain.rules import OF_THE_WAY
from maestro_tui.engine.session import Session

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def watch(session: Session, *, format: str) -> int:
    """Print every poll, those that fail as well; 128 + the signal's number after a signal.

    An outage is gone through. Refused credentials end it: each try may lock an account. Raise OSError where nobody
    reads any more.
    """
    printer = _Printer(session, format)
    with printer.signals() as stopped:
        tasks = {
            asyncio.create_task(session.monitor.run(), name="monitor"),
            asyncio.create_task(printer.print_all(), name="printer"),
            asyncio.create_task(stopped.wait(), name="signals"),
        }
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in done:
            # What went wrong while printing is told by whoever runs us.
            task.result()
    return printer.code


class _Printer:
    """Prints frames. `code` is the exit code once something has ended it."""

    def __init__(self, session: Session, format: str) -> None:
        self.code = 0
        self._session = session
        self._format = format
        self._writing = False

    async def print_all(self) -> None:
        """Print each frame as it comes, until the server refuses us; the hook is told what is there from the start."""
        alerts = self._session.alerts
        alerts.from_the_start, alerts.say = True, tell
        async for frame in self._session.monitor.frames():
            alerts.take(frame)
            self._write("".join(f"{line}\n" for line in self._lines(frame)))
            if frame.trouble is not None and frame.trouble.fault == "auth":
                tell(str(frame.trouble))
                self.code = UNREACHABLE
                return

    def _lines(self, frame: Frame) -> Iterator[str]:
        config = self._session.config
        if self._format == "jsonl":
            yield json.dumps(document(_news(frame), config))
            return
        if frame.trouble is not None:
            yield f"{clock(self._session.clock.wall_ms())} {frame.trouble}"
        else:
            yield clock(frame.snapshot.taken_at_ms)
            yield from table(frame, config)
            yield from frame.snapshot.errors
        yield ""

    def _write(self, text: str) -> None:
        self._writing = True
        sys.stdout.write(text)
        sys.stdout.flush()
        self._writing = False

    @contextlib.contextmanager
    def signals(self) -> Iterator[asyncio.Event]:
        """Set an event at the first signal."""
        stopped, loop = asyncio.Event(), asyncio.get_running_loop()

        def take(number: int, _frame: object) -> None:
            self.code = 128 + number
            if self._writing:
                # Nobody reads, so the write hangs, and it is begun anew after a signal. There is nothing to save.
                os._exit(self.code)
            loop.call_soon_threadsafe(stopped.set)

        before = {number: signal.signal(number, take) for number in _SIGNALS}
        try:
            yield stopped
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _news(frame: Frame) -> Frame:
    """Return what the last poll saw: of one that failed nothing but that, since old numbers are no news."""
    if frame.trouble is None:
        return frame
    findings = tuple(finding for finding in frame.findings if finding.rule in OF_THE_WAY)
    return replace(EMPTY, findings=findings, trouble=frame.trouble)
