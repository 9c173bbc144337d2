"""`maestro-tui init`: create the declared streams and groups that are missing."""

from dataclasses import dataclass

from maestro_tui.commands.confirming import agree, ask, has_terminal, spell
from maestro_tui.commands.ending import DONE, PARTLY, REFUSED, UNKNOWN, USAGE, code_of
from maestro_tui.commands.tell import show, tell
from maestro_tui.domain.names import Key
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Confirmed, How
from maestro_tui.domain.plans.init import InitPlan, Start, parse_start, plan_init, short_word
from maestro_tui.domain.trouble import Failure
from maestro_tui.engine.audit import operator
from maestro_tui.engine.session import Session


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator typed. `start` answers for every missing group whose stream holds entries."""

    start: str | None = None
    dry_run: bool = False
    assume_yes: bool = False
    overrides: frozenset[str] = frozenset()


async def init(session: Session, *, options: Options) -> int:
    """Plan, ask where there is something to decide, create, and say what a following poll saw."""
    if session.config.read_only:
        tell("this is read-only: nothing was sent. Leave --read-only away (see `maestro-tui config`).")
        return REFUSED
    if options.start is not None:
        try:
            parse_start(options.start)
        except ValueError as error:
            tell(f"--start: {error}")
            return USAGE
    frame = await session.monitor.once(polls=1)
    seen = frame.snapshot
    plan = plan_init(seen, session.config.topology, {}, production=session.config.environment == "production")
    for key, reason in plan.blocked:
        tell(f"{key} cannot be created. {reason}")
    if plan.empty:
        return _nothing_to_do(plan)
    decided = _decide(plan, options, versioned=all(node.has_entries_read for node in seen.nodes))
    if isinstance(decided, int):
        return decided
    for command in decided.commands():
        show(("would send: " if options.dry_run else "plan: ") + spell(command))
    if options.dry_run:
        return DONE
    how = _confirm(plan, options)
    if how is None:
        return REFUSED
    operation = session.operations.submit(Confirmed(decided, operator(), how, options.overrides))
    outcome = await operation.wait()
    for record in operation.unlogged:
        tell(record)
    return await _report(session, decided, outcome, blocked=bool(plan.blocked))


def _nothing_to_do(plan: InitPlan) -> int:
    if plan.blocked:
        return REFUSED
    tell("nothing is missing: every declared stream and group is there.")
    return DONE


def _decide(plan: InitPlan, options: Options, *, versioned: bool) -> InitPlan | int:
    """Answer every choice, by --start or on the terminal; an int is the exit code where that cannot be."""
    if not plan.choices:
        return plan
    asking = options.start is None and not options.dry_run and not options.assume_yes and has_terminal()
    starts: dict[Key, Start] = {}
    for choice in plan.choices:
        if options.start is None:
            tell(f"{choice.key} is missing and its stream holds entries; choose with --start:")
            for start, meaning in choice.options():
                tell(f"  {start.id if start.word == 'id' else start.word}: {meaning}")
        text = ask("start at") if asking else options.start
        if text is None:
            continue
        try:
            starts[choice.key] = parse_start(text)(choice)
        except ValueError as error:
            tell(str(error))
            return USAGE
    if len(starts) < len(plan.choices):
        return REFUSED
    return plan.choose(starts, versioned=versioned)


def _confirm(plan: InitPlan, options: Options) -> How | None:
    """Have the plan confirmed where there is something to confirm; None, with the reason told, where it is not."""
    if options.assume_yes:
        return "--yes"
    if not plan.questions and not plan.choices:
        return "key"
    for question in plan.questions:
        tell(question)
    if not has_terminal():
        tell("there is something to confirm and no terminal to ask on: nothing was sent. Give --yes.")
        return None
    if plan.production:
        key = (plan.steps or plan.choices)[0].key
        word = short_word(key, None)
        agreed = ask(f"type {word} to create it") == word
    else:
        agreed = agree("create them?")
    if not agreed:
        tell("declined: nothing was sent.")
        return None
    return "name" if plan.production else "y"


async def _report(session: Session, plan: InitPlan, outcome: Outcome, *, blocked: bool) -> int:
    """Say what became of each step, and claim only what a poll after it saw."""
    for result in outcome.steps:
        if result.word != "created":
            tell(f"{result.key}: {result.word}." + (f" {result.trouble}" if result.trouble else ""))
    if outcome.trouble is not None and not outcome.steps:
        tell(str(outcome.trouble))
    try:
        frame = await session.monitor.once(polls=1)
    except Failure as failure:
        made = [result for result in outcome.steps if result.word == "created"]
        for result in made:
            tell(f"{result.key}: created by the server's own answer, but no later look confirms it.")
        tell(str(failure.trouble))
        return UNKNOWN if made else code_of(outcome)
    words = {result.key: result.word for result in outcome.steps}
    for step in plan.steps:
        row = frame.row(step.key)
        if row is not None and row.group is not None and words.get(step.key) == "created":
            show(f"created: {step.key} at {row.group.last_delivered}, {row.stream.length:,} entries in the stream")
        elif words.get(step.key) == "created":
            tell(f"{step.key} was created, but the poll after it does not see it.")
            return UNKNOWN
    code = code_of(outcome)
    return PARTLY if code == DONE and blocked else code
