"""Reads the log back, from its end: it may be huge, torn by a crash, or written by an older or newer version."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from maestro_tui.domain.journal import Deed, Journal, Note, Problem, Record
from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.plans import PositionPlan, Restored
from maestro_tui.engine.records import read_name

_BLOCK: Final = 1 << 18
_LONGEST_LINE: Final = 1 << 25
"""Nothing we write is longer, but a crash may leave a stretch of zeros of any size."""
_MOST_READ: Final = 1 << 28
"""How far back deeds are looked for: a few million moved entries. What is needed for taking one back, without end."""
_HEAD: Final = 1_000
_WORD: Final = re.compile(rb'"record":"([a-z]{1,20})"')
_NUMBER: Final = re.compile(rb'"operation":(?:"([0-9A-Za-z-]{1,60})"|([0-9]{1,18}))')

Line = dict[str, Any]


def read(path: Path, most: int) -> Journal:
    """Return the last `most` deeds and notes, and as many problems; raise OSError, but not where there is no log.

    They stand oldest first. Problems are counted by themselves, so that they cannot push out what was done.
    """
    found: list[Record] = []
    problems = 0
    ends: dict[tuple[str, ...], Line] = {}
    moved: dict[tuple[str, ...], Counter[str]] = {}
    for raw in _backwards(path, _MOST_READ):
        if len(found) - problems >= most:
            break
        word = _word(raw)
        if word not in ("intent", "outcome", "note", "moved", "problem") or (word == "problem" and problems >= most):
            continue
        if word == "moved" and any(key[-1] == _number(raw) for key in ends):
            # Its outcome has the counts; a page of a thousand entries takes long to parse.
            continue
        line = _parse(raw)
        if line is None:
            continue
        key = _key_of(line)
        if word == "note":
            found.append(Note(_text(line, "at"), _text(line, "operator"), _text(line, "host"), _text(line, "text")))
        elif word == "problem":
            found.append(_problem(line))
            problems += 1
        elif word == "outcome":
            ends.setdefault(key, line)
        elif word == "moved":
            moved.setdefault(key, Counter()).update(_counts(line))
        else:
            found.append(_deed(line, ends.pop(key, None), moved.pop(key, Counter())))
    return _joined(found[::-1])


def material(path: Path, deed_id: str) -> tuple[Restored, ...] | PositionPlan | None:
    """Return what is needed to take a deed back, as far as the log has it; raise OSError."""
    done: set[str] = set()
    rows: list[tuple[str, Restored]] = []
    for raw in _backwards(path):
        word = _word(raw)
        if word not in ("intent", "entries", "moved") or _number(raw) != deed_id:
            continue
        line = _parse(raw)
        if line is None:
            continue
        if word == "moved":
            done.update(id for id in _list(line, "done") if isinstance(id, str))
        elif word == "entries":
            rows += _rows(line)
        else:
            return _material(line, sorted((row for id, row in rows if id in done), key=lambda row: row.id))
    return None


def _material(intent: Line, rows: list[Restored]) -> tuple[Restored, ...] | PositionPlan | None:
    action = _text(intent, "action")
    if action == "claim":
        holder = read_name(intent.get("to"))
        return tuple(replace(row, now_with=holder) for row in rows) if holder is not None else None
    if action == "ack":
        return tuple(rows)
    return _position(intent) if action == "set position" else None


def _position(intent: Line) -> PositionPlan | None:
    key = _about(intent)
    before, to = _id(intent.get("before")), _id(intent.get("to"))
    if key is None or key.group is None or before is None or to is None:
        return None
    return PositionPlan(key, before, _whole(intent.get("before_read")), to, _whole(intent.get("entries_read")), 0)


def _rows(line: Line) -> Iterator[tuple[str, Restored]]:
    owners = [read_name(told) for told in _list(line, "owners")]
    for told in _list(line, "rows"):
        if not (isinstance(told, list) and len(told) == 4 and all(type(number) is int for number in told[1:])):
            continue
        id, owner = _id(told[0]), owners[told[1]] if 0 <= told[1] < len(owners) else None
        if id is not None and owner is not None:
            yield told[0], Restored(id, owner, told[2], told[3])


def _deed(intent: Line, end: Line | None, moved: Mapping[str, int]) -> Deed:
    sentence = ""
    if end is not None:
        sentence = _text(end, "sentence") or _text(end, "trouble")
    return Deed(
        id=_identity(intent),
        at=_text(intent, "at"),
        operator=_text(intent, "operator"),
        host=_text(intent, "host"),
        node=_text(intent, "node"),
        action=_text(intent, "action"),
        key=_about(intent),
        how=_text(intent, "how"),
        overrides=tuple(word for word in _list(intent, "overrides") if isinstance(word, str)),
        outcome=None if end is None else _text(end, "outcome") or None,
        ended_at=None if end is None else _text(end, "at"),
        counts=dict(moved) if end is None else _counts(end),
        sentence=sentence,
        undoes=_text(intent, "undoes") or None,
    )


def _problem(line: Line) -> Problem:
    return Problem(
        at=_text(line, "at"),
        operator=_text(line, "operator"),
        host=_text(line, "host"),
        node=_text(line, "node"),
        rule=_text(line, "rule"),
        key=_about(line),
        severity=_text(line, "severity"),
        title=_text(line, "title"),
        evidence=_text(line, "evidence"),
        next_step=_text(line, "next_step"),
        because=_text(line, "because"),
        since=_text(line, "since"),
        older=line.get("older") is True,
        ended=_text(line, "ended") or None,
        lasted_ms=_whole(line.get("lasted_ms")),
    )


def _joined(found: list[Record]) -> Journal:
    """Name in each deed the one that took it back."""
    undone = {
        one.undoes: one.id
        for one in found
        if isinstance(one, Deed) and one.undoes is not None and one.counts.get("done", 0) > 0
    }
    return tuple(replace(one, undone_by=undone.get(one.id)) if isinstance(one, Deed) else one for one in found)


def _identity(line: Line) -> str:
    """Return the deed's ID; early versions counted from 1 in each process, so the time must make it unique."""
    number = line.get("operation")
    if isinstance(number, str):
        return number
    second = _text(line, "at").partition(".")[0].replace("-", "").replace(":", "")
    return f"{second}Z-{number}"


def _key_of(line: Line) -> tuple[str, ...]:
    """Return what the lines of one operation have in common."""
    number = line.get("operation")
    if isinstance(number, str):
        return (number,)
    return (_text(line, "host"), _text(line, "operator"), _text(line, "node"), f"#{number}")


def _about(line: Line) -> Key | None:
    stream = read_name(line.get("stream"))
    if stream is not None:
        return Key(stream, read_name(line.get("group")))
    # An init names its streams in its commands: XGROUP CREATE stream group.
    commands = _list(line, "commands")
    if len(commands) != 1 or not isinstance(commands[0], list) or len(commands[0]) < 4:
        return None
    stream = read_name(commands[0][2])
    return None if stream is None else Key(stream, read_name(commands[0][3]))


def _word(raw: bytes) -> str:
    found = _WORD.search(raw, 0, _HEAD)
    return "" if found is None else found[1].decode()


def _number(raw: bytes) -> str:
    found = _NUMBER.search(raw, 0, _HEAD)
    return "" if found is None else (found[1] or b"#" + found[2]).decode()


def _parse(raw: bytes) -> Line | None:
    with suppress(ValueError, RecursionError):
        line = json.loads(raw)
        if isinstance(line, dict):
            return line
    return None


def _text(line: Line, name: str) -> str:
    told = line.get(name)
    return told if isinstance(told, str) else ""


def _list(line: Line, name: str) -> list[Any]:
    told = line.get(name)
    return told if isinstance(told, list) else []


def _counts(line: Line) -> dict[str, int]:
    told = line.get("counts")
    return {word: n for word, n in told.items() if type(n) is int} if isinstance(told, dict) else {}


def _whole(told: object) -> int | None:
    return told if type(told) is int else None


def _id(told: object) -> EntryId | None:
    with suppress(ValueError):
        return EntryId.parse(told) if isinstance(told, str) else None
    return None


def _backwards(path: Path, most: int | None = None) -> Iterator[bytes]:
    """Yield the lines of a file, last one first, without holding more than a block and a line.

    Of more than `most` bytes the beginning is left out.
    """
    try:
        handle = path.open("rb")
    except FileNotFoundError:
        return
    with handle:
        at = handle.seek(0, os.SEEK_END)
        first_at = 0 if most is None else max(0, at - most)
        # The line that began before what was read so far, in pieces, the last one first.
        rest: list[bytes] = []
        while at > first_at:
            size = min(_BLOCK, at)
            at = handle.seek(at - size)
            first, *whole = handle.read(size).split(b"\n")
            if whole:
                whole[-1] += b"".join(reversed(rest))
                rest = []
                yield from filter(None, map(_mended, reversed(whole)))
            rest = [*rest, first] if len(rest) * _BLOCK < _LONGEST_LINE else []
        if at == 0:
            yield _mended(b"".join(reversed(rest)))


def _mended(line: bytes) -> bytes:
    """Return the last record of a line: half a record before it swallowed the line break."""
    start = line.rfind(b'{"at":"')
    return line[start:] if start > 0 else line
