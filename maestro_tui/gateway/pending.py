"""Pages of a group's pending entries: with a look at their payloads, within a budget of bytes, or as rows alone."""

from collections.abc import Sequence
from typing import Final

from maestro_tui.domain.names import LAST, EntryId, Key, Name
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.ports import Page, PendingRow, PendingRows, Preview
from maestro_tui.gateway import parse
from maestro_tui.gateway.link import Command, Link
from maestro_tui.gateway.previews import Appetite, preview_of
from maestro_tui.gateway.refusals import told

MOST_ROWS: Final = 1_000
MOST_PREVIEWS: Final = 100

_TIME: Final[Command] = (b"TIME",)
_NOT_FETCHED: Final = Preview(None, note="not fetched")
_GONE: Final = Preview(None, note="gone")


async def page_of(
    link: Link, key: Key, after: EntryId | None, limit: int, consumer: Name | None, *, heavy: bool | None
) -> Page:
    """Return up to `limit` pending entries above `after`, all or a consumer's; `heavy`: see `Appetite`.

    A consumer has a list of its own, so that asking for one costs no more than asking for all (measured).
    """
    count = _count(limit)
    command = listing(key, _above(after), b"+", count)
    if consumer is not None:
        command = (*command, consumer.raw)
    [reply] = await link.ask([command])
    rows = rows_of(reply, command, link)
    previews = await _previews(link, key.stream, rows[:MOST_PREVIEWS], Appetite(heavy=heavy))
    shown = tuple(PendingRow(row, previews.get(row.id, _NOT_FETCHED)) for row in rows)
    return Page(shown, _next_after(rows, count))


async def sweep(link: Link, key: Key, after: EntryId | None, until: EntryId | None, limit: int) -> PendingRows:
    """Return up to `limit` rows above `after`, up to `until`, with the server's time.

    Without TIME there is no page: what was delivered before a moment cannot be told by somebody else's clock.
    """
    count = _count(limit)
    command = listing(key, _above(after), b"+" if until is None else str(until).encode(), count)
    # TIME comes second: should the server pause between the two, entries look younger, and are left alone.
    reply, time = await link.ask([command, _TIME])
    rows = rows_of(reply, command, link)
    at_ms = told(parse.time_ms, time, _TIME, link.address.user)
    if isinstance(at_ms, Trouble):
        raise Failure(at_ms)
    return PendingRows(rows, at_ms, _next_after(rows, count))


def listing(key: Key, start: bytes, end: bytes, count: int) -> Command:
    """Return the command for rows of a group's pending list, `start` and `end` spelled as Redis does."""
    assert key.group is not None
    return (b"XPENDING", key.stream.raw, key.group.raw, start, end, str(count).encode())


def rows_of(reply: object, command: Command, link: Link) -> tuple[PendingEntry, ...]:
    """Read the rows of XPENDING; raise `Failure` where there are none to read."""
    rows = told(parse.pending_rows, reply, command, link.address.user)
    if isinstance(rows, Trouble):
        raise Failure(rows)
    return rows


def _count(limit: int) -> int:
    return min(max(limit, 1), MOST_ROWS)


def _above(after: EntryId | None) -> bytes:
    return b"-" if after is None else f"({after}".encode()


def _next_after(rows: Sequence[PendingEntry], count: int) -> EntryId | None:
    """Redis refuses a range that begins beyond the last ID there can be."""
    return rows[-1].id if len(rows) == count and rows[-1].id != LAST else None


async def _previews(
    link: Link, stream: Name, rows: Sequence[PendingEntry], appetite: Appetite
) -> dict[EntryId, Preview]:
    """Fetch payloads, oldest entry first, until the budget is spent."""
    previews: dict[EntryId, Preview] = {}
    at = 0
    while at < len(rows) and appetite.next:
        part = rows[at : at + appetite.next]
        commands = [exactly(stream, row.id) for row in part]
        replies = await link.ask(commands)
        for row, command, reply in zip(part, commands, replies, strict=True):
            previews[row.id] = _preview(reply, command, link.address.user)
        appetite.took(previews[row.id].size or 0 for row in part)
        at += len(part)
    return previews


def exactly(stream: Name, id: EntryId) -> Command:
    """Return the command for one whole entry."""
    at = str(id).encode()
    return (b"XRANGE", stream.raw, at, at, b"COUNT", b"1")


def _preview(reply: object, command: Command, user: str | None) -> Preview:
    found = told(parse.only_entry, reply, command, user)
    if isinstance(found, Trouble):
        return Preview(None, note=str(found))
    return _GONE if found is None else preview_of(found)
