"""What a number or a state on the screen is, where it comes from, what to do: in words, with the row's own numbers."""

from maestro_tui.domain.columns import COLUMNS, Labels, Shown, drain_text, live_text, waiting_text
from maestro_tui.domain.explain_header import header_lines
from maestro_tui.domain.explain_problem import NOTHING_MORE, Known, finding_lines
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.glossary import COLUMN_TEXTS, LAST_BATCH, MARKS, STATE_TEXTS
from maestro_tui.domain.limits import Limits
from maestro_tui.domain.quantities import clock, count, duration, plural, rate, thousands
from maestro_tui.domain.rows import Row, State
from maestro_tui.domain.snapshot import Count, CountKind

Told = tuple[str, tuple[str, ...]]

_KINDS: dict[CountKind, str] = {
    "exact": "exact",
    "upper_bound": "an upper bound: it may be less",
    "lower_bound": "a lower bound: it may be more",
    "estimate": "an estimate from the server's own count or the times of the IDs",
    "unknown": "not known: the server gave no number we could trust",
}


def explain(column_id: str | None, row: Row | None, frame: Frame, limits: Limits, known: Known = NOTHING_MORE) -> Told:
    """Return a title and short paragraphs; without a column the whole row, without a row the server or the words alone.

    A whole row is its state, its problems, each column that is shown (`known`), and the line at the top.
    """
    text = None if column_id in (None, "state") else COLUMN_TEXTS.get(column_id or "")
    if text is None:
        return _explain_row(row, frame, limits, known) if row is not None else _explain_server(frame, known)
    column = next(one for one in COLUMNS if one.id == column_id)
    lines = [text.what]
    title = column.title
    if row is not None:
        cell = column.text(Shown(row, frame.severity(row.key), Labels()))
        title = f"{column.title} {cell}".rstrip()
        lines.append(f"Here: {_here(column.id, row, limits)}")
    lines += [f"From: {text.source}", f"Do: {text.todo}", "", *MARKS]
    return title, (*_spoiled(frame), *lines)


def explain_state(state: State, limits: Limits, row: Row | None = None) -> tuple[str, ...]:
    """Return what a state means, where it comes from and what to do, with the thresholds of the row's stream."""
    text = STATE_TEXTS[state]
    own = limits.default if row is None else limits.of(row.key.stream)
    words = {
        "stuck_after": duration(own.stuck_after_ms),
        "safe_after": duration(own.safe_after_ms),
        "waiting_after": duration(own.waiting_after_ms),
        "live_within": duration(limits.live_within_ms),
        "block": duration(limits.block_ms),
    }
    return (text.what.format(**words), f"From: {text.source}", f"Do: {text.todo.format(**words)}")


def _explain_row(row: Row, frame: Frame, limits: Limits, known: Known) -> Told:
    what, source, todo = explain_state(row.state, limits, row)
    if row.state == "ok" and row.pending.stuck.at_least:
        safe_after = duration(limits.of(row.key.stream).safe_after_ms)
        todo = f"Do: {LAST_BATCH.format(stuck=_spelled(row.pending.stuck), safe_after=safe_after)}"
    lines = [str(row.key), what, *(f"Here: {line}" for line in _why(row))]
    if row.stream.trouble is not None:
        lines.append(f"The server said: {row.stream.trouble}")
    if row.group is not None and row.group.trouble is not None:
        lines.append(f"The server said: {row.group.trouble}")
    lines += [source, todo]
    for finding in frame.findings:
        if finding.key == row.key:
            lines += ["", *finding_lines(finding, frame, known, told=finding.rule.replace("_", " ") == row.state)]
    lines += _columns(row, frame, limits, known)
    return f"STATE {row.state}", (*_spoiled(frame), *lines, *header_lines(frame), "", *MARKS)


def _columns(row: Row, frame: Frame, limits: Limits, known: Known) -> list[str]:
    """Tell of each column that is shown: what it is, the row's own number, where it comes from, what to do."""
    lines: list[str] = []
    shown = Shown(row, frame.severity(row.key), Labels.of(frame.rows))
    for column in COLUMNS:
        if column.id in known.columns and column.id != "state":
            text = COLUMN_TEXTS[column.id]
            lines += ["", f"{column.title} {column.text(shown)}: {text.what}"]
            lines += [f"Here: {_here(column.id, row, limits)}", f"From: {text.source}", f"Do: {text.todo}"]
    return lines


def _explain_server(frame: Frame, known: Known) -> Told:
    lines: list[str] = ["No row is selected: this is what concerns the whole server."]
    found = [finding for finding in frame.findings if finding.key is None]
    for finding in found:
        lines += ["", *finding_lines(finding, frame, known)]
    if not found and frame.ever_polled:
        lines.append("Nothing was found about it.")
    return "SERVER", (*_spoiled(frame), *lines, *header_lines(frame), "", *MARKS)


def _spoiled(frame: Frame) -> tuple[str, ...]:
    if not frame.ever_polled:
        return (f"Not connected, nothing is known yet{f': {frame.trouble}' if frame.trouble else '.'}", "")
    if frame.trouble is None:
        return ()
    return (f"The numbers are of {clock(frame.snapshot.taken_at_ms)}: {frame.trouble}", "")


def _why(row: Row) -> tuple[str, ...]:
    """Return the numbers that make the state."""
    if row.group is None:
        there = row.stream.exists and row.stream.trouble is None
        if row.state == "dead":
            return (_letters(row),)
        return (f"the stream holds {plural(row.stream.length, 'entry', 'entries')}.",) if there else ()
    pending = (
        f"{thousands(row.group.pending)} pending, {_spelled(row.pending.stuck)} of them stuck"
        f" ({_spelled(row.pending.left_behind)} left behind, {_spelled(row.pending.last_batch)} of a last batch,"
        f" {_spelled(row.pending.ghosts)} ghosts, {_spelled(row.pending.poison)} poison)."
    )
    return (
        pending,
        f"lag {_spelled(row.lag)}, the first waits {waiting_text(row)}, drain {drain_text(row)}.",
        _live(row),
    )


def _letters(row: Row) -> str:
    if not row.stream.length:
        return "it is empty: every dead letter was brought back or deleted."
    return f"{plural(row.stream.length, 'dead letter')}, the oldest set aside {duration(row.oldest_age_ms)} ago."


def _live(row: Row) -> str:
    if row.group is None:
        return "there is no group, so there are no consumers."
    if not row.live.known:
        return f"{plural(row.group.consumer_count, 'consumer')}; the server would not tell about them."
    if row.live.total == 0:
        return "the group has no consumers."
    dead = row.live.total - row.live.certain - row.live.unsure
    parts = [f"of {plural(row.live.total, 'consumer')} {row.live.certain} certainly live"]
    if row.live.unsure:
        parts.append(f"{row.live.unsure} busy, idle or dead: nobody can tell from the server")
    if dead:
        parts.append(f"{dead} not live")
    return ", ".join(parts) + "."


def _here(column_id: str, row: Row, limits: Limits) -> str:
    """Return the column's own numbers and thresholds for a row."""
    if row.state == "dead" and column_id == "age":
        return _letters(row)
    if row.group is None and column_id not in ("stream", "group", "length", "in"):
        return "there is no group to measure."
    told = {
        "stream": lambda: _named(row),
        "group": lambda: str(row.key.group) if row.key.group else "the stream has no group.",
        "length": lambda: _length(row),
        "live": lambda: f"{live_text(row)}: {_live(row)}",
        "lag": lambda: _counted(row.lag),
        "trend": lambda: f"the lag is now {_counted(row.lag)}",
        "waiting": lambda: (
            f"the first undelivered entry waits {waiting_text(row)};"
            f" the threshold is {duration(limits.of(row.key.stream).waiting_after_ms)}."
        ),
        "in": lambda: _speed(row, row.rates.in_per_s),
        "out": lambda: _speed(row, row.rates.out_per_s),
        "ack": lambda: _speed(row, row.rates.ack_per_s),
        "drain": lambda: (
            f"{drain_text(row)}, with lag {_spelled(row.lag)},"
            f" in {rate(row.rates.in_per_s)}/s and out {rate(row.rates.out_per_s)}/s."
        ),
    }
    return told[column_id]() if column_id in told else _here_pending(column_id, row, limits)


def _here_pending(column_id: str, row: Row, limits: Limits) -> str:
    """Return the numbers of the columns about pending entries."""
    pending = row.pending
    if column_id == "age":
        return f"the oldest pending entry is {duration(row.oldest_age_ms)} old, idle {duration(row.oldest_idle_ms)}."
    if column_id == "tries":
        return f"the most is {_counted(pending.most_deliveries)[:-1]}; from {limits.poison_deliveries} on it is poison."
    if column_id == "stuck":
        after = duration(limits.of(row.key.stream).stuck_after_ms)
        return f"{_spelled(pending.stuck)} idle for {after} or longer, {_spelled(pending.left_behind)} left behind."
    held = sorted((row.group.consumers if row.group else None) or (), key=lambda one: (-one.pending, one.name))
    most = f"; {held[0].name} holds {thousands(held[0].pending)}" if held and held[0].pending else ""
    return f"{thousands(row.group.pending if row.group else 0)} pending{most}."


def _named(row: Row) -> str:
    alias = f", alias {row.alias}" if row.alias else ""
    return f"{row.key.stream}{alias}, {'declared' if row.declared else 'not declared'}."


def _length(row: Row) -> str:
    if not row.stream.exists or row.stream.trouble is not None:
        return "not known, or the stream does not exist."
    return f"{plural(row.stream.length, 'entry', 'entries')}."


def _spelled(value: Count) -> str:
    """Spell a count; that there are 0 or more says nothing."""
    return "?" if value.kind == "lower_bound" and not value.value else count(value)


def _counted(value: Count) -> str:
    if value.value is None:
        return f"{_KINDS[value.kind]}."
    return f"{_spelled(value)}, {_KINDS[value.kind]}."


def _speed(row: Row, per_s: float | None) -> str:
    return (
        f"{rate(per_s)}/s, measured over the last {duration(row.rates.span_ms)}." if per_s is not None else "not known."
    )
