"""Whatever happens to a stream, its speeds are finite, never negative, and never more than what happened."""

import math
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_tui.domain.names import ZERO, EntryId, Key
from maestro_tui.domain.rates import Rates, Sample, Trail, drain, extend, rates
from maestro_tui.domain.samples import MOST_PER_S
from maestro_tui.domain.snapshot import Snapshot
from tests.domain.building import KEY, NOW, consumer, group, node, stream

HAPPENINGS = ("add", "add", "read", "read", "ack", "trim", "delete", "set", "forge", "again")


@dataclass
class Server:
    """A stream and a group as a server counts them; `corrects`: reading on counts lost entries as read (8.2)."""

    corrects: bool
    now_ms: int = NOW
    ids: list[EntryId] = field(default_factory=list)
    added: int = 0
    last: EntryId = ZERO
    max_deleted: EntryId = ZERO
    delivered: EntryId = ZERO
    read: int | None = 0
    pending: int = 0
    got_ms: int = NOW
    true: dict[str, int] = field(default_factory=dict)

    def happen(self, what: str, amount: int) -> None:
        """Let one thing happen, and remember it."""
        self.true[what] = self.true.get(what, 0) + 1
        match what:
            case "add":
                self._add(amount)
            case "read":
                self._read(amount)
            case "ack":
                self.pending -= min(amount, self.pending)
            case "trim":
                self.ids = self.ids[max(0, len(self.ids) - amount) :]
            case "delete" if self.ids:
                gone = self.ids.pop(amount % len(self.ids))
                self.max_deleted = max(self.max_deleted, gone)
            case "set":
                self.delivered = self.ids[amount % len(self.ids)] if self.ids else self.last
                self.read = None if amount % 2 else amount * 7
            case "forge":
                self.added += amount * 100
            case "again":
                self.__init__(self.corrects, self.now_ms, last=ZERO, true=self.true)  # type: ignore[misc]

    def _add(self, amount: int) -> None:
        for _ in range(amount):
            ahead = self.last.ms >= self.now_ms
            self.last = EntryId(self.last.ms, self.last.seq + 1) if ahead else EntryId(self.now_ms)
            self.ids.append(self.last)
        self.added += amount
        self.true["added"] = self.true.get("added", 0) + amount

    def _read(self, amount: int) -> None:
        fresh = [one for one in self.ids if one > self.delivered][:amount]
        for one in fresh:
            self.delivered = one
            after = sum(other > one for other in self.ids)
            if self.max_deleted > one:
                self.read = None
            elif self.read is None or self.corrects:
                self.read = self.added - after
            else:
                self.read += 1
        if fresh:
            self.got_ms = self.now_ms
            self.pending += len(fresh)
            self.true["delivered"] = self.true.get("delivered", 0) + len(fresh)

    def seen(self) -> Snapshot:
        """A poll of it."""
        lag = None if self.read is None else self.added - self.read
        inactive = self.now_ms - self.got_ms
        one = group(
            consumer(pending=self.pending, idle_ms=0, inactive_ms=inactive),
            last_delivered=self.delivered, entries_read=self.read, server_lag=lag,
        )  # fmt: skip
        whole = stream(
            one, seen_at_ms=self.now_ms, length=len(self.ids), entries_added=self.added,
            first_id=self.ids[0] if self.ids else None, last_entry_id=self.ids[-1] if self.ids else None,
            last_id=self.last, max_deleted_id=self.max_deleted,
        )  # fmt: skip
        return Snapshot(self.now_ms, (node(),), (whole,), mono_ms=self.now_ms - NOW)


def _step(
    server: Server, trails: dict[Key, Trail], rng: random.Random, happenings: tuple[str, ...]
) -> dict[Key, Trail]:
    """Half a second of whatever, and a poll; a fifth of a second before it, all is quiet."""
    server.true = {}
    for _ in range(rng.randint(0, 4)):
        server.now_ms += rng.randint(1, 100)
        server.happen(rng.choice(happenings), rng.randint(1, 60))
    server.now_ms += 200
    return extend(trails, server.seen())


@pytest.mark.parametrize("corrects", [True, False], ids=["8.2", "7.0"])
@pytest.mark.parametrize("seed", range(40))
def test_no_step_tells_more_than_what_happened(seed: int, corrects: bool) -> None:
    rng, server = random.Random(seed), Server(corrects)
    trails = extend({}, server.seen())
    for _ in range(30):
        trails = _step(server, trails, rng, HAPPENINGS)
        _plausible(rates(trails[KEY]))
        step, true = trails[KEY][-1].step, server.true
        if step.came is not None and "forge" not in true:
            assert step.came <= true.get("added", 0)
        # Somebody who sets a position among deliveries cannot be told from them.
        if step.delivered is not None and not ("set" in true and "delivered" in true):
            assert step.delivered <= 1.2 * true.get("delivered", 0) + 1


@pytest.mark.parametrize("corrects", [True, False], ids=["8.2", "7.0"])
@pytest.mark.parametrize("seed", range(20))
def test_traffic_and_trimming_are_told_exactly_or_not_at_all(seed: int, corrects: bool) -> None:
    rng, server = random.Random(seed), Server(corrects)
    server.happen("add", 100)
    trails = extend({}, server.seen())
    for _ in range(30):
        trails = _step(server, trails, rng, ("add", "read", "ack", "trim"))
        step = trails[KEY][-1].step
        assert step.came == server.true.get("added", 0)
        if step.delivered is not None and not corrects:
            assert step.delivered == server.true.get("delivered", 0)


def test_most_of_the_time_speeds_are_known() -> None:
    """A rule that knows nothing is never wrong."""
    rng, server, known, polls = random.Random(3), Server(corrects=True), 0, 100
    trails = extend({}, server.seen())
    for _ in range(polls):
        trails = _step(server, trails, rng, ("add", "read", "read", "ack"))
        known += trails[KEY][-1].step.delivered == server.true.get("delivered", 0)
    assert known == polls


COUNTER = st.none() | st.integers(0, 2**63)
ID = st.builds(EntryId, st.integers(0, 2**64 - 1), st.integers(0, 9))
LOOKS = st.tuples(COUNTER, COUNTER, ID, ID, ID, st.integers(0, 2**40), st.integers(0, 10**6), st.integers(0, 2**45))


@given(st.lists(LOOKS, max_size=12), st.booleans())
def test_any_counters_whatever_make_no_absurd_speed(looks: list[tuple[int, ...]], steady: bool) -> None:
    trails: dict[Key, Trail] = {}
    for added, read, last, delivered, first, length, pending, at in looks:
        one = group(last_delivered=delivered, entries_read=read, pending=pending)
        whole = stream(one, seen_at_ms=at, entries_added=added, last_id=last, first_id=first, length=length)
        trails = extend(trails, Snapshot(at, (node(),), (whole,), mono_ms=at // 2 if steady else None))
        made = rates(trails[KEY])
        _plausible(made)
        newest: Sample = trails[KEY][-1]
        word = drain(newest.lag, made, None, trails[KEY])
        assert word.seconds is None or (math.isfinite(word.seconds) and word.seconds > 0)


def _plausible(made: Rates) -> None:
    for speed in (made.in_per_s, made.out_per_s, made.ack_per_s):
        assert speed is None or 0 <= speed < math.inf
    assert made.in_per_s is None or made.in_per_s <= MOST_PER_S
