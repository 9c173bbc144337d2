"""What things are called in Redis: names as bytes, entry IDs, and the key of a row."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from maestro_tui.domain.text import visible

_MAX_PART = 2**64 - 1
# 2001-09-09 in milliseconds: IDs below it are counters (1-0, 2-0), not times.
_FIRST_PLAUSIBLE_MS = 1_000_000_000_000
# An ID this far ahead of the server's clock is no time either (99999999999999-0 is a common sentinel).
_MAX_AHEAD_MS = 86_400_000


# Names are spelled many times a poll, and long ones are not worth the memory.
_SHORT = 200


@lru_cache(maxsize=4096)
def _spelled(raw: bytes) -> str:
    # The empty name is legal, and must not look like no name.
    return visible(raw) or '""'


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """The name of a stream, group or consumer. The bytes are its identity; text is only for eyes."""

    raw: bytes

    @classmethod
    def of(cls, text: str) -> Self:
        """Make a name from configuration or an argument; undecodable argument bytes survive."""
        return cls(text.encode("utf-8", "surrogateescape"))

    def __hash__(self) -> int:
        # The one that dataclasses write makes a tuple first; names are looked up hundreds of times a row and poll.
        return hash(self.raw)

    def __str__(self) -> str:
        return _spelled(self.raw) if len(self.raw) <= _SHORT else visible(self.raw)

    @property
    def is_utf8(self) -> bool:
        """Whether the exact name can be written as text."""
        try:
            self.raw.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True


@dataclass(frozen=True, slots=True, order=True)
class EntryId:
    """A stream entry ID, `milliseconds-sequence`, ordered as Redis orders it."""

    ms: int
    seq: int = 0

    @classmethod
    def parse(cls, raw: bytes | str) -> Self:
        """Read `ms-seq` or `ms`; raise ValueError with a readable sentence for anything else."""
        text = raw.decode("ascii", "replace") if isinstance(raw, bytes) else raw
        ms, dash, seq = text.strip().partition("-")
        parts = [ms, seq] if dash else [ms]
        if not all(part.isascii() and part.isdigit() and len(part) <= 20 and int(part) <= _MAX_PART for part in parts):
            raise ValueError(f"{visible(raw, 40)!r} is not an entry ID such as 1795373326515-0")
        return cls(*(int(part) for part in parts))

    def __str__(self) -> str:
        return f"{self.ms}-{self.seq}"

    def age_ms(self, now_ms: int) -> int | None:
        """Return the time since this ID's time, or None where the ID is no time (a counter, a sentinel)."""
        if self.ms < _FIRST_PLAUSIBLE_MS or self.ms > now_ms + _MAX_AHEAD_MS:
            return None
        return max(0, now_ms - self.ms)


ZERO = EntryId(0, 0)
LAST = EntryId(_MAX_PART, _MAX_PART)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a row is about: a stream and, where there is one, a consumer group of it."""

    stream: Name
    group: Name | None = None

    def __hash__(self) -> int:
        # As with names; the bytes keep their own hash.
        return hash((self.stream.raw, None if self.group is None else self.group.raw))

    def __str__(self) -> str:
        return str(self.stream) if self.group is None else f"{self.stream} {self.group}"


def common_prefix(names: list[str], separators: str = ":-_.") -> str:
    """Return the longest prefix that all names share and that ends at a separator; '' for fewer than two."""
    if len(names) < 2:
        return ""
    low, high = min(names), max(names)
    shared = 0
    while shared < min(len(low), len(high)) - 1 and low[shared] == high[shared]:
        shared += 1
    while shared and low[shared - 1] not in separators:
        shared -= 1
    return low[:shared]
