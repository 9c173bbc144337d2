"""Marks on the group screen: by entry, through pages and refreshes, and gone with their entries."""

from dataclasses import replace
from pathlib import Path

from maestro_tui.domain.names import Name
from maestro_tui.domain.snapshot import PendingEntry
from screenshots.desk import DEAD, DESK, KEY, dead_letters
from tests.ui.desks import MINUTE, crowded, group_screen, ids, reader_of, told
from tests.ui.staging import staged

ROWS = [PendingEntry(id, Name(b"worker-1"), 22 * MINUTE, 1) for id in ids(250)]


async def test_space_marks_the_entry_and_goes_on(tmp_path: Path) -> None:
    async with staged(crowded(*ROWS), tmp_path, size=(80, 24)) as stage:
        assert "space marks" in told(stage, "notes")
        await stage.press("space", "space", "down", "space")
        assert "3 marked" in told(stage, "notes")
        screen = group_screen(stage)
        wanted = screen.targeted()
        assert wanted.marked
        assert wanted.key == KEY
        assert [entry.id for entry in wanted.entries] == [ROWS[0].id, ROWS[1].id, ROWS[3].id]
        marked = [line for line in stage.lines() if "✓" in line]
        assert [line.split()[1] for line in marked] == [str(ROWS[place].id) for place in (0, 1, 3)]
        await stage.press("up", "space")
        assert "2 marked" in told(stage, "notes")


async def test_nothing_marked_the_entry_under_the_cursor_is_meant(tmp_path: Path) -> None:
    async with staged(crowded(*ROWS), tmp_path, size=(80, 24)) as stage:
        await stage.press("down")
        wanted = group_screen(stage).targeted()
        assert (wanted.entries, wanted.marked) == ((ROWS[1],), False)


async def test_marks_outlive_pages_filters_and_polls(tmp_path: Path) -> None:
    async with staged(crowded(*ROWS), tmp_path, size=(80, 24)) as stage:
        await stage.press("space", ">", "space")
        await stage.poll(2)
        assert "2 marked (1 not shown)" in told(stage, "notes")
        await stage.press("slash", *"tries>4", "enter")
        assert "2 marked (2 not shown)" in told(stage, "notes")
        await stage.press("escape", "<")
        await stage.poll()
        assert [entry.id for entry in group_screen(stage).targeted().entries] == [ROWS[0].id, ROWS[100].id]


async def test_a_range_and_all_shown(tmp_path: Path) -> None:
    async with staged(crowded(*ROWS), tmp_path, size=(80, 24)) as stage:
        await stage.press("down", "space", "down", "down", "ctrl+space")
        assert "4 marked" in told(stage, "notes")
        await stage.press("A")
        assert "100 marked" in told(stage, "notes")
        await stage.press(">", "A")
        assert "200 marked (100 not shown)" in told(stage, "notes")
        await stage.press("A")
        assert "100 marked (100 not shown)" in told(stage, "notes")


async def test_a_range_needs_a_beginning_on_this_page(tmp_path: Path) -> None:
    async with staged(crowded(*ROWS), tmp_path, size=(80, 24)) as stage:
        await stage.press("ctrl+space")
        assert any("Mark one entry of this page with space first" in toast for toast in stage.toasts())
        assert not group_screen(stage).targeted().marked


async def test_marks_of_entries_that_are_no_longer_pending_are_dropped_and_that_is_said(tmp_path: Path) -> None:
    """Two of the page in sight, and one of a page that is not: it is found by a bounded look of its own."""
    async with staged(crowded(*ROWS), tmp_path, size=(80, 24)) as stage:
        await stage.press("space", "space", "space", ">", "space", "<")
        reader = reader_of(stage)
        assert isinstance(reader.shelf.rows, list)
        for row in (ROWS[0], ROWS[2], ROWS[100]):
            reader.shelf.rows.remove(row)
        await stage.poll()
        assert "1 marked" in told(stage, "notes")
        assert [entry.id for entry in group_screen(stage).targeted().entries] == [ROWS[1].id]
        assert "3 marked entries are no longer pending: unmarked." in stage.toasts()


async def test_a_marked_entry_is_kept_as_it_was_last_seen(tmp_path: Path) -> None:
    """What is compared on the server must be what the operator could see."""
    async with staged(crowded(*ROWS), tmp_path, size=(80, 24)) as stage:
        await stage.press("space", ">", "space", "<")
        reader = reader_of(stage)
        assert isinstance(reader.shelf.rows, list)
        now = {place: replace(ROWS[place], consumer=Name(b"worker-2"), deliveries=2) for place in (0, 100)}
        for place, row in now.items():
            reader.shelf.rows[place] = row
        await stage.poll()
        assert group_screen(stage).targeted().entries == tuple(now.values())


async def test_marks_are_told_without_unicode(tmp_path: Path) -> None:
    async with staged(DESK["group_ascii"], tmp_path, size=(80, 24)) as stage:
        assert sum(line.startswith("  * 1795354642") for line in stage.lines()) == 1
        assert not any("✓" in line for line in stage.lines())


async def test_the_last_look_tells_of_requeues_and_ghosts(tmp_path: Path) -> None:
    async with staged(DESK["group"], tmp_path, size=(120, 40)) as stage:
        screen = group_screen(stage)
        await stage.press("A")
        wanted = screen.targeted()
        assert wanted.attempts == {screen.pending.rows[4].id: 1}
        assert wanted.gone == {screen.pending.rows[0].id}


async def test_only_dead_letters_can_be_marked_among_entries(tmp_path: Path) -> None:
    async with staged(DESK["group_entries"], tmp_path, size=(80, 24)) as stage:
        screen = group_screen(stage)
        assert screen.check_action("mark", ()) is None
        await stage.press("space", "A")
        wanted = screen.targeted()
        assert (wanted.marked, len(wanted.letters), wanted.entries) == (False, 1, ())


async def test_dead_letters_are_marked_by_id_and_lose_their_marks_when_gone(tmp_path: Path) -> None:
    letters = sorted(dead_letters())
    async with staged(DESK["dead_letters"], tmp_path, size=(80, 24)) as stage:
        screen = group_screen(stage)
        wanted = screen.targeted()
        assert (wanted.key, wanted.letters, wanted.marked) == (screen.key, tuple(letters[:2]), True)
        assert wanted.key is not None
        assert wanted.key.stream == DEAD
        held = reader_of(stage).shelf.streams[DEAD]
        assert isinstance(held, dict)
        del held[letters[0]]
        await stage.poll()
        assert screen.targeted().letters == (letters[1],)
        assert "1 marked entry is no longer in the stream: unmarked." in stage.toasts()
