"""What the engine needs from outside: something that reads, something that writes, and a clock.

The only seam at which tests, screenshots and, later, recordings put something else in place of Redis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Batch
from maestro_tui.domain.progress import Fates
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


@dataclass(frozen=True, slots=True)
class PendingRows:
    """A bounded page of XPENDING alone, read at `at_ms` of the server's clock; `next_after` None at the end."""

    rows: tuple[PendingEntry, ...]
    at_ms: int
    next_after: EntryId | None


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of a stream with what can be shown of its payload."""

    id: EntryId
    preview: Preview


@dataclass(frozen=True, slots=True)
class EntriesPage:
    """A bounded page of a stream's entries, in the order asked for; `next_after` continues it, None at the end."""

    rows: tuple[EntryRow, ...]
    next_after: EntryId | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its fields in order, names and values whole up to the limit asked for.

    `size` is the bytes of all names and values and `field_count` the number of fields, as they are on the server.
    `complete` is False where something was cut off.
    """

    id: EntryId
    fields: tuple[tuple[bytes, bytes], ...]
    size: int
    field_count: int
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Holding:
    """How a group stands to an entry: pending with somebody (`entry`), not yet delivered, or done with it.

    `known` is False where the server would not tell.
    """

    group: Name
    entry: PendingEntry | None
    delivered: bool
    known: bool = True


class Reader(Protocol):
    """Reads one deployment. Every method raises `Failure` where nothing can be read at all."""

    async def poll(self, focus: Key | None) -> Snapshot:
        """Look at every stream once, with bounded commands; a bad stream spoils only its own row."""

    async def pending(
        self, stream: Name, group: Name, after: EntryId | None, limit: int, consumer: Name | None = None
    ) -> Page:
        """Return up to `limit` (at most 1,000) pending entries above `after`: all, or only those a consumer holds."""

    async def sweep(self, key: Key, after: EntryId | None, until: EntryId | None, limit: int) -> PendingRows:
        """Return up to `limit` (at most 1,000) rows of XPENDING above `after`, up to `until`; no payloads, no IDLE."""

    async def entries(self, stream: Name, after: EntryId | None, limit: int, *, newest_first: bool) -> EntriesPage:
        """Return up to `limit` (at most 100) entries beyond `after`, upwards, or downwards from the newest."""

    async def entry(self, stream: Name, id: EntryId, most_bytes: int | None) -> Entry | None:
        """Return one entry, its fields cut off after `most_bytes` in all (None: whole); None where it is gone."""

    async def holdings(self, stream: Name, id: EntryId) -> tuple[Holding, ...]:
        """Return how each group of the stream stands to an entry; at most 100 groups are looked at."""

    async def fates(self, key: Key, copies: Sequence[EntryId]) -> Fates:
        """Return what became of copies (in order of ID, at most 10,000), with pages of at most 1,000."""

    async def close(self) -> None:
        """Close the connections."""


class Writer(Protocol):
    """Sends confirmed plans, a batch at a time. Once sent, an outcome is known or said to be unknown."""

    async def apply(self, batch: Batch) -> Outcome:
        """Carry out a batch once, each entry re-checked on the server; never raises for what the server answers."""

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
