"""Problems over time: what came and went between frames, what is open, and what ended, in memory and in the log."""

import asyncio
import socket
from collections import deque
from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Final

from maestro_tui.domain.frame import Frame
from maestro_tui.domain.journal import Problem
from maestro_tui.domain.quantities import timestamp
from maestro_tui.domain.rules import Ended, Finding, Severity, spelled
from maestro_tui.domain.rules.finding import Identity
from maestro_tui.engine.audit import Audit, AuditFailure, operator
from maestro_tui.engine.ports import Clock
from maestro_tui.engine.records import spell_problem

MOST_KEPT: Final = 1_000
"""Problems that ended and are kept in memory."""
MOST_LEFT_OPEN: Final = 200
"""Problems that are written as still open when the dashboard is left."""


@dataclass(frozen=True, slots=True)
class News:
    """What began to be told since the frame before, what is over, and what is worse than it ever was."""

    began: tuple[Finding, ...] = ()
    ended: tuple[Ended, ...] = ()
    worse: tuple[Finding, ...] = ()


class Follower:
    """Compares each frame with the one it was given before; what came in between may be left out."""

    def __init__(self) -> None:
        self.open: dict[Identity, Finding] = {}
        self.first_ms = 0
        self._first_mono_ms = 0
        self._younger: set[tuple[Identity, int]] = set()
        self._worst: dict[Identity, Severity] = {}

    def was_there(self, finding: Finding) -> bool:
        """Whether it was there at the first look, so that nobody knows when it began.

        By our own clock where that is known: the server's may have been set back since.
        """
        return finding.since_ms <= self.first_ms and (finding.identity, finding.since_ms) not in self._younger

    def take(self, frame: Frame) -> News:
        """Take a frame, and return what is new in it."""
        if not self.first_ms and frame.ever_polled:
            self.first_ms, self._first_mono_ms = frame.snapshot.taken_at_ms, frame.snapshot.monotonic_ms
        before, self.open = self.open, {one.identity: one for one in frame.findings}
        told = {one.finding.identity: one for one in frame.ended}
        began, ended = [], []
        for identity, finding in before.items():
            now = self.open.get(identity)
            if now is None or now.since_ms != finding.since_ms:
                ended.append(told.get(identity) or _over(finding, frame))
        for identity, finding in self.open.items():
            then = before.get(identity)
            if then is None or then.since_ms != finding.since_ms:
                began.append(finding)
        over = {(one.finding.identity, one.finding.since_ms) for one in ended}
        self._younger = self._begun_since(frame) | (self._younger & over)
        return News(tuple(began), tuple(ended), self._got_worse({one.identity for one in began}))

    def _got_worse(self, new: Set[Identity]) -> tuple[Finding, ...]:
        """Return what is worse than at any look before: what goes up and down is told once."""
        before, self._worst = self._worst, {}
        worse = []
        for identity, finding in self.open.items():
            worst = finding.severity if identity in new else before.get(identity, finding.severity)
            if finding.severity.order < worst.order:
                worse.append(finding)
                worst = finding.severity
            self._worst[identity] = worst
        return tuple(worse)

    def _begun_since(self, frame: Frame) -> set[tuple[Identity, int]]:
        """Return what is open and began after the first look by our own clock."""
        spells = ((finding, frame.memory.spells.get(identity)) for identity, finding in self.open.items())
        return {
            (finding.identity, finding.since_ms)
            for finding, spell in spells
            if self.first_ms and spell is not None and spell.began.mono_ms > self._first_mono_ms
        }


def _over(finding: Finding, frame: Frame) -> Ended:
    """Return the end of what was over in a frame that nobody handed on."""
    at_ms = frame.snapshot.taken_at_ms
    return Ended(finding, at_ms, max(0, at_ms - finding.since_ms) if finding.since_ms else 0)


class Problems:
    """What is open now, and the last that ended.

    Each end is a line of the log. Where the log cannot be written they stay in memory, and are written with the next
    one if that goes well. Nothing is written by a face that takes no frames here.
    """

    def __init__(self, audit: Audit, clock: Clock, node: str) -> None:
        self.ended: deque[Problem] = deque(maxlen=MOST_KEPT)
        self._audit = audit
        self._clock = clock
        self._node = node
        self._who = (operator(), socket.gethostname())
        self._follower = Follower()
        self._now_ms = 0
        self._since: dict[Identity, str] = {}
        self._unwritten: deque[Problem] = deque(maxlen=MOST_KEPT)
        self._writing: asyncio.Task[None] | None = None

    @property
    def first_ms(self) -> int:
        """The server's time of the first look: what was found then may be older. 0 before it."""
        return self._follower.first_ms

    @property
    def open(self) -> tuple[Problem, ...]:
        """What is told at present, the worst first; `at` is when it was first told, by our clock.

        `lasted_ms` is how long it has been there.
        """
        return tuple(self._opened(one, self._since.get(one.identity, "")) for one in self._follower.open.values())

    def take(self, frame: Frame) -> News:
        """Take a frame: remember what began, and write what ended."""
        news = self._follower.take(frame)
        now = timestamp(self._clock.wall_ms())
        self._now_ms = frame.snapshot.taken_at_ms
        for ended in news.ended:
            self._since.pop(ended.finding.identity, None)
            one = self._closed(ended, now)
            self.ended.append(one)
            self._unwritten.append(one)
        for finding in news.began:
            self._since[finding.identity] = now
        if news.ended:
            self._write()
        return news

    def _opened(self, finding: Finding, at: str) -> Problem:
        if not finding.since_ms:
            return self._problem(finding, at, "")
        lasted_ms = max(0, self._now_ms - finding.since_ms)
        return self._problem(finding, at, timestamp(finding.since_ms), lasted_ms=lasted_ms)

    def _closed(self, ended: Ended, now: str) -> Problem:
        since_ms = ended.finding.since_ms or max(0, ended.ended_ms - ended.lasted_ms)
        return self._problem(
            ended.finding, now, timestamp(since_ms), ended=timestamp(ended.ended_ms), lasted_ms=ended.lasted_ms
        )

    def _problem(
        self, finding: Finding, at: str, since: str, *, ended: str | None = None, lasted_ms: int | None = None
    ) -> Problem:
        return Problem(
            at=at,
            operator=self._who[0],
            host=self._who[1],
            node=self._node,
            rule=finding.rule,
            key=finding.key,
            severity=finding.severity.value,
            title=finding.title,
            evidence=finding.evidence,
            next_step=finding.next_step,
            because="" if finding.because is None else spelled(finding.because),
            since=since,
            older=self._follower.was_there(finding),
            ended=ended,
            lasted_ms=lasted_ms,
        )

    def _write(self) -> None:
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write_all(), name="problems")

    async def _write_all(self) -> None:
        while self._unwritten:
            some = tuple(self._unwritten)
            try:
                # The disk may be slow, and the loop must not wait for it.
                await asyncio.to_thread(self._append, some)
            except AuditFailure:
                return
            while self._unwritten and self._unwritten[0] in some:
                self._unwritten.popleft()

    def _append(self, some: Iterable[Problem]) -> None:
        self._audit.write_all([spell_problem(one) for one in some])

    async def aclose(self) -> None:
        """Write what is left, and as still open what was seen to begin and has not ended."""
        if self._writing is not None:
            await asyncio.wait({self._writing})
        now = timestamp(self._clock.wall_ms())
        left = [one for one in self._follower.open.values() if not self._follower.was_there(one)]
        self._follower.open = {}
        for finding in left[:MOST_LEFT_OPEN]:
            self._unwritten.append(self._opened(finding, now))
        await self._write_all()
