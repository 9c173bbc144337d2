"""Plans about a group as a whole: where it stands in the stream, and whether it or a consumer is removed."""

from collections.abc import Iterator

from maestro_tui.domain.lag import after
from maestro_tui.domain.names import ZERO, EntryId, Key, Name
from maestro_tui.domain.plans import Offer, Proposal
from maestro_tui.domain.plans.guards import server_warnings, shown, why_not_now, why_not_row
from maestro_tui.domain.plans.init import parse_point
from maestro_tui.domain.plans.move_sentences import entries
from maestro_tui.domain.plans.others import PositionPlan, RemovePlan
from maestro_tui.domain.plans.situation import Situation
from maestro_tui.domain.quantities import count, duration, plural, timestamp
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import UNKNOWN, Consumer, Count, CountKind, Group


def parse_position(text: str, row: Row) -> EntryId:
    """Read `0`, `end`, an entry ID (the group's next entry is the first after it) or an ISO time.

    Raise ValueError with one sentence for anything else, and for a position beyond the last entry.
    """
    word = text.strip().lower()
    if word == "0":
        return ZERO
    last = _end(row)
    if word in ("end", "$"):
        return last
    point = parse_point(text)
    if point > last:
        raise ValueError(f"{point} is after the last entry, {last}: nothing would be delivered; give end")
    return point


def _end(row: Row) -> EntryId:
    return row.stream.last_id or row.stream.last_entry_id or ZERO


def propose_position(key: Key, to: EntryId, situation: Situation) -> Proposal:
    """Return what setting a group's last-delivered ID would deliver again, or skip."""
    title = f"set position of {shown(key.stream)} {'' if key.group is None else shown(key.group)} to {to}"
    row, refusal = _ready(key, situation)
    group = None if row is None else row.group
    if row is not None and group is not None and refusal is None:
        refusal = _no_position(row, group, to)
    if row is None or group is None or refusal is not None:
        return Proposal(title, refusal=refusal or "There is no group to set a position of.")
    plan = PositionPlan(
        key, group.last_delivered, group.entries_read, to, _entries_read(row, to, situation), situation.taken_at_ms
    )
    return propose_this_position(title, plan, row, situation)


def propose_this_position(title: str, plan: PositionPlan, row: Row, situation: Situation) -> Proposal:
    """Return a plan for a position with its consequences; any position is confirmed by the stream's short name."""
    group = row.group
    assert group is not None
    back = plan.to < plan.before
    facts = tuple(_rewind(row, group, plan) if back else _skip(row, group, plan))
    warnings = tuple(_position_warnings(row, situation, back=back))
    label = f"{'rewind' if back else 'skip'} to {plan.to}"
    offer = Offer(plan, label, (situation.short_word(plan.key),))
    return Proposal(title, facts, warnings, (offer,), commands=plan.commands())


def _ready(key: Key, situation: Situation) -> tuple[Row | None, str | None]:
    return situation.row(key), why_not_now(situation) or why_not_row(situation, key)


def _no_position(row: Row, group: Group, to: EntryId) -> str | None:
    last = _end(row)
    if to > last:
        return f"{to} is after the last entry, {last}: the group would deliver nothing and look healthy. Give end."
    return f"The group stands at {to} already." if to == group.last_delivered else None


def _entries_read(row: Row, to: EntryId, situation: Situation) -> int | None:
    """Return the counter that goes with a position, where it is certain: at the end all that was added was read.

    At 0 the server itself counts right without it (measured), and between the ends nobody knows it.
    """
    node = situation.node_of(row)
    versioned = node is not None and node.has_entries_read
    return row.stream.entries_added if versioned and to == row.stream.last_id else None


def _after(row: Row, group: Group, position: EntryId) -> Count:
    """Count the entries after a position: exact at the stream's ends, else an estimate by the times of IDs."""
    if position == group.last_delivered:
        return row.lag
    return after(row.stream, position)


def less(more: Count, fewer: Count) -> Count:
    """Subtract counts; what is known of the difference follows from what is known of both."""
    if more.value is None or fewer.value is None:
        return UNKNOWN
    value = max(0, more.value - fewer.value)
    kinds: dict[tuple[CountKind, CountKind], CountKind] = {
        ("exact", "exact"): "exact",
        ("exact", "upper_bound"): "lower_bound",
        ("lower_bound", "exact"): "lower_bound",
        ("lower_bound", "upper_bound"): "lower_bound",
        ("exact", "lower_bound"): "upper_bound",
        ("upper_bound", "exact"): "upper_bound",
        ("upper_bound", "lower_bound"): "upper_bound",
    }
    return Count(value, kinds.get((more.kind, fewer.kind), "estimate"))


def _spot(position: EntryId, row: Row) -> str:
    """Spell a position with its time of day, where its ID is a time."""
    timely = position.age_ms(row.stream.seen_at_ms) is not None
    return f"{position} ({timestamp(position.ms)})" if timely else str(position)


def _rewind(row: Row, group: Group, plan: PositionPlan) -> Iterator[str]:
    again = less(_after(row, group, plan.to), _after(row, group, plan.before))
    waiting = count(_after(row, group, plan.to), 30)
    yield f"Back from {_spot(plan.before, row)} to {_spot(plan.to, row)}."
    yield (
        f"{entries(again)} that were delivered before are delivered again, acknowledged ones among them;"
        f" {waiting} wait then."
    )
    if group.pending:
        among = "all" if group.lowest_pending is not None and group.lowest_pending > plan.to else "some"
        yield (
            f"Of {group.pending:,} pending entries {among} lie there: they move to whoever receives them, and their"
            " delivery counts start anew."
        )


def _skip(row: Row, group: Group, plan: PositionPlan) -> Iterator[str]:
    skipped = less(_after(row, group, plan.before), _after(row, group, plan.to))
    waiting = count(_after(row, group, plan.to), 30)
    yield f"Forward from {_spot(plan.before, row)} to {_spot(plan.to, row)}."
    yield f"{entries(skipped)} that nobody of this group has read are never delivered to it; {waiting} wait then."
    if group.pending:
        yield f"{plural(group.pending, 'pending entry stays', 'pending entries stay')} pending as they are."
    if plan.entries_read is not None:
        yield f"The group's counter is set to {plan.entries_read:,} entries read, so that its lag stays exact."


def _position_warnings(row: Row, situation: Situation, *, back: bool) -> Iterator[str]:
    if back:
        yield "Rewinding erases delivery counts and redelivers acknowledged work: handlers run again."
        yield "Entries that were requeued are there twice: original and copy are both delivered."
    else:
        yield "Skipping is a loss unless the work was done: only another set position brings the entries back."
    if row.live.certain:
        yield f"At once {plural(row.live.certain, 'live worker')} of the group read on from there."
    yield "Refused by the server if the group has moved from its present position meanwhile."
    yield from server_warnings(situation, row)


def propose_remove(key: Key, consumer: Name | None, situation: Situation) -> Proposal:
    """Return how a consumer, or with None the whole group, can be removed; never while it holds pending entries."""
    what = (
        f"group {'' if key.group is None else shown(key.group)}" if consumer is None else f"consumer {shown(consumer)}"
    )
    title = f"remove {what} of {shown(key.stream)}"
    row, refusal = _ready(key, situation)
    if row is None or row.group is None or refusal is not None:
        return Proposal(title, refusal=refusal or "There is no group to remove anything of.")
    plan = RemovePlan(key, consumer, row.group.last_delivered, situation.taken_at_ms)
    if consumer is None:
        return _remove_group(title, plan, row, row.group, situation)
    member = next((one for one in row.group.consumers or () if one.name == consumer), None)
    if member is None:
        unknown = row.group.consumers is None
        why = "The server would not tell the consumers." if unknown else f"There is no consumer {shown(consumer)}."
        return Proposal(title, refusal=why)
    return _remove_consumer(title, plan, row, member, situation)


def _holding(pending: int, whose: str) -> str:
    held = plural(pending, "pending entry", "pending entries")
    return f"{whose} holds {held}, which would be lost with it: requeue (R), dead-letter (D) or ack (x) them first."


def _remove_consumer(title: str, plan: RemovePlan, row: Row, member: Consumer, situation: Situation) -> Proposal:
    name = shown(member.name)
    if member.pending:
        return Proposal(title, refusal=_holding(member.pending, name))
    facts = (
        f"{name} holds nothing, last asked {duration(member.idle_ms)} ago; only its entry in the group goes.",
        "Refused by the server if it holds a pending entry by then.",
    )
    warnings = list(server_warnings(situation, row))
    if row.live.by_consumer.get(member.name) is not False:
        sure = "is live" if row.live.by_consumer.get(member.name) else "may be live"
        warnings.insert(0, f"{name} {sure}: a running worker creates it again at its next read.")
    offer = Offer(plan, f"remove {name}", situation.words(plan.key, 1))
    return Proposal(title, facts, tuple(warnings), (offer,), commands=plan.commands())


def _remove_group(title: str, plan: RemovePlan, row: Row, group: Group, situation: Situation) -> Proposal:
    if group.pending:
        return Proposal(title, refusal=_holding(group.pending, f"Group {shown(group.name)}"))
    facts = (
        f"Its position is lost: last delivered {group.last_delivered}, lag {count(row.lag, 30)},"
        f" {plural(group.consumer_count, 'consumer')}. This program remembers it until it ends.",
        "Declared: i creates it again, and asks where it starts."
        if row.declared
        else f"Not declared: i does not create it again. XGROUP CREATE with {group.last_delivered} does.",
        "Refused by the server if it holds a pending entry, or has moved on, by then.",
    )
    warnings = list(server_warnings(situation, row))
    if row.live.possible and group.consumer_count:
        warnings.insert(
            0, f"{plural(group.consumer_count, 'worker')} may be reading, to fail with NOGROUP from then on."
        )
    # What a group knows cannot be brought back by one key, so one key does not remove it.
    offer = Offer(plan, "remove the group", (situation.short_word(plan.key),))
    return Proposal(title, facts, tuple(warnings), (offer,), commands=plan.commands())
