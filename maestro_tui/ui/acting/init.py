"""Creating what the topology declares and the server lacks: one key where nothing must be decided, else a dialog."""

import asyncio

from maestro_tui.domain.frame import Frame
from maestro_tui.domain.names import Key
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Confirmed, InitPlan
from maestro_tui.domain.plans.init import plan_init
from maestro_tui.domain.quantities import clock
from maestro_tui.engine.audit import operator
from maestro_tui.engine.session import Session
from maestro_tui.ui.acting.desk import ERROR_S, Desk, may_act, why_not

SEEN_WITHIN_S = 10.0
_CHANGED = "things changed while you read: look again and press i"


async def init_topology(desk: Desk) -> None:
    """Create what the topology declares and the server lacks."""
    if not may_act(desk):
        return
    plan = _plan(desk)
    if plan.empty:
        desk.toast(_nothing_missing(plan), "warning" if plan.blocked else "information")
        return
    confirmed: Confirmed | None = Confirmed(plan, operator(), "key")
    if not plan.decided or plan.questions:
        confirmed = await _ask(desk, plan)
        # Reading takes time, in which the server may have become another one.
        reason = why_not(desk.status()) or (_CHANGED if _changed(plan, _plan(desk)) else None)
        if confirmed is not None and reason:
            desk.toast(reason, "warning", ERROR_S)
            return
    if confirmed is not None:
        await _carry_out(desk, confirmed)


async def _ask(desk: Desk, plan: InitPlan) -> Confirmed | None:
    from maestro_tui.ui.screens.init import InitDialog

    nodes = desk.status().latest.snapshot.nodes
    versioned = all(node.kind == "valkey" or node.version_tuple >= (7,) for node in nodes)
    return await desk.ask(InitDialog(plan, desk.session.config, versioned=versioned))


def _plan(desk: Desk) -> InitPlan:
    config, frame = desk.session.config, desk.status().latest
    return plan_init(
        frame.snapshot, config.topology, frame.memory.positions, production=config.environment == "production"
    )


def _changed(read: InitPlan, now: InitPlan) -> bool:
    """Whether a plan that was read differs from a fresh one in more than entries that were added since."""
    before = {choice.key: choice.last_id for choice in read.choices}
    after = {choice.key: choice.last_id for choice in now.choices}
    if before.keys() != after.keys() or any(after[key] < before[key] for key in before):
        return True
    return (set(read.steps), set(read.blocked)) != (set(now.steps), set(now.blocked))


async def _carry_out(desk: Desk, confirmed: Confirmed) -> None:
    operation = desk.session.operations.submit(confirmed)
    outcome = await operation.wait()
    if outcome.word == "refused" and not outcome.steps:
        desk.toast(" ".join([f"Refused: {_reason(outcome)}", *operation.unlogged]), "error", ERROR_S)
        return
    if operation.unlogged:
        # Where the log could not take it, the record at least stands on the screen.
        desk.toast(" ".join(["Not in the log:", *operation.unlogged]), "error", ERROR_S)
    frame = await _next_frame(desk.session)
    text, good = told(outcome, frame)
    desk.toast(text, "information" if good else "error", None if good else ERROR_S)


async def _next_frame(session: Session) -> Frame | None:
    """Return the first frame whose poll began after now, or None where none comes in time."""
    monitor = session.monitor
    # The poll that is under way may have looked before the write.
    wanted = monitor.frame.polls + (2 if monitor.polling else 1)
    monitor.poll_now()
    try:
        async with asyncio.timeout(SEEN_WITHIN_S):
            async for frame in monitor.frames():
                if frame.polls >= wanted:
                    return frame
    except TimeoutError:
        pass
    return None


def told(outcome: Outcome, frame: Frame | None) -> tuple[str, bool]:
    """Tell what became of it, claiming only what a later poll saw; and whether all is well."""
    ready = [step.key for step in outcome.steps if step.word in ("created", "already there")]
    made = {step.key for step in outcome.steps if step.word == "created"}
    if frame is None:
        sent = f"Sent ({_names(ready)}), " if ready else ""
        return f"{sent}but no poll has seen the result yet. {_reason(outcome)}".strip(), False
    seen = [step.key for step in outcome.steps if _there(step.key, frame)]
    missing = [key for key in ready if key not in seen]
    at = f"(seen on the server at {clock(frame.snapshot.taken_at_ms)})"
    parts = []
    if created := [key for key in seen if key in made]:
        parts.append(f"created: {_names(created)}")
    if others := [key for key in seen if key not in made]:
        parts.append(f"there: {_names(others)}")
    text = f"{'; '.join(parts)} {at}" if parts else ""
    if missing:
        text += f" Not seen by that poll: {_names(missing)}."
    if outcome.word != "done":
        text = f"{outcome.word.capitalize()}: {_reason(outcome)} {text}"
    return text.strip(), outcome.word == "done" and not missing


def _there(key: Key, frame: Frame) -> bool:
    row = frame.row(key)
    return row is not None and row.group is not None


def _names(keys: list[Key]) -> str:
    return ", ".join(str(key.stream).rpartition(":")[2] or str(key.stream) for key in keys)


def _reason(outcome: Outcome) -> str:
    return "" if outcome.trouble is None else str(outcome.trouble)


def _nothing_missing(plan: InitPlan) -> str:
    if not plan.blocked:
        return "Nothing is missing: every declared stream has its group."
    return "Nothing can be created: " + " ".join(f"{key.stream}: {reason}" for key, reason in plan.blocked)
