"""What an operation remembers of the copies it made, and what it sees become of them."""

from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import Final

from maestro_tui.domain.names import ZERO, EntryId, Key
from maestro_tui.domain.plans.guards import shown
from maestro_tui.domain.progress import Fates
from maestro_tui.domain.quantities import plural
from maestro_tui.domain.trouble import Failure
from maestro_tui.engine.ports import Reader

REMEMBERED: Final = 10_000
WINDOW: Final = 1_000
"""Copies looked at together while a run goes on: one page of a pending list."""
_FEWEST_FAILED: Final = 3


class Copies:
    """The last copies that were made, in the order of their IDs, and the group that is to acknowledge them."""

    def __init__(self, key: Key, reader: Reader) -> None:
        self.key = key
        self._reader = reader
        self._made: deque[EntryId] = deque(maxlen=REMEMBERED)
        self._settled_to = ZERO

    def __len__(self) -> int:
        return len(self._made)

    def add(self, copies: Iterable[EntryId]) -> None:
        """Remember these, too."""
        self._made.extend(copies)

    async def look(self) -> Fates:
        """See what became of all that are remembered; raise `Failure`."""
        return await self._reader.fates(self.key, tuple(self._made))

    async def glance(self) -> Fates | None:
        """See what became of the oldest ones that had not settled before; None where there is nothing to be seen."""
        window = tuple(islice((copy for copy in self._made if copy > self._settled_to), WINDOW))
        if not window:
            return None
        try:
            fates = await self._reader.fates(self.key, window)
        except Failure:
            # If it is more than a moment's trouble, the run itself soon meets it.
            return None
        if fates.settled:
            self._settled_to = window[-1]
        return fates


def verdict(fates: Fates) -> str:
    """Return why a run must not go on, in a sentence; '' where nothing speaks against it."""
    ended = fates.acked + fates.failed
    if fates.failed < _FEWEST_FAILED or fates.failed * 2 < ended:
        return ""
    holders = ", ".join(shown(name) for name in sorted(fates.pending)[:3])
    return (
        f"{fates.failed:,} of the {plural(ended, 'copy', 'copies')} that workers are done with came back"
        f" unacknowledged (held by {holders or '?'}): requeueing more would only make more of them."
    )
