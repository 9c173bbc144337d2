"""Rules about entries: trimmed before they were read, delivered again and again, gone while they were pending."""

from collections.abc import Iterator

from maestro_tui.domain.pending import batch_of, is_ghost
from maestro_tui.domain.quantities import count, duration
from maestro_tui.domain.rows import Row
from maestro_tui.domain.rules.finding import Context, Finding, Severity
from maestro_tui.domain.rules.saying import nobody_minds, short
from maestro_tui.domain.snapshot import Count

_ALL_GONE = frozenset({"no_live", "silent"})


def unread_lost(context: Context) -> Iterator[Finding]:
    """Entries were trimmed before the group received them; told for a while after it has read on."""
    for row in context.rows:
        happening = context.happened.get(("trimmed", row.key))
        if happening is None or happening.amount is None or nobody_minds(row):
            continue
        lost = Count(happening.amount, "exact" if happening.certain else "estimate")
        yield Finding(
            "unread_lost",
            row.key,
            Severity.CRITICAL,
            f"{count(lost)} unread {'entry' if lost.value == 1 else 'entries'} lost to trimming",
            f"delivered up to {happening.before}, trimmed up to {happening.after}",
            "have the producers trim later; add workers",
            None,
            happening.amount,
            # While others read on, nothing is trimmed unread because one of them went silent.
            blames=_ALL_GONE | {"outpaced"} if not row.live.certain else frozenset({"outpaced"}),
        )


def poison(context: Context) -> Iterator[Finding]:
    """Pending entries were delivered so often that they will fail the next time, too."""
    for row in context.rows:
        many = row.pending.poison
        if not many.at_least or row.state == "stale":
            continue
        entry = "entry" if many.value == 1 and many.kind == "exact" else "entries"
        times = count(row.pending.most_deliveries)
        yield Finding(
            "poison",
            row.key,
            Severity.WARNING,
            f"{count(many)} poisoned {entry}, delivered {times} times",
            f"first {_first_poisoned(row, context.limits.poison_deliveries)}",
            "read it (enter), then D",
            "enter",
            many.at_least,
        )


def _first_poisoned(row: Row, deliveries: int) -> str:
    page = row.group.page if row.group else None
    first = next(one for one in page.entries if one.deliveries >= deliveries) if page else None
    return "" if first is None else f"{first.id} with {short(first.consumer)}"


def ghosts(context: Context) -> Iterator[Finding]:
    """Pending entries are no longer in the stream: whoever held them cannot finish, and nobody can requeue them."""
    for row in context.rows:
        lost = _certain_ghosts(context, row)
        if not lost.at_least or row.state == "stale":
            continue
        entry = "entry" if lost == Count(1, "exact") else "entries"
        yield Finding(
            "ghosts",
            row.key,
            Severity.WARNING,
            f"{count(lost)} pending {entry} trimmed away",
            f"lost work: the payload is gone; oldest {duration(row.oldest_age_ms)} old",
            "x acks them; have the producers trim later",
            "x",
            lost.at_least,
        )


def _certain_ghosts(context: Context, row: Row) -> Count:
    """Count the ghosts that nobody can be working on any more: a worker has its batch in hand, trimmed or not."""
    ghosts = row.pending.ghosts
    if row.group is None or row.group.page is None or not ghosts.at_least:
        return ghosts
    safe_after_ms = context.limits.of(row.key.stream).safe_after_ms
    crew = {one.name: one for one in row.group.consumers or ()}
    running = sum(
        is_ghost(entry, row.stream)
        and entry.idle_ms < safe_after_ms
        and batch_of(entry, crew.get(entry.consumer)) != "left behind"
        for entry in row.group.page.entries
    )
    return Count(ghosts.at_least - running, ghosts.kind)
