"""How fast a move goes, what it looks at meanwhile, and when it stops by itself."""

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from maestro_tui.domain.names import EntryId
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Batch, MoveBatch
from maestro_tui.domain.progress import Fates, Progress
from maestro_tui.domain.trouble import Failure
from maestro_tui.engine.audit import Audit
from maestro_tui.engine.operations import Operation, Operations
from tests.domain.building import DOWN
from tests.engine.moving import (
    HOLDER,
    answering,
    chosen,
    confirmed,
    lines,
    move,
    operations,
    rows,
    sweep,
)
from tests.engine.timing import HeldClock, eventually, settle
from tests.fakes import FakeWriter, FixedClock, ScriptedReader, Shelf, all_done


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log goes."""
    return tmp_path / "audit.jsonl"


@pytest.mark.parametrize(("per_s", "count", "size"), [(10.0, 60, 5), (1.0, 5, 1), (0.5, 3, 1), (500.0, 1000, 100)])
async def test_a_rate_is_kept_evenly(log: Path, per_s: float, count: int, size: int) -> None:
    clock, sent = HeldClock(), list[tuple[float, int]]()

    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        sent.append((clock.now_s, len(batch.targets)))
        return all_done(batch)

    operation = operations(log, FakeWriter(answer), clock=clock).submit(
        confirmed(move("claim", chosen(count), rate_per_s=per_s))
    )
    await eventually(lambda: sent)
    while operation.outcome is None:
        await clock.pass_s(0.1)
        await asyncio.sleep(0.0005)
    assert {many for _, many in sent} == {size}
    moved = 0
    for at, many in sent:
        assert moved <= at * per_s + 0.01 * per_s
        moved += many
    assert sent[-1][0] == pytest.approx((count - size) / per_s, rel=0.2)


async def test_time_lost_is_not_made_up_for(log: Path) -> None:
    clock, sent = HeldClock(), list[float]()

    def answer(batch: Batch) -> Outcome:
        sent.append(clock.now_s)
        if len(sent) == 2:
            clock.now_s += 100.0
        return all_done(batch)

    many = operations(log, FakeWriter(answer), clock=clock)
    operation = many.submit(confirmed(move("claim", chosen(60), rate_per_s=10.0)))
    while operation.outcome is None:
        await clock.pass_s(0.1)
        await asyncio.sleep(0.0005)
    assert len(sent) == 12
    late = [at for at in sent if at > 50]
    assert all(after - before >= 0.45 for before, after in itertools.pairwise(late[1:]))


async def test_what_was_left_alone_costs_no_time(log: Path) -> None:
    clock = FixedClock()
    writer = FakeWriter(answering(*(("not pending",) * 100)))
    operation = operations(log, writer, clock=clock).submit(confirmed(move("claim", chosen(50), rate_per_s=1.0)))
    await operation.wait()
    assert operation.progress.took_s == 0.0


async def test_stop_ends_a_long_wait_for_the_next_batch(log: Path) -> None:
    clock, writer = HeldClock(), FakeWriter()
    operation = operations(log, writer, clock=clock).submit(confirmed(move("claim", chosen(50), rate_per_s=0.001)))
    await eventually(lambda: operation.progress.phase == "moving" and writer.batches)
    await settle()
    operation.stop()
    assert (await operation.wait()).counts == {"done": 1}


async def test_what_was_seen_a_while_ago_must_have_been_left_alone_since(log: Path) -> None:
    writer, clock = FakeWriter(), FixedClock()
    operation = operations(log, writer, clock=clock).submit(confirmed(move("claim", chosen(61), rate_per_s=2.0)))
    await operation.wait()
    idles = [batch.targets[0].idle_ms for batch in writer.batches if isinstance(batch, MoveBatch)]
    assert idles[:3] == [600_000, 600_000, 600_000]
    assert idles == sorted(idles)
    # 30 s later it must be idle 30 s longer, less a second for clocks that differ.
    assert 28_900 <= idles[-1] - idles[0] <= 29_000


async def test_it_stops_by_itself_when_copies_come_back(log: Path) -> None:
    clock = FixedClock()
    shelf = Shelf(fates=[Fates(5, acked=3, waiting=2), Fates(9, acked=3, pending={HOLDER: 4}, failed=3, waiting=2)])
    writer = FakeWriter()
    plan = move("requeue", chosen(500), rate_per_s=5.0)
    operation = operations(log, writer, shelf=shelf, clock=clock).submit(confirmed(plan))
    outcome = await operation.wait()
    assert outcome.word == "partly"
    assert 4 <= outcome.counts["done"] <= 20
    assert operation.progress.stopped == "by itself"
    assert operation.progress.sentence.startswith("3 of the 6 copies that workers are done with came back")
    assert "worker-1" in operation.progress.sentence
    line = next(line for line in lines(log) if line["record"] == "outcome")
    assert (line["stopped"], line["sentence"]) == ("by itself", operation.progress.sentence)


@pytest.mark.parametrize(
    "fates",
    [Fates(9, acked=5, failed=2), Fates(99, acked=50, failed=40), Fates(5, waiting=5), Failure(DOWN)],
)
async def test_it_goes_on_while_few_copies_come_back(log: Path, fates: Any) -> None:  # noqa: ANN401
    plan = move("requeue", chosen(50), rate_per_s=10.0)
    operation = operations(log, shelf=Shelf(fates=[fates])).submit(confirmed(plan))
    assert (await operation.wait()).counts == {"done": 50}
    operation.stop()


async def test_only_a_bounded_number_of_copies_is_remembered_and_looked_at(log: Path) -> None:
    clock = FixedClock()
    reader = ScriptedReader([], shelf=Shelf(rows(12_000)))

    def answer(batch: Batch) -> Outcome:
        clock.advance(0.2)
        return all_done(batch)

    many = Operations(reader, FakeWriter(answer), Audit(log, clock), clock, "node")
    operation = many.submit(confirmed(move("requeue", sweep(12_000))))
    assert (await operation.wait()).counts == {"done": 12_000}
    await operation.settled()
    *glances, (_, watched) = reader.asked_fates
    assert watched == tuple(EntryId(number, 1) for number in range(2001, 12_001))
    assert len(glances) >= 10
    looked = [copies for _, copies in glances]
    assert all(0 < len(copies) <= 1000 for copies in looked)
    # What has settled is not looked at again.
    assert all(one[-1] < two[0] for one, two in itertools.pairwise(looked))


async def test_progress_comes_ten_times_a_second_and_somebody_polls_every_second(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, polls, published = FixedClock(), list[float](), list[Progress]()
    publish = Operation.publish

    def counted(operation: Operation, progress: Progress) -> None:
        published.append(progress)
        publish(operation, progress)

    def answer(batch: Batch) -> Outcome:
        clock.advance(0.01)
        return all_done(batch)

    monkeypatch.setattr(Operation, "publish", counted)
    many = operations(log, FakeWriter(answer), clock=clock, after=lambda: polls.append(clock.monotonic_s()))
    await many.submit(confirmed(move("claim", chosen(60_000)))).settled()
    assert 50 <= len(published) <= 66
    assert 6 <= len(polls) <= 10
