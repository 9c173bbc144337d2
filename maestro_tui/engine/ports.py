"""What the engine needs from outside: something that reads, something that writes, and a clock.

The only seam at which tests, screenshots and, later, recordings put something else in place of Redis.
"""

from dataclasses import dataclass
from typing import Protocol

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Plan
from maestro_tui.domain.snapshot import PendingEntry, Snapshot


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of an entry's fields, for one line: names and values clipped to a few hundred bytes.

    `fields` is None where the entry is gone or was not fetched; `size` is the bytes of all names and values.
    """

    fields: tuple[tuple[bytes, bytes], ...] | None
    size: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A pending entry with what can be shown of its payload."""

    entry: PendingEntry
    preview: Preview


@dataclass(frozen=True, slots=True)
class Page:
    """A bounded page of pending entries; `next_after` continues it, None at the end."""

    rows: tuple[PendingRow, ...]
    next_after: EntryId | None


class Reader(Protocol):
    """Reads one deployment. Every method raises `Failure` where nothing can be read at all."""

    async def poll(self, focus: Key | None) -> Snapshot:
        """Look at every stream once, with bounded commands; a bad stream spoils only its own row."""

    async def pending(self, stream: Name, group: Name, after: EntryId | None, limit: int) -> Page:
        """Return up to `limit` (at most 1,000) pending entries with IDs above `after`."""

    async def close(self) -> None:
        """Close the connections."""


class Writer(Protocol):
    """Sends confirmed plans. Once a command is sent, its outcome is known or said to be unknown."""

    async def apply(self, plan: Plan) -> Outcome:
        """Carry out a plan's steps, each once; never raises for what the server answers."""

    async def close(self) -> None:
        """Close the connection."""


class Clock(Protocol):
    """Time, so that tests can hold it still."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970, by this machine."""

    def monotonic_s(self) -> float:
        """Seconds that never run backwards."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""
