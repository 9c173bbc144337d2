"""The table: the cursor belongs to a key, and work is bounded by what is in view."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from maestro_tui.ui.widgets.lines import Line, TextLines, line_text
from maestro_tui.ui.widgets.table import LineTable, Spelling

HEIGHT = 20
VISIBLE = HEIGHT - 1


@dataclass(frozen=True)
class Item:
    """A row of the tests."""

    name: str
    value: int = 0


def items(many: int) -> list[Item]:
    """Rows called 0, 1, 2 and so on."""
    return [Item(str(number)) for number in range(many)]


def spell(item: Item, room: int) -> Line:
    """A row's line."""
    return ((f"{item.name} {item.value} {room}", "plain"),)


def titles(room: int) -> Line:
    """The titles' line."""
    return ((f"NAME VALUE {room}", "title"),)


class TableApp(App[None]):
    """Nothing but a table."""

    def __init__(self) -> None:
        """Make it."""
        super().__init__()
        self.table: LineTable[Item] = LineTable(Spelling(lambda item: item.name, spell, titles))
        self.moved = 0

    def compose(self) -> ComposeResult:
        """Show it."""
        yield self.table

    def on_line_table_moved(self) -> None:
        """Count what the operator did."""
        self.moved += 1


@asynccontextmanager
async def table(rows: Sequence[Item]) -> AsyncIterator[tuple[LineTable[Item], Pilot[None]]]:
    """Open a table on rows, the first one selected."""
    app = TableApp()
    async with app.run_test(size=(40, HEIGHT)) as pilot:
        app.table.focus()
        app.table.set_rows(rows)
        app.table.action_first()
        await pilot.pause()
        yield app.table, pilot


def name(shown: LineTable[Item]) -> str | None:
    """The selected row's name."""
    return shown.selected.name if shown.selected else None


async def test_the_cursor_moves_by_keys() -> None:
    """The keys of vi and of the keypad, and they stop at the ends."""
    async with table(items(100)) as (shown, pilot):
        for keys, wanted in (
            ("j", "1"),
            ("down", "2"),
            ("k", "1"),
            ("up", "0"),
            ("up", "0"),
            ("pagedown", str(VISIBLE - 1)),
            ("pageup", "0"),
            ("G", "99"),
            ("j", "99"),
            ("g", "0"),
            ("end", "99"),
            ("home", "0"),
        ):
            await pilot.press(keys)
            assert name(shown) == wanted, keys


async def test_the_cursor_stays_with_its_row_when_others_come_and_go() -> None:
    """Position 5 is another stream after a sort; the key is not."""
    async with table(items(10)) as (shown, pilot):
        shown.select("5")
        shown.set_rows(list(reversed(items(10))))
        assert name(shown) == "5"
        shown.set_rows([Item("5"), Item("x")])
        assert name(shown) == "5"
        await pilot.pause()


async def test_a_vanished_row_leaves_nothing_selected() -> None:
    """The neighbour is another stream: nobody chose it."""
    async with table(items(10)) as (shown, pilot):
        shown.select("5")
        shown.set_rows([item for item in items(10) if item.name != "5"])
        assert shown.selected is None
        assert shown.selection.lost == "5"
        shown.set_rows(items(10))
        assert shown.selected is None, "it came back, but nobody chose it again"
        await pilot.press("j")
        assert name(shown) == "5", "moving goes on from where it was"


async def test_a_row_that_moves_out_of_view_does_not_take_the_view_along() -> None:
    """The operator is reading what is in view."""
    async with table(items(100)) as (shown, pilot):
        shown.select("3")
        shown.set_rows([*items(100)[4:], *items(100)[:4]])
        await pilot.pause()
        assert (shown.top, shown.away, name(shown)) == (0, 1, "3")
        await pilot.press("k")
        assert (shown.away, name(shown)) == (0, "2")


async def test_a_shorter_list_leaves_no_empty_view() -> None:
    """Scrolled down, then nearly everything goes."""
    async with table(items(100)) as (shown, pilot):
        await pilot.press("G")
        shown.set_rows(items(3))
        assert shown.top == 0
        shown.set_rows(())
        await pilot.press("j", "k", "g", "G", "pagedown")
        assert shown.selected is None


async def test_the_wheel_moves_the_view_and_not_the_cursor() -> None:
    """Looking around is not choosing."""
    async with table(items(100)) as (shown, pilot):
        shown._scroll(3)
        await pilot.pause()
        assert (shown.top, shown.away, name(shown)) == (3, -1, "0")


async def test_a_click_selects_and_a_second_one_opens() -> None:
    """The first click must not act."""
    opened: list[object] = []
    app = TableApp()
    async with app.run_test(size=(40, HEIGHT), message_hook=opened.append) as pilot:
        app.table.set_rows(items(5))
        await pilot.click(LineTable, offset=(3, 2))
        assert name(app.table) == "1"
        assert not any(isinstance(one, LineTable.Opened) for one in opened)
        await pilot.click(LineTable, offset=(3, 2), times=2)
        assert any(isinstance(one, LineTable.Opened) for one in opened)
        await pilot.click(LineTable, offset=(3, 15))
        assert name(app.table) == "1", "below the list there is nothing to choose"


async def test_only_what_is_in_view_is_spelled() -> None:
    """Ten thousand rows cost as much as twenty."""
    async with table(items(10_000)) as (shown, pilot):
        shown.formatted = 0
        shown.set_rows(items(10_000))
        await pilot.pause()
        assert shown.formatted <= VISIBLE


async def test_the_same_rows_again_paint_nothing() -> None:
    """An idle screen sends nothing to the terminal."""
    async with table(items(50)) as (shown, pilot):
        shown.painted = 0
        for _ in range(100):
            shown.set_rows(items(50))
            await pilot.pause()
        assert shown.painted == 0


async def test_one_changed_row_paints_one_line() -> None:
    """220 bytes instead of 15 kB matter over a slow line."""
    async with table(items(50)) as (shown, pilot):
        shown.painted = 0
        changed = items(50)
        changed[7] = Item("7", 1)
        shown.set_rows(changed)
        await pilot.pause()
        assert shown.painted == 1


async def test_text_lines_paint_only_what_differs() -> None:
    """Header, problems and details are made of them."""

    class LinesApp(App[None]):
        def compose(self) -> ComposeResult:
            yield TextLines()

    app = LinesApp()
    async with app.run_test(size=(40, 5)) as pilot:
        lines = app.query_one(TextLines)
        one: Line = (("one", "plain"),)
        two: Line = (("two", "strong"),)
        lines.set_lines((one, two))
        await pilot.pause()
        assert lines.size.height == 2
        lines.painted = 0
        lines.set_lines((one, two))
        await pilot.pause()
        assert lines.painted == 0
        lines.set_lines((one, one))
        await pilot.pause()
        assert lines.painted == 1
        assert line_text(lines.lines[1]) == "one"
