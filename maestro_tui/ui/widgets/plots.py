"""What the History pane shows: plots under each other over one time axis, each with its scale and its numbers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from maestro_tui.domain.quantities import clock, count, rate, si
from maestro_tui.domain.series import DOUBTS, QUANTITIES, Dot, Quantity, bare, dots, kind_word, known
from maestro_tui.domain.snapshot import Count
from maestro_tui.domain.text import fit
from maestro_tui.engine.history import Window
from maestro_tui.ui.widgets.canvas import Canvas, columns_of
from maestro_tui.ui.widgets.lines import Line, Span, Tone

# To the left the scale, to the right the letters of the rates and the numbers; a space after each.
_SCALE, _TAGS, _NUMBERS = 7, 3, 22
_LEAST_PLOT, _LEAST_CANVAS = 3, 16
_MOST_ROWS = 12
_CLOCK = 9


@dataclass(frozen=True, slots=True)
class Plot:
    """Quantities that share a scale; `level` plots show a number of entries, whose scale may begin above 0."""

    of: tuple[Quantity, ...]
    from_zero: bool = True


_PLOTS: Final = (Plot(("lag",)), Plot(("pending",)), Plot(("in", "out", "ack")), Plot(("length",), from_zero=False))
_STREAM_PLOTS: Final = (Plot(("length",), from_zero=False), Plot(("in",)))
# In words as well as in colour: each rate ends in its letter, and is drawn with it where braille may not be.
_LOOKS: Final[dict[Quantity, tuple[Tone, str]]] = {
    "length": ("plain", "*"),
    "lag": ("warning", "*"),
    "pending": ("info", "*"),
    "in": ("plain", "i"),
    "out": ("good", "o"),
    "ack": ("info", "a"),
}
_RATES: Final = frozenset({"in", "out", "ack"})


def picture(window: Window, cells: int, rows: int, *, grouped: bool, ascii_only: bool) -> tuple[Line, ...]:
    """Return at most `rows` lines: as many plots as fit, the most telling first, then the axis; else the numbers."""
    plots = _PLOTS if grouped else _STREAM_PLOTS
    many = min(len(plots), (rows - 1) // _LEAST_PLOT)
    across = cells - _SCALE - _TAGS - _NUMBERS - 3
    if not many or across < _LEAST_CANVAS:
        return _numbers_alone(window, plots, cells)[:rows]
    lines: list[Line] = []
    for plot, height in zip(plots, _heights(rows - 1, many), strict=False):
        lines += _plotted(window, plot, across, height, ascii_only=ascii_only)
    return (*lines, _axis(window, across))


def _heights(rows: int, many: int) -> list[int]:
    """Share rows among plots, the first ones first."""
    each, left = divmod(rows, many)
    return [min(_MOST_ROWS, each + (place < left)) for place in range(many)]


def _plotted(window: Window, plot: Plot, across: int, height: int, *, ascii_only: bool) -> list[Line]:
    # A row between two plots, where there is room for one.
    gap = int(height > _LEAST_PLOT + 1)
    bottom, top = _scale(window, plot)
    canvas = Canvas(across, height - gap, bottom, top, ascii_only=ascii_only)
    columns = columns_of(across, ascii_only=ascii_only)
    drawn = {quantity: _runs(window, quantity, columns) for quantity in plot.of}
    for quantity in reversed(plot.of):
        tone, plain = _LOOKS[quantity]
        dim = _doubtful(window, across) if quantity == "lag" else frozenset[int]()
        canvas.draw(drawn[quantity], tone, plain, dim)
    _mark_gaps(canvas, window, drawn)
    tags = _tags(canvas, window, plot)
    numbers = _numbers(window, plot)
    spell = _scaled(plot)
    lines: list[Line] = []
    for y in range(canvas.rows):
        label = spell(top) if y == 0 else spell(bottom) if y == canvas.rows - 1 else ""
        told: Line = numbers[y] if y < len(numbers) else ()
        lines.append(((f"{label:>{_SCALE}} ", "muted"), *canvas.spans(y), *tags[y], (" ", "plain"), *told))
    return [*lines, *[()] * gap]


def _scale(window: Window, plot: Plot) -> tuple[float, float]:
    """Return the bottom and the top of a plot; a length that hardly changes is shown as it changes."""
    values = [value for quantity in plot.of for value in _range(window, quantity)]
    if not values:
        return 0.0, 1.0
    top = max(values)
    if not plot.from_zero:
        bottom = min(values)
        return (max(0.0, bottom - 1), top + 1) if top - bottom < 2 else (bottom, top)
    return 0.0, max(top, 1.0)


def _scaled(plot: Plot) -> Callable[[float], str]:
    if _RATES & set(plot.of):
        return lambda value: rate(value, _SCALE)
    return lambda value: si(value, _SCALE)


def _range(window: Window, quantity: Quantity) -> list[float]:
    """Return the lowest and the highest value of the span; nothing where none is known."""
    place = QUANTITIES.index(quantity)
    first = next((index for index, at in enumerate(window.at_ms) if at >= window.start_ms), len(window.at_ms))
    low, high = known(window.low[place][first:]), known(window.high[place][first:])
    return [min(low), max(high)] if low else []


def _runs(window: Window, quantity: Quantity, columns: int) -> list[list[Dot]]:
    place = QUANTITIES.index(quantity)
    low, high = window.low[place], window.high[place]
    return dots(window.at_ms, low, high, window.start_ms, window.end_ms, columns, window.join_ms)


def _cell(window: Window, at_ms: int, across: int) -> int:
    return int((at_ms - window.start_ms) * (across - 1) / (window.end_ms - window.start_ms))


def _doubtful(window: Window, across: int) -> frozenset[int]:
    """Return the cells in which the lag is a bound or an estimate."""
    pairs = zip(window.at_ms, window.kinds, strict=True)
    return frozenset(_cell(window, at, across) for at, bits in pairs if bits & DOUBTS and at >= window.start_ms)


def _mark_gaps(canvas: Canvas, window: Window, drawn: dict[Quantity, list[list[Dot]]]) -> None:
    """Put a `?` on the ground wherever nothing is known of any line, from the first sample on."""
    began = next((at for at in window.at_ms if at >= window.start_ms), window.end_ms)
    per_cell = columns_of(1, ascii_only=canvas.ascii_only)
    in_cells = [
        [(column // per_cell, low, high) for column, low, high in run] for runs in drawn.values() for run in runs
    ]
    for x in bare(in_cells, _cell(window, began, canvas.cells), canvas.cells):
        canvas.put(x, canvas.rows - 1, "?", "muted")


def _tags(canvas: Canvas, window: Window, plot: Plot) -> list[tuple[Span, ...]]:
    """Return, for each row, the letters of the rates that end there; each rate has a cell of its own."""
    if len(plot.of) == 1:
        return [((" " * _TAGS, "plain"),)] * canvas.rows
    cells: list[list[Span]] = [[(" ", "plain")] * len(plot.of) for _ in range(canvas.rows)]
    for place, quantity in enumerate(plot.of):
        value = window.last[QUANTITIES.index(quantity)]
        if value == value:
            tone, letter = _LOOKS[quantity]
            cells[canvas.row_of(value)][place] = (letter, tone)
    return [tuple(row) for row in cells]


def _numbers(window: Window, plot: Plot) -> list[Line]:
    """Return what stands beside a plot: the last value, then the highest and the lowest; of rates a line each."""
    if len(plot.of) > 1:
        return [_rate_line(window, quantity) for quantity in plot.of]
    (quantity,) = plot.of
    last, low, high = _spelled(window, quantity)
    tone, _ = _LOOKS[quantity]
    return [
        ((f"{quantity:<11}", tone), (f"{last:>11}", "strong")),
        (("max        ", "muted"), (f"{high:>11}", "plain")),
        (("min        ", "muted"), (f"{low:>11}", "plain")),
    ]


def _rate_line(window: Window, quantity: Quantity) -> Line:
    tone, _ = _LOOKS[quantity]
    last, low, high = _spelled(window, quantity)
    return ((f"{quantity:<3}", tone), (f"{last:>6}/s", "strong"), (f"{f'{low}-{high}':>11}", "muted"))


def _spelled(window: Window, quantity: Quantity) -> tuple[str, str, str]:
    """Spell the last, the lowest and the highest value, each with the doubt that lies on it."""
    last = window.last[QUANTITIES.index(quantity)]
    bounds = _range(window, quantity)
    if quantity in _RATES:
        values = (last if last == last else None, *(bounds or (None, None)))
        return rate(values[0]), rate(values[1], 5), rate(values[2], 5)
    bits = 0
    if quantity == "lag":
        for at, kinds in zip(window.at_ms, window.kinds, strict=True):
            bits |= kinds if at >= window.start_ms else 0
    own = window.last_kind if quantity == "lag" else 0
    low, high = (_count(bounds[0], bits), _count(bounds[1], bits)) if bounds else ("?", "?")
    return _count(last, own), low, high


def _count(value: float, bits: int) -> str:
    if value != value:
        return "?"
    return count(Count(round(value), kind_word(bits)), 11)


def _numbers_alone(window: Window, plots: tuple[Plot, ...], cells: int) -> tuple[Line, ...]:
    """Return one line for each quantity, for a place too small to draw in."""
    lines: list[Line] = []
    for quantity in (quantity for plot in plots for quantity in plot.of):
        last, low, high = _spelled(window, quantity)
        tone, _ = _LOOKS[quantity]
        unit = "/s" if quantity in _RATES else ""
        text = fit(f"{last}{unit}  min {low}  max {high}", max(0, cells - 9))
        lines.append(((f" {quantity:<8}", tone), (text, "plain")))
    return tuple(lines)


def _axis(window: Window, across: int) -> Line:
    """Spell times of day under the plots, in UTC, by the server's clock."""
    many = max(2, min(5, across // (3 * _CLOCK) + 1))
    row = [" "] * across
    for place in range(many):
        at_ms = window.start_ms + (window.end_ms - window.start_ms) * place // (many - 1)
        centre = _cell(window, at_ms, across)
        start = min(max(0, centre - _CLOCK // 2), across - _CLOCK)
        row[start : start + _CLOCK] = clock(window.clock_ms(at_ms))
    return ((" " * (_SCALE + 1), "plain"), ("".join(row), "muted"))
