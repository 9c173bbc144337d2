"""Frames for the history's tests: the platform as it is, with numbers that a test chooses."""

from collections.abc import Iterable
from dataclasses import replace

from maestro_tui.domain.frame import EMPTY, Frame, derive
from maestro_tui.domain.limits import MAESTRO_LIMITS
from maestro_tui.domain.names import Name
from maestro_tui.domain.rates import Rates
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import UNKNOWN, Count, CountKind, Snapshot, exact
from maestro_tui.domain.topology import MAESTRO
from tests.domain.building import KEY, NOW, deserted, frame, group, node, stream

BASE = frame(stream(group(), length=10))
"""One row, under KEY."""


def numbered(
    at_ms: int, lag: float | None, *, kind: CountKind = "exact", server_ms: int | None = None, base: Frame = BASE
) -> Frame:
    """A frame of that moment of our clock whose row has this lag, ten entries more, and rates of a tenth and so on."""
    (row,) = base.rows
    counted = UNKNOWN if lag is None else Count(round(lag), kind)
    much = lag or 0.0
    made = replace(
        row,
        stream=replace(row.stream, length=round(much) + 10),
        lag=counted,
        rates=Rates(much / 10, much / 20, much / 40, 1_000),
    )
    return moved(replace(base, rows=(made,)), at_ms, server_ms)


def moved(made: Frame, at_ms: int, server_ms: int | None = None) -> Frame:
    """A frame at another moment."""
    server_ms = NOW + at_ms if server_ms is None else server_ms
    return replace(made, snapshot=replace(made.snapshot, mono_ms=at_ms, taken_at_ms=server_ms))


def many(names: Iterable[str], *, lag: int = 0) -> Frame:
    """A frame of so many undeclared streams with a group each, at 0."""
    made = frame(*(stream(group(name=Name.of("g")), name=Name.of(name)) for name in names))
    rows = tuple(replace(row, lag=exact(lag)) for row in made.rows if row.key != KEY)
    return moved(replace(made, rows=rows), 0)


def platform() -> Frame:
    """The platform: its four declared streams and one more, three groups on each, and six streams beside them."""
    base = "maestro:streams:"
    declared = [str(one.stream) for one in MAESTRO.declared]
    groups = [one.group for one in MAESTRO.declared if one.group is not None][:3]
    streams = [
        stream(*(deserted(name=name) for name in groups), name=Name.of(name), length=10)
        for name in (*declared, f"{base}automation:results")
    ]
    others = ("k8s:jobs", "k8s:results", "k8s:status", "templates:requests", "templates:results", "templates:usage")
    streams += [stream(group(name=Name.of("workers")), name=Name.of(base + name)) for name in others]
    return derive(EMPTY, Snapshot(NOW, (node(),), tuple(streams)), MAESTRO_LIMITS, MAESTRO)


def of_lag(row: Row, lag: int) -> Row:
    """A row with another lag, and a length and rates that go with it."""
    return replace(
        row,
        lag=exact(lag),
        stream=replace(row.stream, length=10 + lag),
        rates=Rates(lag / 10, lag / 20, lag / 40, 1_000),
    )
