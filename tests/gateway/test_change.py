"""Plans about a group as a whole: carried out only while it is as it was seen, and while nothing would be lost."""

import pytest

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import PositionPlan, RemovePlan
from tests.conftest import FreshServer
from tests.gateway.conftest import OpenWriter
from tests.gateway.desk import GROUP, KEY, STREAM, WORKER, ask, dump, stuck
from tests.gateway.peers import Proxy, peer
from tests.gateway.rig import add_user
from tests.servers import Server

Change = PositionPlan | RemovePlan
EMPTY = Name(b"idle\xff")


def _group(server: Server) -> dict[bytes, object]:
    [flat] = ask(server, "XINFO", "GROUPS", STREAM.raw)
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _at(server: Server) -> EntryId:
    at = _group(server)[b"last-delivered-id"]
    assert isinstance(at, bytes)
    return EntryId.parse(at)


def _position(server: Server, to: EntryId, entries_read: int | None = None) -> PositionPlan:
    return PositionPlan(KEY, _at(server), None, to, entries_read, 0)


def _told(outcome: Outcome, fault: str, *parts: str) -> None:
    assert outcome.word == "refused"
    assert outcome.trouble is not None
    assert outcome.trouble.fault == fault
    assert all(part in outcome.trouble.sentence for part in parts), outcome.trouble


async def test_a_position_is_set(server: Server, open_writer: OpenWriter) -> None:
    """Back to the first entry: the others are delivered again."""
    targets = stuck(server, count=3)
    outcome = await open_writer(server).apply(_position(server, targets[0].id))
    assert (outcome.word, dict(outcome.counts), outcome.entries) == ("done", {"done": 1}, ())
    assert _at(server) == targets[0].id
    [[_, got]] = ask(server, "XREADGROUP", "GROUP", GROUP.raw, "w", "STREAMS", STREAM.raw, ">")
    assert [EntryId.parse(id) for id, _ in got] == [target.id for target in targets[1:]]


async def test_a_position_keeps_lag_exact_where_the_server_counts(server: Server, open_writer: OpenWriter) -> None:
    """With ENTRIESREAD; 6.2 does not know it, and does not get it."""
    targets = stuck(server, count=3)
    assert (await open_writer(server).apply(_position(server, targets[0].id, 1))).word == "done"
    group = _group(server)
    assert (group.get(b"entries-read"), group.get(b"lag")) == ((None, None) if server.kind == "redis-6.2" else (1, 2))


async def test_a_group_that_has_read_on_is_left_where_it_is(server: Server, open_writer: OpenWriter) -> None:
    """What was planned was planned from another place."""
    targets = stuck(server, count=2)
    plan = _position(server, EntryId(0))
    now = stuck(server, count=1)[-1].id
    before = dump(server)
    _told(await open_writer(server).apply(plan), "gone", f"is at {now} now", f"no longer at {targets[1].id}")
    assert dump(server) == before


async def test_a_consumer_without_pending_entries_is_removed(server: Server, open_writer: OpenWriter) -> None:
    """That one and no other."""
    stuck(server, count=1)
    ask(server, "XGROUP", "CREATECONSUMER", STREAM.raw, GROUP.raw, EMPTY.raw)
    outcome = await open_writer(server).apply(RemovePlan(KEY, EMPTY, _at(server), 0))
    assert (outcome.word, dict(outcome.counts)) == ("done", {"done": 1})
    assert [row[1] for row in ask(server, "XINFO", "CONSUMERS", STREAM.raw, GROUP.raw)] == [WORKER.raw]


async def test_a_consumer_with_pending_entries_is_kept(server: Server, open_writer: OpenWriter) -> None:
    """The server itself would drop them without a word."""
    stuck(server, count=3)
    before = dump(server)
    _told(
        await open_writer(server).apply(RemovePlan(KEY, WORKER, _at(server), 0)),
        "denied",
        "worker-1 holds 3 pending entries",
    )
    assert dump(server) == before


async def test_a_consumer_that_is_not_there(server: Server, open_writer: OpenWriter) -> None:
    """Removed by somebody else meanwhile."""
    stuck(server, count=1)
    _told(await open_writer(server).apply(RemovePlan(KEY, EMPTY, _at(server), 0)), "gone", f"no consumer {EMPTY}")


async def test_a_group_without_pending_entries_is_removed(server: Server, open_writer: OpenWriter) -> None:
    """The stream stays."""
    [target] = stuck(server, count=1)
    ask(server, "XACK", STREAM.raw, GROUP.raw, str(target.id))
    assert (await open_writer(server).apply(RemovePlan(KEY, None, _at(server), 0))).word == "done"
    assert (ask(server, "XINFO", "GROUPS", STREAM.raw), ask(server, "XLEN", STREAM.raw)) == ([], 1)


async def test_a_group_with_pending_entries_is_kept(server: Server, open_writer: OpenWriter) -> None:
    """One is enough."""
    stuck(server, count=1)
    before = dump(server)
    plan = RemovePlan(KEY, None, _at(server), 0)
    _told(await open_writer(server).apply(plan), "denied", "holds 1 pending entry, which")
    assert dump(server) == before


async def test_a_group_that_is_in_use_is_kept(server: Server, open_writer: OpenWriter) -> None:
    """Somebody has read with it since it was seen, though nothing is pending now."""
    [target] = stuck(server, count=1)
    plan = RemovePlan(KEY, None, EntryId(0), 0)
    ask(server, "XACK", STREAM.raw, GROUP.raw, str(target.id))
    before = dump(server)
    _told(await open_writer(server).apply(plan), "gone", f"is at {target.id} now", "no longer at 0-0")
    assert dump(server) == before


PLANS: dict[str, Change] = {
    "position": PositionPlan(KEY, EntryId(0), None, EntryId(1), None, 0),
    "consumer": RemovePlan(KEY, EMPTY, EntryId(0), 0),
    "group": RemovePlan(KEY, None, EntryId(0), 0),
}


def _unread(server: Server) -> None:
    """A group that has read nothing, with a consumer that holds nothing: each of the plans fits."""
    ask(server, "XGROUP", "CREATE", STREAM.raw, GROUP.raw, "0", "MKSTREAM")
    ask(server, "XGROUP", "CREATECONSUMER", STREAM.raw, GROUP.raw, EMPTY.raw)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
async def test_a_stream_or_group_that_is_gone(server: Server, open_writer: OpenWriter, plan: Change) -> None:
    """Each is told, and nothing is made by asking."""
    writer = open_writer(server)
    _told(await writer.apply(plan), "gone", str(STREAM))
    assert ask(server, "DBSIZE") == 0
    ask(server, "XADD", STREAM.raw, "*", "f", "v")
    outcome = await writer.apply(plan)
    _told(outcome, "gone", str(STREAM))
    assert ask(server, "XINFO", "GROUPS", STREAM.raw) == []


@pytest.mark.parametrize(
    ("plan", "rule"),
    [("position", "+xgroup|setid"), ("consumer", "+xgroup|delconsumer"), ("group", "+xgroup|destroy")],
)
async def test_a_missing_permission_is_named(server: Server, open_writer: OpenWriter, plan: str, rule: str) -> None:
    """To look is not to change."""
    _unread(server)
    before = dump(server)
    outcome = await open_writer(add_user(server, ["+eval", "+xinfo"])).apply(PLANS[plan])
    _told(outcome, "denied", f"may not run {rule[1:].replace('|', ' ').upper()}")
    assert outcome.trouble is not None
    assert outcome.trouble.next_step.endswith(rule)
    assert dump(server) == before


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
async def test_a_replica(fresh_server: FreshServer, open_writer: OpenWriter, plan: Change) -> None:
    """The primary decides."""
    primary = fresh_server()
    _unread(primary)
    outcome = await open_writer(fresh_server(replica_of=primary)).apply(plan)
    _told(outcome, "replica", "takes no writes")


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
async def test_a_lost_answer_is_unknown(redis70: Server, open_writer: OpenWriter, plan: Change) -> None:
    """Done once, and told as what it is."""
    _unread(redis70)
    proxy = Proxy(redis70.port)
    proxy.lose = b"EVAL"
    async with peer(proxy.talk) as address:
        outcome = await open_writer(address).apply(plan)
    assert (outcome.word, dict(outcome.counts)) == ("unknown", {"unknown": 1})
    assert outcome.trouble is not None
    assert "is not known" in outcome.trouble.sentence
    assert sum(b"EVAL" in sent for sent in proxy.commands) == 1


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
async def test_nobody_listens(redis70: Server, open_writer: OpenWriter, plan: Change) -> None:
    """Surely not done."""
    writer = open_writer(redis70)
    redis70.kill()
    _told(await writer.apply(plan), "unreachable", "connection refused")
