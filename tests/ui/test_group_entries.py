"""The entries pane: both directions, jumps, following, and streams that no group reads."""

from dataclasses import replace
from pathlib import Path

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.ui.screens.group import GroupScreen
from screenshots.desk import DEAD, DESK, STREAM, dead_letters, heal_test, healing_stream
from screenshots.script import NOW_MS
from tests.ui.desks import MINUTE, group_screen, reader_of, told, until
from tests.ui.staging import Stage, staged

ALL = sorted(healing_stream())


def listed(stage: Stage) -> list[EntryId]:
    return [line.id for line in group_screen(stage).entries.rows]


async def asked(stage: Stage, *keys: str) -> None:
    await stage.press(*keys)
    await stage.pilot.pause()


async def test_the_newest_come_first_with_how_the_group_stands_to_them(tmp_path: Path) -> None:
    async with staged(DESK["group_entries"], tmp_path, size=(80, 24)) as stage:
        assert listed(stage) == ALL[:-101:-1]
        assert "Entries 100 of 881, newest first, following" in told(stage, "panes")
        assert "waiting" in stage.lines()[6]
        assert "not delivered to this group yet" in told(stage, "details")


async def test_pages_go_on_and_back(tmp_path: Path) -> None:
    async with staged(DESK["group_entries"], tmp_path, size=(80, 24)) as stage:
        assert group_screen(stage).check_action("previous_page", ()) is None
        await asked(stage, ">")
        assert listed(stage) == ALL[-101:-201:-1]
        assert "following" not in told(stage, "panes")
        await asked(stage, ">")
        await asked(stage, "<")
        assert listed(stage) == ALL[-101:-201:-1]
        await asked(stage, "<")
        await until(stage, lambda: listed(stage) == ALL[:-101:-1])
        assert group_screen(stage).check_action("previous_page", ()) is None


async def test_following_shows_what_has_just_come(tmp_path: Path) -> None:
    async with staged(DESK["group_entries"], tmp_path, size=(80, 24)) as stage:
        held = reader_of(stage).shelf.streams[STREAM]
        assert isinstance(held, dict)
        new = EntryId(NOW_MS)
        held[new] = heal_test(1, NOW_MS)
        await stage.poll()
        assert listed(stage)[0] == new
        assert group_screen(stage).entries.selection.key == new
        await stage.press("down")
        chosen = group_screen(stage).entries.selection.key
        held[EntryId(NOW_MS + 1)] = heal_test(1, NOW_MS)
        await stage.poll()
        assert group_screen(stage).entries.selection.key == chosen, "who reads is not pulled away"


async def test_f_turns_round_and_comes_from_any_pane(tmp_path: Path) -> None:
    async with staged(DESK["group"], tmp_path, size=(80, 24)) as stage:
        await asked(stage, "f")
        assert listed(stage)[0] == ALL[-1]
        await asked(stage, "f")
        assert listed(stage) == ALL[:100]
        assert "oldest first" in told(stage, "panes")
        await asked(stage, "f")
        assert listed(stage)[0] == ALL[-1]


async def test_jump_to_an_id_and_to_a_time(tmp_path: Path) -> None:
    async with staged(DESK["group_entries"], tmp_path, size=(80, 24)) as stage:
        await asked(stage, "at", *str(ALL[300]), "enter")
        assert listed(stage) == ALL[300:400]
        assert group_screen(stage).entries.has_focus
        await asked(stage, "at", *"14:00:00Z", "enter")
        first = next(id for id in ALL if id.ms >= NOW_MS - 3 * MINUTE - 22_000)
        assert listed(stage)[0] == first
        await asked(stage, "<")
        assert listed(stage)[-1] == ALL[ALL.index(first) - 1]


async def test_a_bad_place_is_one_sentence_and_escape_leaves_it(tmp_path: Path) -> None:
    async with staged(DESK["group_entries"], tmp_path, size=(80, 24)) as stage:
        before = listed(stage)
        await asked(stage, "at", *"soon", "enter")
        assert "'soon' is no entry ID, no time such as 14:03, and no span such as 10m." in told(stage, "notes")
        await asked(stage, "escape")
        assert listed(stage) == before
        assert isinstance(stage.app.screen, GroupScreen)
        assert "soon" not in told(stage, "notes")


async def test_a_jump_beyond_the_end_stays_where_one_was(tmp_path: Path) -> None:
    async with staged(DESK["group_entries"], tmp_path, size=(80, 24)) as stage:
        before = listed(stage)
        await asked(stage, "at", *"2026-12-31T00:00:00Z", "enter")
        await until(stage, lambda: "There are no entries beyond this place." in stage.toasts())
        assert listed(stage) == before


async def test_a_jump_goes_through_the_pending_list_too(tmp_path: Path) -> None:
    async with staged(DESK["group"], tmp_path, size=(80, 24)) as stage:
        await asked(stage, "at", *"14m", "enter")
        rows = group_screen(stage).pending.rows
        assert rows[0].id.ms == NOW_MS - 13 * MINUTE
        assert "Pending 10 of 214 from the jump on" in told(stage, "panes")
        await asked(stage, "<")
        assert "Pending 100 of 214" in told(stage, "panes")


async def test_a_stream_without_a_group_opens_on_its_entries(tmp_path: Path) -> None:
    async with staged(DESK["dead_letters"], tmp_path, size=(80, 24)) as stage:
        screen = group_screen(stage)
        assert (screen.key.stream, screen.key.group) == (DEAD, None)
        assert listed(stage) == sorted(dead_letters())
        assert "12 entries" in told(stage, "title")
        assert "Pending" not in told(stage, "panes")
        assert screen.panes == (screen.entries, screen.history)
        assert "_maestro_dead" not in "\n".join(stage.lines())
        assert "was 1795350922000-0; worker-1 had it, delivered 7x, idle 22m" in told(stage, "details")
        await asked(stage, "slash")
        assert any("no pending list" in toast for toast in stage.toasts())


async def test_a_stream_whose_declared_group_is_missing_shows_its_entries(tmp_path: Path) -> None:
    async with staged("incident", tmp_path, size=(80, 24)) as stage:
        name = Name.of("maestro:streams:automation:validation")
        held = {EntryId(NOW_MS - 1_000): heal_test(1, NOW_MS)}
        reader_of(stage).shelf.streams = {name: held}
        await stage.press("slash", *"validation", "enter", "enter")
        assert group_screen(stage).key.stream == name
        assert "The group does not exist on this stream" in told(stage, "title")
        assert listed(stage) == list(held)


async def test_a_group_that_is_made_meanwhile_gets_its_panes(tmp_path: Path) -> None:
    scene = DESK["group"]
    seen = scene.script[-1]
    assert isinstance(seen, Snapshot)
    without = replace(seen, streams=tuple(replace(one, groups=()) for one in seen.streams))
    async with staged(scene, tmp_path, size=(80, 24)) as stage:
        stage.will_see(without, seen)
        await stage.poll()
        assert group_screen(stage).pane is group_screen(stage).entries
        await stage.poll()
        assert len(group_screen(stage).panes) == 4
