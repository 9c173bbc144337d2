"""The samples of streams, groups and consumers."""

from collections.abc import Iterable
from typing import Final

from maestro_tui.domain.metrics import families as the
from maestro_tui.domain.metrics.exposition import Exposition, Family, Labels, label_of, text_label
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import Count, Group, Stream

MOST_CONSUMERS: Final = 100
_SAMPLES_A_CONSUMER: Final = 2


def seconds(ms: int | None) -> float | None:
    """Return milliseconds as seconds; None stays unknown."""
    return None if ms is None else ms / 1000


def add_stream(out: Exposition, base: Labels, stream: Stream, rows: list[Row], state: str, now_ms: int) -> None:
    """Add what is known of a stream; of one that is not there, or could not be read, only its state."""
    labels = {**base, "stream": label_of(stream.name)}
    alias = rows[0].alias if rows else None
    named = {} if alias is None else {"alias": text_label(alias)}
    out.add(the.STREAM_STATE, {**labels, **named, "state": state}, 1)
    if stream.exists is not True or stream.trouble is not None:
        return
    out.add(the.LENGTH, labels, stream.length)
    out.add(the.GROUPS, labels, None if stream.groups is None else len(stream.groups))
    out.add(the.LAST_ID, labels, None if stream.last_id is None else stream.last_id.ms)
    out.add(the.ADDED, labels, stream.entries_added)
    out.add(the.STREAM_AGE, labels, seconds(max(0, now_ms - stream.seen_at_ms)))
    out.add(the.IN_RATE, labels, _rounded(rows[0].rates.in_per_s if rows else None))
    dead = next((row for row in rows if row.state == "dead"), None)
    if dead is not None:
        out.add(the.DEAD, labels, stream.length)
        out.add(the.DEAD_AGE, labels, seconds(dead.oldest_age_ms))


def add_group(out: Exposition, base: Labels, row: Row) -> None:
    """Add what is known of a group; of one that is missing only its state."""
    if row.key.group is None:
        return
    labels = {**base, "stream": label_of(row.key.stream), "group": label_of(row.key.group)}
    out.add(the.STATE, {**labels, "state": row.state.replace(" ", "_")}, 1)
    if row.group is None:
        return
    _add_counts(out, labels, row, row.group)
    out.add(the.WAITING, labels, seconds(row.waiting_ms))
    out.add(the.OLDEST_AGE, labels, seconds(row.oldest_age_ms))
    out.add(the.OLDEST_IDLE, labels, seconds(row.oldest_idle_ms))
    if row.live.known:
        out.add(the.LIVE, labels, None if row.live.unsure else row.live.certain)
        out.add(the.UNSURE, labels, row.live.unsure)
    out.add(the.OUT_RATE, labels, _rounded(row.rates.out_per_s))
    out.add(the.ACK_RATE, labels, _rounded(row.rates.ack_per_s))
    if row.drain.word != "unknown":
        out.add(the.DRAIN, {**labels, "word": row.drain.word}, 1)
    out.add(the.DRAIN_SECONDS, labels, _rounded(row.drain.seconds))


def _add_counts(out: Exposition, labels: Labels, row: Row, group: Group) -> None:
    out.add(the.CONSUMERS, labels, group.consumer_count)
    out.add(the.PENDING, labels, group.pending)
    out.add(the.DELIVERED, labels, group.last_delivered.ms)
    out.add(the.READ, labels, group.entries_read)
    out.add(the.LAG, labels, row.lag.value if row.lag.kind == "exact" else None)
    counts: Iterable[tuple[Family, Count]] = (
        (the.LAG_BOUND, row.lag),
        (the.STUCK, row.pending.stuck),
        (the.LEFT_BEHIND, row.pending.left_behind),
        (the.GHOSTS, row.pending.ghosts),
        (the.POISON, row.pending.poison),
    )
    for family, count in counts:
        # That there are 0 or more says nothing, and an alert would take it for 0.
        vague = count.kind == "lower_bound" and not count.value
        out.add(family, {**labels, "kind": count.kind}, None if vague else count.value)


def add_consumers(out: Exposition, base: Labels, row: Row) -> int:
    """Add the consumers of a group, where they are few enough; return how many samples were left out."""
    if row.group is None or not row.group.consumers:
        return 0
    if len(row.group.consumers) > MOST_CONSUMERS:
        return _SAMPLES_A_CONSUMER * len(row.group.consumers)
    of_group = {**base, "stream": label_of(row.key.stream), "group": label_of(row.group.name)}
    for consumer in row.group.consumers:
        labels = {**of_group, "consumer": label_of(consumer.name)}
        out.add(the.CONSUMER_PENDING, labels, consumer.pending)
        # Times that were read a while ago are no longer so.
        out.add(the.CONSUMER_IDLE, labels, None if row.group.consumers_age_ms else seconds(consumer.idle_ms))
    return 0


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
