"""A move on its way: which entries are sent, in what order, and what the log has of them."""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.outcomes import EntryOutcome, EntryWord, Outcome
from maestro_tui.domain.plans import NOBODY, Batch, Chosen, MoveBatch, RestoreBatch, Restored, RestorePlan, Target
from maestro_tui.domain.plans.provenance import Provenance, wrap
from maestro_tui.domain.progress import Fates
from maestro_tui.domain.snapshot import PendingEntry
from tests.domain.building import JOBS, KEY, NOW, WORKERS
from tests.engine.moving import (
    DEAD,
    HOLDER,
    OTHER,
    answering,
    chosen,
    confirmed,
    lines,
    move,
    operations,
    operations_on,
    rows,
    sweep,
)
from tests.fakes import FakeWriter, ScriptedReader, Shelf, all_done, done


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log goes."""
    return tmp_path / "audit.jsonl"


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


async def test_rows_are_read_while_batches_are_under_way(log: Path) -> None:
    reader, read = ScriptedReader([], shelf=Shelf(rows(4000))), list[int]()

    def answer(batch: Batch) -> Outcome:
        read.append(len(reader.swept))
        return all_done(batch)

    await operations_on(reader, FakeWriter(answer), log).submit(confirmed(move("claim", sweep(4000)))).wait()
    # The second page is read while the first one is moved: a part for each batch, and no page further ahead.
    assert read[:8] == list(range(9, 17))
    assert read[9] <= 17
    assert len(read) == 40


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
    many = operations_on(reader, writer, log)
    outcome = await many.submit(confirmed(move("claim", sweep(9_500)))).wait()
    assert (outcome.counts, writer.sent) == ({"done": 1}, [EntryId(9_500)])
    assert len(reader.swept) <= 12


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
    assert "secret" not in str(lines(log))
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
    await operations_on(reader, FakeWriter(), log).submit(confirmed(move("ack", targets))).wait()
    # Once for the server's time, then for the rows.
    first = EntryId(0, 2**64 - 1)
    assert reader.swept == [first, first, EntryId(25_000, 2**64 - 1), EntryId(49_999, 2**64 - 1)]
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


async def test_what_no_longer_fits_is_counted_and_the_run_goes_on(log: Path) -> None:
    writer = FakeWriter(answering("not pending", "done", "moved on"))
    operation = operations(log, writer).submit(confirmed(move("claim", chosen(450))))
    outcome = await operation.wait()
    assert (outcome.word, outcome.trouble) == ("partly", None)
    assert outcome.counts == {"not pending": 100, "done": 250, "moved on": 100}
    assert (operation.progress.done, operation.progress.left_alone) == (250, 200)
    (moved,) = [line for line in lines(log) if line["record"] == "moved"]
    assert moved["counts"] == {"done": 250, "not pending": 100, "moved on": 100}
    assert moved["others"]["moved on"][0] == "201-0"


async def test_dead_letters_go_back_oldest_first_and_the_group_they_came_from_is_watched(log: Path) -> None:
    of = Provenance(JOBS, WORKERS, EntryId(1), HOLDER, 1, 5, NOW)
    letters = {EntryId(number): wrap(((b"a", b"b"),), of) for number in range(1, 1255)}
    reader, writer = ScriptedReader([], shelf=Shelf(streams={DEAD: letters})), FakeWriter()
    plan = move("redrive", sweep(1250), key=Key(DEAD), to=JOBS)
    operation = operations_on(reader, writer, log).submit(confirmed(plan))
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


_WORDS: list[EntryWord] = ["done", "done", "not pending", "moved on", "poison", "not tried", "failed"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(0, 1200),
    answers=st.lists(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=8), min_size=1, max_size=10),
)
async def test_whatever_a_server_answers_each_entry_is_told_of_once(
    tmp_path: Path, count: int, answers: list[list[EntryWord]]
) -> None:
    log = tmp_path / f"{uuid4()}.jsonl"
    last, coming = dict[EntryId, str](), itertools.cycle(answers)

    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        assert not any(last.get(one.id) not in (None, "not tried") for one in batch.targets)
        words = next(coming)
        told = [EntryOutcome(one.id, words[at % len(words)]) for at, one in enumerate(batch.targets)]
        last.update((one.id, one.word) for one in told)
        return Outcome.of_entries(told)

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
