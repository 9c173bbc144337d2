"""Rules about groups: missing, without a live worker, stuck, behind."""

from collections.abc import Iterator

from maestro_tui.domain.names import Name
from maestro_tui.domain.quantities import count, duration, plural
from maestro_tui.domain.rows import Row, is_behind, overdue
from maestro_tui.domain.rules.finding import Context, Finding, Severity
from maestro_tui.domain.snapshot import Consumer


def no_group(context: Context) -> Iterator[Finding]:
    """A declared group is missing: its workers fail with NOGROUP and nothing is delivered."""
    for row in context.rows:
        if row.state != "no group" or not row.declared:
            continue
        entries = row.stream.length
        gone = row.key in context.vanished
        title = f"group {'vanished' if gone else 'missing'}, {plural(entries, 'entry', 'entries')}"
        yield Finding(
            "no_group",
            row.key,
            Severity.CRITICAL if gone else Severity.WARNING,
            title,
            "nothing is delivered, workers get NOGROUP",
            "i choose start" if entries else "i creates it",
            "i",
            entries,
        )


def no_live(context: Context) -> Iterator[Finding]:
    """Work waits and certainly nobody is there to take it."""
    for row in context.rows:
        if row.state != "no live" or row.group is None:
            continue
        silent = min((one.idle_ms for one in row.group.consumers or ()), default=None)
        who = "no consumer" if row.live.total == 0 else f"no live worker of {row.live.total}"
        yield Finding(
            "no_live",
            row.key,
            Severity.CRITICAL,
            f"{who}, {_waiting(row)}",
            f"last delivered {row.group.last_delivered}" if silent is None else f"last heard {duration(silent)} ago",
            "start a worker",
            None,
            row.lag.value or 0,
        )


def stuck(context: Context) -> Iterator[Finding]:
    """Entries are pending for longer than the threshold: critical where no worker is certainly live."""
    for row in context.rows:
        if row.group is None or row.state in ("no live", "stale") or overdue(row, context.limits) == 0:
            continue
        alive = _held_by_the_living(row)
        holder = _silent_holder(row)
        left = row.pending.left_behind
        title = f"{count(left)} left behind" if left.at_least else f"{count(row.pending.stuck)} stuck"
        if alive:
            title += " by live workers" if left.at_least else ""
        elif holder:
            title += f"; {holder}"
        evidence = [] if alive else [_fate(row)]
        if row.work_waits:
            evidence.append(_waiting(row))
        if alive:
            evidence.append(f"oldest {duration(row.oldest_age_ms)} old")
        yield Finding(
            "stuck",
            row.key,
            Severity.WARNING if alive else Severity.CRITICAL,
            title,
            "; ".join(evidence),
            "enter, R one first" if alive else f"{_first(row)}, then R",
            "enter" if alive else "R",
            row.pending.stuck.at_least,
        )


def behind(context: Context) -> Iterator[Finding]:
    """Work waits for too long, or the lag grows; where entries are stuck without a live worker, that says it all."""
    for row in context.rows:
        alive = row.live.certain > 0
        if row.state != "behind" and not (row.state == "stuck" and alive and is_behind(row, context.limits)):
            continue
        holder = "" if alive else _silent_holder(row)
        silent = f"{holder}, busy or dead" if holder else "" if alive else "no worker is certainly live"
        yield Finding(
            "behind",
            row.key,
            Severity.WARNING,
            f"{_waiting(row)}, {row.drain.word}" if row.drain.word in ("growing", "stalled") else _waiting(row),
            "; ".join(part for part in (silent, _speeds(row)) if part),
            "add workers or find what slows them" if alive else "check the worker",
            None,
            row.lag.value or 0,
        )


def _waiting(row: Row) -> str:
    text = f"{count(row.lag)} waiting" if row.lag.value is not None else "work waiting"
    return text if row.waiting_ms is None else f"{text} {duration(row.waiting_ms)}"


def _speeds(row: Row) -> str:
    known = row.rates.in_per_s is not None and row.rates.out_per_s is not None
    return f"in {row.rates.in_per_s:.1f}/s, out {row.rates.out_per_s:.1f}/s" if known else ""


def _holders(row: Row) -> list[Consumer]:
    return [one for one in (row.group.consumers if row.group else None) or () if one.pending]


def _held_by_the_living(row: Row) -> bool:
    """Whether a certainly live consumer holds pending entries; where holders are not known, whether one is live."""
    holders = _holders(row)
    if not holders:
        return row.live.certain > 0
    return any(row.live.by_consumer.get(one.name) is True for one in holders)


def _fate(row: Row) -> str:
    """Say what may have become of those who hold the entries."""
    if any(row.live.by_consumer.get(one.name) is None for one in _holders(row)):
        return "busy or dead"
    return "nobody who holds them is live" if row.live.possible else "no worker is live"


def _silent_holder(row: Row) -> str:
    """Name the consumer that holds most of what is pending, and how long it has been silent."""
    holders = _holders(row)
    if not holders:
        return ""
    most = max(holders, key=lambda one: (one.pending, one.name))
    others = f" and {len(holders) - 1} more" if len(holders) > 1 else ""
    return f"{_short(most.name)}{others} silent {duration(most.idle_ms)}"


def _first(row: Row) -> str:
    """Say what must be done before a requeue: without a worker nobody would take the copies."""
    if not row.live.possible:
        return "start a worker"
    holders = _holders(row)
    return f"check {_short(holders[0].name) if len(holders) == 1 else 'the workers'}"


def _short(name: Name) -> str:
    text = str(name)
    return text if len(text) <= 24 else text[:23] + "…"
