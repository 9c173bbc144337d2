"""Watches a real server through the real gateway, as the dashboard does, by a clock that can be put forward."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from maestro_tui.domain.config import Address
from maestro_tui.domain.frame import EMPTY, Frame, derive
from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import Name
from maestro_tui.domain.rules import BY_NAME, Finding
from maestro_tui.domain.topology import Declared, Topology
from maestro_tui.domain.trouble import Failure
from maestro_tui.gateway.read import RedisReader
from tests.gateway.rig import config_of
from tests.servers import Server

JOBS, HEALING = Name.of("app:jobs"), Name.of("app:healing")
GROUP = Name.of("workers")
DECLARED: Final = Topology((Declared("jobs", JOBS, GROUP), Declared("healing", HEALING, GROUP)), discover="app:*")
ANSWER_WITHIN_S: Final = 5.0


@dataclass
class Clock:
    """The machine's time, put forward by hand where a test would have to wait; its wall may be wrong."""

    skipped_s: float = 0.0
    wrong_ms: int = 0

    def wall_ms(self) -> int:
        """Now, as this machine believes."""
        return time.time_ns() // 1_000_000 + self.wrong_ms

    def monotonic_s(self) -> float:
        """Now, and what was skipped."""
        return time.monotonic() + self.skipped_s

    async def sleep(self, seconds: float) -> None:
        """Nobody waits."""
        self.skipped_s += seconds


@dataclass
class Eye:
    """Looks once a second, by its own clock, and remembers what ended."""

    reader: RedisReader
    limits: Limits
    topology: Topology
    clock: Clock
    frame: Frame = EMPTY
    ended: list[str] = field(default_factory=list)

    async def look(self, after_s: float = 1.0) -> Frame:
        """Poll once, so long after the last time."""
        await self.clock.sleep(after_s)
        try:
            seen = await self.reader.poll(None)
        except Failure as failure:
            mono_ms = round(self.clock.monotonic_s() * 1000)
            self.frame = derive(self.frame, failure.trouble, self.limits, self.topology, mono_ms=mono_ms)
        else:
            self.frame = derive(self.frame, seen, self.limits, self.topology)
        self.ended += [one.finding.rule for one in self.frame.ended]
        return self.frame

    def all(self, rule: str) -> list[Finding]:
        """Return what is told by a rule."""
        return [one for one in self.frame.findings if one.rule == rule]

    @property
    def rules(self) -> list[str]:
        """The rules that tell something, worst first."""
        return [one.rule for one in self.frame.findings]

    @property
    def because(self) -> list[tuple[str, str | None]]:
        """What is told, and because of what."""
        return [(one.rule, None if one.because is None else one.because[0]) for one in self.frame.findings]

    async def told(self, rule: str) -> Finding:
        """Look for as long as the rule must hold, and at most twice more; return what it tells."""
        polls = ceil(BY_NAME[rule].held_for_ms(self.limits) / 1000) + 2
        for _ in range(polls):
            await self.look()
            if self.all(rule):
                return self.all(rule)[0]
        raise AssertionError(f"{rule} was not told at {polls} polls, but {self.rules}")

    async def over(self, rule: str, *, lasts_s: float = 0) -> None:
        """Look until it is over: after the time that it lasts and lingers, and at most two polls more."""
        await self.look()
        skip_s = lasts_s + BY_NAME[rule].clear_ms / 1000
        if self.all(rule) and skip_s:
            await self.look(skip_s)
        if self.all(rule):
            await self.look()
        assert not self.all(rule), f"{rule} is still told: {self.all(rule)}"
        assert rule in self.ended


@asynccontextmanager
async def watching(
    where: Server | Address,
    limits: Limits | None = None,
    topology: Topology = DECLARED,
    answer_within_s: float = ANSWER_WITHIN_S,
) -> AsyncIterator[Eye]:
    """Watch a server; the first look has been taken."""
    clock = Clock()
    reader = RedisReader(config_of(where, topology=topology, timeout_s=answer_within_s), clock)
    eye = Eye(reader, limits or Limits(), topology, clock)
    try:
        await eye.look()
        yield eye
    finally:
        await reader.close()


def make(server: Server, *streams: Name, entries: int = 10) -> None:
    """Create streams with their group, all entries read and acknowledged by a worker that then waits for more."""
    with server.client() as client:
        for stream in streams or DECLARED.streams:
            client.execute_command("XGROUP", "CREATE", stream.raw, GROUP.raw, "0", "MKSTREAM")
            for _ in range(entries):
                client.execute_command("XADD", stream.raw, "*", "type", "job")
            drain(server, stream)


def drain(server: Server, stream: Name) -> None:
    """Have the worker take and finish whatever is there."""
    with server.client() as client:
        command = ("XREADGROUP", "GROUP", GROUP.raw, "worker-1", "COUNT", 1000, "NOACK", "STREAMS", stream.raw, ">")
        client.execute_command(*command)
