"""The copy menu sends a form to the terminal's clipboard, says so, and shows it."""

from pathlib import Path

import pytest
from textual.widgets import Static

from maestro_tui.ui.screens.copy import CopyMenu
from screenshots.script import HOSTILE, SCENES
from screenshots.stage import open_app, play


def shown(menu: CopyMenu) -> str:
    """The text under the choices."""
    return str(menu.query_one(".copied", Static).content)


@pytest.mark.parametrize(("key", "holds"), [("1", "STREAM"), ("2", "| --- |"), ("3", '"schema"'), ("4", "XPENDING")])
async def test_a_number_copies_a_form_of_the_selected_row(key: str, holds: str, tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await play(pilot, SCENES["incident"])
        await pilot.press("g", "y")
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        menu = app.screen
        assert isinstance(menu, CopyMenu)
        assert holds in app.clipboard
        assert holds in shown(menu)
        assert "maestro:streams:automation:healing" in app.clipboard
        assert [note.message for note in app._notifications] == ["sent to the terminal's clipboard"]


@pytest.mark.parametrize("key", ["escape", "q", "y"])
async def test_it_closes_without_copying(key: str, tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(80, 24)) as pilot:
        await play(pilot, SCENES["incident"])
        await app.push_screen(CopyMenu((("row", "text"),)))
        await pilot.press("9", key)
        await pilot.pause()
        assert not isinstance(app.screen, CopyMenu)
        assert app.clipboard == ""


async def test_what_a_terminal_would_drop_is_not_sent(tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await app.push_screen(CopyMenu((("row", "x" * 1_000_000),)))
        await pilot.press("1")
        await pilot.pause()
        assert app.clipboard == ""
        assert [note.severity for note in app._notifications] == ["warning"]


async def test_hostile_text_is_only_shown(tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    text = "\n".join(raw.decode("utf-8", "backslashreplace") for raw in HOSTILE)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(CopyMenu(((text, text),)))
        await pilot.press("1")
        await pilot.pause()
        assert isinstance(app.screen, CopyMenu)
        assert all(strip.text.isprintable() for strip in app.screen._compositor.render_strips())
        assert "[@click=app.quit]x[/]" in shown(app.screen)
