"""From a proposal to its outcome: the dialog, a last look whether one may act, the operation, what is told of it."""

import asyncio
from dataclasses import replace

from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Confirmed, MovePlan, Offer, Proposal
from maestro_tui.domain.telling import about, action_of, ended
from maestro_tui.engine.operation import Operation
from maestro_tui.ui.acting.desk import ERROR_S, Desk, may_act
from maestro_tui.ui.screens.plan import PlanDialog, Source
from maestro_tui.ui.screens.progress import ProgressScreen

NO_LOG = "no-log"
_INTENT = '"record":"intent"'
# What is over by then needs no screen of its own.
_SOON_S = 0.25


async def propose(desk: Desk, title: str, source: Source) -> None:
    """Show what would be done, and do it where the operator agrees."""
    confirmed = await desk.ask(PlanDialog(title, source, production=desk.session.config.environment == "production"))
    # Reading takes time, in which the data may have become stale or the server another one.
    if confirmed is not None and may_act(desk):
        await carry_out(desk, confirmed)


async def carry_out(desk: Desk, confirmed: Confirmed) -> None:
    """Submit a confirmed plan and follow it."""
    operation = desk.session.operations.submit(confirmed)
    outcome = await _soon(operation)
    if outcome is not None and _for_want_of_a_log(operation, outcome):
        await propose(desk, action_of(confirmed.plan), _without_log(confirmed, outcome))
        return
    if outcome is not None and outcome.word == "done" and not operation.unlogged and not _watched(confirmed):
        desk.toast(told(operation, outcome))
        return
    if not await desk.ask(ProgressScreen(operation, ascii_only=desk.session.config.ascii)):
        desk.leave_behind(operation)


async def _soon(operation: Operation) -> Outcome | None:
    """Return the outcome where it comes at once."""
    try:
        async with asyncio.timeout(_SOON_S):
            return await operation.wait()
    except TimeoutError:
        return None


def _watched(confirmed: Confirmed) -> bool:
    return isinstance(confirmed.plan, MovePlan) and confirmed.plan.copies


def _for_want_of_a_log(operation: Operation, outcome: Outcome) -> bool:
    """Whether nothing was sent because the intent could not be written down."""
    intent = any(_INTENT in line for line in operation.unlogged)
    return outcome.word == "refused" and intent and NO_LOG not in operation.confirmed.overrides


def _without_log(confirmed: Confirmed, outcome: Outcome) -> Proposal:
    """Offer the same plan once more: nothing was sent, and who insists acts without a record."""
    warnings = (
        str(outcome.trouble or "The log cannot be written."),
        "Without the log there is no undo and nobody can tell later what was done: its lines are shown here and,"
        " at the end, on stderr.",
    )
    offer = Offer(confirmed.plan, "proceed without a log", (NO_LOG,), confirmed.overrides | {NO_LOG})
    return Proposal(
        f"{action_of(confirmed.plan)} without a log",
        ("Nothing was sent.",),
        warnings,
        (offer,),
        commands=confirmed.plan.commands(),
    )


def told(operation: Operation, outcome: Outcome) -> str:
    """Tell in a sentence how an operation ended, and on what."""
    plan = operation.confirmed.plan
    key = about(plan)
    where = "" if key is None else f" ({key})"
    text = f"{ended(plan, operation.progress, outcome).rstrip('.')}{where}."
    return text if outcome.trouble is None else f"{text} {outcome.trouble}"


async def follow(desk: Desk, operation: Operation) -> None:
    """Wait for the end of an operation that was left behind, and tell it."""
    progress = await operation.settled()
    outcome = await operation.wait()
    good = outcome.word == "done" and not operation.unlogged and not progress.stopped
    fates = progress.fates
    text = told(operation, outcome)
    if progress.stopped:
        text += f" Stopped {progress.stopped}. {progress.sentence}"
    if fates is not None and fates.failed:
        good, text = False, f"{text} {fates.failed:,} copies came back un-acked."
    desk.toast(" ".join([text, *operation.unlogged]), "information" if good else "error", None if good else ERROR_S)


def with_warning(proposal: Proposal, warning: str) -> Proposal:
    """Return a proposal with one more thing to mind."""
    return replace(proposal, warnings=(*proposal.warnings, warning)) if warning else proposal
