"""What became of copies: acknowledged, pending, waiting, failed or gone, and told only as far as it was looked."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.pending import SAME_BATCH_MS
from maestro_tui.domain.progress import Fates
from maestro_tui.domain.trouble import Failure
from maestro_tui.gateway import fates
from maestro_tui.gateway.link import Command, Link
from tests.gateway.conftest import OpenReader
from tests.gateway.rig import USER, add_user, deliver, monitored
from tests.servers import Server, wait_until

STREAM, GROUP, WORKER = b"jobs", b"workers", b"worker-1"
KEY = Key(Name(STREAM), Name(GROUP))
OLD = ("redis-6.2", "redis-7.0")
"""Their `idle` is the time since a consumer last got something; from 7.2 since it last asked."""


def _copies(server: Server, count: int, *, start: int = 1) -> tuple[EntryId, ...]:
    """Entries `start`-0 and on; the group begins before the first."""
    client = server.client()
    if start == 1:
        server.run("XGROUP", "CREATE", STREAM, GROUP, "0", "MKSTREAM")
    with client.pipeline(transaction=False) as pipe:
        for number in range(start, start + count):
            pipe.xadd(STREAM, {"f": "v"}, id=f"{number}-0")
        pipe.execute()
    return tuple(EntryId(number) for number in range(start, start + count))


def _read(server: Server, count: int, worker: bytes = WORKER) -> None:
    deliver(server.client(), STREAM, GROUP, worker, count)


def _ack(server: Server, *numbers: int) -> None:
    server.run("XACK", STREAM, GROUP, *(f"{number}-0" for number in numbers))


def _grow_old(server: Server, number: int = 1, ms: int = 2 * SAME_BATCH_MS) -> None:
    """Wait until an entry has been idle for longer than a batch is blurred."""
    client: Any = server.client()
    client.set_response_callback("XPENDING", lambda reply, **_: reply)

    def old() -> bool:
        [row] = client.execute_command("XPENDING", STREAM, GROUP, f"{number}-0", f"{number}-0", 1)
        return bool(row[2] > ms)

    wait_until(old, f"entry {number} to be idle for {ms} ms")


async def test_each_copy_is_counted_once(server: Server, open_reader: OpenReader) -> None:
    """Acknowledged, pending by holder, and not delivered yet."""
    copies = _copies(server, 9)
    _read(server, 5)
    _read(server, 2, b"\xff\x1b[2J")
    _ack(server, 1, 2, 6)
    seen = await open_reader(server).fates(KEY, copies)
    assert seen == Fates(9, acked=3, pending={Name(WORKER): 3, Name(b"\xff\x1b[2J"): 1}, waiting=2)
    assert not seen.settled
    _read(server, 2)
    _ack(server, *range(1, 10))
    seen = await open_reader(server).fates(KEY, copies)
    assert (seen, seen.settled) == (Fates(9, acked=9), True)


async def test_entries_that_are_no_copies_do_not_count(server: Server, open_reader: OpenReader) -> None:
    """Other producers' entries lie between the copies."""
    copies = _copies(server, 12)
    _read(server, 8)
    _ack(server, 1, 2, 3)
    chosen = copies[1::3]
    assert await open_reader(server).fates(KEY, chosen) == Fates(4, acked=1, pending={Name(WORKER): 2}, waiting=1)


async def test_nothing_to_look_at(redis70: Server, open_reader: OpenReader) -> None:
    """Costs nothing."""
    with monitored(redis70) as commands:
        assert await open_reader(redis70).fates(KEY, ()) == Fates(0)
    assert commands == []


# -- failed


async def test_a_batch_that_is_not_over_has_not_failed(server: Server, open_reader: OpenReader) -> None:
    """The last of a batch may rightly wait for its turn, long after the first was acknowledged."""
    copies = _copies(server, 3)
    _read(server, 3)
    _grow_old(server, 3)
    _ack(server, 1, 2)
    assert await open_reader(server).fates(KEY, copies) == Fates(3, acked=2, pending={Name(WORKER): 1})


async def test_who_asks_for_more_has_done_with_its_batch(server: Server, open_reader: OpenReader) -> None:
    """What it left un-acknowledged has failed; at 7.0 and below that is seen once it has got something."""
    copies = _copies(server, 3)
    _read(server, 3)
    _ack(server, 1, 2)
    _grow_old(server, 3)
    _read(server, 10)
    reader = open_reader(server)
    seen = await reader.fates(KEY, copies)
    assert seen == Fates(3, acked=2, pending={Name(WORKER): 1}, failed=0 if server.kind in OLD else 1)
    newer = _copies(server, 1, start=4)
    _read(server, 10)
    seen = await reader.fates(KEY, (*copies, *newer))
    assert seen == Fates(4, acked=2, pending={Name(WORKER): 2}, failed=1)
    _ack(server, 4)
    assert (await reader.fates(KEY, (*copies, *newer))).settled


async def test_a_worker_that_was_waiting_in_a_block_has_not_come_back(server: Server, open_reader: OpenReader) -> None:
    """As the platform's do: asked long before, served when the copy came, now working on it."""
    server.run("XGROUP", "CREATE", STREAM, GROUP, "0", "MKSTREAM")
    client: Any = server.client(socket_timeout=30)
    command = ("XREADGROUP", "GROUP", GROUP, WORKER, "COUNT", 10, "BLOCK", 20_000, "STREAMS", STREAM, ">")
    worker = threading.Thread(target=client.execute_command, args=command)
    worker.start()
    watching = server.client()
    wait_until(lambda: watching.info("clients")["blocked_clients"] == 1, "the worker to block")
    server.run("XADD", STREAM, "1-0", "f", "v")
    worker.join()
    _grow_old(server)
    assert await open_reader(server).fates(KEY, [EntryId(1)]) == Fates(1, pending={Name(WORKER): 1})


async def test_of_other_holders_nothing_is_said(server: Server, open_reader: OpenReader) -> None:
    """That one consumer goes on says nothing about another."""
    copies = _copies(server, 2)
    _read(server, 1)
    _grow_old(server)
    _read(server, 1, b"worker-2")
    seen = await open_reader(server).fates(KEY, copies)
    assert seen == Fates(2, pending={Name(WORKER): 1, Name(b"worker-2"): 1})


async def test_a_claim_to_the_holder_looks_like_coming_back(server: Server, open_reader: OpenReader) -> None:
    """It resets the holder's time on every version, whoever made it: a limit of what a server can tell."""
    copies = _copies(server, 2)
    _read(server, 1)
    _read(server, 1, b"worker-2")
    _grow_old(server)
    server.run("XCLAIM", STREAM, GROUP, WORKER, 0, "2-0")
    assert await open_reader(server).fates(KEY, copies) == Fates(2, pending={Name(WORKER): 2}, failed=1)


async def test_of_a_crowd_it_is_not_told_who_failed(
    redis70: Server, open_reader: OpenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking for ten thousand consumers' times each second would cost more than all the rest."""
    copies = _copies(redis70, 2)
    _read(redis70, 1)
    _grow_old(redis70)
    _read(redis70, 1)
    reader = open_reader(redis70)
    assert (await reader.fates(KEY, copies)).failed == 1
    monkeypatch.setattr(fates, "MOST_CONSUMERS", 0)
    with monitored(redis70) as commands:
        assert await reader.fates(KEY, copies) == Fates(2, pending={Name(WORKER): 2})
    assert not any(command.startswith("XINFO CONSUMERS") for command in commands)


# -- gone


@pytest.mark.parametrize("how", ["trimmed", "deleted", "flushed"])
async def test_copies_that_went_before_anybody_got_them(server: Server, open_reader: OpenReader, how: str) -> None:
    """They will never be acknowledged: waiting for them is over."""
    copies = _copies(server, 6)
    _read(server, 1)
    _ack(server, 1)
    keep = 0 if how == "flushed" else 3
    if how == "deleted":
        server.run("XDEL", STREAM, "2-0", "3-0")
    else:
        server.run("XTRIM", STREAM, "MAXLEN", keep)
    seen = await open_reader(server).fates(KEY, copies)
    assert seen == Fates(6, acked=1, waiting=keep, gone=5 - keep)
    assert seen.settled == (keep == 0)


async def test_a_hole_further_on_is_not_looked_for(redis70: Server, open_reader: OpenReader) -> None:
    """One entry is what a look may cost: it tells about the copies before it."""
    copies = _copies(redis70, 4)
    redis70.run("XDEL", STREAM, "3-0")
    assert await open_reader(redis70).fates(KEY, copies) == Fates(4, waiting=4)
    _read(redis70, 2)
    seen = await open_reader(redis70).fates(KEY, copies)
    assert seen == Fates(4, pending={Name(WORKER): 2}, waiting=1, gone=1)


async def test_what_was_delivered_meanwhile_is_not_gone(
    redis70: Server, open_reader: OpenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers may delete what they have acknowledged, in the very moment in which we look."""
    copies = _copies(redis70, 3)
    ask = Link.ask

    async def after_all(self: Link, commands: Sequence[Command]) -> list[object]:
        if commands[0][0] == b"XRANGE":
            _read(redis70, 1)
            _ack(redis70, 1)
            redis70.run("XDEL", STREAM, "1-0", "2-0")
        return await ask(self, commands)

    monkeypatch.setattr(Link, "ask", after_all)
    assert await open_reader(redis70).fates(KEY, copies) == Fates(3, waiting=2, gone=1)


async def test_a_ghost_is_pending(server: Server, open_reader: OpenReader) -> None:
    """Gone is only what nobody got."""
    copies = _copies(server, 2)
    _read(server, 1)
    server.run("XDEL", STREAM, "1-0")
    assert await open_reader(server).fates(KEY, copies) == Fates(2, pending={Name(WORKER): 1}, waiting=1)


async def test_of_a_heavy_stream_no_entry_is_fetched(redis70: Server, open_reader: OpenReader) -> None:
    """A look each second must not carry a large entry each time: what is gone is then shown as waiting."""
    copies = _copies(redis70, 2)
    redis70.run("XADD", STREAM, "9-0", "f", b"x" * 1024 * 1024)
    redis70.run("XDEL", STREAM, "1-0")
    reader = open_reader(redis70)
    await reader.poll(KEY)
    with monitored(redis70) as commands:
        assert await reader.fates(KEY, copies) == Fates(2, waiting=2)
    assert not any(command.startswith("XRANGE") for command in commands)


async def test_a_group_that_was_set_back(server: Server, open_reader: OpenReader) -> None:
    """What it holds is pending, although its position says that it was never delivered."""
    copies = _copies(server, 3)
    _read(server, 3)
    server.run("XGROUP", "SETID", STREAM, GROUP, "0")
    assert await open_reader(server).fates(KEY, copies) == Fates(3, pending={Name(WORKER): 3})


# -- bounds


async def test_pages_are_bounded_and_the_rest_is_said_to_be_unknown(
    redis70: Server, open_reader: OpenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the last page an entry may be acknowledged or pending: neither is claimed."""
    monkeypatch.setattr(fates, "MOST_ROWS", 10)
    monkeypatch.setattr(fates, "MOST_PAGES", 2)
    copies = _copies(redis70, 60)
    _read(redis70, 50)
    _ack(redis70, *range(1, 6), 45)
    reader = open_reader(redis70)
    with monitored(redis70) as commands:
        seen = await reader.fates(KEY, copies)
    assert seen == Fates(60, acked=5, pending={Name(WORKER): 20}, waiting=10, complete=False)
    assert not seen.settled
    pages = [command.split()[3:] for command in commands if command.startswith("XPENDING")]
    assert pages == [["1-0", "60-0", "10"], ["16-0", "60-0", "10"]]
    monkeypatch.setattr(fates, "MOST_PAGES", 5)
    assert await reader.fates(KEY, copies) == Fates(60, acked=6, pending={Name(WORKER): 44}, waiting=10)


async def test_stretches_without_copies_are_stepped_over(
    redis70: Server, open_reader: OpenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between two copies there may be a million others."""
    monkeypatch.setattr(fates, "MOST_ROWS", 10)
    copies = _copies(redis70, 500)
    _read(redis70, 500)
    chosen = (copies[0], copies[1], copies[400])
    with monitored(redis70) as commands:
        seen = await open_reader(redis70).fates(KEY, chosen)
    assert seen == Fates(3, pending={Name(WORKER): 3})
    assert [command.split()[3] for command in commands if command.startswith("XPENDING")] == ["1-0", "401-0"]


async def test_of_very_many_copies_the_last_are_looked_at(server: Server, open_reader: OpenReader) -> None:
    """Ten thousand are eleven pages at most where nobody else's entries are between them."""
    copies = _copies(server, 12_000)
    _read(server, 12_000)
    _ack(server, *range(1, 4_001))
    reader = open_reader(server)
    with monitored(server) as commands:
        seen = await reader.fates(KEY, copies)
    assert seen == Fates(10_000, acked=2_000, pending={Name(WORKER): 8_000})
    pages = [command.split() for command in commands if command.startswith("XPENDING")]
    assert {page[-1] for page in pages} == {"1000"}
    assert len(pages) <= 11


# -- what cannot be told


@pytest.mark.parametrize("missing", ["stream", "group"])
async def test_what_is_gone_is_a_failure(server: Server, open_reader: OpenReader, missing: str) -> None:
    """Evicted or deleted: nothing became of the copies that could be told."""
    if missing == "group":
        server.run("XADD", STREAM, "1-0", "f", "v")
    with pytest.raises(Failure) as caught:
        await open_reader(server).fates(KEY, [EntryId(1)])
    assert caught.value.trouble.fault == "gone"
    assert STREAM.decode() in caught.value.trouble.sentence


async def test_a_key_that_is_no_stream_is_a_failure(server: Server, open_reader: OpenReader) -> None:
    """And the sentence says so."""
    server.client().set(STREAM, "text")
    with pytest.raises(Failure) as caught:
        await open_reader(server).fates(KEY, [EntryId(1)])
    assert caught.value.trouble.fault == "wrong_type"


RULES = ("+xinfo|groups", "+xinfo|consumers", "+xpending", "+xrange")


@pytest.mark.parametrize("rule", RULES)
async def test_each_denied_command_takes_away_what_it_tells(server: Server, open_reader: OpenReader, rule: str) -> None:
    """Without consumers' times nothing is called failed, without XRANGE nothing gone; the others are needed."""
    copies = _copies(server, 4)
    _read(server, 1)
    _grow_old(server)
    _read(server, 1)
    server.run("XDEL", STREAM, "3-0")
    reader = open_reader(add_user(server, [granted for granted in RULES if granted != rule]))
    whole = Fates(4, pending={Name(WORKER): 2}, waiting=1, failed=1, gone=1)
    if rule == "+xinfo|consumers":
        assert await reader.fates(KEY, copies) == replace(whole, failed=0)
    elif rule == "+xrange":
        assert await reader.fates(KEY, copies) == replace(whole, waiting=2, gone=0)
    else:
        with pytest.raises(Failure) as caught:
            await reader.fates(KEY, copies)
        assert caught.value.trouble.next_step == f"Grant it: ACL SETUSER {USER} {rule}"
