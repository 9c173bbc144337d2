"""What a move does, in sentences with numbers: to which entries, what it leaves alone, what could go wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from maestro_tui.domain.names import Name
from maestro_tui.domain.plans.guards import (
    listed,
    nobody_live,
    others_reached,
    room_warnings,
    server_warnings,
    shown,
    trimmed_warning,
)
from maestro_tui.domain.plans.situation import Situation
from maestro_tui.domain.plans.survey import Survey
from maestro_tui.domain.quantities import count, duration, plural, rate
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import Count
from maestro_tui.domain.text import visible

_HOLDERS_NAMED = 3


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: a verb, the entries, the moment, and where copies or claims go."""

    verb: Literal["claim", "requeue", "dead-letter", "ack"]
    survey: Survey
    situation: Situation
    row: Row
    to: Name | None
    rate_per_s: float | None
    marks: bool


def entries(value: Count) -> str:
    """Spell a number of entries with its mark: `1 entry`, `>=2,000 entries`."""
    return f"{count(value, 30)} {'entry' if value.value == 1 and value.kind == 'exact' else 'entries'}"


def title(verb: str, survey: Survey) -> str:
    """Name what is planned."""
    group = "" if survey.key.group is None else f" {shown(survey.key.group)}"
    return f"{verb} {entries(survey.wide.count)} of {shown(survey.key.stream)}{group}"


def found(survey: Survey) -> Iterator[str]:
    """Return what was found: how many, with whom, the oldest."""
    if survey.asked.entries:
        yield f"{entries(survey.wide.count)} {_are(survey)} {survey.words}: {_holders(survey)}."
        yield from _oldest(survey)


def facts(wish: Wish) -> Iterator[str]:
    """Return what happens to which entries, and what is left alone and why."""
    yield from found(wish.survey)
    yield from _EFFECTS[wish.verb](wish)
    yield from _left_alone(wish)
    pace = "" if wish.rate_per_s is None else f", at most {rate(wish.rate_per_s)} a second"
    yield (
        f"The server checks each entry again in the same step, oldest first{pace}: what was acknowledged, claimed or"
        " delivered meanwhile is left alone."
    )


def _are(survey: Survey) -> str:
    return "is" if survey.asked.entries == 1 else "are"


def _holders(survey: Survey) -> str:
    """Say who holds them, the most loaded first."""
    ranked = sorted(survey.by_holder.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{shown(name)} holds {number:,}" for name, number in ranked[:_HOLDERS_NAMED]]
    if len(ranked) > _HOLDERS_NAMED:
        rest = sum(number for _, number in ranked[_HOLDERS_NAMED:])
        parts.append(f"{len(ranked) - _HOLDERS_NAMED:,} more hold {rest:,}")
    return ", ".join(parts)


def _oldest(survey: Survey) -> Iterator[str]:
    oldest = survey.oldest
    if oldest is None:
        return
    age = oldest.id.age_ms(survey.at_ms)
    tried = survey.attempts.get(oldest.id, 0)
    requeued = f", requeued {plural(tried, 'time')}" if tried else ""
    yield (
        f"The oldest is {oldest.id}: age {duration(age)}, idle {duration(oldest.idle_ms)},"
        f" delivered {plural(oldest.deliveries, 'time')}{requeued}."
    )


def _each(wish: Wish) -> str:
    return "It" if wish.survey.asked.entries == 1 else "Each"


def _requeue(wish: Wish) -> Iterator[str]:
    marks = ", with _maestro_origin and _maestro_attempt behind them" if wish.marks else ""
    yield (
        f"{_each(wish)} is copied to the end of {shown(wish.row.key.stream)}, fields byte for byte{marks}, and"
        " acknowledged, in one step."
    )
    waiting = "" if wish.row.lag.value is None else f", behind {count(wish.row.lag, 30)} that wait now"
    yield f"Order is lost: a copy gets a new ID at the end{waiting}, and its waiting starts anew."
    yield "The original stays in the stream: a later rewind of the group delivers original and copy both."
    if not nobody_live(wish.row) and wish.survey.asked.entries > 1:
        yield (
            "One goes first, the rest follow once it was acknowledged; the run stops by itself if it is not, or when"
            " copies come back un-acknowledged."
        )


def _claim(wish: Wish) -> Iterator[str]:
    assert wish.to is not None
    group = wish.row.group
    held = next((one for one in (group.consumers if group else None) or () if one.name == wish.to), None)
    now = f", which holds {held.pending:,} now," if held is not None else ""
    yield f"{shown(wish.to)}{now} becomes their holder; delivery counts and idle times stay as they are."
    own = wish.survey.by_holder.get(wish.to, 0)
    if own:
        yield f"{plural(own, 'entry', 'entries')} of {shown(wish.to)}'s own left alone."


def _dead_letter(wish: Wish) -> Iterator[str]:
    assert wish.to is not None
    dead = wish.situation.frame.snapshot.stream(wish.to)
    holds = f", which holds {dead.length:,} now" if dead is not None and dead.exists else ""
    yield (
        f"{_each(wish)} goes to {shown(wish.to)}{holds}, its provenance before its fields byte for byte, and is"
        " acknowledged here, in one step. R on that row brings it back."
    )
    node = wish.situation.node_of(wish.row)
    if node is not None and node.memory.may_evict_streams:
        yield (
            "What is moved is first saved to a file on this machine: under"
            f" {visible(node.memory.policy or '')} the server may evict a stream of dead letters."
        )


def _ack(wish: Wish) -> Iterator[str]:
    yield (
        f"{_each(wish)} is dropped from the pending list without being processed; z takes it back while the entry"
        " exists."
    )


_EFFECTS = {"requeue": _requeue, "claim": _claim, "dead-letter": _dead_letter, "ack": _ack}


def _left_alone(wish: Wish) -> Iterator[str]:
    survey, limits = wish.survey, wish.situation.limits
    running = survey.asked.entries - survey.over.entries
    if running:
        after = duration(limits.of(survey.key.stream).safe_after_ms)
        yield (
            f"{plural(running, 'entry', 'entries')} may still be running: of a holder's last batch, delivered less"
            f" than {after} ago. Left alone without the override running."
        )
    if wish.verb == "requeue" and survey.poison.value:
        yield (
            f"{entries(survey.poison)} poison (delivered {limits.poison_deliveries} times or more, or requeued"
            f" {limits.poison_attempts} times or more): left alone without the override poison. D sets them aside."
        )
    if survey.ghosts.value:
        fate = "dropped, too" if wish.verb == "ack" else "left alone; ack (x) drops them"
        yield f"{entries(survey.ghosts)} no longer in the stream (ghosts): {fate}."
    if not survey.complete:
        yield "The look ended before the end of the pending list: there may be more."


def warnings(wish: Wish) -> Iterator[str]:
    """Return what could go wrong."""
    row, survey = wish.row, wish.survey
    if wish.verb == "ack":
        yield "This is a loss unless the work was done."
    if wish.verb == "claim":
        yield "Workers that read only new entries (>) will not process these; R does."
        yield from _claimant(wish)
    if wish.verb == "requeue":
        if nobody_live(row):
            yield "No worker of this group is live: the copies wait until one comes, and no canary can be sent."
        others = others_reached(row)
        if others:
            get = "gets" if len(others) == 1 else "get"
            yield f"{plural(len(others), 'other group')} of this stream {get} the copies too: {listed(others)}."
        yield from trimmed_warning(wish.situation, row, f"{entries(survey.wide.count)} copied")
    if wish.verb in ("requeue", "dead-letter"):
        yield from room_warnings(wish.situation, row)
    if survey.over.hinted:
        after = duration(wish.situation.limits.of(survey.key.stream).safe_after_ms)
        yield (
            f"{plural(survey.over.hinted, 'entry counts', 'entries count')} as left behind, though delivered less than"
            f" {after} ago, because the holder has received newer ones since: where several processes share that"
            " consumer name, or somebody claimed entries for it, one may still be at work on them."
        )
    if row.group is not None and row.group.consumers is None:
        yield "The server would not tell about the consumers: only idle times speak for what is over."
    yield from server_warnings(wish.situation, row)


def _claimant(wish: Wish) -> Iterator[str]:
    assert wish.to is not None
    consumers = wish.row.group.consumers if wish.row.group else None
    if consumers is None:
        return
    if all(one.name != wish.to for one in consumers):
        yield f"There is no consumer {shown(wish.to)} yet: the claim creates it."
        return
    live = wish.row.live.by_consumer.get(wish.to)
    if live is not True:
        yield f"{shown(wish.to)} is not certainly live: it may never look at them."
    if live is not False and any(one.name == wish.to and one.pending for one in consumers):
        # Measured on every server: XCLAIM resets the times of whoever is given something.
        yield (
            f"To the server {shown(wish.to)} has then just received entries: what it works on now will count as left"
            " behind, though it is not. Requeue nothing of it before it had time to finish."
        )
