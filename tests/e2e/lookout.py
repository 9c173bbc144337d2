"""Watches a real server through the real gateway, as the dashboard does, with all times scaled down.

A problem must appear in time: its sign at the poll after its cause or the one after that, and the finding at the first
poll at which the sign has held for its hold time. The same holds for its end. All of it is counted in polls and in our
own monotonic clock, so that a busy machine makes it slower and not wrong.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from maestro_tui.domain import frame as frames
from maestro_tui.domain.config import Address, Config
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.limits import Limits, StreamLimits
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.rules import BY_NAME, Ended, Finding
from maestro_tui.domain.rules.spells import Spell
from maestro_tui.domain.snapshot import Group, Stream
from maestro_tui.domain.topology import Declared, Topology
from maestro_tui.engine.clock import SystemClock
from maestro_tui.engine.monitor import Monitor
from maestro_tui.gateway.read import RedisReader
from tests.e2e.running import PAIRS
from tests.e2e.worker import Worker
from tests.long.wire import Wire
from tests.servers import HOST, Server, wait_until

STREAM, GROUP = PAIRS[0]
KEY = Key(Name.of(STREAM), Name.of(GROUP))
STUCK_MS, SAFE_MS, BLOCK_MS = 1_000, 1_500, 500
LIMITS = Limits(
    default=StreamLimits(stuck_after_ms=STUCK_MS, safe_after_ms=SAFE_MS, waiting_after_ms=60_000),
    block_ms=BLOCK_MS,
    recent_ms=2_000,
    # The cost of polling ten times a second is nothing to these tests.
    hold_ms={"not_acking": 500, "outpaced": 500, "our_cost": 3_600_000, "slow_poll": 3_600_000},
)
"""A hundredth of the platform's times, more or less."""
_CLEAR_SHARE = 10
_EVERY_S = 0.1
_MOST_POLLS = 400


class Lookout:
    """A server with one stream and its group, its workers, and what we see of it."""

    def __init__(self, server: Server, folder: Path, patch: pytest.MonkeyPatch, limits: Limits = LIMITS) -> None:
        self.server, self.folder, self.limits = server, folder, limits
        # redis-py would take pending rows for a summary.
        self.wire = Wire(server.port)
        self.wire.one("XGROUP", "CREATE", STREAM, GROUP, "0", "MKSTREAM")
        self.rules = {name: replace(rule, clear_ms=rule.clear_ms // _CLEAR_SHARE) for name, rule in BY_NAME.items()}
        patch.setattr(frames, "BY_NAME", self.rules)
        topology = Topology((Declared("jobs", KEY.stream, KEY.group),), discover=None)
        self.config = Config(Address(HOST, server.port), limits=limits, topology=topology)
        self.clock = SystemClock()
        self.reader = RedisReader(self.config, self.clock)
        self.monitor = Monitor(self.reader, self.clock, self.config)
        self.frames: list[Frame] = []
        self.workers: list[Worker] = []

    async def __aenter__(self) -> Self:
        """Look once, so that there is something to compare with."""
        await self.look()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            worker.kill()
        await self.reader.close()
        self.wire.close()

    def use(self, limits: Limits) -> None:
        """Judge by other thresholds from here on."""
        self.limits = limits
        self.monitor._config = replace(self.config, limits=limits)

    # -- what happens there

    def add(self, count: int, payload: str | bytes = "{}") -> list[str]:
        """Add jobs, return their IDs."""
        words = ("XADD", STREAM, "*", "type", "job", "payload", payload)
        return [id.decode() for id in self.wire.ask(*[words] * count)]

    def worker(self, name: str = "worker-1") -> Worker:
        """A worker, not started yet; several of one name share a journal."""
        journal = self.folder / f"{name}.jsonl"
        worker = Worker(self.server, STREAM, GROUP, journal, name=name, block_ms=BLOCK_MS)
        self.workers.append(worker)
        return worker

    def read(self, count: int, *, ack: bool = True) -> list[str]:
        """Be a worker for a moment."""
        how = ("COUNT", count, "STREAMS", STREAM, ">")
        [[_, entries]] = self.wire.one("XREADGROUP", "GROUP", GROUP, "worker-1", *how)
        ids = [id.decode() for id, _ in entries]
        if ack:
            self.wire.one("XACK", STREAM, GROUP, *ids)
        return ids

    def ack_all(self) -> None:
        """Take all off the pending list, as an operator might."""
        self.wire.one("XACK", STREAM, GROUP, *(row[0] for row in self.pending()))

    def pending(self) -> list[Any]:
        """The rows of XPENDING."""
        rows: list[Any] = self.wire.one("XPENDING", STREAM, GROUP, "-", "+", 1_000)
        return rows

    def wait_until_taken(self) -> None:
        """Wait until a worker has taken all that there is."""
        wait_until(lambda: self._taken() == self.wire.one("XLEN", STREAM), "a worker to take all")

    def _taken(self) -> int:
        [told] = self.wire.one("XINFO", "GROUPS", STREAM)
        return int(dict(zip(told[::2], told[1::2], strict=True))[b"entries-read"] or 0)

    # -- what we see

    async def look(self, times: int = 1) -> Frame:
        """Poll."""
        for _ in range(times):
            if self.frames:
                await self.clock.sleep(_EVERY_S)
            made = await self.monitor.poll()
            assert made.trouble is None, made.trouble
            self.frames.append(made)
        return self.frames[-1]

    async def look_until(self, what: str, condition: Callable[[Frame], bool]) -> Frame:
        """Poll until a frame fulfils a condition."""
        for _ in range(_MOST_POLLS):
            if condition(await self.look()):
                return self.frames[-1]
        last = self.frames[-1]
        raise AssertionError(f"waited {_MOST_POLLS} polls for {what}; {last.findings} {last.rows}")

    async def told(self, rule: str, due: Callable[[Frame], bool] | None = None) -> Finding:
        """Wait for a problem, and check that it is told in time.

        `due` says of a frame, by what the server told and not by what the rules made of it, that there is cause to;
        without it the cause is there already.
        """
        cause = len(self.frames)
        if due is not None:
            await self.look_until(f"cause for {rule}", due)
            cause = len(self.frames) - 1
        else:
            await self.look()
        while (spell := self._spell(rule)) is None or not spell.told:
            assert spell is not None or len(self.frames) < cause + 2, f"no sign of {rule} two polls after its cause"
            assert len(self.frames) < cause + _MOST_POLLS
            await self.look()
        hold_ms = self.rules[rule].held_for_ms(self.limits)
        self.check_in_time(rule, spell.began.mono_ms, hold_ms)
        assert cause <= self._poll_at(spell.began.mono_ms) <= cause + 1, f"{rule} came too early or too late"
        return next(one for one in self.frames[-1].findings if one.identity == (rule, KEY))

    async def over(self, rule: str, mended: Callable[[Frame], bool] | None = None) -> Ended:
        """Wait for a problem's end, and check that it ends in time; `mended` is to the end what `due` is to it."""
        cause = len(self.frames)
        if mended is not None and not mended(self.frames[-1]):
            await self.look_until(f"{rule} to be mended", mended)
            cause = len(self.frames) - 1
        last = self._spell(rule) if mended is None else self._spell(rule, cause - 1)
        assert last is not None, f"{rule} was over before"
        while not any(one.finding.rule == rule for one in self.frames[-1].ended):
            assert len(self.frames) < cause + _MOST_POLLS
            last = self._spell(rule) or last
            await self.look()
        self.check_in_time(rule, last.last.mono_ms, self.rules[rule].clear_ms)
        assert self._poll_at(last.last.mono_ms) <= cause, f"{rule} went on after it was mended"
        return next(one for one in self.frames[-1].ended if one.finding.rule == rule)

    def _spell(self, rule: str, poll: int = -1) -> Spell | None:
        return self.frames[poll].memory.spells.get((rule, KEY))

    def check_in_time(self, rule: str, since_ms: int, span_ms: int) -> None:
        """Check that the last poll is the first one at which a span has passed."""
        now, before = (self.frames[-1].memory.mono_ms, self.frames[-2].memory.mono_ms)
        assert now - since_ms >= span_ms, f"{rule} {now - since_ms} ms too soon"
        assert before - since_ms < max(span_ms, 1), f"{rule} should have been told, or over, a poll ago"

    def _poll_at(self, mono_ms: int) -> int:
        return next(place for place, made in enumerate(self.frames) if made.memory.mono_ms == mono_ms)


def stream_of(made: Frame) -> Stream:
    """What a frame saw of the stream."""
    found = made.snapshot.stream(KEY.stream)
    assert found is not None
    return found


def group_of(made: Frame) -> Group:
    """What a frame saw of the group."""
    found = stream_of(made).group(KEY.group)
    assert found is not None
    return found


def idle(made: Frame) -> int:
    """The longest idle time of a pending entry that a frame saw, 0 where none is pending."""
    page = group_of(made).page
    return max((entry.idle_ms for entry in page.entries), default=0) if page is not None else 0
