"""Names and troubles that try to be obeyed: none reaches the terminal as anything but text."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from maestro_tui.domain.trouble import Trouble
from maestro_tui.ui.screens.overview import OverviewScreen
from maestro_tui.ui.widgets.lines import TextLines
from screenshots.script import HOSTILE, SCENES
from tests.ui.staging import staged

# What Textual itself writes to place the cursor, to colour, to set modes and the mouse pointer's shape.
_DRIVER = re.compile(r"\x1b\]22;[a-z-]+\x07|\x1b\[[0-9;?]*[A-Za-z]|\x1b\[[<>][0-9;]*u|\x1b\[\?[0-9;$]*[a-z]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f]")


@pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=str)
@pytest.mark.parametrize("key", ["", "enter", "d", "t", "y", "i"], ids=lambda key: key or "overview")
async def test_no_control_character_reaches_the_terminal(
    tmp_path: Path, key: str, size: tuple[int, int], written: list[str]
) -> None:
    """OSC 52 would write the clipboard, CSI would paint a healthy row, bidi would turn a name round."""
    async with staged("hostile", tmp_path, size=size) as stage:
        if key:
            await stage.press(key)
        for _ in HOSTILE:
            await stage.press("j")
    text = _DRIVER.sub("", "".join(written)).replace("\n", "")
    assert "FAKE ROW" in text, "the names were shown at all"
    assert _CONTROL.findall(text) == []


async def test_a_click_on_any_cell_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream may be called `[@click=app.quit]`."""
    ran: list[object] = []

    async def note(_: object, action: object, *__: object, **___: object) -> bool:
        ran.append(action)
        return True

    async with staged("hostile", tmp_path, size=(80, 24)) as stage:
        monkeypatch.setattr(type(stage.app), "run_action", note)
        for y in range(24):
            for x in range(0, 80, 4):
                await stage.pilot.click(offset=(x, y))
        assert ran == []
        assert isinstance(stage.app.screen, OverviewScreen)


async def test_a_hostile_trouble_is_only_text(tmp_path: Path, written: list[str]) -> None:
    """Sentences carry what a server answered."""
    trouble = Trouble("denied", "NOPERM [/] \x1b]0;owned\x07 [@click=app.quit]", "\u202e\x1b[2J")
    scene = replace(SCENES["incident"], then=(trouble,))
    async with staged(scene, tmp_path) as stage:
        stage.app.toast(trouble.sentence)
        await stage.pilot.pause()
        assert "[@click=app.quit]" in "\n".join(stage.lines())
    assert _CONTROL.findall(_DRIVER.sub("", "".join(written)).replace("\n", "")) == []


async def test_the_last_gate_spells_what_the_first_let_through() -> None:
    """Whoever forgets `visible` still cannot reach the terminal."""

    class OneLine(App[None]):
        def compose(self) -> ComposeResult:
            yield TextLines()

    app = OneLine()
    async with app.run_test(size=(20, 3)):
        painted = app.query_one(TextLines).paint((("a\x1b[2Jb", "plain"),), 20)
    assert painted.text.rstrip() == "a\\x1b[2Jb"
