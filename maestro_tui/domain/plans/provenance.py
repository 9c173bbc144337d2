"""Where a copy comes from, written into its own fields.

A requeued copy ends with two marks: the ID of the first original, and how often it was requeued. A dead letter begins
with its provenance, in a fixed order, under a prefix that none of the entry's own names begins with; what follows are
the entry's fields, byte for byte.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from maestro_tui.domain.names import EntryId, Name

ORIGIN: Final = b"_maestro_origin"
ATTEMPT: Final = b"_maestro_attempt"
PREFIX: Final = b"_maestro_dead_"
NAMES: Final = (b"format", b"stream", b"group", b"id", b"consumer", b"deliveries", b"idle_ms", b"at")
"""What a dead letter says of itself. `format` is the number of these pairs, itself included; `at` is the server's."""

Fields = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a dead letter was: where it was pending, with whom, how often delivered, how long idle, and when set aside.

    Times are milliseconds of the server's clock.
    """

    stream: Name
    group: Name
    id: EntryId
    consumer: Name
    deliveries: int
    idle_ms: int
    at_ms: int


def prefix_for(names: Iterable[bytes]) -> bytes:
    """Return the prefix that no name begins with: one more underscore in front until none does."""
    prefix, own = PREFIX, tuple(names)
    while any(name.startswith(prefix) for name in own):
        prefix = b"_" + prefix
    return prefix


def wrap(fields: Fields, of: Provenance) -> Fields:
    """Return the fields of a dead letter."""
    prefix = prefix_for(name for name, _ in fields)
    numbers = (of.deliveries, of.idle_ms, of.at_ms)
    values = (len(NAMES), of.stream.raw, of.group.raw, of.id, of.consumer.raw, *numbers)
    told = (value if isinstance(value, bytes) else str(value).encode() for value in values)
    return (*((prefix + name, value) for name, value in zip(NAMES, told, strict=True)), *fields)


def unwrap(fields: Fields) -> tuple[Provenance, Fields] | None:
    """Take a dead letter apart; None where it is none of ours."""
    head, own = fields[: len(NAMES)], fields[len(NAMES) :]
    if not own or head[0][1] != str(len(NAMES)).encode():
        return None
    prefix = head[0][0].removesuffix(NAMES[0])
    if not prefix.endswith(PREFIX) or prefix.strip(b"_") != PREFIX.strip(b"_"):
        return None
    if tuple(name for name, _ in head) != tuple(prefix + name for name in NAMES):
        return None
    _, stream, group, id_, consumer, *numbers = (value for _, value in head)
    try:
        deliveries, idle_ms, at_ms = (int(number) for number in numbers)
        entry = EntryId.parse(id_)
    except ValueError:
        return None
    return Provenance(Name(stream), Name(group), entry, Name(consumer), deliveries, idle_ms, at_ms), own


def attempts_of(fields: Fields) -> int:
    """Return how often an entry was requeued, by the marks it ends with; 0 where it carries none."""
    if len(fields) < 2 or (fields[-2][0], fields[-1][0]) != (ORIGIN, ATTEMPT):
        return 0
    value = fields[-1][1]
    return int(value) if value.isdigit() and len(value) < 10 else 0
