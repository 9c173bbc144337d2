"""Plans that take an action of the log back, and why some cannot be taken back."""

from collections import Counter
from collections.abc import Iterator

from maestro_tui.domain.journal import Deed
from maestro_tui.domain.names import Name
from maestro_tui.domain.plans import Offer, Proposal
from maestro_tui.domain.plans.guards import server_warnings, shown, why_not_now, why_not_row
from maestro_tui.domain.plans.others import PositionPlan, Restored, RestorePlan
from maestro_tui.domain.plans.propose_group import propose_this_position
from maestro_tui.domain.plans.situation import Situation
from maestro_tui.domain.quantities import duration, plural
from maestro_tui.domain.rows import Row
from maestro_tui.domain.text import visible

_INSTEAD = {
    "requeue": "the copies are in the stream and may be processed already. Their originals were acknowledged; D sets"
    " copies aside that fail.",
    "edit & requeue": "the mended copy is in the stream and may be processed already. D sets it aside if it fails.",
    "dead-letter": "redrive (R on the stream of dead letters) brings the entries back, each once.",
    "redrive": "the copies are in the stream and may be processed already. D sets them aside again.",
    "init": "x removes a group again while it holds no pending entries.",
    "remove consumer": "nothing was lost with it: a worker of that name creates it again at its next read.",
    "remove group": "i creates a declared group again, and offers the position that this program remembers.",
}


def propose_undo(deed: Deed, material: tuple[Restored, ...] | PositionPlan | None, situation: Situation) -> Proposal:
    """Return how an action can be taken back, or why it cannot and what can be done instead.

    `material` is what the log kept for it: of a claim or an ack each entry as it was before, of a set position the
    plan that was carried out.
    """
    title = f"undo {visible(deed.action, 40)} of {deed.at}"
    refusal = _final(deed, situation)
    if refusal is not None or deed.key is None:
        return Proposal(title, refusal=refusal or "The log does not say what it was about.")
    row = situation.row(deed.key)
    refusal = why_not_now(situation) or why_not_row(situation, deed.key)
    if row is None or refusal is not None:
        return Proposal(title, refusal=refusal or "")
    if isinstance(material, PositionPlan):
        return _position(title, deed, material, row, situation)
    if not material:
        return Proposal(title, refusal="The log does not hold what was there before: it cannot be taken back.")
    return _restore(title, deed, material, row, situation)


def _final(deed: Deed, situation: Situation) -> str | None:
    """Return why a deed cannot be taken back whatever the server holds now."""
    what = visible(deed.action, 40)
    here = str(situation.config.address)
    if deed.undone_by is not None:
        return f"It was taken back already, as far as that went, by {visible(deed.undone_by, 60)}."
    if deed.action not in ("claim", "ack", "set position"):
        again = "do the action itself again." if deed.action.startswith("undo") else "look at what it changed."
        instead = _INSTEAD.get(deed.action, again)
        return f"{what.capitalize()} cannot be taken back: {instead}"
    if deed.node != here:
        return f"It was done on {visible(deed.node, 80)}, and this is {here}. Connect there to take it back."
    if deed.outcome is None:
        return "Its end is not in the log: it is under way, or was interrupted. Look at the group before you act."
    if deed.outcome == "unknown":
        return "Its answer was lost, so nobody knows what was done. Look at the group before you act."
    if not deed.counts.get("done"):
        return "It changed nothing: there is nothing to take back."
    return None


def _position(title: str, deed: Deed, done: PositionPlan, row: Row, situation: Situation) -> Proposal:
    group = row.group
    if group is None or group.last_delivered != done.to:
        at = "?" if group is None else str(group.last_delivered)
        why = f"The group has moved on since: it stands at {at}, and was set to {done.to}. x sets a position by hand."
        return Proposal(title, refusal=why)
    node = situation.node_of(row)
    read = done.before_read if node is not None and node.has_entries_read else None
    back = PositionPlan(done.key, done.to, group.entries_read, done.before, read, situation.taken_at_ms, undoes=deed.id)
    return propose_this_position(title, back, row, situation)


def _restore(title: str, deed: Deed, rows: tuple[Restored, ...], row: Row, situation: Situation) -> Proposal:
    plan = RestorePlan(row.key, deed.id, "claim" if deed.action == "claim" else "ack", rows, situation.taken_at_ms)
    offer = Offer(plan, f"take back {len(rows):,}", situation.words(row.key, len(rows)))
    facts = tuple(_restore_facts(plan, situation))
    warnings = tuple(_restore_warnings(plan, row, situation))
    return Proposal(title, facts, warnings, (offer,), commands=plan.commands())


def _restore_facts(plan: RestorePlan, situation: Situation) -> Iterator[str]:
    owners = Counter(one.owner for one in plan.rows)
    told = ", ".join(f"{shown(name)} {number:,}" for name, number in _ranked(owners))
    oldest = min(plan.rows, key=lambda one: one.delivered_at_ms)
    idle = duration(max(0, situation.taken_at_ms - oldest.delivered_at_ms))
    one = len(plan.rows) == 1
    claimed = "returns to its holder" if one else "return to their holders"
    again = claimed if plan.of == "claim" else f"{'is' if one else 'are'} pending again"
    yield (
        f"{plural(len(plan.rows), 'entry', 'entries')} {again}: {told}. Delivery counts are as before, and idle times"
        f" go on from the delivery, the longest at {idle}."
    )
    left = "was acknowledged, claimed or delivered since" if plan.of == "claim" else "is gone, or pending again,"
    yield f"The server checks each entry again in the same step: what {left} is left alone."


def _ranked(owners: Counter[Name]) -> list[tuple[Name, int]]:
    return sorted(owners.items(), key=lambda item: (-item[1], item[0]))


def _restore_warnings(plan: RestorePlan, row: Row, situation: Situation) -> Iterator[str]:
    known = {one.name for one in (row.group.consumers if row.group else None) or ()}
    lost = {one.owner for one in plan.rows} - known
    if lost and row.group is not None and row.group.consumers is not None:
        yield f"{plural(len(lost), 'holder')} not there any more: the claim creates them again."
    if plan.of == "ack":
        yield "Workers that read only new entries (>) will not take these up; R requeues them."
    yield from server_warnings(situation, row)
