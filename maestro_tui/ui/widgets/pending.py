"""How pending entries and consumers are spelled: one line each, cut for a width."""

from dataclasses import dataclass
from typing import Literal

from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import EntryId
from maestro_tui.domain.pending import batch_of, is_ghost
from maestro_tui.domain.quantities import clock, duration, si, size, thousands
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import Consumer
from maestro_tui.domain.text import clip, clip_middle, fit, visible
from maestro_tui.engine.ports import PendingRow, Preview
from maestro_tui.ui.widgets.lines import Line, Span, Tone
from maestro_tui.ui.widgets.table import Spelling

Mark = Literal["ghost", "poison", "left behind", "last batch", ""]

_MARK_TONES: dict[Mark, Tone] = {"ghost": "critical", "poison": "critical", "left behind": "warning"}
_FIELD_SHOWN = 400
# Below this size nobody needs to be told it.
_LARGE_BYTES = 4_096

_TITLES = ("ID", "AGE", "IDLE", "CONSUMER", "TRIES", "MARK", "PAYLOAD")
_RIGHT = frozenset({"AGE", "IDLE", "TRIES", "PENDING", "INACTIVE"})
_CONSUMER_TITLES = ("CONSUMER", "PENDING", "IDLE", "INACTIVE", "LIVE")


@dataclass(frozen=True, slots=True)
class PendingLine:
    """A pending entry with what it means; `age_ms` is None where its ID is no time."""

    row: PendingRow
    age_ms: int | None
    mark: Mark

    @property
    def id(self) -> EntryId:
        """What identifies it."""
        return self.row.entry.id


@dataclass(frozen=True, slots=True)
class ConsumerLine:
    """A consumer with the word for its life."""

    consumer: Consumer
    live: bool | None


def pending_lines(rows: tuple[PendingRow, ...], row: Row, limits: Limits, later_ms: int) -> tuple[PendingLine, ...]:
    """Return a page's entries with their marks, judged against a poll that was `later_ms` before the page."""
    holders = {one.name: one for one in (row.group.consumers if row.group else None) or ()}
    lines = []
    for one in rows:
        entry = one.entry
        batch = batch_of(entry, holders.get(entry.consumer), later_ms)
        mark: Mark = "" if batch == "unknown" else batch
        if entry.deliveries >= limits.poison_deliveries:
            mark = "poison"
        if _gone(one.preview) or is_ghost(entry, row.stream):
            mark = "ghost"
        lines.append(PendingLine(one, entry.id.age_ms(row.stream.seen_at_ms), mark))
    return tuple(lines)


def consumer_lines(row: Row) -> tuple[ConsumerLine, ...]:
    """Return a group's consumers, those that hold most first."""
    consumers = (row.group.consumers if row.group else None) or ()
    ordered = sorted(consumers, key=lambda one: (-one.pending, one.name))
    return tuple(ConsumerLine(one, row.live.by_consumer.get(one.name)) for one in ordered)


def payload(preview: Preview) -> str:
    """Spell an entry's fields: `type=… payload={…}`."""
    if _gone(preview):
        return "gone from the stream: only its ID is left"
    if preview.fields is None:
        return visible(preview.note) or "not fetched"
    fields = " ".join(f"{visible(name, 60)}={visible(value, _FIELD_SHOWN)}" for name, value in preview.fields)
    large = f"{size(preview.size)}: " if preview.size is not None and preview.size >= _LARGE_BYTES else ""
    note = f" ({visible(preview.note)})" if preview.note else ""
    return f"{large}{fields or 'no fields'}{note}"


def _gone(preview: Preview) -> bool:
    """Whether the reader looked for the entry and the stream no longer holds it."""
    return preview.fields is None and preview.note == "gone"


def live_word(line: ConsumerLine) -> str:
    """Say whether a consumer is live, in words."""
    if line.live is None:
        return "? busy or dead" if line.consumer.pending else "? idle or dead"
    return "live" if line.live else "not live"


def pending_details(line: PendingLine | None, cells: int, *, lost: bool) -> tuple[Line, Line]:
    """Tell about the selected entry what its line had no room for; `lost`: it was selected and left the page."""
    if line is None:
        text = " The selected entry is no longer on this page." if lost else " No entry is selected."
        return ((clip(text, cells), "muted"),), ()
    entry = line.row.entry
    at = "" if line.age_ms is None else f" of {clock(entry.id.ms)}"
    mark = f", {line.mark}" if line.mark else ""
    head = f" {entry.id}{at}: {entry.consumer}, delivered {thousands(entry.deliveries)}x"
    text = f"{head}, idle {duration(entry.idle_ms)}{mark}"
    return ((clip(text, cells), "strong"),), ((clip(f" {payload(line.row.preview)}", cells), "plain"),)


def _cells(room: int) -> tuple[int, ...]:
    """Return the widths of the columns, the payload's last."""
    fixed = (22, 5, 5, 24, 5, 11) if room >= 140 else (20, 5, 5, 16, 5, 11) if room >= 100 else (15, 5, 5, 9, 5, 11)
    return (*fixed, max(0, room - sum(fixed) - len(fixed)))


def _titles(room: int) -> Line:
    return (("".join(_columns(_TITLES, _TITLES, _cells(room))), "title"),)


def _pending(line: PendingLine, room: int) -> Line:
    entry, cells = line.row.entry, _cells(room)
    texts = (
        clip_middle(str(entry.id), cells[0]),
        duration(line.age_ms),
        duration(entry.idle_ms),
        clip_middle(str(entry.consumer), cells[3]),
        si(entry.deliveries, cells[4]),
        line.mark,
        payload(line.row.preview),
    )
    parts = _columns(_TITLES, texts, cells)
    tone: Tone = _MARK_TONES.get(line.mark, "plain")
    rest: Span = (parts[6], "muted" if line.row.preview.fields is None else "plain")
    return (("".join(parts[:5]), "plain"), (parts[5], tone), rest)


def _consumer_cells(room: int) -> tuple[int, ...]:
    fixed = (8, 6, 8, 14)
    return (max(8, min(48, room - sum(fixed) - len(fixed))), *fixed)


def _consumer_titles(room: int) -> Line:
    return (("".join(_columns(_CONSUMER_TITLES, _CONSUMER_TITLES, _consumer_cells(room))), "title"),)


def _consumer(line: ConsumerLine, room: int) -> Line:
    one, cells = line.consumer, _consumer_cells(room)
    inactive = "?" if one.inactive_ms is None else "never" if one.inactive_ms < 0 else duration(one.inactive_ms)
    name = clip_middle(str(one.name), cells[0])
    texts = (name, thousands(one.pending), duration(one.idle_ms), inactive, live_word(line))
    parts = _columns(_CONSUMER_TITLES, texts, cells)
    tone: Tone = "good" if line.live else "critical" if line.live is False and one.pending else "plain"
    return (("".join(parts[:4]), "plain"), (parts[4], tone))


def _columns(titles: tuple[str, ...], texts: tuple[str, ...], cells: tuple[int, ...]) -> list[str]:
    """Fit texts into columns, each but the last followed by a space."""
    fitted = [fit(text, cell, right=title in _RIGHT) for title, text, cell in zip(titles, texts, cells, strict=True)]
    return [*(f"{text} " for text in fitted[:-1]), fitted[-1]]


PENDING: Spelling[PendingLine] = Spelling(lambda line: line.id, _pending, _titles)
CONSUMERS: Spelling[ConsumerLine] = Spelling(lambda line: line.consumer.name, _consumer, _consumer_titles)
