"""How a stream's entries are spelled: one line each, cut for a width."""

from dataclasses import dataclass, replace
from typing import Literal

from maestro_tui.domain.glossary_lists import ENTRY_TEXTS, sections
from maestro_tui.domain.names import EntryId
from maestro_tui.domain.plans.provenance import unwrap
from maestro_tui.domain.quantities import clock, duration, plural, size, timestamp
from maestro_tui.domain.rows import Row
from maestro_tui.domain.text import clip, clip_middle
from maestro_tui.engine.ports import EntryRow, Preview
from maestro_tui.ui.widgets import columns
from maestro_tui.ui.widgets.lines import Line, Tone
from maestro_tui.ui.widgets.payload import payload
from maestro_tui.ui.widgets.table import Spelling

Delivered = Literal["delivered", "waiting", ""]


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry of the stream. `delivered`: how the group whose screen this is stands to it, "" without one."""

    row: EntryRow
    age_ms: int | None
    delivered: Delivered = ""
    marked: bool = False

    @property
    def id(self) -> EntryId:
        """What identifies it."""
        return self.row.id


def entry_lines(rows: tuple[EntryRow, ...], row: Row, later_ms: int) -> tuple[EntryLine, ...]:
    """Return a page's entries, at `later_ms` after the poll that the row is of."""
    now_ms = row.stream.seen_at_ms + later_ms
    last = None if row.group is None else row.group.last_delivered
    lines = []
    for one in rows:
        delivered: Delivered = "" if last is None else "delivered" if one.id <= last else "waiting"
        lines.append(EntryLine(one, one.id.age_ms(now_ms), delivered))
    return tuple(lines)


def entry_details(line: EntryLine | None, cells: int, *, lost: bool) -> tuple[Line, Line]:
    """Tell about the selected entry what its line had no room for; of a dead letter where it comes from."""
    if line is None:
        text = " The selected entry is no longer on this page." if lost else " No entry is selected."
        return ((clip(text, cells), "muted"),), ()
    at = "" if line.age_ms is None else f" of {timestamp(line.id.ms)}"
    word = {"delivered": ", delivered to this group", "waiting": ", not delivered to this group yet", "": ""}
    letter = unwrap(line.row.preview.fields or ())
    if letter is not None:
        was = letter[0]
        head = f" {line.id}: was {was.id}; {was.consumer} had it, delivered {was.deliveries:,}x"
        text = f"{head}, idle {duration(was.idle_ms)}; group {was.group}"
    else:
        many = line.row.preview.fields
        count = "" if many is None or line.row.preview.note else f", {plural(len(many), 'field')}"
        text = f" {line.id}{at}{word[line.delivered]}{count}"
    return ((clip(text, cells), "strong"),), ((clip(f" {payload(_own(line.row.preview))}", cells), "plain"),)


def _own(preview: Preview) -> Preview:
    """Leave out a dead letter's provenance: what is looked for in a list is what failed."""
    letter = unwrap(preview.fields or ())
    return preview if letter is None else replace(preview, fields=letter[1])


def _cells(room: int, *, grouped: bool) -> columns.Cells:
    id = 22 if room >= 100 else 17
    if room < 60:
        return columns.widths(room, (("", 1), ("ID", 15), ("AGE", 5)), "PAYLOAD")
    state = (("STATE", 9),) if grouped else ()
    return columns.widths(room, (("", 1), ("ID", id), ("AT", 9), ("AGE", 5), ("SIZE", 6), *state), "PAYLOAD")


def _line(line: EntryLine, room: int, glyph: str, *, grouped: bool) -> Line:
    cells = _cells(room, grouped=grouped)
    texts = {
        **_short_texts(line),
        "": glyph if line.marked else "",
        "ID": clip_middle(str(line.id), dict(cells)["ID"]),
        "PAYLOAD": payload(_own(line.row.preview)),
    }
    tones: dict[str, Tone] = {"": "key", "STATE": "warning" if line.delivered == "waiting" else "plain"}
    if line.marked:
        tones["ID"] = "key"
    if line.row.preview.fields is None:
        tones["PAYLOAD"] = "muted"
    return columns.spans(cells, texts, tones)


def _short_texts(line: EntryLine) -> dict[str, str]:
    return {
        "AT": "?" if line.age_ms is None else clock(line.id.ms),
        "AGE": duration(line.age_ms),
        "SIZE": size(line.row.preview.size),
        "STATE": line.delivered,
    }


def explain_entry(line: EntryLine) -> tuple[str, tuple[str, ...]]:
    """Tell about each column of an entry; how a group stands to it only where there is one."""
    texts = {title: text for title, text in ENTRY_TEXTS.items() if title != "STATE" or line.delivered}
    return f"ENTRY {line.id}", (str(line.id), *sections(texts, _short_texts(line)))


def entry_spelling(glyph: str, *, grouped: bool) -> Spelling[EntryLine]:
    """Return the spelling of entries; `grouped`: with how the group stands to them."""
    return Spelling(
        lambda line: line.id,
        lambda line, room: _line(line, room, glyph, grouped=grouped),
        lambda room: columns.titles(_cells(room, grouped=grouped)),
    )
