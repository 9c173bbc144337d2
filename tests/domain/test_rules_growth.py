"""Rules about streams that only grow: never trimmed, or dead letters that are being added."""

from dataclasses import replace

import pytest

from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.limits import Limits, StreamLimits
from maestro_tui.domain.names import EntryId
from maestro_tui.domain.ours import NOTHING, Ours
from maestro_tui.domain.rising import Rising
from maestro_tui.domain.rules import Finding, Severity
from maestro_tui.domain.snapshot import Memory, Node, Stream
from maestro_tui.domain.topology import Topology
from tests.domain.building import (
    DENIED,
    JOBS,
    LIMITS,
    NOW,
    TOPOLOGY,
    ago,
    group,
    letters,
    node,
    only,
    rules,
    snapshot,
    spoiled,
    stream,
)

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
HEALTHY = stream(group())
GIB = 1 << 30


def _then(
    past: Frame | None,
    second: float,
    *streams: Stream,
    at: Node | None = None,
    limits: Limits = LIMITS,
    topology: Topology = TOPOLOGY,
    ours: Ours = NOTHING,
) -> Frame:
    """Return the frame of a poll at that second."""
    ms = NOW + round(second * 1_000)
    seen = [replace(one, seen_at_ms=ms) for one in streams]
    taken = snapshot(*seen, nodes=(at or node(),), at=ms)
    return derive(past, replace(taken, mono_ms=round(second * 1_000)), limits, topology, ours=ours)


def _told(finding: Finding) -> tuple[Severity, str, str, str]:
    return finding.severity, finding.title, finding.evidence, finding.next_step


def _because(made: Frame) -> list[tuple[str, str | None]]:
    return [(one.rule, None if one.because is None else one.because[0]) for one in made.findings]


SMALL = replace(LIMITS, default=replace(LIMITS.default, untrimmed=10))


def _grown(used: float | None, *seconds_and_added: tuple[float, int], limit: int = 2 * GIB) -> list[Frame]:
    at = node(memory=Memory(None if used is None else round(used * 2 * GIB), limit, "noeviction", 0))
    made: list[Frame] = []
    for second, added in seconds_and_added:
        last = EntryId(NOW + round(second * 1_000))
        one = stream(group(last_delivered=last), length=added, entries_added=added, last_id=last, last_entry_id=last)
        made.append(_then(made[-1] if made else None, second, one, at=at, limits=SMALL))
    return made


@pytest.mark.parametrize(
    ("used", "limit", "severity", "told"),
    [
        (0.5, 2 * GIB, INFO, "memory 50% full"),
        (0.70, 2 * GIB, WARNING, "memory 70% full"),
        (0.9, 0, INFO, "memory has no limit"),
    ],
)
def test_nobody_trims_and_it_grows(used: float, limit: int, severity: Severity, told: str) -> None:
    used = 0.701 if used == 0.70 else used
    looks = _grown(used, (0, 8), (1, 9), (2, 10), (4, 12), limit=limit)
    assert [rules(one) for one in looks[:2]] == [[], []]
    assert only(looks[2].findings, "growing").title == "10 entries, none ever trimmed"
    found = only(looks[3].findings, "growing")
    assert _told(found) == (
        severity,
        "12 entries, none ever trimmed",
        f"3,600 more an hour; {told}",
        "producers should add with MAXLEN ~",
    )


def test_growth_around_the_threshold_of_memory_is_one_warning() -> None:
    past, severities = None, []
    for second, share in enumerate((0.69, 0.71, 0.66, 0.71, 0.64, 0.69)):
        at = node(memory=Memory(round(share * 2 * GIB), 2 * GIB, "noeviction", 0))
        past = _then(past, second, HEALTHY, at=at, limits=SMALL)
        severities.append(only(past.findings, "growing").severity)
    assert severities == [INFO, WARNING, WARNING, WARNING, INFO, INFO]


@pytest.mark.parametrize(
    "one",
    [
        stream(group(), length=9, entries_added=9),
        stream(group(), length=10, entries_added=12),
        stream(group(), length=1_000, entries_added=1_011, max_deleted_id=ago(5)),
        stream(group(), last_entry_id=ago(600_000)),
        letters(500),
    ],
    ids=["short", "trimmed", "deleted from", "no entry for ten minutes", "dead letters"],
)
def test_nothing_grows_here(one: Stream) -> None:
    assert "growing" not in rules(_then(None, 0, one, limits=SMALL))


def test_a_few_deleted_by_hand_do_not_keep_a_stream_short() -> None:
    one = stream(group(), length=1_000, entries_added=1_010, max_deleted_id=ago(5))
    assert only(_then(None, 0, one, limits=SMALL).findings, "growing").title == "1,000 entries, only 10 ever removed"
    old = stream(group(entries_read=None), entries_added=None, max_deleted_id=None)
    assert only(_then(None, 0, old, limits=SMALL).findings, "growing").title == "10 entries, still growing"


def test_a_capped_stream_is_seen_to_be_one() -> None:
    """Redis 6.2 does not count: entries come, and it does not get longer."""
    old = stream(group(entries_read=None), entries_added=None, max_deleted_id=None)
    past = _then(None, 0, old, limits=SMALL)
    later = _then(past, 1, replace(old, last_id=ago(0), last_entry_id=ago(0)), limits=SMALL)
    # What was told lingers for a minute.
    assert rules(later) == ["growing"]
    assert rules(_then(later, 61, replace(old, last_id=ago(-60_000), last_entry_id=ago(-60_000)), limits=SMALL)) == []


def test_each_stream_has_its_own_length_from_which_it_is_told() -> None:
    limits = replace(SMALL, by_stream={JOBS: StreamLimits(untrimmed=11)})
    assert rules(_then(None, 0, HEALTHY, limits=limits)) == []


def test_dead_letters_that_are_being_added() -> None:
    past = _then(None, 1, HEALTHY, letters(10))
    assert rules(past) == ["dead_letters"]
    made = _then(past, 2, HEALTHY, letters(13))
    told = (WARNING, "3 dead letters added", "13 in all, the newest 3s old", "enter to see what fails")
    assert _told(only(made.findings, "dead_growing")) == told
    assert _because(made) == [("dead_growing", None), ("dead_letters", "dead_growing")]
    made = _then(made, 30, HEALTHY, letters(14))
    # Redriven meanwhile: fewer are there, and as many were added.
    made = _then(made, 31, HEALTHY, replace(letters(2), entries_added=14))
    found = only(made.findings, "dead_growing")
    assert (found.title, found.since_ms) == ("4 dead letters added", NOW + 2_000)
    assert found.evidence.startswith("2 in all")
    assert "dead_growing" in rules(_then(made, 89, HEALTHY, letters(14)))
    calm = _then(made, 90, HEALTHY, letters(14))
    assert rules(calm) == ["dead_letters"]
    # What cannot be read has added nothing, and is not forgotten.
    unread = _then(calm, 91, HEALTHY, spoiled(DENIED, letters().name))
    assert only(_then(unread, 92, HEALTHY, letters(15)).findings, "dead_growing").title == "1 dead letter added"


def test_where_additions_are_not_counted_the_number_is_a_bound() -> None:
    def old(length: int) -> Stream:
        return replace(letters(length), entries_added=None, max_deleted_id=None)

    made = _then(_then(None, 1, HEALTHY, old(10)), 2, HEALTHY, old(12))
    assert only(made.findings, "dead_growing").title == ">=2 dead letters added"


def test_what_we_add_ourselves_does_not_count() -> None:
    """The part of a rise that is ours is taken off, whatever else came with it."""
    calm = Rising(10, 10)
    assert (calm.then(15, 1_000, ours=5).risen, calm.then(15, 1_000, ours=5).now_at) == (0, 15)
    assert calm.then(17, 1_000, ours=5).risen == 2
    risen = calm.then(12, 1_000)
    assert (risen.then(17, 2_000, ours=5).risen, risen.then(17, 2_000, ours=5).rose_ms) == (2, 1_000)
    assert risen.then(18, 2_000, ours=5).risen == 3
    assert risen.then(0, 2_000).risen == 0


def test_what_we_set_aside_ourselves_is_no_alarm() -> None:
    """Neither when it is known how many these were, nor when it is not."""
    dead = letters().name
    past = _then(None, 1, HEALTHY, letters(10))
    for ours in (Ours(copied={dead: 3}), Ours(copied={dead: 2}).unsettled()):
        made = _then(past, 2, HEALTHY, letters(13), ours=ours)
        assert rules(made) == ["dead_letters"]
        assert only(_then(made, 3, HEALTHY, letters(14)).findings, "dead_growing").title == "1 dead letter added"
    made = _then(past, 2, HEALTHY, letters(13), ours=Ours(copied={dead: 1}))
    assert only(made.findings, "dead_growing").title == "2 dead letters added"
