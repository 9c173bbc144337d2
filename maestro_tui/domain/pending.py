"""What a group's pending entries mean: stuck, left behind, last batch, ghost, poison.

Known with bounded commands only: the consumers' own times settle most of it, the first page of the pending list
the rest; what lies beyond the page makes a count a lower bound.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from maestro_tui.domain.names import ZERO, Name
from maestro_tui.domain.snapshot import UNKNOWN, Consumer, Count, Group, PendingEntry, Stream, at_least, exact

# XINFO CONSUMERS and XPENDING are two commands of one pipeline, and a batch's entries are delivered within one
# command: a difference under this is no later batch.
SAME_BATCH_MS = 200

Batch = Literal["left behind", "last batch", "unknown"]


@dataclass(frozen=True, slots=True)
class PendingCounts:
    """A group's pending entries by what they mean."""

    stuck: Count
    left_behind: Count
    last_batch: Count
    ghosts: Count
    poison: Count
    most_deliveries: Count
    oldest: PendingEntry | None

    @classmethod
    def all(cls, value: Count) -> "PendingCounts":
        """Every count the same: all 0, or all unknown."""
        return cls(value, value, value, value, value, value, None)


def batch_of(entry: PendingEntry, holder: Consumer | None, later_ms: int = 0) -> Batch:
    """Tell whether the entry's holder has received newer entries since: then its batch is over.

    `later_ms`: how long after the holder's times the entry was looked at. A hint only where several processes share
    one consumer name.
    """
    if holder is None or holder.quiet_ms is None:
        return "unknown"
    return "left behind" if entry.idle_ms > holder.quiet_ms + SAME_BATCH_MS + later_ms else "last batch"


def delivered_before(holder: Consumer | None, seen_at_ms: int) -> int | None:
    """Return until when (server's clock) an entry of a holder must have been delivered to be left behind.

    `seen_at_ms` is when the holder's times were read; None where it never received anything, or is not known.
    """
    if holder is None or holder.quiet_ms is None:
        return None
    return seen_at_ms - holder.quiet_ms - SAME_BATCH_MS - 1


def still_running(group: Group, stuck_after_ms: int, safe_after_ms: int) -> int:
    """Count the stuck entries that may rightly be so: a last batch whose holder may still be working on it.

    A pending list is in the order of IDs and entries are delivered in that order, so where the page shows a
    holder's last batch and nothing left behind before it, all that it holds is that batch.
    """
    running = 0
    entries = group.page.entries if group.page is not None else ()
    for holder in group.consumers or ():
        if holder.quiet_ms is None or not stuck_after_ms <= holder.quiet_ms < safe_after_ms:
            continue
        own = [batch_of(entry, holder) for entry in entries if entry.consumer == holder.name]
        last = own.count("last batch")
        running += max(holder.pending, last) if own and last == len(own) else last
    return running


def overdue_with(group: Group, stuck_after_ms: int, safe_after_ms: int) -> tuple[Consumer, ...]:
    """Return who holds stuck entries of a batch that is over; all who hold any where that is not told."""
    entries = group.page.entries if group.page is not None else ()
    holders = tuple(one for one in group.consumers or () if one.pending)
    late: dict[Name, list[Batch]] = {}
    crew = {one.name: one for one in holders}
    for entry in entries:
        if entry.idle_ms >= stuck_after_ms:
            late.setdefault(entry.consumer, []).append(batch_of(entry, crew.get(entry.consumer)))
    found = []
    for one in holders:
        own, quiet_ms = late.get(one.name, []), one.quiet_ms or 0
        running = stuck_after_ms <= quiet_ms < safe_after_ms and "left behind" not in own
        if (own or quiet_ms >= stuck_after_ms) and not running:
            found.append(one)
    return tuple(found) or holders


def left_for(counts: PendingCounts, group: Group, idle_ms: int) -> Count:
    """Count the entries left behind that have been idle for so long: for a moment many are where a name is shared."""
    crew = {one.name: one for one in group.consumers or ()}
    entries = group.page.entries if group.page is not None else ()
    late = (batch_of(entry, crew.get(entry.consumer)) for entry in entries if entry.idle_ms >= idle_ms)
    return Count(sum(word == "left behind" for word in late), counts.left_behind.kind)


def is_ghost(entry: PendingEntry, stream: Stream) -> bool:
    """Tell whether the entry lies before the stream's first one: trimmed away while pending, lost work."""
    return stream.length == 0 or (stream.first_id is not None and entry.id < stream.first_id)


def count_pending(stream: Stream, group: Group, stuck_after_ms: int, poison_deliveries: int) -> PendingCounts:
    """Count a group's pending entries by what they mean, each with how far it can be trusted."""
    if group.pending == 0:
        return PendingCounts.all(exact(0))
    page = group.page
    entries = page.entries if page is not None else ()
    complete = page is not None and page.complete
    holders = {consumer.name: consumer for consumer in group.consumers or ()}
    batches = [batch_of(entry, holders.get(entry.consumer)) for entry in entries]
    certain = complete and "unknown" not in batches
    if page is None:
        by_page = ghosts = poison = deliveries = UNKNOWN
    else:
        by_page = at_least(batches.count("left behind"))
        poison = _seen(sum(entry.deliveries >= poison_deliveries for entry in entries), complete)
        deliveries = _seen(max((entry.deliveries for entry in entries), default=0), complete)
        ghosts = _ghosts(stream, entries, complete)
    return PendingCounts(
        stuck=_stuck(group, entries, holders, stuck_after_ms),
        left_behind=exact(batches.count("left behind")) if certain else by_page,
        last_batch=_seen(batches.count("last batch"), certain) if page is not None else UNKNOWN,
        ghosts=ghosts,
        poison=poison,
        most_deliveries=deliveries,
        oldest=entries[0] if entries else None,
    )


def _seen(value: int, complete: bool) -> Count:
    return exact(value) if complete else at_least(value)


def _ghosts(stream: Stream, entries: tuple[PendingEntry, ...], complete: bool) -> Count:
    """Pending IDs are in order, so a page that reaches the stream's first entry holds every trimmed one."""
    if stream.trouble is not None:
        return UNKNOWN
    found = sum(is_ghost(entry, stream) for entry in entries)
    past_the_edge = complete or found < len(entries)
    # XDEL makes holes that the ends do not show; without deletions (max-deleted 0-0) there are none.
    no_holes = stream.max_deleted_id == ZERO or stream.length == 0
    return _seen(found, past_the_edge and no_holes)


def _stuck(
    group: Group, entries: tuple[PendingEntry, ...], holders: Mapping[Name, Consumer], stuck_after_ms: int
) -> Count:
    """Count entries idle for at least the threshold.

    A holder that received nothing for that long holds only such entries, however many. For the others the page
    decides, and is complete for those whose entries are all on it.
    """
    if group.consumers is None and group.page is None:
        return UNKNOWN
    # Reading its own list again resets the entries' idle times, but not (from 7.2) the holder's.
    read_again = {entry.consumer for entry in entries if entry.idle_ms < stuck_after_ms}
    silent = {name for name, holder in holders.items() if (holder.quiet_ms or 0) >= stuck_after_ms} - read_again
    on_page: dict[Name, int] = {}
    stuck = sum(holders[name].pending for name in silent)
    for entry in entries:
        on_page[entry.consumer] = on_page.get(entry.consumer, 0) + 1
        if entry.consumer not in silent and entry.idle_ms >= stuck_after_ms:
            stuck += 1
    if group.consumers_age_ms:
        # What was read at an earlier poll may be finished by now, and others stuck.
        return at_least(min(stuck, group.pending))
    if group.page is not None and group.page.complete:
        return exact(sum(entry.idle_ms >= stuck_after_ms for entry in entries))
    others = [holder for name, holder in holders.items() if name not in silent]
    settled = group.consumers is not None and all(on_page.get(holder.name, 0) >= holder.pending for holder in others)
    return _seen(stuck, settled)
