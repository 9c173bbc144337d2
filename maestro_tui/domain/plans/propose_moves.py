"""Plans that take entries off a consumer: claim, requeue, dead-letter, ack."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from maestro_tui.domain.dead import dead_name, is_dead, origin_of
from maestro_tui.domain.names import Name
from maestro_tui.domain.plans import Offer, Proposal
from maestro_tui.domain.plans.guards import no_room, nobody_live, shown, subset_of_capped, why_not_now, why_not_row
from maestro_tui.domain.plans.move_sentences import Wish, facts, found, title, warnings
from maestro_tui.domain.plans.moves import MovePlan, Poison
from maestro_tui.domain.plans.selection import Chosen, Selection, Target
from maestro_tui.domain.plans.situation import Situation
from maestro_tui.domain.plans.survey import Part, Survey
from maestro_tui.domain.quantities import count, plural
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import Consumer, Count

# How long a canary may stay un-acknowledged at least; a stream whose batches take longer gives it a whole one.
_CANARY_WAIT_MS = 300_000

_LEFT_OUT = {"running": "perhaps running ones too", "poison": "poison too"}


def claimants(row: Row) -> tuple[Consumer, ...]:
    """Return who can be given entries: live consumers first, then those of whom nobody can tell; least loaded first."""
    words = {True: 0, None: 1, False: 2}
    members = (row.group.consumers if row.group else None) or ()
    return tuple(sorted(members, key=lambda one: (words[row.live.by_consumer.get(one.name)], one.pending, one.name)))


def propose_move(
    verb: Literal["claim", "requeue", "dead-letter", "ack"],
    survey: Survey,
    situation: Situation,
    *,
    to: Name | None = None,
    rate_per_s: float | None = None,
    marks: bool | None = None,
) -> Proposal:
    """Return what can be done with the entries that a survey found.

    `to` is the consumer that gets what is claimed, by default the least loaded live one. `rate_per_s` is in entries.
    `marks` None takes the operator's setting.
    """
    row = situation.row(survey.key)
    refusal = why_not_now(situation) or why_not_row(situation, survey.key)
    if row is None or row.group is None or refusal is not None:
        return Proposal(title(verb, survey), refusal=refusal or "There is no group to act on.")
    marked = verb == "requeue" and (situation.config.mark_copies if marks is None else marks)
    wish = Wish(verb, survey, situation, row, _to(verb, survey, row, to), rate_per_s, marked)
    refusal = _refusal(wish)
    if refusal is not None:
        return Proposal(title(verb, survey), tuple(found(survey)), refusal=refusal)
    offers = tuple(_offers(wish))
    if not offers:
        return Proposal(title(verb, survey), tuple(found(survey)), refusal=_nothing_left(wish))
    commands = offers[0].plan.commands()
    return Proposal(title(verb, survey), tuple(facts(wish)), tuple(warnings(wish)), offers, commands=commands)


def _to(verb: str, survey: Survey, row: Row, wanted: Name | None) -> Name | None:
    if verb == "requeue":
        return row.key.stream
    if verb == "dead-letter":
        return dead_name(row.key.stream)
    if verb == "ack" or wanted is not None:
        return wanted if verb == "claim" else None
    live = [one.name for one in claimants(row) if row.live.by_consumer.get(one.name) is True]
    # Who holds them all already can be given nothing, however little that is.
    return next((name for name in live if survey.asked.without(name).entries), next(iter(live), None))


def _refusal(wish: Wish) -> str | None:
    """Return why none of it may be done."""
    stream = wish.row.key.stream
    if not wish.survey.asked.entries:
        unseen = "" if wish.survey.complete else " as far as was looked"
        return f"No pending entry of {shown(stream)} is {wish.survey.words}{unseen}: there is nothing to {wish.verb}."
    if wish.verb == "claim" and wish.to is None:
        return "No consumer of the group is certainly live: name one to claim for. R requeues instead."
    if wish.verb == "claim" and wish.to is not None and not wish.to.raw:
        return "A consumer without a name cannot be told from none: name another one."
    if wish.verb == "dead-letter":
        reason = _no_dead_letters(wish)
        if reason is not None:
            return reason
    if wish.verb == "requeue" and wish.survey.filtered:
        capped = subset_of_capped(wish.situation, wish.row)
        if capped is not None:
            return capped
    return no_room(wish.situation, wish.row) if wish.verb in ("requeue", "dead-letter") else None


def _no_dead_letters(wish: Wish) -> str | None:
    stream = wish.row.key.stream
    if is_dead(stream):
        back = origin_of(stream)
        return f"{shown(stream)} holds dead letters already; R on its row brings them back to {shown(back or stream)}."
    dead = wish.situation.frame.snapshot.stream(dead_name(stream))
    if dead is not None and dead.trouble is not None and dead.trouble.fault == "wrong_type":
        return f"{shown(dead.name)}, where dead letters go, is no stream. Rename or delete that key first."
    return None


def _nothing_left(wish: Wish) -> str:
    part = wish.survey.asked
    if wish.verb == "claim" and wish.to is not None and not part.without(wish.to).entries:
        return f"{shown(wish.to)} holds them already."
    return (
        f"{plural(part.entries, 'entry is a ghost', 'entries are ghosts')}: no longer in the stream, so there is"
        f" nothing to {wish.verb}. Ack (x) drops what cannot be brought back."
    )


def _offers(wish: Wish) -> Iterator[Offer]:
    """Return the ways to do it, most careful first; each disregards only guards that keep something back."""
    always = ("no-worker",) if wish.verb == "requeue" and nobody_live(wish.row) else ()
    before = 0
    plain = _moved(wish, set())
    for disregarded in ((), ("running",), ("poison",), ("running", "poison")):
        number = _moved(wish, set(disregarded))
        if number <= (before if len(disregarded) == 2 else plain if disregarded else 0):
            continue
        before = max(before, number)
        yield _offer(wish, number, (*always, *disregarded))


def _part(wish: Wish, disregarded: set[str]) -> Part:
    part = wish.survey.asked if "running" in disregarded else wish.survey.over
    return part.without(wish.to) if wish.verb == "claim" and wish.to is not None else part


def _moved(wish: Wish, disregarded: set[str]) -> int:
    """Return how many entries of a part can be moved: a ghost only be acknowledged, poison not be requeued."""
    part = _part(wish, disregarded)
    ghosts = 0 if wish.verb == "ack" else part.ghosts
    poison = part.poison if wish.verb == "requeue" and "poison" not in disregarded else 0
    return part.entries - ghosts - poison


def _offer(wish: Wish, number: int, overrides: tuple[str, ...]) -> Offer:
    situation, key = wish.situation, wish.row.key
    limits = situation.limits
    bounded = wish.verb == "requeue" and "poison" not in overrides
    node = situation.node_of(wish.row)
    plan = MovePlan(
        verb=wish.verb,
        key=key,
        selection=_selection(wish, set(overrides)),
        taken_at_ms=wish.survey.at_ms,
        to=wish.to,
        marks=wish.marks,
        poison=Poison(limits.poison_deliveries, limits.poison_attempts) if bounded else None,
        canary=wish.verb == "requeue" and number > 1 and "no-worker" not in overrides,
        canary_wait_ms=max(_CANARY_WAIT_MS, limits.of(key.stream).safe_after_ms),
        rate_per_s=wish.rate_per_s,
        save_payloads=wish.verb == "dead-letter" and node is not None and node.memory.may_evict_streams,
    )
    kind = wish.survey.wide.count.kind
    label = f"{wish.verb} {count(Count(number, kind), 30)}"
    taken = [_LEFT_OUT[one] for one in overrides if one in _LEFT_OUT]
    words = situation.words(key, number, *overrides)
    return Offer(plan, ", ".join([label, *taken]), words, frozenset(overrides))


def _selection(wish: Wish, disregarded: set[str]) -> Selection:
    selection = wish.survey.wide if "running" in disregarded else wish.survey.safe
    claimant = wish.to if wish.verb == "claim" else None
    if isinstance(selection, Chosen):
        return Chosen(tuple(one for one in selection.targets if _wanted(wish, one, claimant, disregarded)))
    if claimant is None:
        return selection
    part = _part(wish, disregarded)
    return replace(
        selection,
        delivered_before={name: until for name, until in selection.delivered_before.items() if name != claimant},
        limit=None if selection.limit is None else part.entries,
        seen=Count(part.entries, selection.seen.kind),
    )


def _wanted(wish: Wish, target: Target, claimant: Name | None, disregarded: set[str]) -> bool:
    """Whether a named entry is sent at all: what the server would surely leave alone is not."""
    if target.owner == claimant or (wish.verb != "ack" and target.id in wish.survey.gone):
        return False
    if wish.verb != "requeue" or "poison" in disregarded:
        return True
    limits = wish.situation.limits
    tried = wish.survey.attempts.get(target.id, 0)
    return target.deliveries < limits.poison_deliveries and tried < limits.poison_attempts
