"""Each rule about the server, provoked as it happens in life: it is told in time, with its numbers, and it ends."""

import asyncio
import contextlib
import os
import re

import pytest
import redis

from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import Key
from maestro_tui.domain.quantities import plural
from maestro_tui.domain.rules import Severity
from tests.conftest import FreshServer
from tests.e2e.watching import GROUP, HEALING, JOBS, make, watching
from tests.gateway.rig import add_user
from tests.servers import HOST, Server, wait_until

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
MIB = 1 << 20
LASTS_S = 60
"""How long a counter must stand still before it is over."""


def _info(server: Server, field: str) -> object:
    with server.client() as client:
        return client.info().get(field)


async def test_a_server_that_hangs(fresh_server: FreshServer) -> None:
    server = fresh_server()
    make(server)
    async with watching(server, answer_within_s=0.5) as eye:
        assert eye.rules == []
        server.stop_process()
        told = await eye.told("unreachable")
        assert (told.severity, told.since_ms > 0) == (CRITICAL, True)
        assert f"{HOST}:{server.port}" in told.evidence
        assert {row.state for row in eye.frame.rows} == {"stale"}
        server.resume()
        await eye.over("unreachable")
        assert eye.rules == []


async def test_a_server_that_is_killed_and_comes_back_with_its_data(fresh_server: FreshServer) -> None:
    server = fresh_server(config=["appendonly yes", "appendfsync always"])
    make(server)
    async with watching(server) as eye:
        server.kill()
        assert "refused" in (await eye.told("unreachable")).evidence
        server.start()
        told = await eye.told("restarted")
        assert (told.severity, told.title, eye.rules) == (INFO, "server restarted", ["restarted"])
        assert re.fullmatch(r"up for \d+s; counters and rates begin anew", told.evidence)
        assert eye.ended == ["unreachable"]
        await eye.over("restarted", lasts_s=LASTS_S)


async def test_a_server_that_loads(fresh_server: FreshServer) -> None:
    server = fresh_server(config=["enable-debug-command yes", "loading-process-events-interval-bytes 1024"])
    make(server)
    with server.client() as client:
        with client.pipeline(transaction=False) as pipe:
            for number in range(700):
                pipe.set(f"key:{number}", os.urandom(200))
            pipe.execute()
        client.save()
        # A millisecond a key makes most of a second of loading, in which the server answers now and then.
        client.config_set("key-load-delay", 1000)
    async with watching(server) as eye:
        reload = asyncio.create_task(asyncio.to_thread(server.run, "DEBUG", "RELOAD", "NOSAVE"))
        while "loading" not in eye.rules:
            await eye.look(0)
            # Until the server has begun there is nothing to tell; a poll that waits for it may be given up.
            assert not (reload.done() and eye.frame.trouble is None), "it loaded unseen"
        assert re.search(r"It has loaded \d+\.\d+ %", eye.all("loading")[0].evidence)
        await reload
        await eye.over("loading")
        assert eye.rules == []


async def test_a_replica_and_its_link(fresh_server: FreshServer) -> None:
    primary = fresh_server()
    make(primary)
    copy = fresh_server(replica_of=primary)
    async with watching(copy) as eye:
        found = eye.all("replica")[0]
        where = f"{HOST}:{primary.port}"
        assert (found.severity, found.next_step) == (WARNING, f"connect to the primary {where}")
        assert eye.rules == ["replica"]
        primary.shut_down()
        wait_until(lambda: _info(copy, "master_link_status") == "down", "the replica to notice")
        told = await eye.told("link_down")
        assert (told.severity, told.next_step) == (CRITICAL, f"is {where} up? connect to it")
        assert re.match(r"for \d+s; ", told.evidence)
        assert eye.because == [("link_down", None), ("replica", "link_down")]
        copy.run("REPLICAOF", "NO", "ONE")
        await eye.over("link_down")
        assert eye.rules == []
        assert set(eye.ended) == {"link_down", "replica"}


async def test_a_save_that_fails(fresh_server: FreshServer) -> None:
    server = fresh_server(config=["save 3600 1", "stop-writes-on-bgsave-error yes", "rdbcompression no"])
    make(server)
    in_the_way = server.directory / "dump.rdb"
    with server.client() as client:
        async with watching(server) as eye:
            in_the_way.mkdir()
            client.bgsave()
            wait_until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", "the save to fail")
            told = await eye.told("saving_fails")
            assert (told.severity, told.title) == (CRITICAL, "persistence is failing: RDB snapshot")
            with pytest.raises(redis.ResponseError, match="MISCONF"):
                client.xadd(JOBS.raw, {"refused": "yes"})
            assert (await eye.told("saving_fails")).evidence == "1 write refused (MISCONF)"
            in_the_way.rmdir()
            client.bgsave()
            wait_until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "ok", "the save")
            await eye.over("saving_fails")
            assert eye.rules == []


async def test_a_stream_that_is_evicted(fresh_server: FreshServer) -> None:
    """Under allkeys-lru a cache pushes it out, with its group; the other one was never there."""
    server = fresh_server(max_memory="100mb", config=["maxmemory-policy allkeys-lru", "maxmemory-samples 10"])
    make(server, JOBS)
    with server.client() as client:
        async with watching(server) as eye:
            assert eye.rules == ["no_stream"]
            client.config_set("maxmemory", client.info("memory")["used_memory"] + 2 * MIB)
            number = 0
            while client.exists(JOBS.raw):
                number += 1
                client.set(f"cache:{number}", b"x" * 10_000)
            told = await eye.told("evicting")
            evicted = told.weight
            # Our own client's buffers may push out more at any time.
            assert 0 < evicted <= client.info("stats")["evicted_keys"]
            assert (told.severity, told.title) == (CRITICAL, f"{plural(evicted, 'key')} being evicted")
            assert told.evidence == "allkeys-lru: 1 stream gone meanwhile"
            lost, never = eye.all("no_stream")
            assert (lost.key, lost.because) == (Key(JOBS, GROUP), ("evicting", None))
            assert lost.evidence == f"probably evicted, {plural(evicted, 'key')} went meanwhile"
            assert (never.key, never.because, never.title) == (Key(HEALING, GROUP), None, "stream missing")
            assert [one.because for one in eye.all("eviction_risk")] == [("evicting", None)]
            client.delete(*(f"cache:{at}" for at in range(1, number + 1)))
            wait_until(lambda: client.info("memory")["used_memory"] < 0.7 * client.info("memory")["maxmemory"], "room")
            await eye.over("eviction_risk")
            await eye.over("evicting", lasts_s=LASTS_S)
            assert eye.all("no_stream")[0].evidence.startswith("probably evicted")
            make(server)
            await eye.over("no_stream")
            assert eye.rules == []


async def test_memory_that_runs_out(fresh_server: FreshServer) -> None:
    server = fresh_server(config=["maxmemory-policy noeviction"])
    make(server)
    with server.client() as client:
        limit = client.info("memory")["used_memory"] + 20 * MIB
        client.config_set("maxmemory", limit)
        async with watching(server) as eye:
            assert eye.rules == []
            number = 0
            while client.info("memory")["used_memory"] < 0.88 * limit:
                number += 1
                client.set(f"cache:{number}", b"x" * (MIB // 2))
            told = await eye.told("memory")
            assert told.severity is WARNING
            assert told.evidence.endswith("noeviction: writes will be refused")
            client.config_set("maxmemory", limit // 2)
            with pytest.raises(redis.ResponseError, match="maxmemory"):
                client.xadd(JOBS.raw, {"refused": "yes"})
            told = await eye.told("memory")
            assert told.severity is CRITICAL
            assert re.fullmatch(r"memory 1\d\d% full, 1 write refused", told.title)
            client.config_set("maxmemory", "1gb")
            await eye.over("memory")
            assert eye.rules == []


async def test_connections_that_are_refused(fresh_server: FreshServer) -> None:
    server = fresh_server(config=["maxclients 20"])
    make(server)
    async with watching(server) as eye:
        kept: list[redis.Redis] = []
        with contextlib.suppress(redis.ConnectionError):
            while len(kept) < 30:
                kept.append(server.client(single_connection_client=True))
                kept[-1].ping()
        told = await eye.told("rejected")
        # One that we have closed may not have been noticed yet.
        assert re.fullmatch(r"(19|20) connected, maxclients 20", told.evidence)
        assert told.severity is CRITICAL
        assert re.fullmatch(r"\d+ connections? refused", told.title)
        assert eye.because == [("rejected", None), ("connections", "rejected")]
        for client in kept:
            client.close()
        wait_until(lambda: int(str(_info(server, "connected_clients"))) < 10, "them to leave")
        await eye.over("connections")
        await eye.over("rejected", lasts_s=LASTS_S)
        assert eye.rules == []


async def test_clocks_that_disagree(redis70: Server) -> None:
    make(redis70)
    async with watching(redis70) as eye:
        assert eye.frame.snapshot.nodes[0].skew_ms == 0
        eye.clock.wrong_ms = -60_000
        told = await eye.told("clock_skew")
        assert (told.severity, told.key) == (WARNING, None)
        assert re.fullmatch(r"server's clock (60|5\d)s ahead of ours", told.title)
        eye.clock.wrong_ms = 0
        await eye.over("clock_skew")
        # A server whose clock was set back goes on from its last ID: entries seem to come from the future.
        ahead = eye.clock.wall_ms() + 3_600_000
        redis70.run("XADD", JOBS.raw, f"{ahead}-0", "type", "job")
        told = await eye.told("clock_skew")
        assert (told.key, f"last ID {ahead}-0" in told.evidence) == (Key(JOBS, GROUP), True)
        assert re.fullmatch(r"IDs (60|59)m ahead of the server's clock", told.title)
        redis70.run("DEL", JOBS.raw)
        await eye.over("clock_skew")


async def test_a_server_that_is_slow(redis70: Server) -> None:
    make(redis70)
    async with watching(redis70, Limits(slow_poll_ms=200, hold_ms={"slow_poll": 1_000})) as eye:
        slow = 0
        while not eye.all("slow_poll"):
            # The server answers nobody for a while; a poll that begins late does not see all of it.
            redis70.run("CLIENT", "PAUSE", 450, "ALL")
            await eye.look()
            slow = slow + 1 if eye.frame.snapshot.cost.seconds >= 0.2 else 0
            assert slow <= 3
        told = eye.all("slow_poll")[0]
        assert (told.severity, bool(re.fullmatch(r"a poll took \d\.\ds", told.title))) == (WARNING, True)
        assert re.fullmatch(r"\d+ commands", told.evidence)
        redis70.run("CLIENT", "UNPAUSE")
        # However slow this machine is at the moment, it ends with the first poll that is not.
        while eye.frame.snapshot.cost.seconds >= 0.16:
            await eye.look()
        while "slow_poll" not in eye.ended:
            await eye.look()
        assert not eye.all("slow_poll")


async def test_our_own_cost(redis70: Server) -> None:
    """Nobody can poll in ten microseconds a second."""
    make(redis70)
    async with watching(redis70, Limits(cost_share=0.000_01)) as eye:
        # Three polls to judge by.
        await eye.look()
        told = await eye.told("our_cost")
        assert told.severity is INFO
        assert re.fullmatch(r"\d+ commands in \d\.\d\ds, every \d+\.\ds", told.evidence)
        assert told.next_step.startswith("+ ")
        for _ in range(4):
            await eye.look(36_000)
        assert eye.ended == ["our_cost"]


async def test_a_server_that_tells_nothing_of_itself(redis70: Server) -> None:
    make(redis70)
    address = add_user(redis70, ["+xinfo", "+xpending", "+xrange", "+scan", "+type", "+ping"])
    async with watching(address) as eye:
        told = eye.all("server_denied")[0]
        assert (told.severity, "INFO" in told.evidence) == (INFO, True)
        assert eye.rules == ["server_denied"]
        redis70.run("ACL", "SETUSER", "monitor", "+info", "+time")
        await eye.over("server_denied")
