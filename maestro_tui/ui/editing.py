"""An entry as a document for a text editor, and back: what was not touched keeps its exact bytes.

Each field stands under a heading of its own, in order, as often as it occurs. A value that is a JSON object or array
is laid out for eyes; only the white space around its tokens changes, and where it is left alone the bytes of the
entry are sent. What begins or ends the document are comments, so that no editor takes lines of an entry for its own
settings (vim reads them in the first and last five lines).
"""

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.text import visible

Fields = tuple[tuple[bytes, bytes], ...]

MOST_BYTES: Final = 8 * 1024 * 1024
"""An entry larger than this is not edited: no editor and no terminal are fit for it."""

_REMARK_LINES: Final = 2
_FIELD, _TEXT, _END = "### field: ", "### text: ", "### end"
_ESCAPED = re.compile(r"^(\\*### )", re.MULTILINE)
_HEADING = re.compile(r"^### (?P<kind>field|text): (?P<name>.*)$")
# What vim and Emacs take for settings, wherever it stands near the top.
_SETTING = re.compile(r"(vim?|ex)([<=>]?\d*):|-\*-", re.IGNORECASE)
# A string, a mark of punctuation, or anything else that stands together.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_FOOT = (
    "#",
    "# What stands below the line above is left out.",
    "# Each '### field: NAME' begins a field; add, remove or rename them as you like.",
    "# '### text: NAME' takes what follows as it stands, where it looks like JSON and is none.",
    "#",
    "#",
)


class Uneditable(Exception):
    """The entry cannot be shown as text; the message says why and what can be done instead."""


class Faulty(Exception):
    """What was saved cannot become an entry; the message says why."""


@dataclass(frozen=True, slots=True)
class _Block:
    """One field as it stands in the document; `line` is the number of its heading's line."""

    name: str
    text: str
    verbatim: bool = False
    line: int = 0


def as_document(fields: Fields, id: EntryId, key: Key) -> str:
    """Return the document of an entry; raise Uneditable where its bytes are no text."""
    head = (
        _harmless(f"# Entry {id}, pending in {visible(str(key))}."),
        "# Save and leave the editor: what stands here becomes a new entry, and this one is acknowledged.",
        "# You are asked before anything is sent. An empty file, or one that was not changed, sends nothing.",
        "# A value that looks like JSON must be JSON.",
        "#",
        "#",
    )
    blocks = (f"{_FIELD}{_spelled(block.name)}\n{_escaped(block.text)}" for block in _blocks(fields))
    return "\n".join([*head, *blocks, _END, *_FOOT, ""])


def with_fault(document: str, fault: str) -> str:
    """Put what is wrong with a document on top of it, in place of an earlier remark."""
    kept = document.split("\n")[_remarks(document) :]
    told = _harmless(visible(fault, 500))
    return "\n".join([f"#! {told}", "#! Mend it and save again, or empty the file to give up.", *kept])


def _remarks(document: str) -> int:
    """Count the lines of a remark on top."""
    return sum(1 for _ in itertools.takewhile(lambda line: line.startswith("#! "), document.split("\n")))


def from_document(document: str, fields: Fields) -> Fields:
    """Return the fields that a saved document holds; those that were not touched are the bytes of `fields`.

    An empty document has none. Raise Faulty with a sentence where it cannot become an entry.
    """
    if not document.strip():
        return ()
    untouched = _untouched(fields)
    # The lines are counted as they will stand below the remark.
    moved = _REMARK_LINES - _remarks(document)
    was_json = {block.name for block, (_, value) in zip(_blocks(fields), fields, strict=True) if _layout(value)}
    found = []
    for block in _parsed(document, moved):
        same = untouched.get((block.name, block.text))
        if same:
            found.append(same.pop(0) if len(same) > 1 else same[0])
        else:
            found.append((block.name.encode(), _value(block, must=block.name in was_json)))
    if not found:
        raise Faulty("There is no field in it: an entry has at least one.")
    return tuple(found)


def _harmless(comment: str) -> str:
    """Spell a comment so that no editor finds settings in it."""
    return _SETTING.sub(lambda found: " ".join(found.group()), comment)


def _untouched(fields: Fields) -> dict[tuple[str, str], list[tuple[bytes, bytes]]]:
    """Return the fields by how they stand in the document: two that read the same may differ in white space."""
    found: dict[tuple[str, str], list[tuple[bytes, bytes]]] = {}
    for block, field in zip(_blocks(fields), fields, strict=True):
        found.setdefault((block.name, block.text), []).append(field)
    return found


def _blocks(fields: Fields) -> Iterator[_Block]:
    for name, value in fields:
        spelled = _decoded(name, "The name of a field")
        yield _Block(spelled, _layout(value) or _decoded(value, f"The value of {visible(name, 60)!r}"))


def _decoded(raw: bytes, what: str) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Uneditable(
            f"{what} is no text (not UTF-8, or with NUL bytes), which an editor would spoil. Set the entry aside with"
            " D, or requeue it as it is with R."
        )
    return text


def _layout(value: bytes) -> str:
    """Lay a JSON object or array out for eyes; '' where it is none."""
    if value.lstrip()[:1] not in (b"{", b"["):
        return ""
    try:
        text = value.decode("utf-8")
        _checked(text)
    except ValueError:
        return ""
    return _indented(text)


def _checked(text: str) -> None:
    """Raise ValueError where a text is no JSON; NaN and its like are none."""
    try:
        json.loads(text, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _indented(text: str) -> str:
    """Put each member on a line of its own; no token is changed, so that no number loses a digit."""
    parts: list[str] = []
    depth, before = 0, ""
    for token in _TOKEN.findall(text):
        if token in "}]":
            depth -= 1
            parts += [] if before in ("{", "[") else ["\n" + "  " * depth]
        elif before in ("{", "[", ","):
            parts.append("\n" + "  " * depth)
        parts.append(": " if token == ":" else token)
        if token in "{[":
            depth += 1
        before = token
    return "".join(parts)


def _compact(text: str) -> bytes:
    """Take the white space between the tokens of a JSON text away."""
    return "".join(_TOKEN.findall(text)).encode()


def _value(block: _Block, *, must: bool) -> bytes:
    """Return the bytes of a field that was written by hand; JSON is checked, and sent without its layout."""
    looks = block.text.lstrip()[:1] in ("{", "[")
    if block.verbatim or not (looks or must):
        return block.text.encode()
    try:
        _checked(block.text)
    except ValueError as error:
        text = f"{_TEXT}{_spelled(block.name)}"
        why = str(error)
        if isinstance(error, json.JSONDecodeError):
            why = f"{error.msg} in line {block.line + error.lineno}, column {error.colno}"
        raise Faulty(
            f"{_spelled(block.name)} is no JSON: {why}. If it is meant as it stands, head it {text!r}."
        ) from None
    return _compact(block.text)


def _parsed(document: str, moved: int) -> Iterator[_Block]:
    """Take a document apart; what stands before the first heading and after the end is left out.

    Lines are counted from `1 + moved`.
    """
    block: _Block | None = None
    lines: list[str] = []
    for number, line in enumerate(document.split("\n"), start=1 + moved):
        if not line.startswith("### "):
            lines.append(_unescaped(line))
            continue
        if block is not None:
            yield replace(block, text="\n".join(lines))
        if line.rstrip() == _END:
            return
        heading = _HEADING.match(line)
        if heading is None:
            raise Faulty(f"Line {number} begins with ### and is no heading; write \\### where it belongs to a value.")
        block, lines = _Block(_name(heading["name"], number), "", heading["kind"] == "text", number), []
    raise Faulty(f"The line {_END!r} is missing: perhaps the end of the file is, too.")


def _spelled(name: str) -> str:
    """Spell a field's name in one line; one that a line cannot hold stands in quotes, as in JSON."""
    plain = name.isprintable() and name == name.strip() and name and not name.startswith('"')
    return name if plain else json.dumps(name)


def _name(spelled: str, number: int) -> str:
    spelled = spelled.strip()
    if not spelled.startswith('"'):
        return spelled
    try:
        name = json.loads(spelled)
        # What is no text has no such method, and half a surrogate pair no bytes.
        name.encode()
    except (ValueError, AttributeError):
        raise Faulty(f"Line {number}: the name of the field begins with a quote and is no text in quotes.") from None
    return str(name)


def _escaped(text: str) -> str:
    return _ESCAPED.sub(r"\\\1", text)


def _unescaped(line: str) -> str:
    return line[1:] if re.match(r"^\\+### ", line) else line
