"""The table: each cell fits its column whatever the row, and the columns fit the screen."""

from dataclasses import replace

import pytest

from maestro_tui.domain.columns import (
    COLUMNS,
    Column,
    Labels,
    Shown,
    columns_at,
    drain_text,
    glyph,
    header,
    line,
    live_text,
)
from maestro_tui.domain.liveness import Live
from maestro_tui.domain.names import ZERO, EntryId, Key, Name
from maestro_tui.domain.pending import PendingCounts
from maestro_tui.domain.rates import Drain, DrainWord, Rates
from maestro_tui.domain.rows import Row, State
from maestro_tui.domain.rules import Severity
from maestro_tui.domain.snapshot import UNKNOWN, Count, CountKind, Stream
from maestro_tui.domain.text import width
from maestro_tui.domain.topology import MAESTRO, Topology
from tests.domain.building import (
    DEAD_JOBS,
    absent,
    ago,
    consumer,
    deserted,
    entry,
    frame,
    group,
    letters,
    page,
    row,
    stream,
)
from tests.domain.test_rows import STATES

SCREENS = (40, 80, 120, 160)
WANTED = {
    80: "stream state live pending stuck lag waiting drain",
    120: "stream group state live pending stuck age lag waiting in out drain",
    160: "stream group state live length pending stuck age lag waiting in out ack tries trend drain",
}
WORDS: tuple[DrainWord, ...] = ("draining", "stalled", "growing", "steady", "none", "unknown")
KINDS: tuple[CountKind, ...] = ("exact", "upper_bound", "lower_bound", "estimate")


def _row_of(count: Count, number: int, word: DrainWord) -> Row:
    """A row in which everything is as large as that."""
    plain = row(stream(group(pending=number, consumer_count=number), length=number))
    names = {Name.of(f"{place}"): place % 2 == 0 or None for place in range(min(number, 300))}
    return replace(
        plain,
        live=Live(names),
        pending=PendingCounts.all(count),
        lag=count,
        waiting_ms=number,
        oldest_age_ms=number,
        rates=Rates(float(number), float(number), float(number), 1_000),
        drain=Drain(word, float(number)),
    )


HUGE = [_row_of(Count(10**power, kind), 10**power, "draining") for power in range(0, 19, 3) for kind in KINDS]
ROWS = [
    *[frame(one).rows[0] for _, _, one in STATES],
    *[_row_of(UNKNOWN, 5, word) for word in WORDS],
    *HUGE,
    row(stream(deserted()), topology=Topology(())),
    row(absent()),
    row(letters()),
    row(letters(0)),
    row(letters(10**9, first_id=EntryId(1))),
]


@pytest.mark.parametrize("screen", [*SCREENS, *range(41, 200, 7), 300])
def test_the_columns_fit_the_screen(screen: int) -> None:
    columns = columns_at(screen)
    assert 1 + sum(cells + 1 for _, cells in columns) <= screen
    assert columns[0][1] >= 17


@pytest.mark.parametrize("screen", [80, 120, 160])
def test_the_columns_of_the_sizes_we_design_for(screen: int) -> None:
    columns = columns_at(screen)
    assert " ".join(column.id for column, _ in columns) == WANTED[screen]
    assert columns[0][1] >= 21


def test_a_wider_screen_never_shows_less() -> None:
    shown: set[str] = set()
    for screen in range(40, 200):
        now = {column.id for column, _ in columns_at(screen)}
        assert shown <= now
        shown = now


NUMBERS = [column for column in COLUMNS if column.id not in ("stream", "group")]


@pytest.mark.parametrize("one", NUMBERS, ids=[column.id for column in NUMBERS])
def test_every_cell_of_every_state_fits_its_column(one: Column) -> None:
    narrowest = min(cells for _, cells in one.widths)
    for made in ROWS:
        for severity in (None, *Severity):
            text = one.text(Shown(made, severity, Labels()))
            assert text
            assert width(text) <= narrowest, text


@pytest.mark.parametrize("screen", SCREENS)
def test_header_and_lines_are_aligned(screen: int) -> None:
    columns = columns_at(screen)
    wanted = sum(cells for _, cells in columns) + len(columns) - 1
    assert width(header(columns)) == wanted
    for made in ROWS:
        assert width(line(Shown(made, None, Labels()), columns)) == wanted
    evil = row(stream(name=Name("漢字".encode() * 40 + b"\x1b[2J\n")), topology=Topology(()))
    shown = line(Shown(evil, None, Labels()), columns)
    assert (width(shown), shown.isprintable()) == (wanted, True)


def test_the_line_of_an_incident() -> None:
    worker = consumer(pending=214, idle_ms=720_000, inactive_ms=720_000)
    seen = page(entry(1_560_000, 1_320_000), complete=False)
    one = stream(group(worker, last_delivered=ZERO, page=seen), length=667, first_id=ago(720_000))
    (made,) = frame(one).rows
    columns = columns_at(80)
    assert header(columns) == "STREAM                 STATE         LIVE   PEND  STUCK     LAG  WAIT    DRAIN"
    shown = line(Shown(made, Severity.CRITICAL, Labels("app:")), columns)
    assert shown == "jobs                   ✖ no live      0/1    214    214     667   12m        ?"


@pytest.mark.parametrize(
    ("total", "certain", "unsure", "text"),
    [
        (2, 2, 0, "2/2"),
        (1, 0, 1, "?/1"),
        (3, 1, 2, ">=1/3"),
        (99, 99, 0, "99/99"),
        (120, 110, 0, "110/…"),
        (30, 10, 20, ">=10"),
        (250, 200, 50, ">=200"),
        (999, 0, 999, "?/999"),
    ],
)
def test_the_live(total: int, certain: int, unsure: int, text: str) -> None:
    words: dict[Name, bool | None] = {Name.of(f"{number}"): False for number in range(total)}
    for number in range(certain + unsure):
        words[Name.of(f"{number}")] = True if number < certain else None
    made = replace(row(stream(group(consumer_count=total))), live=Live(words))
    assert live_text(made) == text


def test_the_live_of_consumers_nobody_told_us_of() -> None:
    made = row(stream(group(consumers=None, consumer_count=123_456)))
    assert live_text(made) == "?/.1M"
    assert live_text(row(stream())) == "-"


@pytest.mark.parametrize(
    ("state", "severity", "plain", "ascii_mark"),
    [
        ("stuck", Severity.CRITICAL, "✖", "x"),
        ("no group", Severity.WARNING, "▲", "!"),
        ("ok", Severity.INFO, "·", "."),
        ("ok", None, "●", "*"),
        ("idle", None, "○", "o"),
        ("stale", Severity.CRITICAL, "◌", "~"),
        ("unknown", Severity.CRITICAL, "?", "?"),
    ],
)
def test_a_state_has_a_mark(state: State, severity: Severity | None, plain: str, ascii_mark: str) -> None:
    assert glyph(state, severity) == plain
    assert glyph(state, severity, ascii_only=True) == ascii_mark


def test_the_platform_prefix_is_cut_and_the_rest_tells_the_streams_apart() -> None:
    made = frame(*(absent(name) for name in MAESTRO.streams), topology=MAESTRO)
    labels = Labels.of(made.rows)
    short = [str(name).removeprefix("maestro:streams:") for name in MAESTRO.streams]
    assert [labels.stream(one) for one in made.rows] == short
    assert labels.group(made.rows[0]) == "-"


@pytest.mark.parametrize("one", COLUMNS, ids=[column.id for column in COLUMNS])
def test_every_column_sorts_every_row_the_largest_first_and_the_unknown_last(one: Column) -> None:
    ordered = sorted(ROWS, key=one.sort)
    assert len(ordered) == len(ROWS)
    if one.id == "lag":
        values = [made.lag.value for made in ordered]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=True)
        assert values[len(known) :] == [None] * (len(values) - len(known))


def test_absent_and_unknown_are_not_zero() -> None:
    columns = columns_at(160)
    gone, unknown = row(absent()), row(Stream(Name.of("app:jobs"), "n", 0, exists=None))
    for made in (gone, unknown):
        cells = {column.id: column.text(Shown(made, None, Labels())) for column, _ in columns}
        assert {cells[name] for name in ("live", "pending", "stuck", "age", "lag", "waiting", "drain")} == {"-"}


def test_a_name_is_shortened_as_far_as_no_other_ends_so() -> None:
    names = [Name.of(name) for name in ("m:k8s:jobs", "m:automation:jobs", "m:automation:errors", "jobs")]
    labels = Labels.of(frame(*(absent(name) for name in names), topology=Topology(())).rows)
    assert [labels.shortest(name) for name in names] == ["k8s:jobs", "automation:jobs", "errors", "jobs"]


def test_without_a_column_for_it_the_group_of_several_is_told() -> None:
    made = row(stream(deserted()), topology=Topology(()))
    shown = Shown(made, None, Labels("app:", "app-"), among=True)
    assert line(shown, columns_at(80)).startswith("jobs workers ")
    assert line(shown, columns_at(120)).count("workers") == 1
    assert line(replace(shown, among=False), columns_at(80)).startswith("jobs  ")
    assert line(replace(shown, row=replace(made, declared=True)), columns_at(80)).startswith("jobs  ")


@pytest.mark.parametrize("state", ["unused", "idle"])
def test_what_nobody_reads_does_not_drain(state: State) -> None:
    made = replace(row(stream(deserted())), state=state, drain=Drain("stalled"))
    assert drain_text(made) == "-"


@pytest.mark.parametrize(
    ("one", "cells"),
    [
        (letters(3), {"state": "· dead", "age": "10m", "length": "3", "pending": "-", "lag": "-", "group": "-"}),
        (letters(0), {"state": "○ dead", "age": "-", "length": "0", "pending": "-", "lag": "-", "group": "-"}),
        (letters(3, first_id=EntryId(1)), {"state": "· dead", "age": "?", "length": "3"}),
    ],
)
def test_dead_letters_tell_their_number_and_their_age(one: Stream, cells: dict[str, str]) -> None:
    made = frame(one)
    (alone,) = [found for found in made.rows if found.key == Key(DEAD_JOBS)]
    shown = Shown(alone, made.severity(alone.key), Labels())
    assert {column.id: column.text(shown) for column in COLUMNS if column.id in cells} == cells
