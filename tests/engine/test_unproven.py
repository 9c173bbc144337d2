"""A canary that never flew: where nothing of the first pages can be copied, the run reads on."""

import asyncio
from pathlib import Path

from maestro_tui.domain.outcomes import EntryOutcome, Outcome
from maestro_tui.domain.plans import Batch, MoveBatch
from tests.engine.moving import confirmed, move, operations, rows, sweep
from tests.fakes import FakeWriter, Shelf, all_done
from tests.patience import PATIENCE_S


async def test_a_first_page_that_holds_nothing_to_copy_does_not_hold_up_the_next(tmp_path: Path) -> None:
    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        if batch.targets[0].id.ms <= 1000:
            return Outcome.of_entries([EntryOutcome(one.id, "poison") for one in batch.targets])
        return all_done(batch)

    writer = FakeWriter(answer)
    many = operations(tmp_path / "audit.jsonl", writer, shelf=Shelf(rows(2300)))
    operation = many.submit(confirmed(move("requeue", sweep(2300), canary=True)))
    async with asyncio.timeout(PATIENCE_S):
        outcome = await operation.wait()
    assert (outcome.word, outcome.counts) == ("partly", {"poison": 1000, "done": 1300})
    sizes = [len(batch.targets) for batch in writer.batches if isinstance(batch, MoveBatch)]
    # The first one that could be copied went alone.
    assert sizes[:1001] == [1] * 1001
    assert max(sizes[1001:]) == 100
