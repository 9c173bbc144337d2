"""A stream's entries: pages of them within a budget of bytes, one of them whole, and how groups stand to it."""

from typing import Final

from maestro_tui.domain.names import LAST, ZERO, EntryId, Key, Name
from maestro_tui.domain.snapshot import Group, PendingEntry
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.ports import EntriesPage, Entry, EntryRow, Holding
from maestro_tui.gateway import parse
from maestro_tui.gateway.link import Command, Link, ask_all
from maestro_tui.gateway.pending import exactly, listing
from maestro_tui.gateway.previews import Appetite, preview_of, size_of
from maestro_tui.gateway.refusals import told

MOST_ENTRIES: Final = 100
MOST_GROUPS: Final = 100


async def entries_of(
    link: Link, stream: Name, after: EntryId | None, limit: int, *, newest_first: bool, heavy: bool | None
) -> EntriesPage:
    """Return entries beyond `after`; fewer than `limit` where they are large, with `next_after` to go on from.

    A stream that is missing has no entries: Redis does not tell the two apart here, a poll does.
    """
    wanted, rows, appetite = min(max(limit, 1), MOST_ENTRIES), list[EntryRow](), Appetite(heavy=heavy)
    end = ZERO if newest_first else LAST
    while after != end and len(rows) < wanted and appetite.next:
        count = min(appetite.next, wanted - len(rows))
        command = _beyond(stream, after, count, newest_first=newest_first)
        [reply] = await link.ask([command])
        found = told(parse.entries, reply, command, link.address.user)
        if isinstance(found, Trouble):
            raise Failure(found)
        part = [EntryRow(id, preview_of(fields)) for id, fields in found]
        appetite.took(row.preview.size or 0 for row in part)
        rows += part
        after = part[-1].id if len(part) == count else end
    return EntriesPage(tuple(rows), None if after == end else after)


def _beyond(stream: Name, after: EntryId | None, count: int, *, newest_first: bool) -> Command:
    verb, first, last = (b"XREVRANGE", b"+", b"-") if newest_first else (b"XRANGE", b"-", b"+")
    start = first if after is None else f"({after}".encode()
    return (verb, stream.raw, start, last, b"COUNT", str(count).encode())


async def entry_of(link: Link, stream: Name, id: EntryId, most_bytes: int | None) -> Entry | None:
    """Return one entry, cut off after `most_bytes`; Redis sends it whole all the same."""
    command = exactly(stream, id)
    [reply] = await link.ask([command])
    fields = told(parse.only_entry, reply, command, link.address.user)
    if isinstance(fields, Trouble):
        raise Failure(fields)
    if fields is None:
        return None
    kept = fields if most_bytes is None else _cut(fields, most_bytes)
    return Entry(id, kept, size_of(fields), len(fields), complete=kept == fields)


def _cut(fields: parse.Fields, most_bytes: int) -> parse.Fields:
    """Keep what fits. A field takes at least one byte of it, or a million empty ones would all fit."""
    kept: list[tuple[bytes, bytes]] = []
    left = most_bytes
    for name, value in fields:
        if left <= 0:
            break
        kept.append((name[:left], value[: max(0, left - len(name))]))
        left -= max(1, len(name) + len(value))
    return tuple(kept)


async def holdings_of(link: Link, stream: Name, id: EntryId) -> tuple[Holding, ...]:
    """Ask each group, in the server's order, for this one ID; a group that has just been removed is left out."""
    groups = (await groups_of(link, stream))[:MOST_GROUPS]
    at = str(id).encode()
    commands = [listing(Key(stream, group.name), at, at, 1) for group in groups]
    replies = await ask_all(link, [(command,) for command in commands])
    found: list[Holding] = []
    for group, command, [reply] in zip(groups, commands, replies, strict=True):
        rows = told(parse.pending_rows, reply, command, link.address.user)
        if not isinstance(rows, Trouble):
            found.append(_holding(group, id, rows))
        elif rows.fault != "gone":
            found.append(Holding(group.name, None, delivered=id <= group.last_delivered, known=False))
    return tuple(found)


def _holding(group: Group, id: EntryId, rows: tuple[PendingEntry, ...]) -> Holding:
    # A group that was set back holds entries above its last-delivered ID.
    return Holding(group.name, rows[0] if rows else None, delivered=bool(rows) or id <= group.last_delivered)


async def groups_of(link: Link, stream: Name) -> tuple[Group, ...]:
    """Read XINFO GROUPS; raise `Failure` where the server does not tell, or has no such stream."""
    command = (b"XINFO", b"GROUPS", stream.raw)
    [reply] = await link.ask([command])
    groups = told(parse.groups, reply, command, link.address.user)
    if isinstance(groups, Trouble):
        raise Failure(groups)
    return groups
