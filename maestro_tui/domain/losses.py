"""Unread entries that were trimmed before a group received them."""

from maestro_tui.domain.names import ZERO
from maestro_tui.domain.snapshot import UNKNOWN, Count, Group, Stream, exact


def lost_of(stream: Stream, group: Group) -> Count:
    """Return how many unread entries are gone in front of a group.

    Where the group stands before the stream's first entry, all that ever left lies behind that entry, and what of it
    was not delivered is lost; entries deleted after the group's position make it an upper bound.
    """
    if stream.length and (stream.first_id is None or group.last_delivered >= stream.first_id):
        return exact(0)
    if stream.entries_added is None or group.entries_read is None or stream.max_deleted_id is None:
        return UNKNOWN
    lost = max(0, stream.entries_added - stream.length - group.entries_read)
    by_trimming_only = stream.max_deleted_id == ZERO or stream.max_deleted_id <= group.last_delivered
    return exact(lost) if by_trimming_only or lost == 0 else Count(lost, "upper_bound")
