"""Lines drawn into a grid of characters: plotext draws them in braille, eight points a cell; we place and colour them.

plotext is loaded with the first line that is drawn, so that only who looks at a history pays for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from maestro_tui.domain.series import Dot, path
from maestro_tui.ui.widgets.lines import Span, Tone

_BRAILLE = 0x2800
_DOTS_ACROSS, _DOTS_DOWN = 2, 4
# Plain characters stand for a whole cell each.
_PLAIN = 1

Runs = Sequence[Sequence[Dot]]


def columns_of(cells: int, *, ascii_only: bool) -> int:
    """Return how many columns of dots a line of so many cells has."""
    return cells * (_PLAIN if ascii_only else _DOTS_ACROSS)


@dataclass(slots=True)
class Canvas:
    """A grid of `cells` by `rows`, whose values go from `bottom` to `top`."""

    cells: int
    rows: int
    bottom: float
    top: float
    ascii_only: bool = False
    grid: list[list[tuple[str, Tone]]] = field(init=False)

    def __post_init__(self) -> None:
        self.grid = [[(" ", "plain")] * self.cells for _ in range(self.rows)]

    def draw(self, runs: Runs, tone: Tone, plain: str = "*", dim: frozenset[int] = frozenset()) -> None:
        """Draw runs of dots in a tone, muted in the cells of `dim`; `plain` is the character where braille may not be.

        A line that crosses one of an earlier call is drawn through it.
        """
        if not runs:
            return
        for y, text in enumerate(self._rasterized(runs, plain)):
            for x, char in enumerate(text):
                if char != " ":
                    self.put(x, y, char, "muted" if x in dim else tone)

    def put(self, x: int, y: int, char: str, tone: Tone) -> None:
        """Put a character into a cell; two of braille become one."""
        there = self.grid[y][x][0]
        if _is_braille(char) and _is_braille(there):
            char = chr(ord(char) | ord(there))
        self.grid[y][x] = (char, tone)

    def row_of(self, value: float) -> int:
        """Return the row on which a value lies."""
        share = (value - self.bottom) / (self.top - self.bottom)
        return min(self.rows - 1, max(0, self.rows - 1 - int(share * self.rows)))

    def spans(self, y: int) -> tuple[Span, ...]:
        """Return a row as spans, neighbours of one tone together."""
        spans: list[Span] = []
        for char, tone in self.grid[y]:
            if spans and spans[-1][1] == tone:
                spans[-1] = (spans[-1][0] + char, tone)
            else:
                spans.append((char, tone))
        return tuple(spans)

    def _rasterized(self, runs: Runs, plain: str) -> list[str]:
        """Return the lines that plotext draws: of that size exactly, without frame, ticks and colours."""
        import plotext

        plotext.clear_figure()
        plotext.theme("clear")
        plotext.limit_size(False, False)
        plotext.plot_size(self.cells, self.rows)
        plotext.frame(False)
        plotext.xaxes(False, False)
        plotext.yaxes(False, False)
        plotext.xticks([])
        plotext.yticks([])
        plotext.xlim(0, columns_of(self.cells, ascii_only=self.ascii_only) - 1)
        plotext.ylim(self.bottom, self.top)
        for run in runs:
            across, up = path(run)
            plotext.plot(across, up, marker=plain if self.ascii_only else "braille")
        drawn = plotext.uncolorize(plotext.build()).split("\n")
        plotext.clear_figure()
        return [line[: self.cells].ljust(self.cells) for line in drawn[: self.rows]]


def _is_braille(char: str) -> bool:
    return _BRAILLE <= ord(char) < _BRAILLE + 256
