"""Numbers over time: nothing unknown becomes a number, no peak is lost, a gap stays a gap."""

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_tui.domain.series import (
    KIND_BITS,
    NAN,
    QUANTITIES,
    bare,
    dots,
    kind_of,
    kind_word,
    path,
    sample_of,
    trend,
)
from maestro_tui.domain.snapshot import UNKNOWN, Count, CountKind, exact
from tests.domain.building import DENIED, absent, deserted, group, row, spoiled, stream


def told(sample: tuple[float, ...]) -> dict[str, float]:
    """What is known of a sample."""
    return {name: value for name, value in zip(QUANTITIES, sample, strict=True) if value == value}


def test_a_first_poll_knows_no_rates() -> None:
    made = replace(row(stream(group(pending=3), length=10)), lag=exact(7))
    assert told(sample_of(made)) == {"length": 10, "lag": 7, "pending": 3}


def test_an_unknown_lag_is_no_number() -> None:
    made = replace(row(stream(deserted())), lag=UNKNOWN)
    assert "lag" not in told(sample_of(made))
    assert kind_of(made) == KIND_BITS["unknown"]


@pytest.mark.parametrize("one", [absent(), spoiled(DENIED)], ids=["absent", "denied"])
def test_of_what_is_not_there_nothing_is_known(one: object) -> None:
    made = row(one)  # type: ignore[arg-type]
    assert told(sample_of(made)) == {}
    assert kind_of(made) == 0


@pytest.mark.parametrize(
    ("kinds", "word"),
    [
        (("exact",), "exact"),
        (("exact", "upper_bound"), "upper_bound"),
        (("lower_bound", "unknown"), "lower_bound"),
        (("upper_bound", "lower_bound"), "estimate"),
        (("exact", "estimate"), "estimate"),
        ((), "exact"),
    ],
)
def test_every_doubt_is_kept(kinds: tuple[CountKind, ...], word: CountKind) -> None:
    assert kind_word(sum(KIND_BITS[kind] for kind in kinds)) == word


@pytest.mark.parametrize(
    ("peaks", "seen", "spelled"),
    [
        ([0.0] * 8, [1] * 8, "▁▁▁▁▁▁▁▁"),
        ([0, 1, 2, 3, 4, 5, 6, 7], [1] * 8, "▁▂▃▄▅▆▇█"),
        ([0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000], [1] * 8, "▁▂▂▂▂▂▂█"),
        ([NAN, NAN, 0, NAN, 7, 667, NAN, 667], [0, 0, 1, 1, 1, 1, 0, 1], "  ▁?▂█ █"),
        ([NAN] * 8, [1] * 8, "????????"),
    ],
)
def test_only_zero_is_the_lowest_block(peaks: list[float], seen: list[int], spelled: str) -> None:
    assert trend(peaks, seen) == spelled
    plain = spelled.translate(str.maketrans("▁▂▃▄▅▆▇█", ".:-=+*#@"))
    assert trend(peaks, seen, ascii_only=True) == plain


def test_samples_of_one_column_reach_from_the_lowest_to_the_highest() -> None:
    assert dots([0, 1, 2, 99], [5, 1, 9, 4], [5, 1, 9, 4], 0, 99, 10, 1_000) == [[(0, 1, 9), (9, 4, 4)]]


@pytest.mark.parametrize(("middle", "join_ms"), [(NAN, 1_000), (None, 30)], ids=["unknown", "nobody looked"])
def test_a_gap_ends_the_line(middle: float | None, join_ms: int) -> None:
    at, values = [0, 20, 80, 95], [1.0, 1.0, 2.0, 2.0]
    if middle is not None:
        at, values = [0, 20, 50, 80, 95], [1.0, 1.0, middle, 2.0, 2.0]
    runs = dots(at, values, values, 0, 99, 100, join_ms)
    assert [(run[0][0], run[-1][0]) for run in runs] == [(0, 20), (80, 95)]
    assert bare(runs, 0, 100) == (*range(21, 80), *range(96, 100))
    assert bare(runs, 90, 100) == (96, 97, 98, 99)


@given(st.lists(st.one_of(st.just(NAN), st.floats(0, 1e9)), min_size=1, max_size=200), st.integers(2, 60))
def test_no_peak_is_lost_and_none_is_made(values: list[float], columns: int) -> None:
    at = list(range(len(values)))
    runs = dots(at, values, values, 0, len(values) - 1, columns, 10)
    found = [value for run in runs for _, low, high in run for value in (low, high)]
    there = [value for value in values if not math.isnan(value)]
    assert (min(found, default=None), max(found, default=None)) == (min(there, default=None), max(there, default=None))
    assert all(0 <= column < columns for run in runs for column, _, _ in run)
    assert all(run for run in runs)


def test_a_path_visits_both_ends_of_each_dot() -> None:
    rng = random.Random(4)
    run = [(column, low, low + rng.randint(0, 3)) for column, low in enumerate(rng.choices(range(9), k=50))]
    across, up = path(run)
    assert across == sorted(across)
    for column, low, high in run:
        assert {value for place, value in zip(across, up, strict=True) if place == column} == {low, high}


def test_a_lag_that_is_a_bound_keeps_its_kind() -> None:
    made = replace(row(stream(group())), lag=Count(4, "upper_bound"))
    assert kind_word(kind_of(made)) == "upper_bound"
    assert told(sample_of(made))["lag"] == 4
