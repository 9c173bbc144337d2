"""Follows an operation to its end, and stops it after the batch under way when somebody presses Ctrl-C."""

import asyncio
import contextlib
import signal
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

from maestro_tui.commands.narrating import Narrator
from maestro_tui.commands.tell import tell
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.progress import Progress
from maestro_tui.engine.operation import Operation

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_Result = TypeVar("_Result")


class Interrupts:
    """The signals that came: the first one asks the operation to stop, the second leaves it where it is."""

    def __init__(self, operation: Operation, narrator: Narrator) -> None:
        self.number = 0
        self.asked = asyncio.Event()
        self.insisted = asyncio.Event()
        self._operation = operation
        self._narrator = narrator

    @property
    def code(self) -> int:
        """The exit code that tells the signal, 0 where none came."""
        return 128 + self.number if self.number else 0

    def take(self, number: int) -> None:
        """Note a signal."""
        if self.asked.is_set():
            self.insisted.set()
            return
        self.number = number
        self.asked.set()
        self._narrator.close()
        tell("interrupted: stopping after the batch under way; once more leaves at once, with an unknown outcome.")
        self._operation.stop()


async def follow(operation: Operation, narrator: Narrator, *, watch: bool) -> tuple[Outcome | None, Progress, int]:
    """Return the outcome (None where somebody left before it was known), the last progress, and the exit code or 0.

    With `watch` the end is when what was copied has settled, or after the minute that is given to it.
    """
    interrupts = Interrupts(operation, narrator)
    narration = asyncio.create_task(_narrate(operation, narrator), name="narration")
    try:
        with _signals(interrupts):
            outcome = await _unless(operation.wait(), interrupts.insisted)
            if outcome is not None:
                # A stop that ended the move does not end the watch; whoever pressed Ctrl-C does not want to wait.
                if not watch or interrupts.asked.is_set():
                    operation.stop()
                await _unless(operation.settled(), interrupts.insisted)
    finally:
        narration.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await narration
        narrator.close()
    return outcome, operation.progress, interrupts.code


async def _narrate(operation: Operation, narrator: Narrator) -> None:
    async for progress in operation.updates():
        narrator.show(progress)


async def _unless(work: Coroutine[Any, Any, _Result], event: asyncio.Event) -> _Result | None:
    """Wait for a result, or for the event that makes waiting pointless: None."""
    working, waiting = asyncio.ensure_future(work), asyncio.ensure_future(event.wait())
    try:
        await asyncio.wait((working, waiting), return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, waiting):
            task.cancel()


@contextlib.contextmanager
def _signals(interrupts: Interrupts) -> Iterator[None]:
    """Take signals instead of being ended by them: an operation that is cut off has an unknown outcome."""
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    for number in _SIGNALS:
        loop.add_signal_handler(number, interrupts.take, number)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])
