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
from maestro_tui.ui.looks import PAGE
from maestro_tui.ui.screens.group import GroupScreen
from maestro_tui.ui.screens.overview import OverviewScreen
from maestro_tui.ui.widgets.lines import TextLines, line_text
from screenshots.script import SCENES
from screenshots.stage import open_app, play
from tests.fakes import ScriptedReader
from tests.ui.pages import HEALING_KEY, healing_pages, hostile_page, use_pages


class Waiting(ScriptedReader):
    """Answers for pending entries only when told to, or fails as told; remembers what was asked."""

    def __init__(self, reader: ScriptedReader) -> None:
        super().__init__(reader.script, reader.pages, reader.shelf)
        self.polls = reader.polls
        self.gate = asyncio.Event()
        self.gate.set()
        self.began: list[EntryId | None] = []
        self.at_once = self.most_at_once = 0
        self.fault: Exception | None = None

    async def pending(
        self, stream: Name, group: Name, after: EntryId | None, limit: int, consumer: Name | None = None
    ) -> Page:
        """Wait for the gate."""
        assert limit == PAGE
        self.began.append(after)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            await self.gate.wait()
            if self.fault is not None:
                raise self.fault
            return await super().pending(stream, group, after, limit, consumer)
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
        assert len(screen.pending.rows) == 100
        assert [line.mark for line in screen.pending.rows[:4]] == ["ghost", "left behind", "poison", "left behind"]
        assert reader.began == [None]


async def test_the_page_keys_go_there_and_back(tmp_path: Path) -> None:
    pages = healing_pages()
    app = opening(tmp_path, (*pages, pages[1], pages[0]))
    async with app.run_test(size=(80, 24)) as pilot:
        screen, reader = await opened(pilot, app)
        assert app.screen.check_action("previous_page", ()) is None
        places = []
        for key in (">", ">", "<", "<"):
            await pilot.press(key)
            await pilot.pause()
            await pilot.pause()
            places.append(told(app, "panes").split("Consumers")[0].strip(" ▐▌"))
        assert places == [
            "Pending 101-200 of 214",
            "Pending 201-214 of 214",
            "Pending 101-200 of 214",
            "Pending 100 of 214",
        ]
        assert reader.began == [None, pages[0].next_after, pages[1].next_after, pages[0].next_after, None]
        assert screen.pending.rows[0].id == pages[0].rows[0].entry.id


async def test_on_the_last_page_there_is_no_next_one(tmp_path: Path) -> None:
    app = opening(tmp_path, healing_pages()[2:])
    async with app.run_test(size=(80, 24)) as pilot:
        screen, reader = await opened(pilot, app)
        assert screen.check_action("next_page", ()) is None
        await pilot.press(">")
        await pilot.pause()
        assert reader.began == [None]


async def test_each_poll_reads_the_page_once_and_never_two_at_a_time(tmp_path: Path) -> None:
    app = opening(tmp_path, healing_pages()[:1])
    async with app.run_test(size=(80, 24)) as pilot:
        screen, reader = await opened(pilot, app)
        app.show()
        await pilot.pause()
        assert len(reader.began) == 1
        reader.gate.clear()
        for _ in range(3):
            await poll(pilot, app, reader)
        assert len(reader.began) == 2
        reader.gate.set()
        await pilot.pause()
        await pilot.pause()
        assert len(reader.began) == 3
        assert reader.most_at_once == 1
        assert len(screen.pending.rows) == 100


async def test_the_selection_is_an_entry_and_not_a_place(tmp_path: Path) -> None:
    first = healing_pages()[0]
    later = Page(first.rows[3:], first.next_after)
    app = opening(tmp_path, (first, later, Page(later.rows[5:], None)))
    async with app.run_test(size=(80, 24)) as pilot:
        screen, reader = await opened(pilot, app)
        await pilot.press("down", "down", "down", "down")
        chosen = first.rows[4].entry.id
        assert screen.pending.selection.key == chosen
        await poll(pilot, app, reader)
        assert screen.pending.selection.key == chosen
        await poll(pilot, app, reader)
        assert screen.pending.selected is None
        assert "no longer on this page" in told(app, "details")


async def test_the_details_show_what_the_line_has_no_room_for(tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("down")
        assert "1795354642001-1 of 13:37:22Z: worker-1, delivered 1x, idle 22m" in told(app, "details")
        assert 'type=heal_test payload={"test_id":"checkout-1"' in told(app, "details")


@pytest.mark.parametrize(("there", "back"), [("tab", "shift+tab"), ("]", "[")])
async def test_the_next_pane_shows_the_consumers(there: str, back: str, tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen, _ = await opened(pilot, app)
        await pilot.press(there)
        await pilot.pause()
        assert screen.consumers.display
        assert not screen.pending.display
        assert screen.consumers.has_focus
        assert "worker-1: holds 214 entries" in told(app, "details")
        assert "busy or dead" in "".join(text for text, _ in screen.consumers._line(0))
        assert screen.targeted().consumer == Name(b"worker-1")
        await pilot.press(back)
        assert screen.pending.has_focus
        assert screen.targeted().consumer is None


async def test_the_panes_go_round(tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen, _ = await opened(pilot, app)
        seen = []
        for _ in range(4):
            await pilot.press("tab")
            await pilot.pause()
            seen.append(screen.pane.id)
        assert seen == ["consumers", "entries", "history", "pending"]


async def test_a_wide_screen_shows_both_panes(tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(160, 48)) as pilot:
        screen, _ = await opened(pilot, app)
        await pilot.pause()
        assert screen.pending.display
        assert screen.consumers.display
        assert screen.pending.size.width + screen.consumers.size.width in range(150, 161)


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
        assert len(screen.pending.rows) == 100
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
        assert screen.pending.rows == ()
        assert len(reader.began) == 1


async def test_a_failed_poll_keeps_what_was_read(tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen, reader = await opened(pilot, app)
        await poll(pilot, app, reader, Trouble("unreachable", "No answer.", "Wait."))
        assert len(screen.pending.rows) == 100
        assert len(reader.began) == 1
        assert "stale" in told(app, "title")


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 40), (160, 48)])
async def test_hostile_payloads_and_names_are_only_shown(size: tuple[int, int], tmp_path: Path) -> None:
    app = open_app(SCENES["hostile"], tmp_path / "audit")
    use_pages(app, (hostile_page(),))
    async with app.run_test(size=size) as pilot:
        screen, _ = await opened(pilot, app, "hostile")
        for key in ("down",) * 15 + ("tab", "tab", "tab"):
            await pilot.press(key)
            for strip in screen._compositor.render_strips():
                assert strip.text.isprintable()
                assert strip.cell_length == size[0]
        for y in range(4, size[1]):
            await pilot.click(offset=(size[0] // 2, y))
        assert app.is_running
        assert app.return_code is None


async def test_the_next_page_begins_at_its_first_row_and_the_ways_out_are_in_sight(tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen, _ = await opened(pilot, app)
        assert "tab next pane  esc back" in told(app, "keys")
        assert "> next page" in told(app, "notes")
        await pilot.press("down", ">")
        await pilot.pause()
        await pilot.pause()
        assert screen.pending.selection.index == 0
        assert "< page before" in told(app, "notes")


@pytest.mark.parametrize(
    ("downs", "mark", "sentence"),
    [
        (0, "ghost", "What it held is lost."),
        (1, "left behind", "the batch that it was in is over"),
        (2, "poison", "delivered at least 5 times, or requeued at least 2 times"),
    ],
)
async def test_d_tells_what_the_entrys_mark_means(downs: int, mark: str, sentence: str, tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen, _ = await opened(pilot, app)
        await pilot.press(*["down"] * downs)
        title, lines = screen.explained()
        assert title == f"MARK {mark}"
        assert sentence in " ".join(lines)
        assert "STATE stuck" in lines


async def test_a_last_batch_is_to_be_left_alone_for_as_long_as_the_stream_needs(tmp_path: Path) -> None:
    app = opening(tmp_path, healing_pages()[2:])
    async with app.run_test(size=(80, 24)) as pilot:
        screen, _ = await opened(pilot, app)
        await pilot.press("G")
        title, lines = screen.explained()
        assert title == "MARK last batch"
        assert "cannot be running any more: 50m in this stream" in " ".join(lines)


async def test_what_is_selected_can_be_copied_by_id(tmp_path: Path) -> None:
    app = opening(tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        screen, _ = await opened(pilot, app)
        assert screen.copies()[0] == ("entry ID", "1795354642000-0")
        await pilot.press("space", "space")
        assert screen.copies()[0] == ("2 entry IDs", "1795354642000-0\n1795354642001-1")
        assert len(screen.copies()) <= 9
