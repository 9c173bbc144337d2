"""What became of copies, told from a group's position, its pending list and its consumers' times.

A copy up to the group's last-delivered ID was delivered, and acknowledged if it is not pending. That is all a server
knows: one that was removed from the pending list otherwise, or skipped by XGROUP SETID, or trimmed away unread and
passed by before anybody looked, counts as acknowledged too.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.pending import SAME_BATCH_MS
from maestro_tui.domain.progress import Fates
from maestro_tui.domain.snapshot import Consumer, Group, PendingEntry
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.gateway import parse
from maestro_tui.gateway.entries import groups_of
from maestro_tui.gateway.link import Command, Link
from maestro_tui.gateway.pending import MOST_ROWS, listing, rows_of
from maestro_tui.gateway.refusals import told, vanished

MOST_COPIES: Final = 10_000
MOST_PAGES: Final = 20
"""Pages of XPENDING in one look: up to 0.3 ms of the server's time each (facts, section 3)."""
MOST_CONSUMERS: Final = 1_000
"""Their times are asked for with every page; of a larger crowd it is not told which copies failed."""


@dataclass(slots=True)
class _Held:
    """Copies found on the pending list so far; `beyond` is the first one not looked for, None once all were."""

    by: dict[EntryId, Name] = field(default_factory=dict)
    failed: int = 0
    beyond: EntryId | None = None


async def fates_of(link: Link, key: Key, copies: Sequence[EntryId], *, heavy: bool | None) -> Fates:
    """Look at the last `MOST_COPIES` of `copies`; raise `Failure` where the stream or the group is not there.

    Whether waiting copies of a `heavy` stream are gone is not looked at: it would carry a large entry each time.
    """
    looked_at = copies[-MOST_COPIES:]
    if not looked_at:
        return Fates(0)
    group = await _group(link, key)
    held = await _look_for(link, key, looked_at, crowd=group.consumer_count > MOST_CONSUMERS)
    waiting = [id for id in looked_at if id > group.last_delivered and id not in held.by]
    gone = 0 if heavy or not waiting else await _gone(link, key, group, waiting)
    return Fates(
        looked_at=len(looked_at),
        acked=sum(
            id <= group.last_delivered and id not in held.by and (held.beyond is None or id < held.beyond)
            for id in looked_at
        ),
        pending=dict(Counter(held.by.values())),
        waiting=len(waiting) - gone,
        failed=held.failed,
        gone=gone,
        complete=held.beyond is None,
    )


async def _group(link: Link, key: Key) -> Group:
    group = _named(await groups_of(link, key.stream), key.group)
    if group is None:
        raise Failure(vanished(_positions(key)))
    return group


def _named(groups: Sequence[Group], name: Name | None) -> Group | None:
    return next((group for group in groups if group.name == name), None)


def _positions(key: Key) -> Command:
    return (b"XINFO", b"GROUPS", key.stream.raw)


async def _look_for(link: Link, key: Key, copies: Sequence[EntryId], *, crowd: bool) -> _Held:
    """Page through what is pending between the first and the last copy, past stretches without copies."""
    assert key.group is not None
    wanted, held = frozenset(copies), _Held(beyond=copies[0])
    crew: Command = (b"XINFO", b"CONSUMERS", key.stream.raw, key.group.raw)
    for _ in range(MOST_PAGES):
        if held.beyond is None:
            break
        page = listing(key, str(held.beyond).encode(), str(copies[-1]).encode(), MOST_ROWS)
        # Consumers first: whoever acknowledges and asks for more in between is then not on the page at all.
        replies = await link.ask((page,) if crowd else (crew, page))
        rows = rows_of(replies[-1], page, link)
        holders = {} if crowd else _holders(replies[0], crew, link)
        found = [row for row in rows if row.id in wanted]
        held.by.update((row.id, row.consumer) for row in found)
        held.failed += sum(_has_come_back(holders.get(row.consumer), row) for row in found)
        at = len(copies) if len(rows) < MOST_ROWS else bisect_right(copies, rows[-1].id)
        held.beyond = copies[at] if at < len(copies) else None
    return held


def _holders(reply: object, command: Command, link: Link) -> Mapping[Name, Consumer]:
    """Where the server does not tell, nothing is known to have failed."""
    crew = told(parse.consumers, reply, command, link.address.user)
    return {} if isinstance(crew, Trouble) else {consumer.name: consumer for consumer in crew}


def _has_come_back(holder: Consumer | None, row: PendingEntry) -> bool:
    """Whether the holder has done with the batch that the entry was in: a worker asks again only then.

    From 7.2 `idle` is the time since it last asked, so that it is seen at once. At 7.0 and below it is the time since
    it last got something: there only a holder that received newer entries has shown it (facts, 1.2). Two things look
    the same: a claim of anything to the holder, and a second process that uses its name.
    """
    return holder is not None and row.idle_ms > holder.idle_ms + SAME_BATCH_MS


async def _gone(link: Link, key: Key, group: Group, waiting: Sequence[EntryId]) -> int:
    """Count waiting copies that are no longer in the stream, as far as one entry tells: those before the next one.

    The group's position is asked for again after it: what was delivered meanwhile may rightly have been deleted.
    """
    bounds = (f"({group.last_delivered}".encode(), str(waiting[-1]).encode())
    following: Command = (b"XRANGE", key.stream.raw, *bounds, b"COUNT", b"1")
    replies = await link.ask((following, _positions(key)))
    look = told(parse.looked_at, replies[0], following, link.address.user)
    groups = told(parse.groups, replies[1], _positions(key), link.address.user)
    now = None if isinstance(groups, Trouble) else _named(groups, key.group)
    if isinstance(look, Trouble) or now is None:
        return 0
    return sum(id > now.last_delivered and (look.first is None or id < look.first) for id in waiting)
