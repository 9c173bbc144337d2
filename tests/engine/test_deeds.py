"""What we send is told to the polls: what one saw, what it may have seen, and what nobody knows."""

import asyncio
from pathlib import Path

import pytest

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import ZERO, EntryId, Key
from maestro_tui.domain.ours import NOTHING, Ours
from maestro_tui.domain.outcomes import EntryOutcome, EntryWord, Outcome, StepOutcome
from maestro_tui.domain.plans import (
    Batch,
    CreateGroup,
    InitPlan,
    MoveBatch,
    PositionPlan,
    RemovePlan,
    RestoreBatch,
    Restored,
    RestorePlan,
    Verb,
)
from maestro_tui.domain.trouble import Failure
from maestro_tui.engine.deeds import Deeds, did_by
from maestro_tui.engine.monitor import Monitor
from tests.domain.building import DOWN, JOBS, KEY, LIMITS, NOW, TOPOLOGY, WORKERS, group, snapshot, stream
from tests.engine.moving import DEAD, HOLDER, chosen, confirmed, move
from tests.engine.timing import HeldClock, settle
from tests.fakes import FakeWriter, all_done, scripted_session

STREAM, LETTERS = Key(JOBS), Key(DEAD)
INIT = InitPlan((CreateGroup(JOBS, WORKERS),))
POSITION = PositionPlan(KEY, ZERO, 0, EntryId(9), 9, NOW)


def _batch(verb: Verb, count: int = 3) -> MoveBatch:
    return MoveBatch(move(verb, chosen(count)), chosen(count).targets)


def _restore(of: str) -> RestoreBatch:
    rows = (Restored(EntryId(1), HOLDER, NOW, 1), Restored(EntryId(2), HOLDER, NOW, 1))
    return RestoreBatch(RestorePlan(KEY, "op", "ack" if of == "ack" else "claim", rows, NOW), rows)


REDRIVE = MoveBatch(move("redrive", chosen(2), key=LETTERS, to=JOBS), chosen(2).targets)


@pytest.mark.parametrize(
    ("batch", "did"),
    [
        (_batch("requeue"), Ours({JOBS: 3}, {KEY: 3})),
        (_batch("edit", 1), Ours({JOBS: 1}, {KEY: 1})),
        (_batch("dead-letter"), Ours({DEAD: 3}, {KEY: 3})),
        (_batch("ack"), Ours({}, {KEY: 3})),
        (_batch("claim"), NOTHING),
        (REDRIVE, Ours({JOBS: 2})),
        (_restore("ack"), Ours({}, {KEY: -2})),
        (_restore("claim"), NOTHING),
        (INIT, Ours(placed=frozenset({KEY}))),
        (POSITION, Ours(placed=frozenset({KEY}))),
        (RemovePlan(KEY, None, ZERO, NOW), Ours(placed=frozenset({KEY}))),
        (RemovePlan(KEY, HOLDER, ZERO, NOW), NOTHING),
    ],
    ids=lambda one: getattr(getattr(one, "plan", one), "verb", type(one).__name__),
)
def test_an_answer_tells_what_was_done(batch: Batch, did: Ours) -> None:
    assert did_by(batch, all_done(batch)) == did
    assert did_by(batch, Outcome.refused(DOWN)) == NOTHING


def _answered(*words: EntryWord) -> Outcome:
    return Outcome.of_entries([EntryOutcome(EntryId(number), word) for number, word in enumerate(words, 1)])


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome("unknown", trouble=DOWN),
        _answered("done", "unknown", "done"),
        _answered("done", "failed", "not tried"),
        _answered("done"),
    ],
    ids=["no answer", "one unknown", "one failed half-way", "not told of all"],
)
def test_an_answer_that_leaves_something_open_makes_the_streams_begin_anew(outcome: Outcome) -> None:
    assert did_by(_batch("dead-letter"), outcome) == Ours(placed=frozenset({STREAM, LETTERS}))


def test_what_was_left_alone_was_not_done() -> None:
    outcome = _answered("not pending", "moved on", "not tried")
    assert did_by(_batch("requeue"), outcome) == NOTHING


def test_a_position_whose_answer_was_lost_may_have_been_set() -> None:
    unknown = Outcome.of((StepOutcome(KEY, "unknown", DOWN),))
    assert did_by(INIT, unknown).placed == did_by(POSITION, Outcome("unknown")).placed == {KEY, STREAM}


DONE = Ours({JOBS: 3}, {KEY: 3})


async def test_what_was_answered_before_a_poll_is_told_to_it_once() -> None:
    deeds = Deeds()
    await deeds.send(FakeWriter(), _batch("requeue"))
    await deeds.send(FakeWriter(), _batch("requeue"))
    deeds.look_begins()
    assert deeds.ours() == Ours({JOBS: 6}, {KEY: 6})
    deeds.seen()
    deeds.look_begins()
    assert deeds.ours() == NOTHING


async def test_a_poll_that_failed_leaves_it_to_the_next() -> None:
    deeds = Deeds()
    deeds.look_begins()
    await deeds.send(FakeWriter(), _batch("requeue"))
    deeds.look_begins()
    assert deeds.ours() == DONE


async def test_what_was_sent_during_a_poll_is_doubtful_twice() -> None:
    deeds = Deeds()
    deeds.look_begins()
    await deeds.send(FakeWriter(), _batch("requeue"))
    assert STREAM in deeds.ours().placed
    deeds.seen()
    deeds.look_begins()
    assert STREAM in deeds.ours().placed
    deeds.seen()
    deeds.look_begins()
    assert deeds.ours() == NOTHING


async def test_what_is_under_way_is_doubtful_until_a_poll_saw_its_end() -> None:
    deeds, writer = Deeds(), FakeWriter()
    writer.gate.clear()
    sending = asyncio.create_task(deeds.send(writer, POSITION))
    await settle()
    for _ in range(2):
        deeds.look_begins()
        assert deeds.ours().placed == {KEY, STREAM}
        deeds.seen()
    writer.gate.set()
    await sending
    deeds.look_begins()
    assert deeds.ours().placed == {KEY, STREAM}
    deeds.seen()
    deeds.look_begins()
    assert deeds.ours() == NOTHING


async def test_what_was_cut_off_may_have_been_done() -> None:
    deeds, writer = Deeds(), FakeWriter()
    writer.gate.clear()
    sending = asyncio.create_task(deeds.send(writer, _batch("requeue")))
    await settle()
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    deeds.look_begins()
    assert deeds.ours() == Ours(placed=frozenset({STREAM}))


async def test_a_requeue_is_not_taken_for_the_platforms_traffic(tmp_path: Path) -> None:
    """Two looks around a move of three: the stream grew by three and the pending list shrank by three."""
    one = group(last_delivered=EntryId(100), entries_read=100, pending=10, server_lag=0)
    ends = {"length": 100, "entries_added": 100, "first_id": EntryId(1), "last_id": EntryId(100)}
    before = stream(one, **ends, last_entry_id=EntryId(100))
    moved = group(last_delivered=EntryId(100), entries_read=100, pending=7, server_lag=3)
    ends |= {"length": 103, "entries_added": 103, "last_id": EntryId(103)}
    after = stream(moved, **ends, last_entry_id=EntryId(103), seen_at_ms=NOW + 1_000)
    script = [snapshot(before), snapshot(after, at=NOW + 1_000)]
    config = Config(limits=LIMITS, topology=TOPOLOGY)
    async with scripted_session(script, tmp_path / "audit.jsonl", config=config) as session:
        await session.monitor.poll()
        await session.operations.submit(confirmed(move("requeue", chosen(3)))).wait()
        speeds = (await session.monitor.poll()).rows[0].rates
    assert (speeds.in_per_s, speeds.out_per_s, speeds.ack_per_s) == (0.0, 0.0, 0.0)


class _Reader:
    """Fails its second poll."""

    def __init__(self) -> None:
        self.polls = 0

    async def poll(self, focus: Key | None) -> object:
        """Look, or fail."""
        del focus
        self.polls += 1
        if self.polls == 2:
            raise Failure(DOWN)
        return snapshot(stream(group(), seen_at_ms=NOW + self.polls), at=NOW + self.polls)


async def test_the_monitor_hands_over_what_we_did_with_a_poll_that_succeeds() -> None:
    monitor = Monitor(_Reader(), HeldClock(), Config(limits=LIMITS, topology=TOPOLOGY))  # type: ignore[arg-type]
    await monitor.poll()
    await monitor.deeds.send(FakeWriter(), POSITION)
    assert (await monitor.poll()).trouble == DOWN
    assert len(monitor.frame.memory.trails[KEY]) == 1
    assert monitor.deeds.ours().placed == {KEY}
    await monitor.poll()
    assert len(monitor.frame.memory.trails[KEY]) == 1
    await monitor.poll()
    assert len(monitor.frame.memory.trails[KEY]) == 2
