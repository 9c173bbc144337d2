"""Replies into values. A reply of another shape than Redis gives is `Malformed`, whatever it holds."""

from dataclasses import dataclass
from typing import Final

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.snapshot import Consumer, Group, PendingEntry

_MAX = 2**64 - 1
_MAX_DIGITS: Final = 20

Fields = tuple[tuple[bytes, bytes], ...]


class Malformed(Exception):
    """A reply that is not of the shape Redis gives."""


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What XINFO STREAM told; `weight` is the bytes of the two entries that came along, `larger` those of one."""

    length: int
    first_id: EntryId | None
    last_entry_id: EntryId | None
    last_id: EntryId
    entries_added: int | None
    max_deleted_id: EntryId | None
    weight: int
    larger: int


def stream_facts(reply: object) -> StreamFacts:
    """Read XINFO STREAM; 6.2 lacks entries-added and max-deleted-entry-id."""
    told = _fields(reply)
    first, last = told.get(b"first-entry"), told.get(b"last-entry")
    deleted = told.get(b"max-deleted-entry-id")
    return StreamFacts(
        length=_whole(told.get(b"length")),
        first_id=None if first is None else entry(first)[0],
        last_entry_id=None if last is None else entry(last)[0],
        last_id=entry_id(told.get(b"last-generated-id")),
        entries_added=_maybe_whole(told.get(b"entries-added")),
        max_deleted_id=None if deleted is None else entry_id(deleted),
        weight=_weight(first) + _weight(last),
        larger=max(_weight(first), _weight(last)),
    )


def groups(reply: object) -> tuple[Group, ...]:
    """Read XINFO GROUPS; 6.2 lacks entries-read and lag, later servers leave them nil where they do not know."""
    return tuple(_group(_fields(item)) for item in _list(reply))


def _group(told: dict[bytes, object]) -> Group:
    lag = told.get(b"lag")
    return Group(
        name=name(told.get(b"name")),
        consumer_count=_whole(told.get(b"consumers")),
        pending=_whole(told.get(b"pending")),
        last_delivered=entry_id(told.get(b"last-delivered-id")),
        entries_read=_maybe_whole(told.get(b"entries-read")),
        # 7.0 reports a negative lag after a wrong ENTRIESREAD (measured on 7.0.15): no lag at all.
        server_lag=lag if isinstance(lag, int) and lag >= 0 else None,
    )


def consumers(reply: object) -> tuple[Consumer, ...]:
    """Read XINFO CONSUMERS; `inactive` exists from 7.2, -1 for a consumer that never received anything."""
    return tuple(_consumer(_fields(item)) for item in _list(reply))


def _consumer(told: dict[bytes, object]) -> Consumer:
    inactive = told.get(b"inactive")
    if not isinstance(inactive, int | None):
        raise Malformed
    return Consumer(name(told.get(b"name")), _whole(told.get(b"pending")), _whole(told.get(b"idle")), inactive)


def pending_rows(reply: object) -> tuple[PendingEntry, ...]:
    """Read XPENDING key group start end count."""
    holders: dict[object, Name] = {}
    return tuple(_pending_row(item, holders) for item in _list(reply))


def _pending_row(item: object, holders: dict[object, Name]) -> PendingEntry:
    """Read a row; `holders` are the names met so far, since a page of a thousand rows has few."""
    if not isinstance(item, list) or len(item) != 4:
        raise Malformed
    id, holder, idle, deliveries = item
    known = holders.get(holder) if isinstance(holder, bytes) else None
    if known is None:
        known = holders[holder] = name(holder)
    if not isinstance(idle, int) or not isinstance(deliveries, int) or idle < 0 or deliveries < 0:
        raise Malformed
    return PendingEntry(entry_id(id), known, idle, deliveries)


def entry(item: object) -> tuple[EntryId, Fields]:
    """Read one stream entry: `[id, [name, value, ...]]`."""
    if not isinstance(item, list) or len(item) != 2:
        raise Malformed
    flat = _list(item[1])
    pairs: list[tuple[bytes, bytes]] = []
    for field, value in zip(flat[::2], flat[1::2], strict=False):
        if not isinstance(field, bytes) or not isinstance(value, bytes):
            raise Malformed
        pairs.append((field, value))
    if len(flat) % 2:
        raise Malformed
    return entry_id(item[0]), tuple(pairs)


def entries(reply: object) -> tuple[tuple[EntryId, Fields], ...]:
    """Read XRANGE or XREVRANGE."""
    return tuple(entry(item) for item in _list(reply))


def only_entry(reply: object) -> Fields | None:
    """Read XRANGE of a single ID; None where there is no such entry."""
    items = _list(reply)
    return entry(items[0])[1] if items else None


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What XRANGE with a COUNT told: how many entries, the first and last ID, the largest one's bytes."""

    seen: int
    first: EntryId | None
    last: EntryId | None
    largest: int


def looked_at(reply: object) -> LookedAt:
    """Read XRANGE for its size and ends only: a poll reads some thousand entries and shows none of them."""
    items = _list(reply)
    if not items:
        return LookedAt(0, None, None, 0)
    return LookedAt(len(items), entry(items[0])[0], entry(items[-1])[0], max(map(_entry_weight, items)))


def _entry_weight(item: object) -> int:
    if not isinstance(item, list) or len(item) != 2 or not isinstance(item[1], list):
        raise Malformed
    if not all(isinstance(word, bytes) for word in item[1]):
        raise Malformed
    return sum(map(len, item[1]))


def scanned(reply: object) -> tuple[bytes, tuple[Name, ...]]:
    """Read SCAN: the cursor to go on with, and the keys."""
    if not isinstance(reply, list) or len(reply) != 2 or not isinstance(reply[0], bytes):
        raise Malformed
    if not reply[0].isdigit():
        raise Malformed
    return reply[0], tuple(name(item) for item in _list(reply[1]))


def time_ms(reply: object) -> int:
    """Read TIME: seconds and microseconds into milliseconds."""
    if not isinstance(reply, list) or len(reply) != 2:
        raise Malformed
    return _digits(reply[0]) * 1000 + _digits(reply[1]) // 1000


def name(value: object) -> Name:
    """Read a name; any bytes are one."""
    if not isinstance(value, bytes):
        raise Malformed
    return Name(value)


def entry_id(value: object) -> EntryId:
    """Read an ID as servers spell it, `ms-seq`; several times faster than reading what people type."""
    if not isinstance(value, bytes):
        raise Malformed
    ms, _, seq = value.partition(b"-")
    if ms.isdigit() and seq.isdigit() and len(ms) < _MAX_DIGITS and len(seq) < _MAX_DIGITS:
        return EntryId(int(ms), int(seq))
    return EntryId(_digits(ms), _digits(seq))


def _digits(value: object) -> int:
    if not isinstance(value, bytes) or not value.isdigit() or len(value) > _MAX_DIGITS:
        raise Malformed
    number = int(value)
    if number > _MAX:
        raise Malformed
    return number


def _whole(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise Malformed
    return value


def _maybe_whole(value: object) -> int | None:
    return None if value is None else _whole(value)


def _list(reply: object) -> list[object]:
    if not isinstance(reply, list):
        raise Malformed
    return reply


def _fields(reply: object) -> dict[bytes, object]:
    flat = _list(reply)
    if len(flat) % 2 or not all(isinstance(field, bytes) for field in flat[::2]):
        raise Malformed
    return {field: value for field, value in zip(flat[::2], flat[1::2], strict=True) if isinstance(field, bytes)}


def _weight(value: object) -> int:
    if isinstance(value, list):
        return sum(_weight(item) for item in value)
    return len(value) if isinstance(value, bytes) else 0
