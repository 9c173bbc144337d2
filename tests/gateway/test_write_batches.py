"""The writer's one connection, and its one lock: what read-only means, when it connects again, who waits for whom."""

import asyncio

import pytest

from maestro_tui.domain.names import EntryId
from maestro_tui.domain.plans import (
    MOST_IDS,
    Batch,
    CreateGroup,
    InitPlan,
    PositionPlan,
    RemovePlan,
    RestoreBatch,
    Restored,
    RestorePlan,
    Target,
    Verb,
)
from maestro_tui.gateway.write import RedisWriter
from tests.gateway.conftest import OpenWriter
from tests.gateway.desk import (
    DESTINATION,
    KEY,
    OTHER,
    STREAM,
    WORKER,
    ask,
    batch,
    dump,
    moved,
    rows,
    stuck,
    words,
)
from tests.gateway.rig import HandClock, config_of
from tests.servers import Server


def _every_batch(server: Server) -> dict[str, Batch]:
    """One of each kind and verb, about entries that are there."""
    targets = stuck(server, count=2)
    undo = RestorePlan(KEY, "deed", "claim", (Restored(targets[0].id, OTHER, 0, 1, WORKER),), 0)
    ack = RestorePlan(KEY, "deed", "ack", undo.rows, 0)
    batches: dict[str, Batch] = {verb: batch(verb, targets) for verb in DESTINATION}
    return batches | {
        "init": InitPlan((CreateGroup(STREAM, OTHER),)),
        "undo claim": RestoreBatch(undo, undo.rows),
        "undo ack": RestoreBatch(ack, ack.rows),
        "position": PositionPlan(KEY, targets[-1].id, None, EntryId(0), None, 0),
        "consumer": RemovePlan(KEY, OTHER, targets[-1].id, 0),
        "group": RemovePlan(KEY, None, targets[-1].id, 0),
    }


async def test_a_read_only_session_sends_nothing(redis70: Server, open_writer: OpenWriter) -> None:
    """Whatever a face asks for, nobody is even connected to."""
    batches = _every_batch(redis70)
    before = dump(redis70)
    client = redis70.client()
    client.ping()
    connections = client.info("stats")["total_connections_received"]
    writer = open_writer(config_of(redis70, read_only=True))
    for what, one in batches.items():
        outcome = await writer.apply(one)
        assert (outcome.word, outcome.steps, outcome.entries) == ("refused", (), ()), what
        assert outcome.trouble is not None
        assert (outcome.trouble.fault, "read-only" in outcome.trouble.sentence) == ("denied", True)
    assert client.info("stats")["total_connections_received"] == connections
    assert dump(redis70) == before


async def test_the_batches_of_a_run_share_a_connection(redis70: Server) -> None:
    """Ten thousand of them would spend most of their time connecting; one left idle is not trusted."""
    clock = HandClock()
    writer = RedisWriter(config_of(redis70), clock.monotonic_s)
    targets = stuck(redis70, count=6)
    client = redis70.client()
    client.ping()

    def connections() -> int:
        return int(client.info("stats")["total_connections_received"])

    before = connections()
    for target in targets[:4]:
        await moved(writer, "requeue", [target])
        clock.now_s += 0.9
    assert connections() == before + 1
    clock.now_s += 0.2
    await moved(writer, "requeue", targets[4:5])
    assert connections() == before + 2
    await writer.close()
    await moved(writer, "requeue", targets[5:])
    assert connections() == before + 3
    await writer.close()


async def test_a_connection_that_was_killed_between_two_batches(server: Server, open_writer: OpenWriter) -> None:
    """Seen before anything is sent, however fresh it was: nothing is unknown for no good reason."""
    writer = open_writer(server)
    targets = stuck(server, count=6)
    for target in targets:
        assert words(await moved(writer, "requeue", [target])) == ["done"]
        server.client().client_kill_filter(_type="normal", skipme=True)
    assert rows(server) == []


async def test_two_batches_at_once_wait_for_each_other(redis70: Server) -> None:
    """The second finds the connection too old, and must not close it under the first."""
    clock = HandClock()
    writer = RedisWriter(config_of(redis70), clock.monotonic_s)
    targets = stuck(redis70, count=40)

    async def one(at: int) -> list[str]:
        clock.now_s += 5
        return words(await moved(writer, "requeue", targets[at : at + 2]))

    assert await asyncio.gather(*(one(at) for at in range(0, 40, 2))) == [["done", "done"]] * 20
    await writer.close()


async def test_a_batch_that_is_given_up_spoils_nothing(redis70: Server, open_writer: OpenWriter) -> None:
    """Leaving in the middle may cancel it: the next one gets its own answer, and each entry is moved once."""
    writer = open_writer(redis70)
    targets = stuck(redis70, count=60)
    for at in range(0, 60, 2):
        task = asyncio.create_task(writer.apply(batch("requeue", targets[at : at + 1])))
        await asyncio.sleep(at * 0.00002)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert words(await moved(writer, "requeue", targets[at + 1 : at + 2])) == ["done"]
    assert len(await asyncio.to_thread(rows, redis70)) + ask(redis70, "XLEN", STREAM.raw) == 120


WORK: dict[Verb, dict[str, int]] = {
    "requeue": {"xpending": 101, "xrange": 100, "xadd": 100, "xack": 101},
    "dead-letter": {"xpending": 101, "xrange": 100, "xadd": 100, "xack": 101, "time": 1},
    "claim": {"xpending": 101, "xrange": 100, "xclaim": 100},
    "ack": {"xpending": 101, "xack": 100},
}


@pytest.mark.parametrize("verb", WORK)
async def test_a_full_batch_is_one_call_with_little_work(server: Server, open_writer: OpenWriter, verb: Verb) -> None:
    """Every other client waits while a script runs: what it does for an entry, it does once."""
    targets = stuck(server, count=MOST_IDS)
    writer = open_writer(server)
    # Which script a server understands is learnt once.
    await moved(writer, "ack", [Target(EntryId(1))])
    ask(server, "CONFIG", "RESETSTAT")
    assert (await moved(writer, verb, targets)).word == "done"
    stats = server.client().info("commandstats")
    done = {name.removeprefix("cmdstat_"): told["calls"] for name, told in stats.items()}
    work = dict(WORK[verb])
    if server.kind == "redis-6.2" and "xadd" in work:
        work["xadd"] += 1
    assert {name: calls for name, calls in done.items() if name.startswith("x") or name in ("eval", "time")} == {
        **work,
        "eval": 1,
    }
