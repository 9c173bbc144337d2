"""`claim`, `requeue`, `dead-letter`, `redrive`, `ack`: from a stream's name to what became of its entries."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from maestro_tui.commands.acting import Manner, act, refuse_read_only
from maestro_tui.commands.addressing import look, row_of
from maestro_tui.commands.closer import look_closer, pending_among
from maestro_tui.commands.ending import DONE, PARTLY, Ended, code_of_trouble, told
from maestro_tui.commands.narrating import PAST
from maestro_tui.commands.reporting import Report
from maestro_tui.commands.tell import tell
from maestro_tui.domain.dead import dead_name, is_dead, origin_of
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.plans import Selection
from maestro_tui.domain.plans.criteria import Criteria
from maestro_tui.domain.plans.propose import Situation, propose_move, propose_redrive
from maestro_tui.domain.plans.survey import Survey, all_letters, chosen_letters, survey_chosen
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import exact
from maestro_tui.engine.session import Session
from maestro_tui.engine.survey import survey

GroupVerb = Literal["claim", "requeue", "dead-letter", "ack"]
MoveVerb = Literal[GroupVerb, "redrive"]


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator typed. Without `ids` and `min_idle_ms`: all that is left behind or stuck.

    `marks` None leaves it to the settings whether copies are marked.
    """

    stream: str
    group: str | None = None
    ids: tuple[EntryId, ...] = ()
    min_idle_ms: int | None = None
    to: str | None = None
    limit: int | None = None
    rate_per_s: float | None = None
    marks: bool | None = None
    manner: Manner = field(default_factory=Manner)


async def move(session: Session, *, verb: MoveVerb, options: Options) -> int:
    """Plan, have it confirmed, carry it out, watch, and tell; the exit code says what became of it."""
    if verb == "redrive":
        return await told(_redrive(session, options))
    return await told(_move(session, verb, options))


async def _move(session: Session, verb: GroupVerb, options: Options) -> int:
    refuse_read_only(session, options.manner)
    frame, stream = await look(session, options.stream)
    row = row_of(frame, session.config.topology, stream, options.group)
    report = Report(verb, row.key)
    found = await _named(session, row, options, report) if options.ids else await _fitting(session, row, options)
    if found.complete and not found.asked.entries:
        return _nothing(report, options, f"no pending entry of {row.key.group} on {stream} fits")
    to = None if options.to is None else Name.of(options.to)
    proposal = propose_move(
        verb, found, Situation(frame, session.config), to=to, rate_per_s=options.rate_per_s, marks=options.marks
    )
    return await act(session, report, proposal, options.manner, done=PAST[verb])


async def _named(session: Session, row: Row, options: Options, report: Report) -> Survey:
    """Look at the entries that were named; those that are not pending go into the report."""
    ids = sorted(set(options.ids))
    entries, at_ms = await pending_among(session.reader, row.key, ids)
    report.missing = _missing(ids, [entry.id for entry in entries], f"is not pending in {row.key.group}")
    closer = await look_closer(session.reader, row.key.stream, [entry.id for entry in entries])
    return survey_chosen(entries, row, session.config, at_ms, attempts=closer.attempts, gone=frozenset(closer.gone))


async def _fitting(session: Session, row: Row, options: Options) -> Survey:
    criteria = Criteria(limit=options.limit)
    if options.min_idle_ms is not None:
        criteria = replace(criteria, which="idle", min_idle_ms=options.min_idle_ms)
    return await survey(session.reader, row, criteria, session.config)


async def _redrive(session: Session, options: Options) -> int:
    refuse_read_only(session, options.manner)
    frame, dead = await _dead_stream(session, options.stream)
    report = Report("redrive", Key(dead))
    selection = await _letters(session, frame, dead, options, report)
    if selection.count == exact(0):
        return _nothing(report, options, f"there are no dead letters in {dead}" if not options.ids else "nothing fits")
    proposal = propose_redrive(dead, selection, Situation(frame, session.config), rate_per_s=options.rate_per_s)
    return await act(session, report, proposal, options.manner, done=PAST["redrive"])


async def _dead_stream(session: Session, text: str) -> tuple[Frame, Name]:
    """Return the stream of dead letters that is meant by its own name or by that of the original stream."""
    try:
        frame, named = await look(session, text)
    except Ended:
        # The original stream may be gone while its dead letters are there.
        frame = session.monitor.frame
        streams = {row.key.stream for row in frame.rows if is_dead(row.key.stream)}
        found = [stream for stream in streams if origin_of(stream) == Name.of(text)]
        if not found:
            raise
        named = found[0]
    return frame, named if is_dead(named) else dead_name(named)


async def _letters(session: Session, frame: Frame, dead: Name, options: Options, report: Report) -> Selection:
    """Choose the dead letters that were named, or all that are there now."""
    if options.ids:
        ids = sorted(set(options.ids))
        closer = await look_closer(session.reader, dead, ids, most=len(ids))
        there = [id for id in ids if id not in closer.gone]
        report.missing = _missing(ids, there, f"is not in {dead}")
        return chosen_letters(there)
    row = next((row for row in frame.rows if row.key.stream == dead), None)
    if row is None or row.stream.exists is False:
        return chosen_letters(())
    if row.stream.trouble is not None:
        raise Ended(str(row.stream.trouble), code_of_trouble(row.stream.trouble))
    return all_letters(row, options.limit)


def _missing(wanted: Sequence[EntryId], there: Sequence[EntryId], why: str) -> tuple[EntryId, ...]:
    missing = tuple(id for id in wanted if id not in set(there))
    for id in missing:
        tell(f"{id} {why}.")
    return missing


def _nothing(report: Report, options: Options, sentence: str) -> int:
    """Nothing to do is no failure, unless somebody named entries."""
    report.dry_run = options.manner.dry_run
    note = f"{sentence}: nothing was sent."
    report.notes.append(note)
    tell(note)
    report.print(options.manner.format)
    return PARTLY if report.missing else DONE
