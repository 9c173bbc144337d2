"""Help lists what really works on the screen below, and nothing else."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from maestro_tui.domain.actions import ACTIONS
from maestro_tui.domain.columns import ASCII_GLYPHS, GLYPHS
from maestro_tui.ui.app import MaestroApp
from maestro_tui.ui.screens.help import HelpScreen
from screenshots.script import SCENES
from screenshots.stage import open_app, play
from tests.ui.pages import healing_pages, use_pages


def told(app: MaestroApp) -> str:
    """All that the help shows, wrapped as it is."""
    body = app.screen.query_one("#body")
    lines = [strip.text for widget in body.query(Static) for strip in widget.render_lines(widget.size.region)]
    return "\n".join(" ".join(line.split()) for line in lines)


async def help_on(pilot: Pilot[int], app: MaestroApp) -> str:
    """Open the help and read it."""
    await pilot.press("question_mark")
    await pilot.pause()
    assert isinstance(app.screen, HelpScreen)
    return told(app)


async def test_the_overviews_help_has_its_own_keys(tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(120, 40)) as pilot:
        await play(pilot, SCENES["incident"])
        text = await help_on(pilot, app)
    assert "On the overview" in text
    assert "On a group's screen" not in text
    assert "i init topology create what is missing" in text
    for action in ACTIONS:
        if action.where in ("everywhere", "overview"):
            assert f"{action.shown_key} " in text
    assert all(glyph in text for glyph in GLYPHS.values())
    assert "~ an estimate" in text
    assert "Copy selected text" not in text
    assert "↓ j down" in text


async def test_a_groups_help_has_its_own_keys(tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    use_pages(app, healing_pages())
    async with app.run_test(size=(120, 40)) as pilot:
        await play(pilot, SCENES["incident"])
        await pilot.press("g", "enter")
        text = await help_on(pilot, app)
    assert "On a group's screen" in text
    assert "On the overview" not in text
    assert "> next page" in text


async def test_a_key_that_may_not_act_says_so(tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(120, 40)) as pilot:
        await play(pilot, SCENES["incident"])
        await pilot.press("g", "enter")
        assert "> next page not now: " in await help_on(pilot, app)


async def test_without_unicode_the_legend_has_none(tmp_path: Path) -> None:
    app = open_app(SCENES["ascii"], tmp_path / "audit")
    async with app.run_test(size=(120, 40)) as pilot:
        await play(pilot, SCENES["ascii"])
        text = await help_on(pilot, app)
    assert not set("".join(GLYPHS.values())) & set(text)
    assert all(glyph in text for glyph in ASCII_GLYPHS.values())


@pytest.mark.parametrize("key", ["escape", "q", "question_mark"])
async def test_it_closes_and_the_screen_below_is_back(key: str, tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(80, 24)) as pilot:
        await play(pilot, SCENES["incident"])
        below = app.screen
        await help_on(pilot, app)
        await pilot.press(key)
        await pilot.pause()
        assert app.screen is below
