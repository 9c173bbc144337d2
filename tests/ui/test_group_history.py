"""The History pane and the trends: one time axis, honest gaps, numbers beside each plot, drawn only while in sight."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.ui.panes.history import REDRAW_S
from maestro_tui.ui.screens.group import GroupScreen
from screenshots.past import PAST, UNREACHABLE, remember
from screenshots.script import HOSTILE, NOW_MS, SCENES, Scene
from screenshots.stage import open_app, play
from tests.ui.desks import group_screen, told
from tests.ui.staging import Stage, staged
from tests.ui.test_hostile import _CONTROL, _DRIVER

TABS = ("tab", "tab", "tab")
_BRAILLE = re.compile("[\u2801-\u28ff]")


@asynccontextmanager
async def remembered(name: str, folder: Path, *, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Stage]:
    """The app on a scene of the past, its history pane open."""
    scene, span_ms, every_ms = PAST[name]
    app = open_app(scene, folder / "audit")
    remember(app.session.monitor.history, scene, span_ms, every_ms)
    async with app.run_test(size=size, notifications=True) as pilot:
        await play(pilot, scene)
        yield Stage(app, pilot)


def text(stage: Stage) -> str:
    """The screen."""
    return "\n".join(stage.lines())


def moments(count: int) -> list[Snapshot]:
    """Polls that follow the incident's, three seconds apart."""
    last = SCENES["incident"].script[-1]
    assert isinstance(last, Snapshot)
    return [replace(last, taken_at_ms=NOW_MS + 3_000 * (place + 1)) for place in range(count)]


async def test_it_is_the_fourth_pane_and_shows_every_number_with_its_scale(tmp_path: Path) -> None:
    async with remembered("history", tmp_path) as stage:
        screen = group_screen(stage)
        assert screen.pane.id == "history"
        shown = text(stage)
        assert "▐History 10 min▌" in shown
        for word in ("lag", "pending", "in", "out", "ack", "length"):
            assert re.search(rf" {word} +\S", shown), word
        assert re.search(r"max +~667", shown)
        assert "13:53:22Z" in shown
        assert shown.count("14:03:22Z") == 2, "the header and the end of the axis"
        assert len(_BRAILLE.findall(shown)) > 100
        assert "since 13:53:22Z (10m ago), 536 polls" in told(stage, "details")
        assert "lag is a bound or an estimate in 60 of 536 polls" in told(stage, "details")
        await stage.press("tab")
        assert screen.pane.id == "pending"


async def test_a_gap_is_marked_where_nobody_could_look(tmp_path: Path) -> None:
    async with remembered("history", tmp_path) as stage:
        assert len(re.findall(r"\?{4}", text(stage))) == 4, "one in each plot"


async def test_h_shows_the_day_and_the_ten_minutes_again(tmp_path: Path) -> None:
    async with remembered("history", tmp_path, size=(120, 40)) as stage:
        assert "h 10 min / 24 h" in told(stage, "keys")
        await stage.press("h")
        assert "▐History 24 h▌" in told(stage, "panes")
        assert "11 minutes" in told(stage, "details")
        await stage.press("h")
        assert "▐History 10 min▌" in told(stage, "panes")
        assert "536 polls" in told(stage, "details")
        await stage.press("tab")
        assert group_screen(stage).check_action("span", ()) is False


async def test_plain_characters_where_others_may_not_be(tmp_path: Path) -> None:
    async with remembered("history_ascii", tmp_path) as stage:
        assert text(stage).isascii()
        assert "ooooo" in text(stage)
        await stage.press("escape")
        assert text(stage).isascii()


@pytest.mark.parametrize("size", [(40, 10), (60, 16), (80, 24), (100, 30), (160, 48), (250, 60)], ids=str)
async def test_it_fits_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with remembered("history", tmp_path, size=size) as stage:
        pane = group_screen(stage).history
        assert 0 < len(pane._lines) <= pane.size.height
        assert all(len("".join(span for span, _ in line)) <= pane.size.width for line in pane._lines)
        assert re.search(r"667", text(stage))


async def test_it_says_so_before_there_is_anything_to_show(tmp_path: Path) -> None:
    scene = Scene(SCENES["incident"].script[-1:], press=("g", "enter", *TABS))
    async with staged(scene, tmp_path) as stage:
        assert "History begins now: 14:03:22Z" in text(stage)
        stage.will_see(*moments(2))
        stage.clock.advance(REDRAW_S)
        await stage.poll()
        assert "2 polls" in told(stage, "details")


async def test_it_is_drawn_only_in_sight_and_not_at_every_poll(tmp_path: Path) -> None:
    scene = replace(SCENES["incident"], press=("g", "enter"))
    async with staged(scene, tmp_path) as stage:
        pane = group_screen(stage).history
        stage.will_see(*moments(12))
        for _ in range(3):
            stage.clock.advance(REDRAW_S)
            await stage.poll()
        assert pane.drawn == 0
        await stage.press(*TABS)
        drawn = pane.drawn
        assert drawn > 0
        await stage.poll(3)
        assert pane.drawn == drawn
        stage.clock.advance(REDRAW_S)
        await stage.poll(3)
        assert pane.drawn == drawn + 1


async def test_a_frozen_screen_keeps_its_moment(tmp_path: Path) -> None:
    async with remembered("history", tmp_path) as stage:
        before = text(stage).splitlines()[5:20]
        await stage.press("p")
        stage.will_see(*moments(3))
        stage.clock.advance(30)
        await stage.poll(3)
        await stage.press("h", "h")
        assert text(stage).splitlines()[5:20] == before


async def test_a_failed_poll_leaves_what_was_known(tmp_path: Path) -> None:
    async with remembered("history", tmp_path, size=(120, 40)) as stage:
        stage.will_see(UNREACHABLE)
        stage.clock.advance(30)
        await stage.poll()
        assert "536 polls" in told(stage, "details")
        assert re.search(r" lag +667", text(stage))


async def test_a_stream_without_a_group_has_its_length_and_what_comes_in(tmp_path: Path) -> None:
    scene = replace(SCENES["incident"], press=("slash", *"validation", "enter", "enter", "tab"))
    async with staged(scene, tmp_path) as stage:
        screen = group_screen(stage)
        assert screen.pane is screen.history
        assert re.search(r" length +64", text(stage))
        assert re.search(r" in +0\.4/s", text(stage))
        assert " ack " not in text(stage)


async def test_d_tells_what_the_lines_are(tmp_path: Path) -> None:
    async with remembered("history", tmp_path, size=(120, 48)) as stage:
        title, lines = group_screen(stage).explained()
        told_all = "\n".join(lines)
        assert title == "HISTORY 10 min"
        assert "every poll" in told_all
        assert "XINFO GROUPS" in told_all
        assert "a poll failed" in told_all
        await stage.press("d")
        assert "HISTORY 10 min" in text(stage)


async def test_no_key_of_lists_does_harm(tmp_path: Path) -> None:
    async with remembered("history", tmp_path) as stage:
        await stage.press("j", "k", "g", "G", "enter", "space", "ctrl+space", "A", "at", "less_than_sign", "pagedown")
        assert isinstance(stage.app.screen, GroupScreen)
        assert group_screen(stage).targeted().key == group_screen(stage).key
        assert group_screen(stage).targeted().entries == ()


async def test_hostile_names_stay_text(tmp_path: Path, written: list[str]) -> None:
    async with staged("hostile", tmp_path, size=(120, 40)) as stage:
        for _ in HOSTILE[:5]:
            await stage.press("enter", *TABS)
            await stage.press("escape", "j")
    assert _CONTROL.findall(_DRIVER.sub("", "".join(written)).replace("\n", "")) == []


async def test_the_trend_stands_in_a_wide_overview_only(tmp_path: Path) -> None:
    async with remembered("history", tmp_path, size=(160, 48)) as stage:
        await stage.press("escape")
        (line,) = [line for line in stage.lines() if "✖ stuck" in line and "TREND" not in line][:1]
        assert re.search(r" [▁▂]+[▃▄▅▆▇]+█+ +stalled", line), line
        assert "TREND" in text(stage)
        await stage.pilot.resize_terminal(120, 40)
        await stage.pilot.pause()
        assert "TREND" not in text(stage)
