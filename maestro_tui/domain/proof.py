"""A count of unread entries that holds from poll to poll: what was counted once need not be counted again.

A look at a stream (XRANGE) counts entries; the server's counters only claim. So a number is exact where entries were
counted, or where it follows from such a count and from what cannot have happened since. A proof says: when the
stream stood at `mark`, exactly `counted` entries had IDs after `position`, up to `until` or to the end. A later poll
keeps it only if nothing after `position` can have left since:

* nothing left at all: entries-added and length grew alike, the first entry is the same, nothing new was deleted; or
* only older ones left: the first entry and the highest deleted ID are still not after `position`. Trimming takes
  from the head, and XDEL, XDELEX and XACKDEL raise max-deleted-entry-id (measured on 7.0 to 9.1).

What came since is then in front of `position`, and is added. Where the group has moved on, a look at what it passed
moves `position` along. Redis 6.2 counts neither additions nor deletions: there a proof holds while the stream stands
still (same length, same ends).

Two polls can hide things, and a proof relies on these not having happened between two polls in a row:

* The key was replaced (DEL, FLUSHALL, RENAME, RESTORE) by one whose first entry has the old one's ID, or one between
  it and `position`, with counters that fit. IDs that the server gives are times and do not come again, so this takes
  IDs given by hand or a copy. All else of this kind is seen: IDs or counters go back, or do not fit together.
* XSETID gave ENTRIESADDED or MAXDELETEDID values that hide a deletion or make one up. Whatever makes a counter go
  back, or entries-added grow without a newer entry, is seen; and so is a new last ID until the next entry is added.

On purpose it does not rely on the group: XGROUP SETID, forward and back, with any ENTRIESREAD, XCLAIM LASTID, and
removing and creating the group change no entry, and a position before the proof's drops it. Redis from 8.2 trims
acknowledged entries out of the middle (XTRIM … ACKED) without raising max-deleted-entry-id (measured on 8.2.3): where
a group of such a server moved while entries left, the proof is dropped (one that was moved forward and, after such a
trim, back to the same position within one interval, is not seen to have moved). A server that does not say its run ID
(INFO denied) may have been restarted with an older state: there are no proofs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.snapshot import Group, Node, Stream

_ACKED_SINCE = (8, 2)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a stream stood, and on which run of which server. `makes_holes`: XTRIM may take from the middle."""

    run_id: str
    makes_holes: bool
    length: int
    first: EntryId | None
    last: EntryId
    added: int | None
    max_deleted: EntryId | None


@dataclass(frozen=True, slots=True)
class Proof:
    """Exactly `counted` entries were after `position`, up to and with `until` (None: to the end), at `mark`.

    `lost`: so many entries after `position` had left before they were delivered; None where that is not known.
    """

    position: EntryId
    counted: int
    until: EntryId | None
    mark: Mark
    lost: int | None = None


def settled(stream: Stream, group: Group) -> int | None:
    """Return the lag where this poll alone is certain of it: by the stream's ends, or by a look that counted all."""
    delivered, first, last = group.last_delivered, stream.first_id, stream.last_entry_id
    if stream.length == 0:
        return 0
    if first is None or last is None:
        return None
    if delivered >= last:
        return 0
    if delivered < first:
        return stream.length
    if delivered == first:
        return stream.length - 1
    if group.ahead is not None and group.ahead.complete:
        return group.ahead.seen
    if group.behind is not None and group.behind.complete and group.behind.seen < stream.length:
        return stream.length - group.behind.seen
    return None


def prove(before: Mapping[Key, Proof], streams: Sequence[Stream], nodes: Sequence[Node]) -> dict[Key, Proof]:
    """Return what is proven after a poll, out of what was before it and what it saw."""
    servers = {node.address: node for node in nodes}
    proven: dict[Key, Proof] = {}
    kept: set[Name] = set()
    for stream in streams:
        if stream.trouble is not None or stream.exists is None or stream.groups is None:
            # Not seen is not gone: the next poll that sees the stream decides.
            kept.add(stream.name)
            continue
        server = servers.get(stream.node)
        if stream.heavy and (server is None or server.time_ms != stream.seen_at_ms):
            # What is known of it is of an earlier poll, perhaps of an earlier run.
            kept.add(stream.name)
            continue
        mark = mark_of(stream, server)
        if mark is None:
            continue
        for group in stream.groups:
            key = Key(stream.name, group.name)
            proof = _prove(stream, group, before.get(key), mark)
            if proof is not None:
                proven[key] = proof
    return proven | ({key: proof for key, proof in before.items() if key.stream in kept} if kept else {})


def mark_of(stream: Stream, node: Node | None) -> Mark | None:
    """Return where a stream stands; None where too little of it or of its server is known."""
    if not stream.exists or stream.last_id is None or node is None or node.run_id is None:
        return None
    makes_holes = node.kind == "redis" and not () < node.version_tuple < _ACKED_SINCE
    return Mark(
        node.run_id,
        makes_holes,
        stream.length,
        stream.first_id,
        stream.last_id,
        stream.entries_added,
        stream.max_deleted_id,
    )


def carried(proof: Proof, stream: Stream, group: Group, now: Mark) -> Proof | None:
    """Return a proof with the counts of this poll, or None where it holds no more. It takes no look into account."""
    was = proof.mark
    if group.last_delivered < proof.position or not _follows(was, now) or not _new_ones_are_there(was, now, stream):
        return None
    came, gone = _came(was, now), _gone(was, now)
    if gone == 0:
        if was.length and (now.first != was.first or now.max_deleted != was.max_deleted):
            return None
    elif _was_set(was, now, stream) or not _only_older_left(
        proof, gone, now, moved=group.last_delivered != proof.position
    ):
        return None
    counted = proof.counted + (came if proof.until is None else 0)
    return replace(proof, counted=counted, mark=now) if counted <= now.length else None


def _prove(stream: Stream, group: Group, before: Proof | None, mark: Mark) -> Proof | None:
    position = group.last_delivered
    if position > mark.last:
        # What is added later may be before the position: nothing can be concluded from it.
        return None
    known = settled(stream, group)
    if known is not None:
        return Proof(position, known, None, mark, _lost(stream, position, before, known, mark))
    kept = None if before is None else carried(before, stream, group, mark)
    kept = None if kept is None else _moved(kept, group)
    if kept is not None and kept.position == position:
        return kept
    whole, ahead = kept is not None and kept.until is None, group.ahead
    if whole and (group.passed is not None or ahead is None or ahead.seen < 2):
        # It follows the group, and bounds its lag meanwhile.
        return kept
    if ahead is None or ahead.complete or ahead.last is None:
        return None
    return Proof(position, ahead.seen, ahead.last, mark, _lost_by_ends(stream, position, mark))


def _moved(proof: Proof, group: Group) -> Proof | None:
    """Return a carried proof moved along with its group and extended, as far as this poll's looks tell."""
    passed, position, counted, until = group.passed, proof.position, proof.counted, proof.until
    if until is not None and until <= group.last_delivered:
        return None
    if passed is not None and group.passed_from == position < group.last_delivered:
        position = group.last_delivered if passed.complete else passed.last or position
        counted -= passed.seen
    further = group.further
    if further is not None and until is not None and group.further_from == until:
        counted, until = counted + further.seen, None if further.complete else further.last
    if counted < 0:
        return None
    lost = proof.lost if position == proof.position or proof.lost == 0 else None
    return replace(proof, position=position, counted=counted, until=until, lost=lost)


def _follows(was: Mark, now: Mark) -> bool:
    """Whether the stream of `now` can be the one of `was`, later."""
    if was.run_id != now.run_id or now.last < was.last:
        return False
    if was.first is not None and now.first is not None and now.first < was.first:
        return False
    if was.added is None or now.added is None or was.max_deleted is None or now.max_deleted is None:
        return (was.length, was.first, was.last) == (now.length, now.first, now.last)
    return now.added >= was.added and now.max_deleted >= was.max_deleted and _gone(was, now) >= 0


def _new_ones_are_there(was: Mark, now: Mark, stream: Stream) -> bool:
    """Whether the last entry is new where some were added, and old where none were."""
    newest = stream.last_entry_id
    return (newest is not None and newest > was.last) == (_came(was, now) > 0)


def _was_set(was: Mark, now: Mark, stream: Stream) -> bool:
    """Whether XSETID shows: the last ID is new, but no entry's, nor that of one that was deleted.

    Then the highest deleted ID may have been set, too, and hide a deletion.
    """
    if now.last in (was.last, stream.last_entry_id):
        return False
    return now.max_deleted is None or now.max_deleted < now.last


def _only_older_left(proof: Proof, gone: int, now: Mark, *, moved: bool) -> bool:
    """Whether all that left since can only have been at or before the proof's position."""
    if now.first is None or now.max_deleted is None or (now.makes_holes and moved):
        return False
    if now.first > proof.position or now.max_deleted > proof.position:
        return False
    return gone <= proof.mark.length - proof.counted


def _came(was: Mark, now: Mark) -> int:
    return 0 if was.added is None or now.added is None else now.added - was.added


def _gone(was: Mark, now: Mark) -> int:
    return _came(was, now) - (now.length - was.length)


def _lost(stream: Stream, position: EntryId, before: Proof | None, counted: int, now: Mark) -> int | None:
    """Return how many entries after a position left unread: what was proven to be there, less what is there."""
    by_ends = _lost_by_ends(stream, position, now)
    if by_ends is not None or before is None or before.lost is None:
        return by_ends
    if before.position != position or before.until is not None or not _follows(before.mark, now):
        return None
    lost = before.lost + before.counted + _came(before.mark, now) - counted
    return lost if lost >= before.lost else None


def _lost_by_ends(stream: Stream, position: EntryId, now: Mark) -> int | None:
    """Return 0 where nothing after the position can ever have left."""
    if now.added is None or now.max_deleted is None:
        return None
    whole = now.first is not None and now.first <= position and now.max_deleted <= position
    return 0 if whole or stream.length == now.added or position == now.last else None
