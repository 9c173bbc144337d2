"""An entry's fields laid out for eyes: JSON with indents and tones, text wrapped, other bytes escaped and in hex."""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Final

from maestro_tui.domain.quantities import size
from maestro_tui.domain.text import clip_middle, fit, visible, width
from maestro_tui.engine.ports import Entry
from maestro_tui.ui.widgets.json_lines import decode, json_lines
from maestro_tui.ui.widgets.lines import Line, Span

_CHUNK: Final = 2_048
_LONGEST_NAME, _NAMES_MEASURED = 24, 100
_ESCAPED_SHOWN: Final = 256
_INDENT: Final = 3
_SIZE_CELLS: Final = 6
_NO_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def field_lines(entry: Entry, room: int) -> Iterator[Line]:
    """Yield the lines of an entry's fields, each laid out when it is asked for."""
    names = [width(visible(name, _LONGEST_NAME)) for name, _ in entry.fields[:_NAMES_MEASURED]]
    cells = max(5, min(_LONGEST_NAME, max(names, default=5), room // 3))
    yield ((f" {fit('FIELD', cells)} {fit('SIZE', _SIZE_CELLS, right=True)}  VALUE", "title"),)
    for place, (name, value) in enumerate(entry.fields):
        last = place + 1 == len(entry.fields)
        yield from _field(name, value, cells, room, cut=last and not entry.complete)
    if not entry.fields:
        yield ((" no fields", "muted"),)


def _field(name: bytes, value: bytes, cells: int, room: int, *, cut: bool) -> Iterator[Line]:
    shown = clip_middle(visible(name, 4 * _LONGEST_NAME), cells)
    told = f">{size(len(value))}" if cut else size(len(value))
    head: Line = ((f" {fit(shown, cells)} ", "strong"), (f"{fit(told, _SIZE_CELLS, right=True)}  ", "muted"))
    rest = max(8, room - cells - _SIZE_CELLS - 4)
    text = as_text(value, cut=cut)
    if not value:
        yield (*head, ("empty", "muted"))
    elif text is None:
        yield (*head, ("not text: escaped, then in hex", "muted"))
        yield from flow(((visible(value, _ESCAPED_SHOWN), "plain"),), room, _INDENT)
        yield from hex_lines(value, room)
    else:
        parsed = _parsed(text)
        if parsed is not None:
            yield (*head, ("JSON", "muted"))
            yield from _json(parsed, room)
        elif "\n" not in text and width(visible(text, _CHUNK)) <= rest:
            yield (*head, *next(flow(((text, "plain"),), rest, 0)))
        else:
            yield (*head, ("text", "muted"))
            for line in text.split("\n"):
                yield from flow(((line.rstrip("\r").replace("\t", "    "), "plain"),), room, _INDENT)


def _parsed(text: str) -> object:
    """Return what JSON text holds, None where it is none."""
    try:
        return decode(text)
    except ValueError:
        return None


def _json(value: object, room: int) -> Iterator[Line]:
    deepest = max(0, room // 2 - _INDENT)
    for indent, spans in json_lines(value):
        yield from flow(spans, room, _INDENT + min(indent, deepest))


def as_text(value: bytes, *, cut: bool = False) -> str | None:
    """Return a value as text; None for what is none. `cut`: its last character may be incomplete."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(value, not cut)
    except UnicodeDecodeError:
        return None
    return None if _NO_TEXT.search(text) else text


def hex_lines(value: bytes, room: int) -> Iterator[Line]:
    """Yield a hex dump, as many bytes a line as fit: offset, bytes, and the printable ones among them."""
    many = 16 if room >= _INDENT + 10 + 16 * 4 + 1 else 8
    for start in range(0, len(value), many):
        part = value[start : start + many]
        plain = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in part)
        offset = f"{' ' * _INDENT}{start:08x}  "
        yield ((offset, "muted"), (f"{part.hex(' '):<{3 * many}} ", "plain"), (plain, "info"))


def flow(spans: Iterable[Span], room: int, indent: int) -> Iterator[Line]:
    """Wrap spans into lines of a width; a span of a megabyte is spelled piece by piece, as lines are asked for."""
    start: Span = (" " * indent, "plain")
    full = max(8, room - indent)
    line, left = [start], full
    for text, tone in spans:
        for at in range(0, len(text), _CHUNK):
            rest = visible(text[at : at + _CHUNK], _CHUNK)
            while rest:
                piece = _head(rest, left) or ("" if left < full else rest[0])
                if piece:
                    line.append((piece, tone))
                    left -= width(piece)
                    rest = rest[len(piece) :]
                if rest:
                    yield tuple(line)
                    line, left = [start], full
    yield tuple(line)


def _head(text: str, cells: int) -> str:
    """Return as much of a text as fits."""
    head = text[:cells]
    while width(head) > cells:
        head = head[:-1]
    return head
