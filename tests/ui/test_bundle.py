"""A bundle holds the moment three times, for its owner alone, and fetches nothing from anywhere."""

import json
import stat
from pathlib import Path

import pytest

from maestro_tui.ui.app import MaestroApp
from maestro_tui.ui.bundle import save_bundle
from screenshots.script import SCENES
from screenshots.stage import open_app, play


async def saved(scene: str, where: Path, times: int = 1) -> list[Path]:
    """Play a scene and save it."""
    app: MaestroApp = open_app(SCENES[scene], where / "audit")
    async with app.run_test(size=(80, 24)) as pilot:
        await play(pilot, SCENES[scene])
        return [save_bundle(app, app.shown, app.session.config, where) for _ in range(times)]


async def test_it_holds_the_document_the_picture_and_the_text(tmp_path: Path) -> None:
    (folder,) = await saved("incident", tmp_path)
    assert folder == tmp_path / "maestro-20261122T140322Z"
    assert json.loads((folder / "frame.json").read_text())["taken_at"] == "2026-11-22T14:03:22.000Z"
    text = (folder / "screen.txt").read_text()
    assert len(text.splitlines()) == 24
    assert "automation:healing" in text
    assert "healing" in (folder / "screen.svg").read_text()


async def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    (folder,) = await saved("incident", tmp_path)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


async def test_the_picture_refers_to_nothing_outside(tmp_path: Path) -> None:
    (folder,) = await saved("incident", tmp_path)
    svg = (folder / "screen.svg").read_text()
    assert "http" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "").replace("https://www.textualize.io", "")
    assert "@font-face" not in svg


async def test_two_of_one_moment_do_not_overwrite_each_other(tmp_path: Path) -> None:
    folders = await saved("incident", tmp_path, times=3)
    assert [folder.name.removeprefix("maestro-20261122T140322Z") for folder in folders] == ["", "-2", "-3"]


async def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file") as told:
        await saved("incident", tmp_path / "nowhere")
    assert told.value.strerror


async def test_hostile_names_stay_text(tmp_path: Path) -> None:
    (folder,) = await saved("hostile", tmp_path)
    text = (folder / "screen.txt").read_text()
    assert all(line.isprintable() for line in text.splitlines())
    assert "[@click=app.quit]x[/]" in text
