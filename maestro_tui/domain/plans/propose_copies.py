"""Plans that make new entries out of others: redrive of dead letters, edit & requeue."""

from collections.abc import Iterator
from typing import Final

from maestro_tui.domain.dead import origin_of
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.pending import is_ghost
from maestro_tui.domain.plans import Offer, Proposal
from maestro_tui.domain.plans.guards import (
    listed,
    no_room,
    nobody_live,
    others_reached,
    room_warnings,
    server_warnings,
    shown,
    trimmed_warning,
    why_not_now,
    why_not_row,
)
from maestro_tui.domain.plans.move_sentences import entries
from maestro_tui.domain.plans.moves import MovePlan
from maestro_tui.domain.plans.selection import Chosen, Selection, Target
from maestro_tui.domain.plans.situation import Situation
from maestro_tui.domain.plans.survey import survey_chosen
from maestro_tui.domain.quantities import count, duration, plural, rate, size
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import PendingEntry

MOST_FIELDS: Final = 3_500
"""Fields that a script can write: about 7,000 arguments (measured: Lua's unpack ends at some 8,000)."""


def propose_redrive(
    dead: Name, selection: Selection, situation: Situation, *, rate_per_s: float | None = None
) -> Proposal:
    """Return how dead letters can be brought back to the stream they were set aside from, each once."""
    title = f"redrive {entries(selection.count)} of {shown(dead)}"
    origin = origin_of(dead)
    if origin is None:
        return Proposal(title, refusal=f"{shown(dead)} is no stream of dead letters: its name does not end in :dead.")
    key = Key(dead)
    row = situation.row(key)
    refusal = why_not_now(situation) or why_not_row(situation, key)
    if row is not None and refusal is None:
        refusal = _no_way_back(selection, row, origin, situation)
    if row is None or refusal is not None:
        return Proposal(title, refusal=refusal or "")
    plan = MovePlan(
        "redrive", key, selection, situation.taken_at_ms, origin, None, situation.config.mark_copies, None,
        rate_per_s=rate_per_s,
    )  # fmt: skip
    number = selection.count.value or 0
    offer = Offer(plan, f"redrive {count(selection.count, 30)}", situation.words(Key(origin), number))
    facts = tuple(_redrive_facts(plan, row, origin, situation))
    warnings = tuple(_redrive_warnings(plan, row, origin, situation))
    return Proposal(title, facts, warnings, (offer,), commands=plan.commands())


def _no_way_back(selection: Selection, row: Row, origin: Name, situation: Situation) -> str | None:
    if not selection.count.value:
        return f"{shown(row.key.stream)} holds no dead letters."
    target = situation.frame.snapshot.stream(origin)
    if target is None or target.exists is None or target.trouble is not None:
        return f"{shown(origin)}, from which they were set aside, could not be looked at: nothing can be brought back."
    if not target.exists:
        return (
            f"{shown(origin)}, from which they were set aside, does not exist: nobody would receive them. i creates it."
        )
    return no_room(situation, row)


def _receivers(origin: Name, situation: Situation) -> tuple[Row, ...]:
    rows = (row for row in situation.frame.rows if row.key.stream == origin and row.group is not None)
    return tuple(row for row in rows if row.state != "unused")


def _redrive_facts(plan: MovePlan, row: Row, origin: Name, situation: Situation) -> Iterator[str]:
    held = entries(plan.selection.count)
    left = row.stream.length - (plan.selection.count.value or 0)
    rest = f"; {left:,} stay" if left > 0 else ""
    yield f"{held} of {plural(row.stream.length, 'dead letter')}{rest}; the oldest was set aside {_ago(row)}."
    marks = ", with _maestro_origin and _maestro_attempt behind them" if plan.marks else ""
    yield (
        f"Each returns to the end of {shown(origin)}, its own fields byte for byte{marks}, and leaves"
        f" {shown(row.key.stream)}, in one step: a letter is redriven once."
    )
    groups = _receivers(origin, situation)
    told = tuple(f"{shown(one.key.group or origin)} ({one.live.certain}/{one.live.total} live)" for one in groups)
    if told:
        yield f"{shown(origin)} is read by {plural(len(told), 'group')}: {', '.join(told)}."
    else:
        yield f"No group of {shown(origin)} reads: they wait there until one does."
    yield "Left alone is what was not set aside from that stream by this program: it carries no provenance of it."
    if plan.rate_per_s is not None:
        yield f"At most {rate(plan.rate_per_s)} a second, oldest first."


def _ago(row: Row) -> str:
    return f"{duration(row.oldest_age_ms)} ago" if row.oldest_age_ms is not None else "at an unknown time"


def _redrive_warnings(plan: MovePlan, row: Row, origin: Name, situation: Situation) -> Iterator[str]:
    groups = _receivers(origin, situation)
    if all(nobody_live(one) for one in groups):
        yield f"No worker of {shown(origin)} is live: they wait until one comes."
    yield "What they failed of may not be mended yet: try one first, and watch it."
    if groups:
        yield from trimmed_warning(situation, groups[0], f"{entries(plan.selection.count)} redriven")
        yield from room_warnings(situation, groups[0])
    yield from server_warnings(situation, row)


def propose_edit(
    key: Key,
    target: PendingEntry,
    fields: tuple[tuple[bytes, bytes], ...],
    situation: Situation,
    *,
    at_ms: int | None = None,
) -> Proposal:
    """Return how an entry can be replaced by a mended copy of it: one entry, by the same step as a requeue.

    `at_ms` is when the entry was seen as it is given, by the server's clock; by default at the latest poll.
    """
    title = f"edit and requeue {target.id} of {shown(key.stream)}"
    row = situation.row(key)
    refusal = why_not_now(situation) or why_not_row(situation, key)
    if row is not None and refusal is None:
        refusal = _unsendable(fields) or _gone(target, row) or no_room(situation, row)
    if row is None or refusal is not None:
        return Proposal(title, refusal=refusal or "")
    seen_at_ms = situation.taken_at_ms if at_ms is None else at_ms
    found = survey_chosen((target,), row, situation.config, seen_at_ms)
    running = isinstance(found.safe, Chosen) and not found.safe.targets
    overrides = (*(("no-worker",) if nobody_live(row) else ()), *(("running",) if running else ()))
    plan = MovePlan(
        "edit", key, Chosen((Target.of(target),)), seen_at_ms, key.stream, fields,
        situation.config.mark_copies, None,
    )  # fmt: skip
    offer = Offer(plan, "edit and requeue", situation.words(key, 1, *overrides), frozenset(overrides))
    facts = tuple(_edit_facts(plan, row, target))
    warnings = tuple(_edit_warnings(row, target, situation, running=running))
    return Proposal(title, facts, warnings, (offer,), commands=plan.commands())


def _unsendable(fields: tuple[tuple[bytes, bytes], ...]) -> str | None:
    if not fields:
        return "No field is left: nothing is sent. Ack (x) drops an entry, D sets it aside."
    if len(fields) > MOST_FIELDS:
        return f"{len(fields):,} fields are more than a script can write ({MOST_FIELDS:,}): nothing is sent."
    return None


def _gone(target: PendingEntry, row: Row) -> str | None:
    if not is_ghost(target, row.stream):
        return None
    return f"{target.id} is no longer in the stream (a ghost): nothing can be put in its place. Ack (x) drops it."


def _edit_facts(plan: MovePlan, row: Row, target: PendingEntry) -> Iterator[str]:
    fields = plan.fields or ()
    octets = sum(len(name) + len(value) for name, value in fields)
    marks = ", with _maestro_origin and _maestro_attempt behind them," if plan.marks else ""
    yield (
        f"{shown(target.consumer)} holds it: idle {duration(target.idle_ms)}, delivered"
        f" {plural(target.deliveries, 'time')}."
    )
    yield (
        f"A new entry of {plural(len(fields), 'field')} ({size(octets)}){marks} goes to the end of"
        f" {shown(row.key.stream)}, and the original is acknowledged, in one step."
    )
    yield "The original stays in the stream as it was: a later rewind of the group delivers both."


def _edit_warnings(row: Row, target: PendingEntry, situation: Situation, *, running: bool) -> Iterator[str]:
    if running:
        after = duration(situation.limits.of(row.key.stream).safe_after_ms)
        yield f"It may still be running: {shown(target.consumer)} received it last, less than {after} ago."
    if nobody_live(row):
        yield "No worker of this group is live: the copy waits until one comes."
    others = others_reached(row)
    if others:
        get = "gets" if len(others) == 1 else "get"
        yield f"{plural(len(others), 'other group')} of this stream {get} the copy too: {listed(others)}."
    yield from trimmed_warning(situation, row, "the copy")
    yield from room_warnings(situation, row)
    yield from server_warnings(situation, row)
