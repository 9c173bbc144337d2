"""The lines over a group's panes: its name, its state with the numbers behind it, or why there is nothing to see."""

from maestro_tui.domain.columns import drain_text, glyph, live_text, waiting_text
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.names import Key
from maestro_tui.domain.quantities import count, duration, plural, rate, thousands
from maestro_tui.domain.rows import Row
from maestro_tui.domain.rules import Severity
from maestro_tui.domain.text import clip, clip_middle
from maestro_tui.domain.trouble import Trouble
from maestro_tui.ui.widgets.lines import Line, Tone

_TONES: dict[Severity | None, Tone] = {
    Severity.CRITICAL: "critical",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}


def absence(key: Key, row: Row | None, frame: Frame, *, writes: bool = True) -> Trouble | None:
    """Return why there is no group to look into; None where there is one, or where a stream alone was asked for.

    The key that creates it is told where something may be written (`writes`).
    """
    if not frame.ever_polled or (row is not None and row.group is not None):
        return None
    alone = key.group is None and row is not None and row.stream.trouble is None
    if alone and row is not None and row.stream.exists:
        return None
    creates = "i creates it; esc goes back." if row is not None and row.declared and writes else "esc goes back."
    if key.group is None and row is None:
        return Trouble("gone", "The stream is gone: deleted, evicted or flushed.", creates)
    if row is None:
        return Trouble("gone", "The group is gone: destroyed, or its stream deleted or evicted.", creates)
    if row.stream.trouble is not None:
        return row.stream.trouble
    if row.state == "no stream":
        return Trouble("gone", "The stream is gone, and its groups with it: deleted, evicted or flushed.", creates)
    return Trouble("gone", "The group does not exist on this stream: destroyed, or never made.", creates)


def title_lines(
    key: Key, row: Row | None, frame: Frame, trouble: Trouble | None, cells: int, *, ascii_only: bool
) -> tuple[Line, ...]:
    """Spell the name and the state; then the trouble, or the worst finding with its next step."""
    lines = [_name(key, row, frame, cells, ascii_only=ascii_only)]
    if row is not None and row.group is not None and key.group is not None:
        lines.append(_numbers(row, cells))
    elif row is not None and row.stream.exists and row.stream.trouble is None:
        lines.append(_stream_numbers(row, frame.snapshot.taken_at_ms, cells))
    if trouble is not None:
        lines.append(((clip(f" {trouble.sentence}", cells), "critical"),))
        lines.append(((clip(f" {trouble.next_step}", cells), "plain"),))
        return tuple(lines)
    finding = next((one for one in frame.findings if one.key == key), None)
    if finding is not None:
        tone: Tone = "muted" if frame.trouble else _TONES[finding.severity]
        text = "; ".join(part for part in (finding.title, finding.evidence) if part)
        lines.append(((clip(f" {text}", cells), tone),))
    return tuple(lines)


def _name(key: Key, row: Row | None, frame: Frame, cells: int, *, ascii_only: bool) -> Line:
    state = "gone" if row is None else row.state
    severity = frame.severity(key)
    mark = "?" if row is None else glyph(row.state, severity, ascii_only=ascii_only)
    tone: Tone = _TONES.get(severity, "good" if state == "ok" else "muted")
    word = f"{mark} {state}"
    room = max(0, cells - len(word) - 4)
    group = "" if key.group is None else str(key.group)
    stream = clip_middle(str(key.stream), max(room - len(group), room // 2))
    name = f" {stream}"
    rest = clip_middle(group, max(0, room - len(stream)))
    return ((name, "strong"), (f" {rest}  ", "plain"), (word, tone))


def _stream_numbers(row: Row, now_ms: int, cells: int) -> Line:
    """Tell of a stream without its groups."""
    stream = row.stream
    parts = [plural(stream.length, "entry", "entries")]
    for name, id in (("oldest", stream.first_id), ("newest", stream.last_entry_id)):
        if id is not None and stream.length:
            parts.append(f"{name} {duration(id.age_ms(now_ms))}")
    parts.append(f"in {rate(row.rates.in_per_s)}/s")
    if row.key.group is None:
        parts.append("no group reads it")
    return ((clip(" " + "  ".join(parts), cells), "plain"),)


def _numbers(row: Row, cells: int) -> Line:
    assert row.group is not None
    pending = row.pending
    parts = [f"{thousands(row.group.pending)} pending"]
    for name, value in (("stuck", pending.stuck), ("left behind", pending.left_behind), ("ghosts", pending.ghosts)):
        if value.value != 0 or value.kind != "exact":
            parts.append(f"{count(value)} {name}")
    if row.group.pending:
        parts.append(f"oldest {duration(row.oldest_age_ms)}")
    parts += [f"lag {count(row.lag)}", f"waiting {waiting_text(row)}", f"live {live_text(row)}"]
    parts += [f"drain {drain_text(row)}"]
    while len(parts) > 1 and len(" " + "  ".join(parts)) > cells:
        parts.pop()
    return ((clip(" " + "  ".join(parts), cells), "plain"),)
