"""Moves that the server will not do: nothing is changed, and the reason is told so that somebody can act on it."""

import asyncio
from typing import Any

import pytest

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.plans import Verb
from tests.conftest import FreshServer
from tests.gateway.conftest import OpenWriter
from tests.gateway.desk import (
    COPYING,
    DEAD,
    GROUP,
    PENDING_VERBS,
    STREAM,
    ask,
    batch,
    dump,
    letters,
    moved,
    rows,
    seen,
    stuck,
    words,
)
from tests.gateway.peers import Proxy, answering, peer
from tests.gateway.rig import add_user, config_of
from tests.servers import Server, wait_until

NEEDS: dict[Verb, set[str]] = {
    "requeue": {"+xpending", "+xrange", "+xadd", "+xack"},
    "dead-letter": {"+xpending", "+xrange", "+xadd", "+xack", "+time"},
    "redrive": {"+xrange", "+xadd", "+xdel"},
    "claim": {"+xpending", "+xrange", "+xclaim"},
    "ack": {"+xpending", "+xack"},
}
KEYS = f"~{STREAM.raw.decode('latin-1')}"
MISSING = [(verb, rule) for verb, rules in NEEDS.items() for rule in sorted({*rules, "+eval"})]
FULL_AT_LAST = "18446744073709551615-18446744073709551613"
"""The third ID from the end: two more entries find room."""


def _prepared(server: Server, verb: Verb) -> Any:  # noqa: ANN401 - targets
    targets = stuck(server, count=3)
    if verb != "redrive":
        return targets
    fields = [b"a", b"b"]
    provenance = [b"8", STREAM.raw, GROUP.raw, b"1-0", b"w", b"1", b"0", b"0"]
    names = ["format", "stream", "group", "id", "consumer", "deliveries", "idle_ms", "at"]
    told = [part for name, value in zip(names, provenance, strict=True) for part in (f"_maestro_dead_{name}", value)]
    for _ in range(3):
        ask(server, "XADD", DEAD.raw, "*", *told, *fields)
    return letters(server)


@pytest.mark.parametrize(("verb", "missing"), MISSING, ids=lambda value: str(value))
async def test_a_missing_permission_is_named(server: Server, open_writer: OpenWriter, verb: Verb, missing: str) -> None:
    """Whichever it is, nothing is half done: a copy without the acknowledgement would be a duplicate."""
    targets = _prepared(server, verb)
    before = dump(server)
    writer = open_writer(add_user(server, sorted({*NEEDS[verb], "+eval"} - {missing})))
    outcome = await writer.apply(batch(verb, targets))
    assert (outcome.word, dump(server)) == ("refused", before)
    assert outcome.trouble is not None
    assert (outcome.trouble.fault, outcome.trouble.next_step) == ("denied", f"Grant it: ACL SETUSER monitor {missing}")
    assert words(outcome)[1:] == ["not tried"] * 2


@pytest.mark.parametrize("verb", list(NEEDS))
async def test_these_permissions_are_enough(server: Server, open_writer: OpenWriter, verb: Verb) -> None:
    """An operator can be given exactly what the verb needs, and no more."""
    targets = _prepared(server, verb)
    writer = open_writer(add_user(server, sorted({*NEEDS[verb], "+eval"})))
    assert words(await moved(writer, verb, targets)) == ["done"] * 3


@pytest.mark.parametrize(("verb", "denied"), [("dead-letter", DEAD), ("requeue", STREAM), ("redrive", STREAM)])
async def test_a_key_that_is_denied_is_named(server: Server, open_writer: OpenWriter, verb: Verb, denied: Name) -> None:
    """The stream of dead letters is easily forgotten in an ACL; the server does not say which key it was."""
    targets = _prepared(server, verb)
    before = dump(server)
    address = add_user(server, sorted({*NEEDS[verb], "+eval"}))
    allowed = STREAM if denied == DEAD else DEAD
    ask(server, "ACL", "SETUSER", "monitor", "resetkeys", b"~" + allowed.raw)
    outcome = await open_writer(address).apply(batch(verb, targets))
    assert (outcome.word, words(outcome), dump(server)) == ("refused", ["not tried"] * 3, before)
    assert outcome.trouble is not None
    assert outcome.trouble.sentence == f"User monitor may not access the key {denied}."
    assert outcome.trouble.next_step.endswith(f" ~{denied}")


@pytest.mark.parametrize("verb", COPYING)
async def test_a_full_server_takes_no_copies(server: Server, open_writer: OpenWriter, verb: Verb) -> None:
    """A probe that writes must not switch the server's own check off, as it does on 6.2."""
    targets = stuck(server, count=2)
    before = dump(server)
    server.client().config_set("maxmemory", "1")
    outcome = await open_writer(server).apply(batch(verb, targets))
    assert outcome.trouble is not None
    assert (outcome.word, words(outcome), outcome.trouble.fault) == ("refused", ["not tried"] * 2, "full")
    assert dump(server) == before


@pytest.mark.parametrize("verb", ["ack", "claim"])
async def test_a_full_server_still_takes_what_needs_no_room(
    server: Server, open_writer: OpenWriter, verb: Verb
) -> None:
    """As it does outside of a script."""
    targets = stuck(server, count=2)
    server.client().config_set("maxmemory", "1")
    assert words(await moved(open_writer(server), verb, targets)) == ["done"] * 2


@pytest.mark.parametrize("verb", PENDING_VERBS)
async def test_too_few_replicas(server: Server, open_writer: OpenWriter, verb: Verb) -> None:
    """On 6.2 only the script's own writes are refused."""
    targets = stuck(server, count=2)
    before = dump(server)
    server.client().config_set("min-replicas-to-write", "1")
    outcome = await open_writer(server).apply(batch(verb, targets))
    assert outcome.trouble is not None
    assert (outcome.word, outcome.trouble.fault) == ("refused", "replica")
    assert "min-replicas-to-write" in outcome.trouble.sentence
    assert dump(server) == before


@pytest.mark.parametrize("kind", ["redis-6.2", "redis-7.0", "valkey-9.1"])
async def test_a_replica_takes_no_moves(fresh_server: FreshServer, open_writer: OpenWriter, kind: str) -> None:
    """Told for each verb in the same words as for any other write."""
    primary = fresh_server(kind)
    stuck(primary, count=2)
    replica = fresh_server(kind, replica_of=primary)
    wait_until(lambda: ask(replica, "EXISTS", STREAM.raw) == 1, "the stream to arrive")
    targets = seen(replica)
    for verb in PENDING_VERBS:
        outcome = await open_writer(replica).apply(batch(verb, targets))
        assert outcome.trouble is not None
        assert (outcome.word, outcome.trouble.fault) == ("refused", "replica"), verb
        assert outcome.trouble.next_step == "Connect to the primary."
    assert len(rows(primary)) == 2


@pytest.mark.parametrize("kind", ["redis-6.2", "redis-7.0"])
async def test_a_save_that_fails(fresh_server: FreshServer, open_writer: OpenWriter, kind: str) -> None:
    """While the server cannot save it takes no writes at all."""
    server = fresh_server(kind, config=["save 3600 1", "stop-writes-on-bgsave-error yes"])
    targets = stuck(server, count=2)
    before = dump(server)
    (server.directory / "dump.rdb").mkdir()
    client = server.client()
    client.bgsave()
    wait_until(lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", "the save to fail")
    for verb in PENDING_VERBS:
        outcome = await open_writer(server).apply(batch(verb, targets))
        assert outcome.trouble is not None
        assert (outcome.word, outcome.trouble.fault) == ("refused", "full"), verb
        assert "cannot save to disk" in outcome.trouble.sentence
    assert dump(server) == before


async def test_a_server_kept_busy_by_a_script(fresh_server: FreshServer, open_writer: OpenWriter) -> None:
    """Somebody else's script: ours is not begun."""
    server = fresh_server(config=["lua-time-limit 20"])
    targets = stuck(server, count=1)
    busy = asyncio.get_running_loop().run_in_executor(None, _loop_until_killed, server)
    wait_until(lambda: _is_busy(server), "the server to be busy")
    outcome = await open_writer(server).apply(batch("requeue", targets))
    server.run("SCRIPT", "KILL")
    await busy
    assert outcome.trouble is not None
    assert (outcome.word, words(outcome), outcome.trouble.fault) == ("refused", ["not tried"], "busy")
    assert len(rows(server)) == 1


def _loop_until_killed(server: Server) -> None:
    with pytest.raises(Exception, match=r"(?i)kill"):
        server.run("EVAL", "while true do end", 0)


def _is_busy(server: Server) -> bool:
    try:
        server.run("PING")
    except Exception as error:
        return "BUSY" in str(error)
    return False


async def test_a_server_that_loads(redis70: Server, open_writer: OpenWriter) -> None:
    """It has refused: that is known, and not an answer that was lost."""
    targets = stuck(redis70, count=2)
    loading = b"-LOADING Redis is loading the dataset in memory\r\n"
    async with peer(answering(lambda _: loading)) as address:
        outcome = await open_writer(address).apply(batch("ack", targets))
    assert outcome.trouble is not None
    assert (outcome.word, words(outcome), outcome.trouble.fault) == ("refused", ["not tried"] * 2, "loading")


@pytest.mark.parametrize("verb", PENDING_VERBS)
@pytest.mark.parametrize("gone", ["stream", "group"])
async def test_a_group_that_is_gone(server: Server, open_writer: OpenWriter, verb: Verb, gone: str) -> None:
    """Evicted, deleted, or flushed between look and move."""
    targets = stuck(server, count=2)
    if gone == "stream":
        ask(server, "DEL", STREAM.raw)
    else:
        ask(server, "XGROUP", "DESTROY", STREAM.raw, GROUP.raw)
    outcome = await open_writer(server).apply(batch(verb, targets))
    assert outcome.trouble is not None
    assert (outcome.word, words(outcome), outcome.trouble.fault) == ("refused", ["not tried"] * 2, "gone")
    assert ask(server, "EXISTS", STREAM.raw) == (gone == "group")


@pytest.mark.parametrize("verb", [*PENDING_VERBS, "redrive"])
async def test_a_source_that_is_no_stream(server: Server, open_writer: OpenWriter, verb: Verb) -> None:
    """Somebody has put something else in its place."""
    targets = _prepared(server, verb)
    source = DEAD if verb == "redrive" else STREAM
    ask(server, "SET", source.raw, "x")
    outcome = await open_writer(server).apply(batch(verb, targets))
    assert outcome.trouble is not None
    assert (outcome.word, words(outcome), outcome.trouble.fault) == ("refused", ["not tried"] * 3, "wrong_type")
    assert outcome.trouble.sentence == f"{source} is not a stream."


async def test_a_destination_that_is_no_stream(server: Server, open_writer: OpenWriter) -> None:
    """The first copy fails, so nothing has been taken away yet."""
    targets = stuck(server, count=3)
    ask(server, "RPUSH", DEAD.raw, "x")
    outcome = await open_writer(server).apply(batch("dead-letter", targets))
    assert outcome.trouble is not None
    assert (outcome.word, words(outcome)) == ("refused", ["failed", "not tried", "not tried"])
    assert (outcome.trouble.fault, outcome.trouble.sentence) == ("wrong_type", f"{DEAD} is not a stream.")
    assert outcome.entries[0].note.startswith("WRONGTYPE")
    assert len(rows(server)) == 3


@pytest.mark.parametrize(("verb", "full"), [("dead-letter", DEAD), ("requeue", STREAM), ("redrive", STREAM)])
async def test_a_copy_that_fails_in_the_middle_is_told_by_id(
    server: Server, open_writer: OpenWriter, verb: Verb, full: Name
) -> None:
    """What was moved is known, what was not is as it was, and nothing is both."""
    targets = _prepared(server, verb)
    ask(server, "XADD", full.raw, FULL_AT_LAST, "f", "v")
    outcome = await open_writer(server).apply(batch(verb, targets))
    assert (outcome.word, words(outcome)) == ("partly", ["done", "done", "failed"])
    assert outcome.entries[1].copy == EntryId.parse("18446744073709551615-18446744073709551615")
    assert outcome.entries[2].copy is None
    assert "last possible ID" in outcome.entries[2].note
    assert outcome.trouble is not None
    assert f"The server refused XADD on {full}" in outcome.trouble.sentence
    left = letters(server) if verb == "redrive" else seen(server)
    assert [target.id for target in left] == [targets[2].id]


@pytest.mark.parametrize("verb", PENDING_VERBS)
async def test_an_answer_that_is_lost_makes_all_unknown(redis70: Server, open_writer: OpenWriter, verb: Verb) -> None:
    """It was done, but nobody knows; and done again it does nothing more."""
    targets = stuck(redis70, count=3)
    proxy = Proxy(redis70.port)
    proxy.lose = b"EVAL"
    async with peer(proxy.talk) as address:
        writer = open_writer(address)
        outcome = await writer.apply(batch(verb, targets))
        assert (outcome.word, words(outcome)) == ("unknown", ["unknown"] * 3)
        assert outcome.trouble is not None
        assert "is not known" in outcome.trouble.sentence
        assert sum(b"EVAL" in sent for sent in proxy.commands) == 1
        proxy.lose = None
        after = dump(redis70)
        again = await moved(writer, verb, targets)
    assert set(words(again)) == {"moved on" if verb == "claim" else "not pending"}
    assert dump(redis70) == after


async def test_a_server_that_hangs_makes_all_unknown(fresh_server: FreshServer, open_writer: OpenWriter) -> None:
    """Whether it does it once it goes on, nobody can say."""
    server = fresh_server()
    targets = stuck(server, count=2)
    writer = open_writer(config_of(server, timeout_s=0.3))
    await moved(writer, "ack", targets[:1])
    server.stop_process()
    outcome = await writer.apply(batch("requeue", targets[1:]))
    server.resume()
    assert (outcome.word, words(outcome)) == ("unknown", ["unknown"])


async def test_nothing_is_sent_where_nobody_listens(redis70: Server, open_writer: OpenWriter) -> None:
    """A connection that could not be made has surely done nothing."""
    targets = stuck(redis70, count=2)
    writer = open_writer(redis70)
    redis70.kill()
    outcome = await writer.apply(batch("requeue", targets))
    assert (outcome.word, words(outcome)) == ("refused", ["not tried"] * 2)
    assert outcome.trouble is not None
    assert outcome.trouble.fault == "unreachable"


@pytest.mark.parametrize(
    "answer", [b"+OK\r\n", b"*1\r\n$0\r\n\r\n", b"*4\r\n$0\r\n\r\n$0\r\n\r\n$3\r\nodd\r\n$0\r\n\r\n"]
)
async def test_an_answer_that_is_none_of_ours(redis70: Server, open_writer: OpenWriter, answer: bytes) -> None:
    """Something between us and the server answered: what it did is not known."""
    targets = stuck(redis70, count=2)
    async with peer(answering(lambda _: answer)) as address:
        outcome = await open_writer(address).apply(batch("requeue", targets))
    assert outcome.trouble is not None
    assert (outcome.word, words(outcome), outcome.trouble.fault) == ("unknown", ["unknown"] * 2, "protocol")


async def test_nothing_is_brought_back_to_a_stream_that_has_vanished(server: Server, open_writer: OpenWriter) -> None:
    """It would lie in a new stream without groups, and be gone from where somebody looks for it."""
    targets = _prepared(server, "redrive")
    ask(server, "DEL", STREAM.raw)
    before = dump(server)
    outcome = await open_writer(server).apply(batch("redrive", targets))
    assert (outcome.word, words(outcome)) == ("refused", ["failed", "not tried", "not tried"])
    assert outcome.trouble is not None
    assert outcome.trouble.fault == "gone"
    assert dump(server) == before
