"""How pending entries are spelled: one line each, cut for a width."""

from dataclasses import dataclass

from maestro_tui.domain.glossary_lists import PENDING_TEXTS, sections
from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.pending import batch_of, is_ghost
from maestro_tui.domain.quantities import clock, duration, si, thousands
from maestro_tui.domain.rows import Row
from maestro_tui.domain.text import clip, clip_middle
from maestro_tui.engine.ports import PendingRow
from maestro_tui.ui.widgets import columns
from maestro_tui.ui.widgets.lines import Line, Tone
from maestro_tui.ui.widgets.mark_texts import MARKS as MARKS
from maestro_tui.ui.widgets.mark_texts import Mark as Mark
from maestro_tui.ui.widgets.mark_texts import explain_mark
from maestro_tui.ui.widgets.payload import attempt_of, is_gone, looked_into, payload
from maestro_tui.ui.widgets.table import Spelling

_MARK_TONES: dict[Mark, Tone] = {"ghost": "critical", "poison": "critical", "left behind": "warning"}


@dataclass(frozen=True, slots=True)
class PendingLine:
    """A pending entry with what it means; `age_ms` is None where its ID is no time.

    `attempt` is how often it was requeued, None where its payload does not tell; `marked` is the operator's mark.
    """

    row: PendingRow
    age_ms: int | None
    mark: Mark
    attempt: int | None = None
    marked: bool = False

    @property
    def id(self) -> EntryId:
        """What identifies it."""
        return self.row.entry.id

    @property
    def looked_into(self) -> bool:
        """Whether its payload was looked at."""
        return looked_into(self.row.preview)

    @property
    def gone(self) -> bool:
        """Whether its entry is known to be deleted or trimmed."""
        return self.mark == "ghost"


def pending_lines(rows: tuple[PendingRow, ...], row: Row, limits: Limits, later_ms: int) -> tuple[PendingLine, ...]:
    """Return a page's entries with what they mean, judged against a poll that was `later_ms` before the page."""
    holders = {one.name: one for one in (row.group.consumers if row.group else None) or ()}
    lines = []
    for one in rows:
        entry, attempt = one.entry, attempt_of(one.preview)
        batch = batch_of(entry, holders.get(entry.consumer), later_ms)
        mark: Mark = "" if batch == "unknown" else batch
        if entry.deliveries >= limits.poison_deliveries or (attempt or 0) >= limits.poison_attempts:
            mark = "poison"
        if is_gone(one.preview) or is_ghost(entry, row.stream):
            mark = "ghost"
        lines.append(PendingLine(one, entry.id.age_ms(row.stream.seen_at_ms), mark, attempt))
    return tuple(lines)


def pending_details(line: PendingLine | None, cells: int, *, lost: bool) -> tuple[Line, Line]:
    """Tell about the selected entry what its line had no room for; `lost`: it was selected and left the page."""
    if line is None:
        text = " The selected entry is no longer on this page." if lost else " No entry is selected."
        return ((clip(text, cells), "muted"),), ()
    entry = line.row.entry
    at = "" if line.age_ms is None else f" of {clock(entry.id.ms)}"
    attempt = f", requeued {thousands(line.attempt)}x" if line.attempt else ""
    mark = f", {line.mark}" if line.mark else ""
    head = f" {entry.id}{at}: {entry.consumer}, delivered {thousands(entry.deliveries)}x{attempt}"
    text = f"{head}, idle {duration(entry.idle_ms)}{mark}"
    return ((clip(text, cells), "strong"),), ((clip(f" {payload(line.row.preview)}", cells), "plain"),)


def _cells(room: int) -> columns.Cells:
    id, holder = (22, 24) if room >= 140 else (20, 16) if room >= 100 else (17, 9)
    if room < 70:
        return columns.widths(room, (("", 1), ("ID", 15), ("IDLE", 5), ("MARK", 11)), "PAYLOAD")
    times = (("AGE", 5), ("IDLE", 5), ("CONSUMER", holder), ("TRIES", 5), ("ATT", 3), ("MARK", 11))
    return columns.widths(room, (("", 1), ("ID", id), *times), "PAYLOAD")


def _line(line: PendingLine, room: int, glyph: str) -> Line:
    entry, cells = line.row.entry, _cells(room)
    sizes = dict(cells)
    texts = {
        **_short_texts(line),
        "": glyph if line.marked else "",
        "ID": clip_middle(str(entry.id), sizes["ID"]),
        "CONSUMER": clip_middle(str(entry.consumer), sizes.get("CONSUMER", 0)),
        "PAYLOAD": payload(line.row.preview),
    }
    tones: dict[str, Tone] = {"": "key", "MARK": _MARK_TONES.get(line.mark, "plain")}
    if line.marked:
        tones["ID"] = "key"
    if line.row.preview.fields is None:
        tones["PAYLOAD"] = "muted"
    return columns.spans(cells, texts, tones)


def _short_texts(line: PendingLine) -> dict[str, str]:
    return {
        "AGE": duration(line.age_ms),
        "IDLE": duration(line.row.entry.idle_ms),
        "TRIES": si(line.row.entry.deliveries, 5),
        "ATT": "?" if line.attempt is None else si(line.attempt, 3) if line.attempt else "-",
        "MARK": line.mark,
    }


def explain_pending(line: PendingLine, key: Key, limits: Limits) -> tuple[str, tuple[str, ...]]:
    """Tell what the mark of an entry means, then each of its columns; payloads have the inspector."""
    entry = line.row.entry
    title = f"MARK {line.mark}" if line.mark else f"PENDING {entry.id}"
    shown = {**_short_texts(line), "CONSUMER": str(entry.consumer)}
    return title, (str(entry.id), *explain_mark(line.mark, key, limits), *sections(PENDING_TEXTS, shown))


def pending_spelling(glyph: str) -> Spelling[PendingLine]:
    """Return the spelling of pending entries; `glyph` stands before those that the operator marked."""
    return Spelling(
        lambda line: line.id,
        lambda line, room: _line(line, room, glyph),
        lambda room: columns.titles(_cells(room)),
    )
