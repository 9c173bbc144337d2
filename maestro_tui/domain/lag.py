"""How many entries wait undelivered in front of a group, and how far the number can be trusted.

XINFO GROUPS' own `lag` was too high in half of the samples on Redis 7.0-7.4 once trimming overtook a group, is too
low or too high after a wrong ENTRIESREAD, and is nil after deletions. So it is never called exact, nor a bound. A lag
is exact where the stream's ends settle it, where the entries were counted, or where a proof (`proof.py`) carries a
count on; all else is a bound by such counts, or an estimate. `python -m tests.long lag` holds these rules against
XRANGE counts on five kinds of server.
"""

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.proof import Proof, settled
from maestro_tui.domain.snapshot import UNKNOWN, Count, Group, Stream, at_least, exact


def lag_of(stream: Stream, group: Group, proof: Proof | None = None) -> Count:
    """Return the undelivered entries of a group, with the kind of the number; `proof` is one of this poll."""
    known = settled(stream, group)
    if known is not None:
        return exact(known)
    first, last = stream.first_id, stream.last_entry_id
    if first is None or last is None:
        return UNKNOWN
    low, high = _bounds(stream, group, proof)
    if low == high:
        return exact(low)
    told = group.server_lag
    if told is not None and low <= told <= high:
        return Count(told, "estimate")
    if told is not None and told > high:
        return Count(high, "upper_bound")
    if last.ms <= first.ms:
        # No time to go by.
        return at_least(low)
    return Count(min(max(guess(stream, group.last_delivered), low), high), "estimate")


def after(stream: Stream, position: EntryId) -> Count:
    """Count the entries after any position: exact at the stream's ends, else an estimate by the times of IDs."""
    return lag_of(stream, Group(Name(b""), 0, 0, position))


def guess(stream: Stream, position: EntryId) -> int:
    """Guess from the IDs' times how many entries are after a position, as if they had come evenly."""
    first, last = stream.first_id, stream.last_entry_id
    if first is None or last is None or last.ms <= first.ms:
        return 0
    share = (last.ms - position.ms) / (last.ms - first.ms)
    return min(max(round(stream.length * share), 0), stream.length)


def _bounds(stream: Stream, group: Group, proof: Proof | None) -> tuple[int, int]:
    """Return the least and the most that can wait: between the ends the last entry does, and the first does not."""
    low, high = 1, stream.length - 1
    if group.ahead is not None:
        low = max(low, group.ahead.seen)
    if group.behind is not None:
        high = min(high, stream.length - group.behind.seen)
    if proof is None or proof.position > group.last_delivered:
        return low, max(low, high)
    if proof.until is None:
        high = min(high, proof.counted)
    if proof.position == group.last_delivered:
        low = max(low, proof.counted)
    return low, max(low, high)


def lost_of(stream: Stream, group: Group, proof: Proof | None = None) -> Count:
    """Return the entries in front of a group that were trimmed before it received them.

    Exact 0 where nothing is missing in front of it, exact where we watched them go (`proof`), or where all that ever
    left was deleted or trimmed elsewhere; else as the group's own counter tells it, which is an estimate, or at most
    all that ever left. Once the group has read on past the gap it is 0 again.
    """
    position, first = group.last_delivered, stream.first_id
    if (first is not None and first <= position) or (stream.last_id is not None and position >= stream.last_id):
        return exact(0)
    if stream.entries_added is None:
        return UNKNOWN
    left = stream.entries_added - stream.length
    if left <= 0:
        return exact(0) if left == 0 else UNKNOWN
    if proof is not None and proof.position == position and proof.lost is not None:
        # An unread entry that was deleted by hand was not trimmed.
        trimmed_only = stream.max_deleted_id is not None and stream.max_deleted_id <= position
        return exact(proof.lost) if trimmed_only or proof.lost == 0 else Count(proof.lost, "upper_bound")
    if group.entries_read is not None and group.entries_read <= left:
        return Count(left - group.entries_read, "estimate")
    return Count(left, "upper_bound")


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
