"""Stand-ins for Redis and for time: a reader that follows a script, a writer that remembers, a clock on a string."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.outcomes import Outcome, StepOutcome
from maestro_tui.domain.plans import Plan
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.audit import Audit
from maestro_tui.engine.monitor import Monitor
from maestro_tui.engine.operations import Operations
from maestro_tui.engine.ports import Clock, Page
from maestro_tui.engine.session import Session

Seen = Snapshot | Trouble | Failure


class FixedClock:
    """Time that passes only when told to."""

    def __init__(self, wall_ms: int = 1_795_356_202_000) -> None:
        self._wall_ms = wall_ms
        self._monotonic_s = 1_000.0

    def wall_ms(self) -> int:
        """The present, by this clock."""
        return self._wall_ms

    def monotonic_s(self) -> float:
        """Seconds since some moment."""
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._wall_ms += round(seconds * 1000)
        self._monotonic_s += seconds

    async def sleep(self, seconds: float) -> None:
        """Pass the time at once."""
        self.advance(seconds)
        await asyncio.sleep(0)


class ScriptedReader:
    """Answers each poll with the next item of a script; the last one for ever after."""

    def __init__(self, script: Iterable[Seen], pages: Sequence[Page] = ()) -> None:
        self.script: list[Seen] = list(script)
        self.pages = list(pages)
        self.polls = 0
        self.closed = False

    async def poll(self, focus: Key | None) -> Snapshot:  # noqa: ARG002
        """Return or raise what the script says."""
        seen = self.script[min(self.polls, len(self.script) - 1)]
        self.polls += 1
        if isinstance(seen, Snapshot):
            return seen
        raise seen if isinstance(seen, Failure) else Failure(seen)

    async def pending(self, stream: Name, group: Name, after: EntryId | None, limit: int) -> Page:  # noqa: ARG002
        """Return the scripted pages in turn, the last one for ever after; empty ones where none is scripted."""
        if not self.pages:
            return Page((), None)
        return self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]

    async def close(self) -> None:
        """Note that nothing is left open."""
        self.closed = True


class FakeWriter:
    """Remembers the plans and answers as it is told: by default every step is `created`."""

    def __init__(self, answer: Callable[[Plan], Outcome] | None = None) -> None:
        self.plans: list[Plan] = []
        self.closed = False
        self.gate = asyncio.Event()
        self.gate.set()
        self._answer = answer or all_created

    async def apply(self, plan: Plan) -> Outcome:
        """Answer, once the gate is open."""
        self.plans.append(plan)
        await self.gate.wait()
        return self._answer(plan)

    async def close(self) -> None:
        """Note that nothing is left open."""
        self.closed = True


def all_created(plan: Plan) -> Outcome:
    """The outcome of a plan whose every step worked."""
    return Outcome.of(tuple(StepOutcome(step.key, "created") for step in plan.steps))


def scripted_session(
    script: Iterable[Seen],
    audit: Path,
    *,
    config: Config | None = None,
    clock: Clock | None = None,
    writer: FakeWriter | None = None,
    pages: Sequence[Page] = (),
) -> Session:
    """Return a whole running system on a script; the log goes to `audit`."""
    config, clock, writer = config or Config(), clock or FixedClock(), writer or FakeWriter()
    reader = ScriptedReader(script, pages)
    monitor = Monitor(reader, clock, config)
    operations = Operations(
        writer, Audit(audit, clock), str(config.address), read_only=config.read_only, after=monitor.poll_now
    )
    return Session(config, monitor, operations, reader, writer, clock)
