"""Looks into a pending list of any size: a page, or with a filter as many pages as a budget allows."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.engine.ports import Page, PendingRow, Reader
from maestro_tui.ui.sieve import Sieve, sift
from maestro_tui.ui.widgets.payload import NOT_FETCHED
from maestro_tui.ui.widgets.pending import PendingLine

PAGE: Final = 100
"""Entries of a page on the screen; so many payloads come with one page of the reader."""
WIDE_PAGE: Final = 1_000
"""Entries of a page that is read without payloads, to be filtered."""
MOST_PAGES: Final = 10
"""Pages of one look; the next one goes on from there."""
MOST_FOUND: Final = 1_000
"""Found entries after which a look ends with the page it is at."""

Judge = Callable[[tuple[PendingRow, ...]], tuple[PendingLine, ...]]


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be looked at: entries above `after`; those that pass the sieve, held by `consumer` where given."""

    key: Key
    after: EntryId | None = None
    sieve: Sieve | None = None
    consumer: Name | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """What a look has found so far, among how many entries, and where another one goes on (None: at the end).

    `untold` could not be told, because their payloads were not fetched. `page` are all entries of the page that was
    read last, which covers the IDs above `above` up to `next_after`.
    """

    lines: tuple[PendingLine, ...] = ()
    looked_at: int = 0
    untold: int = 0
    next_after: EntryId | None = None
    page: tuple[PendingEntry, ...] = ()
    above: EntryId | None = None


async def look(reader: Reader, question: Question, judge: Judge) -> AsyncIterator[Sight]:
    """Yield what was found after each page; with no filter there is but one. Raises Failure as the reader does."""
    sight = Sight(next_after=question.after)
    for _ in range(1 if question.sieve is None else MOST_PAGES):
        above = sight.next_after
        page = await _page(reader, question, above)
        found, untold = sift(question.sieve, judge(page.rows))
        sight = Sight(
            lines=(*sight.lines, *found),
            looked_at=sight.looked_at + len(page.rows),
            untold=sight.untold + untold,
            next_after=page.next_after,
            page=tuple(row.entry for row in page.rows),
            above=above,
        )
        yield sight
        if page.next_after is None or len(sight.lines) >= MOST_FOUND:
            return


async def _page(reader: Reader, question: Question, above: EntryId | None) -> Page:
    """Read payloads only where they are shown at once or decide; a consumer's own list where one is asked for."""
    key = question.key
    assert key.group is not None
    shallow = question.sieve is not None and not question.sieve.deep
    if shallow and question.consumer is None:
        rows = await reader.sweep(key, above, None, WIDE_PAGE)
        return Page(tuple(PendingRow(entry, NOT_FETCHED) for entry in rows.rows), rows.next_after)
    limit = WIDE_PAGE if shallow else PAGE
    return await reader.pending(key.stream, key.group, above, limit, question.consumer)


def before(id: EntryId) -> EntryId | None:
    """Return the ID just below one, so that a look above it begins at the one; None below the lowest."""
    if id.seq:
        return EntryId(id.ms, id.seq - 1)
    return EntryId(id.ms - 1, 2**64 - 1) if id.ms else None
