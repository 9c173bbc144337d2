"""Lag: what the stream's ends settle is exact on every server; the rest carries its mark."""

from typing import Any

import pytest

from maestro_tui.domain.lag import lag_of, waiting_of
from maestro_tui.domain.names import ZERO, EntryId
from maestro_tui.domain.snapshot import UNKNOWN, Count, at_least, exact
from tests.domain.building import NOW, ago, group, stream

SERVERS = ("6.2", "7.0", "7.4", "8.2")
FIRST, MIDDLE, LAST = ago(600_000), ago(300_000), ago(0)


def _lag(server: str, delivered: EntryId, told: int | None, **changes: Any) -> Count:  # noqa: ANN401 - of Stream
    fields: dict[str, Any] = {"length": 100, "first_id": FIRST, "last_entry_id": LAST, "entries_added": 500, **changes}
    one = group(last_delivered=delivered, server_lag=None if server == "6.2" else told)
    return lag_of(stream(one, **fields), one)


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("told", [None, 0, 7, 100_000, -999])
@pytest.mark.parametrize(
    ("delivered", "changes", "right"),
    [
        (ZERO, {"length": 0, "first_id": None, "last_entry_id": None}, 0),
        (LAST, {"length": 0, "first_id": None, "last_entry_id": None}, 0),
        (LAST, {}, 0),
        (EntryId(NOW + 99), {}, 0),
        (ZERO, {}, 100),
        (ago(600_001), {}, 100),
        (FIRST, {}, 99),
        (FIRST, {"length": 1, "last_entry_id": FIRST}, 0),
    ],
)
def test_what_the_ends_settle_is_exact_whatever_the_server_tells(
    server: str, told: int | None, delivered: EntryId, changes: dict[str, Any], right: int
) -> None:
    assert _lag(server, delivered, told, **changes) == exact(right)


@pytest.mark.parametrize(
    ("server", "told", "added", "lag"),
    [
        # Also on 8.2, whose own count is right: one that 7.x got wrong is saved with the data.
        ("7.0", 40, 500, Count(40, "upper_bound")),
        ("7.4", 40, 500, Count(40, "upper_bound")),
        ("7.4", 40, 100, exact(40)),
        ("8.2", 40, 500, Count(40, "upper_bound")),
        ("8.2", 40, 100, exact(40)),
        ("7.4", 0, 500, Count(1, "upper_bound")),
        ("7.0", -999, 500, Count(1, "upper_bound")),
        ("7.4", 5_000, 500, Count(99, "upper_bound")),
        ("6.2", None, None, Count(50, "estimate")),
        ("7.4", None, 500, Count(50, "estimate")),
        ("8.2", None, 500, Count(50, "estimate")),
    ],
)
def test_between_the_ends_the_mark_says_how_far_the_server_is_trusted(
    server: str, told: int | None, added: int | None, lag: Count
) -> None:
    assert _lag(server, MIDDLE, told, entries_added=added) == lag


def test_without_ends_or_times_only_the_last_entry_is_certain() -> None:
    assert _lag("7.4", MIDDLE, 5, first_id=None) == UNKNOWN
    assert _lag("7.4", EntryId(5, 1), None, first_id=EntryId(5, 0), last_entry_id=EntryId(5, 9)) == at_least(1)


@pytest.mark.parametrize(
    ("delivered", "first_undelivered", "waiting"),
    [
        (LAST, None, None),
        (ZERO, None, 600_000),
        (FIRST, ago(500_000), 500_000),
        (MIDDLE, ago(299_000), 299_000),
        (MIDDLE, None, None),
        (MIDDLE, EntryId(7), None),
    ],
)
def test_waiting_is_the_age_of_the_first_undelivered_entry(
    delivered: EntryId, first_undelivered: EntryId | None, waiting: int | None
) -> None:
    one = group(last_delivered=delivered, first_undelivered=first_undelivered, server_lag=40)
    seen = stream(one, length=100, first_id=FIRST, last_entry_id=LAST)
    assert waiting_of(seen, one, lag_of(seen, one), NOW) == waiting
