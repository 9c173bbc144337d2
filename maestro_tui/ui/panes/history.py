"""The history pane: length, lag, pending and rates of ten minutes or of a day, over one time axis."""

from typing import ClassVar, Final

from textual.geometry import Region
from textual.strip import Strip

from maestro_tui.domain.frame import Frame
from maestro_tui.domain.glossary import COLUMN_TEXTS, MARKS
from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.quantities import clock, duration, plural
from maestro_tui.domain.rows import Row
from maestro_tui.domain.series import DOUBTS, QUANTITIES
from maestro_tui.domain.text import clip
from maestro_tui.domain.trouble import Trouble
from maestro_tui.engine.history import Span, Window
from maestro_tui.engine.session import Session
from maestro_tui.ui.panes.pane import Pane
from maestro_tui.ui.widgets.lines import Line, Toned
from maestro_tui.ui.widgets.plots import picture

# More often nobody can read it; and drawing must leave the loop to others, so it rests so many times of what it took.
REDRAW_S: Final = 2.0
_RESTS: Final = 20
_TITLES: Final[dict[Span, str]] = {"10m": "10 min", "24h": "24 h"}
_KEPT: Final[dict[Span, str]] = {
    "10m": "Ten minutes: every poll of this dashboard.",
    "24h": "24 hours: the lowest and the highest of each minute, of the time since this dashboard began.",
}
_DRAWN: Final = (
    "Each plot has its scale on the left, and on the right the last value with the highest and the lowest of the span."
    " Scales begin at 0, that of length at its lowest. Where several polls share a point, the line reaches from the"
    " lowest to the highest of them.",
    "A line breaks, and ? stands on the ground, where nothing is known: a poll failed, nobody looked, or the server"
    " would not tell. Lag is drawn dim where it is a bound or an estimate.",
    "Times are UTC by the server's clock as it is now; distances go by ours, so that a clock that is set moves no line."
    " Where entries are large a stream is looked at every 5 to 30 seconds, and its length stands still in between.",
)


class HistoryPane(Toned, can_focus=True, inherit_bindings=False):
    """Plots of one row. They are drawn while they are in sight, at most every REDRAW_S seconds.

    `drawn` counts the drawings: tests bound the work with it.
    """

    DEFAULT_CSS = """
    HistoryPane { height: 1fr; width: 1fr; display: none; }
    """
    # What the panes of lists have, and this one has not: there is nothing to select, to page through or to read.
    selected: ClassVar[None] = None
    trouble: ClassVar[Trouble | None] = None

    def __init__(self, session: Session, key: Key) -> None:
        super().__init__(id="history")
        self.session = session
        self.drawn = 0
        self.span: Span = "10m"
        self._key = key
        self._row: Row | None = None
        self._until_ms: int | None = None
        self._rests_until_s = 0.0
        self._window: Window | None = None
        self._lines: tuple[Line, ...] = ()

    # What is asked of any pane.

    def heading(self) -> str:
        """Name the pane and the span."""
        return f"History {_TITLES[self.span]}"

    def notes(self) -> tuple[str, ...]:
        """Name the key of the other span."""
        other: Span = "24h" if self.span == "10m" else "10m"
        return (f"h shows {_TITLES[other]}",)

    def details(self, cells: int) -> tuple[Line, Line]:
        """Tell since when, of how many looks, and how far the lag can be trusted."""
        window = self._window
        if window is None:
            return ((), ())
        shown = [at for at in window.at_ms if at >= window.start_ms]
        if not shown:
            return ((), ())
        # A gap stands at the moment of the poll before it.
        what = plural(len(set(shown)), "poll" if self.span == "10m" else "minute")
        began = f"{clock(window.clock_ms(shown[0]))} ({duration(window.end_ms - shown[0])} ago)"
        since = f" since {began}, {what}; ? is not known"
        kinds = window.kinds[len(window.at_ms) - len(shown) :]
        doubtful = sum(1 for bits in kinds if bits & DOUBTS)
        doubt = f" lag is a bound or an estimate in {doubtful:,} of {what}: drawn dim" if doubtful else ""
        return (((clip(since, cells), "muted"),), ((clip(doubt, cells), "muted"),))

    def accept(self, row: Row | None, frame: Frame) -> None:
        """Take the row of a newer frame, and draw up to its moment when it is time to."""
        self._row = row
        self._until_ms = frame.snapshot.monotonic_ms if frame.ever_polled else None
        self.refresh_page()

    @property
    def later_ms(self) -> int:
        """How long ago the poll was that the row is of."""
        return round(1000 * (self.session.monitor.age_s() or 0.0))

    def may_turn(self, by: int) -> bool:  # noqa: ARG002
        """There are no pages."""
        return False

    def turn(self, by: int) -> None:
        """There are no pages."""

    def jump(self, to: EntryId) -> None:
        """There is no list to jump in."""

    def refresh_page(self) -> None:
        """A newer frame does not make it be drawn before its time."""
        if self.session.clock.monotonic_s() >= self._rests_until_s:
            self.draw_now()

    def draw_now(self) -> None:
        """Draw what is remembered, if it can be seen."""
        if self.display and self.size.height:
            began_s = self.session.clock.monotonic_s()
            self._set_lines(self._draw())
            now_s = self.session.clock.monotonic_s()
            self._rests_until_s = max(began_s + REDRAW_S, now_s + _RESTS * (now_s - began_s))
            self.post_message(Pane.Changed())

    # Its own.

    def other_span(self) -> None:
        """Show the day instead of the ten minutes, or the other way round."""
        self.span = "24h" if self.span == "10m" else "10m"
        self.draw_now()

    def explained(self) -> tuple[str, tuple[str, ...]]:
        """Tell what the lines are and where they come from."""
        texts = {quantity: COLUMN_TEXTS[quantity] for quantity in QUANTITIES}
        told = [f"{quantity}: {text.what} From: {text.source}" for quantity, text in texts.items()]
        return f"HISTORY {_TITLES[self.span]}", (_KEPT[self.span], *_DRAWN, "", *told, "", MARKS[0])

    def on_show(self) -> None:
        """Draw at once what comes into sight."""
        self.draw_now()

    def on_resize(self) -> None:
        """Everything is drawn for a size."""
        self.draw_now()

    def render_line(self, y: int) -> Strip:
        """Paint a line of the picture."""
        return self.paint(self._lines[y] if y < len(self._lines) else (), self.size.width)

    def _draw(self) -> tuple[Line, ...]:
        history, cells = self.session.monitor.history, self.size.width
        # A stream that was opened alone may have got a group, and is another row since.
        until_ms, key = self._until_ms, self._key if self._row is None else self._row.key
        self._window = None if until_ms is None else history.window(key, self.span, until_ms)
        if self._window is None:
            return (((clip(_nothing(self._row), cells), "info"),),)
        if len(self._window.at_ms) < 2 and self.span == "10m":
            began = clock(self._window.server_ms)
            return (((clip(f" History begins now: {began}. Lines need a second poll.", cells), "info"),),)
        self.drawn += 1
        grouped = key.group is not None and (self._row is None or self._row.group is not None)
        ascii_only = self.session.config.ascii
        return picture(self._window, cells, self.size.height, grouped=grouped, ascii_only=ascii_only)

    def _set_lines(self, lines: tuple[Line, ...]) -> None:
        before, self._lines = self._lines, lines
        rows = range(max(len(before), len(lines)))
        changed = [y for y in rows if before[y : y + 1] != lines[y : y + 1]]
        if changed:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))


def _nothing(row: Row | None) -> str:
    if row is None:
        return " History begins with the first poll that sees it."
    return " No history is kept of this row: there are more rows than are remembered, and others matter more."
