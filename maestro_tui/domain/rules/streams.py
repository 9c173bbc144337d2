"""Rules about streams: missing, replaced, of another type, forbidden, growing, full of what was set aside."""

from collections.abc import Iterator

from maestro_tui.domain.capped import capping
from maestro_tui.domain.lost_streams import Loss, all_at_once
from maestro_tui.domain.names import Key
from maestro_tui.domain.quantities import duration, plural
from maestro_tui.domain.rates import Trail, rates
from maestro_tui.domain.rows import Row
from maestro_tui.domain.rules.finding import Context, Finding, Severity
from maestro_tui.domain.snapshot import Node, Stream

# From this part of its memory on, a server that only ever grows is worth a warning; told once, until it is below that.
_MEMORY_SHARE, _MEMORY_ENOUGH = 0.70, 0.65
# A hundredth that somebody deleted by hand does not keep a stream short.
_KEPT = 100


def emptied(context: Context) -> Iterator[Finding]:
    """All declared streams that were there vanished in one moment: flushed, or a server without their data."""
    losses = all_at_once(context.losses, context.seen, context.topology)
    bare = {row.key.stream for row in context.rows if row.declared and row.state in ("no group", "no stream")}
    if not bare.intersection(loss.name for loss in losses):
        return
    entries, node = sum(loss.entries for loss in losses), next(iter(context.seen.nodes), None)
    told = max(losses, key=lambda loss: (loss.restarted, loss.evicted))
    left = "" if node is None or node.keys is None else f"; db {node.db} has {plural(node.keys, 'key')} now"
    yield Finding(
        "emptied",
        None,
        Severity.CRITICAL,
        f"all {len(losses)} streams vanished at once, {plural(entries, 'entry', 'entries')}",
        f"{_emptied_by(told)}{left}",
        "i creates them; restore what was lost",
        "i",
        entries,
        blames=_culprits(told),
    )


def _emptied_by(loss: Loss) -> str:
    if loss.restarted:
        return "a restart without its data, or another server"
    if loss.evicted:
        return f"{plural(loss.evicted, 'key')} evicted meanwhile"
    # DEL of them all, or of a pattern, looks the same.
    return "flushed (FLUSHALL, FLUSHDB) or deleted"


def _culprits(loss: Loss) -> frozenset[str]:
    """Return the rules that may explain a loss: what happened at the same time, and that all went together."""
    also = {"restarted": loss.restarted, "evicting": loss.evicted > 0}
    return frozenset({"emptied", "link_down", *(rule for rule, holds in also.items() if holds)})


def no_stream(context: Context) -> Iterator[Finding]:
    """A declared stream does not exist; critical where it did and vanished (evicted, deleted, flushed)."""
    for row in context.rows:
        if row.state != "no stream" or not row.declared:
            continue
        loss = context.losses.get(row.key.stream)
        # Only together with a group is there a command that makes a stream and adds nothing.
        step, press = ("i creates it", "i") if row.key.group else ("the first entry added creates it", None)
        if loss is None and row.key not in context.vanished:
            # A stream that was never there is explained by nothing that happened since.
            yield Finding(
                "no_stream",
                row.key,
                Severity.WARNING,
                "stream missing",
                "workers get NOGROUP" if row.key.group else "",
                step,
                press,
                blames=frozenset({"link_down"}),
            )
            continue
        yield Finding(
            "no_stream",
            row.key,
            Severity.CRITICAL,
            "stream vanished with its group" if row.key.group else "stream vanished",
            "deleted, renamed or flushed" if loss is None else _lost_by(loss, "deleted, renamed or flushed"),
            step,
            press,
            blames=frozenset() if loss is None else _culprits(loss),
        )


def _lost_by(loss: Loss, otherwise: str) -> str:
    if loss.evicted:
        return f"probably evicted, {plural(loss.evicted, 'key')} went meanwhile"
    return "not there since the restart or failover" if loss.restarted else otherwise


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
                "rename the key, then i",
            )


def denied(context: Context) -> Iterator[Finding]:
    """The server forbids us to look at a stream, or at a part of it."""
    for row in context.one_row_a_stream():
        trouble = row.stream.trouble or next(
            (group.trouble for group in row.stream.groups or () if group.trouble is not None), None
        )
        if trouble is not None and trouble.fault == "denied":
            yield Finding(
                "denied", row.key, Severity.WARNING, "not allowed to look", trouble.sentence, trouble.next_step
            )


def replaced(context: Context) -> Iterator[Finding]:
    """Another stream stands under the name: what was in the one before is gone, and its groups with it."""
    bare = {row.key.stream for row in context.rows if row.declared and row.state == "no group"}
    for row in context.one_row_a_stream():
        loss = context.losses.get(row.key.stream)
        if loss is None or loss.state != "replaced" or row.stream.exists is not True:
            continue
        title, evidence, step = _replaced_by(loss, row)
        missing = row.key.stream in bare
        yield Finding(
            "replaced",
            row.key,
            Severity.WARNING if missing else Severity.INFO,
            title,
            evidence,
            f"i creates its group; then {step}" if missing else step,
            "i" if missing else None,
            loss.entries,
            blames=_culprits(loss),
        )


def _replaced_by(loss: Loss, row: Row) -> tuple[str, str, str]:
    """Return title, evidence and next step."""
    added, now = loss.last.entries_added, row.stream.entries_added
    first, last = row.stream.first_id, loss.last.last_id
    if loss.restarted and first is not None and last is not None and first < last:
        # The same stream as it once was: a save, or a replica that had not got everything.
        fewer = 0 if added is None or now is None else added - now
        lost = plural(fewer, "entry", "entries") if fewer > 0 else "entries"
        title = f"{lost} lost with the restart or failover"
        return title, f"last ID {last} before, {row.stream.last_id} after", "ask producers to resend"
    went = "probably evicted" if loss.evicted else "deleted"
    title = f"stream was {went} and made anew, {plural(loss.entries, 'entry', 'entries')} gone"
    evidence = _lost_by(loss, "deleted or flushed")
    return title, f"{evidence}; its groups went with it", "free memory" if loss.evicted else "find who deleted it"


def growing(context: Context) -> Iterator[Finding]:
    """Nobody trims a stream, it is long, and it still grows: one day the memory is full."""
    for row in context.one_row_a_stream():
        stream, trail = row.stream, context.trails.get(Key(row.key.stream), ())
        limit = context.limits.of(stream.name).untrimmed
        if stream.exists is not True or stream.trouble is not None or row.state in ("dead", "stale"):
            continue
        kept = _kept(stream)
        if (
            stream.length < limit
            or kept is None
            or capping(stream, trail) != "no"
            or not _still_grows(stream, trail, context)
        ):
            continue
        node = context.seen.node(stream.node)
        speed = rates(trail).in_per_s
        added = "" if not speed else f"{round(speed * 3600):,} more an hour; "
        yield Finding(
            "growing",
            row.key,
            _growing_severity(row, node, context),
            f"{plural(stream.length, 'entry', 'entries')}, {kept}",
            f"{added}{_memory_told(node)}",
            "producers should add with MAXLEN ~",
            None,
            stream.length,
        )


def _kept(stream: Stream) -> str | None:
    """Say how much of all that was ever added is still there; None where somebody clearly removes entries.

    Redis 6.2 does not count what was added.
    """
    if stream.entries_added is None:
        return "still growing"
    gone = stream.entries_added - stream.length
    if gone <= 0:
        return "none ever trimmed"
    return f"only {gone:,} ever removed" if gone * _KEPT <= stream.length else None


def _still_grows(stream: Stream, trail: Trail, context: Context) -> bool:
    """Whether an entry came lately; where IDs are no times, within the last seconds."""
    last = stream.last_entry_id
    age_ms = None if last is None else last.age_ms(context.seen.taken_at_ms)
    return bool(rates(trail).in_per_s) if age_ms is None else age_ms < context.limits.recent_ms


def _growing_severity(row: Row, node: Node | None, context: Context) -> Severity:
    share = None if node is None else node.memory.used_share
    warned = context.shown.get(("growing", row.key)) is Severity.WARNING
    enough = _MEMORY_ENOUGH if warned else _MEMORY_SHARE
    return Severity.WARNING if share is not None and share >= enough else Severity.INFO


def _memory_told(node: Node | None) -> str:
    if node is None or node.memory.max_bytes is None:
        return "how much memory there is, is not known"
    share = node.memory.used_share
    return "memory has no limit" if share is None else f"memory {share:.0%} full"


def dead_growing(context: Context) -> Iterator[Finding]:
    """Dead letters are being added: something fails now, not only once."""
    for row in context.rows:
        rising = context.letters.get(row.key.stream)
        if row.state != "dead" or rising is None or not rising.risen:
            continue
        bound = "" if row.stream.entries_added is not None else ">="
        last = row.stream.last_entry_id
        newest = None if last is None else last.age_ms(context.seen.taken_at_ms)
        yield Finding(
            "dead_growing",
            row.key,
            Severity.WARNING,
            f"{bound}{plural(rising.risen, 'dead letter')} added",
            f"{row.stream.length:,} in all" + ("" if newest is None else f", the newest {duration(newest)} old"),
            "enter to see what fails",
            "enter",
            rising.risen,
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
