"""What a line of the log says: plans, entries and outcomes spelled for JSON, and names read back. Never a payload."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from typing import Any, Final

from maestro_tui.domain.journal import Problem
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import (
    Chosen,
    Confirmed,
    InitPlan,
    MovePlan,
    Plan,
    PositionPlan,
    RemovePlan,
    RestorePlan,
    Selection,
)
from maestro_tui.domain.progress import Fates
from maestro_tui.domain.snapshot import Count
from maestro_tui.domain.trouble import Trouble

Record = dict[str, Any]

MOST_NAMED: Final = 10_000
"""IDs in one line of the log."""


def action_of(plan: Plan) -> str:
    """Return the word by which the log calls a plan."""
    if isinstance(plan, MovePlan):
        return plan.verb
    if isinstance(plan, RestorePlan):
        return f"undo {plan.of}"
    if isinstance(plan, PositionPlan):
        return "set position" if plan.undoes is None else "undo position"
    if isinstance(plan, RemovePlan):
        return "remove group" if plan.consumer is None else "remove consumer"
    return "init"


def spell_plan(confirmed: Confirmed) -> Record:
    """Spell what was agreed to, by whom and how."""
    plan = confirmed.plan
    head = {
        "action": action_of(plan),
        "by": confirmed.by,
        "how": confirmed.how,
        "overrides": sorted(confirmed.overrides),
    }
    commands = {"commands": [[spell_bytes(part) for part in command] for command in plan.commands()]}
    if isinstance(plan, InitPlan):
        return {**head, **commands}
    return {**head, **spell_key(plan.key), **_details(plan), **commands}


def _details(plan: MovePlan | RestorePlan | PositionPlan | RemovePlan) -> Record:
    if isinstance(plan, MovePlan):
        return _move(plan)
    if isinstance(plan, RestorePlan):
        ids = [row.id for row in plan.rows]
        return {"undoes": plan.undoes, "expected": len(ids), "selection": _spell_ids(ids)}
    if isinstance(plan, PositionPlan):
        seen = {"before": str(plan.before), "before_read": plan.before_read}
        return {**seen, "to": str(plan.to), "entries_read": plan.entries_read, "undoes": plan.undoes}
    consumer = None if plan.consumer is None else spell_bytes(plan.consumer.raw)
    return {"consumer": consumer, "last_delivered": str(plan.last_delivered)}


def _move(plan: MovePlan) -> Record:
    record: Record = {
        "to": None if plan.to is None else spell_bytes(plan.to.raw),
        "expected": _spell_count(plan.selection.count),
        "marks": plan.marks,
        "poison": None if plan.poison is None else [plan.poison.deliveries, plan.poison.attempts],
        "canary": plan.canary,
        "rate_per_s": plan.rate_per_s,
        "planned_at_ms": plan.taken_at_ms,
        "selection": _spell_selection(plan.selection),
    }
    if plan.fields is not None:
        # What somebody typed into an entry is a payload too: only its size is told.
        octets = sum(len(name) + len(value) for name, value in plan.fields)
        record["sizes"] = {"fields": len(plan.fields), "bytes": octets}
    return record


def _spell_selection(selection: Selection) -> Record:
    if isinstance(selection, Chosen):
        return _spell_ids([target.id for target in selection.targets])
    bounds = sorted(selection.delivered_before.items())
    return {
        "up_to": str(selection.up_to),
        "delivered_before": [[spell_bytes(holder.raw), ms] for holder, ms in bounds],
        "min_deliveries": selection.min_deliveries,
        "limit": selection.limit,
    }


def _spell_ids(ids: Sequence[EntryId]) -> Record:
    """Name each of a few; of many the first, the last and how many: all stand in the pages that follow.

    A line of millions would be too long to be read back, and what it began would be missing from the log.
    """
    if len(ids) <= MOST_NAMED:
        return {"ids": [str(id) for id in ids]}
    return {"first": str(ids[0]), "last": str(ids[-1]), "count": len(ids)}


def spell_entries(page: int, ids: Sequence[EntryId]) -> Record:
    """Spell which entries are about to be moved."""
    return {"page": page, "ids": [str(id) for id in ids]}


def spell_rows(page: int, rows: Iterable[tuple[EntryId, Name, int, int]]) -> Record:
    """Spell pending entries as they were before: ID, number of the owner, delivered at (server's ms), deliveries."""
    numbers: dict[Name, int] = {}
    told = [[str(id), numbers.setdefault(owner, len(numbers)), at, times] for id, owner, at, times in rows]
    return {"page": page, "owners": [spell_bytes(name.raw) for name in numbers], "rows": told}


def spell_outcome(outcome: Outcome) -> Record:
    """Spell what became of a plan as a whole."""
    return {
        "outcome": outcome.word,
        "counts": dict(outcome.counts),
        "steps": [{**spell_key(step.key), "word": step.word} for step in outcome.steps],
        "trouble": None if outcome.trouble is None else str(outcome.trouble),
    }


def spell_fates(fates: Fates | None, watched_s: float, trouble: Trouble | None) -> Record:
    """Spell what became of copies; `fates` None where nobody could see it."""
    seen: Record = {}
    if fates is not None:
        seen = {
            "looked_at": fates.looked_at,
            "acked": fates.acked,
            "pending": [[spell_bytes(name.raw), number] for name, number in sorted(fates.pending.items())],
            "waiting": fates.waiting,
            "failed": fates.failed,
            "gone": fates.gone,
            "complete": fates.complete,
            "settled": fates.settled,
        }
    return {**seen, "watched_s": round(watched_s, 1), "trouble": None if trouble is None else str(trouble)}


def spell_problem(problem: Problem) -> Record:
    """Spell a problem that ended, or that was still open (`ended` null) when the dashboard was left."""
    return {
        "at": problem.at,
        "record": "problem",
        "node": problem.node,
        "rule": problem.rule,
        **({"stream": None, "group": None} if problem.key is None else spell_key(problem.key)),
        "severity": problem.severity,
        "title": problem.title,
        "evidence": problem.evidence,
        "next_step": problem.next_step,
        "because": problem.because or None,
        "since": problem.since,
        "older": problem.older,
        "ended": problem.ended,
        "lasted_ms": problem.lasted_ms,
    }


def spell_key(key: Key) -> Record:
    """Spell the stream and the group."""
    return {"stream": spell_bytes(key.stream.raw), "group": None if key.group is None else spell_bytes(key.group.raw)}


def spell_bytes(raw: bytes) -> str | dict[str, str]:
    """Text where the bytes are text; else base64, so that the exact name can be read from the log."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return {"b64": base64.b64encode(raw).decode("ascii")}


def read_name(told: object) -> Name | None:
    """Read what `spell_bytes` wrote; None for anything else."""
    if isinstance(told, str):
        return Name(told.encode("utf-8", "replace"))
    if isinstance(told, dict) and isinstance(told.get("b64"), str):
        try:
            return Name(base64.b64decode(told["b64"], validate=True))
        except (binascii.Error, ValueError):
            return None
    return None


def _spell_count(number: Count) -> Record:
    return {"value": number.value, "kind": number.kind}
