"""Rules about consumers: what they left behind, silent with work in hand, never done, several under one name.

`left_behind`, `silent` and `stuck` exclude one another: each row has one line that says all about what is pending.
"""

from collections.abc import Iterator

from maestro_tui.domain.handling import LATE_WITHIN_MS, Taking
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.quantities import count, duration
from maestro_tui.domain.rows import Row
from maestro_tui.domain.rules.finding import Context, Finding, Severity
from maestro_tui.domain.rules.saying import short, silent_holder, together, waiting
from maestro_tui.domain.snapshot import Consumer

# Replicas under one name each take a batch when they start: no more of them are likely to start at once.
_BATCHES = 5
_LATE_TIMES = 3
_NAMED_IN_STEP = 10

Held = tuple[Consumer, ...]


def left_behind(context: Context) -> Iterator[Finding]:
    """Entries are overdue whose holder has gone on to newer ones, or failed and came back: nobody will finish them."""
    for one in context.overdue:
        row, held = one.row, one.held
        if not one.left.at_least:
            continue
        alive = _any_lives(row, held)
        rest = " by live workers" if alive else f"; {silent_holder(held)}" if held else ""
        yield _pending("left_behind", row, held, f"{count(one.left)} left behind{rest}", alive=alive)


def silent(context: Context) -> Iterator[Finding]:
    """Overdue entries are held by consumers of which none is certainly live: busy for too long, or dead."""
    for one in context.overdue:
        row, held = one.row, one.held
        if not one.left.at_least and held and not _any_lives(row, held):
            title = f"{count(row.pending.stuck)} stuck; {silent_holder(held)}"
            yield _pending("silent", row, held, title, alive=False)


def stuck(context: Context) -> Iterator[Finding]:
    """Entries are overdue, and who holds them lives, or is not known."""
    for one in context.overdue:
        row, held = one.row, one.held
        alive = _any_lives(row, held)
        if not one.left.at_least and (alive or not held):
            yield _pending("stuck", row, held, f"{count(row.pending.stuck)} stuck", alive=alive)


def not_acking(context: Context) -> Iterator[Finding]:
    """Live workers take batch after batch and finish nothing; a slow batch is one, and is not followed by another."""
    for row in context.rows:
        handling = context.handling.get(row.key)
        if handling is None or row.state == "stale" or not handling.taking.batches or not row.live.certain:
            continue
        taking, now_ms = handling.taking, context.seen.monotonic_ms
        name, batches = max(taking.batches.items(), key=lambda one: (one[1], one[0]))
        patience = context.limits.of(row.key.stream).safe_after_ms
        if not _goes_on(taking, batches, now_ms, context.limits.live_within_ms, patience):
            continue
        yield Finding(
            "not_acking",
            row.key,
            Severity.CRITICAL,
            f"{taking.entries:,} taken in {duration(now_ms - taking.began_ms)}, none finished",
            f"{short(name)} took {batches} batches; {count(row.pending.left_behind)} left behind",
            "read the workers' log; D or R once mended",
            "enter",
            taking.entries,
        )


def _goes_on(taking: Taking, batches: int, now_ms: int, lately_ms: int, patience_ms: int) -> bool:
    """Whether one name keeps taking batches, or has taken a second one and finished nothing for very long."""
    if batches >= _BATCHES and now_ms - taking.last_ms < lately_ms:
        return True
    return batches > 1 and now_ms - taking.began_ms >= patience_ms


def shared_name(context: Context) -> Iterator[Finding]:
    """Entries of older batches are finished by a consumer that went on to newer ones: several processes, perhaps."""
    for row in context.rows:
        for name, times in _late_ends(context, row.key).items():
            if times >= (1 if context.tells("shared_name", row.key) else _LATE_TIMES):
                yield Finding(
                    "shared_name",
                    row.key,
                    Severity.INFO,
                    f"{short(name)} may be several processes",
                    f"{times} times within a minute it finished an entry after taking newer ones; a hint, no proof",
                    "give each process a name of its own",
                    None,
                    times,
                )
                break


def _late_ends(context: Context, key: Key) -> dict[Name, int]:
    """Count at how many polls of the last minute each consumer finished an older entry; the most frequent first.

    Entries that were stuck do not count: they were moved or acknowledged by an operator.
    """
    handling, now_ms = context.handling.get(key), context.seen.monotonic_ms
    within_ms = min(LATE_WITHIN_MS, context.limits.recent_ms)
    stuck_after_ms = context.limits.of(key.stream).stuck_after_ms
    times: dict[Name, int] = {}
    for one in handling.late if handling else ():
        if now_ms - one.mono_ms < within_ms and one.idle_ms < stuck_after_ms:
            times[one.consumer] = times.get(one.consumer, 0) + 1
    return dict(sorted(times.items(), key=lambda item: (-item[1], item[0])))


def _pending(rule: str, row: Row, held: Held, title: str, *, alive: bool) -> Finding:
    """Say all about what is pending in one line: critical where no worker is certainly live."""
    return Finding(
        rule,
        row.key,
        Severity.WARNING if alive else Severity.CRITICAL,
        title,
        together(
            "" if alive else _fate(row, held),
            waiting(row) if row.work_waits else "",
            f"oldest {duration(row.oldest_age_ms)} old" if alive else "",
        ),
        "enter, R one first" if alive else f"{_first(row, held)}, then R",
        "enter" if alive else "R",
        row.pending.stuck.at_least,
    )


def _any_lives(row: Row, held: Held) -> bool:
    """Whether a holder is certainly live; where holders are not known, whether anybody is."""
    if not held:
        return row.live.certain > 0
    return any(row.live.by_consumer.get(one.name) is True for one in held)


def _fate(row: Row, held: Held) -> str:
    """Say what may have become of those who hold the entries."""
    if not row.live.known:
        return "who holds them is not told"
    if any(row.live.by_consumer.get(one.name) is None for one in held):
        return "busy or dead"
    return "nobody who holds them is live" if row.live.possible else "no worker is live"


def _first(row: Row, held: Held) -> str:
    """Say what must be done before a requeue: without a worker nobody would take the copies."""
    if not row.live.possible:
        return "start a worker"
    if len(held) != 1:
        return "check the workers"
    name = str(held[0].name)
    # The title names it, too; a long name would push the key out of a narrow line.
    return f"check {name if len(name) <= _NAMED_IN_STEP else 'the worker'}"
