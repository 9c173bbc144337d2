"""A frame costs in proportion to what was seen, however many streams there are."""

import sys
from collections.abc import Callable
from dataclasses import replace
from types import FrameType

import pytest

from maestro_tui.domain.frame import derive
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.snapshot import Stream
from maestro_tui.domain.topology import Topology
from tests.domain.building import DENIED, LIMITS, NOW, consumer, entry, group, page, snapshot, spoiled, stream

UNDECLARED = Topology((), discover="app:*")


def healthy(number: int) -> Stream:
    """A stream with two groups, one of them in the middle of a batch."""
    batch = group(consumer(pending=1), page=page(entry(1_000, 900)))
    return stream(batch, replace(group(), name=Name.of("others")), name=Name.of(f"app:{number}"))


def of_62(number: int) -> Stream:
    """The same on a server that counts nothing."""
    return replace(healthy(number), entries_added=None, max_deleted_id=None, length=100)


def denied(number: int) -> Stream:
    """One that may not be read any more."""
    return spoiled(DENIED, Name.of(f"app:{number}"))


def stuck(number: int) -> Stream:
    """Two groups about which something is found each."""
    left = group(
        consumer(pending=3), pending=3, page=page(*(entry(900_000 + n, 800_000, deliveries=9) for n in range(3)))
    )
    return stream(left, replace(left, name=Name.of("others")), name=Name.of(f"app:{number}"))


def emptied(number: int) -> Stream:
    """What is left of a stream of 6.2 that was made anew."""
    return replace(of_62(number), length=1, groups=())


Make = Callable[[int], Stream]


def calls(streams: int, before: Make, after: Make) -> int:
    """Count the calls of the third frame, after two of what was before."""
    past = None
    for second, make in enumerate((before, before, after)):
        polled = snapshot(*(make(number) for number in range(streams)), at=NOW + 1000 * second)
        count = 0

        def note(_: FrameType, event: str, __: object) -> None:
            nonlocal count
            count += event == "call"

        sys.setprofile(note)
        try:
            past = derive(past, polled, LIMITS, UNDECLARED)
        finally:
            sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    ("before", "after"),
    [(healthy, healthy), (healthy, denied), (of_62, of_62), (of_62, emptied), (stuck, stuck)],
    ids=["healthy", "denied", "redis 6.2", "made anew", "stuck"],
)
def test_ten_times_the_streams_are_ten_times_the_work(before: Make, after: Make) -> None:
    few, many = calls(10, before, after), calls(100, before, after)
    assert many <= 11 * few


def test_a_key_is_found_by_its_bytes() -> None:
    one, other = Key(Name(b"a"), Name(b"b")), Key(Name(b"a"), Name(b"b"))
    assert (one, hash(one)) == (other, hash(other))
    assert Key(Name(b"a")) != Key(Name(b"a"), Name(b""))
