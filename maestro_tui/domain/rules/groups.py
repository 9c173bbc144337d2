"""Rules about groups: missing, set back, without a live worker, outpaced, behind."""

from collections.abc import Iterator

from maestro_tui.domain.happenings import Happening
from maestro_tui.domain.names import ZERO
from maestro_tui.domain.quantities import count, duration, plural
from maestro_tui.domain.rates import TENDENCY_MS
from maestro_tui.domain.rows import Row, is_backlog, is_behind
from maestro_tui.domain.rules.finding import Context, Finding, Severity
from maestro_tui.domain.rules.saying import holders, nobody_minds, silent_holder, speeds, together, waiting
from maestro_tui.domain.snapshot import UNKNOWN, Count

# What is being told ends below these shares of its thresholds, so that nothing flaps at one.
_WAITING_STILL = 0.8
_BACKLOG_STILL = 0.5
# Workers that are no faster than this, against what comes, do not work a backlog off.
_NOT_CATCHING_UP = 1.05


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


def moved_back(context: Context) -> Iterator[Finding]:
    """A group stands before where it stood: recreated or set back by somebody else, so finished work comes again."""
    for row in context.rows:
        happening = context.happened.get(("moved back", row.key))
        if happening is None or happening.before is None or row.group is None or nobody_minds(row):
            continue
        if row.group.last_delivered >= happening.before or row.lag == Count(0, "exact"):
            # Whatever came again has been delivered, or is gone.
            continue
        how = "recreated or set back" if happening.after == ZERO else "set back"
        again = _again(row, happening)
        yield Finding(
            "moved_back",
            row.key,
            Severity.CRITICAL,
            f"group {how}, {count(again)} come again",
            f"from {happening.before} to {happening.after}; finished work among them",
            "find who did it; x sets the position",
            "x",
            row.lag.value or 0,
        )


def _again(row: Row, happening: Happening) -> Count:
    """Count what is still to come again: all that waits, unless newer entries wait behind it."""
    last = row.stream.last_entry_id
    if last is not None and happening.before is not None and last <= happening.before:
        return row.lag
    return Count(row.lag.value, "upper_bound") if row.lag.kind in ("exact", "upper_bound") else UNKNOWN


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
            f"{who}, {waiting(row)}",
            f"last delivered {row.group.last_delivered}" if silent is None else f"last heard {duration(silent)} ago",
            "start a worker",
            None,
            row.lag.value or 0,
        )


def outpaced(context: Context) -> Iterator[Finding]:
    """Workers deliver, producers add faster, and the backlog grows: it is no burst that is being worked off."""
    for row in context.rows:
        came, went = row.rates.in_per_s, row.rates.out_per_s
        if row.group is None or row.state in ("stale", "unused") or not came or not went:
            continue
        if context.tells("outpaced", row.key):
            found = went < came * _NOT_CATCHING_UP and is_backlog(row, _BACKLOG_STILL)
        else:
            growing = row.drain.word == "growing" and row.rates.span_ms >= TENDENCY_MS
            found = growing and went < came and is_backlog(row)
        if found:
            yield Finding(
                "outpaced",
                row.key,
                Severity.WARNING,
                f"producers outpace workers, {count(row.lag)} waiting",
                together(speeds(row), f"{row.live.certain} of {row.live.total} live"),
                "add workers or slow the producers",
                None,
                row.lag.value or 0,
            )


def behind(context: Context) -> Iterator[Finding]:
    """Work waits for too long, or the lag grows; where entries are stuck without a live worker, that says it all."""
    for row in context.rows:
        alive = row.live.certain > 0
        still = (
            row.state == "ok" and context.tells("behind", row.key) and is_behind(row, context.limits, _WAITING_STILL)
        )
        worse = row.state == "stuck" and alive and is_behind(row, context.limits)
        if row.state != "behind" and not still and not worse:
            continue
        holder = "" if alive else silent_holder(holders(row))
        silent = f"{holder}, busy or dead" if holder else "" if alive else "no worker is certainly live"
        yield Finding(
            "behind",
            row.key,
            Severity.WARNING,
            f"{waiting(row)}, {row.drain.word}" if row.drain.word in ("growing", "stalled") else waiting(row),
            together(silent, speeds(row)),
            "add workers or find what slows them" if alive else "check the worker",
            None,
            row.lag.value or 0,
        )
