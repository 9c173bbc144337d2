"""A page of pending entries with a look at their payloads, within a budget of bytes."""

from collections.abc import Sequence
from typing import Final

from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.ports import Page, PendingRow, Preview
from maestro_tui.gateway import parse
from maestro_tui.gateway.link import Command, Link
from maestro_tui.gateway.refusals import told

MOST_ROWS: Final = 1_000
MOST_PREVIEWS: Final = 100
MOST_BYTES: Final = 1024 * 1024
CLIP_BYTES: Final = 512
MOST_FIELDS: Final = 64

# Nobody knows how large an entry is before it has been sent: the first few tell how many more to ask for at once.
_FIRST_GUESS: Final = 4
_AT_ONCE: Final = 32

_NOT_FETCHED: Final = Preview(None, note="not fetched")
_GONE: Final = Preview(None, note="gone")


async def page_of(link: Link, key: Key, after: EntryId | None, limit: int, *, heavy: bool) -> Page:
    """Return up to `limit` pending entries above `after`; `heavy`: the stream's entries are known to be large."""
    assert key.group is not None
    count = min(max(limit, 1), MOST_ROWS)
    start = b"-" if after is None else f"({after}".encode()
    command = (b"XPENDING", key.stream.raw, key.group.raw, start, b"+", str(count).encode())
    [reply] = await link.ask([command])
    rows = told(parse.pending_rows, reply, command, link.address.user)
    if isinstance(rows, Trouble):
        raise Failure(rows)
    previews = await _previews(link, key, rows[:MOST_PREVIEWS], first_guess=1 if heavy else _FIRST_GUESS)
    shown = tuple(PendingRow(row, previews.get(row.id, _NOT_FETCHED)) for row in rows)
    return Page(shown, rows[-1].id if len(rows) == count else None)


async def _previews(link: Link, key: Key, rows: Sequence[PendingEntry], *, first_guess: int) -> dict[EntryId, Preview]:
    """Fetch payloads, oldest entry first, until the budget is spent."""
    previews: dict[EntryId, Preview] = {}
    spent, largest, at, step = 0, 1, 0, first_guess
    while at < len(rows) and step > 0:
        part = rows[at : at + step]
        commands = [_exactly(key, row.id) for row in part]
        for row, command, reply in zip(part, commands, await link.ask(commands), strict=True):
            preview = _preview(reply, command, link.address.user)
            previews[row.id] = preview
            spent += preview.size or 0
            largest = max(largest, preview.size or 0)
        at += len(part)
        step = min(_AT_ONCE, (MOST_BYTES - spent) // largest)
    return previews


def _exactly(key: Key, id: EntryId) -> Command:
    at = str(id).encode()
    return (b"XRANGE", key.stream.raw, at, at, b"COUNT", b"1")


def _preview(reply: object, command: Command, user: str | None) -> Preview:
    found = told(_entry, reply, command, user)
    if isinstance(found, Trouble):
        return Preview(None, note=str(found))
    if found is None:
        return _GONE
    # Clipped here and now, so that no page of large payloads is ever held in memory.
    clipped = tuple((name[:CLIP_BYTES], value[:CLIP_BYTES]) for name, value in found[:MOST_FIELDS])
    left = len(found) - len(clipped)
    note = f"{left:,} more fields" if left else ""
    return Preview(clipped, sum(len(name) + len(value) for name, value in found), note)


def _entry(reply: object) -> parse.Fields | None:
    if not isinstance(reply, list):
        raise parse.Malformed
    return parse.entry(reply[0])[1] if reply else None
