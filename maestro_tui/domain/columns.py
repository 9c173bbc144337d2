"""The columns of the overview: the table on the screen and on stdout are one thing.

A column knows its width, from which screen width it is shown, how a row's cell is spelled and what it sorts by.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from maestro_tui.domain.names import Name, common_prefix
from maestro_tui.domain.quantities import MARKS, count, duration, rate, si
from maestro_tui.domain.rows import Row, State
from maestro_tui.domain.rules.finding import Severity
from maestro_tui.domain.snapshot import Count, exact
from maestro_tui.domain.text import ELLIPSIS, clip_middle, fit

GLYPHS = {
    Severity.CRITICAL: "✖",
    Severity.WARNING: "▲",
    Severity.INFO: "·",
}
ASCII_GLYPHS = {Severity.CRITICAL: "x", Severity.WARNING: "!", Severity.INFO: "."}
_QUIET_GLYPHS: dict[State, tuple[str, str]] = {
    "ok": ("●", "*"),
    "unknown": ("?", "?"),
    "denied": ("?", "?"),
    "stale": ("◌", "~"),
}
_OTHER_GLYPH = ("○", "o")
_WIDEST_STREAM = 40


@dataclass(frozen=True, slots=True)
class Labels:
    """How names are shortened: the prefixes that all of them share are cut."""

    stream_prefix: str = ""
    group_prefix: str = ""
    endings: Mapping[Name, str] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, rows: tuple[Row, ...]) -> "Labels":
        """Find the shared prefixes of what is shown."""
        streams = common_prefix(sorted({str(row.key.stream) for row in rows}))
        groups = common_prefix(sorted({str(row.key.group) for row in rows if row.key.group is not None}))
        return cls(_keep_a_part(streams, rows), groups, _unique_endings({row.key.stream for row in rows}))

    def stream(self, row: Row) -> str:
        """Return a stream's short name."""
        return str(row.key.stream).removeprefix(self.stream_prefix)

    def shortest(self, stream: Name) -> str:
        """Return the last parts of a stream's name that no other stream of the frame ends with."""
        short = str(stream).removeprefix(self.stream_prefix)
        ending = self.endings.get(stream, short)
        return ending if len(ending) < len(short) else short

    def group(self, row: Row) -> str:
        """Return a group's short name, `-` where there is none."""
        return "-" if row.group is None else str(row.group.name).removeprefix(self.group_prefix)


def _unique_endings(streams: Iterable[Name]) -> dict[Name, str]:
    """Find the shortest ending of each name, in whole parts, that it shares with no other."""
    endings = {name: tuple(_endings(str(name))) for name in streams}
    users = Counter(ending for of_one in endings.values() for ending in of_one)
    return {
        name: next((ending for ending in of_one if users[ending] == 1), str(name)) for name, of_one in endings.items()
    }


def _endings(name: str) -> Iterator[str]:
    """Return the last part of a name, the last two, and so on."""
    parts = name.split(":")
    return (":".join(parts[start:]) for start in range(len(parts) - 1, -1, -1) if parts[start])


def _keep_a_part(prefix: str, rows: tuple[Row, ...]) -> str:
    """Keep the last part of the platform's own prefix (`automation:healing` says more than `healing`)."""
    base = "maestro:streams:"
    return base if prefix.startswith(base) and all(str(row.key.stream).startswith(base) for row in rows) else prefix


@dataclass(frozen=True, slots=True)
class Shown:
    """A row with what spelling it needs: the worst that was found about it, and how names are shortened.

    `among`: more rows of the same stream are listed, so that the stream alone does not tell which one this is.
    `trend` is the lag of the last minutes as blocks, out of the history that a frame does not carry.
    """

    row: Row
    severity: Severity | None
    labels: Labels
    ascii: bool = False
    among: bool = False
    trend: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `widths` are (screen width from which it holds, cells), widest first.

    `lasting` columns say something after one or two polls already; the others need a face that stays open.
    """

    id: str
    title: str
    widths: tuple[tuple[int, int], ...]
    text: Callable[[Shown], str]
    sort: Callable[[Row], tuple[int, float, str]]
    right: bool = True
    lasting: bool = True

    def width_at(self, screen: int) -> int:
        """Return the cells this column takes on a screen that wide; 0 leaves it out."""
        return next((cells for since, cells in self.widths if screen >= since), 0)


def glyph(state: State, severity: Severity | None, *, ascii_only: bool = False) -> str:
    """Return the mark of a state: the worst finding's, or that of a quiet state."""
    if severity is not None and state not in ("stale", "unknown"):
        return (ASCII_GLYPHS if ascii_only else GLYPHS)[severity]
    return _QUIET_GLYPHS.get(state, _OTHER_GLYPH)[ascii_only]


def live_text(row: Row) -> str:
    """Spell live consumers of all, in five cells: `2/2`, `?/1`, `>=1/3`; `120/…` where all does not fit."""
    if row.group is None:
        return "-"
    total, certain = row.group.consumer_count, row.live.certain
    if not row.live.known or (row.live.unsure and not certain):
        return f"?/{si(total, 3)}"
    mark = ">=" if row.live.unsure else ""
    for text in (f"{mark}{certain}/{total}", f"{mark}{certain}/{ELLIPSIS}"):
        if len(text) <= 5:
            return text
    return mark + si(certain, 5 - len(mark))


def drain_text(row: Row) -> str:
    """Spell what becomes of the lag: a duration, `stalled`, `growing`, `steady`, `-` for nothing to drain."""
    if row.group is None or row.drain.word == "none" or row.state in ("unused", "idle"):
        return "-"
    if row.drain.word == "draining":
        return MARKS[row.lag.kind] + duration(round((row.drain.seconds or 0.0) * 1000))
    return "?" if row.drain.word == "unknown" else row.drain.word


def waiting_text(row: Row) -> str:
    """Spell the age of the first undelivered entry; `-` where none waits."""
    if row.group is None or row.lag == exact(0):
        return "-"
    return duration(row.waiting_ms)


def _if_group(row: Row, spelled: str) -> str:
    return "-" if row.group is None else spelled


def _age(row: Row) -> str:
    counted = row.stream.length if row.state == "dead" else 0 if row.group is None else row.group.pending
    return duration(row.oldest_age_ms) if counted else "-"


def _length(row: Row) -> str:
    if row.stream.exists is False:
        return "-"
    return si(row.stream.length, 8) if row.stream.exists and row.stream.trouble is None else "?"


def _in_rate(row: Row) -> str:
    return rate(row.rates.in_per_s) if row.stream.exists else "-"


def _sick_first(row: Row) -> tuple[int, float, str]:
    return (0, 0.0, str(row.key))


def _number(value: float | None) -> tuple[int, float, str]:
    """Sort by a number, largest first; unknown ones last."""
    return (1, 0.0, "") if value is None else (0, -float(value), "")


def _counted(value: Count) -> tuple[int, float, str]:
    return _number(value.value)


COLUMNS: tuple[Column, ...] = (
    Column("stream", "STREAM", ((80, 21), (0, 17)), lambda s: s.labels.stream(s.row), _sick_first, right=False),
    Column("group", "GROUP", ((160, 26), (120, 18)), lambda s: s.labels.group(s.row), _sick_first, right=False),
    Column(
        "state",
        "STATE",
        ((0, 12),),
        lambda s: f"{glyph(s.row.state, s.severity, ascii_only=s.ascii)} {s.row.state}",
        lambda r: (0, 0.0, r.state),
        right=False,
    ),
    Column("live", "LIVE", ((54, 5),), lambda s: live_text(s.row), lambda r: _number(r.live.certain)),
    Column(
        "length",
        "LENGTH",
        ((160, 8),),
        lambda s: _length(s.row),
        lambda r: _number(r.stream.length if r.stream.exists else None),
    ),
    Column(
        "pending",
        "PEND",
        ((48, 6),),
        lambda s: "-" if s.row.group is None else si(s.row.group.pending, 6),
        lambda r: _number(None if r.group is None else r.group.pending),
    ),
    Column(
        "stuck",
        "STUCK",
        ((68, 6),),
        lambda s: _if_group(s.row, count(s.row.pending.stuck, 6)),
        lambda r: _counted(r.pending.stuck),
    ),
    Column("age", "AGE", ((120, 5),), lambda s: _age(s.row), lambda r: _number(r.oldest_age_ms)),
    Column("lag", "LAG", ((0, 7),), lambda s: _if_group(s.row, count(s.row.lag, 7)), lambda r: _counted(r.lag)),
    Column("waiting", "WAIT", ((60, 5),), lambda s: waiting_text(s.row), lambda r: _number(r.waiting_ms)),
    Column("in", "IN/s", ((120, 6),), lambda s: _in_rate(s.row), lambda r: _number(r.rates.in_per_s)),
    Column(
        "out",
        "OUT/s",
        ((120, 6),),
        lambda s: _if_group(s.row, rate(s.row.rates.out_per_s)),
        lambda r: _number(r.rates.out_per_s),
    ),
    Column(
        "ack",
        "ACK/s",
        ((160, 6),),
        lambda s: _if_group(s.row, rate(s.row.rates.ack_per_s)),
        lambda r: _number(r.rates.ack_per_s),
    ),
    Column(
        "tries",
        "TRIES",
        ((160, 5),),
        lambda s: "-" if s.row.group is None or not s.row.group.pending else count(s.row.pending.most_deliveries, 5),
        lambda r: _counted(r.pending.most_deliveries),
    ),
    Column(
        "trend",
        "TREND",
        ((160, 8),),
        lambda s: _if_group(s.row, s.trend or "?"),
        lambda r: _counted(r.lag),
        right=False,
        lasting=False,
    ),
    Column("drain", "DRAIN", ((80, 8),), lambda s: drain_text(s.row), lambda r: _number(r.drain.seconds)),
)


@lru_cache(maxsize=64)
def columns_at(screen: int, *, lasting_only: bool = False) -> tuple[tuple[Column, int], ...]:
    """Return the columns that fit a screen of that width, with their cells; on paper only the lasting ones.

    What is left over widens the stream's column, since a name cut short may be mistaken for another.
    """
    kept = [column for column in COLUMNS if column.lasting or not lasting_only]
    shown = [(column, column.width_at(screen)) for column in kept if column.width_at(screen)]
    spare = screen - 1 - sum(cells + 1 for _, cells in shown)
    head, cells = shown[0]
    return ((head, max(8, min(cells + spare, max(cells, _WIDEST_STREAM)))), *shown[1:])


def line(shown: Shown, columns: tuple[tuple[Column, int], ...]) -> str:
    """Spell one row as text, columns one space apart."""
    parts = []
    grouped = any(column.id == "group" for column, _ in columns)
    for column, width in columns:
        text = column.text(shown)
        if column.id == "stream" and shown.among and not grouped and not shown.row.declared:
            text = f"{shown.labels.shortest(shown.row.key.stream)} {shown.labels.group(shown.row)}"
        text = clip_middle(text, width) if column.id in ("stream", "group") else text
        parts.append(fit(text, width, right=column.right))
    return " ".join(parts)


def header(columns: tuple[tuple[Column, int], ...]) -> str:
    """Spell the titles."""
    return " ".join(fit(column.title, width, right=column.right) for column, width in columns)
