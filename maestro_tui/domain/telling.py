"""What an operation does and what became of it, in words: one spelling for every face."""

from collections.abc import Mapping
from typing import Final

from maestro_tui.domain.names import Key
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import InitPlan, MovePlan, Plan, PositionPlan, RemovePlan, Verb
from maestro_tui.domain.progress import Fates, Progress
from maestro_tui.domain.quantities import count, duration

_PAST: Final[Mapping[Verb, str]] = {
    "claim": "claimed",
    "requeue": "requeued",
    "dead-letter": "dead-lettered",
    "redrive": "redriven",
    "ack": "acknowledged",
    "edit": "edited and requeued",
}
REASONS: Final[Mapping[str, str]] = {
    "not pending": "no longer pending: acknowledged or moved by somebody else",
    "moved on": "held by another consumer now",
    "delivered again": "delivered again since they were seen",
    "deleted": "deleted or trimmed: nothing is left to move",
    "poison": "poison: delivered or requeued too often",
    "too wide": "too wide: more fields than one call can copy",
    "no provenance": "no dead letter of ours, or from another stream",
    "pending again": "pending with somebody again",
    "failed": "refused by the server",
    "not tried": "not tried",
    "unknown": "sent, and the answer was lost",
}
"""Why an entry was left alone, by the word that it is counted under."""
_MOST_HOLDERS = 4


def action_of(plan: Plan) -> str:
    """Return what a plan is called."""
    match plan:
        case InitPlan():
            return "init"
        case MovePlan(verb=verb):
            return "edit & requeue" if verb == "edit" else verb
        case PositionPlan():
            return "set position" if plan.undoes is None else "undo set position"
        case RemovePlan(consumer=consumer):
            return "remove group" if consumer is None else "remove consumer"
    return f"undo {plan.of}"


def past_of(plan: Plan) -> str:
    """Return what has been done once it is done: `204 requeued`."""
    match plan:
        case InitPlan():
            return "created"
        case MovePlan(verb=verb):
            return _PAST[verb]
        case PositionPlan():
            return "set"
        case RemovePlan():
            return "removed"
    return "given back"


def about(plan: Plan) -> Key | None:
    """Return the stream and group that a plan is about; None where it is about several."""
    return None if isinstance(plan, InitPlan) else plan.key


def counted(progress: Progress, outcome: Outcome | None) -> Mapping[str, int]:
    """Count the entries by what became of them; those that a run which ended early never came to are not tried."""
    counts = outcome.counts if outcome is not None and outcome.counts else progress.counts
    early = outcome is not None and (progress.stopped or outcome.trouble or {"unknown", "failed"} & counts.keys())
    rest = progress.total.at_least - sum(counts.values()) if early else 0
    return {**counts, "not tried": counts.get("not tried", 0) + rest} if rest > 0 else counts


def left_alone(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Say why entries were left alone, the most frequent reason first: `2 held by another consumer now`."""
    others = [(word, number) for word, number in counts.items() if word != "done" and number]
    return tuple(f"{number:,} {REASONS.get(word, word)}" for word, number in sorted(others, key=lambda one: -one[1]))


def fates_told(fates: Fates) -> str:
    """Tell what became of copies: `41 of 50 acked, 9 pending on worker-2`."""
    acked = f"{'' if fates.complete else '>='}{fates.acked:,} of {fates.looked_at:,} acked"
    holders = sorted(fates.pending.items(), key=lambda one: (-one[1], one[0]))
    parts = [acked, *(f"{number:,} pending on {holder}" for holder, number in holders[:_MOST_HOLDERS])]
    if others := sum(number for _, number in holders[_MOST_HOLDERS:]):
        parts.append(f"{others:,} pending on others")
    if fates.waiting:
        parts.append(f"{fates.waiting:,} not yet delivered")
    if fates.failed:
        parts.append(f"{fates.failed:,} came back un-acked")
    if fates.gone:
        parts.append(f"{fates.gone:,} deleted before anybody received them")
    return ", ".join(parts)


def running(plan: Plan, progress: Progress) -> str:
    """Tell in a few words how far an operation is: `requeue 41/204 running`."""
    name = action_of(plan)
    if progress.phase == "watching":
        return f"{name} watched: {fates_told(progress.fates)}" if progress.fates else f"{name} watched"
    if progress.phase == "canary":
        return f"{name} waits for its canary"
    if progress.phase == "queued":
        return f"{name} queued"
    return f"{name} {progress.done:,}/{count(progress.total)} running"


def ended(plan: Plan, progress: Progress, outcome: Outcome) -> str:
    """Tell in a sentence how it ended: `41 of 204 requeued in 3s, 2 left alone.`"""
    name, past = action_of(plan), past_of(plan)
    if outcome.word == "refused" and not outcome.counts:
        return f"Refused: nothing was sent ({name})."
    if isinstance(plan, PositionPlan | RemovePlan):
        return f"{name}: {past}." if outcome.word == "done" else f"{name}: {outcome.word}."
    counts = counted(progress, outcome)
    done, total = counts.get("done", 0), max(progress.total.at_least, sum(counts.values()))
    many = f"{done:,}" if done == total else f"{done:,} of {count(progress.total)}"
    took = f" in {duration(round(progress.took_s * 1000))}" if progress.took_s else ""
    return f"{many} {past}{took}{_rest(counts, progress)}."


def _rest(counts: Mapping[str, int], progress: Progress) -> str:
    """Say how many were not moved: left alone, never come to, or sent with the answer lost."""
    lost, untried = counts.get("unknown", 0), counts.get("not tried", 0)
    left = sum(counts.values()) - counts.get("done", 0) - lost - untried
    bound = "" if progress.total.kind == "exact" else ">="
    parts = (
        (f"{left:,} left alone", left),
        (f"{bound}{untried:,} not tried", untried),
        (f"of {lost:,} nobody knows", lost),
    )
    return "".join(f", {text}" for text, number in parts if number)
