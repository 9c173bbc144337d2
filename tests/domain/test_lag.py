"""Lag: exact where the stream's ends settle it or entries were counted; the rest carries its mark."""

from typing import Any

import pytest

from maestro_tui.domain.lag import after, lag_of, lost_of, waiting_of
from maestro_tui.domain.names import ZERO, EntryId
from maestro_tui.domain.snapshot import UNKNOWN, Count, Look, at_least, exact
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
        # Also where nothing ever left: a wrong ENTRIESREAD makes any count wrong, too high or too low.
        ("7.0", 40, 500, Count(40, "estimate")),
        ("7.4", 40, 100, Count(40, "estimate")),
        ("8.2", 40, 100, Count(40, "estimate")),
        # The first entry was delivered: not all can wait. The last was not: some do.
        ("7.4", 5_000, 500, Count(99, "upper_bound")),
        ("7.4", 0, 500, Count(50, "estimate")),
        ("7.0", -999, 500, Count(50, "estimate")),
        ("6.2", None, None, Count(50, "estimate")),
        ("7.4", None, 500, Count(50, "estimate")),
        ("8.2", None, 500, Count(50, "estimate")),
    ],
)
def test_between_the_ends_what_nobody_counted_is_an_estimate(
    server: str, told: int | None, added: int | None, lag: Count
) -> None:
    assert _lag(server, MIDDLE, told, entries_added=added) == lag


@pytest.mark.parametrize(
    ("looks", "told", "lag"),
    [
        ({"ahead": Look(14, complete=True)}, 99, exact(14)),
        ({"ahead": Look(0, complete=True)}, 99, exact(0)),
        ({"behind": Look(14, complete=True)}, 5, exact(286)),
        ({"ahead": Look(100, complete=False)}, 150, Count(150, "estimate")),
        # The server claims less than was seen, or more than is there.
        ({"ahead": Look(100, complete=False)}, 99, Count(150, "estimate")),
        ({"ahead": Look(200, complete=False)}, None, Count(200, "estimate")),
        ({"behind": Look(100, complete=False)}, 250, Count(200, "upper_bound")),
        ({"behind": Look(200, complete=False)}, None, Count(100, "estimate")),
        ({"behind": Look(299, complete=False)}, None, exact(1)),
        ({"ahead": Look(200, complete=False), "behind": Look(100, complete=False)}, 7, exact(200)),
    ],
)
def test_looks_settle_a_lag_or_bound_it(looks: dict[str, Look], told: int | None, lag: Count) -> None:
    one = group(last_delivered=MIDDLE, server_lag=told, **looks)
    assert lag_of(stream(one, length=300, first_id=FIRST, last_entry_id=LAST), one) == lag


def test_without_ends_or_times_only_the_last_entry_is_certain() -> None:
    assert _lag("7.4", MIDDLE, 5, first_id=None) == UNKNOWN
    assert _lag("7.4", EntryId(5, 1), None, first_id=EntryId(5, 0), last_entry_id=EntryId(5, 9)) == at_least(1)


def test_the_entries_after_any_position_are_told_without_the_groups_looks() -> None:
    one = group(last_delivered=MIDDLE, ahead=Look(4, complete=True))
    whole = stream(one, length=100, first_id=FIRST, last_entry_id=LAST)
    assert after(whole, FIRST) == exact(99)
    assert after(whole, ago(150_000)) == Count(25, "estimate")


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


@pytest.mark.parametrize(
    ("delivered", "read", "changes", "lost"),
    [
        # Nothing is missing in front of the group: it stands at or after the first entry, or at the very end.
        (FIRST, 5, {}, exact(0)),
        (MIDDLE, 5, {}, exact(0)),
        (LAST, None, {"length": 0, "first_id": None, "last_entry_id": None}, exact(0)),
        (ago(700_000), None, {"entries_added": 100}, exact(0)),
        # The group's own counter: right unless somebody gave a wrong one, or an old server lost track.
        (ago(700_000), 150, {}, Count(250, "estimate")),
        (ZERO, 400, {}, Count(0, "estimate")),
        # A counter above all that ever left is no counter.
        (ago(700_000), 401, {}, Count(400, "upper_bound")),
        (ago(700_000), None, {}, Count(400, "upper_bound")),
        (ago(700_000), None, {"length": 0, "first_id": None, "last_entry_id": None}, Count(500, "upper_bound")),
        (ago(700_000), None, {"entries_added": None}, UNKNOWN),
        (ago(700_000), None, {"entries_added": 7}, UNKNOWN),
    ],
)
def test_unread_entries_lost_to_trimming(
    delivered: EntryId, read: int | None, changes: dict[str, Any], lost: Count
) -> None:
    fields: dict[str, Any] = {"length": 100, "first_id": FIRST, "last_entry_id": LAST, "entries_added": 500, **changes}
    one = group(last_delivered=delivered, entries_read=read)
    assert lost_of(stream(one, last_id=LAST, **fields), one) == lost
