"""`maestro-tui log`: what was done from here and what became of it, and what went wrong; works without a server."""

import json
from typing import Any

from maestro_tui.commands.ending import DONE, REFUSED
from maestro_tui.commands.tell import show, tell
from maestro_tui.domain.document import named
from maestro_tui.domain.journal import Journal, Note, Problem, Record
from maestro_tui.domain.quantities import duration
from maestro_tui.domain.text import visible
from maestro_tui.engine.audit import AuditFailure
from maestro_tui.engine.session import Session

SCHEMA = 1
MOST_SHOWN = 100
_LONGEST = 1_000

Json = dict[str, Any]


async def log(session: Session, *, limit: int, format: str, note: str | None) -> int:
    """Print the last records, oldest first; with a note, write it instead."""
    try:
        if note is not None:
            session.audit.note(note)
            tell("noted.")
            return DONE
        journal = session.audit.read(limit)[-limit:]
    except AuditFailure as failure:
        tell(str(failure))
        return REFUSED
    _print(journal, format)
    if not journal:
        tell("nothing was done from here yet.")
    return DONE


def _print(journal: Journal, format: str) -> None:
    if format == "json":
        show(json.dumps({"schema": SCHEMA, "records": [_document(record) for record in journal]}, indent=2))
        return
    for record in journal:
        show(json.dumps(_document(record)) if format == "jsonl" else _line(record))


def _document(record: Record) -> Json:
    who = {"at": record.at, "operator": record.operator, "host": record.host}
    if isinstance(record, Note):
        return {"record": "note", **who, "text": record.text}
    key = record.key
    about = {
        "stream": None if key is None else named(key.stream),
        "group": None if key is None or key.group is None else named(key.group),
    }
    if isinstance(record, Problem):
        return {"record": "problem", **who, "node": record.node, **about, **_problem(record)}
    return {
        "record": "deed",
        "id": record.id,
        **who,
        "node": record.node,
        "action": record.action,
        **about,
        "how": record.how,
        "overrides": list(record.overrides),
        "outcome": record.outcome,
        "ended_at": record.ended_at,
        "counts": dict(record.counts),
        "sentence": record.sentence or None,
        "undoable": record.undoable,
        "undoes": record.undoes,
        "undone_by": record.undone_by,
    }


def _problem(record: Problem) -> Json:
    return {
        "rule": record.rule,
        "severity": record.severity,
        "title": record.title,
        "evidence": record.evidence,
        "next_step": record.next_step,
        "because": record.because or None,
        "since": record.since or None,
        "older": record.older,
        "ended": record.ended,
        "lasted_ms": record.lasted_ms,
    }


def _line(record: Record) -> str:
    """Spell a record in one line; the file may have been written by somebody else."""
    who = f"{record.at}  {record.operator}@{record.host}"
    if isinstance(record, Note):
        return visible(f"{who}  note: {record.text}", _LONGEST)
    about = "" if record.key is None else f" {record.key}"
    if isinstance(record, Problem):
        return visible(f"{who}  problem: {_told(record, about)}", _LONGEST)
    counts = ", ".join(f"{number:,} {word}" for word, number in record.counts.items() if number)
    became = record.outcome or "no outcome recorded: it was interrupted, or is under way"
    undone = f", undone by {record.undone_by}" if record.undone_by else ""
    told = f" ({counts})" if counts else ""
    sentence = f" {record.sentence}" if record.sentence else ""
    text = f"{who}  {record.id}  {record.action}{about} on {record.node}: {became}{told}{undone}.{sentence}"
    return visible(text, _LONGEST)


def _told(record: Problem, about: str) -> str:
    """Spell a problem: what and where, and from when to when."""
    lasted = ("at least " if record.older else "") + duration(record.lasted_ms)
    end = f"ended {record.ended}, lasted {lasted}" if record.ended else f"still open after {lasted} when it was left"
    evidence = f" ({record.evidence})" if record.evidence else ""
    what = f"{record.severity.upper()} {record.rule}{about} on {record.node}: {record.title}{evidence}"
    return f"{what}, since {record.since or '?'}, {end}."
