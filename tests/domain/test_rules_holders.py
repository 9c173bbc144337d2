"""What is overdue is judged by those who hold it, not by whoever else holds something just now."""

from dataclasses import replace

from maestro_tui.domain.rules import Severity
from maestro_tui.domain.snapshot import Consumer
from tests.domain.building import LIMITS, ago, consumer, entry, frame, group, only, page, rules, stream
from tests.domain.stories import at, spells, told

DEAD = consumer("worker-1", pending=2, idle_ms=720_000, inactive_ms=720_000)
AT_WORK = consumer("worker-2", pending=1, idle_ms=100, inactive_ms=100)
KEPT = (entry(950_000, 720_000), entry(940_000, 720_000, seq=1))
IN_HAND = entry(500, 100, holder="worker-2")


def test_what_a_dead_worker_holds_is_not_with_a_live_one_because_another_is_at_work() -> None:
    """One of several replicas died: the others go on, and take nothing over."""
    made = frame(stream(group(DEAD, AT_WORK, page=page(*KEPT, IN_HAND))))
    found = only(made.findings, "silent")
    assert (found.severity, found.title) == (Severity.CRITICAL, "2 stuck; worker-1 silent 12m")
    assert (found.evidence, found.next_step) == ("nobody who holds them is live", "check worker-1, then R")


def test_what_a_dead_worker_left_behind_is_not_left_behind_by_live_ones() -> None:
    left = entry(960_000, 900_000)
    made = frame(stream(group(DEAD, AT_WORK, page=page(left, KEPT[0], IN_HAND))))
    found = only(made.findings, "left_behind")
    assert (found.severity, found.title) == (Severity.CRITICAL, "1 left behind; worker-1 silent 12m")


def test_it_does_not_change_with_what_the_others_hold_at_the_moment_of_a_poll() -> None:
    resting = consumer("worker-2")
    crews: list[tuple[Consumer, ...]] = [(DEAD, resting if second % 2 else AT_WORK) for second in range(20)]
    polls = [
        at(second, stream(group(*crew, page=page(*KEPT, *(() if crew[1] is resting else (IN_HAND,))))))
        for second, crew in enumerate(crews)
    ]
    frames = told(polls)
    assert [spells(frames, rule) for rule in ("silent", "stuck", "left_behind")] == [["+0"], [], []]


def test_a_batch_that_may_still_run_is_not_counted_among_the_dead() -> None:
    patient = replace(LIMITS, default=replace(LIMITS.default, safe_after_ms=3_000_000))
    busy = consumer("worker-2", pending=5, idle_ms=600_000, inactive_ms=600_000)
    dead = consumer("worker-1", pending=2, idle_ms=4_000_000, inactive_ms=4_000_000)
    held = (entry(4_100_000, 4_000_000), entry(4_090_000, 4_000_000, seq=1))
    batch = tuple(entry(700_000 - number, 600_000, holder="worker-2", seq=number) for number in range(5))
    one = stream(group(dead, busy, page=page(*held, *batch)), first_id=entry(5_000_000, 0).id)
    (made,) = told([at(0, one)], limits=patient)
    found = only(made.findings, "silent")
    assert "worker-1 silent 66m" in found.title
    assert found.next_step == "check worker-1, then R"


def test_what_is_trimmed_unread_while_others_read_is_not_laid_to_the_silent_one() -> None:
    trimmed = {"length": 10, "entries_added": 20}
    made = frame(stream(group(DEAD, AT_WORK, last_delivered=ago(700_000), entries_read=2, page=page(*KEPT)), **trimmed))
    assert {"silent", "unread_lost"} <= set(rules(made))
    assert only(made.findings, "unread_lost").because is None


def test_what_was_left_behind_a_moment_ago_is_not_what_is_overdue() -> None:
    """Replicas under one name leave entries behind for a moment all the time; beside them another one died."""
    shared = consumer("worker-2", pending=2, idle_ms=100, inactive_ms=100)
    young = entry(5_000, 4_000, holder="worker-2", seq=3)
    polls = [
        at(second, stream(group(DEAD, shared if second % 2 else AT_WORK, page=page(*KEPT, *extra, IN_HAND))))
        for second, extra in ((second, (young,) if second % 2 else ()) for second in range(20))
    ]
    frames = told(polls)
    assert [spells(frames, rule) for rule in ("silent", "stuck", "left_behind")] == [["+0"], [], []]
    both = (entry(960_000, 900_000), KEPT[0], young, IN_HAND)
    made = frame(stream(group(DEAD, shared, page=page(*both))))
    assert only(made.findings, "left_behind").title == "1 left behind; worker-1 silent 12m"
