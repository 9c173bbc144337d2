"""Pages of pending entries for the scenes: what `Reader.pending` would answer about the healing group."""

from collections.abc import Sequence
from dataclasses import replace

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.engine.ports import Page, PendingRow, Preview
from maestro_tui.ui.app import MaestroApp
from screenshots.script import HEALING, HOSTILE
from tests.fakes import ScriptedReader

HEALING_KEY = Key(Name.of("maestro:streams:automation:healing"), Name.of("maestro-healing-workers"))
_GONE = Preview(None, note="gone")


def preview(number: int) -> Preview:
    """What a healing entry holds."""
    body = b'{"test_id":"checkout-%d","attempt":1,"selector":"#pay"}' % number
    return Preview(((b"type", b"heal_test"), (b"payload", body), (b"timestamp", b"1795354642")), 84)


def healing_pages() -> tuple[Page, ...]:
    """The healing group's pending entries: a ghost first, a poison one among them, the last batch at the end."""
    rows = [PendingRow(entry, preview(place)) for place, entry in enumerate(HEALING.pending)]
    rows[0] = replace(rows[0], preview=_GONE)
    rows[2] = replace(rows[2], entry=replace(rows[2].entry, deliveries=7))
    rows[3] = replace(rows[3], preview=Preview(((b"type", b"x" * 256),), 1_048_580, "12 more fields"))
    cuts = [rows[start : start + 100] for start in range(0, len(rows), 100)]
    return tuple(
        Page(tuple(cut), cut[-1].entry.id if place + 1 < len(cuts) else None) for place, cut in enumerate(cuts)
    )


def hostile_page() -> Page:
    """Entries whose holders, fields and values try to be obeyed; one value of a megabyte."""
    values = (*HOSTILE, b"\x1b[2J" * 262_144)
    rows = tuple(
        PendingRow(
            PendingEntry(EntryId(1_795_354_642_000 + place), Name(raw), 60_000, 1), Preview(((raw, raw),), len(raw))
        )
        for place, raw in enumerate(values)
    )
    return Page(rows, None)


def use_pages(app: MaestroApp, pages: Sequence[Page]) -> ScriptedReader:
    """Let the app's reader answer with these pages in turn, and return it."""
    reader = app.session.reader
    assert isinstance(reader, ScriptedReader)
    reader.pages = list(pages)
    return reader
