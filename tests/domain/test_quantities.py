"""One spelling of a quantity for every face, never wider than its column."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_tui.domain import quantities as q
from maestro_tui.domain.snapshot import UNKNOWN, Count, CountKind, at_least, exact

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("ms", "spelled"),
    [
        (None, "?"),
        (-5, "0s"),
        (0, "0s"),
        (49, "0s"),
        (50, "0.1s"),
        (199, "0.1s"),
        (300, "0.3s"),
        (949, "0.9s"),
        (950, "0.9s"),
        (999, "0.9s"),
        (SECOND, "1s"),
        (100 * SECOND - 1, "99s"),
        (100 * SECOND, "1m"),
        (100 * MINUTE - 1, "99m"),
        (100 * MINUTE, "1h"),
        (48 * HOUR - 1, "47h"),
        (48 * HOUR, "2d"),
        (1000 * DAY - 1, "999d"),
        (1000 * DAY, "2y"),
        (10**30, "9999y"),
    ],
)
def test_a_duration_at_every_boundary(ms: int | None, spelled: str) -> None:
    assert q.duration(ms) == spelled


@given(st.integers(-(10**12), 10**40))
def test_a_duration_never_takes_more_than_five_cells(ms: int) -> None:
    assert len(q.duration(ms)) <= 5


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("30", 30_000),
        ("0", 0),
        ("1.5", 1_500),
        (" 5M ", 5 * MINUTE),
        ("250ms", 250),
        ("1h30m", 90 * MINUTE),
        ("1d2h3m4s5ms", DAY + 2 * HOUR + 3 * MINUTE + 4 * SECOND + 5),
        ("3650d", 3650 * DAY),
    ],
)
def test_a_duration_is_read(text: str, ms: int) -> None:
    assert q.parse_duration(text) == ms


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *[(text, "is not a duration") for text in ("", "m", "5x", "-5s", "5 m", "1e3", "٣m", "inf", "5m!", ".5s")],
        *[(text, "is longer than ten years") for text in ("3651d", "9" * 400, "9" * 5000 + "d", "1h" * 90_000)],
    ],
)
def test_what_is_no_duration_is_refused_in_a_sentence(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refusal:
        q.parse_duration(text)
    assert len(str(refusal.value)) < 100


@pytest.mark.parametrize(
    ("value", "cells", "spelled"),
    [
        (0, 1, "0"),
        (999, 3, "999"),
        (1_000, 5, "1,000"),
        (1_000, 4, "1.0k"),
        (1_000, 3, "1k"),
        (12_345, 6, "12,345"),
        (12_345, 5, "12.3k"),
        (12_345, 3, "12k"),
        (12_345, 2, "##"),
        (123_456, 4, "123k"),
        (123_456, 3, ".1M"),
        (999_949, 6, "999.9k"),
        (999_999, 6, "1.0M"),
        (999_999, 3, "1M"),
        (2**64, 6, "18.4E"),
        (41.2, 6, "41"),
        (-999, 6, "-999"),
    ],
)
def test_a_number_is_shortened_to_its_cells(value: float, cells: int, spelled: str) -> None:
    assert q.si(value, cells) == spelled


@given(st.floats(-1e25, 1e25), st.integers(0, 12))
def test_a_number_never_takes_more_than_its_cells(value: float, cells: int) -> None:
    assert len(q.si(value, cells)) <= cells


@given(st.integers(1, 10**17), st.integers(3, 9))
def test_a_shortened_number_is_near_the_number(value: int, cells: int) -> None:
    spelled = q.si(value, cells)
    suffix = 10 ** (3 * (" kMGTPE".index(spelled[-1]) if spelled[-1] in "kMGTPE" else 0))
    number = float(spelled.rstrip("kMGTPE").replace(",", "")) * suffix
    assert number == pytest.approx(value, rel=0.5)


MARKED: list[tuple[Count, str]] = [
    (UNKNOWN, "?"),
    (exact(0), "0"),
    (exact(1_234), "1,234"),
    (at_least(214), ">=214"),
    (Count(40, "upper_bound"), "<=40"),
    (Count(1_200, "estimate"), "~1,200"),
]


@pytest.mark.parametrize(("count", "spelled"), MARKED)
def test_a_count_carries_its_mark(count: Count, spelled: str) -> None:
    assert q.count(count) == spelled


@pytest.mark.parametrize(
    ("kind", "spelled"),
    [("upper_bound", "<=1.3M"), ("lower_bound", ">=1.2M"), ("estimate", "~1.2M"), ("exact", "1.2M")],
)
def test_a_shortened_bound_is_still_a_bound(kind: CountKind, spelled: str) -> None:
    assert q.count(Count(1_249_999, kind), 6) == spelled


KINDS = st.sampled_from(["exact", "upper_bound", "lower_bound", "estimate"])


@given(st.integers(0, 10**18), KINDS, st.integers(3, 12))
def test_a_count_never_takes_more_than_its_cells(value: int, kind: CountKind, cells: int) -> None:
    assert len(q.count(Count(value, kind), cells)) <= cells


@pytest.mark.parametrize(
    ("octets", "spelled"),
    [
        (None, "?"),
        (0, "0B"),
        (1023, "1023B"),
        (1024, "1.0K"),
        (102_348, "99.9K"),
        (102_399, "100K"),
        (1024 * 1024 - 1, "1.0M"),
        (2 << 30, "2.0G"),
        (5000 << 40, "5000T"),
    ],
)
def test_bytes_at_every_boundary(octets: int | None, spelled: str) -> None:
    assert q.size(octets) == spelled


@pytest.mark.parametrize(
    ("value", "spelled"), [(None, "?"), (0.0, "0.0"), (41.23, "41.2"), (9999.94, "9999.9"), (123_456.0, "123.5k")]
)
def test_a_rate(value: float | None, spelled: str) -> None:
    assert q.rate(value) == spelled


@given(st.floats(0, 1e15))
def test_a_rate_never_takes_more_than_six_cells(value: float) -> None:
    assert len(q.rate(value)) <= 6


def test_times_are_in_utc_and_never_fail() -> None:
    assert q.clock(1_795_356_202_000) == "14:03:22Z"
    assert q.timestamp(1_795_356_202_007) == "2026-11-22T14:03:22.007Z"
    assert q.timestamp(10**30).startswith("9999-12-31T23:59:59")
    assert q.clock(-1) == "00:00:00Z"


@pytest.mark.parametrize(("number", "spelled"), [(0, "0 entries"), (1, "1 entry"), (2_000, "2,000 entries")])
def test_nouns_agree_with_numbers(number: int, spelled: str) -> None:
    assert q.plural(number, "entry", "entries") == spelled
