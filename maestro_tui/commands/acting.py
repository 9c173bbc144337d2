"""The way of every move through a command: the plan, its confirmation, the run, what became of it."""

from dataclasses import dataclass

from maestro_tui.commands.confirming import choose, confirm, has_terminal
from maestro_tui.commands.ending import DONE, PARTLY, REFUSED, UNKNOWN, Ended, code_of
from maestro_tui.commands.following import follow
from maestro_tui.commands.keyless import keyless
from maestro_tui.commands.narrating import Narrator
from maestro_tui.commands.reporting import Report, tell_plan
from maestro_tui.commands.tell import tell
from maestro_tui.domain.plans import Confirmed, How, Offer, Proposal
from maestro_tui.domain.progress import Progress
from maestro_tui.engine.audit import operator
from maestro_tui.engine.operations import NO_LOG
from maestro_tui.engine.session import Session


@dataclass(frozen=True, slots=True)
class Manner:
    """How an action is to be carried out and told."""

    dry_run: bool = False
    assume_yes: bool = False
    overrides: frozenset[str] = frozenset()
    watch: bool = True
    format: str = "text"


def refuse_read_only(session: Session, manner: Manner) -> None:
    """Raise Ended where nothing may be written; a dry run may still show the plan."""
    if session.config.read_only and not manner.dry_run:
        raise Ended("This is read-only: nothing was sent. Leave --read-only away (see `maestro-tui config`).", REFUSED)


async def act(session: Session, report: Report, proposal: Proposal, manner: Manner, *, done: str) -> int:
    """Carry a proposal out, or with --dry-run show it; print the report and return the exit code.

    `done` is the word for what is done to an entry.
    """
    proposal = keyless(proposal)
    report.proposal, report.dry_run = proposal, manner.dry_run
    try:
        offer, how = _agreed(session, report, proposal, manner)
    except Ended as ended:
        report.refusal = str(ended)
        if manner.dry_run or manner.format == "json":
            report.print(manner.format)
        tell(str(ended))
        return ended.code
    code = DONE if manner.dry_run else await _run(session, report, offer, how, manner, done)
    report.print(manner.format)
    return PARTLY if code == DONE and report.missing else code


def _agreed(session: Session, report: Report, proposal: Proposal, manner: Manner) -> tuple[Offer, How]:
    """Return the offer that somebody agreed to, and how; a dry run agrees to nothing and needs nobody."""
    try:
        offer = report.offer = choose(proposal, manner.overrides, ask=has_terminal() and not manner.assume_yes)
    finally:
        if proposal.offers and not manner.dry_run:
            tell_plan(proposal, report.offer)
    if manner.dry_run:
        return offer, "y"
    production = session.config.environment == "production"
    return offer, confirm(offer, manner.overrides, assume_yes=manner.assume_yes, production=production)


async def _run(session: Session, report: Report, offer: Offer, how: How, manner: Manner, done: str) -> int:
    """Submit, follow to the end, and note everything in the report."""
    overrides = offer.overrides | (manner.overrides & {NO_LOG})
    operation = session.operations.submit(Confirmed(offer.plan, operator(), how, overrides))
    narrator = Narrator(done, session.clock.monotonic_s)
    outcome, progress, signalled = await follow(operation, narrator, watch=manner.watch)
    for record in operation.unlogged:
        tell(record)
    report.operation, report.outcome, report.progress = operation.id, outcome, progress
    if outcome is None:
        tell("left before the outcome was known: look at the streams before you try again.")
        return UNKNOWN
    if outcome.word == "unknown":
        return UNKNOWN
    return signalled or _sober(code_of(outcome), progress)


def _sober(code: int, progress: Progress) -> int:
    """A run that stopped by itself is not done, whatever it moved before."""
    return PARTLY if code == DONE and progress.stopped == "by itself" else code
