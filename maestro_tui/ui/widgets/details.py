"""Two lines about the selected row: what its columns had no room for."""

from maestro_tui.domain.names import EntryId
from maestro_tui.domain.quantities import count, duration, rate, thousands
from maestro_tui.domain.rows import Row
from maestro_tui.domain.text import clip, clip_middle, width
from maestro_tui.ui.widgets.lines import Line

_LAG_WORDS = {
    "exact": "exact",
    "upper_bound": "at most: not all could be counted",
    "lower_bound": "at least",
    "estimate": "estimated: too many to count at once",
    "unknown": "unknown",
}


def detail_lines(row: Row | None, cells: int, *, lost: str = "", writes: bool = True) -> tuple[Line, Line]:
    """Tell about a row; about none, how to choose one. Without `writes` no key is told that would write."""
    if row is None:
        gone = f" The selected row is gone ({lost})." if lost else ""
        return ((clip(gone or " No row is selected.", cells), "muted"),), (("", "muted"),)
    name = str(row.key.group if row.key.group is not None else row.key.stream)
    about = _joined(_about(row), cells - min(width(name), cells // 2) - 3)
    first: Line = ((" " + clip_middle(name, cells // 2), "strong"), ("  " + about, "plain"))
    return first, ((" " + clip(_pending(row, writes=writes), cells - 1), "plain"),)


def _joined(parts: list[str], cells: int) -> str:
    """Join as many parts as fit whole, two spaces apart."""
    line = ""
    for part in parts:
        longer = f"{line}  {part}" if line else part
        if width(longer) > cells:
            break
        line = longer
    return line


def _about(row: Row) -> list[str]:
    stream, group = row.stream, row.group
    if not stream.exists or stream.trouble is not None:
        return [f"of {row.key.stream}"] if row.key.group is not None else []
    parts = [f"length {thousands(stream.length)}", f"in {rate(row.rates.in_per_s)}/s"]
    if group is not None:
        parts += [f"out {rate(row.rates.out_per_s)}/s", f"lag {_LAG_WORDS[row.lag.kind]}"]
    if row.oldest_idle_ms is not None and row.pending.ghosts.at_least:
        parts.append(f"{count(row.pending.ghosts)} pending are trimmed: lost")
    if stream.heavy:
        parts.append("heavy entries: read less often")
    parts.append(str(row.key.stream))
    return parts


def _pending(row: Row, *, writes: bool) -> str:
    stream, group = row.stream, row.group
    if stream.trouble is not None:
        return str(stream.trouble)
    if stream.exists is None:
        return "the server did not tell whether this stream exists"
    if not stream.exists:
        created = "; i creates it with its group" if writes else ""
        return f"the stream does not exist{created}" if row.declared else "the stream is gone"
    if group is None:
        created = "; i creates it" if writes else ""
        return f"the group does not exist{created}" if row.key.group is not None else "no consumer group"
    if group.trouble is not None:
        return str(group.trouble)
    if group.pending == 0:
        return "nothing pending"
    oldest = row.pending.oldest
    if oldest is None:
        return f"{thousands(group.pending)} pending, oldest {duration(row.oldest_age_ms)} old"
    parts = [
        f"oldest {_short_id(oldest.id)}: age {duration(row.oldest_age_ms)}",
        f"idle {duration(oldest.idle_ms)}",
        f"attempt {oldest.deliveries}",
        _holder(row),
    ]
    return ", ".join(part for part in parts if part)


def _holder(row: Row) -> str:
    oldest, group = row.pending.oldest, row.group
    if oldest is None or group is None:
        return ""
    holder = next((one for one in group.consumers or () if one.name == oldest.consumer), None)
    silent = f" inactive {duration(holder.quiet_ms)}" if holder is not None and holder.quiet_ms is not None else ""
    return f"{oldest.consumer}{silent}"


def _short_id(entry: EntryId) -> str:
    text = str(entry)
    return text if len(text) <= 12 else f"{text[:4]}…-{entry.seq}"
