"""What the numbers were: ten minutes of every poll, and a day of minutes, for the rows that matter, as bare numbers.

All rows share one time axis, our monotonic clock in milliseconds: the server's clock may step, and is kept beside it
only to tell the time. A poll that failed leaves one gap, never the numbers before it.

The bound. At most MOST_ROWS rows are kept: declared ones first, then those with problems, then the busiest. A row is
one object and seven arrays: 49 bytes for each of at most MOST_SAMPLES samples (6 doubles and the kind of the lag), 97
bytes for each of at most MOST_MINUTES minutes (the lowest and the highest of each number, and the kinds), 72 for its
trend. At one poll a second that is at most 180 kB a row, at the fastest pace 300 kB: 60 MB for 200 rows, 4 MB for the
platform's 21. The axis adds at most 62 kB. A row that was gone for an hour is forgotten.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from maestro_tui.domain.frame import Frame
from maestro_tui.domain.names import Key
from maestro_tui.domain.rows import Row
from maestro_tui.domain.rules import Severity
from maestro_tui.domain.series import KIND_BITS, NAN, NOTHING, QUANTITIES, TREND_CELLS, kind_of, known, sample_of, trend

Span = Literal["10m", "24h"]

FULL_MS: Final = 600_000
DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000
# The fastest poll is four a second; what is asked for by hand in between replaces the sample before it.
RESOLUTION_MS: Final = 200
MOST_ROWS: Final = 200
FORGET_MS: Final = 3_600_000
# So many outdated samples are dropped at once, since dropping moves all the others.
_SLACK: Final = 60
MOST_SAMPLES: Final = FULL_MS // RESOLUTION_MS + _SLACK
MOST_MINUTES: Final = DAY_MS // MINUTE_MS + _SLACK
_PERIOD_MS: Final = FULL_MS // TREND_CELLS
# A pause this many times longer than the one before it, and than some seconds, is a gap: nobody looked.
_PAUSE_TIMES, _PAUSE_MS = 3, 5_000
_WIDTH: Final = len(QUANTITIES)
_LAG: Final = QUANTITIES.index("lag")
_UNKNOWN: Final = KIND_BITS["unknown"]
_GONE: Final = 9
# What stands for the server's time in a gap.
_NO_TIME: Final = -1


@dataclass(frozen=True, slots=True)
class Window:
    """A row's numbers over a span that ends at `end_ms`, when the server's clock showed `server_ms`.

    `low` and `high` hold one array for each quantity: the same where every poll is kept, the range of each minute where
    minutes are. Samples further apart than `join_ms` do not belong to one line. `last` is what was seen last.
    """

    at_ms: "array[int]"
    low: tuple["array[float]", ...]
    high: tuple["array[float]", ...]
    kinds: "array[int]"
    start_ms: int
    end_ms: int
    server_ms: int
    join_ms: int
    last: tuple[float, ...]
    last_kind: int

    def clock_ms(self, at_ms: int) -> int:
        """Return the server's time at a moment of our clock, by how the two stand at the window's end."""
        return self.server_ms - self.end_ms + at_ms


class _Track:
    """One row's numbers; `values` interleaves the quantities, as `lows` and `highs` of the minutes do."""

    __slots__ = ("highs", "kinds", "lows", "minute_kinds", "peaks", "rank", "seen", "seen_ms", "spelled", "values")

    def __init__(self, samples: int, minutes: int, rank: int, seen_ms: int) -> None:
        self.values = array("d", NOTHING * samples)
        self.kinds = array("B", bytes(samples))
        self.lows = array("d", NOTHING * minutes)
        self.highs = array("d", NOTHING * minutes)
        self.minute_kinds = array("B", bytes(minutes))
        self.peaks = array("d", (NAN,) * TREND_CELLS)
        self.seen = array("B", bytes(TREND_CELLS))
        self.spelled = ""
        self.rank = rank
        self.seen_ms = seen_ms

    def put(self, sample: tuple[float, ...], kind: int) -> None:
        """Fill the sample that was made last."""
        del self.values[-_WIDTH:]
        self.values.extend(sample)
        self.kinds[-1] = kind
        lag = sample[_LAG]
        if lag == lag:
            peak = self.peaks[-1]
            if not lag <= peak:
                self.peaks[-1] = lag
                self.spelled = ""
        if kind and not self.seen[-1]:
            self.seen[-1] = 1
            self.spelled = ""

    def ranges(self, start: int) -> tuple[list[float], list[float], int]:
        """Return the lowest and the highest of each quantity, and the kinds of lag, of the samples from `start` on."""
        lows, highs = [], []
        for place in range(_WIDTH):
            values = known(self.values[start * _WIDTH + place :: _WIDTH])
            lows.append(min(values, default=NAN))
            highs.append(max(values, default=NAN))
        bits = 0
        for kind in set(self.kinds[start:]):
            bits |= kind
        return lows, highs, bits

    def close_minute(self, start: int) -> None:
        """Roll up the samples from `start` on."""
        lows, highs, bits = self.ranges(start)
        self.lows.extend(lows)
        self.highs.extend(highs)
        self.minute_kinds.append(bits)

    def next_periods(self, many: int) -> None:
        """Begin so many periods of the trend."""
        many = min(many, TREND_CELLS)
        self.peaks = self.peaks[many:] + array("d", (NAN,) * many)
        self.seen = self.seen[many:] + array("B", bytes(many))
        self.spelled = ""


class History:
    """Remembers numbers of each row, one successful poll after another."""

    def __init__(self) -> None:
        self._mono = array("q")
        self._server = array("q")
        self._minutes = array("q")
        self._minute_start = 0
        self._tracks: dict[Key, _Track] = {}
        self._keys: list[Key] = []
        self._places: list[_Track | None] = []
        self._in_gap = True
        self._pause_ms = 0
        self._sorted_ms: int | None = None

    # What is added.

    def add(self, frame: Frame) -> None:
        """Remember a successful poll's numbers, at the moment of our clock when it was made."""
        mono_ms = max(frame.snapshot.monotonic_ms, self._mono[-1] if self._mono else 0)
        self._make_room(mono_ms, frame.snapshot.taken_at_ms)
        due = self._sorted_ms is None or mono_ms - self._sorted_ms >= MINUTE_MS
        if due or not self._same_rows(frame.rows):
            self._admit(frame, mono_ms)
            self._keys = [row.key for row in frame.rows]
            self._places = [self._tracks.get(key) for key in self._keys]
        for row, track in zip(frame.rows, self._places, strict=True):
            if track is not None:
                track.seen_ms = mono_ms
                track.put(sample_of(row), kind_of(row))

    def _same_rows(self, rows: tuple[Row, ...]) -> bool:
        """Whether these are the rows of the poll before, in its order: then nothing needs to be looked up."""
        same_many = len(rows) == len(self._keys)
        return same_many and all(row.key is key or row.key == key for row, key in zip(rows, self._keys, strict=True))

    def gap(self) -> None:
        """Note that a poll failed: the lines end here. Further failures make the gap no wider than it is."""
        if not self._in_gap and self._mono:
            self._append(self._mono[-1], _NO_TIME)
            self._in_gap = True

    def _make_room(self, mono_ms: int, server_ms: int) -> None:
        """Make room for a sample: a new one, or that of a poll a moment ago."""
        if not self._in_gap and self._same_moment(mono_ms):
            return
        if self._mono:
            self._advance(mono_ms)
        self._in_gap = False
        self._append(mono_ms, server_ms)
        self._trim(mono_ms)

    def _same_moment(self, mono_ms: int) -> bool:
        before_ms = self._mono[-1]
        near = mono_ms - before_ms < RESOLUTION_MS
        return near and all(before_ms // size == mono_ms // size for size in (MINUTE_MS, _PERIOD_MS))

    def _advance(self, mono_ms: int) -> None:
        """Close the minute and the period that are over; note a pause that is longer than the pace explains."""
        before_ms = self._mono[-1]
        pause_ms, self._pause_ms = self._pause_ms, mono_ms - before_ms
        if pause_ms and self._pause_ms > max(_PAUSE_MS, _PAUSE_TIMES * pause_ms):
            self.gap()
        periods = mono_ms // _PERIOD_MS - before_ms // _PERIOD_MS
        if periods > 0:
            for track in self._tracks.values():
                track.next_periods(periods)
        if mono_ms // MINUTE_MS > before_ms // MINUTE_MS:
            self._close_minute(before_ms // MINUTE_MS)

    def _append(self, mono_ms: int, server_ms: int) -> None:
        self._mono.append(mono_ms)
        self._server.append(server_ms)
        for track in self._tracks.values():
            track.values.extend(NOTHING)
            track.kinds.append(0)

    def _close_minute(self, minute: int) -> None:
        self._minutes.append(minute)
        for track in self._tracks.values():
            track.close_minute(self._minute_start)
        self._minute_start = len(self._mono)
        many = bisect_left(self._minutes, minute - DAY_MS // MINUTE_MS)
        if many >= _SLACK:
            del self._minutes[:many]
            for track in self._tracks.values():
                del track.lows[: many * _WIDTH], track.highs[: many * _WIDTH], track.minute_kinds[:many]

    def _trim(self, mono_ms: int) -> None:
        """Drop samples that are out of date, or more than may be."""
        many = bisect_left(self._mono, mono_ms - FULL_MS)
        if many < _SLACK:
            many = _SLACK if len(self._mono) > MOST_SAMPLES else 0
        if many:
            del self._mono[:many], self._server[:many]
            for track in self._tracks.values():
                del track.values[: many * _WIDTH], track.kinds[:many]
            self._minute_start = max(0, self._minute_start - many)

    # Which rows are kept.

    def _admit(self, frame: Frame, mono_ms: int) -> None:
        """Begin to remember rows that are new; where there are too many, look once a minute for those that matter."""
        full = len(self._tracks) >= MOST_ROWS
        if full and self._sorted_ms is not None and mono_ms - self._sorted_ms < MINUTE_MS:
            return
        self._sorted_ms = mono_ms
        self._forget(mono_ms)
        worst: dict[Key | None, Severity] = {}
        for finding in frame.findings:
            worst.setdefault(finding.key, finding.severity)
        new = []
        for row in frame.rows:
            track, rank = self._tracks.get(row.key), _rank(row, worst.get(row.key))
            if track is None:
                new.append((rank, -_busy(row), row))
            else:
                # It is here, as those are not that may make room first.
                track.rank, track.seen_ms = rank, mono_ms
        self._seat(sorted(new, key=lambda one: one[:2]), mono_ms)

    def _seat(self, new: Iterable[tuple[int, float, Row]], mono_ms: int) -> None:
        """Give rows their series, the most important first; one that matters less makes room for one that matters."""
        leaving = sorted(
            self._tracks,
            key=lambda key: _GONE if self._tracks[key].seen_ms < self._mono[-1] else self._tracks[key].rank,
        )
        for rank, _, row in new:
            if len(self._tracks) >= MOST_ROWS:
                victim = self._tracks[leaving[-1]] if leaving else None
                if victim is None or (victim.rank <= rank and victim.seen_ms >= mono_ms - MINUTE_MS):
                    return
                del self._tracks[leaving.pop()]
            self._tracks[row.key] = _Track(len(self._mono), len(self._minutes), rank, mono_ms)

    def _forget(self, mono_ms: int) -> None:
        for key in [key for key, track in self._tracks.items() if mono_ms - track.seen_ms > FORGET_MS]:
            del self._tracks[key]

    # What is told.

    @property
    def latest_ms(self) -> int | None:
        """The moment of the latest sample, by our monotonic clock; None before the first."""
        return self._mono[-1] if self._mono else None

    @property
    def rows(self) -> int:
        """How many rows are remembered."""
        return len(self._tracks)

    @property
    def octets(self) -> int:
        """The bytes of all numbers that are kept."""
        kept = [self._mono, self._server, self._minutes]
        octets = sum(one.itemsize * len(one) for one in kept)
        for track in self._tracks.values():
            octets += sum(8 * len(one) for one in (track.values, track.lows, track.highs, track.peaks))
            octets += len(track.kinds) + len(track.minute_kinds) + len(track.seen)
        return octets

    def trends(self, *, ascii_only: bool = False) -> dict[Key, str]:
        """Return the lag of the last ten minutes of each row, in eight cells; spelled again only where it changed."""
        told = {}
        for key, track in self._tracks.items():
            if not track.spelled:
                track.spelled = trend(track.peaks, track.seen, ascii_only=ascii_only)
            told[key] = track.spelled
        return told

    def window(self, key: Key, span: Span, until_ms: int) -> Window | None:
        """Return a row's numbers of the last ten minutes, or of the last day; None where nothing is remembered."""
        track = self._tracks.get(key)
        end = bisect_right(self._mono, until_ms)
        if track is None or not end:
            return None
        if self._server[end - 1] == _NO_TIME:
            # What was seen last was seen before the gap.
            end -= 1
        last = end - 1
        server_ms = self._server[last] + until_ms - self._mono[last]
        newest = tuple(track.values[last * _WIDTH : end * _WIDTH]), track.kinds[last]
        if span == "10m":
            start = bisect_left(self._mono, until_ms - FULL_MS, 0, end)
            values = track.values[start * _WIDTH : end * _WIDTH]
            split = tuple(values[place::_WIDTH] for place in range(_WIDTH))
            # What nobody looked at for longer than the pace is told by a gap of its own.
            return Window(
                self._mono[start:end], split, split, track.kinds[start:end], until_ms - FULL_MS, until_ms, server_ms,
                FULL_MS, *newest,
            )  # fmt: skip
        at_ms = array("q", (minute * MINUTE_MS + MINUTE_MS // 2 for minute in self._minutes))
        lows, highs, open_kinds = track.ranges(self._minute_start)
        at_ms.append(self._mono[-1])
        low, high = track.lows + array("d", lows), track.highs + array("d", highs)
        stop = bisect_right(at_ms, until_ms)
        return Window(
            at_ms[:stop],
            tuple(low[place : stop * _WIDTH : _WIDTH] for place in range(_WIDTH)),
            tuple(high[place : stop * _WIDTH : _WIDTH] for place in range(_WIDTH)),
            (track.minute_kinds + array("B", (open_kinds,)))[:stop],
            until_ms - DAY_MS, until_ms, server_ms, 3 * MINUTE_MS, *newest,
        )  # fmt: skip


def _rank(row: Row, severity: Severity | None) -> int:
    """Return how much a row matters: 0 the most."""
    if row.declared:
        return 0
    if row.state == "unused":
        return 4
    return {Severity.CRITICAL: 1, Severity.WARNING: 2}.get(severity, 3) if severity is not None else 3


def _busy(row: Row) -> float:
    return (row.rates.in_per_s or 0.0) + (0 if row.group is None else row.group.pending)
