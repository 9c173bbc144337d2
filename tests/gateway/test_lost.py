"""Servers that go away, hang, load or turn out to be replicas: the next poll finds the way back by itself."""

import asyncio
import os
import re
import time

import pytest

from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.gateway.connect import reading_link
from maestro_tui.gateway.read import RedisReader
from tests.conftest import FreshServer
from tests.gateway.conftest import OpenReader
from tests.gateway.rig import HEALING, JOBS, RealClock, config_of, fill, stream_of
from tests.servers import Server, wait_until


async def _trouble(reader: RedisReader) -> Trouble:
    with pytest.raises(Failure) as caught:
        await reader.poll(None)
    return caught.value.trouble


async def test_a_restart_between_polls_is_not_noticed(server: Server, open_reader: OpenReader) -> None:
    """A roll-out of the server is no reason for an alarm."""
    reader = open_reader(server)
    await reader.poll(None)
    server.restart()
    fill(server.client(), JOBS, entries=4)
    assert stream_of(await reader.poll(None), JOBS).length == 4


async def test_a_killed_connection_is_made_again_once(redis70: Server, open_reader: OpenReader) -> None:
    """Idle timeouts of proxies and CLIENT KILL look like this."""
    reader = open_reader(redis70)
    await reader.poll(None)
    client = redis70.client()
    before = client.info("stats")["total_connections_received"]
    client.client_kill_filter(_type="normal", skipme=True)
    await reader.poll(None)
    assert client.info("stats")["total_connections_received"] == before + 1


async def test_a_server_that_is_gone_and_comes_back(redis70: Server, open_reader: OpenReader) -> None:
    """While it is gone each poll says so at once."""
    reader = open_reader(redis70)
    await reader.poll(None)
    redis70.kill()
    for _ in range(2):
        began = time.monotonic()
        assert (await _trouble(reader)).sentence.endswith("connection refused.")
        assert time.monotonic() - began < 0.5
    redis70.start()
    assert (await reader.poll(None)).nodes[0].role == "master"


async def test_a_server_that_hangs_and_goes_on(fresh_server: FreshServer, open_reader: OpenReader) -> None:
    """A hang must cost about one timeout, before and after the connection is made, and leave nothing broken."""
    server = fresh_server(password="s3cret")
    reader = open_reader(config_of(server, timeout_s=0.3))
    await reader.poll(None)
    server.stop_process()
    for sentence in ("did not answer in time", "in time"):
        began = time.monotonic()
        trouble = await _trouble(reader)
        assert time.monotonic() - began < 1.0
        assert (trouble.fault, sentence in trouble.sentence) == ("unreachable", True)
    server.resume()
    assert (await reader.poll(None)).nodes[0].role == "master"


async def test_a_cancelled_poll_leaves_no_wrong_answers(redis70: Server, open_reader: OpenReader) -> None:
    """A reply left over from a cancelled poll would be taken for the answer to another question."""
    fill(redis70.client(), JOBS, entries=6, read=3)
    reader = open_reader(config_of(redis70), RealClock())
    await reader.poll(None)
    for step in range(40):
        poll = asyncio.create_task(reader.poll(None))
        await asyncio.sleep(step * 0.0001)
        poll.cancel()
        await asyncio.gather(poll, return_exceptions=True)
        stream = stream_of(await reader.poll(None), JOBS)
        assert (stream.length, stream.trouble) == (6, None)


async def test_a_page_and_a_poll_at_the_same_time(redis70: Server, open_reader: OpenReader) -> None:
    """They share one connection and must not take each other's replies."""
    fill(redis70.client(), JOBS, entries=50, read=40)
    assert JOBS.group is not None
    reader = open_reader(redis70)
    for _ in range(10):
        seen, page = await asyncio.gather(reader.poll(None), reader.pending(JOBS.stream, JOBS.group, None, 20))
        assert stream_of(seen, JOBS).length == 50
        assert len(page.rows) == 20


async def test_a_server_that_loads_tells_how_far_it_is(fresh_server: FreshServer, open_reader: OpenReader) -> None:
    """After a restart of a large database this is what an operator waits for."""
    server = fresh_server(config=["enable-debug-command yes", "loading-process-events-interval-bytes 1024"])
    client = server.client()
    with client.pipeline(transaction=False) as pipe:
        for number in range(700):
            pipe.set(f"key:{number}", os.urandom(200))
        pipe.execute()
    client.save()
    reader = open_reader(config_of(server, timeout_s=5))
    # A millisecond a key makes most of a second of loading, in which the server answers now and then.
    client.config_set("key-load-delay", 1000)
    reload = asyncio.create_task(asyncio.to_thread(server.run, "DEBUG", "RELOAD", "NOSAVE"))
    trouble = None
    while trouble is None:
        try:
            await reader.poll(None)
        except Failure as failure:
            trouble = failure.trouble
    assert trouble.fault == "loading"
    assert re.search(r"It has loaded \d+\.\d+ %", trouble.sentence), trouble
    await reload
    assert (await reader.poll(None)).nodes[0].keys == 700


async def test_a_replica_is_read_like_any_other(fresh_server: FreshServer, open_reader: OpenReader) -> None:
    """A replica whose primary is gone still shows what it has, and that its link is down."""
    primary = fresh_server()
    fill(primary.client(), JOBS, entries=3)
    replica = fresh_server(replica_of=primary)
    reader = open_reader(replica)
    seen = await reader.poll(None)
    assert (seen.nodes[0].role, seen.nodes[0].writable, seen.nodes[0].link_up) == ("slave", False, True)
    assert stream_of(seen, JOBS).length == 3
    primary.kill()
    wait_until(lambda: replica.client().info("replication")["master_link_status"] == "down", "the link to go down")
    assert (await reader.poll(None)).nodes[0].link_up is False
    replica.run("CONFIG", "SET", "replica-serve-stale-data", "no")
    seen = await reader.poll(None)
    trouble = stream_of(seen, JOBS).trouble
    assert trouble is not None
    assert (trouble.fault, seen.nodes[0].link_up) == ("replica", False)
    assert "lost its primary" in trouble.sentence


async def test_a_server_kept_busy_by_a_script(fresh_server: FreshServer, open_reader: OpenReader) -> None:
    """Nothing is answered but that it is busy, so nothing was measured."""
    server = fresh_server(config=["lua-time-limit 50"])
    reader = open_reader(server)
    await reader.poll(None)
    busy = asyncio.create_task(asyncio.to_thread(_loop_until_killed, server))
    while not busy.done():
        try:
            await reader.poll(None)
        except Failure as failure:
            if failure.trouble.fault == "busy":
                break
        await asyncio.sleep(0.01)
    server.run("SCRIPT", "KILL")
    assert await busy
    assert (await reader.poll(None)).nodes[0].role == "master"


def _loop_until_killed(server: Server) -> bool:
    try:
        server.run("EVAL", "while true do end", 0)
    except Exception as error:
        return "kill" in str(error).lower()
    return False


async def test_a_node_of_a_cluster_says_that_it_is_one(fresh_server: FreshServer, open_reader: OpenReader) -> None:
    """Not supported yet, and told so instead of a redirection nobody understands."""
    node = fresh_server(config=["cluster-enabled yes"])
    trouble = stream_of(await open_reader(node).poll(None), HEALING).trouble
    assert trouble is not None
    assert trouble.fault == "protocol"
    assert "Redis Cluster, which this version does not support yet" in trouble.sentence


async def test_a_save_that_fails_does_not_stop_reading(fresh_server: FreshServer, open_reader: OpenReader) -> None:
    """MISCONF refuses even PING: whoever checks health with it is blind just when it matters."""
    server = fresh_server(config=["save 3600 1", "stop-writes-on-bgsave-error yes"])
    client = server.client()
    fill(client, JOBS, entries=3)
    client.config_set("rdbcompression", "no")
    (server.directory / "dump.rdb").mkdir()
    client.bgsave()
    wait_until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", "the save to fail")
    seen = await open_reader(server).poll(None)
    assert seen.nodes[0].save_failing == ("rdb_last_bgsave_status",)
    assert stream_of(seen, JOBS).length == 3


async def test_a_cancelled_look_ends_wherever_it_was(redis70: Server) -> None:
    """Whoever cancels waits for the end of it: a cancellation that gets lost would hang a stopped action for ever."""
    link = reading_link(config_of(redis70))
    cancelled, turns = 0, 0
    while True:
        await link.close()
        look = asyncio.ensure_future(link.ask([(b"PING",)]))
        for _ in range(turns):
            await asyncio.sleep(0)
        if not look.cancel():
            break
        with pytest.raises(asyncio.CancelledError):
            await look
        cancelled, turns = cancelled + 1, turns + 1
    assert cancelled > 5
    assert await look == [b"PONG"]
    await link.close()
