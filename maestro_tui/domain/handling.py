"""How consumers handle what they take, watched from poll to poll: what a single poll cannot show.

Batches taken while nothing was finished, and entries finished after their holder had gone on to newer ones. Of each
group no more is kept than the IDs of one page of its pending list, a number for each consumer, and a few moments.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maestro_tui.domain.names import ZERO, EntryId, Key, Name
from maestro_tui.domain.ours import Ours
from maestro_tui.domain.pending import SAME_BATCH_MS, is_ghost
from maestro_tui.domain.snapshot import Group, PendingEntry, Snapshot, Stream

LATE_WITHIN_MS = 60_000
"""For how long a late end counts."""
_MOST_LATE = 20


@dataclass(frozen=True, slots=True)
class Taking:
    """A stretch in which entries were taken and none was finished; times by our monotonic clock.

    `batches`: at how many polls each consumer's pending count had grown by new deliveries.
    """

    began_ms: int
    last_ms: int
    entries: int = 0
    batches: Mapping[Name, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Late:
    """An entry was finished although `consumer` had received newer ones before: seen when, delivered how long ago."""

    mono_ms: int
    consumer: Name
    idle_ms: int


@dataclass(frozen=True, slots=True)
class Handling:
    """What is remembered of a group: its counters, who held how much, the entries of older batches, and what it shows.

    `older` are pending entries whose holder had already received a newer one at the poll before.
    """

    delivered: EntryId
    read: int | None
    pending: int
    held: Mapping[Name, int]
    older: Mapping[EntryId, PendingEntry]
    taking: Taking
    late: tuple[Late, ...] = ()


def follow(past: Mapping[Key, Handling], seen: Snapshot, ours: Ours) -> dict[Key, Handling]:
    """Return what is to be remembered after another poll; what we took off a list ourselves, no worker finished."""
    handled: dict[Key, Handling] = {}
    for stream in seen.streams:
        for group in stream.groups or ():
            key = Key(stream.name, group.name)
            before = past.get(key)
            if _is_of_now(stream, group, seen):
                handled[key] = _after(
                    before, stream, group, seen.monotonic_ms, ours=key in ours.acked or ours.begins_anew(key)
                )
            elif before is not None:
                handled[key] = before
    return handled


def _is_of_now(stream: Stream, group: Group, seen: Snapshot) -> bool:
    """Whether counters, consumers and pending page are of this very poll: only such can be compared."""
    whole = group.consumers is not None and group.page is not None and group.consumers_age_ms == 0
    return whole and stream.trouble is None and stream.seen_at_ms >= seen.taken_at_ms


def _after(before: Handling | None, stream: Stream, group: Group, now_ms: int, *, ours: bool) -> Handling:
    late: tuple[Late, ...] = ()
    taking = Taking(now_ms, now_ms)
    if before is not None and group.last_delivered >= before.delivered:
        late = tuple(one for one in before.late if 0 <= now_ms - one.mono_ms < LATE_WITHIN_MS)
        if not ours:
            late = (*late, *_late(before, stream, group, now_ms))[-_MOST_LATE:]
            taking = _taking(before, group, now_ms)
    return Handling(
        group.last_delivered,
        # A group that was made at 0 and received nothing has no count yet.
        0 if group.last_delivered == ZERO else group.entries_read,
        group.pending,
        {one.name: one.pending for one in group.consumers or () if one.pending},
        _older(stream, group),
        taking,
        late,
    )


def _taking(before: Handling, group: Group, now_ms: int) -> Taking:
    """Go on with the stretch, or begin another where something was finished, or nobody can tell."""
    delivered = _delivered(before, group)
    if delivered is None or delivered != group.pending - before.pending:
        return Taking(now_ms, now_ms)
    if delivered == 0:
        return before.taking
    crew = group.consumers or ()
    # Names that come and go must not pile up here.
    batches = {one.name: before.taking.batches[one.name] for one in crew if one.name in before.taking.batches}
    for one in crew:
        if one.pending > before.held.get(one.name, 0):
            batches[one.name] = batches.get(one.name, 0) + 1
    began_ms = before.taking.began_ms if before.taking.entries else now_ms
    return Taking(began_ms, now_ms, before.taking.entries + delivered, batches)


def _delivered(before: Handling, group: Group) -> int | None:
    if group.last_delivered == before.delivered:
        return 0
    if group.entries_read is None or before.read is None:
        return None
    return group.entries_read - before.read


def _older(stream: Stream, group: Group) -> dict[EntryId, PendingEntry]:
    """Return the pending entries whose holder has certainly received a newer one for the first time since.

    Both must be on the page: a consumer's own times also restart when somebody claims old entries for it.
    """
    newest: dict[Name, PendingEntry] = {}
    older: dict[EntryId, PendingEntry] = {}
    for entry in reversed(group.page.entries if group.page else ()):
        later = newest.get(entry.consumer)
        if later is not None and entry.idle_ms > later.idle_ms + SAME_BATCH_MS and not is_ghost(entry, stream):
            older[entry.id] = entry
        if entry.deliveries == 1 and (later is None or entry.idle_ms < later.idle_ms):
            newest[entry.consumer] = entry
    return older


def _late(before: Handling, stream: Stream, group: Group, now_ms: int) -> tuple[Late, ...]:
    """Return that an entry of an older batch is gone from the list, if one is; several at one poll count once."""
    entries = group.page.entries if group.page else ()
    complete = group.page is not None and group.page.complete
    present = {entry.id for entry in entries}
    crew = {one.name for one in group.consumers or ()}
    for id, entry in before.older.items():
        in_view = complete or (bool(entries) and id < entries[-1].id)
        if in_view and id not in present and entry.consumer in crew and not is_ghost(entry, stream):
            return (Late(now_ms, entry.consumer, entry.idle_ms),)
    return ()
