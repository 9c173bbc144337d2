"""Plans carried out: each command once, and an outcome that is never better known than it was told."""

import pytest

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import CreateGroup, InitPlan
from maestro_tui.domain.topology import MAESTRO
from tests.conftest import FreshServer
from tests.gateway.conftest import OpenReader, OpenWriter
from tests.gateway.peers import Proxy, peer
from tests.gateway.rig import HEALING, JOBS, VALIDATION, add_user, config_of, fill, group_of, ids_of
from tests.servers import Server

PLAN = InitPlan(tuple(CreateGroup(entry.stream, entry.group) for entry in MAESTRO.declared if entry.group))


def _words(outcome: Outcome) -> list[str]:
    return [step.word for step in outcome.steps]


def _creations(server: Server) -> int:
    stats = server.client().info("commandstats")
    told = stats.get("cmdstat_xgroup|create") or stats.get("cmdstat_xgroup") or {"calls": 0}
    return int(told["calls"]) + int(told.get("rejected_calls", 0))


async def test_what_is_missing_is_created(server: Server, open_writer: OpenWriter, open_reader: OpenReader) -> None:
    """The whole topology on an empty server, as the platform's own services would create it."""
    outcome = await open_writer(server).apply(PLAN)
    assert (outcome.word, _words(outcome), dict(outcome.counts)) == ("done", ["created"] * 4, {"created": 4})
    assert _creations(server) == 4
    seen = await open_reader(server).poll(None)
    assert all(group_of(seen, entry).last_delivered == EntryId(0) for entry in MAESTRO.declared)


async def test_what_somebody_else_created_meanwhile_is_no_error(server: Server, open_writer: OpenWriter) -> None:
    """Services create their groups when they start, perhaps just now."""
    fill(server.client(), JOBS, entries=3, read=2)
    outcome = await open_writer(server).apply(PLAN)
    assert (outcome.word, _words(outcome)) == ("done", ["already there", "created", "created", "created"])
    assert server.client().xinfo_groups(JOBS.stream.raw)[0]["pending"] == 2


async def test_a_start_position_is_kept(redis70: Server, open_writer: OpenWriter, open_reader: OpenReader) -> None:
    """The plan's command is sent as it is, with the position and the count that keeps lag right."""
    client = redis70.client()
    for _ in range(4):
        client.xadd(JOBS.stream.raw, {"f": "v"})
    ids = [id.decode() for id in ids_of(client, JOBS)]
    assert JOBS.group is not None
    plan = InitPlan((CreateGroup(JOBS.stream, JOBS.group, EntryId.parse(ids[2]), 3),))
    assert (await open_writer(redis70).apply(plan)).word == "done"
    group = group_of(await open_reader(redis70).poll(None), JOBS)
    assert (str(group.last_delivered), group.entries_read, group.server_lag) == (ids[2], 3, 1)


async def test_names_of_any_bytes(server: Server, open_writer: OpenWriter) -> None:
    """What is created must be what was declared."""
    plan = InitPlan((CreateGroup(Name(b"\xff\x00 s"), Name(b"g\r\n\x1b")),))
    assert (await open_writer(server).apply(plan)).word == "done"
    assert server.client().xinfo_groups(b"\xff\x00 s")[0]["name"] == b"g\r\n\x1b"


async def test_a_read_only_session_sends_nothing(redis70: Server, open_writer: OpenWriter) -> None:
    """Enforced here, whatever key was pressed."""
    client = redis70.client()
    client.ping()
    before = client.info("stats")["total_connections_received"]
    outcome = await open_writer(config_of(redis70, read_only=True)).apply(PLAN)
    assert (outcome.word, outcome.steps) == ("refused", ())
    assert outcome.trouble is not None
    assert "read-only" in outcome.trouble.sentence
    assert client.info("stats")["total_connections_received"] == before
    assert client.dbsize() == 0


async def test_a_step_that_is_refused_does_not_stop_the_others(server: Server, open_writer: OpenWriter) -> None:
    """A list where a stream belongs concerns one step only."""
    server.client().rpush(HEALING.stream.raw, "x")
    outcome = await open_writer(server).apply(PLAN)
    assert (outcome.word, _words(outcome)) == ("partly", ["created", "refused", "created", "created"])
    assert outcome.trouble is not None
    assert outcome.trouble.fault == "wrong_type"


async def test_a_user_who_may_not_create(server: Server, open_writer: OpenWriter) -> None:
    """The missing rule is named."""
    outcome = await open_writer(add_user(server, ["+info"])).apply(PLAN)
    assert (outcome.word, _words(outcome)) == ("refused", ["refused"] * 4)
    assert outcome.trouble is not None
    assert outcome.trouble.next_step == "Grant it: ACL SETUSER monitor +xgroup|create"


async def test_a_replica_takes_no_writes(fresh_server: FreshServer, open_writer: OpenWriter) -> None:
    """The server itself says so, each time."""
    replica = fresh_server(replica_of=fresh_server())
    outcome = await open_writer(replica).apply(PLAN)
    assert outcome.word == "refused"
    assert outcome.trouble is not None
    assert (outcome.trouble.fault, outcome.trouble.next_step) == ("replica", "Connect to the primary.")


async def test_a_full_server(redis70: Server, open_writer: OpenWriter) -> None:
    """XGROUP CREATE needs memory."""
    redis70.client().config_set("maxmemory", "1")
    outcome = await open_writer(redis70).apply(PLAN)
    assert outcome.trouble is not None
    assert (outcome.word, outcome.trouble.fault) == ("refused", "full")


async def test_too_few_replicas(redis70: Server, open_writer: OpenWriter) -> None:
    """A primary may be told not to write alone."""
    redis70.client().config_set("min-replicas-to-write", "1")
    outcome = await open_writer(redis70).apply(PLAN)
    assert outcome.trouble is not None
    assert (outcome.word, outcome.trouble.fault) == ("refused", "replica")


async def test_nothing_is_sent_where_nobody_listens(redis70: Server, open_writer: OpenWriter) -> None:
    """A connection that could not be made has surely done nothing."""
    writer = open_writer(redis70)
    redis70.kill()
    outcome = await writer.apply(PLAN)
    assert (outcome.word, _words(outcome)) == ("refused", ["refused"] * 4)
    redis70.start()
    assert (await writer.apply(PLAN)).word == "done"


async def test_a_restart_between_two_plans(redis70: Server, open_writer: OpenWriter) -> None:
    """A connection the server has closed is seen before anything is sent over it."""
    writer = open_writer(redis70)
    await writer.apply(PLAN)
    redis70.restart()
    assert (await writer.apply(PLAN)).word == "done"


async def test_an_answer_that_is_lost_makes_the_outcome_unknown(redis70: Server, open_writer: OpenWriter) -> None:
    """It was carried out, but nobody knows: it is not sent again, and nothing after it is sent at all."""
    assert HEALING.group is not None
    proxy = Proxy(redis70.port)
    proxy.lose = HEALING.group.raw
    async with peer(proxy.talk) as address:
        writer = open_writer(address)
        outcome = await writer.apply(PLAN)
        assert (outcome.word, _words(outcome)) == ("unknown", ["created", "unknown", "refused", "refused"])
        assert outcome.trouble is not None
        assert "is not known" in outcome.trouble.sentence
        assert outcome.steps[3].trouble is not None
        assert outcome.steps[3].trouble.sentence.startswith("Not sent")
        assert _creations(redis70) == 2
        assert sum(VALIDATION.stream.raw in sent for sent in proxy.commands) == 0
        proxy.lose = None
        again = await writer.apply(PLAN)
    assert _words(again) == ["already there", "already there", "created", "created"]


async def test_a_server_that_hangs_makes_the_outcome_unknown(
    fresh_server: FreshServer, open_writer: OpenWriter
) -> None:
    """It may still carry the command out once it goes on, as this one does."""
    server = fresh_server()
    writer = open_writer(config_of(server, timeout_s=0.3))
    assert (await writer.apply(InitPlan(PLAN.steps[:1]))).word == "done"
    server.stop_process()
    outcome = await writer.apply(InitPlan(PLAN.steps[1:]))
    server.resume()
    assert (outcome.word, _words(outcome)) == ("unknown", ["unknown", "refused", "refused"])
    assert _creations(server) <= 2


@pytest.mark.parametrize("times", [1, 3])
async def test_each_apply_sends_each_command_once(redis70: Server, open_writer: OpenWriter, times: int) -> None:
    """No retry, no probe."""
    writer = open_writer(redis70)
    for _ in range(times):
        await writer.apply(PLAN)
    assert _creations(redis70) == 4 * times
