"""The canary: one copy goes first; the rest follows only once somebody has acknowledged it."""

from pathlib import Path
from typing import Any

import pytest

from maestro_tui.domain.names import EntryId
from maestro_tui.domain.outcomes import EntryOutcome, Outcome
from maestro_tui.domain.plans import Batch, MoveBatch
from maestro_tui.domain.progress import Fates, Progress
from maestro_tui.domain.trouble import Failure
from tests.domain.building import DENIED, DOWN
from tests.engine.moving import OTHER, chosen, confirmed, lines, move, operations, rows, sweep
from tests.engine.timing import HeldClock, eventually, settle
from tests.fakes import FakeWriter, FixedClock, Shelf, all_done

WAITING = Fates(1, waiting=1)
HELD = Fates(1, pending={OTHER: 1})
FAILED = Fates(1, pending={OTHER: 1}, failed=1)
ACKED = Fates(1, acked=1)
GONE = Fates(1, gone=1)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log goes."""
    return tmp_path / "audit.jsonl"


def _plan(selection: Any, **changes: Any) -> Any:  # noqa: ANN401
    return confirmed(move("requeue", selection, canary=True, **changes))


def _sizes(writer: FakeWriter) -> list[int]:
    return [len(batch.targets) for batch in writer.batches if isinstance(batch, MoveBatch)]


@pytest.mark.parametrize("selection", [chosen(1150), sweep(1150)])
async def test_the_rest_follows_once_the_first_copy_is_acknowledged(log: Path, selection: Any) -> None:  # noqa: ANN401
    asked: list[int] = []

    def answer(batch: Batch) -> Outcome:
        asked.append(len(shelf.fates))
        return all_done(batch)

    shelf = Shelf(rows(1150), fates=[WAITING, WAITING, HELD, Failure(DOWN), ACKED])
    writer = FakeWriter(answer)
    operation = operations(log, writer, shelf=shelf).submit(_plan(selection))
    outcome = await operation.wait()
    assert (outcome.word, outcome.counts) == ("done", {"done": 1150})
    assert _sizes(writer)[0] == 1
    assert writer.sent == [EntryId(number) for number in range(1, 1151)]
    # The second batch went after the copy was seen to be acknowledged.
    assert asked[:2] == [5, 1]
    assert operation.progress.took_s == 2.0


async def test_it_says_what_it_waits_for(log: Path) -> None:
    clock, shelf, seen = HeldClock(), Shelf(fates=[WAITING]), list[Progress]()
    operation = operations(log, shelf=shelf, clock=clock).submit(_plan(chosen(20)))
    await eventually(lambda: operation.progress.fates is not None)
    seen.append(operation.progress)
    shelf.fates[:] = [HELD]
    await clock.pass_s(1.0)
    seen.append(operation.progress)
    assert [(one.phase, one.sentence) for one in seen] == [
        ("canary", "Nobody has received it for 0s."),
        ("canary", "worker-2 has it, for 1s now."),
    ]
    shelf.fates[:] = [ACKED]
    await clock.pass_s(1.0)
    await operation.wait()
    assert operation.progress.sentence == ""
    operation.stop()


@pytest.mark.parametrize(
    ("fates", "sentence", "took_s"),
    [
        ([HELD, FAILED], "worker-2 received the canary and came back for more without acknowledging it.", 0.5),
        ([WAITING], "Nobody has received the canary within 60s: is a worker reading?", 60.0),
        ([HELD], "worker-2 has held the canary for up to 60s and has not acknowledged it yet.", 60.0),
        ([WAITING, GONE], "The canary was deleted or trimmed before anybody received it.", 0.5),
        ([Failure(DENIED)], f"What became of the canary cannot be seen. {DENIED}", 0.0),
        ([WAITING, Failure(DOWN)], f"What became of the canary cannot be seen. {DOWN}", 60.0),
    ],
)
async def test_it_stops_by_itself_and_says_what_it_saw(log: Path, fates: Any, sentence: str, took_s: float) -> None:  # noqa: ANN401
    writer = FakeWriter()
    many = operations(log, writer, shelf=Shelf(fates=fates))
    operation = many.submit(_plan(chosen(250), canary_wait_ms=60_000))
    outcome = await operation.wait()
    assert (outcome.word, outcome.counts, _sizes(writer)) == ("partly", {"done": 1}, [1])
    progress = operation.progress
    assert (progress.stopped, progress.sentence) == ("by itself", f"{sentence} Nothing else was moved.")
    assert progress.took_s == took_s
    ended = next(line for line in lines(log) if line["record"] == "outcome")
    assert (ended["outcome"], ended["stopped"], ended["sentence"]) == ("partly", "by itself", progress.sentence)


async def test_what_no_longer_fits_is_no_canary(log: Path) -> None:
    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        if batch.targets[0].id.ms <= 3:
            return Outcome.of_entries([EntryOutcome(one.id, "not pending") for one in batch.targets])
        return all_done(batch)

    writer = FakeWriter(answer)
    operation = operations(log, writer, shelf=Shelf(fates=[ACKED])).submit(_plan(chosen(150)))
    assert (await operation.wait()).counts == {"not pending": 3, "done": 147}
    assert _sizes(writer) == [1, 1, 1, 1, 100, 46]


async def test_stop_ends_the_waiting_at_once(log: Path) -> None:
    clock, writer = HeldClock(), FakeWriter()
    operation = operations(log, writer, shelf=Shelf(fates=[WAITING]), clock=clock).submit(_plan(chosen(250)))
    await eventually(lambda: operation.progress.fates is not None)
    await settle()
    operation.stop()
    outcome = await operation.wait()
    assert (outcome.word, outcome.counts) == ("partly", {"done": 1})
    assert operation.progress.stopped == "by the operator"


async def test_nothing_more_is_read_while_the_canary_is_out(log: Path) -> None:
    clock = HeldClock()
    many = operations(log, shelf=Shelf(rows(5000), fates=[WAITING]), clock=clock)
    operation = many.submit(_plan(sweep(5000)))
    await eventually(lambda: operation.progress.fates is not None)
    await clock.pass_s(30.0)
    assert [line["record"] for line in lines(log)] == ["intent", "entries"]
    operation.stop()
    await operation.wait()
    operation.stop()
    await operation.settled()


async def test_what_was_read_before_must_have_been_left_alone_since(log: Path) -> None:
    writer, clock = FakeWriter(), FixedClock()
    shelf = Shelf(rows(50), fates=[*[HELD] * 200, ACKED])
    await operations(log, writer, shelf=shelf, clock=clock).submit(_plan(sweep(50))).wait()
    first, second = (batch.targets[0].idle_ms for batch in writer.batches if isinstance(batch, MoveBatch))
    # 100 s later it must be idle 100 s longer, less what two clocks may differ by.
    assert (first, second) == (600_000, 698_900)


async def test_one_entry_is_its_own_canary(log: Path) -> None:
    operation = operations(log, shelf=Shelf(fates=[ACKED])).submit(_plan(chosen(1)))
    assert (await operation.wait()).word == "done"
