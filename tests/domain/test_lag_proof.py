"""Proofs: what was counted once holds at the next poll, unless anything may have left unread since."""

from dataclasses import replace
from typing import Any

import pytest

from maestro_tui.domain.lag import lag_of, lost_of
from maestro_tui.domain.names import ZERO, EntryId, Key
from maestro_tui.domain.proof import Proof, prove
from maestro_tui.domain.snapshot import Count, Group, Look, Node, Stream, exact
from tests.domain.building import DENIED, JOBS, KEY, NOW, group, node, spoiled, stream

Proofs = dict[Key, Proof]

AT = {"last_delivered": EntryId(500)}
"""Of a thousand entries, 1-0 to 1000-0, half are read."""


def _stream(*groups: Group, **changes: Any) -> Stream:  # noqa: ANN401 - the fields of Stream
    fields: dict[str, Any] = {
        "length": 1_000,
        "first_id": EntryId(1),
        "last_entry_id": EntryId(1_000),
        "last_id": EntryId(1_000),
        "entries_added": 1_000,
        "max_deleted_id": ZERO,
        **changes,
    }
    return stream(*groups, **fields)


def _counted(server: Node | None = None, **changes: Any) -> Proofs:  # noqa: ANN401 - the fields of Stream
    """The proof of a poll at which all 500 unread entries could be counted."""
    one = _stream(group(**AT, ahead=Look(500, complete=True)), **changes)
    return prove({}, (one,), (server or node(),))


def _next(before: Proofs, one: Stream, server: Node | None = None) -> Count:
    """What the poll after shows of the group."""
    proofs = prove(before, (one,), (server or node(),))
    (theirs,) = one.groups or ()
    return lag_of(one, theirs, proofs.get(KEY))


LATER: dict[str, Any] = {
    "length": 1_010,
    "entries_added": 1_010,
    "last_entry_id": EntryId(1_010),
    "last_id": EntryId(1_010),
}
TRIMMED: dict[str, Any] = {**LATER, "length": 960, "first_id": EntryId(51)}


@pytest.mark.parametrize(
    ("changes", "lag"),
    [
        ({}, exact(500)),
        (LATER, exact(510)),
        # Only read ones left: trimmed at the head, or deleted before the position.
        (TRIMMED, exact(510)),
        ({**LATER, "length": 1_005, "max_deleted_id": EntryId(400)}, exact(510)),
        # A newer last ID alone (XSETID) makes no entry.
        ({"last_id": EntryId(2_000)}, exact(500)),
    ],
)
def test_a_proof_holds_while_nothing_unread_can_have_left(changes: dict[str, Any], lag: Count) -> None:
    assert _next(_counted(), _stream(group(**AT, server_lag=777), **changes)) == lag


@pytest.mark.parametrize(
    "changes",
    [
        {"length": 999, "max_deleted_id": EntryId(501)},
        {**LATER, "length": 1_005, "max_deleted_id": EntryId(1_005)},
        {**TRIMMED, "max_deleted_id": EntryId(501)},
        # XSETID shows by its last ID: it may have hidden a deletion.
        {"length": 999, "last_id": EntryId(2_000), "max_deleted_id": EntryId(300)},
        # More left than had been read, the first entry is another although nothing left, or it is an older one.
        {**TRIMMED, "entries_added": 2_000},
        {**LATER, "first_id": EntryId(2)},
        {**LATER, "length": 1_009, "first_id": EntryId(0, 1)},
        # Counters that go back, or grow without an entry; IDs that go back.
        {"entries_added": 999, "length": 999},
        {"entries_added": 1_001, "length": 1_001},
        {"last_entry_id": EntryId(1_010), "last_id": EntryId(1_010)},
        {"last_id": EntryId(999), "last_entry_id": EntryId(999)},
        {"length": 1_001},
        {**LATER, "max_deleted_id": EntryId(3)},
        {"last_id": None},
    ],
)
def test_any_contradiction_drops_a_proof(changes: dict[str, Any]) -> None:
    assert _next(_counted(), _stream(group(**AT, server_lag=777), **changes)) == Count(777, "estimate")


def test_a_deletion_before_the_proof_spoils_only_the_proof_by_deletions() -> None:
    before = _counted(max_deleted_id=EntryId(900))
    unread = group(**AT, server_lag=777)
    assert _next(before, _stream(unread, max_deleted_id=EntryId(900), **LATER)) == exact(510)
    assert _next(before, _stream(unread, max_deleted_id=EntryId(900), **TRIMMED)) == Count(777, "estimate")


@pytest.mark.parametrize("server", [node(run_id="r2"), node(run_id=None), node(address="another:6379")])
def test_another_run_of_the_server_drops_it(server: Node) -> None:
    assert _next(_counted(), _stream(group(**AT, server_lag=777)), server) == Count(777, "estimate")


def test_a_group_that_goes_back_drops_it() -> None:
    back = group(last_delivered=EntryId(499), server_lag=777)
    assert _next(_counted(), _stream(back)) == Count(777, "estimate")


@pytest.mark.parametrize(
    ("looks", "lag"),
    [
        ({"passed": Look(40, complete=True), "passed_from": EntryId(500)}, exact(470)),
        # Of another place than the proof's, or cut short: what was counted bounds what is left.
        ({"passed": Look(40, complete=True), "passed_from": EntryId(450)}, Count(510, "upper_bound")),
        (
            {"passed": Look(40, complete=False, last=EntryId(540)), "passed_from": EntryId(500)},
            Count(470, "upper_bound"),
        ),
        ({}, Count(510, "upper_bound")),
    ],
)
def test_what_a_group_passed_is_counted_and_never_believed(looks: dict[str, Any], lag: Count) -> None:
    moved = group(last_delivered=EntryId(550), entries_read=550, server_lag=777, **looks)
    assert _next(_counted(), _stream(moved, **LATER)) == lag


def test_a_proof_that_fell_behind_catches_up() -> None:
    """The look was cut short; the next one begins where it ended."""
    first = _stream(
        group(
            last_delivered=EntryId(620), passed=Look(100, complete=False, last=EntryId(600)), passed_from=EntryId(500)
        )
    )
    behind = prove(_counted(), (first,), (node(),))
    assert behind[KEY].position == EntryId(600)
    there = group(last_delivered=EntryId(620), passed=Look(20, complete=True), passed_from=EntryId(600))
    assert _next(behind, _stream(there)) == exact(380)


def test_holes_in_the_middle_are_possible_from_8_2() -> None:
    """XTRIM … ACKED takes acknowledged entries, and raises no ID of a deletion."""
    moved = group(last_delivered=EntryId(550), server_lag=777, passed=Look(40, complete=True), passed_from=EntryId(500))
    for server, lag in (
        (node(version="8.0.1"), exact(470)),
        (node(version="8.2.3"), Count(777, "estimate")),
        (node(version=None), Count(777, "estimate")),
        (node(kind="valkey", version="9.1.2"), exact(470)),
    ):
        assert _next(_counted(server), _stream(moved, **TRIMMED), server) == lag
        assert _next(_counted(server), _stream(group(**AT), **TRIMMED), server) == exact(510)
        assert _next(_counted(server), _stream(moved, **LATER), server) == exact(470)


def test_without_counters_a_proof_holds_while_the_stream_stands_still() -> None:
    """Redis 6.2."""
    old: dict[str, Any] = {"entries_added": None, "max_deleted_id": None}
    server, unread = node(version="6.2.14"), group(**AT, server_lag=None)
    before = _counted(server, **old)
    assert _next(before, _stream(unread, **old), server) == exact(500)
    assert _next(before, _stream(unread, **{**LATER, **old}), server) == Count(511, "estimate")


def test_a_count_goes_on_from_poll_to_poll() -> None:
    """Of 250 unread entries a poll counts a hundred; some come meanwhile, and some are read."""
    at = EntryId(750)
    one = _stream(group(last_delivered=at, ahead=Look(100, complete=False, last=EntryId(850)), server_lag=777))
    proofs = prove({}, (one,), (node(),))
    assert proofs[KEY].until == EntryId(850)
    further = group(
        last_delivered=EntryId(760),
        passed=Look(10, complete=True),
        passed_from=at,
        further=Look(100, complete=False, last=EntryId(950)),
        further_from=EntryId(850),
        server_lag=777,
    )
    second = _stream(further, **LATER)
    proofs = prove(proofs, (second,), (node(),))
    assert lag_of(second, further, proofs[KEY]) == Count(777, "estimate")
    assert lag_of(second, replace(further, server_lag=189), proofs[KEY]) == Count(250, "estimate")
    last = group(
        last_delivered=EntryId(760), further=Look(60, complete=True, last=EntryId(1_010)), further_from=EntryId(950)
    )
    assert _next(proofs, _stream(last, **LATER)) == exact(250)


def test_a_count_that_is_overtaken_begins_anew() -> None:
    one = _stream(group(**AT, ahead=Look(100, complete=False, last=EntryId(600))))
    proofs = prove({}, (one,), (node(),))
    beyond = _stream(
        group(last_delivered=EntryId(650), ahead=Look(25, complete=False, last=EntryId(675)), server_lag=777)
    )
    assert prove(proofs, (beyond,), (node(),))[KEY].counted == 25
    past = _stream(group(last_delivered=EntryId(650), server_lag=777))
    assert prove(proofs, (past,), (node(),)) == {}


def test_a_position_in_the_future_proves_nothing() -> None:
    """What is added before it is never delivered."""
    ahead = _stream(group(last_delivered=EntryId(5_000)))
    assert prove({}, (ahead,), (node(),)) == {}


def test_what_a_poll_could_not_see_is_not_forgotten() -> None:
    before = _counted()
    assert prove(before, (spoiled(DENIED),), (node(),)) == before
    heavy = _stream(group(**AT), heavy=True, seen_at_ms=NOW - 5_000)
    assert prove(before, (heavy,), (node(),)) == before
    assert prove(before, (Stream(JOBS, "redis.test:6379", NOW, exists=False),), (node(),)) == {}
    assert prove(before, (_stream(),), (node(),)) == {}


def test_what_is_trimmed_before_it_is_read_is_counted_as_it_goes() -> None:
    """The group's own counter was never right, and is not asked."""
    gone: dict[str, Any] = {**LATER, "first_id": EntryId(601), "length": 410}
    stays = group(**AT, entries_read=3)
    trimmed = _stream(stays, **gone)
    proofs = prove(_counted(), (trimmed,), (node(),))
    assert (lag_of(trimmed, stays, proofs[KEY]), lost_of(trimmed, stays, proofs[KEY])) == (exact(410), exact(100))
    more = _stream(stays, **{**gone, "first_id": EntryId(651), "length": 360})
    proofs = prove(proofs, (more,), (node(),))
    assert lost_of(more, stays, proofs[KEY]) == exact(150)
    by_hand = _stream(stays, **{**gone, "first_id": EntryId(651), "length": 359, "max_deleted_id": EntryId(700)})
    proofs = prove(proofs, (by_hand,), (node(),))
    assert lost_of(by_hand, stays, proofs[KEY]) == Count(151, "upper_bound")
    read_on = group(last_delivered=EntryId(660))
    assert lost_of(by_hand, read_on, None) == exact(0)
