"""`maestro-tui check`: a monitoring plugin. It watches for some seconds, says one line, and ends with its verdict.

It sees what the dashboard would have told at the end of these seconds. Hold times are shortened to half of them: what
is gone at the next look alarms nobody, and a monitor has retries of its own for the rest.
"""

import asyncio
from dataclasses import dataclass

from maestro_tui.commands.oneline import OneLine, late
from maestro_tui.commands.verdict import judge, unmeasured
from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.holding import holding_at_most
from maestro_tui.domain.rules import BY_NAME
from maestro_tui.engine.monitor import MIN_GAP_S
from maestro_tui.engine.session import Session

FEWEST_POLLS = 3
# Kept for starting and for leaving, so that the deadline of the process is not needed where all is well.
_RESERVE_S, _RESERVE_SHARE = 1.0, 0.1


@dataclass(frozen=True, slots=True)
class Asked:
    """What a check is asked: for how long to watch, when it must be done, and about what. Times are seconds."""

    sample_s: float = 5.0
    within_s: float = 10.0
    streams: tuple[str, ...] = ()
    ignored: frozenset[str] = frozenset()

    def refusal(self) -> str | None:
        """Return why this cannot be done, None where it can."""
        strangers = sorted(self.ignored - BY_NAME.keys())
        if strangers:
            return f"--ignore: {', '.join(strangers)}: no such rule; there are {' '.join(BY_NAME)}"
        if self.sample_s >= self.budget_s:
            return f"--timeout: {self.within_s:g}s is too short to watch for {self.sample_s:g}s (--sample)"
        return None

    @property
    def budget_s(self) -> float:
        """The time for watching, less what starting and leaving take."""
        return self.within_s - min(_RESERVE_S, _RESERVE_SHARE * self.within_s)


def settings_of(config: Config, asked: Asked) -> Config:
    """Return the settings to watch with: whatever holds for half of the sample is told."""
    return holding_at_most(config, round(asked.sample_s * 500))


async def check(session: Session, *, asked: Asked, line: OneLine) -> int:
    """Watch, judge, and say so; a poll that fails ends it at once with UNKNOWN."""
    try:
        async with asyncio.timeout(asked.budget_s):
            frame = await _watch(session, asked.sample_s)
    except TimeoutError:
        return line.say(unmeasured(late(asked.within_s)))
    return line.say(judge(frame, session.config, streams=asked.streams, ignored=asked.ignored))


async def _watch(session: Session, sample_s: float) -> Frame:
    """Poll at the configured pace, three times at least, until the last poll began `sample_s` after the first."""
    clock, monitor = session.clock, session.monitor
    pace_s = min(monitor.every_s, sample_s / (FEWEST_POLLS - 1))
    first_s = clock.monotonic_s()
    polls = 0
    while True:
        began_s = clock.monotonic_s()
        frame = await monitor.poll()
        polls += 1
        if frame.trouble is not None or (polls >= FEWEST_POLLS and began_s >= first_s + sample_s):
            return frame
        due_s = min(began_s + pace_s, max(began_s, first_s + sample_s))
        await clock.sleep(max(MIN_GAP_S, due_s - clock.monotonic_s()))
