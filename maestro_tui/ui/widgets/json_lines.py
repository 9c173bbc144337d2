"""JSON laid out for eyes without losing anything: numbers as they were written, names that occur twice, twice."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from maestro_tui.ui.widgets.lines import Line, Span, Tone

_INDENT: Final = 2
# Lists of a few short things are easier read in one line.
_SHORT_LIST, _SHORT_CELLS = 16, 60
_DEEPEST: Final = 200


class Number(str):
    """A number, by its digits: 1.10 is not 1.1 to whoever compares what was sent."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Object:
    """An object: its names in order, also those that occur twice."""

    pairs: tuple[tuple[str, object], ...]


def decode(text: str) -> object:
    """Read an object or a list. Raises ValueError for all else, and for what could not be shown faithfully."""
    if text.lstrip(" \t\r\n")[:1] not in ("{", "["):
        raise ValueError("no object and no list")
    try:
        return json.loads(
            text,
            object_pairs_hook=lambda pairs: Object(tuple(pairs)),
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def json_lines(root: object) -> Iterator[tuple[int, Line]]:
    """Yield each line with the cells it is indented by. What is nested goes onto a stack, not into recursion."""
    line, children, closing = _begin((), root, "")
    yield 0, line
    stack = [(children, closing)]
    while stack:
        children, closing = stack[-1]
        depth = min(len(stack), _DEEPEST) * _INDENT
        child = next(children, None)
        if child is None:
            stack.pop()
            if closing:
                yield depth - _INDENT, ((closing, "muted"),)
            continue
        line, inner, ending = _begin(*child)
        yield depth, line
        if ending:
            stack.append((inner, ending))


Child = tuple[Line, object, str]


def _begin(head: Line, value: object, comma: str) -> tuple[Line, Iterator[Child], str]:
    """Return the first line of a value, what is inside, and its last line; "" where it is but one line."""
    if isinstance(value, Object | list) and not _in_one_line(value):
        opening, closing = ("{", "}") if isinstance(value, Object) else ("[", "]")
        return (*head, (opening, "muted")), _children(value), closing + comma
    return (*head, *_flat(value), (comma, "muted")), iter(()), ""


def _children(value: "Object | list[object]") -> Iterator[Child]:
    items = [((), one) for one in value] if isinstance(value, list) else None
    pairs = items if items is not None else [(_name(name), one) for name, one in value.pairs]  # type: ignore[union-attr]
    for place, (head, one) in enumerate(pairs):
        yield head, one, "," if place + 1 < len(pairs) else ""


def _name(name: str) -> Line:
    return ((json.dumps(name, ensure_ascii=False), "info"), (": ", "muted"))


def _in_one_line(value: "Object | list[object]") -> bool:
    if isinstance(value, Object):
        return not value.pairs
    if len(value) > _SHORT_LIST or any(isinstance(one, Object | list) for one in value):
        return False
    return sum(len(str(one)) + 2 for one in value) <= _SHORT_CELLS


def _flat(value: object) -> Line:
    if isinstance(value, Object):
        return (("{}", "muted"),)
    if isinstance(value, list):
        spans: list[Span] = [("[", "muted")]
        for place, one in enumerate(value):
            spans += [(", " if place else "", "muted"), _scalar(one)]
        return (*spans, ("]", "muted"))
    return (_scalar(value),)


def _scalar(value: object) -> Span:
    if isinstance(value, Number):
        return str(value), "key"
    words: dict[object, str] = {None: "null", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return words[value], "key"
    tone: Tone = "good"
    return json.dumps(value, ensure_ascii=False), tone
