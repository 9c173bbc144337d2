"""However a stream is filled, read, trimmed and deleted from: a lag that is called exact is exact."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_tui.domain.lag import lag_of
from tests.domain.modelling import Model


@given(st.integers(0, 2**32), st.booleans(), st.booleans())
def test_exact_is_never_wrong_and_bounds_are_bounds(seed: int, faulty: bool, deletions: bool) -> None:
    rng = random.Random(seed)
    model = Model(faulty)
    for _ in range(40):
        model.step(rng, deletions=deletions)
        lag = lag_of(*model.seen()[:2])
        match lag.kind:
            case "exact":
                assert lag.value == model.truth
            case "upper_bound":
                assert lag.value is not None
                assert lag.value >= model.truth
            case "lower_bound":
                assert lag.value is not None
                assert lag.value <= model.truth
        if lag.value == 0:
            assert model.truth == 0


@pytest.mark.parametrize("faulty", [True, False])
def test_the_fuzz_reaches_every_kind_of_answer(faulty: bool) -> None:
    """A fuzz that only ever meets the easy cases proves nothing."""
    rng, model, kinds = random.Random(7), Model(faulty), set()
    wrong = 0
    for _ in range(2_000):
        model.step(rng, deletions=rng.random() < 0.02)
        lag = lag_of(*model.seen()[:2])
        kinds.add(lag.kind)
        wrong += model.told() is not None and model.told() != model.truth
    assert {"exact", "estimate"} <= kinds
    assert "upper_bound" in kinds
    assert (wrong > 0) is faulty


def test_a_group_created_with_a_wrong_count_is_found_out_at_the_ends_only() -> None:
    """The server believes any ENTRIESREAD; between the ends nothing contradicts it."""
    model = Model(faulty=True)
    model.add(10)
    model.deliver(5)
    model.read = 2
    assert (lag_of(*model.seen()[:2]).value, model.truth) == (8, 5)
    model.deliver(5)
    assert (lag_of(*model.seen()[:2]).value, model.truth) == (0, 0)
