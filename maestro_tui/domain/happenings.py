"""What was seen to happen between two polls, and is told for a while although nothing shows it any more.

A group's position that jumped back, a stream that was replaced, another server behind the address: a single poll shows
only what came of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.rates import Sample, Trail
from maestro_tui.domain.snapshot import Snapshot, Stream
from maestro_tui.domain.start import Start

Kind = Literal["moved back", "replaced", "restarted"]

Happenings = Mapping[tuple[Kind, Key | None], "Happening"]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, with its numbers: how many entries it is about, and the IDs before and after.

    `mono_ms` is our monotonic clock, by which it is forgotten; `at_ms` the server's, for the eye.
    """

    kind: Kind
    key: Key | None
    at_ms: int
    mono_ms: int
    amount: int | None = None
    before: EntryId | None = None
    after: EntryId | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What was seen last: each row's trail, and where declared groups stood that may have been gone meanwhile."""

    trails: Mapping[Key, Trail]
    positions: Mapping[Key, Start]

    def sample(self, key: Key) -> Sample | None:
        """Return the last sample of a row."""
        trail = self.trails.get(key)
        return trail[-1] if trail else None

    def position(self, key: Key) -> EntryId | None:
        """Return the last known last-delivered ID of a group."""
        sample = self.sample(key)
        if sample is not None:
            return sample.last_delivered
        start = self.positions.get(key)
        return None if start is None else start.id


def note(
    past: Happenings, known: Known, seen: Snapshot, *, restarted: bool, placed: frozenset[Key], keep_ms: int
) -> dict[tuple[Kind, Key | None], Happening]:
    """Return what happened lately: what was known, less what is older than `keep_ms`, and what this poll shows.

    `placed` are the groups whose position we set ourselves: that is no surprise.
    """
    now = seen.monotonic_ms
    kept = {what: one for what, one in past.items() if 0 <= now - one.mono_ms < keep_ms}
    if restarted:
        kept["restarted", None] = Happening("restarted", None, seen.taken_at_ms, now)
    for stream in seen.streams:
        if stream.trouble is None and stream.exists and stream.groups is not None:
            new = [*_replaced(stream, known, seen), *_moved_back(stream, known, seen, placed)]
            kept |= {(one.kind, one.key): one for one in new}
    return kept


def _replaced(stream: Stream, known: Known, seen: Snapshot) -> Iterator[Happening]:
    """Another stream under the same name: neither the counter nor the last ID of one ever goes back."""
    key = Key(stream.name)
    before = known.sample(key)
    if before is None:
        return
    last_id, added = before.last_id, before.entries_added
    earlier = last_id is not None and stream.last_id is not None and stream.last_id < last_id
    fewer = added is not None and stream.entries_added is not None and stream.entries_added < added
    if earlier or fewer:
        yield Happening("replaced", key, seen.taken_at_ms, seen.monotonic_ms, before.length, last_id, stream.last_id)


def _moved_back(stream: Stream, known: Known, seen: Snapshot, placed: frozenset[Key]) -> Iterator[Happening]:
    """A group that stands before where it stood: recreated, or set back; what lies between comes again."""
    for group in stream.groups or ():
        key = Key(stream.name, group.name)
        before, after = known.position(key), group.last_delivered
        if before is not None and after < before and key not in placed:
            yield Happening("moved back", key, seen.taken_at_ms, seen.monotonic_ms, None, before, after)
