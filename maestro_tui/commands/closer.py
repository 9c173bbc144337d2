"""A closer look at a few entries: whether they are still in the stream, and how often they were requeued."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from maestro_tui.domain.names import ZERO, EntryId, Key, Name
from maestro_tui.domain.plans.provenance import attempts_of
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.domain.trouble import Failure
from maestro_tui.engine.ports import Reader

MOST = 100
# The marks are an entry's last fields: one that is larger tells nothing here, and the server looks again anyway.
_MOST_BYTES = 64 * 1024
_LAST_SEQ = 2**64 - 1


@dataclass(slots=True)
class Closer:
    """What was seen of each: `gone` are in the stream no more, `attempts` are those that were requeued before."""

    looked_at: set[EntryId] = field(default_factory=set)
    gone: set[EntryId] = field(default_factory=set)
    attempts: dict[EntryId, int] = field(default_factory=dict)


async def look_closer(reader: Reader, stream: Name, ids: Sequence[EntryId], most: int = MOST) -> Closer:
    """Fetch the first `most` of the entries, one by one, each with at most 64 KiB of its fields.

    Raise Failure where the server cannot be read; where it forbids to look, nothing was looked at.
    """
    seen = Closer()
    for id in ids[:most]:
        try:
            entry = await reader.entry(stream, id, _MOST_BYTES)
        except Failure as failure:
            if failure.trouble.fault != "denied":
                raise
            # Whoever may see the pending list and not the entries still learns what the list tells.
            return seen
        seen.looked_at.add(id)
        if entry is None:
            seen.gone.add(id)
        elif entry.complete and (attempts := attempts_of(entry.fields)):
            seen.attempts[id] = attempts
    return seen


async def pending_among(reader: Reader, key: Key, ids: Sequence[EntryId]) -> tuple[list[PendingEntry], int]:
    """Return the rows of those IDs that are pending, and the server's time; one bounded XPENDING for each ID."""
    rows: list[PendingEntry] = []
    at_ms = 0
    for id in ids:
        page = await reader.sweep(key, before(id), id, 1)
        rows += [row for row in page.rows if row.id == id]
        at_ms = page.at_ms
    return rows, at_ms


def before(id: EntryId) -> EntryId | None:
    """Return the ID just before one, None before the first."""
    if id == ZERO:
        return None
    return EntryId(id.ms, id.seq - 1) if id.seq else EntryId(id.ms - 1, _LAST_SEQ)
