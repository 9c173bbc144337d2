"""Bytes into text that is safe to show.

Everything that comes from Redis is hostile: names and values may hold control characters, invisible
characters, terminal escape sequences or broken UTF-8. `visible` is the one way from there to a screen.
"""

import unicodedata
from functools import lru_cache

ELLIPSIS = "…"
_MARKS_PER_BASE = 2
# Printable by Unicode's account, invisible to a reader: they would make two names look alike.
_INVISIBLE = frozenset("\ufe0e\ufe0f\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
# Skin tones take no cell of their own after some characters and two after others.
_NO_FIXED_WIDTH = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
_ESCAPED = _INVISIBLE | _NO_FIXED_WIDTH
# Hangul vowels and finals that join the syllable before them.
_JOINING = (range(0x1160, 0x1200), range(0xD7B0, 0xD800))
# Wide since Unicode 16; what Python knows of it depends on Python's version.
_WIDE = (range(0x2630, 0x2638), range(0x268A, 0x2690), range(0x4DC0, 0x4E00), range(0x1D300, 0x1D377))


def visible(raw: bytes | str, limit: int = 256) -> str:
    """Spell `raw` so that a terminal can only show it, never obey it.

    At most `limit` characters of input are looked at, so that a value of megabytes costs nothing; an ellipsis
    says that there was more. What cannot be printed appears as an escape such as `\\x1b` or `\\u202e`.
    """
    if isinstance(raw, bytes):
        # A UTF-8 character has at most four bytes: this many bytes hold at least `limit` characters.
        text = raw[: 4 * limit + 4].decode("utf-8", "backslashreplace")
        more = len(raw) > 4 * limit + 4 or len(text) > limit
    else:
        text, more = raw, len(raw) > limit
    text = text[:limit]
    shown = text if text.isascii() and text.isprintable() else _spell(text)
    return shown + ELLIPSIS if more else shown


def _spell(text: str) -> str:
    """Replace what is not plainly printable, and cap combining marks at two a character."""
    out: list[str] = []
    marks = 0
    for char in text:
        if _is_mark(char):
            marks += 1
            keep = out and marks <= _MARKS_PER_BASE and char.isprintable() and char not in _ESCAPED
            out.append(char if keep else _escape(char))
            continue
        marks = 0
        out.append(char if char.isprintable() and char not in _ESCAPED else _escape(char))
    return "".join(out)


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def width(text: str) -> int:
    """Return how many terminal cells `text` takes; it must have gone through `visible`."""
    if text.isascii():
        return len(text)
    return sum(_cells(char) for char in text)


@lru_cache(maxsize=4096)
def _cells(char: str) -> int:
    if _is_mark(char):
        return 0
    wide = unicodedata.east_asian_width(char) in ("W", "F") or any(ord(char) in block for block in _WIDE)
    return 2 if wide else 1


def _is_mark(char: str) -> bool:
    """Whether the character takes no cell: it is drawn onto the one before it."""
    return unicodedata.category(char) in ("Mn", "Me", "Mc") or any(ord(char) in block for block in _JOINING)


def clip(text: str, cells: int) -> str:
    """Shorten `text` to at most `cells` terminal cells, with an ellipsis where something was cut."""
    if cells <= 0:
        return ""
    if width(text) <= cells:
        return text
    room, out = cells - 1, []
    for char in text:
        room -= _cells(char)
        if room < 0:
            break
        out.append(char)
    return "".join(out) + ELLIPSIS


def fit(text: str, cells: int, *, right: bool = False) -> str:
    """Clip and pad `text` to exactly `cells` terminal cells."""
    clipped = clip(text, cells)
    blank = " " * (cells - width(clipped))
    return blank + clipped if right else clipped + blank


def clip_middle(text: str, cells: int) -> str:
    """Shorten `text` in its middle, since the ends of names tell them apart."""
    if width(text) <= cells or cells < 5:
        return clip(text, cells)
    head = clip(text, (cells - 1) // 3 + 1).removesuffix(ELLIPSIS)
    tail: list[str] = []
    room = cells - 1 - width(head)
    for char in reversed(text):
        room -= _cells(char)
        if room < 0:
            break
        tail.append(char)
    while tail and _is_mark(tail[-1]):
        tail.pop()
    return head + ELLIPSIS + "".join(reversed(tail))
