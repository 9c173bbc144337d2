"""How many entries to ask for at once, and what a line on the screen needs of each.

Nobody knows how large an entry is before it has been sent: the first few tell how many more to ask for.
"""

from collections.abc import Iterable
from typing import Final

from maestro_tui.engine.ports import Preview
from maestro_tui.gateway.parse import Fields

MOST_BYTES: Final = 1024 * 1024
"""Payload of one page. It can be overrun by what was asked for together, never by what is asked for after."""
CLIP_BYTES: Final = 512
MOST_FIELDS: Final = 64

_FIRST_GUESS: Final = 4
_AT_ONCE: Final = 32
_GROWTH: Final = 4


class Appetite:
    """How many entries to ask for next, within `MOST_BYTES` for all.

    `heavy`: the stream's entries are known to be large, so they come one by one; None where nothing is known yet.
    """

    def __init__(self, *, heavy: bool | None) -> None:
        self._most = 1 if heavy else _AT_ONCE
        self._next = _FIRST_GUESS if heavy is False else 1
        self._left = MOST_BYTES
        self._largest = 1

    @property
    def next(self) -> int:
        """How many may be asked for now; 0 once the budget is spent."""
        return max(0, min(self._most, self._next, self._left // self._largest))

    def took(self, sizes: Iterable[int]) -> None:
        """Learn from what has come: the bytes of each entry."""
        for size in sizes:
            self._left -= size
            self._largest = max(self._largest, size)
        self._next *= _GROWTH


def size_of(fields: Fields) -> int:
    """Return the bytes of all names and values."""
    return sum(len(name) + len(value) for name, value in fields)


def preview_of(fields: Fields) -> Preview:
    """Clip an entry here and now, so that no page of large payloads is ever held in memory."""
    clipped = tuple((name[:CLIP_BYTES], value[:CLIP_BYTES]) for name, value in fields[:MOST_FIELDS])
    left = len(fields) - len(clipped)
    return Preview(clipped, size_of(fields), f"{left:,} more fields" if left else "")
