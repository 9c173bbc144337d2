"""A move on its way: which entries are sent, in what order and at what rate, and everything that ends it early."""

import asyncio
import errno
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.outcomes import EntryOutcome, EntryWord, Outcome
from maestro_tui.domain.plans import NOBODY, Batch, Chosen, MoveBatch, RestoreBatch, Restored, RestorePlan, Target
from maestro_tui.domain.plans.provenance import Provenance, wrap
from maestro_tui.domain.progress import Fates
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.domain.trouble import Failure
from maestro_tui.engine.operations import NO_LOG, Operations
from tests.domain.building import DENIED, DOWN, JOBS, KEY, NOW, WORKERS
from tests.engine.moving import (
    DEAD,
    HOLDER,
    OTHER,
    chosen,
    confirmed,
    lines,
    move,
    operations,
    rows,
    sweep,
    told,
)
from tests.engine.timing import HeldClock, eventually, settle
from tests.fakes import FakeWriter, FixedClock, ScriptedReader, Shelf, all_done, done


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log goes."""
    return tmp_path / "audit.jsonl"


def _answering(*words: EntryWord, note: str = "") -> Callable[[Batch], Outcome]:
    """Answer the first batches with these words for each of their entries, the rest as done."""
    left = list(words)

    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        word = left.pop(0) if left else "done"
        if word == "done":
            return all_done(batch)
        return Outcome.of_entries([EntryOutcome(one.id, word, note=note) for one in batch.targets])

    return answer


def _ids(numbers: Sequence[int]) -> list[EntryId]:
    return [EntryId(number) for number in numbers]


async def test_a_sweep_sends_what_is_within_its_bounds_oldest_first(log: Path) -> None:
    held = sorted(
        (
            *rows(2400),
            *(PendingEntry(EntryId(number, 1), OTHER, 900_000, 1) for number in range(1, 2400, 7)),
            *(PendingEntry(EntryId(number, 2), HOLDER, 1_000, 1) for number in range(1, 2400, 11)),
        ),
        key=lambda row: row.id,
    )
    writer = FakeWriter()
    operation = operations(log, writer, shelf=Shelf(held)).submit(confirmed(move("requeue", sweep(2300))))
    outcome = await operation.wait()
    assert (outcome.word, outcome.counts) == ("done", {"done": 2300})
    assert writer.sent == _ids(range(1, 2301))
    assert {len(batch.targets) for batch in writer.batches if isinstance(batch, MoveBatch)} <= {100, *range(1, 100)}
    assert len(writer.batches) <= 2300 / 100 + 3
    assert len(outcome.entries) == 1000
    assert operation.progress.total.value == 2300


@pytest.mark.parametrize("limit", [1, 99, 250, 1000, 1001])
async def test_a_limit_is_kept(log: Path, limit: int) -> None:
    writer, shelf = FakeWriter(), Shelf(rows(1500), streams={DEAD: {row.id: () for row in rows(1500)}})
    many = operations(log, writer, shelf=shelf)
    await many.submit(confirmed(move("claim", sweep(1500, limit=limit)))).wait()
    assert writer.sent == _ids(range(1, limit + 1))
    writer.batches.clear()
    letters = move("redrive", sweep(1500, limit=limit), key=Key(DEAD), to=JOBS)
    await many.submit(confirmed(letters)).wait()
    assert writer.sent == _ids(range(1, limit + 1))


async def test_where_little_fits_the_whole_list_is_read_in_bounded_pages(log: Path) -> None:
    held = (*rows(9_000, OTHER), PendingEntry(EntryId(9_500), HOLDER, 600_000, 1), *())
    reader, writer = ScriptedReader([], shelf=Shelf(held)), FakeWriter()
    many = _operations_on(reader, writer, log)
    outcome = await many.submit(confirmed(move("claim", sweep(9_500)))).wait()
    assert (outcome.counts, writer.sent) == ({"done": 1}, [EntryId(9_500)])
    assert len(reader.swept) <= 12


def _operations_on(reader: ScriptedReader, writer: FakeWriter, log: Path) -> Operations:
    from maestro_tui.engine.audit import Audit

    clock = FixedClock()
    return Operations(reader, writer, Audit(log, clock), clock, "redis.test:6379/0")


@pytest.mark.parametrize("selection", [sweep(1200), chosen(1200)])
async def test_no_entry_is_sent_before_the_log_has_it(log: Path, selection: Any) -> None:  # noqa: ANN401
    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        known = {id for line in lines(log) if line["record"] == "entries" for id in line["ids"]}
        assert {str(target.id) for target in batch.targets} <= known
        return all_done(batch)

    writer = FakeWriter(answer)
    operation = operations(log, writer, shelf=Shelf(rows(1200))).submit(confirmed(move("requeue", selection)))
    assert (await operation.wait()).counts == {"done": 1200}
    moved = [line for line in lines(log) if line["record"] == "moved"]
    assert [pair for line in moved for pair in line["done"]] == [[f"{n}-0", f"{n}-1"] for n in range(1, 1201)]
    assert sum(line["counts"]["done"] for line in moved) == 1200
    await operation.settled()
    order = [line["record"] for line in lines(log)]
    assert (order[0], order[-2:], order.count("watch")) == ("intent", ["outcome", "watch"], 1)


async def test_the_intent_tells_the_selection_and_no_payload(log: Path) -> None:
    fields = ((b"payload", b"secret words"), (b"n", b"1"))
    many = operations(log, shelf=Shelf(rows(3)))
    await many.submit(confirmed(move("edit", chosen(1), fields=fields))).wait()
    await many.submit(confirmed(move("claim", sweep(3, limit=2)), frozenset({"running"}))).wait()
    assert "secret" not in log.read_text()
    edit, claim = (line for line in lines(log) if line["record"] == "intent")
    assert (edit["sizes"], edit["selection"]) == ({"fields": 2, "bytes": 21}, {"ids": ["1-0"]})
    assert (claim["to"], claim["overrides"], claim["how"], claim["by"]) == ("worker-2", ["running"], "count", "kay")
    assert claim["expected"] == {"value": 3, "kind": "exact"}
    assert claim["selection"] == {
        "up_to": "3-0", "delivered_before": [["worker-1", NOW - 300_000]], "min_deliveries": 0, "limit": 2,
    }  # fmt: skip


@pytest.mark.parametrize("selection", [sweep(3), chosen(3)])
@pytest.mark.parametrize("verb", ["claim", "ack"])
async def test_what_can_be_undone_is_written_down_as_it_was(log: Path, verb: Any, selection: Any) -> None:  # noqa: ANN401
    held = (
        PendingEntry(EntryId(1), HOLDER, 600_000, 1),
        PendingEntry(EntryId(2), HOLDER, 500_000, 7),
        PendingEntry(EntryId(2, 5), OTHER, 900_000, 7),
        PendingEntry(EntryId(3), HOLDER, 400_123, 2),
    )
    many = operations(log, shelf=Shelf(held, at_ms=NOW + 50))
    await many.submit(confirmed(move(verb, selection))).wait()
    line = lines(log)[1]
    assert (line["record"], line["owners"]) == ("entries", ["worker-1"])
    assert line["rows"] == [
        ["1-0", 0, NOW + 50 - 600_000, 1],
        ["2-0", 0, NOW + 50 - 500_000, 7],
        ["3-0", 0, NOW + 50 - 400_123, 2],
    ]


async def test_chosen_entries_far_apart_are_looked_up_without_reading_what_lies_between(log: Path) -> None:
    held = rows(50_000)
    targets = Chosen(tuple(Target.of(held[number]) for number in (0, 1, 25_000, 49_999)))
    reader = ScriptedReader([], shelf=Shelf(held))
    await _operations_on(reader, FakeWriter(), log).submit(confirmed(move("ack", targets))).wait()
    assert reader.swept == [EntryId(0, 2**64 - 1), EntryId(25_000, 2**64 - 1), EntryId(49_999, 2**64 - 1)]
    assert [row[0] for row in lines(log)[1]["rows"]] == ["1-0", "2-0", "25001-0", "50000-0"]


async def test_what_comes_back_untried_goes_first_into_the_next_batch(log: Path) -> None:
    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        good = [done(batch, one.id) for one in batch.targets[:30]]
        return Outcome.of_entries(good + [EntryOutcome(one.id, "not tried") for one in batch.targets[30:]])

    writer = FakeWriter(answer)
    outcome = await operations(log, writer).submit(confirmed(move("requeue", chosen(250)))).wait()
    assert (outcome.word, outcome.counts) == ("done", {"done": 250})
    firsts = [batch.targets[0].id.ms for batch in writer.batches if isinstance(batch, MoveBatch)]
    assert firsts == list(range(1, 251, 30))
    assert len(writer.batches[0].targets) == 100  # type: ignore[union-attr]


async def test_a_server_that_tries_nothing_is_not_asked_for_ever(log: Path) -> None:
    writer = FakeWriter(_answering("not tried"))
    outcome = await operations(log, writer).submit(confirmed(move("requeue", chosen(250)))).wait()
    assert (outcome.word, outcome.counts, len(writer.batches)) == ("refused", {}, 1)
    assert "untried" in str(outcome.trouble)


async def test_what_no_longer_fits_is_counted_and_the_run_goes_on(log: Path) -> None:
    writer = FakeWriter(_answering("not pending", "done", "moved on"))
    operation = operations(log, writer).submit(confirmed(move("claim", chosen(450))))
    outcome = await operation.wait()
    assert (outcome.word, outcome.trouble) == ("partly", None)
    assert outcome.counts == {"not pending": 100, "done": 250, "moved on": 100}
    assert (operation.progress.done, operation.progress.left_alone) == (250, 200)
    (moved,) = [line for line in lines(log) if line["record"] == "moved"]
    assert moved["counts"] == {"done": 250, "not pending": 100, "moved on": 100}
    assert moved["others"]["moved on"][0] == "201-0"


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
    writer = FakeWriter(_answering("done", "unknown"))
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
    shelf, pages = Shelf(rows(3000)), [0]

    class Failing(ScriptedReader):
        async def sweep(self, *args: Any) -> Any:  # noqa: ANN401
            pages[0] += 1
            if pages[0] > after * 4:
                raise Failure(DOWN)
            return await super().sweep(*args)

    operation = _operations_on(Failing([], shelf=shelf), FakeWriter(), log).submit(confirmed(move("ack", sweep(3000))))
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
    operation = _operations_on(Hanging([]), writer, log).submit(confirmed(move("claim", sweep(5))))
    await eventually(lambda: operation.progress.phase == "moving")
    operation.stop()
    assert (await operation.wait()).word == "partly"
    assert (operation.progress.stopped, writer.batches) == ("by the operator", [])


async def test_a_stop_that_comes_when_all_is_done_stopped_nothing(log: Path) -> None:
    operations_, running = [], FakeWriter(lambda batch: (operations_[0].stop(), all_done(batch))[1])
    operations_.append(operations(log, running).submit(confirmed(move("claim", chosen(50)))))
    assert (await operations_[0].wait()).word == "done"
    assert operations_[0].progress.stopped == ""


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
    assert all(after - before >= 0.45 for before, after in zip(late[1:], late[2:], strict=False))


async def test_what_was_left_alone_costs_no_time(log: Path) -> None:
    clock = FixedClock()
    writer = FakeWriter(_answering(*["not pending"] * 100))
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


async def test_dead_letters_go_back_oldest_first_and_the_group_they_came_from_is_watched(log: Path) -> None:
    of = Provenance(JOBS, WORKERS, EntryId(1), HOLDER, 1, 5, NOW)
    letters = {EntryId(number): wrap(((b"a", b"b"),), of) for number in range(1, 1255)}
    reader, writer = ScriptedReader([], shelf=Shelf(streams={DEAD: letters})), FakeWriter()
    plan = move("redrive", sweep(1250), key=Key(DEAD), to=JOBS)
    operation = _operations_on(reader, writer, log).submit(confirmed(plan))
    assert (await operation.wait()).counts == {"done": 1250}
    assert writer.sent == _ids(range(1, 1251))
    assert all(one == Target(one.id, NOBODY) for one in writer.batches[0].targets)  # type: ignore[union-attr]
    progress = await operation.settled()
    assert progress.fates == Fates(1250, acked=1250)
    assert {key for key, _ in reader.asked_fates} == {KEY}


@pytest.mark.parametrize("selection", [chosen(2), sweep(2), chosen(0)])
@pytest.mark.parametrize("letters", [{}, {EntryId(1): ((b"a", b"b"),), EntryId(2): ()}])
async def test_where_no_group_is_known_nothing_is_watched(log: Path, selection: Any, letters: Any) -> None:  # noqa: ANN401
    plan = move("redrive", selection, key=Key(DEAD), to=JOBS)
    operation = operations(log, shelf=Shelf(streams={DEAD: letters})).submit(confirmed(plan))
    assert (await operation.wait()).word == "done"
    assert (await operation.settled()).fates is None
    assert "watch" not in [line["record"] for line in lines(log)]


async def test_what_is_taken_back_goes_in_batches_too(log: Path) -> None:
    kept = tuple(Restored(EntryId(number), HOLDER, NOW - 5000, 2, OTHER) for number in range(1, 251))
    plan, writer = RestorePlan(KEY, "that-deed", "claim", kept, NOW), FakeWriter()
    operation = operations(log, writer).submit(confirmed(plan))
    assert (await operation.wait()).counts == {"done": 250}
    assert [len(batch.rows) for batch in writer.batches if isinstance(batch, RestoreBatch)] == [100, 100, 50]
    assert writer.sent == [row.id for row in kept]
    intent = lines(log)[0]
    assert (intent["action"], intent["undoes"], intent["expected"]) == ("undo claim", "that-deed", 250)
    assert [line["record"] for line in lines(log)] == ["intent", "entries", "moved", "outcome"]
    assert operation.progress.total.value == 250


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
    writer = FakeWriter(lambda batch: (clock.advance(0.2), all_done(batch))[1])
    from maestro_tui.engine.audit import Audit

    many = Operations(reader, writer, Audit(log, clock), clock, "node")
    operation = many.submit(confirmed(move("requeue", sweep(12_000))))
    assert (await operation.wait()).counts == {"done": 12_000}
    await operation.settled()
    *glances, (_, watched) = reader.asked_fates
    assert watched == tuple(EntryId(number, 1) for number in range(2001, 12_001))
    assert len(glances) >= 10
    looked = [copies for _, copies in glances]
    assert all(0 < len(copies) <= 1000 for copies in looked)
    # What has settled is not looked at again.
    assert all(one[-1] < two[0] for one, two in zip(looked, looked[1:], strict=False))


async def test_progress_comes_ten_times_a_second_and_somebody_polls_every_second(log: Path) -> None:
    clock, polls, told_at = FixedClock(), list[float](), list[float]()
    writer = FakeWriter(lambda batch: (clock.advance(0.01), all_done(batch))[1])
    many = operations(log, writer, clock=clock, after=lambda: polls.append(clock.monotonic_s()))
    operation = many.submit(confirmed(move("claim", chosen(60_000))))
    publish = operation.publish
    object.__setattr__(
        type(operation), "publish", lambda self, progress: (told_at.append(clock.monotonic_s()), publish(progress))[1]
    )
    try:
        await operation.wait()
    finally:
        type(operation).publish = publish.__func__  # type: ignore[method-assign, attr-defined]
    assert 40 <= len(told_at) <= 70
    assert 6 <= len(polls) <= 10


Sent = list[tuple[EntryId, ...]]


@pytest.mark.parametrize("at", range(1, 24))
async def test_whoever_is_cut_off_leaves_a_log_that_tells_the_truth(log: Path, at: int) -> None:
    """Cut off at each point in turn where it waits: for the disk, for a page, for an answer."""
    steps, answered, sent = [0], Sent(), Sent()
    loop, cutting = asyncio.get_running_loop(), asyncio.Event()

    def step() -> None:
        steps[0] += 1
        if steps[0] == at:
            loop.call_soon_threadsafe(cutting.set)

    class Stepping(ScriptedReader):
        async def sweep(self, *args: Any) -> Any:  # noqa: ANN401
            step()
            return await super().sweep(*args)

    class Answering(FakeWriter):
        async def apply(self, batch: Batch) -> Outcome:
            assert isinstance(batch, MoveBatch)
            ids = tuple(one.id for one in batch.targets)
            sent.append(ids)
            step()
            outcome = await super().apply(batch)
            answered.append(ids)
            step()
            return outcome

    many = _operations_on(Stepping([], shelf=Shelf(rows(600))), Answering(), log)
    write = many._audit.write
    many._audit.write = lambda record: (step(), write(record))[1]  # type: ignore[method-assign]
    operation = many.submit(confirmed(move("claim", sweep(600))))
    waiting = asyncio.ensure_future(cutting.wait())
    await asyncio.wait({waiting, asyncio.ensure_future(operation.wait())}, return_when=asyncio.FIRST_COMPLETED)
    many._tasks[operation].cancel() if operation in many._tasks else None
    outcome = await operation.wait()
    waiting.cancel()
    _check_truth(lines(log), sent, answered, outcome)


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


_WORDS: list[EntryWord] = ["done", "done", "not pending", "moved on", "poison", "not tried", "failed"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_whatever_a_server_answers_each_entry_is_told_of_once(tmp_path: Path, data: st.DataObject) -> None:
    log = tmp_path / "audit.jsonl"
    log.unlink(missing_ok=True)
    last = dict[EntryId, str]()

    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        assert not any(last.get(one.id) not in (None, "not tried") for one in batch.targets)
        words = data.draw(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=8))
        told = [EntryOutcome(one.id, words[at % len(words)]) for at, one in enumerate(batch.targets)]
        last.update((one.id, one.word) for one in told)
        return Outcome.of_entries(told)

    count = data.draw(st.integers(0, 1200))
    writer = FakeWriter(answer)
    operation = operations(log, writer).submit(confirmed(move("claim", chosen(count))))
    outcome = await operation.wait()
    counts = {word: list(last.values()).count(word) for word in set(last.values()) - {"not tried"}}
    assert dict(outcome.counts) == counts
    assert (outcome.word == "done") is (counts.get("done", 0) == count)
    records = lines(log)
    moved = [id for line in records if line["record"] == "moved" for id in line["done"]]
    others = [id for line in records if line["record"] == "moved" for ids in line["others"].values() for id in ids]
    assert sorted(moved + others) == sorted(str(id) for id, word in last.items() if word != "not tried")
