"""The explain dialog shows what was told, and leaves on every key that says so."""

import pytest
from textual.app import App
from textual.widgets import Static

from maestro_tui.domain.explain import explain
from maestro_tui.domain.limits import MAESTRO_LIMITS
from maestro_tui.ui.screens.explain import ExplainScreen
from screenshots.script import HOSTILE
from tests.scenes import frame_of


@pytest.mark.parametrize("key", ["escape", "q", "d", "enter", "question_mark"])
async def test_it_closes(key: str) -> None:
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(ExplainScreen("LAG", ("one", "two")))
        await pilot.pause()
        assert isinstance(app.screen, ExplainScreen)
        await pilot.press(key)
        await pilot.pause()
        assert not isinstance(app.screen, ExplainScreen)


async def test_it_scrolls_from_top_to_bottom() -> None:
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(ExplainScreen("LAG", tuple(f"line {number}" for number in range(60))))
        await pilot.pause()
        body = app.screen.query_one("#body")
        await pilot.press("j", "down")
        assert body.scroll_y == 2
        await pilot.press("G")
        assert body.scroll_y == body.max_scroll_y > 0
        await pilot.press("g")
        assert body.scroll_y == 0


async def test_it_says_all_that_was_told() -> None:
    frame = frame_of("hostile")
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        for row in frame.rows[: len(HOSTILE)]:
            title, lines = explain(None, row, frame, MAESTRO_LIMITS)
            await app.push_screen(ExplainScreen(title, lines))
            await pilot.pause()
            texts = [line for one in app.screen.query(Static) for line in str(one.content).split("\n")]
            assert [line for line in lines if line and line not in texts] == []
            assert all(strip.text.isprintable() for strip in app.screen._compositor.render_strips())
            await app.pop_screen()
