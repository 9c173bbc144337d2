"""A look into a pending list: bounded pages, and only what the question needs."""

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.engine.ports import PendingRow
from maestro_tui.ui.looks import MOST_FOUND, Question, before, look
from maestro_tui.ui.panes.trail import Trail
from maestro_tui.ui.sieve import parse_sieve
from maestro_tui.ui.widgets.pending import PendingLine
from tests.fakes import ScriptedReader, Shelf

KEY = Key(Name(b"s"), Name(b"g"))
ROWS = [PendingEntry(EntryId(place + 1), Name(b"w"), 60_000, 1 + place % 2) for place in range(5_000)]


def judge(rows: tuple[PendingRow, ...]) -> tuple[PendingLine, ...]:
    return tuple(PendingLine(row, None, "") for row in rows)


async def test_without_a_filter_it_is_one_page() -> None:
    reader = ScriptedReader([], shelf=Shelf(rows=ROWS))
    sights = [sight async for sight in look(reader, Question(KEY, EntryId(7)), judge)]
    assert [len(sight.lines) for sight in sights] == [100]
    assert sights[0].lines[0].id == EntryId(8)
    assert (sights[0].above, sights[0].next_after) == (EntryId(7), EntryId(107))
    assert [entry.id for entry in sights[0].page] == [line.id for line in sights[0].lines]


async def test_it_ends_once_enough_was_found() -> None:
    reader = ScriptedReader([], shelf=Shelf(rows=ROWS))
    sights = [sight async for sight in look(reader, Question(KEY, sieve=parse_sieve("tries=2")), judge)]
    assert [len(sight.lines) for sight in sights] == [500, MOST_FOUND]
    assert (sights[-1].looked_at, sights[-1].next_after) == (2_000, EntryId(2_000))


async def test_the_id_before_one_is_none_other() -> None:
    assert before(EntryId(5, 3)) == EntryId(5, 2)
    assert before(EntryId(5)) == EntryId(4, 2**64 - 1)
    assert before(EntryId(0)) is None


def test_a_trail_leads_back_and_knows_how_far_it_is() -> None:
    trail = Trail()
    assert (trail.start, trail.before, trail.first) == (None, 0, True)
    trail.forward(EntryId(100), 100)
    trail.forward(EntryId(200), 50)
    assert (trail.start, trail.before) == (EntryId(200), 150)
    trail.jump(EntryId(900))
    trail.forward(EntryId(950), 100)
    assert (trail.start, trail.before) == (EntryId(950), None)
    for _ in range(2):
        trail.back()
    assert (trail.start, trail.before) == (EntryId(200), 150)
    trail.restart()
    trail.back()
    assert trail.first
