"""The canary: one copy goes first, and the rest waits until somebody has acknowledged it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from maestro_tui.domain.plans.guards import shown
from maestro_tui.domain.progress import Fates
from maestro_tui.domain.quantities import duration
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.copies import Copies
from maestro_tui.engine.pausing import pause
from maestro_tui.engine.ports import Clock

_EVERY_S: Final = 0.5
HOPELESS: Final = frozenset(("denied", "gone", "wrong_type", "auth"))
"""Troubles that looking again does not cure."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the rest may follow; if not, `sentence` says what was seen. Neither where somebody said stop."""

    good: bool
    sentence: str = ""


async def prove(
    copies: Copies, clock: Clock, wait_ms: int, stop: asyncio.Event, tell: Callable[[Fates | None, str], None]
) -> Verdict:
    """Watch the one copy made so far for at most `wait_ms`; `tell` is given each look and a sentence about it."""
    began_s = clock.monotonic_s()
    fates: Fates | None = None
    trouble: Trouble | None = None
    while True:
        try:
            fates, trouble = await copies.look(), None
        except Failure as failure:
            trouble = failure.trouble
        waited_ms = round((clock.monotonic_s() - began_s) * 1000)
        if fates is not None and trouble is None and fates.settled:
            return Verdict(True) if fates.acked else Verdict(False, _came_back(fates))
        if waited_ms >= wait_ms or (trouble is not None and trouble.fault in HOPELESS):
            return Verdict(False, _gave_up(fates, trouble, waited_ms))
        tell(fates, _so_far(fates, waited_ms))
        if await pause(clock, min(_EVERY_S, (wait_ms - waited_ms) / 1000), stop):
            return Verdict(False)


def _holder(fates: Fates) -> str:
    return next((shown(name) for name in fates.pending), "somebody")


def _so_far(fates: Fates | None, waited_ms: int) -> str:
    waited = f"for {duration(waited_ms)}"
    if fates is None:
        return f"Nothing could be seen of it {waited}."
    return f"{_holder(fates)} has it, {waited} now." if fates.pending else f"Nobody has received it {waited}."


def _came_back(fates: Fates) -> str:
    if fates.failed:
        seen = f"{_holder(fates)} received the canary and came back for more without acknowledging it."
    else:
        seen = "The canary was deleted or trimmed before anybody received it."
    return f"{seen} Nothing else was moved."


def _gave_up(fates: Fates | None, trouble: Trouble | None, waited_ms: int) -> str:
    waited = duration(waited_ms)
    if trouble is not None:
        seen = f"What became of the canary cannot be seen. {trouble}"
    elif fates is not None and fates.pending:
        seen = f"{_holder(fates)} has held the canary for up to {waited} and has not acknowledged it yet."
    else:
        seen = f"Nobody has received the canary within {waited}: is a worker reading?"
    return f"{seen} Nothing else was moved."
