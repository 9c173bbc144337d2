"""A plan that waited: somebody read the dialog for a while, or another move went first."""

from pathlib import Path
from typing import Any

from maestro_tui.domain.plans import MoveBatch
from tests.domain.building import NOW
from tests.engine.moving import chosen, confirmed, move, operations, operations_on, rows, sweep
from tests.fakes import FakeWriter, ScriptedReader, Shelf


async def test_what_was_chosen_must_have_been_left_alone_since_it_was_planned(tmp_path: Path) -> None:
    """Else what was delivered anew while the dialog was open would seem untouched once it is as old as it was then."""
    writer = FakeWriter()
    shelf = Shelf(rows(3), at_ms=NOW + 900_000)
    await operations(tmp_path / "log", writer, shelf=shelf).submit(confirmed(move("requeue", chosen(3)))).wait()
    [batch] = writer.batches
    assert isinstance(batch, MoveBatch)
    # 15 minutes later it must be idle that much longer, less what clocks may differ by.
    assert [target.idle_ms for target in batch.targets] == [600_000 + 898_100] * 3


async def test_a_clock_that_was_set_back_demands_nothing_less(tmp_path: Path) -> None:
    writer = FakeWriter()
    shelf = Shelf(rows(1), at_ms=NOW - 900_000)
    await operations(tmp_path / "log", writer, shelf=shelf).submit(confirmed(move("requeue", chosen(1)))).wait()
    [batch] = writer.batches
    assert isinstance(batch, MoveBatch)
    assert batch.targets[0].idle_ms == 600_000


async def test_rows_of_one_page_must_have_been_left_alone_until_the_last_was_read(tmp_path: Path) -> None:
    """At a slow rate the parts of a page are read minutes apart, and its age counts from the last."""

    class Slow(ScriptedReader):
        async def sweep(self, *args: Any) -> Any:  # noqa: ANN401
            page = await super().sweep(*args)
            self.shelf.at_ms += 60_000
            return page

    held, writer = rows(600), FakeWriter()
    reader = Slow([], shelf=Shelf(held))
    plan = move("requeue", sweep(600, delivered_before={held[0].consumer: NOW + 900_000}))
    await operations_on(reader, writer, tmp_path / "log").submit(confirmed(plan)).wait()
    idles = [target.idle_ms for one in writer.batches if isinstance(one, MoveBatch) for target in one.targets]
    assert len(reader.swept) > 1
    assert (idles[0], idles[-1]) == (600_000 + 60_000 * (len(reader.swept) - 1), 600_000)
    assert idles == sorted(idles, reverse=True)
