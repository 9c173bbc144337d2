"""What a dead letter says of itself never mixes with its own fields."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.plans.provenance import (
    ATTEMPT,
    ORIGIN,
    PREFIX,
    Provenance,
    attempts_of,
    prefix_for,
    unwrap,
    wrap,
)

OF = Provenance(Name(b"s\xff"), Name(b""), EntryId(7, 3), Name(b"w 1"), 5, 1_200, 1_795_356_202_000)
OWN = ((b"type", b"job"), (b"payload", b"{\x00}"), (b"type", b"again"))
PIECES = some.sampled_from([PREFIX, b"_" + PREFIX, PREFIX + b"format", b"_" + PREFIX + b"format", b"8", b"", b"a"])


def test_a_dead_letter_begins_with_where_it_comes_from() -> None:
    assert wrap(OWN, OF) == (
        (b"_maestro_dead_format", b"8"),
        (b"_maestro_dead_stream", b"s\xff"),
        (b"_maestro_dead_group", b""),
        (b"_maestro_dead_id", b"7-3"),
        (b"_maestro_dead_consumer", b"w 1"),
        (b"_maestro_dead_deliveries", b"5"),
        (b"_maestro_dead_idle_ms", b"1200"),
        (b"_maestro_dead_at", b"1795356202000"),
        *OWN,
    )


@given(some.lists(some.tuples(PIECES | some.binary(max_size=4), PIECES), min_size=1, max_size=12).map(tuple))
def test_whatever_the_fields_are_they_come_back(fields: tuple[tuple[bytes, bytes], ...]) -> None:
    letter = wrap(fields, OF)
    assert unwrap(letter) == (OF, fields)
    # A dead letter that is set aside once more is taken apart one layer at a time.
    assert unwrap(wrap(letter, OF)) == (OF, letter)


@pytest.mark.parametrize(
    ("names", "prefix"),
    [
        ([], PREFIX),
        ([b"a", b"_maestro_dead"], PREFIX),
        ([PREFIX + b"x"], b"_" + PREFIX),
        ([b"_" + PREFIX, PREFIX], b"__" + PREFIX),
        ([b"_" + PREFIX], PREFIX),
    ],
)
def test_the_prefix_gives_way(names: list[bytes], prefix: bytes) -> None:
    assert prefix_for(names) == prefix


WHOLE = wrap(OWN, OF)


@pytest.mark.parametrize(
    "fields",
    [
        (),
        OWN,
        WHOLE[:8],
        WHOLE[1:],
        WHOLE[:3],
        ((PREFIX + b"format", b"9"), *WHOLE[1:]),
        ((b"x" + PREFIX + b"format", b"8"), *WHOLE[1:]),
        ((b"_" + PREFIX + b"format", b"8"), *WHOLE[1:]),
        (*WHOLE[:2], WHOLE[3], WHOLE[2], *WHOLE[4:]),
        (*WHOLE[:3], (PREFIX + b"id", b"yesterday"), *WHOLE[4:]),
        (*WHOLE[:5], (PREFIX + b"deliveries", b"many"), *WHOLE[6:]),
    ],
)
def test_what_is_none_of_ours_is_not_taken_apart(fields: tuple[tuple[bytes, bytes], ...]) -> None:
    assert unwrap(fields) is None


@pytest.mark.parametrize(
    ("fields", "attempts"),
    [
        ((), 0),
        (OWN, 0),
        ((*OWN, (ORIGIN, b"1-0"), (ATTEMPT, b"2")), 2),
        (((ORIGIN, b"1-0"), (ATTEMPT, b"2"), *OWN), 0),
        (((ATTEMPT, b"2"), (ORIGIN, b"1-0")), 0),
        (((ORIGIN, b"1-0"), (ATTEMPT, b"-1")), 0),
        (((ORIGIN, b"1-0"), (ATTEMPT, b"9" * 50)), 0),
        (((ORIGIN, b"1-0"), (ATTEMPT, b"")), 0),
    ],
)
def test_requeues_are_told_by_the_last_two_fields(fields: tuple[tuple[bytes, bytes], ...], attempts: int) -> None:
    assert attempts_of(fields) == attempts
