"""What was seen to happen between two polls, and is told for a while although nothing shows it any more.

A group's position that jumped back, unread entries that were trimmed, a stream that was replaced, another server behind
the address: a single poll shows only what came of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from maestro_tui.domain.lag import lost_of
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.proof import Proof
from maestro_tui.domain.rates import Sample, Trail
from maestro_tui.domain.snapshot import Group, Snapshot, Stream
from maestro_tui.domain.start import Start

Kind = Literal["moved back", "trimmed", "replaced", "restarted"]

Happenings = Mapping[tuple[Kind, Key | None], "Happening"]


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, with its numbers: how many entries it is about, and the IDs before and after.

    `mono_ms` is our monotonic clock, by which it is forgotten; `at_ms` the server's, for the eye. It happened after
    `since_ms`, when the poll before was taken by our clock. `certain`: whether the amount is, or an estimate.
    """

    kind: Kind
    key: Key | None
    at_ms: int
    mono_ms: int
    amount: int | None = None
    before: EntryId | None = None
    after: EntryId | None = None
    since_ms: int | None = None
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Known:
    """What was seen last: each row's trail, and where declared groups stood that may have been gone meanwhile.

    `proofs` are those of the present poll.
    """

    trails: Mapping[Key, Trail]
    positions: Mapping[Key, Start]
    proofs: Mapping[Key, Proof] = field(default_factory=dict)

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
    past: Happenings,
    known: Known,
    seen: Snapshot,
    *,
    restarted: bool,
    placed: frozenset[Key],
    keep_ms: int,
    since_ms: int = 0,
) -> dict[tuple[Kind, Key | None], Happening]:
    """Return what happened lately: what was known, less what is older than `keep_ms`, and what this poll shows.

    `placed` are the groups whose position we set ourselves: that is no surprise.
    """
    now = seen.monotonic_ms
    kept = {what: one for what, one in past.items() if 0 <= now - one.mono_ms < keep_ms}
    if restarted:
        kept["restarted", None] = Happening("restarted", None, seen.taken_at_ms, now, since_ms=since_ms)
    had = _groups(known.trails)
    for stream in seen.streams:
        if stream.trouble is None and stream.exists and stream.groups is not None:
            back = _moved_back(stream, known, seen, placed)
            replaced = list(_replaced(stream, known, seen, had.get(stream.name, ())))
            if replaced:
                kept = _without_groups_of(stream, kept)
            new = [*replaced, *back, *_trimmed(stream, kept, seen, known.proofs)]
            kept |= {(one.kind, one.key): one for one in new}
        elif stream.exists is False:
            kept = _without_groups_of(stream, kept)
    return kept


def _without_groups_of(
    stream: Stream, kept: dict[tuple[Kind, Key | None], Happening]
) -> dict[tuple[Kind, Key | None], Happening]:
    """Forget what happened to the groups of a stream that is gone: those of another one are none of them."""
    return {
        what: one
        for what, one in kept.items()
        if one.key is None or one.key.group is None or one.key.stream != stream.name
    }


def _groups(trails: Iterable[Key]) -> dict[Name, list[Name]]:
    """Return the groups that each stream had."""
    groups: dict[Name, list[Name]] = {}
    for key in trails:
        if key.group is not None:
            groups.setdefault(key.stream, []).append(key.group)
    return groups


def _replaced(stream: Stream, known: Known, seen: Snapshot, had: Sequence[Name]) -> Iterator[Happening]:
    """Another stream under the same name: neither the counter nor the last ID of one ever goes back.

    Redis 6.2 has no counter, and a stream made anew has a later last ID: there it shows by all groups that went
    together with most entries.
    """
    key = Key(stream.name)
    before = known.sample(key)
    if before is None:
        return
    last_id, added = before.last_id, before.entries_added
    earlier = last_id is not None and stream.last_id is not None and stream.last_id < last_id
    fewer = added is not None and stream.entries_added is not None and stream.entries_added < added
    shorter = stream.entries_added is None and before.length is not None and stream.length * 2 < before.length
    # Whatever XSETID made of its counters: all its entries are still there.
    same = before.first_id is not None and stream.first_id == before.first_id and stream.length >= (before.length or 0)
    bare = bool(had) and not {one.name for one in stream.groups or ()}.intersection(had)
    if not same and (earlier or fewer or (shorter and bare) or made_anew(before, stream)):
        yield Happening("replaced", key, seen.taken_at_ms, seen.monotonic_ms, before.length, last_id, stream.last_id)


def made_anew(before: Sample, stream: Stream) -> bool:
    """Whether all that a stream ever took is there and new, and what was there before is not: it took more since."""
    if not before.length or before.last_id is None or stream.first_id is None:
        return False
    return stream.entries_added == stream.length and stream.first_id > before.last_id


def _moved_back(stream: Stream, known: Known, seen: Snapshot, placed: frozenset[Key]) -> Iterator[Happening]:
    """A group that stands before where it stood: recreated, or set back; what lies between comes again."""
    for group in stream.groups or ():
        key = Key(stream.name, group.name)
        before, after = known.position(key), group.last_delivered
        # What is no longer there cannot come again.
        again = stream.first_id is not None and before is not None and stream.first_id <= before
        if again and before is not None and after < before and key not in placed:
            yield Happening("moved back", key, seen.taken_at_ms, seen.monotonic_ms, None, before, after)


def _trimmed(stream: Stream, known: Happenings, seen: Snapshot, proofs: Mapping[Key, Proof]) -> Iterator[Happening]:
    """Unread entries that were trimmed: seen as long as a group stands before the stream's first entry."""
    for group in stream.groups or ():
        key = Key(stream.name, group.name)
        lost = lost_of(stream, group, proofs.get(key))
        if lost.value and (lost.kind == "exact" or (lost.kind == "estimate" and _nothing_deleted(stream, group))):
            # The next gap may count those of the last one again, or not: the larger is what is known.
            before = known.get(("trimmed", key))
            if before is not None and lost.value < (before.amount or 0):
                # With the IDs that it was counted between.
                yield replace(before, at_ms=seen.taken_at_ms, mono_ms=seen.monotonic_ms)
                continue
            yield Happening(
                "trimmed",
                key,
                seen.taken_at_ms,
                seen.monotonic_ms,
                lost.value,
                group.last_delivered,
                stream.first_id or stream.last_id,
                certain=lost.kind == "exact",
            )


def _nothing_deleted(stream: Stream, group: Group) -> bool:
    """Whether no unread entry was deleted by hand: that is no loss to trimming."""
    return stream.max_deleted_id is not None and stream.max_deleted_id <= group.last_delivered
