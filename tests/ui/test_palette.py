"""The palette offers what may act now, and what is chosen acts."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from maestro_tui.ui.app import MaestroApp
from maestro_tui.ui.palette import ActionProvider
from maestro_tui.ui.screens.help import HelpScreen
from maestro_tui.ui.screens.overview import OverviewScreen
from screenshots.script import SCENES
from screenshots.stage import open_app, play
from tests.patience import comes_true


async def offered(app: MaestroApp) -> list[str]:
    """The titles on offer for the screen on top."""
    provider = ActionProvider(app.screen)
    return [str(hit.text) async for hit in provider.discover()]


async def test_it_offers_the_live_actions_with_their_keys(tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(80, 24)) as pilot:
        await play(pilot, SCENES["incident"])
        titles = await offered(app)
        assert "init topology  (i)" in titles
        assert "open  (↵)" in titles
        assert not [title for title in titles if title.startswith(("commands", "back", "next page"))]


async def test_what_may_not_act_is_not_offered(tmp_path: Path) -> None:
    app = open_app(SCENES["read_only"], tmp_path / "audit")
    async with app.run_test(size=(80, 24)) as pilot:
        await play(pilot, SCENES["read_only"])
        assert "init topology  (i)" not in await offered(app)


async def test_a_search_finds_by_title(tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(80, 24)) as pilot:
        await play(pilot, SCENES["incident"])
        provider = ActionProvider(app.screen)
        assert "sort  (s)" in [str(hit.text) async for hit in provider.search("sort")]
        assert [str(hit.text) async for hit in provider.search("back")] == []
        assert [hit async for hit in provider.search("[@click=app.quit]")] == []


async def choose(pilot: Pilot[int], text: str) -> None:
    """Open the palette, search and take the first hit."""
    await pilot.press("colon", *text)
    palette = pilot.app.screen
    found = palette.query_one(OptionList)

    async def first() -> bool:
        return found.highlighted == 0 and text in str(found.get_option_at_index(0).prompt)

    async def closed() -> bool:
        return palette not in pilot.app.screen_stack

    await comes_true(first, f"{text} to be the first hit")
    await pilot.press("enter")
    await comes_true(closed, "the palette to close")
    await pilot.pause()


async def test_a_chosen_action_of_the_app_acts(tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(80, 24)) as pilot:
        await play(pilot, SCENES["incident"])
        await choose(pilot, "help")
        assert isinstance(app.screen, HelpScreen)


async def test_a_chosen_action_of_the_screen_acts(tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(80, 24)) as pilot:
        await play(pilot, SCENES["incident"])
        await choose(pilot, "reverse")
        assert isinstance(app.screen, OverviewScreen)
        assert app.screen.view.reverse


@pytest.mark.parametrize(("query", "first"), [("topology", "topology  (t)"), ("init", "init topology  (i)")])
async def test_what_writes_is_never_first_by_the_name_of_what_looks(tmp_path: Path, query: str, first: str) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(80, 24)) as pilot:
        await play(pilot, SCENES["incident"])
        hits = [hit async for hit in ActionProvider(app.screen).search(query)]
        assert str(max(hits, key=lambda hit: hit.score).text) == first


async def test_a_filter_can_be_opened_from_the_palette(tmp_path: Path) -> None:
    app = open_app(SCENES["incident"], tmp_path / "audit")
    async with app.run_test(size=(80, 24)) as pilot:
        await play(pilot, SCENES["incident"])
        await choose(pilot, "filter")
        assert app.screen.has_class("-filtering")
