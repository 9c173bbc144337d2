"""Entries that carry their number: in the payload, and in the ID, so that each can be followed wherever it goes."""

import json
import time
from collections.abc import Iterator
from typing import Any, Final

from maestro_tui.domain.names import EntryId, Key, Name
from tests.long.wire import Wire

KEY: Final = Key(Name.of("maestro:streams:automation:jobs"), Name.of("maestro-automation-workers"))
HOLDER: Final = Name.of("worker-1")
IDLE_MS: Final = 3_600_000
"""For how long nobody seems to have worked on them."""

_A_MILLISECOND: Final = 1_000
_AT_ONCE: Final = 1_000
_PAGE: Final = 1_000

# One call makes a thousand entries and delivers them: XCLAIM FORCE, since reading them would build every reply in Lua.
_FILL: Final = b"""
local stream, group, holder = KEYS[1], ARGV[1], ARGV[2]
local first, last, base, delivered = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local claim = {'XCLAIM', stream, group, holder, '0'}
for n = first, last do
  local id = string.format('%.0f-%d', base + math.floor(n / 1000), n % 1000)
  redis.call('XADD', stream, id, 'type', 'job', 'payload', '{"number": ' .. n .. '}', 'timestamp', delivered)
  claim[#claim + 1] = id
end
for _, word in ipairs({'TIME', delivered, 'RETRYCOUNT', '1', 'FORCE', 'JUSTID'}) do claim[#claim + 1] = word end
redis.call('XGROUP', 'SETID', stream, group, claim[#claim - 6])
return #redis.call(unpack(claim))
"""


class Numbered:
    """The entries of one run: numbers from 0 to `count` - 1, all pending with one holder that is long gone."""

    def __init__(self, count: int, *, base_ms: int | None = None) -> None:
        self.count = count
        self.base_ms = time.time_ns() // 1_000_000 - IDLE_MS if base_ms is None else base_ms

    def fill(self, wire: Wire) -> None:
        """Make them on an empty server."""
        stream, group = names()
        wire.one("XGROUP", "CREATE", stream, group, "0", "MKSTREAM")
        for first in range(0, self.count, _AT_ONCE):
            last = min(first + _AT_ONCE, self.count) - 1
            words = (group, HOLDER.raw, first, last, self.base_ms, self.base_ms)
            made = wire.one("EVAL", _FILL, 1, stream, *words)
            if made != last - first + 1:
                raise RuntimeError(f"the server delivered {made} entries of {last - first + 1}")

    def id(self, number: int) -> EntryId:
        """Return the ID of an entry."""
        return EntryId(self.base_ms + number // _A_MILLISECOND, number % _A_MILLISECOND)

    def number(self, id: EntryId) -> int:
        """Return whose ID it is."""
        return (id.ms - self.base_ms) * _A_MILLISECOND + id.seq

    @property
    def last(self) -> EntryId:
        """The ID of the newest: what lies beyond it is a copy."""
        return self.id(self.count - 1)

    def fields(self, number: int) -> tuple[tuple[bytes, bytes], ...]:
        """Return the fields that an entry was made with."""
        payload, at = b'{"number": %d}' % number, b"%d" % self.base_ms
        return ((b"type", b"job"), (b"payload", payload), (b"timestamp", at))


def number_of(fields: tuple[tuple[bytes, bytes], ...]) -> int:
    """Return the number that an entry's payload carries."""
    number: int = json.loads(dict(fields)[b"payload"])["number"]
    return number


def entries(wire: Wire, stream: bytes, after: EntryId | None = None) -> Iterator[tuple[EntryId, Any]]:
    """Go through a stream's entries above an ID, with their fields."""
    start = b"-" if after is None else f"({after}".encode()
    while page := wire.one("XRANGE", stream, start, "+", "COUNT", _PAGE):
        for id, words in page:
            yield EntryId.parse(id), tuple(zip(words[::2], words[1::2], strict=True))
        start = b"(" + page[-1][0]


def pending(wire: Wire) -> Iterator[EntryId]:
    """Go through the IDs that are pending."""
    stream, group = names()
    start = b"-"
    while page := wire.one("XPENDING", stream, group, start, "+", _PAGE):
        for row in page:
            yield EntryId.parse(row[0])
        start = b"(" + page[-1][0]


def names() -> tuple[bytes, bytes]:
    """Return the stream and the group as they are sent."""
    assert KEY.group is not None
    return KEY.stream.raw, KEY.group.raw
