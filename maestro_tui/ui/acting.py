"""The way of an action through the face: a fresh plan, a confirmation, the outcome, and what a later poll saw of it."""

import asyncio
from typing import Literal, Protocol

from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.names import Key
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Confirmed, InitPlan
from maestro_tui.domain.plans.init import plan_init
from maestro_tui.domain.quantities import clock
from maestro_tui.engine.audit import operator
from maestro_tui.engine.session import Session
from maestro_tui.ui.status import Status

Severity = Literal["information", "warning", "error"]

# An error that scrolls away unread is no error message.
ERROR_S = 30.0
SEEN_WITHIN_S = 10.0
_CHANGED = "things changed while you read: look again and press i"


class Desk(Protocol):
    """What an action needs of the app."""

    @property
    def session(self) -> Session:
        """The running system."""

    def status(self) -> Status:
        """The present moment."""

    def toast(self, text: str, severity: Severity = "information", seconds: float | None = None) -> None:
        """Say something in a corner."""

    async def ask(self, plan: InitPlan) -> Confirmed | None:
        """Show a plan and wait for the answer."""


async def init_topology(desk: Desk) -> None:
    """Create what the topology declares and the server lacks."""
    reason = why_not(desk.status())
    if reason:
        desk.toast(reason, "warning", ERROR_S)
        return
    plan = _plan(desk)
    if plan.empty:
        desk.toast(_nothing_missing(plan), "warning" if plan.blocked else "information")
        return
    confirmed: Confirmed | None = Confirmed(plan, operator(), "key")
    if not plan.decided or plan.questions:
        confirmed = await desk.ask(plan)
        # Reading takes time, in which the server may have become another one.
        reason = why_not(desk.status()) or (_CHANGED if _changed(plan, _plan(desk)) else None)
        if confirmed is not None and reason:
            desk.toast(reason, "warning", ERROR_S)
            return
    if confirmed is not None:
        await _carry_out(desk, confirmed)


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


def read_by_design(config: Config, frame: Frame) -> str | None:
    """Return why nothing may ever be written from here, in a sentence; None where that is not so."""
    if config.read_only:
        return "This dashboard is read-only. Start it without --read-only to act."
    if any(node.writable is False for node in frame.snapshot.nodes):
        return "This server is a replica and takes no writes. Connect to the primary."
    return None


def why_not(status: Status) -> str | None:
    """Return why nothing may be written now, in a sentence; None where it may."""
    reason = read_by_design(status.config, status.latest)
    if reason:
        return reason
    if status.frozen:
        return "No plan from a frozen screen: press p to see the present, then try again."
    if status.latest.trouble is not None:
        return f"No plan from stale data: {status.latest.trouble.sentence}"
    if status.stale:
        return "No plan from stale data: no fresh answer from the server yet."
    return None


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
