"""What ends a move before its time, and what the log and the outcome then say."""

import asyncio
import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.outcomes import EntryOutcome, Outcome
from maestro_tui.domain.plans import Batch, MoveBatch
from maestro_tui.domain.trouble import Failure
from maestro_tui.engine.operations import NO_LOG
from tests.domain.building import DENIED, DOWN
from tests.engine.moving import (
    answering,
    chosen,
    confirmed,
    lines,
    move,
    operations,
    operations_on,
    rows,
    sweep,
    told,
)
from tests.engine.timing import eventually
from tests.fakes import FakeWriter, ScriptedReader, Shelf, all_done, done


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log goes."""
    return tmp_path / "audit.jsonl"


async def test_a_server_that_tries_nothing_is_not_asked_for_ever(log: Path) -> None:
    writer = FakeWriter(answering("not tried"))
    outcome = await operations(log, writer).submit(confirmed(move("requeue", chosen(250)))).wait()
    assert (outcome.word, outcome.counts, len(writer.batches)) == ("refused", {}, 1)
    assert "untried" in str(outcome.trouble)


async def test_a_failed_entry_ends_the_run_with_its_sentence(log: Path) -> None:
    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        one, two, *rest = batch.targets
        told = [done(batch, one.id), EntryOutcome(two.id, "failed", note="OOM command not allowed")]
        return Outcome.of_entries(told + [EntryOutcome(other.id, "not tried") for other in rest])

    writer = FakeWriter(answer)
    operation = operations(log, writer).submit(confirmed(move("dead-letter", chosen(250))))
    outcome = await operation.wait()
    assert (outcome.word, outcome.counts, len(writer.batches)) == ("partly", {"done": 1, "failed": 1}, 1)
    assert operation.progress.sentence == "2-0 could not be moved: OOM command not allowed"
    assert lines(log)[-1]["sentence"] == operation.progress.sentence


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("before", "word"), [(0, "refused"), (2, "partly")])
async def test_a_refusal_ends_the_run(log: Path, before: int, word: str, whole: bool) -> None:
    answers = [True] * before

    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        if answers:
            answers.pop()
            return all_done(batch)
        if whole:
            return Outcome.refused(DENIED)
        return Outcome.of_entries([EntryOutcome(one.id, "not tried") for one in batch.targets], DENIED)

    writer = FakeWriter(answer)
    operation = operations(log, writer).submit(confirmed(move("claim", chosen(900))))
    outcome = await operation.wait()
    assert (outcome.word, outcome.trouble) == (word, DENIED)
    assert outcome.counts == ({"done": 100 * before} if before else {})
    assert len(writer.batches) == before + 1
    assert operation.progress.sentence == str(DENIED)
    assert told(log)[-1] == ("outcome", word)


async def test_a_lost_answer_makes_its_batch_unknown_and_is_never_repeated(log: Path) -> None:
    writer = FakeWriter(answering("done", "unknown"))
    outcome = await operations(log, writer).submit(confirmed(move("requeue", chosen(900)))).wait()
    assert (outcome.word, outcome.counts, len(writer.batches)) == ("unknown", {"done": 100, "unknown": 100}, 2)
    moved = next(line for line in lines(log) if line["record"] == "moved")
    assert moved["others"] == {"unknown": [f"{number}-0" for number in range(101, 201)]}


async def test_an_answer_that_leaves_entries_out_makes_them_unknown(log: Path) -> None:
    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        return Outcome.of_entries([done(batch, one.id) for one in batch.targets[:90]])

    outcome = await operations(log, FakeWriter(answer)).submit(confirmed(move("claim", chosen(300)))).wait()
    # All that was told of is done: the counts alone would not show that ten are missing.
    assert (outcome.word, outcome.counts) == ("unknown", {"done": 90, "unknown": 10})


async def test_a_writer_that_breaks_makes_its_batch_unknown(log: Path) -> None:
    def answer(_: Batch) -> Outcome:
        raise RuntimeError("boom")

    outcome = await operations(log, FakeWriter(answer)).submit(confirmed(move("claim", chosen(300)))).wait()
    assert (outcome.word, outcome.counts) == ("unknown", {"unknown": 100})
    assert "RuntimeError" in str(outcome.trouble)


@pytest.mark.parametrize(("after", "word"), [(0, "refused"), (1, "partly")])
async def test_a_list_that_cannot_be_read_ends_the_run(log: Path, after: int, word: str) -> None:
    shelf = Shelf(rows(3000))

    class Failing(ScriptedReader):
        async def sweep(self, key: Key, at: EntryId | None, *rest: Any) -> Any:  # noqa: ANN401
            if (0 if at is None else at.ms) >= after * 1000:
                raise Failure(DOWN)
            return await super().sweep(key, at, *rest)

    operation = operations_on(Failing([], shelf=shelf), FakeWriter(), log).submit(confirmed(move("ack", sweep(3000))))
    outcome = await operation.wait()
    assert (outcome.word, outcome.trouble) == (word, DOWN)
    assert outcome.counts == ({"done": 1000} if after else {})
    assert [line["record"] for line in lines(log)][-1] == "outcome"


async def test_stop_takes_effect_after_the_batch_under_way(log: Path) -> None:
    writer = FakeWriter()
    writer.gate.clear()
    operation = operations(log, writer).submit(confirmed(move("claim", chosen(5000))))
    await eventually(lambda: writer.batches)
    operation.stop()
    assert operation.progress.stopping
    writer.gate.set()
    outcome = await operation.wait()
    assert (outcome.word, outcome.counts, outcome.trouble) == ("partly", {"done": 100}, None)
    assert (operation.progress.stopped, operation.progress.stopping) == ("by the operator", False)
    assert lines(log)[-1]["stopped"] == "by the operator"


async def test_stop_does_not_wait_for_a_page_that_does_not_come(log: Path) -> None:
    class Hanging(ScriptedReader):
        async def sweep(self, *_: Any) -> Any:  # noqa: ANN401
            await asyncio.Event().wait()

    writer = FakeWriter()
    operation = operations_on(Hanging([]), writer, log).submit(confirmed(move("claim", sweep(5))))
    await eventually(lambda: operation.progress.phase == "moving")
    operation.stop()
    assert (await operation.wait()).word == "partly"
    assert (operation.progress.stopped, writer.batches) == ("by the operator", [])


async def test_a_stop_that_comes_when_all_is_done_stopped_nothing(log: Path) -> None:
    def answer(batch: Batch) -> Outcome:
        operation.stop()
        return all_done(batch)

    operation = operations(log, FakeWriter(answer)).submit(confirmed(move("claim", chosen(50))))
    assert (await operation.wait()).word == "done"
    assert operation.progress.stopped == ""


def _full_after(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """The disk is full from the next line but `count` on."""
    real, left = os.fsync, [count]

    def fsync(handle: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.parametrize(("fsyncs", "most"), [(2, 0), (3, 1000), (4, 2000), (5, 2000)])
async def test_a_log_that_fills_up_ends_the_run(
    log: Path, fsyncs: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _full_after(monkeypatch, fsyncs)
    writer = FakeWriter()
    operation = operations(log, writer, shelf=Shelf(rows(5000))).submit(confirmed(move("claim", sweep(5000))))
    outcome = await operation.wait()
    assert outcome.word == ("partly" if most else "refused")
    assert outcome.counts.get("done", 0) <= most
    assert len(writer.sent) == outcome.counts.get("done", 0)
    assert "cannot be written: no space left" in str(outcome.trouble)
    assert any('"record":"outcome"' in line for line in operation.unlogged)


async def test_a_full_log_does_not_hold_up_who_does_without(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _full_after(monkeypatch, 3)
    plan = confirmed(move("claim", sweep(5000)), frozenset({NO_LOG}))
    operation = operations(log, shelf=Shelf(rows(5000))).submit(plan)
    assert (await operation.wait()).counts == {"done": 5000}
    assert len(operation.unlogged) >= 8


Sent = list[tuple[EntryId, ...]]


class Steps:
    """Counts the points at which a run waits, and says when the wanted one is reached."""

    def __init__(self, at: int) -> None:
        self.reached = asyncio.Event()
        self._left = at
        self._loop = asyncio.get_running_loop()

    def step(self) -> None:
        """Count one; the log is written by a thread."""
        self._left -= 1
        if self._left == 0:
            self._loop.call_soon_threadsafe(self.reached.set)


class Stepping(ScriptedReader):
    """A reader whose every page is a step."""

    def __init__(self, steps: Steps) -> None:
        super().__init__([], shelf=Shelf(rows(600)))
        self._steps = steps

    async def sweep(self, *args: Any) -> Any:  # noqa: ANN401
        """Read a page."""
        self._steps.step()
        return await super().sweep(*args)


class Answering(FakeWriter):
    """A writer that notes what was sent and what was answered; each is a step."""

    def __init__(self, steps: Steps) -> None:
        super().__init__()
        self.called, self.answered = Sent(), Sent()
        self._steps = steps

    async def apply(self, batch: Batch) -> Outcome:
        """Answer a batch."""
        assert isinstance(batch, MoveBatch)
        ids = tuple(one.id for one in batch.targets)
        self.called.append(ids)
        self._steps.step()
        outcome = await super().apply(batch)
        self.answered.append(ids)
        self._steps.step()
        return outcome


@pytest.mark.parametrize("at", range(1, 24))
async def test_whoever_is_cut_off_leaves_a_log_that_tells_the_truth(
    log: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off at each point in turn where it waits: for the disk, for a page, for an answer."""
    steps = Steps(at)
    writer = Answering(steps)
    many = operations_on(Stepping(steps), writer, log)
    write = many._audit.write

    def stepping(record: Mapping[str, Any]) -> str:
        steps.step()
        return write(record)

    monkeypatch.setattr(many._audit, "write", stepping)
    operation = many.submit(confirmed(move("claim", sweep(600))))
    waiting = asyncio.ensure_future(steps.reached.wait())
    await asyncio.wait({waiting, asyncio.ensure_future(operation.wait())}, return_when=asyncio.FIRST_COMPLETED)
    for task in many._tasks.values():
        task.cancel()
    outcome = await operation.wait()
    waiting.cancel()
    _check_truth(lines(log), writer.called, writer.answered, outcome)


def _check_truth(records: list[dict[str, Any]], sent: Sent, answered: Sent, outcome: Outcome) -> None:
    words = [record["record"] for record in records]
    assert words[:1] == ["intent"] * (1 if sent or words else 0)
    assert words.count("outcome") == (1 if words else 0)
    assert not words or words[-1] == "outcome"
    listed = {row[0] for record in records if record["record"] == "entries" for row in record["rows"]}
    assert {str(id) for ids in sent for id in ids} <= listed
    moved = [id for record in records if record["record"] == "moved" for id in record["done"]]
    known = {id for record in records if record["record"] == "moved" for id in record["others"].get("unknown", ())}
    assert set(moved) <= {str(id) for ids in answered for id in ids}
    assert {str(id) for ids in sent for id in ids} == set(moved) | known
    assert outcome.counts.get("done", 0) == len(moved)
    assert (outcome.word == "unknown") is bool(known)
    if words:
        assert (records[-1]["outcome"], records[-1]["counts"]) == (outcome.word, dict(outcome.counts))
