"""Confirmed plans: intent on disk before the write, outcome after it, one at a time, none lost on the way out."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.outcomes import Outcome, StepOutcome
from maestro_tui.domain.plans import Batch, Confirmed, CreateGroup, InitPlan, PositionPlan, RemovePlan
from maestro_tui.domain.progress import Fates
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.audit import Audit
from maestro_tui.engine.operations import NO_LOG, Operations
from tests.domain.building import DOWN, JOBS, KEY, WORKERS
from tests.engine.moving import chosen, confirmed, lines, move, operations, told
from tests.engine.timing import HeldClock, eventually, settle
from tests.fakes import FakeWriter, FixedClock, ScriptedReader, Shelf, all_done

PLAN = InitPlan((CreateGroup(JOBS, WORKERS),))
BROKEN = InitPlan((CreateGroup(Name(b"s\xff"), WORKERS),))
CONFIRMED = Confirmed(PLAN, "kay", "key")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log goes."""
    return tmp_path / "audit.jsonl"


@pytest.fixture
def no_log(tmp_path: Path) -> Path:
    """Where no log can go."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file" / "audit.jsonl"


async def test_the_intent_is_written_before_and_the_outcome_after(log: Path) -> None:
    seen: list[list[tuple[str, str | None]]] = []

    def answer(batch: Batch) -> Outcome:
        seen.append(told(log))
        return all_done(batch)

    asked: list[str] = []
    many = operations(log, FakeWriter(answer), after=lambda: asked.append("look"))
    operation = many.submit(CONFIRMED)
    assert many.in_flight == {operation.id: operation}
    outcome = await operation.wait()
    assert (outcome.word, outcome.counts) == ("done", {"created": 1})
    assert seen == [[("intent", None)]]
    assert told(log) == [("intent", None), ("outcome", "done")]
    assert [json.loads(line) for line in operation.lines] == lines(log)
    assert {line["operation"] for line in lines(log)} == {operation.id}
    assert (many.in_flight, many.recent) == ({}, [operation])
    assert asked
    assert (await operation.settled()).phase == "ended"


async def test_an_id_says_when_and_is_never_the_same(log: Path) -> None:
    many = operations(log)
    ids = [many.submit(CONFIRMED).id for _ in range(50)]
    assert len(set(ids)) == 50
    assert all(re.fullmatch(r"20261122T140322Z-[0-9a-f]{6}", one) for one in ids)
    await many.drain(10)
    assert [one.id for one in many.recent] == ids[-20:]


async def test_a_record_says_exactly_what_was_sent(log: Path) -> None:
    agreed = Confirmed(BROKEN, "kay", "name", frozenset({"b", "a"}))
    await operations(log).submit(agreed).wait()
    intent, outcome = lines(log)
    assert {name: intent[name] for name in ("action", "by", "how", "overrides", "node")} == {
        "action": "init", "by": "kay", "how": "name", "overrides": ["a", "b"], "node": "redis.test:6379/0",
    }  # fmt: skip
    assert intent["commands"] == [["XGROUP", "CREATE", {"b64": "c/8="}, "app-workers", "0", "MKSTREAM"]]
    assert outcome["steps"] == [{"stream": {"b64": "c/8="}, "group": "app-workers", "word": "created"}]
    assert (outcome["trouble"], outcome["counts"]) == (None, {"created": 1})


@pytest.mark.parametrize(
    ("plan", "action", "details"),
    [
        (
            PositionPlan(KEY, EntryId(5), 7, EntryId(0), 0, 1),
            "set position",
            {"before": "5-0", "before_read": 7, "to": "0-0", "entries_read": 0, "undoes": None},
        ),
        (PositionPlan(KEY, EntryId(5), None, EntryId(0), None, 1, "other"), "undo position", {"undoes": "other"}),
        (RemovePlan(KEY, Name(b"w\xff"), EntryId(5), 1), "remove consumer", {"consumer": {"b64": "d/8="}}),
        (RemovePlan(KEY, None, EntryId(5), 1), "remove group", {"consumer": None, "last_delivered": "5-0"}),
    ],
)
async def test_plans_about_a_group_say_what_they_found(log: Path, plan: Any, action: str, details: Any) -> None:  # noqa: ANN401
    operation = operations(log).submit(Confirmed(plan, "kay", "y"))
    assert (await operation.wait()).counts == {"done": 1}
    intent, _ = lines(log)
    assert (intent["action"], intent["stream"], intent["group"]) == (action, "app:jobs", "app-workers")
    assert {name: intent[name] for name in details} == details
    assert operation.progress.done == 1


async def test_read_only_sends_and_records_nothing(log: Path) -> None:
    writer = FakeWriter()
    many = operations(log, writer, read_only=True)
    for agreed in (CONFIRMED, confirmed(move("requeue", chosen(3)))):
        operation = many.submit(agreed)
        outcome = await operation.wait()
        assert outcome.word == "refused"
        assert "read-only: nothing was sent" in str(outcome.trouble)
        assert "read-only" in (await operation.settled()).sentence
    assert (writer.batches, lines(log)) == ([], [])


@pytest.mark.parametrize("agreed", [CONFIRMED, confirmed(move("requeue", chosen(3)))])
async def test_without_a_log_nothing_is_sent(no_log: Path, agreed: Confirmed) -> None:
    writer = FakeWriter()
    operation = operations(no_log, writer).submit(agreed)
    outcome = await operation.wait()
    assert (outcome.word, writer.batches) == ("refused", [])
    assert str(outcome.trouble).startswith("The audit log ")
    assert "Nothing was sent." in str(outcome.trouble)
    assert "no-log" in str(outcome.trouble)
    assert [json.loads(line)["record"] for line in operation.unlogged] == ["intent"]


async def test_without_a_log_but_with_the_override_the_lines_are_kept(no_log: Path) -> None:
    writer = FakeWriter()
    many = operations(no_log, writer)
    operation = many.submit(Confirmed(PLAN, "kay", "override", frozenset({NO_LOG})))
    assert (await operation.wait()).word == "done"
    assert writer.plans == [PLAN]
    assert [json.loads(line)["record"] for line in operation.unlogged] == ["intent", "outcome"]
    moving = many.submit(confirmed(move("claim", chosen(3)), overrides=frozenset({NO_LOG})))
    assert (await moving.wait()).word == "done"
    assert [json.loads(line)["record"] for line in moving.unlogged] == ["intent", "entries", "moved", "outcome"]
    assert [json.loads(line)["record"] for line in moving.lines] == ["intent", "outcome"]


async def test_two_plans_are_carried_out_one_after_another(log: Path) -> None:
    writer = FakeWriter()
    writer.gate.clear()
    many = operations(log, writer)
    first, second = many.submit(CONFIRMED), many.submit(Confirmed(BROKEN, "kay", "key"))
    await eventually(lambda: writer.plans)
    await settle()
    assert (writer.plans, second.progress.phase) == ([PLAN], "queued")
    assert told(log) == [("intent", None)]
    writer.gate.set()
    await second.wait()
    assert (first.outcome is not None, writer.plans) == (True, [PLAN, BROKEN])
    assert [line["operation"] for line in lines(log)] == [first.id, first.id, second.id, second.id]


async def test_what_is_stopped_before_its_turn_is_never_begun(log: Path) -> None:
    writer = FakeWriter()
    writer.gate.clear()
    many = operations(log, writer)
    many.submit(CONFIRMED)
    waiting = many.submit(confirmed(move("requeue", chosen(3))))
    waiting.stop()
    assert waiting.progress.stopping
    writer.gate.set()
    outcome = await waiting.wait()
    assert outcome.word == "refused"
    assert "before its turn" in str(outcome.trouble)
    assert (writer.plans, waiting.lines) == ([PLAN], [])


async def test_leaving_waits_for_what_is_on_its_way(log: Path) -> None:
    writer = FakeWriter()
    writer.gate.clear()
    many = operations(log, writer)
    operation = many.submit(CONFIRMED)
    await eventually(lambda: writer.batches)
    draining = asyncio.ensure_future(many.drain(60.0))
    await settle()
    assert not draining.done()
    writer.gate.set()
    assert await draining == ()
    assert operation.outcome is not None
    assert operation.outcome.word == "done"


async def test_leaving_ends_a_move_after_the_batch_under_way_and_its_watch_at_once(log: Path) -> None:
    writer, clock = FakeWriter(), HeldClock()
    writer.gate.clear()
    shelf = Shelf(fates=[lambda _, copies: Fates(len(copies), waiting=len(copies))])
    many = operations(log, writer, shelf=shelf, clock=clock)
    moving = many.submit(confirmed(move("requeue", chosen(1000))))
    behind = many.submit(confirmed(move("requeue", chosen(5))))
    await eventually(lambda: writer.batches)
    draining = asyncio.ensure_future(many.drain(60.0))
    await settle()
    writer.gate.set()
    assert await draining == ()
    assert moving.outcome is not None
    assert behind.outcome is not None
    assert (moving.outcome.word, moving.outcome.counts) == ("partly", {"done": 100})
    assert (moving.progress.stopped, moving.progress.phase) == ("by the operator", "ended")
    assert (behind.outcome.word, behind.lines) == ("refused", [])
    records = [line["record"] for line in lines(log)]
    assert records == ["intent", "entries", "moved", "outcome", "watch"]
    assert lines(log)[-1]["waiting"] == 100


async def test_what_does_not_end_in_time_is_recorded_as_unknown_and_what_never_began_as_not_sent(log: Path) -> None:
    writer = FakeWriter()
    writer.gate.clear()
    many = operations(log, writer)
    sent, queued = many.submit(CONFIRMED), many.submit(CONFIRMED)
    await eventually(lambda: writer.batches)
    assert await many.drain(0.0) == (sent, queued)
    assert [(await one.wait()).word for one in (sent, queued)] == ["unknown", "refused"]
    assert told(log) == [("intent", None), ("outcome", "unknown")]
    assert len(writer.plans) == 1
    assert "nothing was sent" in str((await queued.wait()).trouble)
    assert many.in_flight == {}
    assert {one.progress.phase for one in (sent, queued)} == {"ended"}


async def test_with_nothing_on_its_way_leaving_is_immediate(log: Path) -> None:
    assert await operations(log).drain(60.0) == ()


@pytest.mark.parametrize("error", [RuntimeError("boom"), Failure(DOWN)])
async def test_a_writer_that_breaks_leaves_no_intent_without_an_outcome(log: Path, error: Exception) -> None:
    def answer(_: Batch) -> Outcome:
        raise error

    many = operations(log, FakeWriter(answer))
    outcome = await many.submit(CONFIRMED).wait()
    assert outcome.word == "unknown"
    assert type(error).__name__ in str(outcome.trouble)
    assert told(log) == [("intent", None), ("outcome", "unknown")]
    assert (await many.submit(CONFIRMED).wait()).word == "unknown"


async def test_a_reader_that_breaks_ends_the_operation(log: Path) -> None:
    class Broken(ScriptedReader):
        async def entry(self, stream: Name, id: EntryId, most_bytes: int | None) -> None:  # noqa: ARG002
            raise RuntimeError("boom")

    reader = Broken([])
    many = Operations(reader, FakeWriter(), Audit(log, FixedClock()), FixedClock(), "node")
    plan = move("redrive", chosen(2), key=Key(Name(b"app:jobs:dead")), to=JOBS)
    operation = many.submit(confirmed(plan))
    assert (await operation.wait()).word == "unknown"
    assert (await operation.settled()).phase == "ended"


async def test_updates_tell_the_latest_and_end_with_the_end(log: Path) -> None:
    writer = FakeWriter()
    writer.gate.clear()
    operation = operations(log, writer).submit(confirmed(move("claim", chosen(250))))
    updates = operation.updates()
    assert (await anext(updates)).phase == "queued"
    later = asyncio.ensure_future(anext(updates))
    await eventually(later.done)
    assert (await later).phase == "moving"
    writer.gate.set()
    rest = [one async for one in updates]
    assert (rest[-1].phase, rest[-1].done) == ("ended", 250)
    assert [one async for one in operation.updates()] == [rest[-1]]
    operation.stop()
    assert not operation.progress.stopping


REFUSAL = Trouble("denied", "No.", "Ask.")


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ((), "done"),
        (("created", "already there"), "done"),
        (("created", "refused"), "partly"),
        (("refused", "refused"), "refused"),
        (("created", "unknown"), "unknown"),
        (("refused", "unknown"), "unknown"),
    ],
)
def test_the_whole_is_said_in_one_word(words: tuple[Any, ...], word: str) -> None:
    steps = tuple(StepOutcome(KEY, one, None if one in ("created", "already there") else REFUSAL) for one in words)
    outcome = Outcome.of(steps)
    assert outcome.word == word
    assert sum(outcome.counts.values()) == len(words)
    assert (outcome.trouble == REFUSAL) is (word not in ("done",))
