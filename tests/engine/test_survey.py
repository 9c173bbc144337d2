"""The look through a pending list: bounded pages, bounds fixed at the first one, counts that say how far it went."""

from dataclasses import replace

import pytest

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.plans.criteria import Criteria
from maestro_tui.domain.plans.selection import Sweep
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import PendingEntry, at_least, exact
from maestro_tui.domain.trouble import Failure
from maestro_tui.engine.survey import PAGE, survey
from tests.domain.building import DOWN, KEY, NOW, consumer, entry, frame, group, stream
from tests.domain.planning import CONFIG
from tests.fakes import ScriptedReader, Shelf

MANY = [entry(500_000, 400_000, seq=number) for number in range(2_500)]
YOUNG = [entry(90_000, 1_000, "worker-2", seq=number) for number in range(10)]


def _row() -> Row:
    members = (consumer(pending=2_500, idle_ms=400_000, inactive_ms=400_000), consumer("worker-2", pending=10))
    found = frame(stream(group(*members, page=None))).row(KEY)
    assert found is not None
    return found


def _reader(*rows: PendingEntry, failure: Failure | None = None) -> ScriptedReader:
    return ScriptedReader((), shelf=Shelf(rows=rows, failure=failure))


async def test_every_page_is_looked_at_and_nothing_more() -> None:
    reader = _reader(*MANY, *YOUNG)
    found = await survey(reader, _row(), Criteria(), CONFIG)
    assert (found.wide.count, found.safe.count, found.complete) == (exact(2_500), exact(2_500), True)
    assert found.by_holder == {Name.of("worker-1"): 2_500}
    assert reader.swept == [None, MANY[PAGE - 1].id, MANY[2 * PAGE - 1].id]
    assert (found.key, found.at_ms, found.oldest) == (KEY, NOW, MANY[0])


async def test_beyond_the_budget_the_counts_are_bounds() -> None:
    reader = _reader(*MANY)
    found = await survey(reader, _row(), Criteria(), CONFIG, pages=2)
    assert (found.wide.count, found.complete, len(reader.swept)) == (at_least(2_000), False, 2)
    assert isinstance(found.wide, Sweep)
    # What the look did not reach is still within the bounds.
    assert found.wide.wants(MANY[-1], NOW)


@pytest.mark.parametrize(("limit", "pages"), [(5, 1), (1_000, 1), (1_001, 2)])
async def test_a_limit_ends_the_look(limit: int, pages: int) -> None:
    reader = _reader(*MANY)
    found = await survey(reader, _row(), Criteria(limit=limit), CONFIG)
    assert (found.wide.count, found.complete, len(reader.swept)) == (exact(limit), True, pages)


async def test_a_holder_that_the_poll_did_not_see_is_bound_by_time_alone() -> None:
    stranger = replace(MANY[0], id=EntryId(NOW - 400_000), consumer=Name.of("new"))
    found = await survey(_reader(MANY[0], stranger), _row(), Criteria(), CONFIG)
    assert found.by_holder == {Name.of("worker-1"): 1, Name.of("new"): 1}
    assert (found.wide.count, found.safe.count) == (exact(2), exact(2))


async def test_an_empty_list() -> None:
    found = await survey(_reader(), _row(), Criteria(), CONFIG)
    assert (found.wide.count, found.oldest, found.complete) == (exact(0), None, True)


async def test_the_bounds_are_those_of_the_first_page() -> None:
    reader = _reader(*MANY)
    reader.shelf.at_ms = NOW + 60_000
    found = await survey(reader, _row(), Criteria(), CONFIG)
    assert found.at_ms == NOW + 60_000
    assert isinstance(found.wide, Sweep)
    assert set(found.wide.delivered_before.values()) == {NOW + 60_000 - 300_000}


async def test_a_server_that_cannot_be_read_is_no_empty_group() -> None:
    with pytest.raises(Failure):
        await survey(_reader(*MANY, failure=Failure(DOWN)), _row(), Criteria(), CONFIG)
