"""Each sign of trouble: where it shows, where it does not, with its evidence, its next step and its key."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from maestro_tui.domain.frame import derive
from maestro_tui.domain.names import ZERO, Key, Name
from maestro_tui.domain.rules import RANK, RULES, Severity
from maestro_tui.domain.snapshot import Memory, Node, Stream
from maestro_tui.domain.text import visible
from maestro_tui.domain.topology import Declared, Topology
from maestro_tui.domain.trouble import Trouble
from tests.domain.building import (
    ADDRESS,
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
    only,
    page,
    rules,
    snapshot,
    spoiled,
    stream,
)
from tests.domain.rules_elsewhere import ELSEWHERE
from tests.domain.test_rules_groups import GROUPS_FOUND

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
WRONG_TYPE = Trouble("wrong_type", "The key holds a list.", "Rename it.")
GIB = 1 << 30


def _memory(used: float, policy: str | None = "allkeys-lru", limit: int | None = 2 * GIB) -> Node:
    return node(memory=Memory(round(used * 2 * GIB), limit, policy, 0))


@dataclass(frozen=True)
class Case:
    """What must be found, in every word."""

    rule: str
    severity: Severity
    title: str
    evidence: str
    next_step: str
    press: str | None = None


def _case(made: Stream, *words: Any, at: Node | None = None) -> Any:  # noqa: ANN401 - a row of the table
    return pytest.param(made, at, Case(*words), id=words[0] + " " + words[2])


DEAD = consumer(idle_ms=720_000, inactive_ms=720_000)
BUSY = consumer(pending=214, idle_ms=299_000, inactive_ms=299_000)
GONE = consumer(pending=214, idle_ms=720_000, inactive_ms=720_000)
LIVE = consumer(pending=6, inactive_ms=100)
OLD = page(*(entry(2_460_000, 2_400_000, seq=number) for number in range(6)))
MIXED = page(entry(1_560_000, 1_320_000), entry(900_000, 720_000), complete=False)

FOUND = [
    _case(stream(length=64), "no_group", WARNING, "group missing, 64 entries",
          "nothing is delivered, workers get NOGROUP", "i choose start", "i"),
    _case(stream(length=0), "no_group", WARNING, "group missing, 0 entries",
          "nothing is delivered, workers get NOGROUP", "i creates it", "i"),
    _case(absent(), "no_stream", WARNING, "stream missing", "workers get NOGROUP", "i creates it", "i"),
    _case(stream(deserted()), "no_live", CRITICAL, "no consumer, 10 waiting 10m", "last delivered 0-0",
          "start a worker"),
    _case(stream(group(DEAD, last_delivered=ZERO)), "no_live", CRITICAL, "no live worker of 1, 10 waiting 10m",
          "last heard 12m ago", "start a worker"),
    _case(stream(group(GONE, page=MIXED)), "left_behind", CRITICAL, ">=1 left behind; worker-1 silent 12m",
          "no worker is live", "start a worker, then R", "R"),
    _case(stream(group(BUSY, page=MIXED)), "left_behind", CRITICAL, ">=2 left behind; worker-1 silent 4m",
          "busy or dead", "check worker-1, then R", "R"),
    _case(stream(group(LIVE, page=OLD)), "left_behind", WARNING, "6 left behind by live workers",
          "oldest 41m old", "enter, R one first", "enter"),
    _case(stream(group(last_delivered=ZERO)), "behind", WARNING, "10 waiting 10m",
          "", "add workers or find what slows them"),
    _case(stream(group(consumers=None, consumer_count=1, last_delivered=ZERO)), "behind", WARNING, "10 waiting 10m",
          "no worker is certainly live", "check the worker"),
    _case(spoiled(WRONG_TYPE), "wrong_type", CRITICAL, "the key is no stream", "The key holds a list.",
          "rename the key, then i"),
    _case(spoiled(DENIED), "denied", WARNING, "not allowed to look", "The server forbids XINFO.",
          "Allow it in the ACL."),
    _case(stream(group(trouble=DENIED)), "denied", WARNING, "not allowed to look", "The server forbids XINFO.",
          "Allow it in the ACL."),
    _case(stream(group()), "loading", CRITICAL, "server is loading its data", ADDRESS, "wait for it",
          at=node(loading=True)),
    _case(stream(group()), "replica", WARNING, "this is a replica", f"{ADDRESS} takes no writes",
          "connect to the primary", at=node(role="slave", link_up=True)),
    _case(stream(group()), "eviction_risk", WARNING, "memory 85% full, streams may be evicted",
          "1.7G of 2.0G, allkeys-lru", "free memory; or raise maxmemory", at=_memory(0.85)),
    _case(stream(group()), "memory", WARNING, "memory 90% full", "1.8G of 2.0G, noeviction: writes will be refused",
          "free memory; or raise maxmemory", at=_memory(0.9, "noeviction")),
    _case(stream(group()), "memory", WARNING, "memory 90% full", "1.8G of 2.0G: writes will be refused",
          "free memory; or raise maxmemory", at=_memory(0.9, None)),
    _case(stream(group()), "connections", WARNING, "9,500 of 10,000 clients connected",
          "new connections will be refused", "find who leaks connections (CLIENT LIST)", at=node(clients=9_500)),
    _case(stream(group()), "server_denied", INFO, "server health unknown", "The server forbids XINFO.",
          "Allow it in the ACL.", at=node(trouble=DENIED)),
    _case(letters(), "dead_letters", INFO, "10 dead letters, oldest 10m", "", "enter to see them, R redrives", "enter"),
    _case(letters(1), "dead_letters", INFO, "1 dead letter, oldest 10m", "", "enter to see them, R redrives", "enter"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "at", "wanted"), FOUND)
def test_found_in_words_and_numbers(one: Stream, at: Node | None, wanted: Case) -> None:
    finding = only(frame(one, nodes=(at or node(),)).findings, wanted.rule)
    told = {name: getattr(finding, name) for name in Case.__dataclass_fields__}
    assert Case(**told) == wanted
    about_a_row = wanted.rule in {"no_group", "no_stream", "no_live", "left_behind", "behind", "wrong_type", "denied"}
    wanted_key = Key(one.name) if wanted.rule == "dead_letters" else KEY if about_a_row else None
    assert finding.key == wanted_key


OTHER = Topology((), discover="app:*")
QUIET: list[tuple[str, Stream, Node, Topology | None]] = [
    ("all is well", stream(group()), node(), None),
    ("unused", stream(deserted()), node(), OTHER),
    ("no group, undeclared", stream(), node(), OTHER),
    ("no stream, undeclared", absent(), node(), OTHER),
    ("no stream of ours", spoiled(WRONG_TYPE), node(), OTHER),
    ("worker gone, nothing to do", stream(group(DEAD)), node(), None),
    ("work came just now", stream(group(DEAD, last_delivered=ZERO), first_id=ago(4_000)), node(), None),
    ("quiet before 7.2", stream(group(consumer(idle_ms=9_999_999, inactive_ms=None))), node(version="7.0.15"), None),
    ("not stuck yet", stream(group(LIVE, page=page(entry(500_000, 299_999)))), node(), None),
    ("memory nearly", stream(group()), _memory(0.849), None),
    ("no limit", stream(group()), _memory(3.0, limit=0), None),
    ("memory not told", stream(group()), node(memory=Memory()), None),
    ("evictable but calm", stream(group()), _memory(0.5), None),
    ("nearly too many clients", stream(group()), node(clients=9_499), None),
    ("clients not told", stream(group()), node(clients=None), None),
    ("no dead letter left", letters(0), node(), OTHER),
    ("not fetched lately", stream(group(GONE), seen_at_ms=0), node(), None),
]


@pytest.mark.parametrize(("one", "at", "topology"), [case[1:] for case in QUIET], ids=[case[0] for case in QUIET])
def test_nothing_is_found_where_nothing_is_wrong(one: Stream, at: Node, topology: Topology | None) -> None:
    made = frame(one, nodes=(at,), **({} if topology is None else {"topology": topology}))
    assert made.findings == ()


@pytest.mark.parametrize(("seconds", "found"), [(0.499, []), (0.5, ["slow_poll"])])
def test_a_slow_poll(seconds: float, found: list[str]) -> None:
    made = None
    for later in (0, 1_500, 3_000):
        assert made is None or rules(made) == []
        made = derive(made, snapshot(stream(group()), took=seconds, at=NOW + later), LIMITS, TOPOLOGY)
    assert made is not None
    assert rules(made) == found
    if found:
        assert (made.findings[0].title, made.findings[0].evidence) == ("a poll took 0.5s", "4 commands")


def test_every_rule_is_shown_here() -> None:
    """A new rule needs its line in the table above."""
    shown = ELSEWHERE | {param.values[2].rule for param in FOUND} | {"slow_poll", "evicting", "unreachable"}
    shown |= {param.values[1].rule for param in GROUPS_FOUND} | {"moved_back", "not_acking", "outpaced", "shared_name"}
    assert shown == {rule.name for rule in RULES} == set(RANK)


RANKING = [
    ("critical", "loading"),
    ("critical", "saving_fails"),
    ("critical", "wrong_type"),
    ("critical", "no_live"),
    ("critical", "left_behind"),
    ("warning", "replica"),
    ("warning", "no_stream"),
    ("warning", "denied"),
    ("warning", "no_group"),
    ("warning", "behind"),
    ("warning", "eviction_risk"),
    ("warning", "connections"),
    ("warning", "ghosts"),
    ("info", "server_denied"),
    ("info", "dead_letters"),
]
"""The worst stands first; among equals what happens to the server, then causes before what follows from them."""


def test_the_ranking() -> None:
    one = KEY.group or JOBS
    sick = {
        "a": spoiled(DENIED),
        "b": stream(group(last_delivered=ZERO)),
        "c": stream(),
        "d": absent(),
        "e": stream(group(GONE, page=MIXED)),
        "f": stream(deserted()),
        "g": spoiled(WRONG_TYPE),
    }
    topology = Topology(tuple(Declared(name, Name.of(name), one) for name in sick))
    memory = Memory(2 * GIB, 2 * GIB, "allkeys-lru", 0)
    at = node(role="slave", link_up=True, loading=True, save_failing=("aof",), memory=memory, clients=10_000)
    streams = [replace(made, name=Name.of(name)) for name, made in sick.items()]
    # What a replica tells of its consumers proves nobody dead, so the groups are looked at on another node.
    streams = [replace(made, node="other") for made in streams]
    streams.append(letters(1_000_000))
    made = frame(*streams, topology=topology, nodes=(replace(at, trouble=DENIED), node(address="other")))
    assert [(finding.severity.value, finding.rule) for finding in made.findings] == RANKING


def test_among_equals_the_heavier_stands_first() -> None:
    topology = Topology(tuple(Declared(name, Name.of(name), KEY.group) for name in "abc"))
    streams = [stream(name=Name.of(name), length=length) for name, length in (("a", 3), ("b", 500), ("c", 3))]
    made = frame(*streams, topology=topology)
    assert [str(finding.key.stream) for finding in made.findings if finding.key] == ["b", "a", "c"]


def test_hostile_names_stay_words() -> None:
    evil = Name(b"\x1b]0;x\x07[red]\xff\xe2\x80\xae" + b"n" * 300)
    worker = replace(GONE, name=evil)
    one = stream(group(worker, name=evil, page=MIXED), name=evil)
    made = frame(one, topology=Topology((Declared("evil", evil, evil),)), nodes=(node(version="\x1b", role="master"),))
    finding = only(made.findings, "silent")
    for text in (finding.title, finding.evidence, finding.next_step, finding.id):
        assert text.isprintable()
        assert len(text) < 700
    assert "\\x1b" in finding.title


def test_a_hostile_server_stays_words() -> None:
    memory = Memory(2 * GIB, 2 * GIB, "allkeys-\x1b[2J", 0)
    made = frame(stream(group()), nodes=(node(memory=memory, save_failing=("\x1b[2J",)),))
    assert len(made.findings) == 2
    assert all(finding.evidence.isprintable() for finding in made.findings)


@pytest.mark.parametrize("trouble", [DENIED, DOWN])
def test_a_node_that_does_not_tell_is_said_once(trouble: Trouble) -> None:
    made = frame(stream(group()), nodes=(node(trouble=trouble, role=None, version=None),))
    assert rules(made) == ["server_denied"]


def test_an_identity_is_a_rule_and_a_row() -> None:
    finding = only(frame(stream()).findings, "no_group")
    assert finding.identity == ("no_group", KEY)
    assert finding.id == f"no_group:{visible(b'app:jobs')} app-workers"
    assert replace(finding, key=None).id == "no_group"
    assert replace(finding, key=Key(JOBS)).id == "no_group:app:jobs"
