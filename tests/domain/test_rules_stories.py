"""Signs of trouble that only several polls show: found where it happens, not in what merely looks like it."""

from dataclasses import replace
from typing import Any

import pytest

from maestro_tui.domain.limits import StreamLimits
from maestro_tui.domain.names import ZERO, EntryId
from maestro_tui.domain.ours import Ours
from maestro_tui.domain.rules import Severity
from maestro_tui.domain.snapshot import Look, Snapshot
from maestro_tui.domain.topology import Topology
from tests.domain.building import KEY, LIMITS, NOW, consumer, deserted, stream
from tests.domain.stories import at, held, ids, last, pending, regrouped, spells, stand, told

CRITICAL, WARNING, INFO = Severity.CRITICAL, Severity.WARNING, Severity.INFO
TEN = ids(10)


def _stands(delivered: EntryId, added: int = 10, **changes: Any) -> Any:  # noqa: ANN401 - a stream
    waiting = sum(one > delivered for one in ids(added))
    return stand(delivered, added=added, server_lag=waiting, **changes)


BACK = _stands(TEN[0])
READ = _stands(TEN[9])


def test_a_group_that_was_set_back_is_told_until_it_has_read_on() -> None:
    frames = told([at(0, READ), at(1, BACK), at(2, BACK), at(3, READ), at(6.9, READ), at(7, READ)])
    assert spells(frames, "moved_back") == ["+1", "-5"]
    found = last(frames, "moved_back")
    assert (found.key, found.severity, found.press) == (KEY, CRITICAL, "x")
    assert found.title == "group set back, 9 come again"
    assert found.evidence == f"from {TEN[9]} to {TEN[0]}; finished work among them"
    assert found.next_step == "find who did it; x sets the position"


def test_of_what_comes_after_it_nobody_knows_how_much_comes_again() -> None:
    frames = told([at(0, READ), at(1, BACK), at(2, _stands(TEN[0], 12))])
    assert last(frames, "moved_back").title == "group set back, <=11 come again"


def test_a_group_that_was_removed_and_made_anew_begins_from_the_start() -> None:
    gone = replace(READ, groups=())
    frames = told([at(0, READ), at(1, gone), at(2, _stands(ZERO))])
    assert spells(frames, "no_group") == ["+1", "-2"]
    assert last(frames, "moved_back").title == "group recreated or set back, 10 come again"


def test_it_is_told_for_a_while_only() -> None:
    frames = told([at(0, READ), at(1, BACK), at(600, BACK), at(602, BACK), at(606, BACK)])
    assert spells(frames, "moved_back") == ["+1", "-4"]


ANEW = replace(_stands(ZERO, 3), first_id=EntryId(NOW), last_id=EntryId(NOW + 2))
EMPTY = replace(_stands(ZERO), length=0, first_id=None, last_entry_id=None)


@pytest.mark.parametrize("polls", [(stream(exists=False), ANEW), (ANEW, ANEW), (EMPTY, EMPTY)])
def test_with_what_would_have_come_again_its_coming_is_gone(polls: tuple[Any, Any]) -> None:
    first, then = polls
    frames = told([at(0, READ), at(1, BACK), at(2, first), at(10, then), at(11, then)])
    assert spells(frames, "moved_back") == ["+1", "-3"]


NOT_BACK: list[tuple[str, list[Any]]] = [
    ("read on", [BACK, READ]),
    ("another stream", [READ, replace(_stands(ZERO), first_id=EntryId(NOW - 1_000), last_id=EntryId(NOW))]),
    ("a stream that went and came", [READ, stream(exists=False), replace(_stands(ZERO), first_id=EntryId(NOW))]),
    ("the stream was emptied", [READ, replace(_stands(ZERO), length=0, first_id=None, last_entry_id=None)]),
]


@pytest.mark.parametrize("polls", [case[1] for case in NOT_BACK], ids=[case[0] for case in NOT_BACK])
def test_a_group_that_was_not_set_back(polls: list[Any]) -> None:
    assert spells(told(at(second, one) for second, one in enumerate(polls)), "moved_back") == []


def test_an_unused_group_set_back_is_nobody_s_trouble() -> None:
    before, after = deserted(last_delivered=TEN[9]), deserted()
    polls = [at(0, replace(READ, groups=(before,))), at(1, replace(READ, groups=(after,)))]
    assert spells(told(polls, topology=Topology((), discover="app:*")), "moved_back") == []


def _trimmed(first: int, delivered: int, *, read: int, added: int = 20) -> Any:  # noqa: ANN401 - a stream
    all_ids = ids(added)
    whole = stand(all_ids[delivered], added=added, entries_read=read)
    return replace(whole, first_id=all_ids[first], length=added - first)


def test_what_was_lost_is_told_for_a_while_after_the_group_has_read_on() -> None:
    lost, well = _trimmed(10, 3, read=4), _trimmed(10, 19, read=14)
    counted = regrouped(_trimmed(0, 3, read=4), ahead=Look(16, complete=True, last=ids(20)[-1]))
    frames = told([at(0, counted), at(1, lost), at(2, well), at(600, well), at(602, well)])
    assert spells(frames, "unread_lost") == ["+1", "-4"]
    assert last(frames, "unread_lost").title == "6 unread entries lost to trimming"


def test_losses_that_go_on_are_one_problem() -> None:
    steps = [_trimmed(10, 3, read=4), _trimmed(10, 12, read=7), _trimmed(15, 12, read=7), _trimmed(15, 16, read=9)]
    # Some servers count anew once the group reads on, and then know of the last gap only.
    steps.append(_trimmed(18, 16, read=17))
    frames = told(at(second, one) for second, one in enumerate(steps))
    assert spells(frames, "unread_lost") == ["+0"]
    assert [made.findings[0].title.split()[0] for made in frames if made.findings] == ["~6", "~6", "~8", "~8", "~8"]


LATELY = consumer(pending=10)


def _takes(second: int, batches: int, *, acked: int = 0, quiet_s: float = 0.1, name: str = "worker-1") -> Snapshot:
    """A worker that has taken so many batches of ten, a new one at this second unless it is quiet."""
    every = ids(10 * batches)
    rows = [
        held(name, second - quiet_s - 2 * (batches - 1 - number), second, *every[10 * number : 10 * number + 10])
        for number in range(batches)
    ]
    still = pending(*rows).entries[acked:]
    worker = consumer(name, len(still), 100, round(quiet_s * 1_000))
    one = stand(every[-1], added=len(every), consumers=(worker,), entries_read=len(every), pending=len(still))
    return at(second, regrouped(one, page=pending(still), lowest_pending=still[0].id))


def test_a_worker_that_takes_batch_after_batch_and_finishes_nothing() -> None:
    frames = told([_takes(second, 1 + second // 2) for second in range(44)])
    # The fifth batch after the first was taken at second 10.
    assert spells(frames, "not_acking") == ["+40"]
    found = last(frames, "not_acking")
    assert (found.severity, found.title) == (CRITICAL, "210 taken in 41s, none finished")
    assert found.evidence.startswith("worker-1 took 21 batches; ")
    assert found.next_step == "read the workers' log; D or R once mended"


def test_a_group_that_never_received_anything_has_no_count_yet() -> None:
    first = at(0, stand(ZERO, added=10, entries_read=None, page=pending()))
    frames = told([first, *(_takes(second, 1 + second // 2) for second in range(1, 44))])
    # One batch more, that at second 1, is seen to be taken.
    assert spells(frames, "not_acking") == ["+38"]


def test_one_that_finishes_something_is_slow() -> None:
    frames = told([_takes(second, 1 + second // 2, acked=second // 10) for second in range(60)])
    assert spells(frames, "not_acking") == []


def test_it_ends_some_seconds_after_the_first_was_finished() -> None:
    frames = told([_takes(second, 1 + second // 2, acked=max(0, second - 45)) for second in range(60)])
    assert spells(frames, "not_acking") == ["+40", "-55"]


def test_replicas_under_one_name_that_each_have_a_slow_batch_are_no_alarm() -> None:
    """Eight take their first batch within some seconds, and nothing is acknowledged for many minutes."""
    limits = replace(LIMITS, default=StreamLimits(safe_after_ms=3_000_000, stuck_after_ms=3_000_000))
    polls = [_takes(second, min(8, 1 + second // 2), quiet_s=0.1 + max(0, second - 14)) for second in range(240)]
    assert spells(told(polls, limits=limits), "not_acking") == []


def test_one_slow_batch_is_no_alarm() -> None:
    """Healing: ten entries of 300 s each, one after another."""
    limits = replace(LIMITS, default=StreamLimits(safe_after_ms=3_000_000, stuck_after_ms=3_000_000))
    polls = [_takes(second, 1, quiet_s=second + 0.1) for second in range(0, 2_990, 10)]
    assert [made.findings for made in told(polls, limits=limits) if made.findings] == []


def _shared(second: int, first: int, *, both: int = 10, idle_s: float = 0) -> Snapshot:
    """Two processes under one name, each with a batch of ten, of which one has finished `first` entries."""
    all_ids = ids(10 + both)
    one, other = all_ids[first:10], all_ids[10:]
    rows = [held("worker-1", -2 - idle_s, second, *one), held("worker-1", -1, second, *other)]
    worker = consumer("worker-1", len(one) + both, 100, 1_000 * (second + 1))
    made = stand(all_ids[-1], added=len(all_ids), consumers=(worker,), entries_read=len(all_ids))
    return at(second, regrouped(made, pending=len(one) + both, page=pending(*rows)))


def test_several_processes_under_one_name_are_suspected_after_three_late_ends() -> None:
    frames = told([_shared(second, min(4, second)) for second in range(70)])
    assert spells(frames, "shared_name") == ["+3", "-64"]
    found = last(frames[:5], "shared_name")
    assert (found.severity, found.title) == (INFO, "worker-1 may be several processes")
    assert found.evidence == "4 times within a minute it finished an entry after taking newer ones; a hint, no proof"
    assert found.next_step == "give each process a name of its own"


LONE: list[tuple[str, list[Snapshot]]] = [
    ("two late ends", [_shared(second, min(2, second)) for second in range(9)]),
    ("many at once, as somebody who cleans up does", [_shared(second, 9 if second else 0) for second in range(9)]),
    ("stuck ones, as an operator moves them", [_shared(second, min(9, second), idle_s=299) for second in range(9)]),
    ("without a newer batch", [_shared(second, min(9, second), both=0) for second in range(9)]),
]


@pytest.mark.parametrize("polls", [case[1] for case in LONE], ids=[case[0] for case in LONE])
def test_what_is_no_sign_of_several_processes(polls: list[Snapshot]) -> None:
    assert spells(told(polls), "shared_name") == []


def test_what_we_do_ourselves_is_no_sign_of_anything() -> None:
    late = [_shared(second, min(9, second)) for second in range(9)]
    assert spells(told(late), "shared_name") == ["+3"]
    assert spells(told(late, ours=Ours(acked={KEY: 1})), "shared_name") == []
    back = [at(0, READ), at(1, BACK)]
    assert spells(told(back, ours=Ours(placed=frozenset({KEY}))), "moved_back") == []


def test_old_entries_claimed_for_a_busy_worker_make_it_no_several() -> None:
    """A claim restarts the holder's times, so that its own batch looks older than what it received last."""
    polls = []
    for second in range(9):
        own = held("worker-1", -2, second, *ids(10, first=100)[second:])
        claimed = held("worker-1", -1, second, *ids(5, first=200), deliveries=2)
        worker = consumer("worker-1", len(own) + 5, 100, 1_000 * (second + 1))
        made = stand(ids(205)[-1], added=205, consumers=(worker,), entries_read=205)
        polls.append(at(second, regrouped(made, pending=len(own) + 5, page=pending(own, claimed))))
    assert spells(told(polls), "shared_name") == []
