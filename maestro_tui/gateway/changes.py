"""Plans about a group as a whole: into a call of a guarded script, and its answer into an outcome."""

from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import PositionPlan, RemovePlan
from maestro_tui.domain.text import visible
from maestro_tui.domain.trouble import Trouble
from maestro_tui.gateway.calls import Answer, Call
from maestro_tui.gateway.lua import script
from maestro_tui.gateway.parse import Malformed

# These read no entries.
_NO_BUDGET = b"0"


def change_call(plan: PositionPlan | RemovePlan) -> Call:
    """Spell a plan for the script that does it."""
    key = plan.key
    assert key.group is not None, "a plan about a group names it"
    if isinstance(plan, PositionPlan):
        read = b"" if plan.entries_read is None else b"%d" % plan.entries_read
        told = (key.group.raw, str(plan.before).encode(), str(plan.to).encode(), read)
        return Call(script("position"), key.stream, (_NO_BUDGET, *told))
    what = b"group" if plan.consumer is None else b"consumer"
    consumer = b"" if plan.consumer is None else plan.consumer.raw
    seen = str(plan.last_delivered).encode()
    return Call(script("remove"), key.stream, (_NO_BUDGET, what, key.group.raw, consumer, seen))


def changed_by(answer: Answer, plan: PositionPlan | RemovePlan) -> Outcome:
    """Tell what a script answered; raise `Malformed` where it does not fit what it was asked."""
    if answer.trouble is not None:
        return Outcome.refused(answer.trouble)
    if len(answer.words) != 1:
        raise Malformed
    [(word, extra)] = answer.words
    if word == "done":
        return Outcome("done", counts={"done": 1})
    if word == "moved":
        return Outcome.refused(_moved(plan, visible(extra, 64)))
    if word == "holds" and isinstance(plan, RemovePlan):
        return Outcome.refused(_holds(plan, visible(extra, 32)))
    if word == "gone":
        return Outcome.refused(_gone(plan))
    raise Malformed


def _moved(plan: PositionPlan | RemovePlan, now: str) -> Trouble:
    seen = plan.before if isinstance(plan, PositionPlan) else plan.last_delivered
    sentence = f"Group {plan.key.group} is at {now} now and no longer at {seen}: somebody has read on or moved it."
    return Trouble("gone", sentence, "Look again, and plan anew from where it is.")


def _holds(plan: RemovePlan, count: str) -> Trouble:
    entries = f"{count} pending {'entry' if count == '1' else 'entries'}"
    if plan.consumer is None:
        sentence = f"Group {plan.key.group} holds {entries}, which would be lost with it."
    else:
        sentence = f"{plan.consumer} holds {entries}, which would be lost with it."
    return Trouble("denied", sentence, "Claim, requeue, dead-letter or acknowledge them first.")


def _gone(plan: PositionPlan | RemovePlan) -> Trouble:
    if isinstance(plan, RemovePlan) and plan.consumer is not None:
        sentence = f"Group {plan.key.group} has no consumer {plan.consumer} any more."
        return Trouble("gone", sentence, "Somebody has removed it already.")
    sentence = f"{plan.key.stream} has no group {plan.key.group} any more."
    return Trouble("gone", sentence, "It was removed, or the stream was deleted and made again.")
