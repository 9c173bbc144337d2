"""Confirmed plans: intent on disk before the write, outcome after it, one at a time, none lost on the way out."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.outcomes import Outcome, StepOutcome
from maestro_tui.domain.plans import Confirmed, CreateGroup, InitPlan, Plan
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.audit import Audit
from maestro_tui.engine.operations import NO_LOG, Operations
from tests.domain.building import DOWN, JOBS, WORKERS
from tests.engine.timing import settle
from tests.fakes import FakeWriter, FixedClock

PLAN = InitPlan((CreateGroup(JOBS, WORKERS),))
BROKEN = InitPlan((CreateGroup(Name(b"s\xff"), WORKERS),))
CONFIRMED = Confirmed(PLAN, "kay", "key")


def _operations(log: Path, writer: FakeWriter, **options: Any) -> Operations:  # noqa: ANN401 - of Operations
    return Operations(writer, Audit(log, FixedClock()), "redis.test:6379/0", **options)


def _lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def _told(log: Path) -> list[tuple[str, int, str | None]]:
    return [(one["record"], one["operation"], one.get("outcome")) for one in _lines(log)]


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
    seen: list[list[tuple[str, int, str | None]]] = []

    def answer(plan: Plan) -> Outcome:
        seen.append(_told(log))
        return Outcome.of(tuple(StepOutcome(step.key, "created") for step in plan.steps))

    asked: list[str] = []
    operations = _operations(log, FakeWriter(answer), after=lambda: asked.append("look"))
    operation = operations.submit(CONFIRMED)
    assert operations.in_flight == {1: operation}
    outcome = await operation.wait()
    assert (outcome.word, outcome.counts) == ("done", {"created": 1})
    assert seen == [[("intent", 1, None)]]
    assert _told(log) == [("intent", 1, None), ("outcome", 1, "done")]
    assert [json.loads(line) for line in operation.lines] == _lines(log)
    assert operations.in_flight == {}
    assert asked == ["look"]


async def test_a_record_says_exactly_what_was_sent(log: Path) -> None:
    confirmed = Confirmed(BROKEN, "kay", "name", frozenset({"b", "a"}))
    await _operations(log, FakeWriter()).submit(confirmed).wait()
    intent, outcome = _lines(log)
    assert {name: intent[name] for name in ("action", "by", "how", "overrides", "node")} == {
        "action": "init", "by": "kay", "how": "name", "overrides": ["a", "b"], "node": "redis.test:6379/0",
    }  # fmt: skip
    assert intent["commands"] == [["XGROUP", "CREATE", {"b64": "c/8="}, "app-workers", "0", "MKSTREAM"]]
    assert outcome["steps"] == [{"stream": {"b64": "c/8="}, "group": "app-workers", "word": "created"}]
    assert (outcome["trouble"], outcome["counts"]) == (None, {"created": 1})


async def test_read_only_sends_and_records_nothing(log: Path) -> None:
    writer = FakeWriter()
    outcome = await _operations(log, writer, read_only=True).submit(CONFIRMED).wait()
    assert outcome.word == "refused"
    assert "read-only: nothing was sent" in str(outcome.trouble)
    assert (writer.plans, _lines(log)) == ([], [])


async def test_without_a_log_nothing_is_sent(no_log: Path) -> None:
    writer = FakeWriter()
    operation = _operations(no_log, writer).submit(CONFIRMED)
    outcome = await operation.wait()
    assert (outcome.word, writer.plans) == ("refused", [])
    assert outcome.trouble is not None
    assert str(outcome.trouble).startswith("The audit log ")
    assert "Nothing was sent." in str(outcome.trouble)


async def test_without_a_log_but_with_the_override_the_lines_are_kept(no_log: Path) -> None:
    writer = FakeWriter()
    operation = _operations(no_log, writer).submit(Confirmed(PLAN, "kay", "override", frozenset({NO_LOG})))
    assert (await operation.wait()).word == "done"
    assert writer.plans == [PLAN]
    assert [json.loads(line)["record"] for line in operation.lines] == ["intent", "outcome"]


async def test_two_plans_are_carried_out_one_after_another(log: Path) -> None:
    writer = FakeWriter()
    writer.gate.clear()
    operations = _operations(log, writer)
    first, second = operations.submit(CONFIRMED), operations.submit(Confirmed(BROKEN, "kay", "key"))
    await settle()
    assert writer.plans == [PLAN]
    assert _told(log) == [("intent", 1, None)]
    writer.gate.set()
    await second.wait()
    assert (first.outcome is not None, writer.plans) == (True, [PLAN, BROKEN])
    assert _told(log) == [("intent", 1, None), ("outcome", 1, "done"), ("intent", 2, None), ("outcome", 2, "done")]


async def test_leaving_waits_for_what_is_on_its_way(log: Path) -> None:
    writer = FakeWriter()
    writer.gate.clear()
    operations = _operations(log, writer)
    operation = operations.submit(CONFIRMED)
    draining = asyncio.ensure_future(operations.drain(60.0))
    await settle()
    assert not draining.done()
    writer.gate.set()
    assert await draining == ()
    assert operation.outcome is not None
    assert operation.outcome.word == "done"


async def test_what_does_not_end_in_time_is_recorded_as_unknown_and_what_never_began_as_not_sent(log: Path) -> None:
    writer = FakeWriter()
    writer.gate.clear()
    operations = _operations(log, writer)
    sent, queued = operations.submit(CONFIRMED), operations.submit(CONFIRMED)
    await settle()
    assert await operations.drain(0.0) == (sent, queued)
    assert [(await one.wait()).word for one in (sent, queued)] == ["unknown", "refused"]
    assert _told(log) == [("intent", 1, None), ("outcome", 1, "unknown")]
    assert len(writer.plans) == 1
    assert "nothing was sent" in str((await queued.wait()).trouble)
    assert operations.in_flight == {}


async def test_with_nothing_on_its_way_leaving_is_immediate(log: Path) -> None:
    assert await _operations(log, FakeWriter()).drain(60.0) == ()


@pytest.mark.parametrize("error", [RuntimeError("boom"), Failure(DOWN)])
async def test_a_writer_that_breaks_leaves_no_intent_without_an_outcome(log: Path, error: Exception) -> None:
    def answer(_: Plan) -> Outcome:
        raise error

    operations = _operations(log, FakeWriter(answer))
    outcome = await operations.submit(CONFIRMED).wait()
    assert outcome.word == "unknown"
    assert type(error).__name__ in str(outcome.trouble)
    assert _told(log) == [("intent", 1, None), ("outcome", 1, "unknown")]
    assert (await operations.submit(CONFIRMED).wait()).word == "unknown"


REFUSAL = Trouble("denied", "No.", "Ask.")
KEY = Key(JOBS, WORKERS)


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
