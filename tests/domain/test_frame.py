"""Frames: what is remembered from poll to poll, for how long, and what a failed poll leaves behind."""

from dataclasses import replace

import pytest

from maestro_tui.domain.frame import EMPTY, Frame, derive
from maestro_tui.domain.names import ZERO, EntryId, Key, Name
from maestro_tui.domain.plans.init import Start
from maestro_tui.domain.rates import WINDOW_MS
from maestro_tui.domain.rising import Rising
from maestro_tui.domain.rules import Severity
from maestro_tui.domain.snapshot import Memory, Node, Snapshot, Stream
from maestro_tui.domain.trouble import Trouble
from tests.domain.building import (
    DOWN,
    JOBS,
    KEY,
    LIMITS,
    NOW,
    TOPOLOGY,
    absent,
    ago,
    consumer,
    deserted,
    frame,
    group,
    node,
    only,
    rules,
    snapshot,
    spoiled,
    stream,
)

HEALTHY = stream(group())


def _then(past: Frame | None, *looks: Snapshot | Trouble) -> Frame:
    for seen in looks:
        past = derive(past, seen, LIMITS, TOPOLOGY)
    assert past is not None
    return past


def _look(*streams: Stream, second: int = 0, at: Node | None = None) -> Snapshot:
    now = NOW + second * 1_000
    moved = tuple(replace(one, seen_at_ms=now) for one in streams)
    return snapshot(*moved, nodes=(at or node(),), at=now)


def test_before_the_first_poll_there_is_nothing() -> None:
    made = _then(None, DOWN)
    assert (made.ever_polled, made.trouble, made.rows, made.findings) == (False, DOWN, (), ())
    assert not EMPTY.ever_polled


def test_trouble_leaves_the_last_rows_stale_and_a_good_poll_mends_them() -> None:
    good = _then(None, _look(stream(), second=0))
    bad = _then(good, DOWN, DOWN)
    assert [row.state for row in bad.rows] == ["stale"]
    assert (bad.trouble, bad.snapshot, bad.findings, bad.polls) == (DOWN, good.snapshot, good.findings, 1)
    mended = _then(bad, _look(stream(), second=30))
    assert (mended.trouble, mended.polls, [row.state for row in mended.rows]) == (None, 2, ["no group"])
    assert only(mended.findings, "no_group").since_ms == NOW


def test_since_is_the_first_sight_and_begins_anew_after_an_end() -> None:
    sick, well = stream(), HEALTHY
    made = _then(None, _look(sick), _look(sick, second=1))
    assert only(made.findings, "no_group").since_ms == NOW
    made = _then(made, _look(well, second=2), _look(sick, second=3), _look(sick, second=4))
    assert only(made.findings, "no_group").since_ms == NOW + 3_000


def test_what_a_row_is_found_to_be() -> None:
    made = frame(stream())
    assert made.severity(KEY) is Severity.WARNING
    assert made.severity(Key(JOBS)) is None
    assert made.row(None) is None


@pytest.mark.parametrize(
    ("later", "rule", "title", "evidence"),
    [
        (absent(), "no_stream", "stream vanished with its group", "deleted, renamed or flushed"),
        (stream(), "no_group", "group vanished, 10 entries", "nothing is delivered, workers get NOGROUP"),
    ],
)
def test_what_was_there_and_is_not_has_vanished(later: Stream, rule: str, title: str, evidence: str) -> None:
    made = _then(None, _look(HEALTHY), _look(later, second=1), _look(later, second=90))
    finding = only(made.findings, rule)
    assert (finding.severity, finding.title, finding.evidence) == (Severity.CRITICAL, title, evidence)
    assert _then(made, _look(HEALTHY, second=91)).findings == ()
    assert _then(made, _look(HEALTHY, second=91)).memory.vanished == frozenset()


def test_what_cannot_be_read_has_not_vanished_but_may_have_when_it_can() -> None:
    made = _then(None, _look(HEALTHY), _look(spoiled(DOWN), second=1), _look(stream(groups=None), second=2))
    assert made.memory.vanished == frozenset()
    made = _then(made, _look(absent(), second=3))
    assert only(made.findings, "no_stream").title == "stream vanished with its group"


def test_what_nobody_declared_does_not_vanish() -> None:
    other = stream(deserted(name=Name.of("x")), name=Name.of("app:x"))
    made = _then(None, _look(HEALTHY, other), _look(HEALTHY, second=1))
    assert (made.memory.vanished, made.findings) == (frozenset(), ())


def _evicted(keys: int | None, run: str = "r1") -> Node:
    return node(memory=Memory(1, 2 << 30, "allkeys-lru", keys), run_id=run)


def test_a_spell_of_evictions_counts_its_keys_and_ends_after_a_minute() -> None:
    made = _then(None, _look(HEALTHY, at=_evicted(500)))
    assert rules(made) == []
    made = _then(made, _look(HEALTHY, second=1, at=_evicted(503)), _look(HEALTHY, second=30, at=_evicted(510)))
    finding = only(made.findings, "evicting")
    assert (finding.title, finding.since_ms) == ("10 keys being evicted", NOW + 1_000)
    assert finding.evidence == "allkeys-lru: streams can go with their groups"
    assert rules(_then(made, _look(HEALTHY, second=89, at=_evicted(510)))) == ["evicting"]
    made = _then(made, _look(HEALTHY, second=90, at=_evicted(510)))
    assert rules(made) == []
    made = _then(made, _look(HEALTHY, second=91, at=_evicted(511)))
    assert only(made.findings, "evicting").title == "1 key being evicted"


def test_evictions_that_can_take_no_stream_are_no_alarm() -> None:
    def at(keys: int) -> Node:
        return node(memory=Memory(1, 2 << 30, "volatile-lru", keys))

    assert rules(_then(None, _look(HEALTHY, at=at(1)), _look(HEALTHY, second=1, at=at(9)))) == []


def test_a_vanished_stream_is_told_with_the_evictions_of_the_spell() -> None:
    made = _then(None, _look(HEALTHY, at=_evicted(500)), _look(absent(), second=1, at=_evicted(503)))
    assert only(made.findings, "no_stream").evidence == "probably evicted, 3 keys went meanwhile"


@pytest.mark.parametrize("later", [_evicted(3, "r2"), _evicted(0), _evicted(None)])
def test_a_restart_or_a_reset_ends_a_spell_or_leaves_it(later: Node) -> None:
    made = _then(None, _look(HEALTHY, at=_evicted(500)), _look(HEALTHY, second=1, at=_evicted(503)))
    ended = later.memory.evicted_keys is not None
    begun_anew = ["restarted"] if later.run_id == "r2" else []
    assert rules(_then(made, _look(HEALTHY, second=2, at=later))) == (begun_anew if ended else ["evicting"])


def test_a_counter_that_stands_still_keeps_its_spell_for_a_minute() -> None:
    spell = Rising(5, 5).then(8, 1_000)
    assert (spell.risen, spell.then(8, 60_999).risen, spell.then(8, 61_000).risen) == (3, 3, 0)
    assert Rising(5, 5).then(5, 9) == Rising(5, 5)


def test_a_restart_forgets_speeds_and_signs_of_life() -> None:
    busy = [stream(group(consumer(pending=count))) for count in (3, 2)]
    made = _then(None, _look(busy[0]), _look(busy[1], second=1))
    assert made.rows[0].rates.span_ms == 1_000
    assert made.memory.activity[KEY][consumer().name].changed_at_ms is not None
    made = _then(made, _look(busy[1], second=2, at=node(run_id="r2")))
    assert made.rows[0].rates.span_ms == 0
    assert made.memory.activity[KEY][consumer().name].changed_at_ms is None


def test_the_last_position_of_a_declared_group_is_remembered() -> None:
    made = _then(None, _look(stream(group(entries_read=7))), _look(absent(), second=1), _look(stream(), second=2))
    assert made.memory.positions == {KEY: Start("remembered", ago(1_000), 7)}


def test_a_group_that_read_nothing_or_that_nobody_declared_leaves_no_position() -> None:
    other = group(name=Name.of("x"), last_delivered=EntryId(9))
    made = _then(None, _look(stream(deserted(last_delivered=ZERO), other)))
    assert made.memory.positions == {}


def test_memory_stays_small_however_long_and_whatever_comes_and_goes() -> None:
    made = None
    for second in range(300):
        passing = Name.of(f"app:{second}")
        moved = group(last_delivered=ago(-second), entries_read=second)
        streams = (stream(moved, entries_added=second), stream(deserted(name=passing), name=passing))
        made = _then(made, _look(*streams, second=second))
    assert made is not None
    memory = made.memory
    assert max(len(trail) for trail in memory.trails.values()) <= WINDOW_MS // 1_000 + 1
    here = {row.key for row in made.rows} | {Key(row.key.stream) for row in made.rows}
    assert set(memory.trails) <= here
    assert set(memory.activity) <= here
    assert set(memory.positions) == {KEY}
    assert (memory.vanished, memory.spells, len(memory.evictions), len(memory.run_ids)) == (frozenset(), {}, 1, 1)
