"""A sample of a stream's and a group's counters, and what can have happened between two of them.

Counters are no traffic. A stream's entries-added also moves by XSETID, by a restore and by an older copy of the data;
a group's entries-read by XGROUP SETID, and by the server itself, which estimates it anew after deletions and counts
unread entries that were trimmed as read. So each difference is held against what else is known: IDs, length, what
was waiting, and who has received anything. What cannot have been is a reset; what may not have been is unknown.
"""

from dataclasses import dataclass

from maestro_tui.domain.lag import lag_of
from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.ours import Ours
from maestro_tui.domain.proof import Proof
from maestro_tui.domain.snapshot import UNKNOWN, Count, Group, Snapshot, Stream

MOST_PER_S = 2_000_000
"""Entries: more than any server takes (one thread, about half a microsecond each). Above it, it was no traffic."""
FOLLOWED = ("exact", "upper_bound", "estimate")
"""Lags that can be followed from poll to poll, where they stay of one kind: of a lower bound nobody knows the rest."""
_SLACK_MS = 100
_ASLEEP_MS = 5_000


@dataclass(frozen=True, slots=True)
class Step:
    """Entries that came, were delivered, and left the pending list since the sample before; None is not known.

    Our own moves are taken off. `goes_on`: the lag changed by nothing but these, so that it may be followed.
    """

    came: int | None = None
    delivered: int | None = None
    acked: int | None = None
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """The counters of a stream and, where the key names one, of a group, at one moment.

    `at_ms` is of our monotonic clock where `steady`, else of the server's, which may be set; `server_ms` always of
    the server's. `quiet_ms`: how long no consumer of the group has received anything, None where that is not known.
    `step` is since the sample before. `lags` (the newest sample has them all): lags since the last jump, by `at_ms`.
    """

    at_ms: int
    entries_added: int | None
    entries_read: int | None
    pending: int
    last_delivered: EntryId | None
    last_id: EntryId | None = None
    length: int | None = None
    max_deleted_id: EntryId | None = None
    first_id: EntryId | None = None
    consumers: int = 0
    quiet_ms: int | None = None
    lag: Count = UNKNOWN
    node: str = ""
    server_ms: int = 0
    steady: bool = False
    step: Step = Step()
    lags: tuple[tuple[int, int], ...] = ()

    @property
    def waiting_at_most(self) -> int | None:
        """How many entries can have been delivered next, without new ones."""
        return self.lag.value if self.lag.kind in ("exact", "upper_bound") else self.length


def sample_of(stream: Stream, group: Group | None, seen: Snapshot, proof: Proof | None = None) -> Sample:
    """Return what a poll saw; `proof` is what it left proven of the group's lag."""
    return Sample(
        at_ms=stream.seen_at_ms if seen.mono_ms is None else seen.mono_ms - _age_ms(stream, seen),
        entries_added=stream.entries_added,
        entries_read=None if group is None else group.entries_read,
        pending=0 if group is None else group.pending,
        last_delivered=None if group is None else group.last_delivered,
        last_id=stream.last_id,
        length=stream.length,
        max_deleted_id=stream.max_deleted_id,
        first_id=stream.first_id,
        consumers=0 if group is None else group.consumer_count,
        quiet_ms=None if group is None else _quiet_ms(group, round(seen.cost.seconds * 1000)),
        lag=UNKNOWN if group is None else lag_of(stream, group, proof),
        node=stream.node,
        server_ms=stream.seen_at_ms,
        steady=seen.mono_ms is not None,
    )


def _age_ms(stream: Stream, seen: Snapshot) -> int:
    """Return how long before the poll a stream was fetched, by its own server's clock."""
    node = seen.node(stream.node)
    now_ms = seen.taken_at_ms if node is None or node.time_ms is None else node.time_ms
    return max(0, now_ms - stream.seen_at_ms)


def _quiet_ms(group: Group, took_ms: int) -> int | None:
    """Return how long nobody had received anything when the poll began, at least: it may have been told at its end."""
    if group.consumers is None or group.consumers_age_ms:
        return None
    return min((one.quiet_ms for one in group.consumers if one.quiet_ms is not None), default=2**53) - took_ms


def step_between(before: Sample, after: Sample, key: Key, ours: Ours) -> Step | None:
    """Return what happened between two looks at a key; None where one cannot have grown out of the other."""
    if not (_same_clock(before, after) and _stream_goes_on(before, after) and _group_goes_on(before, after)):
        return None
    copied = ours.copied.get(key.stream, 0)
    added = _added(before, after)
    if added is None and before.last_id is not None and before.last_id == after.last_id:
        # Without a new ID nothing came, whatever counters this server lacks.
        added = 0
    came = None if added is None else max(0, added - copied)
    if after.last_delivered is None:
        return Step(came)
    delivered = _delivered(before, after, added)
    acked = _acked(before, after, delivered, ours.acked.get(key, 0))
    return Step(came, delivered, acked, not copied and _lag_goes_on(before, after, added, delivered))


def _same_clock(before: Sample, after: Sample) -> bool:
    """Whether the time between them is known, and both were told by the same server.

    Where much more time passed for the server than for us, its clock was set, or this machine slept.
    """
    if (before.node, before.steady) != (after.node, after.steady) or after.at_ms <= before.at_ms:
        return False
    span_ms = after.at_ms - before.at_ms
    beyond_ms = after.server_ms - before.server_ms - span_ms
    return not after.steady or beyond_ms <= max(_ASLEEP_MS, span_ms // 2)


def _added(before: Sample, after: Sample) -> int | None:
    if before.entries_added is None or after.entries_added is None:
        return None
    return after.entries_added - before.entries_added


def _read(before: Sample, after: Sample) -> int | None:
    if before.entries_read is None or after.entries_read is None:
        return None
    return after.entries_read - before.entries_read


def _less(one: EntryId | None, other: EntryId | None) -> bool:
    return one is not None and other is not None and one < other


def _stream_goes_on(before: Sample, after: Sample) -> bool:
    """Whether what was added can be what entries-added says: XSETID, a restore or an older copy moves it, too."""
    if (before.entries_added is None) != (after.entries_added is None) or _less(after.last_id, before.last_id):
        return False
    added = _added(before, after)
    if added is None:
        return True
    if not 0 <= added <= MOST_PER_S * (after.at_ms - before.at_ms) / 1000:
        return False
    old, new = before.last_id, after.last_id
    if old is None or new is None or before.length is None or after.length is None:
        return True
    if after.length - before.length > added or (added > 0 and new == old):
        return False
    if new.ms == old.ms and added > new.seq - old.seq:
        return False
    return _still_there(before, after, added, old)


def _still_there(before: Sample, after: Sample, added: int, old: EntryId) -> bool:
    """Whether the new entries are in the stream, where neither trimming nor deleting can have taken them."""
    assert before.length is not None
    assert after.length is not None
    head, grown = after.first_id, after.length - before.length
    if head is None or head > old or _less(old, after.max_deleted_id):
        return True
    if head == before.first_id and before.max_deleted_id == after.max_deleted_id and after.max_deleted_id is not None:
        return added == grown
    return added <= after.length


def _group_goes_on(before: Sample, after: Sample) -> bool:
    """Whether the group's position moved by deliveries alone."""
    # A count that is gone tells of a position that was set; a count that is there again, of a server that made it good.
    if after.entries_read is None and before.entries_read is not None:
        return False
    if _less(after.last_delivered, before.last_delivered):
        return False
    moved = before.last_delivered != after.last_delivered
    nobody = after.quiet_ms is not None and after.consumers >= before.consumers
    span_ms = after.at_ms - before.at_ms
    if moved and nobody and (after.quiet_ms or 0) > span_ms + _SLACK_MS:
        return False
    read = _read(before, after)
    return read is None or (read >= 0 and (read > 0) == moved)


def _more_than_there_was(before: Sample, read: int, added: int | None) -> bool:
    """Whether more was read than can have been there to read.

    The group is told of a moment after the stream: some entries more may have come and gone by then.
    """
    waiting = before.waiting_at_most
    available = None if added is None or waiting is None else waiting + added
    return available is not None and read > available + max(10, available // 10)


def _gone(before: Sample, after: Sample, added: int | None) -> int | None:
    """Return how many entries left the stream."""
    if added is None or before.length is None or after.length is None:
        return None
    return added - (after.length - before.length)


def _lost_at_most(before: Sample, after: Sample, added: int | None) -> int:
    """Return how many entries trimming can have taken before they were read: those in front of them went first.

    Workers that delete what they are done with take nothing from anybody.
    """
    gone = _gone(before, after, added)
    deleted = before.max_deleted_id != after.max_deleted_id
    if gone is None or (deleted and not _less(after.last_delivered, after.max_deleted_id)):
        return 0
    lag = before.lag.value if before.lag.kind != "lower_bound" else None
    read = 0 if lag is None or before.length is None else before.length - lag
    return max(0, gone - max(0, read))


def _lost_before(before: Sample) -> int:
    """Return how many entries trimming had taken before they were read, and nothing counted yet."""
    ever, there, read = before.entries_added, before.length, before.entries_read
    overtaken = _less(before.last_delivered, before.first_id) or before.first_id is None
    return 0 if ever is None or there is None or read is None or not overtaken else max(0, ever - there - read)


def _delivered(before: Sample, after: Sample, added: int | None) -> int | None:
    if before.last_delivered == after.last_delivered:
        return 0
    read = _read(before, after)
    if read is not None:
        doubtful = _more_than_there_was(before, read, added) or _counts_lost_ones(before, after, added, read)
        return None if doubtful else read
    if (before.lag.kind, after.lag.kind) != ("exact", "exact") or added is None or _unread_went(before, after):
        return None
    delivered = (before.lag.value or 0) + added - (after.lag.value or 0)
    return delivered if delivered >= 0 else None


def _counts_lost_ones(before: Sample, after: Sample, added: int | None, read: int) -> bool:
    """Whether entries-read may have jumped over unread entries that were trimmed: newer servers count those as read.

    A counter that is lower than the number of entries that ever left in front has not been corrected in that way.
    """
    if _lost_at_most(before, after, added) + _lost_before(before) <= max(1, read // 10):
        return False
    deleted = not _less(after.max_deleted_id, after.first_id)
    if deleted or after.entries_added is None or after.length is None or _less(after.last_delivered, after.first_id):
        return True
    return (after.entries_read or 0) > after.entries_added - after.length


def _unread_went(before: Sample, after: Sample) -> bool:
    """Whether entries may have left the stream that this group had not been given."""
    deleted = before.max_deleted_id != after.max_deleted_id and not _less(after.max_deleted_id, before.last_delivered)
    trimmed = before.first_id != after.first_id and not _less(after.first_id, before.last_delivered)
    return deleted or (trimmed and before.first_id is not None and after.first_id != before.last_delivered)


def _acked(before: Sample, after: Sample, delivered: int | None, ours: int) -> int | None:
    """Return how many left the pending list: what was delivered and is not pending, without those we took off it."""
    kept = after.pending - before.pending
    if delivered is None or (kept < 0 and after.consumers < before.consumers):
        # A consumer that is removed takes what it holds with it.
        return None
    return max(0, delivered - kept - ours)


def _lag_goes_on(before: Sample, after: Sample, added: int | None, delivered: int | None) -> bool:
    """Whether the lag changed by what came and what was delivered, and by nothing else."""
    kind = after.lag.kind
    if before.lag.kind != kind or kind not in FOLLOWED:
        return False
    if kind != "estimate" and added is not None and delivered is not None:
        change = (after.lag.value or 0) - (before.lag.value or 0)
        return abs(change - (added - delivered)) <= 1 + (added + delivered) // 20
    return not _unread_went(before, after)
