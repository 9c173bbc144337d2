"""A clock whose sleepers wake in order as the test lets time pass, and a reader that takes its time."""

import asyncio
import time
from collections.abc import Callable, Sequence

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.progress import Fates
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.ports import EntriesPage, Entry, Holding, Page, PendingRows
from tests.domain.building import group, snapshot, stream
from tests.patience import PATIENCE_S


class HeldClock:
    """Time stands still until `pass_s`; whoever sleeps is woken at exactly the moment asked for."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def wall_ms(self) -> int:
        """The time of day, which nobody here looks at."""
        return round(self.now_s * 1000)

    def monotonic_s(self) -> float:
        """Seconds since the test began."""
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        """Wait until the test has let that much time pass."""
        waking: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now_s + seconds, waking))
        await waking

    async def pass_s(self, seconds: float) -> None:
        """Let time pass, waking sleepers one after another."""
        end = self.now_s + seconds
        await settle()
        while due := [one for one in self._sleepers if one[0] <= end + 1e-9 and not one[1].done()]:
            at, waking = min(due, key=lambda one: one[0])
            self.now_s = max(self.now_s, at)
            waking.set_result(None)
            await settle()
        self.now_s = end


async def settle() -> None:
    """Let everything that can run do so."""
    for _ in range(20):
        await asyncio.sleep(0)


async def eventually(true: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Wait until it is true: lines of the log are written by a thread, which no held clock can hurry."""
    deadline = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < deadline, "it never became true"
        await asyncio.sleep(0.001)


Answer = Snapshot | Trouble


class SlowReader:
    """Answers each poll after `took_s`, and notes when each began and how many ran at once."""

    def __init__(self, clock: HeldClock, took_s: float = 0.0, answer: Callable[[int], Answer] | None = None) -> None:
        self.clock = clock
        self.took_s = took_s
        self.began: list[float] = []
        self.focused: list[Key | None] = []
        self.most_at_once = 0
        self._running = 0
        self._answer = answer or (lambda _: snapshot(stream(group())))

    async def poll(self, focus: Key | None) -> Snapshot:
        """Take the time, then answer or fail."""
        self.began.append(self.clock.now_s)
        self.focused.append(focus)
        self._running += 1
        self.most_at_once = max(self.most_at_once, self._running)
        try:
            if self.took_s:
                await self.clock.sleep(self.took_s)
        finally:
            self._running -= 1
        seen = self._answer(len(self.began))
        if isinstance(seen, Trouble):
            raise Failure(seen)
        return seen

    async def pending(
        self,
        stream: Name,  # noqa: ARG002
        group: Name,  # noqa: ARG002
        after: EntryId | None,  # noqa: ARG002
        limit: int,  # noqa: ARG002
        consumer: Name | None = None,  # noqa: ARG002
    ) -> Page:
        """Nothing is pending."""
        return Page((), None)

    async def sweep(self, key: Key, after: EntryId | None, until: EntryId | None, limit: int) -> PendingRows:  # noqa: ARG002
        """Nothing is pending."""
        return PendingRows((), 0, None)

    async def entries(self, stream: Name, after: EntryId | None, limit: int, *, newest_first: bool) -> EntriesPage:  # noqa: ARG002
        """The streams are empty."""
        return EntriesPage((), None)

    async def entry(self, stream: Name, id: EntryId, most_bytes: int | None) -> Entry | None:  # noqa: ARG002
        """The streams are empty."""
        return None

    async def holdings(self, stream: Name, id: EntryId) -> tuple[Holding, ...]:  # noqa: ARG002
        """No group holds anything."""
        return ()

    async def fates(self, key: Key, copies: Sequence[EntryId]) -> Fates:  # noqa: ARG002
        """All copies are acknowledged."""
        return Fates(len(copies), acked=len(copies))

    async def close(self) -> None:
        """Nothing is open."""
