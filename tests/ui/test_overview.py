"""The overview under the operator's hands: selection, order, filter, folding, and what it says when."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from maestro_tui.domain.config import Config
from maestro_tui.domain.snapshot import Snapshot
from screenshots.script import SCENES, UNREACHABLE, Scene
from tests.ui.staging import staged

INCIDENT = SCENES["incident"]
LAST = INCIDENT.script[-1]


async def test_it_opens_on_the_sickest(tmp_path: Path) -> None:
    """Nobody should have to look for it."""
    async with staged("incident", tmp_path) as stage:
        assert stage.listed() == ["healing", "validation", "jobs", "errors"]
        assert stage.selected == "healing"


async def test_the_selection_survives_polls_and_a_recovery(tmp_path: Path) -> None:
    """The list is resorted under the cursor; the cursor stays with its row."""
    scene = replace(INCIDENT, then=SCENES["calm"].script[-1:])
    async with staged("incident", tmp_path) as stage:
        await stage.press("j", "j")
        assert stage.selected == "jobs"
        await stage.poll(5)
        assert stage.selected == "jobs"
    async with staged(scene, tmp_path) as stage:
        assert (stage.selected, stage.listed()[0]) == ("healing", "jobs")


async def test_a_vanished_row_leaves_nothing_selected(tmp_path: Path) -> None:
    """And the screen says so, and nothing can be opened."""
    assert isinstance(LAST, Snapshot)
    without = replace(LAST, streams=tuple(one for one in LAST.streams if b"healing" not in one.name.raw))
    async with staged(Scene((*INCIDENT.script, LAST, without)), tmp_path) as stage:
        assert stage.selected == "-"
        assert any("selected row is gone (maestro:streams:automation:healing)" in line for line in stage.lines())
        await stage.press("enter")
        assert "Select a row first." in stage.toasts()
        await stage.press("j")
        assert stage.selected != "-"


async def test_unused_groups_are_folded_until_asked_for(tmp_path: Path) -> None:
    """Twelve rows of nothing would hide four of something."""
    async with staged("incident", tmp_path) as stage:
        assert len(stage.listed()) == 4
        assert any("+12 unused (u)" in line for line in stage.lines())
        await stage.press("u")
        assert len(stage.listed()) == 16
        await stage.press("u")
        assert len(stage.listed()) == 4


async def test_the_filter_is_live_and_escape_clears_it(tmp_path: Path) -> None:
    """Type, see, choose, and get everything back."""
    async with staged("incident", tmp_path) as stage:
        await stage.press("slash", *"heal")
        assert stage.listed() == ["healing"]
        assert any("filter 'heal': 1 of 16 rows" in line for line in stage.lines())
        await stage.press("enter")
        assert stage.selected == "healing"
        await stage.press("slash", "home", "!")
        assert stage.listed() == ["validation", "jobs", "errors"]
        await stage.press("escape")
        assert len(stage.listed()) == 4
        assert not stage.overview.has_class("-filtering")


async def test_a_filter_may_look_for_a_state_or_an_alias(tmp_path: Path) -> None:
    """Whatever the operator sees or configured."""
    async with staged("incident", tmp_path) as stage:
        await stage.press("slash", *"no group", "enter")
        assert stage.listed() == ["validation"]
        await stage.press("escape", "slash", *"TEST_HEAL", "enter")
        assert stage.listed() == ["healing"]


async def test_keys_are_text_while_the_filter_is_open(tmp_path: Path) -> None:
    """`q` in a name must not quit."""
    async with staged("incident", tmp_path) as stage:
        await stage.press("slash", *"pqi?")
        assert stage.overview.query_one(Input).value == "pqi?"
        assert not stage.app.present.frozen


async def test_sorting_cycles_and_reverses(tmp_path: Path) -> None:
    """Every column in turn, then sickest first again."""
    async with staged("incident", tmp_path) as stage:
        stage.overview._look(replace(stage.overview.view, sort="lag"))
        assert stage.listed() == ["healing", "jobs", "errors", "validation"]
        await stage.press("r")
        assert stage.listed() == ["errors", "jobs", "healing", "validation"], "unknown stays last"
        stage.overview._look(replace(stage.overview.view, sort=None, reverse=False))
        seen = [stage.overview.view.sort]
        for _ in range(30):
            await stage.press("s")
            if stage.overview.view.sort is None:
                break
            seen.append(stage.overview.view.sort)
        assert len(seen) == len(set(seen)) == 13


async def test_a_click_on_a_title_sorts_by_it(tmp_path: Path) -> None:
    """And a second one turns it round."""
    async with staged("incident", tmp_path) as stage:
        titles = next(place for place, line in enumerate(stage.lines()) if "STREAM" in line)
        cell = stage.lines()[titles].index("LAG")
        await stage.pilot.click(offset=(cell, titles))
        assert (stage.overview.view.sort, stage.overview.view.reverse) == ("lag", False)
        await stage.pilot.click(offset=(cell, titles))
        assert (stage.overview.view.sort, stage.overview.view.reverse) == ("lag", True)


async def test_a_failed_poll_says_so_and_recovers_by_itself(tmp_path: Path) -> None:
    """What happened, what to do, how old the numbers are; no number pretends to be fresh."""
    scene = replace(SCENES["unreachable"], then=(LAST,))
    async with staged("unreachable", tmp_path) as stage:
        text = "\n".join(stage.lines())
        for wanted in (UNREACHABLE.sentence, UNREACHABLE.next_step, "data 12s old, 14:03:22Z", "stale 12s"):
            assert wanted in text
        assert all(shown.row.state == "stale" for shown in stage.overview.table.rows)
        assert len(stage.listed()) == 4, "unused groups stay folded"
    async with staged(scene, tmp_path) as stage:
        assert "● live" in stage.lines()[0]
        assert UNREACHABLE.sentence not in "\n".join(stage.lines())


async def test_the_age_of_old_data_ticks(tmp_path: Path) -> None:
    """A screen that stands still looks just like a live one."""
    async with staged("unreachable", tmp_path) as stage:
        stage.clock.advance(5)
        stage.app._tick()
        await stage.pilot.pause()
        assert "stale 17s" in stage.lines()[0]


async def test_an_answer_that_does_not_come_is_told(tmp_path: Path) -> None:
    """No failure yet, but nothing new either."""
    async with staged("incident", tmp_path) as stage:
        stage.clock.advance(30)
        stage.app._tick()
        await stage.pilot.pause()
        assert "no answer for 30s" in "\n".join(stage.lines())


async def test_before_the_first_answer_it_says_what_it_waits_for(tmp_path: Path) -> None:
    """An empty screen would look like an empty server."""
    async with staged("connecting", tmp_path) as stage:
        assert "connecting to maestro-redis:6379/0 … 2s" in "\n".join(stage.lines())


async def test_an_empty_server_is_one_line_and_one_key(tmp_path: Path) -> None:
    """Four lines that say the same would hide that one key is enough."""
    async with staged("empty", tmp_path, size=(80, 24)) as stage:
        line = next(line for line in stage.lines() if "4 streams" in line)
        assert "jobs, healing, errors, validation" in line
        assert "i creates it" in line


async def test_every_line_fits_every_width(tmp_path: Path) -> None:
    """A line that is too long would wrap and push the table off its columns."""
    async with staged("hostile", tmp_path, size=(40, 24)) as stage:
        for width in range(40, 200, 7):
            await stage.pilot.resize_terminal(width, 24)
            await stage.pilot.pause()
            strips = stage.app.screen._compositor.render_strips(stage.app.size)
            assert {strip.cell_length for strip in strips} == {width}


async def test_it_follows_the_size_of_the_terminal(tmp_path: Path) -> None:
    """Smaller, too small, and back."""
    async with staged("incident", tmp_path) as stage:
        await stage.pilot.resize_terminal(80, 24)
        await stage.pilot.pause()
        assert "GROUP" not in "\n".join(stage.lines())
        await stage.pilot.resize_terminal(20, 5)
        await stage.pilot.pause()
        assert " ".join(" ".join(stage.lines()).split()) == "maestro-tui needs 40x10; this terminal is 20x5"
        await stage.press("j")
        await stage.pilot.resize_terminal(120, 40)
        await stage.pilot.pause()
        assert "GROUP" in "\n".join(stage.lines())
        assert stage.selected == "healing"


async def test_a_hundred_polls_mount_nothing_and_spell_only_what_is_seen(tmp_path: Path) -> None:
    """A dashboard stays open for days."""
    mounted: list[object] = []
    async with staged("crowd", tmp_path, size=(80, 24)) as stage:
        widgets = set(stage.app.screen.walk_children())
        table = stage.overview.table
        table.formatted = table.painted = 0
        for _ in range(100):
            await stage.poll()
        mounted += [one for one in stage.app.screen.walk_children() if one not in widgets]
        assert mounted == []
        assert table.formatted <= 100 * table.visible_rows
        assert table.painted == 0, "the same answer looks the same"


async def test_an_unchanged_frame_sends_no_byte(tmp_path: Path, written: list[str]) -> None:
    """Over a slow line every byte counts."""
    async with staged("incident", tmp_path) as stage:
        assert written
        written.clear()
        await stage.poll(3)
        stage.app._tick()
        await stage.pilot.pause()
        assert written == []


async def test_without_unicode_marks(tmp_path: Path) -> None:
    """`--ascii`: on a serial console every other character is a question mark."""
    async with staged("ascii", tmp_path, size=(80, 24)) as stage:
        assert all(line.isascii() for line in stage.lines())


async def test_the_wheel_scrolls_the_crowd(tmp_path: Path) -> None:
    """The mouse moves the view; the note says where the selection is."""
    async with staged(replace(SCENES["crowd"], press=()), tmp_path, size=(80, 24)) as stage:
        table = stage.overview.table
        table.post_message(events.MouseScrollDown(table, 3, 3, 0, 1, 0, shift=False, meta=False, ctrl=False))
        await stage.pilot.pause()
        assert table.top == 3
        assert any("selected row is above" in line for line in stage.lines())


async def test_the_environment_is_only_shown_where_it_is_set(tmp_path: Path) -> None:
    """A badge that is always there is no warning."""
    for environment, wanted in (("production", " PRODUCTION "), ("staging", " STAGING "), (None, " maestro-redis")):
        scene = replace(INCIDENT, config=Config(environment=environment))  # type: ignore[arg-type]
        async with staged(scene, tmp_path) as stage:
            assert stage.lines()[0].startswith(wanted)


async def test_what_is_typed_in_one_burst_with_the_slash_is_text(tmp_path: Path) -> None:
    """A key that arrives in the same read must never act."""
    async with staged("incident", tmp_path) as stage:
        for key in ("slash", *"ihea/l"):
            stage.app.post_message(events.Key(key, "/" if key == "slash" else key))
        await stage.press()
        assert stage.overview.query_one(Input).value == "ihea/l"
        assert stage.on_overview


@pytest.mark.parametrize("key", ["s", "r", "u"])
async def test_another_order_keeps_the_selected_row_in_view(tmp_path: Path, key: str) -> None:
    """It is what the operator looks at."""
    async with staged(replace(SCENES["crowd"], press=()), tmp_path, size=(80, 24)) as stage:
        await stage.press("G", key)
        assert stage.overview.table.away == 0


async def test_a_row_without_a_stream_greys_out_open(tmp_path: Path) -> None:
    """There is nothing to look into; a stream without a group at least has entries."""
    async with staged("incident", tmp_path) as stage:
        await stage.press("j")
        assert stage.selected == "validation"
        assert stage.overview.check_action("open", ()) is True
    async with staged("empty", tmp_path) as stage:
        assert stage.overview.check_action("open", ()) is None
        await stage.press("enter")
        assert stage.on_overview


async def test_the_selected_row_is_what_actions_are_about(tmp_path: Path) -> None:
    """A whole group, no entry of it."""
    async with staged("incident", tmp_path) as stage:
        row = stage.overview.selected
        assert row is not None
        wanted = stage.overview.targeted()
        assert (wanted.key, wanted.entries, wanted.letters) == (row.key, (), ())


async def test_rows_that_are_missing_are_told(tmp_path: Path) -> None:
    """A list that was cut short looks whole."""
    assert isinstance(LAST, Snapshot)
    cut = replace(LAST, errors=("More than 1,000 streams fit the pattern; only 1,000 of them are shown.",))
    async with staged(Scene((*INCIDENT.script, cut)), tmp_path) as stage:
        assert any("only 1,000 of them are shown" in line for line in stage.lines())
