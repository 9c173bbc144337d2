"""One word for each row: what spoils it, then what is wrong, then what is merely so."""

from dataclasses import replace

import pytest

from maestro_tui.domain.frame import derive
from maestro_tui.domain.limits import Limits, StreamLimits
from maestro_tui.domain.names import ZERO, EntryId, Key, Name
from maestro_tui.domain.rows import Row, State
from maestro_tui.domain.snapshot import Stream, exact
from maestro_tui.domain.topology import Declared, Topology
from maestro_tui.domain.trouble import Trouble
from tests.domain.building import (
    DEAD_JOBS,
    DENIED,
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
    entry,
    frame,
    group,
    letters,
    node,
    page,
    row,
    snapshot,
    spoiled,
    stream,
)

WRONG_TYPE = Trouble("wrong_type", "The key holds a list.", "Rename it.")
DEAD = consumer(idle_ms=720_000, inactive_ms=720_000)
UNDECLARED = Topology((), discover="app:*")
HOLDS_STUCK = consumer(pending=1)

STATES: list[tuple[str, State, Stream]] = [
    ("all read", "ok", stream(group())),
    ("all read, worker gone", "ok", stream(group(DEAD))),
    ("work waits, nobody there", "no live", stream(group(DEAD, last_delivered=ago(300_000), server_lag=4))),
    ("work waits, never had a worker", "no live", stream(deserted())),
    ("work came just now", "ok", stream(deserted(), first_id=ago(4_999))),
    ("stuck", "stuck", stream(group(HOLDS_STUCK, page=page(entry(900_000, 800_000))))),
    ("nearly stuck", "ok", stream(group(HOLDS_STUCK, page=page(entry(590_000, 299_999))))),
    ("poisoned", "problem", stream(group(consumer(pending=1), page=page(entry(500_000, 1_000, deliveries=7))))),
    ("waiting too long", "behind", stream(group(last_delivered=ZERO), first_id=ago(60_000))),
    ("waiting a little", "ok", stream(group(last_delivered=ZERO), first_id=ago(59_999))),
    ("no group", "no group", stream()),
    ("another group only", "no group", stream(deserted(name=Name.of("other")))),
    ("no stream", "no stream", absent()),
    ("a list", "wrong type", spoiled(WRONG_TYPE)),
    ("forbidden", "denied", spoiled(DENIED)),
    ("forbidden in part", "denied", stream(group(consumers=None, consumer_count=1, trouble=DENIED))),
    ("not answered", "unknown", spoiled(DOWN)),
    ("not told", "unknown", stream(exists=None)),
    ("groups not told", "unknown", stream(groups=None)),
    ("not fetched for a minute", "stale", stream(group(), seen_at_ms=NOW - 60_001)),
    ("fetched a minute ago", "ok", stream(group(), seen_at_ms=NOW - 60_000)),
    ("emptied", "ok", stream(deserted(), length=0, first_id=None, last_entry_id=None)),
]


@pytest.mark.parametrize(("state", "one"), [case[1:] for case in STATES], ids=[case[0] for case in STATES])
def test_the_state_of_a_declared_row(state: State, one: Stream) -> None:
    found = frame(one).row(KEY)
    assert found is not None
    assert (found.state, found.declared, found.alias) == (state, True, "jobs")


@pytest.mark.parametrize(
    ("state", "one"),
    [
        ("unused", stream(deserted())),
        ("idle", stream(deserted(last_delivered=ago(300_000)))),
        ("idle", stream()),
        ("no live", stream(group(DEAD, last_delivered=ago(300_000), server_lag=4))),
        ("ok", stream(group())),
    ],
)
def test_the_state_of_a_row_nobody_declared(state: State, one: Stream) -> None:
    found = row(one, topology=UNDECLARED)
    assert (found.state, found.declared) == (state, False)


@pytest.mark.parametrize(
    ("seconds", "backlog", "into", "out", "state"),
    [
        (4, 1_000, 50, 5, "ok"),
        (5, 1_000, 50, 5, "behind"),
        (5, 100, 50, 5, "ok"),
        (5, 1_000, 50, 50, "ok"),
        (5, 1_000, 5, 50, "ok"),
        (5, 11, 1, 0, "ok"),
    ],
)
def test_a_growing_lag_is_behind_with_a_backlog_and_some_seconds_of_proof(
    seconds: int, backlog: int, into: int, out: int, state: State
) -> None:
    made = None
    for second in range(seconds + 1):
        now = NOW + second * 1_000
        one = group(
            last_delivered=EntryId((now if out else NOW) - 21_000),
            entries_read=out * second,
            server_lag=backlog + (into - out) * second,
            first_undelivered=EntryId(now - 20_000),
        )
        whole = stream(
            one,
            seen_at_ms=now,
            length=9_999 + into * second,
            entries_added=9_999 + into * second,
            last_entry_id=EntryId(now),
            last_id=EntryId(now),
        )
        made = derive(made, snapshot(whole, nodes=(node(version="8.2.3"),), at=now), LIMITS, TOPOLOGY)
    assert made is not None
    assert made.rows[0].state == state


def test_rows_come_in_the_order_of_the_poll_with_missing_groups_in_place() -> None:
    other = Name.of("other")
    made = frame(stream(deserted(name=other)), stream(name=Name.of("app:more")))
    assert [one.key for one in made.rows] == [KEY, Key(JOBS, other), Key(Name.of("app:more"))]


def test_several_groups_may_be_declared_on_one_stream() -> None:
    second = Name.of("second")
    topology = Topology((Declared("jobs", JOBS, KEY.group), Declared("again", JOBS, second)))
    made = frame(stream(group()), topology=topology)
    assert [(one.key.group, one.state) for one in made.rows] == [(KEY.group, "ok"), (second, "no group")]


def test_the_facts_of_a_row() -> None:
    worker = consumer(pending=2, inactive_ms=720_000)
    seen = page(entry(1_560_000, 1_320_000), entry(700_000, 720_000))
    one: Row = row(stream(group(worker, last_delivered=ZERO, page=seen)))
    assert one.pending.stuck == exact(2)
    assert one.pending.left_behind == exact(1)
    assert (one.oldest_age_ms, one.oldest_idle_ms) == (1_560_000, 1_320_000)
    assert (one.lag, one.waiting_ms) == (exact(10), 600_000)
    assert one.work_waits


def test_a_last_batch_within_its_time_is_no_alarm_and_after_it_is_one() -> None:
    """The healing workers' habit: ten entries at a time, each for minutes, nothing else asked meanwhile."""
    limits = Limits(default=StreamLimits(safe_after_ms=3_000_000))
    for silent, state in ((2_999_999, "ok"), (3_000_000, "stuck")):
        worker = consumer(pending=10, idle_ms=silent, inactive_ms=silent)
        batch = page(*(entry(silent + 1_000, silent, seq=number) for number in range(10)))
        (one,) = derive(None, snapshot(stream(group(worker, page=batch))), limits, TOPOLOGY).rows
        assert one.state == state
        assert one.pending.stuck == exact(10)


@pytest.mark.parametrize(
    ("one", "keys", "state", "age_ms"),
    [
        (letters(), [Key(DEAD_JOBS)], "dead", 600_000),
        (letters(0), [Key(DEAD_JOBS)], "dead", None),
        (letters(first_id=EntryId(1)), [Key(DEAD_JOBS)], "dead", None),
        (replace(letters(), groups=(group(),)), [Key(DEAD_JOBS), Key(DEAD_JOBS, KEY.group)], "dead", 600_000),
        (absent(DEAD_JOBS), [Key(DEAD_JOBS)], "no stream", None),
        (letters(exists=None), [Key(DEAD_JOBS)], "unknown", 600_000),
        (letters(seen_at_ms=NOW - 60_001), [Key(DEAD_JOBS)], "stale", 600_000),
        (letters(name=Name.of(":dead")), [Key(Name.of(":dead"))], "idle", None),
        (letters(name=Name.of("app:jobs:dead:x")), [Key(Name.of("app:jobs:dead:x"))], "idle", None),
    ],
)
def test_dead_letters_have_a_row_of_their_own(one: Stream, keys: list[Key], state: State, age_ms: int | None) -> None:
    made = frame(one).rows
    assert [found.key for found in made] == keys
    assert (made[0].state, made[0].group, made[0].declared) == (state, None, False)
    assert made[0].oldest_age_ms == age_ms


def test_dead_letters_that_are_declared_with_a_group_keep_both_rows() -> None:
    topology = Topology((Declared("dead", DEAD_JOBS, KEY.group),))
    assert [(found.state, found.declared) for found in frame(letters(), topology=topology).rows] == [
        ("dead", True),
        ("no group", True),
    ]
