"""Rules about the server: each in every word, where it nearly shows, and flapping around its threshold."""

from dataclasses import replace
from typing import Any

import pytest

from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import EntryId
from maestro_tui.domain.rules import Finding, Severity
from maestro_tui.domain.snapshot import Cost, Memory, Node, Snapshot, Stream
from tests.domain.building import (
    ADDRESS,
    DOWN,
    LIMITS,
    NOW,
    TOPOLOGY,
    absent,
    consumer,
    entry,
    frame,
    group,
    node,
    only,
    page,
    rules,
    snapshot,
    stream,
)

GIB = 1 << 30
CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
Look = tuple[float, Node]
CHEAP = Cost(4, 0.002)


def _look(second: float, at: Node, *streams: Stream, cost: Cost = CHEAP) -> Snapshot:
    ms = NOW + round(second * 1_000)
    seen = [replace(one, seen_at_ms=ms) for one in streams or (stream(group()),)]
    return replace(snapshot(*seen, nodes=(at,), at=ms), mono_ms=round(second * 1_000), cost=cost)


def _frames(*looks: Look, past: Frame | None = None, limits: Limits = LIMITS) -> list[Frame]:
    """Return the frame of each look: when, and what INFO said."""
    made: list[Frame] = []
    for second, at in looks:
        past = derive(past, _look(second, at), limits, TOPOLOGY)
        made.append(past)
    return made


def _told(finding: Finding) -> tuple[Severity, str, str, str]:
    return finding.severity, finding.title, finding.evidence, finding.next_step


def _memory(share: float, policy: str = "allkeys-lru", **changes: Any) -> Node:  # noqa: ANN401 - fields of Memory
    return node(memory=Memory(round(share * 2 * GIB), 2 * GIB, policy, **{"evicted_keys": 0, **changes}))


@pytest.mark.parametrize(
    ("up_s", "title", "evidence"),
    [
        (0, "server restarted", "up for 0s; counters and rates begin anew"),
        (5, "server restarted", "up for 5s; counters and rates begin anew"),
        (7, "another server answers", "a failover? up for 7s; counters and rates begin anew"),
        (300_000, "another server answers", "a failover? up for 3d; counters and rates begin anew"),
        (None, "another server process answers", "counters and rates begin anew"),
    ],
)
def test_another_process_is_told_for_a_minute(up_s: int | None, title: str, evidence: str) -> None:
    """It was not seen for six seconds: younger than that it can only be the same server begun anew."""
    past, made = _frames((1, node(run_id="r1")), (7, node(run_id="r2", uptime_s=up_s)))
    assert rules(past) == []
    assert _told(only(made.findings, "restarted")) == (INFO, title, evidence, "check that workers have come back")
    later = None if up_s is None else up_s + 59
    made = _frames((66, node(run_id="r2", uptime_s=later)), past=made)[0]
    assert only(made.findings, "restarted").title == title
    ended = _frames((67, node(run_id="r2", uptime_s=later)), past=made)[0]
    assert (rules(ended), [one.finding.rule for one in ended.ended]) == ([], ["restarted"])


def test_an_outage_of_the_same_process_is_no_restart() -> None:
    past = _frames((1, node()))[0]
    past = derive(past, DOWN, LIMITS, TOPOLOGY, mono_ms=2_000)
    assert rules(_frames((9, node()), (10, node(run_id=None)), (11, node()), past=past)[-1]) == []


@pytest.mark.parametrize(
    ("at", "evidence", "step"),
    [
        (node(role="slave", link_up=False), "never up since it became a replica; what is shown may be that old",
         "is the primary up? connect to it"),
        (node(role="slave", link_up=False, link_down_s=12, primary="10.0.0.3:6379"),
         "for 12s; what is shown may be that old", "is 10.0.0.3:6379 up? connect to it"),
    ],
)  # fmt: skip
def test_a_replica_that_lost_its_primary(at: Node, evidence: str, step: str) -> None:
    made = frame(stream(group()), nodes=(at,))
    title = "the replica's link to its primary is down"
    assert _told(only(made.findings, "link_down")) == (CRITICAL, title, evidence, step)
    assert [(one.rule, one.because) for one in made.findings] == [
        ("link_down", None),
        ("replica", ("link_down", None)),
    ]


@pytest.mark.parametrize(
    "at",
    [
        node(role="slave", link_up=True),
        node(role="slave", link_up=None),
        node(role="master", link_up=False),
        node(role=None, link_up=None),
    ],
)
def test_a_link_that_is_up_or_not_known_is_not_down(at: Node) -> None:
    assert "link_down" not in rules(frame(stream(group()), nodes=(at,)))


def test_on_a_replica_no_step_asks_for_what_it_refuses() -> None:
    at = node(role="slave", link_up=True)
    overdue = stream(
        group(consumer(pending=1, idle_ms=720_000, inactive_ms=720_000), page=page(entry(900_000, 720_000)))
    )
    for made in (frame(absent(), nodes=(at,)), frame(stream(), nodes=(at,)), frame(overdue, nodes=(at,))):
        assert not [one for one in made.findings if one.press in ("i", "R", "x")]
        assert ("connect to the primary", None) in [(one.next_step, one.press) for one in made.findings]


def test_a_replica_names_its_primary() -> None:
    made = frame(stream(group()), nodes=(node(role="slave", link_up=True, primary="10.0.0.3:6379"),))
    assert only(made.findings, "replica").next_step == "connect to the primary 10.0.0.3:6379"


RDB, AOF, REWRITE = "rdb_last_bgsave_status", "aof_last_write_status", "aof_last_bgrewrite_status"


@pytest.mark.parametrize(
    ("failing", "severity", "title", "evidence"),
    [
        ((RDB,), CRITICAL, "RDB snapshot", "writes are refused (MISCONF) where snapshots are scheduled"),
        ((AOF,), CRITICAL, "AOF write", "writes are refused (MISCONF)"),
        ((REWRITE,), WARNING, "AOF rewrite", "the file grows until the disk is full"),
        ((RDB, REWRITE), CRITICAL, "RDB snapshot, AOF rewrite",
         "writes are refused (MISCONF) where snapshots are scheduled; the file grows until the disk is full"),
        (("\x1b[2J",), CRITICAL, "\\x1b[2J", "writes may be refused"),
    ],
)  # fmt: skip
def test_what_fails_to_be_saved(failing: tuple[str, ...], severity: Severity, title: str, evidence: str) -> None:
    made = frame(stream(group()), nodes=(node(save_failing=failing),))
    step = "look at the server's disk and log"
    assert _told(only(made.findings, "saving_fails")) == (severity, f"persistence is failing: {title}", evidence, step)


def test_connections_that_were_refused() -> None:
    def at(refused: int | None, clients: int | None = 10_000) -> Node:
        return node(rejected_connections=refused, clients=clients)

    made = _frames((1, at(7)), (2, at(7, 10)), (3, at(10)), (4, at(None)))
    assert [rules(one) for one in made[:2]] == [["connections"], []]
    told = (CRITICAL, "3 connections refused", "10,000 connected, maxclients 10,000")
    assert _told(only(made[2].findings, "rejected"))[:3] == told
    assert [(one.rule, one.because) for one in made[2].findings] == [
        ("rejected", None),
        ("connections", ("rejected", None)),
    ]
    # What is not told has not stopped.
    assert only(made[3].findings, "rejected").title == "3 connections refused"
    calm = _frames((62, at(10, 10)), (63, at(10, 10)), past=made[3])
    assert [rules(one) for one in calm] == [["rejected"], []]
    unknown = node(rejected_connections=12, clients=None, max_clients=None)
    assert only(_frames((64, unknown), past=calm[1])[0].findings, "rejected").evidence == ""


def test_memory_around_the_threshold_is_one_spell() -> None:
    for policy, rule in (("allkeys-lru", "eviction_risk"), ("noeviction", "memory")):
        shares = (0.849, 0.85, 0.801, 0.86, 0.801, 0.799, 0.84)
        made = _frames(*((second, _memory(share, policy)) for second, share in enumerate(shares, start=1)))
        assert [rules(one) for one in made] == [[], [rule], [rule], [rule], [rule], [], []]
        assert {one.findings[0].since_ms for one in made[1:5]} == {NOW + 2_000}


@pytest.mark.parametrize(
    ("share", "policy", "severity", "title", "evidence"),
    [
        (0.99, "noeviction", WARNING, "memory 99% full", "2.0G of 2.0G, noeviction: writes will be refused"),
        (1.0, "noeviction", CRITICAL, "memory 100% full", "2.0G of 2.0G, noeviction: new entries are refused (OOM)"),
        (1.0, "volatile-ttl", WARNING, "memory 100% full",
         "2.0G of 2.0G, volatile-ttl: keys with a time to live go first, then writes are refused"),
    ],
)  # fmt: skip
def test_memory_where_streams_stay(share: float, policy: str, severity: Severity, title: str, evidence: str) -> None:
    made = frame(stream(group()), nodes=(_memory(share, policy),))
    assert _told(only(made.findings, "memory")) == (severity, title, evidence, "free memory; or raise maxmemory")
    assert rules(made) == ["memory"]


def test_writes_that_were_refused_are_counted_until_none_was_for_a_minute() -> None:
    full, failing = _memory(0.98, "noeviction"), node(save_failing=(REWRITE,))
    made = _frames(
        (1, replace(full, oom_errors=4)), (2, replace(full, oom_errors=9)), (62, replace(full, oom_errors=9))
    )
    told = [_told(only(one.findings, "memory"))[:2] for one in made]
    assert told[0] == told[2] == (WARNING, "memory 98% full")
    assert told[1] == (CRITICAL, "memory 98% full, 5 writes refused")
    made = _frames((1, replace(failing, misconf_errors=0)), (2, replace(failing, misconf_errors=1)))
    saving = [only(one.findings, "saving_fails") for one in made]
    assert [one.severity for one in saving] == [WARNING, CRITICAL]
    assert saving[1].evidence == "1 write refused (MISCONF)"


def test_what_is_being_evicted_explains_the_risk() -> None:
    made = _frames((1, _memory(0.99)), (2, _memory(0.99, evicted_keys=3)))[1]
    assert [(one.rule, one.because) for one in made.findings] == [
        ("evicting", None),
        ("eviction_risk", ("evicting", None)),
    ]


def test_clients_around_the_threshold_are_one_spell() -> None:
    clients = (9_499, 9_500, 9_000, 9_600, 8_999, 9_400)
    made = _frames(*((second, node(clients=number)) for second, number in enumerate(clients, start=1)))
    assert [rules(one) for one in made] == [[], ["connections"], ["connections"], ["connections"], [], []]


@pytest.mark.parametrize(
    ("skew_ms", "title"),
    [
        (5_001, "server's clock 5s ahead of ours"),
        (-3_600_000, "server's clock 60m behind ours"),
        (5_000, None),
        (-5_000, None),
        (0, None),
        (None, None),
    ],
)
def test_two_clocks(skew_ms: int | None, title: str | None) -> None:
    looks = [(float(second), node(skew_ms=skew_ms)) for second in (1, 3, 5, 6)]
    made = _frames(*looks)
    assert rules(made[2]) == []
    assert [one.title for one in made[3].findings] == ([title] if title else [])
    if title:
        told = only(made[3].findings, "clock_skew")
        assert told.evidence == "ages are by the server's; ours may be the wrong one"
        assert (told.severity, told.next_step, told.key) == (WARNING, "compare both with NTP", None)
        # A clock that was set right for a moment only is not right.
        lasting = _frames((8, node(skew_ms=0)), (10, node(skew_ms=skew_ms)), (15, node(skew_ms=0)), past=made[3])
        assert [rules(one) for one in lasting] == [["clock_skew"], ["clock_skew"], []]


def _ahead(ms: int, second: float) -> Stream:
    return stream(group(), last_id=EntryId(NOW + round(second * 1_000) + ms, 3))


def test_ids_ahead_of_the_clock() -> None:
    """The server's clock was set back: XADD goes on from the last ID, and entries seem to be of the future."""
    past = None
    for second in (0, 3, 5):
        past = derive(past, _look(second, node(), _ahead(40_000, second)), LIMITS, TOPOLOGY)
    assert past is not None
    told = only(past.findings, "clock_skew")
    assert (told.key, told.title) == (past.rows[0].key, "IDs 40s ahead of the server's clock")
    assert told.evidence == f"last ID {NOW + 45_000}-3, server 14:03:27Z: ages here are too low"
    assert told.next_step == "was the clock set back, or do producers make IDs?"


def test_ids_that_are_given_while_a_slow_poll_goes_on_are_not_ahead() -> None:
    """TIME is asked first: an entry that was added seven seconds later has a later ID, and no clock is wrong."""
    past = None
    for second in (0, 30, 60, 90):
        past = derive(past, _look(second, node(), _ahead(6_900, second), cost=Cost(900, 7.0)), LIMITS, TOPOLOGY)
        assert "clock_skew" not in rules(past)
    past = derive(past, _look(120, node(), _ahead(12_500, 120), cost=Cost(900, 7.0)), LIMITS, TOPOLOGY)
    past = derive(past, _look(150, node(), _ahead(12_500, 150), cost=Cost(900, 7.0)), LIMITS, TOPOLOGY)
    assert "clock_skew" in rules(past)


@pytest.mark.parametrize("ahead_ms", [5_000, 2 * 86_400_000, 1 - NOW])
def test_ids_that_are_no_times_are_not_ahead(ahead_ms: int) -> None:
    past = None
    for second in (0, 3, 6):
        past = derive(past, _look(second, node(), _ahead(ahead_ms, second)), LIMITS, TOPOLOGY)
    assert past is not None
    assert rules(past) == []


def test_by_our_own_clock_no_id_is_ahead() -> None:
    """Where TIME is forbidden the moment is by this machine's clock, which proves nothing about the server's."""
    past = None
    for second in (0, 3, 6):
        past = derive(past, _look(second, node(time_ms=None), _ahead(60_000, second)), LIMITS, TOPOLOGY)
    assert past is not None
    assert rules(past) == []


def _costing(past: Frame | None, *polls: tuple[float, float]) -> list[Frame]:
    made = []
    for second, took in polls:
        past = derive(past, _look(second, node(), cost=Cost(12, took)), LIMITS, TOPOLOGY)
        made.append(past)
    return made


def test_our_own_cost_is_told_once_it_lasts() -> None:
    made = _costing(None, *((float(second), 0.08) for second in range(14)))
    # Three polls to judge by, then ten seconds in which it must hold.
    assert [rules(one) for one in made[11:13]] == [[], ["our_cost"]]
    told = only(made[12].findings, "our_cost")
    wanted = ("our own polls take 8% of the time", "12 commands in 0.08s, every 1.0s")
    assert _told(told) == (INFO, *wanted, "+ polls more slowly; or declare fewer streams")
    # Below the threshold, and above the lower one that ends it.
    steady = _costing(made[-1], *((14.0 + second, 0.045) for second in range(30)))
    assert {tuple(rules(one)) for one in steady} == {("our_cost",)}
    cheap = _costing(steady[-1], *((44.0 + second, 0.002) for second in range(30)))
    assert rules(cheap[-1]) == []


@pytest.mark.parametrize("took", [0.05, 0.002])
def test_what_we_may_take_is_no_sign(took: float) -> None:
    assert {tuple(rules(one)) for one in _costing(None, *((float(at), took) for at in range(25)))} == {()}


def test_one_expensive_poll_is_no_sign() -> None:
    polls = [(float(at), 0.4 if at == 12 else 0.002) for at in range(40)]
    assert {tuple(rules(one)) for one in _costing(None, *polls)} == {()}


def test_a_slow_poll_explains_our_cost_and_does_not_flap() -> None:
    made = _costing(None, *((float(at), 0.6) for at in range(13)))
    assert [(one.rule, one.because) for one in made[-1].findings] == [
        ("slow_poll", None),
        ("our_cost", ("slow_poll", None)),
    ]
    took = (0.6, 0.45, 0.41, 0.55, 0.39, 0.5, 0.39, 0.39, 0.39, 0.39)
    later = _costing(made[-1], *((13.0 + at, one) for at, one in enumerate(took)))
    assert ["slow_poll" in rules(one) for one in later] == [True] * 8 + [False] * 2


def test_hostile_words_of_a_server_stay_words() -> None:
    at = node(role="slave", link_up=False, primary="\\x1b[2J:1", save_failing=("\x1b]0;x\x07",), address=ADDRESS)
    for finding in frame(stream(group()), nodes=(at,)).findings:
        assert (finding.title + finding.evidence + finding.next_step).isprintable()


def test_writes_that_are_refused_are_told_although_streams_may_be_evicted() -> None:
    """Where nothing can be evicted fast enough, allkeys-* refuses writes as well."""
    made = _frames((1, replace(_memory(0.99), oom_errors=4)), (2, replace(_memory(0.99), oom_errors=16)))[1]
    told = only(made.findings, "eviction_risk")
    assert (told.severity, told.title) == (CRITICAL, "memory 99% full, 12 writes refused")
