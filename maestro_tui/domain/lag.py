"""How many entries wait undelivered in front of a group, and how far the number can be trusted.

XINFO GROUPS' own `lag` was too high in half of the samples on Redis 7.0-7.4 once trimming overtook a group, and
is nil after deletions. These rules settle what the stream's ends settle, and mark the rest. They were asserted
against XRANGE counts in a differential fuzz on eight servers.
"""

from maestro_tui.domain.names import ZERO, EntryId
from maestro_tui.domain.snapshot import UNKNOWN, Count, Group, Stream, at_least, exact


def lag_of(stream: Stream, group: Group) -> Count:
    """Return the undelivered entries of a group, with the kind of the number."""
    delivered, first, last = group.last_delivered, stream.first_id, stream.last_entry_id
    if stream.length == 0:
        return exact(0)
    if first is None or last is None:
        return UNKNOWN
    if delivered >= last:
        return exact(0)
    if delivered < first:
        return exact(stream.length)
    if delivered == first:
        return exact(stream.length - 1)
    if group.server_lag is None:
        return _interpolated(stream.length, first, delivered, last)
    # Between the ends at least the last entry waits, and the delivered first one does not.
    told = min(max(group.server_lag, 1), stream.length - 1)
    return exact(told) if _nothing_ever_left(stream) else Count(told, "upper_bound")


def _interpolated(length: int, first: EntryId, delivered: EntryId, last: EntryId) -> Count:
    """Estimate from the IDs' times, as if entries had come evenly."""
    if last.ms <= first.ms:
        # No time to go by, but the last entry certainly waits.
        return at_least(1)
    share = (last.ms - delivered.ms) / (last.ms - first.ms)
    return Count(min(max(round(length * share), 1), length - 1), "estimate")


def _nothing_ever_left(stream: Stream) -> bool:
    """Whether every entry ever added is still there: only then is the server's own count beyond doubt.

    Newer servers count right (fixed in Redis 8.2), but a count that 7.x got wrong is saved with the data and
    survives the upgrade.
    """
    return stream.entries_added == stream.length and stream.max_deleted_id in (None, ZERO)


def waiting_of(stream: Stream, group: Group, lag: Count, now_ms: int) -> int | None:
    """Return the age of the first undelivered entry in ms; None where none waits or it is not known."""
    if lag == exact(0):
        return None
    first = undelivered_from_ends(stream, group) or group.first_undelivered
    return None if first is None else first.age_ms(now_ms)


def undelivered_from_ends(stream: Stream, group: Group) -> EntryId | None:
    """Return the first undelivered entry where the stream's first entry already is one."""
    if stream.first_id is not None and group.last_delivered < stream.first_id:
        return stream.first_id
    return None
