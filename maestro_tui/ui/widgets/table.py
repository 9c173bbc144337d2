"""A table for lists that change every second: only the visible rows are spelled, only changed lines are painted.

One changed row costs some milliseconds and 324 bytes to the terminal, however many rows there are (`benchmarks`).
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from maestro_tui.ui.selection import Selection
from maestro_tui.ui.widgets.lines import Line, Toned

RowT = TypeVar("RowT")

_WHEEL = 3


@dataclass(frozen=True, slots=True)
class Spelling(Generic[RowT]):
    """How rows become lines: what identifies one, and its line and the titles' at a width (without the cursor)."""

    key: Callable[[RowT], Hashable]
    line: Callable[[RowT, int], Line]
    titles: Callable[[int], Line]


class LineTable(Toned, Generic[RowT], can_focus=True, inherit_bindings=False):
    """Rows under a line of titles, with a cursor that belongs to a key.

    `formatted` counts the rows ever spelled and `painted` the lines ever drawn: tests bound the work with them.
    """

    DEFAULT_CSS = """
    LineTable { height: 1fr; width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", show=False),
        Binding("down,j", "move(1)", "down", show=False),
        Binding("home,g", "first", "first row", show=False),
        Binding("end,G", "last", "last row", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
    ]

    TITLE_LINES: ClassVar[int] = 1
    """How many lines stand over the rows."""

    @dataclass
    class Moved(Message):
        """The selection or the part in view changed by the operator's hand."""

        table: Toned

        @property
        def control(self) -> Toned:
            """The table, for selectors."""
            return self.table

    @dataclass
    class Opened(Message):
        """A row was double-clicked."""

        table: Toned

        @property
        def control(self) -> Toned:
            """The table, for selectors."""
            return self.table

    @dataclass
    class TitleClicked(Message):
        """The line of titles was clicked, at this cell of it."""

        cell: int

    def __init__(
        self, spelling: Spelling[RowT], *, marks: tuple[str, str] = ("▸ ", "  "), id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.selection = Selection()
        self.top = 0
        self.shows_cursor = True
        self.formatted = 0
        self.painted = 0
        self._spelling = spelling
        self._marks = marks
        self._rows: tuple[RowT, ...] = ()
        self._keys: tuple[Hashable, ...] = ()
        self._footnote: Line = ()
        self._titles: Line = ()
        self._lines: dict[int, Line] = {}
        self._strips: LRUCache[tuple[Line, str, int], Strip] = LRUCache(512)

    @property
    def rows(self) -> tuple[RowT, ...]:
        """What is listed."""
        return self._rows

    @property
    def selected(self) -> RowT | None:
        """The selected row."""
        index = self.selection.index
        return None if index is None or self.selection.key is None else self._rows[index]

    @property
    def visible_rows(self) -> int:
        """How many rows fit under the titles."""
        return max(0, self.size.height - self.TITLE_LINES)

    @property
    def away(self) -> int:
        """Where the selected row is: -1 above what is in view, 1 below it, 0 in view or nowhere."""
        index = self.selection.index
        if index is None or not self.visible_rows:
            return 0
        return -1 if index < self.top else int(index >= self.top + self.visible_rows)

    def set_rows(self, rows: Sequence[RowT], footnote: Line = ()) -> None:
        """List these rows; the selection follows its key and the view stays where it is."""
        before = self._window()
        self._rows, self._footnote = tuple(rows), footnote
        self._keys = tuple(self._spelling.key(row) for row in self._rows)
        self.selection.follow(self._keys)
        self._lines = {}
        self.top = self._clamped(self.top)
        self._repaint(before)

    def select(self, key: Hashable) -> None:
        """Select a row by its key and bring it into view; nothing where it is not listed."""
        if key in self._keys:
            self._go(self._keys.index(key))

    def reveal(self) -> None:
        """Bring the selected row into view."""
        self._show_cursor(self._window())

    def show_cursor(self, shows: bool) -> None:
        """Show the cursor, or hide it while the keys are about another list."""
        before = self._window()
        self.shows_cursor = shows
        self._repaint(before)

    def respell(self) -> None:
        """Spell everything again: the way of spelling changed."""
        before = self._window()
        self._lines = {}
        self._repaint(before)

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        before = self._window()
        self.selection.move(by, self._keys)
        self._show_cursor(before)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screenful."""
        self.action_move(by * max(1, self.visible_rows - 1))

    def action_first(self) -> None:
        """Go to the first row."""
        self._go(0)

    def action_last(self) -> None:
        """Go to the last row."""
        self._go(len(self._keys) - 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Move the view; the selection stays with its row."""
        event.stop()
        self._scroll(_WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Move the view; the selection stays with its row."""
        event.stop()
        self._scroll(-_WHEEL)

    def on_click(self, event: events.Click) -> None:
        """Select; a second click opens, a click on the titles is the screen's to understand."""
        if event.y < self.TITLE_LINES:
            self.post_message(self.TitleClicked(event.x - len(self._marks[0])))
            return
        index = self.top + event.y - self.TITLE_LINES
        if index < len(self._rows):
            self._go(index)
            if event.chain == 2:
                self.post_message(self.Opened(self))

    def on_resize(self) -> None:
        """Everything is spelled for a width."""
        self._lines = {}
        self._titles = ()
        self.top = self._clamped(self.top)

    def on_focus(self) -> None:
        """The cursor looks different with the focus."""
        self._refresh_cursor()

    def on_blur(self) -> None:
        """The cursor looks different without the focus."""
        self._refresh_cursor()

    def notify_style_update(self) -> None:
        """Forget what was painted in other styles."""
        super().notify_style_update()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """Paint the titles, a row, or nothing."""
        self.painted += 1
        line, ground = self._at(y)
        key = (line, ground, self.size.width)
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self.paint(line, self.size.width, ground)
        return strip

    def _at(self, y: int) -> tuple[Line, str]:
        """Return what belongs on a line of the widget, and the ground it stands on."""
        if y < self.TITLE_LINES:
            self._titles = self._titles or ((self._marks[1], "plain"), *self._spelling.titles(self._room))
            return self._titles, "tone--heading"
        index = self.top + y - self.TITLE_LINES
        if index == len(self._rows):
            return self._footnote, ""
        if index > len(self._rows):
            return (), ""
        here = self._marks_cursor(index)
        style = ("tone--cursor" if self.has_focus else "tone--cursor-blurred") if here else ""
        return ((self._marks[0] if here else self._marks[1], "strong"), *self._line(index)), style

    def _marks_cursor(self, index: int) -> bool:
        """Whether the cursor is to be seen on a row."""
        return self.shows_cursor and index == self.selection.index and self.selection.key is not None

    @property
    def _room(self) -> int:
        return max(0, self.size.width - len(self._marks[0]))

    def _line(self, index: int) -> Line:
        line = self._lines.get(index)
        if line is None:
            self.formatted += 1
            line = self._lines[index] = self._spelling.line(self._rows[index], self._room)
        return line

    def _window(self) -> list[tuple[Line, str]]:
        return [self._at(y) for y in range(self.size.height)]

    def _repaint(self, before: list[tuple[Line, str]]) -> None:
        self._titles = ()
        changed = [y for y, (old, new) in enumerate(zip(before, self._window(), strict=False)) if old != new]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def _refresh_cursor(self) -> None:
        if self.selection.index is not None:
            self.refresh(Region(0, self.selection.index - self.top + self.TITLE_LINES, self.size.width, 1))

    def _clamped(self, top: int) -> int:
        lines = len(self._rows) + bool(self._footnote)
        return max(0, min(top, lines - self.visible_rows))

    def _scroll(self, by: int) -> None:
        before = self._window()
        self.top = self._clamped(self.top + by)
        self._repaint(before)
        self.post_message(self.Moved(self))

    def _go(self, index: int) -> None:
        before = self._window()
        self.selection.choose(index, self._keys)
        self._show_cursor(before)

    def _show_cursor(self, before: list[tuple[Line, str]]) -> None:
        index = self.selection.index
        if index is not None and self.visible_rows:
            self.top = self._clamped(max(min(self.top, index), index - self.visible_rows + 1))
            # The line under the last row belongs to the list: show it with the last row.
            if index == len(self._rows) - 1:
                self.top = self._clamped(len(self._rows))
        self._repaint(before)
        self.post_message(self.Moved(self))
