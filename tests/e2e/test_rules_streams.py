"""Each rule about streams, provoked as it happens in life: it is told in time, with its numbers, and it ends."""

import re
from dataclasses import replace

from maestro_tui.domain.limits import Limits, StreamLimits
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.rules import Severity
from tests.conftest import FreshServer
from tests.e2e.watching import GROUP, HEALING, JOBS, drain, make, watching
from tests.gateway.rig import add_user
from tests.servers import Server

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
MIB = 1 << 20
LASTS_S = 60
"""How long a counter must stand still before it is over."""
HERE = Key(JOBS, GROUP)
DEAD = Name.of("app:jobs:dead")


def _add(server: Server, stream: Name, entries: int = 1, *options: str | int) -> None:
    with server.client() as client, client.pipeline(transaction=False) as pipe:
        for _ in range(entries):
            pipe.execute_command("XADD", stream.raw, *options, "*", "type", "job")
        pipe.execute()


def _regroup(server: Server, stream: Name) -> None:
    server.run("XGROUP", "CREATE", stream.raw, GROUP.raw, "$", "MKSTREAM")


async def test_everything_is_flushed(redis70: Server) -> None:
    make(redis70)
    async with watching(redis70) as eye:
        assert eye.rules == []
        redis70.run("FLUSHALL")
        # One busy producer goes on as if nothing had happened.
        _add(redis70, JOBS)
        told = await eye.told("emptied")
        assert (told.severity, told.title) == (CRITICAL, "all 2 streams vanished at once, 20 entries")
        assert (told.evidence, told.press) == ("flushed (FLUSHALL, FLUSHDB) or deleted; db 0 has 1 key now", "i")
        chain = {"emptied": None, "replaced": "emptied", "no_group": "replaced", "no_stream": "emptied"}
        assert dict(eye.because) == chain
        assert len(eye.because) == len(chain)
        _regroup(redis70, JOBS)
        _regroup(redis70, HEALING)
        await eye.over("emptied")
        assert [(one.rule, one.severity) for one in eye.frame.findings] == [("replaced", INFO)]
        await eye.over("replaced", lasts_s=eye.limits.recent_ms / 1000)


async def test_a_restart_without_the_data(fresh_server: FreshServer) -> None:
    server = fresh_server()
    make(server)
    async with watching(server) as eye:
        server.restart()
        told = await eye.told("emptied")
        assert told.evidence == "a restart without its data, or another server; db 0 has 0 keys now"
        restart = ("restarted", None)
        assert eye.because[:2] == [restart, ("emptied", "restarted")]
        assert {one.because for one in eye.all("no_stream")} == {restart}
        assert eye.all("restarted")[0].severity is CRITICAL
        await eye.over("restarted", lasts_s=LASTS_S)
        assert eye.because == [("emptied", None), ("no_stream", "emptied"), ("no_stream", "emptied")]
        make(server)
        await eye.over("emptied")
        assert eye.rules == []


async def test_a_restart_with_older_data(fresh_server: FreshServer) -> None:
    server = fresh_server(config=["save 3600 100000"])
    make(server)
    with server.client() as client:
        client.save()
    _add(server, JOBS, 7)
    drain(server, JOBS)
    async with watching(server) as eye:
        server.kill()
        server.start()
        told = await eye.told("replaced")
        assert (told.title, told.key) == ("7 entries lost with the restart or failover", HERE)
        assert re.fullmatch(r"last ID \d+-\d+ before, \d+-\d+ after", told.evidence)
        assert told.because == ("restarted", None)
        assert "emptied" not in eye.rules


async def test_a_stream_that_is_deleted_and_one_that_is_only_renamed(redis70: Server) -> None:
    make(redis70)
    async with watching(redis70) as eye:
        redis70.run("RENAME", JOBS.raw, "elsewhere")
        told = await eye.told("no_stream")
        assert (told.severity, told.title, told.key) == (CRITICAL, "stream vanished with its group", HERE)
        assert (told.evidence, told.because) == ("deleted, renamed or flushed", None)
        redis70.run("RENAME", "elsewhere", JOBS.raw)
        await eye.over("no_stream")
        assert eye.rules == []
        redis70.run("DEL", JOBS.raw)
        await eye.told("no_stream")
        _regroup(redis70, JOBS)
        await eye.over("no_stream")
        assert eye.rules == []


async def test_a_stream_that_is_deleted_and_made_anew_by_a_producer(server: Server) -> None:
    """On every kind of server: Redis 6.2 does not count what was added."""
    make(server)
    async with watching(server) as eye:
        for command in (("XTRIM", JOBS.raw, "MAXLEN", 8), ("XGROUP", "DELCONSUMER", JOBS.raw, GROUP.raw, "worker-1")):
            server.run(*command)
            await eye.look()
            assert eye.rules == []
        server.run("DEL", JOBS.raw)
        _add(server, JOBS, 2)
        told = await eye.told("replaced")
        assert told.title == "stream was deleted and made anew, 8 entries gone"
        assert (told.evidence, told.press) == ("deleted or flushed; its groups went with it", "i")
        assert eye.because == [("replaced", None), ("no_group", "replaced")]
        assert told.severity is CRITICAL
        _regroup(server, JOBS)
        await eye.over("no_group")
        await eye.over("replaced", lasts_s=eye.limits.recent_ms / 1000)
        assert eye.rules == []


async def test_a_stream_that_is_evicted_and_made_anew(fresh_server: FreshServer) -> None:
    """The next XADD after an eviction makes the stream anew without its group, and nobody is told."""
    server = fresh_server(max_memory="100mb", config=["maxmemory-policy allkeys-lru", "maxmemory-samples 10"])
    make(server)
    with server.client() as client:
        async with watching(server) as eye:
            client.config_set("maxmemory", client.info("memory")["used_memory"] + 2 * MIB)
            number = 0
            while client.exists(JOBS.raw):
                number += 1
                client.set(f"cache:{number}", b"x" * 10_000)
            client.config_set("maxmemory", "100mb")
            if not client.exists(HEALING.raw):
                make(server, HEALING)
            _add(server, JOBS)
            told = await eye.told("replaced")
            assert re.match(r"probably evicted, [\d,]+ keys? went meanwhile; ", told.evidence)
            assert told.because == ("evicting", None)
            assert eye.all("no_group")[0].because == ("replaced", HERE)


async def test_a_key_that_is_no_stream(redis70: Server) -> None:
    make(redis70, HEALING)
    redis70.run("SET", JOBS.raw, "something else")
    async with watching(redis70) as eye:
        told = eye.all("wrong_type")[0]
        assert (told.severity, told.key, eye.rules) == (CRITICAL, HERE, ["wrong_type"])
        redis70.run("DEL", JOBS.raw)
        make(redis70, JOBS)
        await eye.over("wrong_type")
        assert eye.rules == []


async def test_what_we_may_not_see_has_not_vanished(redis70: Server) -> None:
    make(redis70)
    commands = ["+xinfo", "+xpending", "+xrange", "+scan", "+type", "+info", "+time"]
    async with watching(add_user(redis70, commands)) as eye:
        assert eye.rules == []
        redis70.run("ACL", "SETUSER", "monitor", "resetkeys", f"~{HEALING}")
        told = await eye.told("denied")
        assert (told.severity, told.key, eye.rules) == (WARNING, HERE, ["denied"])
        # The other one is flushed, and nobody knows whether this one is: that is not everything.
        redis70.run("FLUSHALL")
        await eye.told("no_stream")
        await eye.look()
        assert sorted(eye.rules) == ["denied", "no_stream"]
        redis70.run("ACL", "SETUSER", "monitor", "allkeys")
        await eye.over("denied")
        assert [one.title for one in eye.all("no_stream")] == ["stream vanished with its group"] * 2


async def test_a_stream_that_nobody_trims(redis70: Server) -> None:
    make(redis70)
    limits = replace(Limits(), default=StreamLimits(untrimmed=50))
    async with watching(redis70, limits) as eye:
        _add(redis70, JOBS, 39)
        drain(redis70, JOBS)
        await eye.look()
        assert eye.rules == []
        _add(redis70, JOBS)
        _add(redis70, HEALING, 100, "MAXLEN", 60)
        for stream in (JOBS, HEALING):
            drain(redis70, stream)
        told = await eye.told("growing")
        assert (told.severity, told.title, told.key) == (INFO, "50 entries, none ever trimmed", HERE)
        assert re.fullmatch(r"([\d,]+ more an hour; )?memory has no limit", told.evidence)
        assert eye.rules == ["growing"]
        redis70.run("XTRIM", JOBS.raw, "MAXLEN", 10)
        await eye.over("growing")
        assert eye.rules == []


async def test_dead_letters_that_come(redis70: Server) -> None:
    make(redis70)
    _add(redis70, DEAD, 3)
    async with watching(redis70) as eye:
        assert [one.title[:15] for one in eye.all("dead_letters")] == ["3 dead letters,"]
        await eye.look()
        assert eye.rules == ["dead_letters"]
        _add(redis70, DEAD, 2)
        told = await eye.told("dead_growing")
        assert (told.severity, told.title, told.key) == (WARNING, "2 dead letters added", Key(DEAD))
        assert re.fullmatch(r"5 in all, the newest [\d.]+s old", told.evidence)
        assert eye.because == [("dead_growing", None), ("dead_letters", "dead_growing")]
        await eye.over("dead_growing", lasts_s=LASTS_S)
        redis70.run("XTRIM", DEAD.raw, "MAXLEN", 0)
        await eye.over("dead_letters")
        assert eye.rules == []
