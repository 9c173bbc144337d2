"""The topology screen: declared against actual, and the key that mends the difference."""

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from maestro_tui.domain.config import Config
from maestro_tui.ui.app import MaestroApp
from maestro_tui.ui.screens.init import InitDialog
from maestro_tui.ui.screens.overview import OverviewScreen
from maestro_tui.ui.screens.topology import TopologyScreen
from maestro_tui.ui.widgets.lines import TextLines, line_text
from screenshots.script import SCENES
from screenshots.stage import open_app, play


async def opened(pilot: Pilot[int], app: MaestroApp, scene: str) -> TopologyScreen:
    """Play a scene and open the topology."""
    await play(pilot, SCENES[scene])
    app.action_topology()
    await pilot.pause()
    await pilot.pause()
    assert isinstance(app.screen, TopologyScreen)
    return app.screen


def told(app: MaestroApp, name: str) -> str:
    """The text of some lines of the screen."""
    return "\n".join(line_text(line) for line in app.screen.query_one(f"#{name}", TextLines).lines)


async def test_it_lists_what_is_declared_first(tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot, app, "incident")
        assert [line.alias for line in screen.table.rows[:4]] == [
            "automation_jobs",
            "test_healing",
            "error_monitoring",
            "validation",
        ]
        assert "4 declared, 1 missing, 12 unused groups" in told(app, "summary")
        await pilot.press("down", "down", "down")
        assert "declared as validation: 64 wait: i choose start" in told(app, "details")


async def test_where_nothing_may_be_written_no_line_tells_the_key_that_writes(tmp_path: Path) -> None:
    app = open_app(replace(SCENES["empty"], config=Config(read_only=True)), tmp_path / "audit")
    async with app.run_test(size=(120, 40)) as pilot:
        await play(pilot, SCENES["empty"])
        assert "the stream does not exist" in told(app, "details")
        assert "i creates" not in told(app, "details")
        app.action_topology()
        await pilot.pause()
        await pilot.pause()
        assert "declared as automation_jobs: missing" in told(app, "details")
        assert "i creates" not in told(app, "details")


async def test_i_opens_the_plan(tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, app, "incident")
        await pilot.press("i")
        await pilot.pause()
        assert isinstance(app.screen, InitDialog)


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_it_leads_back(key: str, tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app, "incident")
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(app.screen, OverviewScreen)


async def test_d_and_y_are_about_the_selected_line(tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, app, "incident")
        await pilot.press("down", "down", "down")
        assert screen.explained()[0] == "STATE no group"
        assert "maestro:streams:automation:validation" in screen.copies()[0][1]
        await pilot.press("end")
        assert screen.copies() == ()


@pytest.mark.parametrize("scene", ["hostile", "spoiled", "empty", "never_reached", "unreachable", "ascii"])
@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 40), (160, 48)])
async def test_every_scene_is_only_shown(scene: str, size: tuple[int, int], tmp_path: Path) -> None:
    app = open_app(SCENES[scene], tmp_path / "audit")
    async with app.run_test(size=size) as pilot:
        screen = await opened(pilot, app, scene)
        for strip in screen._compositor.render_strips():
            assert strip.text.isprintable()
            assert strip.cell_length == size[0]
