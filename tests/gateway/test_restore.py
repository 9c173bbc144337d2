"""Undo of a claim and of an ack: each entry is as it was, unless somebody has touched it since."""

from typing import Literal

import pytest

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import MOST_IDS, RestoreBatch, Restored, RestorePlan, Target
from maestro_tui.gateway.write import RedisWriter
from tests.gateway.conftest import OpenWriter
from tests.gateway.desk import GROUP, KEY, OTHER, STREAM, WORKER, ask, deliver, dump, moved, rows, seen, stuck, words
from tests.gateway.rig import add_user
from tests.servers import Server

Of = Literal["claim", "ack"]
BOTH: tuple[Of, ...] = ("claim", "ack")


def _plan(server: Server, of: Of, targets: tuple[Target, ...]) -> RestoreBatch:
    """The undo of what is about to be done to these, as a log would have kept it."""
    seconds, micros = ask(server, "TIME")
    now = int(seconds) * 1000 + int(micros) // 1000
    now_with = OTHER if of == "claim" else None
    kept = (Restored(seen.id, seen.owner, now - seen.idle_ms, seen.deliveries, now_with) for seen in targets)
    plan = RestorePlan(KEY, "deed", of, tuple(kept), now)
    return RestoreBatch(plan, plan.rows)


async def _done(server: Server, writer: RedisWriter, of: Of, count: int = 1) -> RestoreBatch:
    """Claim or acknowledge entries that have waited for a while; return the undo."""
    for number, target in enumerate(stuck(server, count=count)):
        deliver(server, target.id, idle_ms=600_000 + 60_000 * number, times=2 + number)
    targets = seen(server)
    undo = _plan(server, of, targets)
    assert words(await moved(writer, of, targets)) == ["done"] * count
    return undo


async def _undone(writer: RedisWriter, undo: RestoreBatch) -> Outcome:
    outcome = await writer.apply(undo)
    assert outcome.trouble is None, outcome
    return outcome


@pytest.mark.parametrize("of", BOTH)
async def test_the_pending_list_is_as_it_was(server: Server, open_writer: OpenWriter, of: Of) -> None:
    """Holder and deliveries exactly, the idle time within a second."""
    writer = open_writer(server)
    undo = await _done(server, writer, of, count=3)
    outcome = await _undone(writer, undo)
    assert (outcome.word, words(outcome)) == ("done", ["done"] * 3)
    found = rows(server)
    assert [(owner, times) for _, owner, _, times in found] == [(WORKER.raw, 2), (WORKER.raw, 3), (WORKER.raw, 4)]
    for at, (_, _, idle, _) in enumerate(found):
        assert 600_000 + 60_000 * at <= idle < 601_000 + 60_000 * at


@pytest.mark.parametrize("of", BOTH)
async def test_an_undo_repeated_changes_nothing(server: Server, open_writer: OpenWriter, of: Of) -> None:
    """An answer may be lost here, too."""
    writer = open_writer(server)
    undo = await _done(server, writer, of, count=3)
    await _undone(writer, undo)
    after = dump(server)
    again = await _undone(writer, undo)
    assert set(words(again)) == {"moved on" if of == "claim" else "pending again"}
    assert dump(server) == after


async def test_a_claim_that_was_worked_on_stays(server: Server, open_writer: OpenWriter) -> None:
    """Acknowledged, claimed by a third, read again, deleted: each is told, and the rest is taken back."""
    writer = open_writer(server)
    undo = await _done(server, writer, "claim", count=6)
    acked, third, reread, reclaimed, deleted, untouched = (row.id for row in undo.rows)
    ask(server, "XACK", STREAM.raw, GROUP.raw, str(acked))
    deliver(server, third, idle_ms=700_000, times=3, to=Name(b"third"))
    ask(server, "XCLAIM", STREAM.raw, GROUP.raw, OTHER.raw, 0, str(reread), "IDLE", 720_000)
    deliver(server, reclaimed, idle_ms=0, times=5, to=OTHER)
    ask(server, "XDEL", STREAM.raw, str(deleted))
    before = [row for row in rows(server) if EntryId.parse(row[0]) != untouched]
    outcome = await _undone(writer, undo)
    assert words(outcome) == ["not pending", "moved on", "delivered again", "delivered again", "deleted", "done"]
    after = [row for row in rows(server) if EntryId.parse(row[0]) != untouched]
    assert [(row[0], row[1], row[3]) for row in after] == [(row[0], row[1], row[3]) for row in before]


async def test_an_ack_that_cannot_be_taken_back(server: Server, open_writer: OpenWriter) -> None:
    """Pending again, or gone for good."""
    writer = open_writer(server)
    undo = await _done(server, writer, "ack", count=3)
    again, deleted, _ = (row.id for row in undo.rows)
    ask(server, "XCLAIM", STREAM.raw, GROUP.raw, "third", 0, str(again), "FORCE", "JUSTID")
    ask(server, "XDEL", STREAM.raw, str(deleted))
    outcome = await _undone(writer, undo)
    assert words(outcome) == ["pending again", "deleted", "done"]
    assert [(row[1], row[3]) for row in rows(server)] == [(b"third", 1), (WORKER.raw, 4)]


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ("9-4", ["moved on"] * 4),
        ("9-5", ["done", "moved on", "moved on", "moved on"]),
        ("10-99", ["done", "done", "moved on", "moved on"]),
        ("18446744073709551614-18446744073709551614", ["done", "done", "done", "moved on"]),
        ("18446744073709551614-18446744073709551615", ["done"] * 4),
    ],
)
async def test_a_group_that_was_set_back_delivers_by_itself(
    server: Server, open_writer: OpenWriter, position: str, expected: list[str]
) -> None:
    """What lies above its position is not restored: it would be delivered twice. IDs are compared to the last digit."""
    ids = ["9-5", "10-1", "18446744073709551614-18446744073709551614", "18446744073709551614-18446744073709551615"]
    ask(server, "XGROUP", "CREATE", STREAM.raw, GROUP.raw, "0", "MKSTREAM")
    for id in ids:
        ask(server, "XADD", STREAM.raw, id, "f", "v")
    ask(server, "XREADGROUP", "GROUP", GROUP.raw, WORKER.raw, "STREAMS", STREAM.raw, ">")
    writer = open_writer(server)
    undo = _plan(server, "ack", seen(server))
    await moved(writer, "ack", seen(server))
    ask(server, "XGROUP", "SETID", STREAM.raw, GROUP.raw, position)
    assert words(await _undone(writer, undo)) == expected


async def test_a_holder_who_was_removed_is_there_again(server: Server, open_writer: OpenWriter) -> None:
    """Its name is all that a consumer is."""
    writer = open_writer(server)
    undo = await _done(server, writer, "ack")
    ask(server, "XGROUP", "DELCONSUMER", STREAM.raw, GROUP.raw, WORKER.raw)
    assert words(await _undone(writer, undo)) == ["done"]
    assert rows(server)[0][1] == WORKER.raw


@pytest.mark.parametrize(("of", "missing"), [("claim", "+xclaim"), ("ack", "+xclaim"), ("ack", "+xinfo|groups")])
async def test_a_missing_permission_is_named(server: Server, open_writer: OpenWriter, of: Of, missing: str) -> None:
    """As with a move."""
    undo = await _done(server, open_writer(server), of, count=2)
    before = dump(server)
    xinfo = "+xinfo" if server.kind == "redis-6.2" else "+xinfo|groups"
    needs = {"+eval", "+xpending", "+xrange", "+xclaim", "+time", xinfo}
    refused = xinfo if missing.startswith("+xinfo") else missing
    outcome = await open_writer(add_user(server, sorted(needs - {refused}))).apply(undo)
    assert (outcome.word, dump(server)) == ("refused", before)
    assert outcome.trouble is not None
    assert outcome.trouble.next_step == f"Grant it: ACL SETUSER monitor {missing}"
    assert words(outcome)[1:] == ["not tried"]


async def test_a_group_that_is_gone(server: Server, open_writer: OpenWriter) -> None:
    """An ack cannot be taken back into a group that is not there."""
    writer = open_writer(server)
    undo = await _done(server, writer, "ack", count=2)
    ask(server, "XGROUP", "DESTROY", STREAM.raw, GROUP.raw)
    outcome = await writer.apply(undo)
    assert outcome.trouble is not None
    assert (outcome.word, words(outcome), outcome.trouble.fault) == ("refused", ["not tried"] * 2, "gone")


async def test_an_undo_is_cut_small_too(redis70: Server, open_writer: OpenWriter) -> None:
    """The same bound as for a move."""
    plan = RestorePlan(KEY, "deed", "ack", (Restored(EntryId(1), WORKER, 0, 1),) * (MOST_IDS + 1), 0)
    with pytest.raises(AssertionError, match="at most 100"):
        await open_writer(redis70).apply(RestoreBatch(plan, plan.rows))
