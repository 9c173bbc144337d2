"""Places in a stream as they are typed, in a zone that is not UTC."""

import time
from collections.abc import Iterator
from datetime import datetime

import pytest

from maestro_tui.domain.names import EntryId
from maestro_tui.ui.moments import both_times, parse_place

NOW_MS = 1_795_356_202_000
"""2026-11-22T14:03:22Z."""


@pytest.fixture(autouse=True)
def _an_hour_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def utc(text: str) -> EntryId:
    return EntryId(round(datetime.fromisoformat(text + "+00:00").timestamp() * 1000))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("1795354642001-1", EntryId(1_795_354_642_001, 1)),
        (" 1795354642001 ", EntryId(1_795_354_642_001)),
        ("0", EntryId(0)),
        ("14:03", utc("2026-11-22T13:03:00")),
        ("14:03:05", utc("2026-11-22T13:03:05")),
        ("15:30", utc("2026-11-21T14:30:00")),
        ("14:00Z", utc("2026-11-22T14:00:00")),
        ("14:30z", utc("2026-11-21T14:30:00")),
        ("2026-11-22T13:37:22Z", utc("2026-11-22T13:37:22")),
        ("2026-11-22T13:37:22", utc("2026-11-22T12:37:22")),
        ("2026-11-22 13:37", utc("2026-11-22T12:37:00")),
        ("2026-07-01T12:00", utc("2026-07-01T10:00:00")),
        ("10m", EntryId(NOW_MS - 600_000)),
        ("1h30m", EntryId(NOW_MS - 5_400_000)),
    ],
)
def test_places(text: str, place: EntryId) -> None:
    assert parse_place(text, NOW_MS) == place


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "14:61", "2026-13-01", "1-2-3", "-5", "99999999999999999999999-0"]
)
def test_a_bad_place_is_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^'.*' is (no entry ID|not an entry ID)[^\n]*$"):
        parse_place(text, NOW_MS)


def test_before_1970_there_are_no_entries() -> None:
    with pytest.raises(ValueError, match="before 1970"):
        parse_place("1969-01-01T00:00:00Z", NOW_MS)


def test_an_instant_is_told_in_both_clocks() -> None:
    assert both_times(NOW_MS) == "2026-11-22T14:03:22.000Z (15:03:22 +0100 here)"
    assert both_times(10**20) == "9999-12-31T23:59:59.000Z"
