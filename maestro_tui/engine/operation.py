"""One confirmed plan on its way: what a face follows, and where it says stop."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Confirmed
from maestro_tui.domain.progress import Progress
from maestro_tui.domain.trouble import Trouble

_LOST = Outcome(
    "unknown",
    trouble=Trouble("bug", "The outcome was not recorded.", "Look at the streams before you try again."),
)


@dataclass(slots=True, eq=False)
class Operation:
    """A plan under way. `id` is unique among all logs; `outcome` is None until all that is sent has been answered.

    `lines` are its intent, outcome and watch as the log has them; `unlogged` is every line that the log could not
    take, so that a face can show it.
    """

    id: str
    confirmed: Confirmed
    progress: Progress = field(default_factory=Progress)
    outcome: Outcome | None = None
    lines: list[str] = field(default_factory=list)
    unlogged: list[str] = field(default_factory=list)
    stop_asked: asyncio.Event = field(default_factory=asyncio.Event)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> Outcome:
        """Wait until the outcome is known, or known to be unknown, and logged."""
        await self._moved.wait()
        return self.outcome or _LOST

    async def settled(self) -> Progress:
        """Wait until what it made has been watched, too; the progress returned has the phase `ended`."""
        while self.progress.phase != "ended":
            await self._news.wait()
        return self.progress

    def stop(self) -> None:
        """Ask it to end after the batch that is under way; a watch ends at once."""
        if self.progress.phase != "ended":
            self.stop_asked.set()
            self.publish(replace(self.progress, stopping=True))

    async def updates(self) -> AsyncIterator[Progress]:
        """Yield the present progress, then each newer one; those nobody waited for are left out. Ends with `ended`."""
        seen: Progress | None = None
        while seen is None or seen.phase != "ended":
            news = self._news
            if self.progress is seen:
                await news.wait()
            seen = self.progress
            yield seen

    def publish(self, progress: Progress) -> None:
        """Make a newer progress known to all who follow (for whoever carries the operation out)."""
        self.progress = progress
        news, self._news = self._news, asyncio.Event()
        news.set()

    def conclude(self, outcome: Outcome) -> None:
        """Make the outcome known (for whoever carries the operation out)."""
        self.outcome = outcome
        self._moved.set()
