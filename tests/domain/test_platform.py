"""The platform's own habits, on plain values: fifteen groups, serial batches, long blocks; nothing may cry wolf."""

from dataclasses import dataclass, replace

import pytest

from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.limits import MAESTRO_LIMITS
from maestro_tui.domain.names import ZERO, EntryId, Name
from maestro_tui.domain.snapshot import Snapshot, Stream
from maestro_tui.domain.topology import MAESTRO
from tests.domain.building import ADDRESS, NOW, node
from tests.domain.workshop import Workshop, unused_group


def _workshops() -> list[Workshop]:
    """Jobs by the second, healing attempts of minutes, errors by the dozen, validation now and then."""
    jobs, healing, errors, validation = MAESTRO.declared
    return [
        Workshop(jobs, every_ms=1_000, handling_ms=700),
        Workshop(healing, every_ms=3_600_000, handling_ms=300_000),
        Workshop(errors, every_ms=200, handling_ms=1),
        Workshop(validation, every_ms=20_000, handling_ms=9_000, batch=5),
    ]


def _watch(polls: int, *, modern: bool) -> list[Frame]:
    """Poll once a second, with a tenth of a second in between for the workers."""
    shops, frames = _workshops(), []
    last: Frame | None = None
    at = node(version="7.4.2" if modern else "7.0.15")
    for poll in range(polls):
        for step in range(10):
            for shop in shops:
                shop.move(NOW + poll * 1_000 + step * 100)
        now = NOW + poll * 1_000 + 900
        seen = Snapshot(now, (at,), tuple(shop.stream(now, modern=modern) for shop in shops))
        last = derive(last, seen, MAESTRO_LIMITS, MAESTRO)
        frames.append(last)
    return frames


@pytest.mark.parametrize("modern", [True, False], ids=["7.4", "7.0"])
def test_a_healthy_platform_finds_nothing_and_its_states_hold_still(modern: bool) -> None:
    frames = _watch(400, modern=modern)
    assert [finding for made in frames for finding in made.findings] == []
    declared = {tuple(row.state for row in made.rows if row.declared) for made in frames}
    assert declared == {("ok", "ok", "ok", "ok")}
    assert {row.state for made in frames for row in made.rows if not row.declared} == {"unused"}


def test_the_simulation_is_busy() -> None:
    """A simulation in which nothing happens would prove nothing."""
    jobs, healing, errors, _ = [row for row in _watch(400, modern=True)[-1].rows if row.declared]
    assert jobs.rates.out_per_s == pytest.approx(1.0, abs=0.5)
    assert errors.rates.in_per_s == pytest.approx(5.0, abs=0.5)
    assert healing.pending.stuck.at_least == 0 < jobs.stream.length


def test_a_long_healing_attempt_is_busy_or_dead_and_no_alarm() -> None:
    healing = Workshop(MAESTRO.declared[1], every_ms=10**9, handling_ms=300_000)
    healing.ids = [EntryId(NOW - 1_000, number) for number in range(10)]
    last: Frame | None = None
    for minute in range(49):
        now = NOW + minute * 60_000
        healing.move(now)
        seen = Snapshot(now, (node(),), (healing.stream(now, modern=True),))
        last = derive(last, seen, MAESTRO_LIMITS, MAESTRO)
        assert last.findings == ()
    assert last is not None
    assert last.rows[0].live.unsure + last.rows[0].live.certain == 1
    assert last.rows[0].pending.stuck.at_least > 0


def test_of_fifteen_groups_only_the_declared_ones_alarm() -> None:
    """Every group on every stream, start 0, nobody there: the platform as it starts without workers."""
    groups = [entry.group for entry in MAESTRO.declared[:3] if entry.group]
    names = [entry.stream for entry in MAESTRO.declared] + [Name.of("maestro:streams:automation:results")]
    first, last = EntryId(NOW - 600_000), EntryId(NOW - 1_000)
    streams = tuple(
        Stream(
            name, ADDRESS, NOW, True, 10, first, last, last, 10, ZERO, tuple(unused_group(group) for group in groups)
        )
        for name in names
    )
    made = derive(None, Snapshot(NOW, (node(),), streams), MAESTRO_LIMITS, MAESTRO)
    assert sum(row.group is not None for row in made.rows) == 15
    assert {row.key for row in made.rows if row.state == "unused"} == {row.key for row in made.rows if not row.declared}
    assert sorted(finding.rule for finding in made.findings) == ["no_group", "no_live", "no_live", "no_live"]
    assert all(finding.key and MAESTRO.declares(finding.key) for finding in made.findings)


@dataclass
class Capped(Workshop):
    """A stream whose producers keep so many entries and no more, as with XADD MAXLEN."""

    cap: int = 12

    def stream(self, now: int, *, modern: bool) -> Stream:
        """What the server tells once the older ones were trimmed; a server counts what a group was not given."""
        whole = super().stream(now, modern=modern)
        kept = self.ids[-self.cap :]
        return replace(whole, length=len(kept), first_id=kept[0])


@pytest.mark.parametrize("modern", [True, False], ids=["7.4", "7.0"])
def test_entries_trimmed_while_a_worker_has_them_in_hand_are_no_loss(modern: bool) -> None:
    jobs, healing = MAESTRO.declared[:2]
    shops = [Capped(jobs, every_ms=1_000, handling_ms=700), Capped(healing, every_ms=30_000, handling_ms=60_000)]
    last: Frame | None = None
    trimmed = 0
    for second in range(0, 1_500, 5):
        for step in range(50):
            for shop in shops:
                shop.move(NOW + second * 1_000 + step * 100)
        now = NOW + second * 1_000 + 4_900
        seen = Snapshot(now, (node(),), tuple(shop.stream(now, modern=modern) for shop in shops))
        last = derive(last, seen, MAESTRO_LIMITS, MAESTRO)
        trimmed += any(row.pending.ghosts.at_least for row in last.rows)
        assert [one.rule for one in last.findings if one.rule == "ghosts"] == []
        if second < 300:
            assert last.findings == ()
    # Healing takes twice as long as the jobs come: in the end its entries are trimmed in the worker's hands.
    assert trimmed > 0
