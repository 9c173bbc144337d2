"""The line table against Textual's DataTable: both get the same rows, on the same screen, through the same driver."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import ClassVar, Final

from textual.app import App, ComposeResult
from textual.drivers.headless_driver import HeadlessDriver
from textual.widgets import DataTable

from benchmarks import measure
from benchmarks.measure import Meter, Sample
from benchmarks.report import Report, ms, times
from maestro_tui.domain.columns import COLUMNS, Labels, Shown, columns_at, header
from maestro_tui.domain.limits import MAESTRO_LIMITS
from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.rows import Past, make_rows
from maestro_tui.domain.snapshot import Group, Snapshot, Stream, exact
from maestro_tui.domain.topology import Topology
from maestro_tui.ui.widgets.row_line import row_line
from maestro_tui.ui.widgets.table import LineTable, Spelling

_SCREEN: Final = (160, 50)
_NOW_MS: Final = 1_795_000_000_000
_SIZES: Final = (100, 1_000, 10_000)
_HEAD: Final = (
    *("rows, what happens", "LineTable ms", "DataTable ms", "DataTable / LineTable"),
    *("LineTable bytes", "DataTable bytes", "bytes: DataTable / LineTable"),
)
Rows = tuple[Shown, ...]


class _CountingDriver(HeadlessDriver):
    """A driver that has everything turned into bytes as for a terminal, and counts them."""

    written: ClassVar[int] = 0

    @property
    def is_headless(self) -> bool:
        """Not to Textual, which would not write at all."""
        return False

    def write(self, data: str) -> None:
        """Count what a terminal would get."""
        type(self).written += len(data.encode())


class _CarefulDataTable(DataTable[str]):
    """A DataTable used as well as it can be: fixed widths, and only cells that differ are updated."""

    def __init__(self) -> None:
        super().__init__(cursor_type="row", cell_padding=0)
        self._rows: Rows = ()

    def load(self, rows: Rows) -> None:
        """Fill the table."""
        for column, cells in columns_at(_SCREEN[0]):
            self.add_column(column.title, width=cells + 1, key=column.id)
        for shown in rows:
            self.add_row(*(column.text(shown) for column, _ in columns_at(_SCREEN[0])), key=str(shown.row.key))
        self._rows = rows

    def set_rows(self, rows: Rows) -> None:
        """Update the cells that differ; the rows are those of before, in the same order."""
        for before, shown in zip(self._rows, rows, strict=True):
            if before is shown:
                continue
            for column, _ in columns_at(_SCREEN[0]):
                text = column.text(shown)
                if text != column.text(before):
                    self.update_cell(str(shown.row.key), column.id, text)
        self._rows = rows


class _Arena(App[None]):
    """One screen with both tables, of which one is shown at a time."""

    CSS = "DataTable { height: 1fr; width: 1fr; }"
    AUTO_FOCUS = None
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, rows: Rows, play: "Callable[[_Arena], Awaitable[None]]") -> None:
        super().__init__(driver_class=_CountingDriver)
        self.animation_level = "none"
        self.initial = rows
        self._play = play
        self.lines: LineTable[Shown] = LineTable(
            Spelling(
                lambda shown: shown.row.key,
                row_line,
                lambda width: ((header(columns_at(width)), "title"),),
            )
        )
        self.cells = _CarefulDataTable()

    def compose(self) -> ComposeResult:
        """Put both on the screen."""
        yield self.lines
        yield self.cells

    def on_mount(self) -> None:
        """Fill both."""
        self.lines.set_rows(self.initial)
        self.cells.load(self.initial)

    def on_ready(self) -> None:
        """Begin."""
        self.run_worker(self._measure())

    async def _measure(self) -> None:
        await self._play(self)
        self.exit()

    async def show(self, widget: LineTable[Shown] | _CarefulDataTable) -> None:
        """Show one of the tables and wait until it is painted."""
        self.lines.display = widget is self.lines
        self.cells.display = widget is self.cells
        await measure.quiet()
        # Textual paints the whole screen once more with whatever changes first after a change of layout.
        widget.refresh()
        await measure.quiet()


class _Case:
    """Something that happens to both tables: for each a trigger, with rows that it has not seen yet."""

    def __init__(self, arena: _Arena, change: Callable[[Rows, int], Rows] | None) -> None:
        self._arena = arena
        self._change = change
        self._turn = 0
        self._rows = arena.initial

    async def ours(self, meter: Meter) -> Sample:
        """Measure the line table; the turn begins here, the DataTable gets the same rows after it."""
        self._turn += 1
        if self._change is not None:
            self._rows = self._change(self._rows, self._turn)
        return await self._measured(meter, self._arena.lines, self._set_or_sort)

    async def theirs(self, meter: Meter) -> Sample:
        """Measure the DataTable."""
        return await self._measured(meter, self._arena.cells, self._update_or_sort)

    def _set_or_sort(self) -> None:
        if self._change is None:
            ordered = sorted(self._rows, key=lambda shown: COLUMNS[0].sort(shown.row), reverse=bool(self._turn % 2))
            self._rows = tuple(ordered)
        self._arena.lines.set_rows(self._rows)

    def _update_or_sort(self) -> None:
        if self._change is None:
            self._arena.cells.sort(COLUMNS[0].id, reverse=bool(self._turn % 2))
        else:
            self._arena.cells.set_rows(self._rows)

    async def _measured(
        self, meter: Meter, widget: LineTable[Shown] | _CarefulDataTable, trigger: Callable[[], None]
    ) -> Sample:
        await self._arena.show(widget)
        before = _CountingDriver.written

        async def work() -> int:
            trigger()
            return 0

        taken = await meter.sample(work, until_quiet=True)
        return replace(taken, amount=_CountingDriver.written - before)


def _changed(shown: Shown, turn: int) -> Shown:
    """Return a row with another lag, waiting time and length."""
    stream = replace(shown.row.stream, length=shown.row.stream.length + turn)
    return replace(shown, row=replace(shown.row, stream=stream, lag=exact(turn), waiting_ms=turn * 1_000))


_CASES: Final[Mapping[str, Callable[[Rows, int], Rows] | None]] = {
    "nothing changed": lambda rows, _: rows,
    "one row changed": lambda rows, turn: (*rows[:5], _changed(rows[5], turn), *rows[6:]),
    "all visible rows changed": lambda rows, turn: (
        *(_changed(shown, turn) for shown in rows[: _SCREEN[1]]),
        *rows[_SCREEN[1] :],
    ),
    "sorted": None,
}


def compare(*, quick: bool) -> Report:
    """Compare the two tables."""
    sizes, repeats = (_SIZES[:1], 1) if quick else (_SIZES, 9)
    rows = [line for size in sizes for line in measure.run(partial(_compare, size=size, repeats=repeats))]
    return Report("table", _HEAD, tuple(rows), ("textual", "rich"))


async def _compare(meter: Meter, size: int, repeats: int) -> list[tuple[str, ...]]:
    results: list[tuple[str, ...]] = []

    async def play(arena: _Arena) -> None:
        for what, change in _CASES.items():
            case = _Case(arena, change)
            turns = {"ours": partial(case.ours, meter), "theirs": partial(case.theirs, meter)}
            taken = await measure.in_turns(turns, repeats)
            results.append(_spelled(f"{size:,}, {what}", taken["ours"], taken["theirs"]))

    await _Arena(_rows(size), play).run_async(size=_SCREEN, mouse=False)
    if len(results) < len(_CASES):
        raise RuntimeError("the measurement was broken off")
    return results


def _spelled(what: str, ours: Sample, theirs: Sample) -> tuple[str, ...]:
    speed, volume = times(theirs.busy_ms, ours.busy_ms), times(theirs.amount, ours.amount)
    return (what, ms(ours.busy_ms), ms(theirs.busy_ms), speed, f"{ours.amount:,}", f"{theirs.amount:,}", volume)


def _rows(size: int) -> Rows:
    """Make rows as the overview lists them."""
    group = Group(Name.of("maestro-load-workers"), 3, 12, EntryId(_NOW_MS - 60_000))
    seen = tuple(
        Stream(
            Name.of(f"maestro:streams:load:{number:05}"),
            "localhost:6379/0",
            _NOW_MS,
            length=1_000 + number,
            first_id=EntryId(_NOW_MS - 3_600_000),
            last_entry_id=EntryId(_NOW_MS),
            last_id=EntryId(_NOW_MS),
            entries_added=1_000 + number,
            groups=(group,),
        )
        for number in range(size)
    )
    made = make_rows(Snapshot(_NOW_MS, (), seen), Past({}, {}), MAESTRO_LIMITS, Topology(()))
    labels = Labels.of(made)
    return tuple(Shown(row, None, labels) for row in made)
