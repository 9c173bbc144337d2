"""Topology: what is declared against what is there, and what follows from the difference."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from maestro_tui.domain.columns import Labels, glyph
from maestro_tui.domain.copying import copies
from maestro_tui.domain.drift import DriftLine, drift, summary
from maestro_tui.domain.explain import explain, explain_state
from maestro_tui.domain.frame import EMPTY, Frame
from maestro_tui.domain.rows import Row
from maestro_tui.domain.rules import Severity
from maestro_tui.domain.text import clip, clip_middle, fit, visible
from maestro_tui.engine.session import Session
from maestro_tui.ui.known import known
from maestro_tui.ui.screens.frame_screen import FrameScreen
from maestro_tui.ui.widgets.header import Banner, HeaderLine
from maestro_tui.ui.widgets.key_bar import KeyBar
from maestro_tui.ui.widgets.lines import Line, TextLines, Tone
from maestro_tui.ui.widgets.table import LineTable, Spelling
from maestro_tui.ui.writable import read_by_design

_TITLES = ("ALIAS", "STREAM", "GROUP", "STATE", "WHAT FOLLOWS")
_UNDECLARED = "(undeclared)"
_TONES: dict[Severity | None, Tone] = {
    Severity.CRITICAL: "critical",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}


class TopologyScreen(FrameScreen):
    """One line for each declaration, then what nobody declared."""

    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS = "#drift"

    DEFAULT_CSS = """
    TopologyScreen {
        & #header, & #keys, & #summary { height: 1; }
        & #details { height: 2; }
    }
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._ascii = session.config.ascii
        self._frame: Frame = EMPTY
        self._labels = Labels()

    def compose(self) -> ComposeResult:
        """Lay out the lines; nothing is mounted or removed later."""
        spelling: Spelling[DriftLine] = Spelling(_identity, self._line, _titles)
        yield HeaderLine(id="header")
        yield Banner(id="banner")
        yield TextLines(id="summary")
        yield LineTable(spelling, marks=("> ", "  ") if self._ascii else ("▸ ", "  "), id="drift")
        yield TextLines(id="details")
        yield KeyBar(ascii_only=self._ascii, id="keys")

    @property
    def table(self) -> LineTable[DriftLine]:
        """The list of lines."""
        return self.query_one("#drift", LineTable)

    @property
    def row(self) -> Row | None:
        """The selected line's row in the frame shown."""
        line = self.table.selected
        return None if line is None else self._frame.row(line.key)

    def show_frame(self, frame: Frame) -> None:
        """Compare a frame with the declaration."""
        if frame is self._frame:
            return
        self._frame = frame
        self._labels = Labels.of(frame.rows)
        self._show()

    def on_resize(self) -> None:
        """Everything is cut for a size."""
        self._show()

    def explained(self) -> tuple[str, tuple[str, ...]]:
        """Tell what the selected line's state is and what to do."""
        line = self.table.selected
        title, lines = explain(None, self.row, self._frame, self._session.config.limits, known(self._session))
        if line is None:
            return title, lines
        if self.row is None:
            told = (str(line.key), *explain_state(line.state, self._session.config.limits))
            title, lines = f"STATE {line.state}", told
        return title, (f"Follows: {line.consequence}", *lines)

    def copies(self) -> tuple[tuple[str, str], ...]:
        """Return the selected line's row in every form."""
        row = self.row
        return () if row is None else copies(row, self._frame, self._session.config)

    def _show(self) -> None:
        cells = self.size.width
        topology = self._session.config.topology
        writes = read_by_design(self._session.config, self._frame) is None
        lines = drift(self._frame, topology, writes=writes) if self._frame.ever_polled else ()
        told = f" Declared against actual: {summary(lines)}" if lines else " Nothing was read yet."
        self.query_one("#summary", TextLines).set_lines((((clip(told, cells), "strong"),),))
        self.table.set_rows(lines)
        if lines and self.table.selection.key is None and self.table.selection.lost is None:
            self.table.action_first()
        self._show_details()

    @on(LineTable.Moved)
    def _show_details(self) -> None:
        line, cells = self.table.selected, self.size.width
        if line is None:
            self.query_one("#details", TextLines).set_lines((((" No line is selected.", "muted"),), ()))
            return
        alias = "not declared" if line.alias is None else f"declared as {visible(line.alias, 60)}"
        head = clip(f" {line.key}", cells)
        rest = clip(f" {alias}: {line.consequence}", cells)
        self.query_one("#details", TextLines).set_lines((((head, "strong"),), ((rest, "plain"),)))

    def _line(self, line: DriftLine, room: int) -> Line:
        stream = str(line.key.stream).removeprefix(self._labels.stream_prefix)
        group = "-" if line.key.group is None else str(line.key.group).removeprefix(self._labels.group_prefix)
        alias = _UNDECLARED if line.alias is None else visible(line.alias, 60)
        mark = glyph(line.state, line.severity, ascii_only=self._ascii)
        texts = (alias, stream, group, f"{mark} {line.state}", line.consequence)
        spelled = [
            fit(clip_middle(text, cell), cell) + " " if cell else ""
            for text, cell in zip(texts[:4], _cells(room), strict=False)
        ]
        tone: Tone = "muted" if line.state in ("stale", "unused", "idle") else _TONES.get(line.severity, "plain")
        if line.state == "ok" and line.severity is None:
            tone = "good"
        rest: Tone = "muted" if line.alias is None else "plain"
        last = fit(line.consequence, _cells(room)[4])
        return (("".join(spelled[:3]), rest), (spelled[3], tone), (last, rest))


def _identity(line: DriftLine) -> tuple[object, ...]:
    """Return what a line is about; the same row may stand under two aliases."""
    return (line.key, line.alias)


def _cells(room: int) -> tuple[int, int, int, int, int]:
    """Return the widths of the columns; the group's is 0 where it has no room."""
    alias, stream, group = (20, 32, 28) if room >= 150 else (18, 24, 20) if room >= 110 else (16, 21, 0)
    taken = sum(cells + 1 for cells in (alias, stream, group, 12) if cells)
    return (alias, stream, group, 12, max(0, room - taken))


def _titles(room: int) -> Line:
    cells = _cells(room)
    shown = (fit(title, cell) for title, cell in zip(_TITLES, cells, strict=True) if cell)
    return ((" ".join(shown), "title"),)
