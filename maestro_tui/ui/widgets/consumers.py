"""How consumers are spelled: one line each, cut for a width."""

from dataclasses import dataclass

from maestro_tui.domain.glossary_lists import CONSUMER_TEXTS, LIVE_TEXTS, paragraphs, sections
from maestro_tui.domain.quantities import duration, plural, thousands
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import Consumer
from maestro_tui.domain.text import clip, clip_middle
from maestro_tui.ui.widgets import columns
from maestro_tui.ui.widgets.lines import Line, Tone
from maestro_tui.ui.widgets.table import Spelling


@dataclass(frozen=True, slots=True)
class ConsumerLine:
    """A consumer with the word for its life."""

    consumer: Consumer
    live: bool | None


def consumer_lines(row: Row) -> tuple[ConsumerLine, ...]:
    """Return a group's consumers, those that hold most first."""
    consumers = (row.group.consumers if row.group else None) or ()
    ordered = sorted(consumers, key=lambda one: (-one.pending, one.name))
    return tuple(ConsumerLine(one, row.live.by_consumer.get(one.name)) for one in ordered)


def live_word(line: ConsumerLine) -> str:
    """Say whether a consumer is live, in words."""
    if line.live is None:
        return "? busy or dead" if line.consumer.pending else "? idle or dead"
    return "live" if line.live else "not live"


def consumer_details(line: ConsumerLine | None, cells: int) -> tuple[Line, Line]:
    """Tell about the selected consumer."""
    if line is None:
        return ((clip(" No consumer is selected.", cells), "muted"),), ()
    held = f" {line.consumer.name}: holds {plural(line.consumer.pending, 'entry', 'entries')}"
    held += ", enter lists them" if line.consumer.pending else ""
    more = " Silent, and holds work or waits for some: look at its own log." if line.live is None else ""
    return ((clip(held, cells), "strong"),), ((clip(more, cells), "plain"),)


def _cells(room: int) -> columns.Cells:
    fixed = (("PENDING", 8), ("IDLE", 6), ("INACTIVE", 8))
    name = max(8, min(48, room - sum(cells + 1 for _, cells in fixed) - 15))
    return columns.widths(room, (("CONSUMER", name), *fixed), "LIVE")


def _line(line: ConsumerLine, room: int) -> Line:
    one, cells = line.consumer, _cells(room)
    texts = {**_texts(line), "CONSUMER": clip_middle(str(one.name), dict(cells)["CONSUMER"])}
    tone: Tone = "good" if line.live else "critical" if line.live is False and one.pending else "plain"
    return columns.spans(cells, texts, {"LIVE": tone})


def _texts(line: ConsumerLine) -> dict[str, str]:
    one = line.consumer
    return {
        "CONSUMER": str(one.name),
        "PENDING": thousands(one.pending),
        "IDLE": duration(one.idle_ms),
        "INACTIVE": "?" if one.inactive_ms is None else "never" if one.inactive_ms < 0 else duration(one.inactive_ms),
        "LIVE": live_word(line),
    }


def explain_consumer(line: ConsumerLine) -> tuple[str, tuple[str, ...]]:
    """Tell what the word for a consumer's life means, then each of its columns."""
    word = live_word(line)
    lines = (str(line.consumer.name), *paragraphs(LIVE_TEXTS[word]), *sections(CONSUMER_TEXTS, _texts(line)))
    return f"CONSUMER {word}", lines


CONSUMERS: Spelling[ConsumerLine] = Spelling(
    lambda line: line.consumer.name, _line, lambda room: columns.titles(_cells(room))
)
