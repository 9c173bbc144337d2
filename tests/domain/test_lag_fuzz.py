"""However a stream is filled, read, trimmed and deleted from: a lag called exact is exact, from poll to poll."""

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_tui.domain.lag import lag_of, lost_of
from maestro_tui.domain.names import ZERO, EntryId, Key
from maestro_tui.domain.proof import Proof, prove
from maestro_tui.domain.snapshot import Count, Group, Look, Stream
from tests.domain.building import KEY
from tests.domain.modelling import Model

MOST = 4
"""Entries in a look here: streams of a dozen entries must have both looks that end and looks that do not."""


class Watched:
    """A model that is polled: the looks a gateway might take, and what is proven."""

    def __init__(self, model: Model, rng: random.Random) -> None:
        self._model = model
        self._rng = rng
        self._proofs: dict[Key, Proof] = {}
        self.stream: Stream
        self.group: Group

    def poll(self) -> Count:
        """Look once, and return the lag as it is shown."""
        stream, group, server = self._model.seen()
        before = self._proofs.get(KEY)
        self.group = replace(group, **self._looks(group, before))
        self.stream = replace(stream, groups=(self.group,))
        self._proofs = prove(self._proofs, (self.stream,), (server,))
        return lag_of(self.stream, self.group, self._proofs.get(KEY))

    def lost(self) -> Count:
        """Return what was trimmed unread, as it is shown."""
        return lost_of(self.stream, self.group, self._proofs.get(KEY))

    def _looks(self, group: Group, before: Proof | None) -> dict[str, Any]:
        looks: dict[str, Any] = {}
        position = group.last_delivered
        if self._rng.random() < 0.2:
            looks["ahead"] = self._look(position, None)
        if self._rng.random() < 0.1:
            looks["behind"] = self._look(ZERO, position)
        if before is not None and before.position < position and self._rng.random() < 0.8:
            looks |= {"passed": self._look(before.position, position), "passed_from": before.position}
        if before is not None and before.until is not None and self._rng.random() < 0.8:
            looks |= {"further": self._look(before.until, None), "further_from": before.until}
        return looks

    def _look(self, after: EntryId, to: EntryId | None) -> Look:
        there = [id for id in self._model.ids if id > after and (to is None or id <= to)]
        seen = there[:MOST]
        return Look(len(seen), len(seen) < MOST, seen[-1] if seen else None)


def _holds(shown: Count, truth: int) -> bool:
    if shown.value is None or shown.kind == "estimate":
        return True
    return {
        "exact": shown.value == truth,
        "upper_bound": shown.value >= truth,
        "lower_bound": shown.value <= truth,
    }[shown.kind]


@given(st.integers(0, 2**32), st.booleans(), st.booleans())
def test_exact_is_never_wrong_and_bounds_are_bounds(seed: int, faulty: bool, deletions: bool) -> None:
    rng = random.Random(seed)
    model = Model(faulty)
    watched = Watched(model, rng)
    for _ in range(40):
        for _ in range(rng.randint(0, 3)):
            model.step(rng, deletions=deletions)
        shown = watched.poll()
        assert _holds(shown, model.truth), (shown, model.truth)
        if shown.value == 0:
            assert model.truth == 0
        if not deletions:
            gone = watched.lost()
            assert _holds(gone, model.trimmed_unread), (gone, model.trimmed_unread)


@pytest.mark.parametrize("faulty", [True, False])
def test_the_fuzz_reaches_every_kind_of_answer(faulty: bool) -> None:
    """A fuzz that only ever meets the easy cases proves nothing."""
    rng, model = random.Random(7), Model(faulty)
    watched = Watched(model, rng)
    kinds, gone, wrong = Counter[str](), Counter[str](), 0
    for _ in range(2_000):
        model.step(rng, deletions=rng.random() < 0.02)
        kinds[watched.poll().kind] += 1
        gone[watched.lost().kind] += 1
        wrong += model.told() is not None and model.told() != model.truth
    assert min(kinds["exact"], kinds["estimate"] + kinds["upper_bound"]) > 20
    assert (kinds["upper_bound"] > 20) is faulty
    assert min(gone["exact"], gone["estimate"]) > 20
    assert (wrong > 0) is faulty


def test_a_group_created_with_a_wrong_count_is_never_believed() -> None:
    """The server believes any ENTRIESREAD, too low or too high; between the ends nothing contradicts it."""
    for read, told in ((2, 8), (9, 1), (8, 2)):
        model = Model(faulty=True)
        model.add(10)
        model.deliver(5)
        model.read = read
        assert lag_of(*model.seen()[:2]) == Count(told, "estimate")
        model.deliver(5)
        assert (lag_of(*model.seen()[:2]).value, model.truth) == (0, 0)
