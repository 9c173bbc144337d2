"""Rules about streams as wholes: lost all at once or one by one, replaced, growing, dead letters being added."""

from dataclasses import replace

import pytest

from maestro_tui.domain.drift import drift
from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.plans.init import plan_init
from maestro_tui.domain.rules import Finding, Severity
from maestro_tui.domain.snapshot import Memory, Node, Stream
from maestro_tui.domain.topology import Declared, Topology
from tests.domain.building import (
    DENIED,
    JOBS,
    KEY,
    LIMITS,
    NOW,
    TOPOLOGY,
    WORKERS,
    absent,
    ago,
    frame,
    group,
    node,
    only,
    rules,
    snapshot,
    spoiled,
    stream,
)

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
NAMES = tuple(Name.of(f"app:{letter}") for letter in "abc")
THREE = Topology(tuple(Declared(str(name), name, WORKERS) for name in NAMES))
HEALTHY = stream(group())
GIB = 1 << 30
ADDS = "the first entry added creates it"


def _then(
    past: Frame | None,
    second: float,
    *streams: Stream,
    at: Node | None = None,
    limits: Limits = LIMITS,
    topology: Topology = TOPOLOGY,
) -> Frame:
    """Return the frame of a poll at that second."""
    ms = NOW + round(second * 1_000)
    seen = [replace(one, seen_at_ms=ms) for one in streams]
    taken = snapshot(*seen, nodes=(at or node(),), at=ms)
    return derive(past, replace(taken, mono_ms=round(second * 1_000)), limits, topology)


def _told(finding: Finding) -> tuple[Severity, str, str, str]:
    return finding.severity, finding.title, finding.evidence, finding.next_step


def _because(made: Frame) -> list[tuple[str, str | None]]:
    return [(one.rule, None if one.because is None else one.because[0]) for one in made.findings]


def _all(made: Stream) -> list[Stream]:
    return [replace(made, name=name) for name in NAMES]


def _evicted(keys: int, **changes: object) -> Node:
    return replace(node(memory=Memory(1, 2 * GIB, "allkeys-lru", keys)), **changes)  # type: ignore[arg-type]


GONE, ANEW = absent(), stream(length=2, entries_added=2)
"""Gone; and there again by a producer that added two entries, without groups."""


# -- emptied


@pytest.mark.parametrize(
    ("at", "evidence", "because"),
    [
        (node(keys=0), "flushed (FLUSHALL, FLUSHDB) or deleted; db 0 has 0 keys now", None),
        (node(keys=None), "flushed (FLUSHALL, FLUSHDB) or deleted", None),
        # Others are there still: no flush leaves a thousand keys.
        (node(keys=1_000), "flushed (FLUSHALL, FLUSHDB) or deleted; db 0 has 1,000 keys now", None),
        (node(keys=2, run_id="r2"), "a restart without its data, or another server; db 0 has 2 keys now", "restarted"),
        (_evicted(5), "5 keys evicted meanwhile; db 0 has 1 key now", "evicting"),
    ],
)
def test_all_at_once_is_one_cause(at: Node, evidence: str, because: str | None) -> None:
    past = _then(None, 1, *_all(HEALTHY), topology=THREE, at=_evicted(0))
    made = _then(past, 2, *_all(GONE), topology=THREE, at=at)
    title = "all 3 streams vanished at once, 30 entries"
    assert _told(only(made.findings, "emptied")) == (CRITICAL, title, evidence, "i creates them; restore what was lost")
    first = because or "emptied"
    assert [one for one in _because(made) if one[0] != first][0 if because is None else 1 :] == (
        [("no_stream", because or "emptied")] * 3
    )
    assert made.findings[0].rule == first
    assert made.findings[0].severity is CRITICAL


def test_what_producers_made_anew_at_once_is_part_of_it_and_it_ends_when_the_last_is_mended() -> None:
    a, b, c = NAMES
    past = _then(None, 1, *_all(HEALTHY), topology=THREE)
    made = _then(past, 2, replace(ANEW, name=a), absent(b), absent(c), topology=THREE)
    assert _because(made) == [
        ("emptied", None),
        ("no_stream", "emptied"),
        ("no_stream", "emptied"),
        ("replaced", "emptied"),
        ("no_group", "replaced"),
    ]
    mended = stream(group(), length=0, entries_added=0)
    made = _then(made, 3, replace(ANEW, name=a), replace(mended, name=b), absent(c), topology=THREE)
    assert rules(made)[0] == "emptied"
    kept = replace(ANEW, name=a, groups=(group(),))
    last = (kept, replace(mended, name=b), replace(mended, name=c))
    made = _then(made, 4, *last, topology=THREE)
    # The first one lost its entries all the same.
    assert [(one.rule, one.severity) for one in made.findings] == [("replaced", INFO)]
    assert rules(_then(made, 602, *last, topology=THREE)) == []


def test_one_after_another_is_not_all_at_once() -> None:
    a, b, c = NAMES
    made = _then(None, 1, *_all(HEALTHY), topology=THREE)
    made = _then(made, 2, absent(a), replace(HEALTHY, name=b), replace(HEALTHY, name=c), topology=THREE)
    assert rules(made) == ["no_stream"]
    made = _then(made, 3, absent(a), absent(b), replace(HEALTHY, name=c), topology=THREE)
    made = _then(made, 4, *_all(GONE), topology=THREE)
    assert rules(made) == ["no_stream"] * 3


def test_a_flush_in_the_middle_of_a_poll_is_seen_at_two_polls() -> None:
    a, b, c = NAMES
    made = _then(None, 1, *_all(HEALTHY), topology=THREE)
    made = _then(made, 2, replace(HEALTHY, name=a), absent(b), absent(c), topology=THREE)
    assert rules(made) == ["no_stream"] * 2
    assert rules(_then(made, 3, *_all(GONE), topology=THREE))[0] == "emptied"


def test_what_was_never_there_or_cannot_be_read_has_not_vanished() -> None:
    a, b, c = NAMES
    made = _then(None, 1, *_all(GONE), topology=THREE)
    assert set(_because(made)) == {("no_stream", None)}
    assert {one.title for one in made.findings} == {"stream missing"}
    made = _then(None, 1, *_all(HEALTHY), topology=THREE)
    for unread in (spoiled(DENIED), stream(groups=None), replace(GONE, exists=None)):
        later = _then(made, 2, absent(a), absent(b), replace(unread, name=c), topology=THREE)
        assert "emptied" not in rules(later)
        assert [one.key for one in later.findings if one.rule == "no_stream"] == [Key(a, WORKERS), Key(b, WORKERS)]
    none = _then(made, 2, *_all(spoiled(DENIED)), topology=THREE)
    assert set(rules(none)) == {"denied"}
    assert none.memory.losses == {}


# -- one stream that vanished


def test_a_loss_remembers_what_was_evicted_at_the_time() -> None:
    evidence = "probably evicted, 3 keys went meanwhile"
    past = _then(None, 1, HEALTHY, at=_evicted(7))
    made = _then(past, 2, GONE, at=_evicted(10))
    assert _because(made) == [("evicting", None), ("no_stream", "evicting")]
    assert only(made.findings, "evicting").evidence == "allkeys-lru: 1 stream gone meanwhile"
    made = _then(made, 90, GONE, at=_evicted(10))
    assert [(one.rule, one.evidence) for one in made.findings] == [("no_stream", evidence)]
    # What is evicted later did not take it.
    made = _then(_then(_then(None, 1, HEALTHY), 2, GONE), 3, GONE)
    made = _then(made, 4, GONE, at=_evicted(41))
    assert _because(made) == [("evicting", None), ("no_stream", None)]
    assert only(made.findings, "no_stream").evidence == "deleted, renamed or flushed"


def test_what_info_told_too_early_is_counted_at_the_next_poll() -> None:
    made = _then(_then(None, 1, HEALTHY, at=_evicted(7)), 2, GONE, at=_evicted(7))
    assert only(made.findings, "no_stream").evidence == "deleted, renamed or flushed"
    made = _then(made, 3, GONE, at=_evicted(9))
    assert only(made.findings, "no_stream").evidence == "probably evicted, 2 keys went meanwhile"


def test_a_stream_that_was_never_there_is_explained_by_no_eviction() -> None:
    made = _then(_then(None, 1, GONE, at=_evicted(7)), 2, GONE, at=_evicted(9))
    assert _because(made) == [("evicting", None), ("no_stream", None)]


def test_a_stream_without_groups_vanishes_too() -> None:
    alone = Topology((Declared("jobs", JOBS, None),))
    made = _then(_then(None, 1, stream(), topology=alone), 2, GONE, topology=alone)
    told = (CRITICAL, "stream vanished", "deleted, renamed or flushed", ADDS)
    assert _told(only(made.findings, "no_stream")) == told
    assert rules(_then(made, 3, stream(), topology=alone)) == []


def test_a_stream_that_nobody_should_read_is_missed_by_no_worker_and_made_by_no_key() -> None:
    """XGROUP CREATE makes streams with their groups; without one there is nothing that `i` could send."""
    alone = Topology((Declared("jobs", JOBS, None),))
    made = frame(GONE, topology=alone)
    assert plan_init(made.snapshot, alone, {}).empty
    found = only(made.findings, "no_stream")
    assert (*_told(found), found.press) == (WARNING, "stream missing", "", ADDS, None)
    assert [line.consequence for line in drift(made, alone)] == [f"missing: {ADDS}"]


def test_a_replica_without_its_primary_may_lack_what_it_never_had() -> None:
    made = frame(GONE, nodes=(node(role="slave", link_up=False),))
    assert _because(made) == [("link_down", None), ("replica", "link_down"), ("no_stream", "link_down")]


# -- replaced


def test_a_stream_whose_counter_was_set_is_the_same_stream() -> None:
    """XSETID sets entries-added and the last ID of a stream as it stands: its entries are there, and its groups."""
    kept = stream(group(), entries_added=50, last_id=ago(500))
    made = _then(None, 1, kept)
    for changed in (
        {"entries_added": 12},
        {"last_id": ago(1_000)},
        {"entries_added": 14, "length": 12, "last_entry_id": ago(-500), "last_id": ago(-500)},
    ):
        assert "replaced" not in rules(_then(made, 2, replace(kept, **changed))), changed
    # The same beginning with fewer entries: what was there last is lost.
    assert "replaced" in rules(_then(made, 2, replace(kept, entries_added=45, length=5, last_id=ago(2_000))))


def test_a_stream_made_anew_that_soon_has_more_entries_than_the_old_one_is_another() -> None:
    """Nothing ever left it, and what was there is not there."""
    made = _then(None, 1, stream(group(), length=3, entries_added=3))
    anew = stream(length=5, entries_added=5, first_id=ago(-500), last_entry_id=ago(-900), last_id=ago(-900))
    assert rules(_then(made, 2, anew)) == ["replaced", "no_group"]
    assert rules(_then(_then(made, 2, GONE), 3, anew)) == ["replaced", "no_group"]
    # Renamed, and renamed back while producers waited.
    back = stream(group(), length=4, entries_added=4, last_entry_id=ago(-900), last_id=ago(-900))
    assert rules(_then(_then(made, 2, GONE), 3, back)) == []


WHOLE = "its groups went with it"
FIND = "find who deleted it"


@pytest.mark.parametrize(
    ("at", "later", "title", "evidence", "step"),
    [
        (None, ANEW, "stream was deleted and made anew, 10 entries gone", f"deleted or flushed; {WHOLE}", FIND),
        (_evicted(2), ANEW, "stream was probably evicted and made anew, 10 entries gone",
         f"probably evicted, 2 keys went meanwhile; {WHOLE}", "free memory"),
        (node(run_id="r2"), replace(ANEW, first_id=ago(0)), "stream was deleted and made anew, 10 entries gone",
         f"not there since the restart or failover; {WHOLE}", FIND),
        (node(run_id="r2"), stream(length=7, entries_added=7, last_id=ago(9_000)),
         "3 entries lost with the restart or failover", f"last ID {ago(1_000)} before, {ago(9_000)} after",
         "ask producers to resend"),
        (None, stream(entries_added=50, first_id=EntryId(1, 1), last_id=EntryId(1, 10)),
         "stream was deleted and made anew, 10 entries gone", f"deleted or flushed; {WHOLE}", FIND),
    ],
)  # fmt: skip
def test_another_stream_under_the_name(at: Node | None, later: Stream, title: str, evidence: str, step: str) -> None:
    made = _then(_then(None, 1, HEALTHY, at=_evicted(0)), 2, later, at=at)
    found = only(made.findings, "replaced")
    wanted = (title, evidence, f"i creates its group; then {step}", "i")
    assert (found.title, found.evidence, found.next_step, found.press) == wanted
    assert only(made.findings, "no_group").because == ("replaced", KEY)


def test_a_stream_that_is_replaced_with_its_group_is_told_and_no_alarm() -> None:
    anew = stream(group(), length=1, entries_added=1)
    made = _then(_then(None, 1, HEALTHY), 2, anew)
    found = only(made.findings, "replaced")
    assert (found.severity, found.next_step, found.press) == (INFO, "find who deleted it", None)
    assert "replaced" in rules(_then(made, 601.9, anew))
    assert "replaced" not in rules(_then(made, 602, anew))


def test_what_was_gone_and_comes_back_is_what_its_numbers_say() -> None:
    gone = _then(_then(None, 1, HEALTHY), 2, GONE)
    # A producer made it anew, and workers miss their group.
    made = _then(gone, 3, ANEW)
    assert _because(made) == [("replaced", None), ("no_group", "replaced")]
    assert only(_then(made, 4_000, ANEW).findings, "replaced").severity is CRITICAL
    # Somebody created it with its group; or it was only renamed for a moment.
    for mended in (stream(group(), length=0, entries_added=0), HEALTHY):
        assert rules(_then(gone, 3, mended)) == []


@pytest.mark.parametrize(
    "later",
    [
        stream(group(), length=0, first_id=None, last_entry_id=None),
        stream(group(), length=1, entries_added=12),
        stream(group(), length=4, max_deleted_id=ago(3_000)),
        stream(group(), entries_added=None),
        spoiled(DENIED),
    ],
    ids=["trimmed away", "trimmed while added to", "deleted from", "not counted", "not read"],
)
def test_trimming_and_deleting_replace_nothing(later: Stream) -> None:
    made = _then(_then(None, 1, HEALTHY), 2, later)
    assert "replaced" not in rules(made)
    assert made.memory.losses == {}


def test_without_counters_it_shows_by_the_groups_that_went_with_most_entries() -> None:
    old = stream(group(entries_read=None), entries_added=None, max_deleted_id=None)
    past = _then(None, 1, old)
    new = replace(old, length=2, last_id=ago(0), groups=())
    assert "replaced" in rules(_then(past, 2, new))
    for other in (replace(new, length=6), replace(new, groups=old.groups), replace(old, groups=())):
        assert "replaced" not in rules(_then(past, 2, other))


def test_what_was_evicted_before_a_stream_vanished_is_not_why() -> None:
    """The server counts an evicted key at once: where none was evicted meanwhile, somebody deleted the stream."""
    made = _then(None, 1, HEALTHY, at=_evicted(0))
    made = _then(made, 2, HEALTHY, at=_evicted(7))
    for second in range(3, 30):
        made = _then(made, second, HEALTHY, at=_evicted(7))
    made = _then(made, 30, GONE, at=_evicted(7))
    made = _then(made, 31, GONE, at=_evicted(7))
    found = only(made.findings, "no_stream")
    assert (found.evidence, found.because) == ("deleted, renamed or flushed", None)
    assert "evicting" in rules(made)
    late = _then(_then(made, 32, HEALTHY, at=_evicted(9)), 33, GONE, at=_evicted(10))
    assert only(late.findings, "no_stream").evidence == "probably evicted, 1 key went meanwhile"
