"""The group screen: what is pending, who holds it, and what is said when there is nothing to see any more."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.ports import Page
from maestro_tui.ui.app import MaestroApp
from maestro_tui.ui.screens.group import PAGE, GroupScreen
from maestro_tui.ui.screens.overview import OverviewScreen
from maestro_tui.ui.widgets.lines import TextLines, line_text
from screenshots.script import SCENES
from screenshots.stage import open_app, play
from tests.fakes import ScriptedReader
from tests.ui.pages import HEALING_KEY, healing_pages, hostile_page, use_pages


class Waiting(ScriptedReader):
    """Answers for pending entries only when told to, or fails as told; remembers what was asked."""

    def __init__(self, reader: ScriptedReader) -> None:
        super().__init__(reader.script, reader.pages)
        self.polls = reader.polls
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked: list[EntryId | None] = []
        self.at_once = self.most_at_once = 0
        self.fault: Exception | None = None

    async def pending(self, stream: Name, group: Name, after: EntryId | None, limit: int) -> Page:
        """Wait for the gate."""
        assert limit == PAGE
        self.asked.append(after)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            await self.gate.wait()
            if self.fault is not None:
                raise self.fault
            return await super().pending(stream, group, after, limit)
        finally:
            self.at_once -= 1


def told(app: MaestroApp, name: str) -> str:
    """The text of some lines of the screen."""
    return "\n".join(line_text(line) for line in app.screen.query_one(f"#{name}", TextLines).lines)


async def opened(pilot: Pilot[int], app: MaestroApp, scene: str = "incident") -> tuple[GroupScreen, Waiting]:
    """Play a scene and open the first row's group, with a reader that can be held."""
    await play(pilot, SCENES[scene])
    reader = app.session.reader
    assert isinstance(reader, ScriptedReader)
    waiting = Waiting(reader)
    app.session.reader = waiting
    await pilot.press("g", "enter")
    await pilot.pause()
    assert isinstance(app.screen, GroupScreen)
    return app.screen, waiting


def opening(tmp_path: Path, pages: tuple[Page, ...] | None = None) -> MaestroApp:
    """The incident, with pages of the healing group."""
    app = open_app(SCENES["incident"], tmp_path / "audit")
    use_pages(app, healing_pages() if pages is None else pages)
    return app


async def poll(pilot: Pilot[int], app: MaestroApp, reader: Waiting, seen: Snapshot | Trouble | None = None) -> None:
    """Poll once more, through the monitor that the app follows."""
    if seen is not None:
        monitor_reader = app.session.monitor._reader
        assert isinstance(monitor_reader, ScriptedReader)
        monitor_reader.script = [seen]
    await app.session.monitor.poll()
    await pilot.pause()
    assert reader.most_at_once <= 1


async def test_it_tells_the_state_and_lists_the_first_page(tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen, reader = await opened(pilot, app)
        assert screen.key == HEALING_KEY
        assert "✖ stuck" in told(app, "title")
        assert "214 pending  214 stuck  204 left behind" in told(app, "title")
        assert "Pending 100 of 214" in told(app, "panes")
        assert len(screen.entries.rows) == 100
        assert [line.mark for line in screen.entries.rows[:4]] == ["ghost", "left behind", "poison", "left behind"]
        assert reader.asked == [None]


async def test_n_goes_through_the_pages_and_round(tmp_path: Path) -> None:
    pages = healing_pages()
    app = opening(tmp_path, (*pages, pages[0]))
    async with app.run_test(size=(80, 24)) as pilot:
        screen, reader = await opened(pilot, app)
        places = []
        for _ in range(3):
            await pilot.press("n")
            await pilot.pause()
            places.append(told(app, "panes").split("Consumers")[0].strip(" ▐▌"))
        assert places == ["Pending 101-200 of 214", "Pending 201-214 of 214", "Pending 100 of 214"]
        assert reader.asked == [None, pages[0].next_after, pages[1].next_after, None]
        assert screen.entries.rows[0].id == pages[0].rows[0].entry.id


async def test_each_poll_reads_the_page_once_and_never_two_at_a_time(tmp_path: Path) -> None:
    app = opening(tmp_path, healing_pages()[:1])
    async with app.run_test(size=(80, 24)) as pilot:
        screen, reader = await opened(pilot, app)
        app.show()
        await pilot.pause()
        assert len(reader.asked) == 1
        reader.gate.clear()
        for _ in range(3):
            await poll(pilot, app, reader)
        assert len(reader.asked) == 2
        reader.gate.set()
        await pilot.pause()
        await pilot.pause()
        assert len(reader.asked) == 3
        assert reader.most_at_once == 1
        assert len(screen.entries.rows) == 100


async def test_the_selection_is_an_entry_and_not_a_place(tmp_path: Path) -> None:
    first = healing_pages()[0]
    later = Page(first.rows[3:], first.next_after)
    app = opening(tmp_path, (first, later, Page(later.rows[5:], None)))
    async with app.run_test(size=(80, 24)) as pilot:
        screen, reader = await opened(pilot, app)
        await pilot.press("down", "down", "down", "down")
        chosen = first.rows[4].entry.id
        assert screen.entries.selection.key == chosen
        await poll(pilot, app, reader)
        assert screen.entries.selection.key == chosen
        await poll(pilot, app, reader)
        assert screen.entries.selected is None
        assert "no longer on this page" in told(app, "details")


async def test_the_details_show_what_the_line_has_no_room_for(tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("down")
        assert "1795354642001-1 of 13:37:22Z: worker-1, delivered 1x, idle 22m" in told(app, "details")
        assert 'type=heal_test payload={"test_id":"checkout-1"' in told(app, "details")


@pytest.mark.parametrize("key", ["tab", "right_square_bracket", "shift+tab", "left_square_bracket"])
async def test_the_other_pane_shows_the_consumers(key: str, tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen, _ = await opened(pilot, app)
        await pilot.press(key)
        await pilot.pause()
        assert screen.holders.display
        assert not screen.entries.display
        assert screen.holders.has_focus
        assert "worker-1: holds 214 entries" in told(app, "details")
        assert "busy or dead" in "".join(text for text, _ in screen.holders._line(0))
        await pilot.press(key)
        assert screen.entries.has_focus


async def test_a_wide_screen_shows_both_panes(tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(160, 48)) as pilot:
        screen, _ = await opened(pilot, app)
        await pilot.pause()
        assert screen.entries.display
        assert screen.holders.display
        assert screen.entries.size.width + screen.holders.size.width in range(150, 161)


@pytest.mark.parametrize("key", ["escape", "q"])
async def test_it_leads_back(key: str, tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(app.screen, OverviewScreen)


async def test_trouble_is_a_sentence_and_goes_when_it_is_over(tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen, reader = await opened(pilot, app)
        reader.fault = Failure(Trouble("denied", "The server forbids XPENDING.", "Ask for the permission."))
        await poll(pilot, app, reader)
        assert "The server forbids XPENDING." in told(app, "title")
        assert "Ask for the permission." in told(app, "title")
        assert len(screen.entries.rows) == 100
        reader.fault = None
        await poll(pilot, app, reader)
        assert "forbids" not in told(app, "title")


async def test_an_unforeseen_fault_is_shown_and_does_not_end_the_app(tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        _, reader = await opened(pilot, app)
        reader.fault = RuntimeError("[@click=app.quit]x[/]")
        await poll(pilot, app, reader)
        await pilot.pause()
        assert "could not be read (RuntimeError)" in told(app, "title")
        reader.fault = None
        await poll(pilot, app, reader)
        assert "RuntimeError" not in told(app, "title")


@pytest.mark.parametrize(
    ("scene", "sentence"), [("empty", "The stream is gone"), ("calm", "The group does not exist on this stream")]
)
async def test_a_group_that_vanished_is_said_to_have(scene: str, sentence: str, tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen, reader = await opened(pilot, app)
        seen = SCENES[scene].script[-1]
        assert isinstance(seen, Snapshot)
        if scene == "calm":
            seen = replace(seen, streams=tuple(replace(one, groups=()) for one in seen.streams))
        await poll(pilot, app, reader, seen)
        assert sentence in told(app, "title")
        assert "i creates it; esc goes back." in told(app, "title")
        assert screen.entries.rows == ()
        assert len(reader.asked) == 1


async def test_a_failed_poll_keeps_what_was_read(tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen, reader = await opened(pilot, app)
        await poll(pilot, app, reader, Trouble("unreachable", "No answer.", "Wait."))
        assert len(screen.entries.rows) == 100
        assert len(reader.asked) == 1
        assert "stale" in told(app, "title")


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 40), (160, 48)])
async def test_hostile_payloads_and_names_are_only_shown(size: tuple[int, int], tmp_path: Path) -> None:
    app = open_app(SCENES["hostile"], tmp_path / "audit")
    use_pages(app, (hostile_page(),))
    async with app.run_test(size=size) as pilot:
        screen, _ = await opened(pilot, app, "hostile")
        for key in ("down",) * 15 + ("tab", "tab"):
            await pilot.press(key)
            for strip in screen._compositor.render_strips():
                assert strip.text.isprintable()
                assert strip.cell_length == size[0]
        for y in range(4, size[1]):
            await pilot.click(offset=(size[0] // 2, y))
        assert app.is_running
        assert app.return_code is None


async def test_n_selects_the_first_row_and_the_ways_out_are_in_sight(tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen, _ = await opened(pilot, app)
        assert "tab next pane  esc back  i init" in told(app, "keys")
        await pilot.press("down", "n")
        await pilot.pause()
        await pilot.pause()
        assert screen.entries.selection.index == 0
