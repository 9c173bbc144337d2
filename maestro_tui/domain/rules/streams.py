"""Rules about streams: missing, of another type, forbidden, full of what was set aside."""

from collections.abc import Iterator

from maestro_tui.domain.quantities import duration, plural
from maestro_tui.domain.rows import Row
from maestro_tui.domain.rules.finding import Context, Finding, Severity


def _one_row_a_stream(context: Context) -> Iterator[Row]:
    seen = set()
    for row in context.rows:
        if row.key.stream not in seen:
            seen.add(row.key.stream)
            yield row


def no_stream(context: Context) -> Iterator[Finding]:
    """A declared stream does not exist; critical where it did and vanished (evicted, deleted, flushed)."""
    for row in context.rows:
        if row.state != "no stream" or not row.declared:
            continue
        if row.key in context.vanished:
            evicted = context.evicted_since.get(row.stream.node, 0)
            evidence = f"{plural(evicted, 'key')} evicted meanwhile" if evicted else "deleted, renamed or flushed"
            yield Finding(
                "no_stream", row.key, Severity.CRITICAL, "stream vanished with its group", evidence, "i creates it", "i"
            )
        else:
            yield Finding(
                "no_stream", row.key, Severity.WARNING, "stream missing", "workers get NOGROUP", "i creates it", "i"
            )


def wrong_type(context: Context) -> Iterator[Finding]:
    """A declared key is no stream: neither producers nor workers can use it."""
    for row in context.rows:
        if row.state == "wrong type" and row.declared:
            yield Finding(
                "wrong_type",
                row.key,
                Severity.CRITICAL,
                "the key is no stream",
                row.stream.trouble.sentence if row.stream.trouble else "",
                "rename or delete the key, then i",
            )


def denied(context: Context) -> Iterator[Finding]:
    """The server forbids us to look at a stream, or at a part of it."""
    for row in _one_row_a_stream(context):
        trouble = row.stream.trouble or next(
            (group.trouble for group in row.stream.groups or () if group.trouble is not None), None
        )
        if trouble is not None and trouble.fault == "denied":
            yield Finding(
                "denied", row.key, Severity.WARNING, "not allowed to look", trouble.sentence, trouble.next_step
            )


def dead_letters(context: Context) -> Iterator[Finding]:
    """Entries were set aside and nobody has brought them back: worth knowing, never an alarm."""
    for row in context.rows:
        if row.state == "dead" and row.stream.length:
            letters = plural(row.stream.length, "dead letter")
            yield Finding(
                "dead_letters",
                row.key,
                Severity.INFO,
                f"{letters}, oldest {duration(row.oldest_age_ms)}",
                "",
                "enter to see them, R redrives",
                "enter",
                row.stream.length,
            )
