"""What one poll shows of pending and unread entries, in every word; and where it shows nothing wrong."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from maestro_tui.domain.frame import derive
from maestro_tui.domain.names import ZERO, EntryId, Name
from maestro_tui.domain.rules import Severity
from maestro_tui.domain.snapshot import Stream
from maestro_tui.domain.topology import Topology
from tests.domain.building import (
    KEY,
    LIMITS,
    NOW,
    TOPOLOGY,
    ago,
    consumer,
    deserted,
    entry,
    frame,
    group,
    only,
    page,
    rules,
    snapshot,
    stream,
)

CRITICAL, WARNING = Severity.CRITICAL, Severity.WARNING


@dataclass(frozen=True)
class Case:
    """What must be found, in every word."""

    rule: str
    severity: Severity
    title: str
    evidence: str
    next_step: str
    press: str | None = None


def _case(made: Stream, *words: Any) -> Any:  # noqa: ANN401 - a row of the table
    return pytest.param(made, Case(*words), id=words[0] + " " + words[2])


LIVE = consumer(pending=2, inactive_ms=100)
SILENT = consumer(pending=1, idle_ms=720_000, inactive_ms=720_000)
WAITS = consumer(pending=1, idle_ms=100, inactive_ms=720_000)
TRIMMED = {"length": 10, "entries_added": 20}
POISONED = page(entry(900_000, 5_000, deliveries=7), entry(800_000, 5_000, deliveries=5, seq=1))
IN_HAND = entry(700_000, 100)
AFTER_TWO = ago(700_000)

GROUPS_FOUND = [
    _case(stream(group(SILENT, page=page(entry(900_000, 720_000)))), "silent", CRITICAL,
          "1 stuck; worker-1 silent 12m", "no worker is live", "start a worker, then R", "R"),
    _case(stream(group(SILENT, consumer("worker-2"), page=page(entry(900_000, 720_000)))), "silent", CRITICAL,
          "1 stuck; worker-1 silent 12m", "nobody who holds them is live", "check worker-1, then R", "R"),
    _case(stream(group(replace(SILENT, name=Name.of("worker-7d9f8b6c5-x2x4z")), consumer("worker-2"),
                       page=page(entry(900_000, 720_000)))), "silent", CRITICAL,
          "1 stuck; worker-7d9f8b6c5-x2x4z silent 12m", "nobody who holds them is live",
          "check the worker, then R", "R"),
    _case(stream(group(WAITS, page=page(entry(900_000, 720_000)))), "stuck", WARNING,
          "1 stuck", "oldest 15m old", "enter, R one first", "enter"),
    _case(stream(group(consumers=None, consumer_count=1, pending=1, page=page(entry(900_000, 720_000)))), "stuck",
          CRITICAL, "1 stuck", "who holds them is not told", "check the workers, then R", "R"),
    _case(stream(group(last_delivered=AFTER_TWO, entries_read=2), **TRIMMED), "unread_lost", CRITICAL,
          "~8 unread entries lost to trimming", f"delivered up to {AFTER_TWO}, trimmed up to {ago(600_000)}",
          "have the producers trim later; add workers"),
    _case(stream(group(last_delivered=AFTER_TWO, entries_read=9), **TRIMMED), "unread_lost", CRITICAL,
          "~1 unread entry lost to trimming", f"delivered up to {AFTER_TWO}, trimmed up to {ago(600_000)}",
          "have the producers trim later; add workers"),
    _case(stream(group(LIVE, page=POISONED)), "poison", WARNING,
          "2 poisoned entries, delivered 7 times", f"first {ago(900_000)} with worker-1",
          "read it (enter), then D", "enter"),
    _case(stream(group(LIVE, page=replace(POISONED, complete=False))), "poison", WARNING,
          ">=2 poisoned entries, delivered >=7 times", f"first {ago(900_000)} with worker-1",
          "read it (enter), then D", "enter"),
    _case(stream(group(LIVE, page=page(entry(900_000, 250_000), entry(500_000, 100)))), "ghosts", WARNING,
          "1 pending entry trimmed away", "lost work: the payload is gone; oldest 15m old",
          "x acks them; have the producers trim later", "x"),
    _case(stream(group(LIVE, page=page(entry(900_000, 250_000), entry(500_000, 100))), max_deleted_id=ago(1)),
          "ghosts", WARNING, ">=1 pending entries trimmed away", "lost work: the payload is gone; oldest 15m old",
          "x acks them; have the producers trim later", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "wanted"), GROUPS_FOUND)
def test_found_in_words_and_numbers(one: Stream, wanted: Case) -> None:
    made = frame(one)
    finding = only(made.findings, wanted.rule)
    assert Case(**{name: getattr(finding, name) for name in Case.__dataclass_fields__}) == wanted
    assert finding.key == KEY
    assert len(finding.title) <= 60


QUIET: list[tuple[str, Stream]] = [
    ("delivered four times", stream(group(LIVE, page=page(entry(9_000, 5_000, deliveries=4))))),
    ("trimmed once it was read", stream(group(last_delivered=ago(1_000), entries_read=20), **TRIMMED)),
    ("trimmed as far as it was read", stream(group(last_delivered=ago(5_000), entries_read=10), first_id=ago(4_000),
     **TRIMMED)),
    ("how much was read is not told", stream(group(last_delivered=ago(5_000), entries_read=None), first_id=ago(4_000),
     **TRIMMED)),
    ("entries were deleted, not trimmed", stream(group(last_delivered=ago(5_000), entries_read=2), first_id=ago(4_000),
     max_deleted_id=ago(4_500), **TRIMMED)),
    ("trimmed, but in hand", stream(group(consumer(pending=1), page=page(IN_HAND)))),
    ("trimmed, but in hand, one behind", stream(group(consumer(pending=2), page=page(IN_HAND, entry(9_000, 100))))),
]  # fmt: skip


@pytest.mark.parametrize("one", [case[1] for case in QUIET], ids=[case[0] for case in QUIET])
def test_nothing_is_found_where_nothing_is_wrong(one: Stream) -> None:
    assert frame(one).findings == ()


def test_a_group_nobody_reads_loses_nothing_to_trimming() -> None:
    undeclared = Topology((), discover="app:*")
    one = stream(deserted(last_delivered=AFTER_TWO, entries_read=2), **TRIMMED)
    assert frame(one, topology=undeclared).findings == ()
    assert "unread_lost" in rules(frame(one))


def test_all_that_is_pending_is_said_in_one_line() -> None:
    """`left_behind`, `silent` and `stuck` exclude one another."""
    for idle_ms, inactive_ms in ((100, 100), (100, 720_000), (720_000, 720_000)):
        holder = consumer(pending=2, idle_ms=idle_ms, inactive_ms=inactive_ms)
        for entry_idle in (720_000, 900_000):
            made = frame(stream(group(holder, page=page(entry(950_000, entry_idle), entry(940_000, entry_idle)))))
            found = [rule for rule in rules(made) if rule in ("left_behind", "silent", "stuck")]
            assert len(found) == 1, (idle_ms, inactive_ms, entry_idle)
            assert made.rows[0].state == "stuck"


def test_ghosts_follow_from_what_was_left_behind() -> None:
    made = frame(stream(group(LIVE, page=page(entry(900_000, 400_000), entry(500_000, 100)))))
    assert rules(made) == ["left_behind", "ghosts"]
    assert only(made.findings, "ghosts").because == ("left_behind", KEY)


def test_what_is_trimmed_unread_while_nobody_is_there_follows_from_that() -> None:
    gone = consumer(idle_ms=720_000, inactive_ms=720_000)
    made = frame(stream(group(gone, last_delivered=AFTER_TWO, entries_read=2), **TRIMMED))
    assert rules(made) == ["no_live", "unread_lost"]
    assert only(made.findings, "unread_lost").because == ("no_live", KEY)


def test_a_stream_that_was_emptied_unread_is_a_loss() -> None:
    none_left = {"length": 0, "first_id": None, "last_entry_id": None, "last_id": ago(1_000), "entries_added": 12}
    made = frame(stream(group(last_delivered=EntryId(5), entries_read=4), **none_left))
    assert only(made.findings, "unread_lost").title == "~8 unread entries lost to trimming"
    assert frame(stream(group(last_delivered=ZERO, entries_read=12), **none_left)).findings == ()


def test_how_many_were_lost_and_where_are_of_one_gap() -> None:
    """A second, smaller gap: the number of the first one does not stand beside the IDs of the second."""
    first = stream(group(last_delivered=AFTER_TWO, entries_read=2), **TRIMMED)
    later = stream(
        group(last_delivered=ago(400_000), entries_read=27), first_id=ago(300_000), length=10, entries_added=40
    )
    made = derive(frame(first), snapshot(replace(later, seen_at_ms=NOW + 9_000), at=NOW + 9_000), LIMITS, TOPOLOGY)
    told = only(made.findings, "unread_lost")
    assert told.title == "~8 unread entries lost to trimming"
    assert told.evidence == f"delivered up to {AFTER_TWO}, trimmed up to {ago(600_000)}"
