"""Troubles of workers as they happen in life, on real servers: killed, crashing, never done, two under one name."""

from dataclasses import replace

import pytest

from maestro_tui.domain.frame import Frame
from maestro_tui.domain.rules import Severity
from tests.e2e.lookout import KEY, LIMITS, SAFE_MS, STREAM, STUCK_MS, Lookout, group_of, idle
from tests.servers import wait_until

both_ways = pytest.mark.parametrize("lookout", ["redis-7.0", "redis-8.2"], indirect=True)
"""Redis 7.0 does not tell when a consumer last received something, 8.2 does."""


def _killed_after_four(lookout: Lookout) -> None:
    """Kill worker-1 in the middle of its batch of ten; nothing else waits."""
    lookout.add(10)
    worker = lookout.worker().start(gated=True)
    worker.let(4)
    worker.kill()
    assert len(lookout.pending()) == 6


@both_ways
async def test_a_worker_is_killed_in_the_middle_of_its_batch_and_comes_back(lookout: Lookout) -> None:
    _killed_after_four(lookout)
    # Until then it may be busy with it.
    found = await lookout.told("silent", lambda made: idle(made) >= SAFE_MS)
    assert (found.severity, found.title[:24]) == (Severity.CRITICAL, "6 stuck; worker-1 silent")
    assert found.next_step in ("start a worker, then R", "check worker-1, then R")
    assert lookout.frames[-1].rows[0].state == "stuck"
    # It comes back under its name, and goes on with what is new.
    lookout.add(3)
    lookout.worker().start().wait_for(7)
    found = await lookout.told("left_behind")
    assert found.title.startswith("6 left behind")
    assert not any(one.rule in ("silent", "stuck") for one in lookout.frames[-1].findings)
    assert any(one.finding.rule == "silent" for one in lookout.frames[-1].ended)
    lookout.ack_all()
    await lookout.over("left_behind")
    assert [made.state for made in lookout.frames[-1].rows] == ["ok"]


async def test_who_may_not_look_at_the_consumers_still_sees_what_is_stuck(lookout: Lookout) -> None:
    lookout.wire.one("ACL", "SETUSER", "default", "-xinfo|consumers")
    lookout.add(3)
    lookout.read(3, ack=False)
    found = await lookout.told("stuck", lambda made: idle(made) >= STUCK_MS)
    # Nobody tells whether its holder lives.
    assert (found.severity, found.title, found.next_step) == (Severity.CRITICAL, "3 stuck", "check the workers, then R")
    assert lookout.frames[-1].rows[0].state == "stuck"
    lookout.ack_all()
    await lookout.over("stuck")


@both_ways
async def test_a_worker_takes_everything_and_finishes_nothing(lookout: Lookout) -> None:
    # However slow this machine is, the worker is live.
    lookout.use(replace(LIMITS, block_ms=60_000))
    lookout.worker().start()
    for _ in range(5):
        assert ("not_acking", KEY) not in lookout.frames[-1].memory.spells
        lookout.add(3, "not json")
        lookout.wait_until_taken()
        await lookout.look()
    spell = lookout.frames[-1].memory.spells["not_acking", KEY]
    assert spell.began.mono_ms == lookout.frames[-1].memory.mono_ms
    while not spell.told:
        await lookout.look()
        spell = lookout.frames[-1].memory.spells["not_acking", KEY]
    lookout.check_in_time("not_acking", spell.began.mono_ms, LIMITS.hold_ms["not_acking"])
    assert spell.finding.severity is Severity.CRITICAL
    assert (spell.finding.title[:9], spell.finding.title[-15:]) == ("15 taken ", ", none finished")
    assert spell.finding.evidence.startswith("worker-1 took 5 batches; ")
    lookout.add(1)
    await lookout.over("not_acking", lambda made: (group_of(made).entries_read or 0) > group_of(made).pending)


async def test_a_worker_crashes_at_one_payload_again_and_again(lookout: Lookout) -> None:
    [id] = lookout.add(1, "not json")
    most = 3
    lookout.use(replace(LIMITS, poison_deliveries=most))
    # It begins with its own list, then with new entries: the first time it takes it as a new one.
    for delivery in range(1, most):
        lookout.worker().start(brittle=True).wait_for_death()
        assert lookout.pending()[0][3] == delivery
    await lookout.look()
    assert not any(one.rule == "poison" for one in lookout.frames[-1].findings)
    lookout.worker().start(brittle=True).wait_for_death()
    found = await lookout.told("poison")
    assert (found.severity, found.title) == (Severity.WARNING, f"1 poisoned entry, delivered {most} times")
    assert found.evidence == f"first {id} with worker-1"
    lookout.ack_all()
    await lookout.over("poison")


async def test_what_a_dead_worker_held_is_trimmed_away(lookout: Lookout) -> None:
    _killed_after_four(lookout)
    lookout.wire.one("XTRIM", STREAM, "MAXLEN", 2)
    found = await lookout.told("ghosts", lambda made: idle(made) >= SAFE_MS)
    # It follows from something critical; by itself it is a warning.
    assert (found.severity, found.title) == (Severity.WARNING, "4 pending entries trimmed away")
    made = await lookout.look()
    assert [one.because for one in made.findings if one.rule == "ghosts"] == [("silent", KEY)]
    lookout.ack_all()
    await lookout.over("ghosts")


def _late(made: Frame) -> int:
    return len(made.memory.handling[KEY].late)


@both_ways
async def test_two_processes_work_under_one_name(lookout: Lookout) -> None:
    patient = replace(LIMITS.default, stuck_after_ms=60_000, safe_after_ms=60_000)
    lookout.use(replace(LIMITS, default=patient, recent_ms=1_000))
    lookout.add(20)
    one = lookout.worker().start(gated=True)
    wait_until(lambda: len(lookout.pending()) == 10, "the first process to take a batch")
    wait_until(lambda: lookout.pending()[0][2] > 300, "a later batch to be told from an earlier one")
    lookout.worker().start(gated=True)
    wait_until(lambda: len(lookout.pending()) == 20, "the second process to take a batch")
    await lookout.look()
    for times in range(2):
        one.let(1)
        await lookout.look()
        assert _late(lookout.frames[-1]) == times + 1
    one.let(1)
    found = await lookout.told("shared_name")
    assert (found.severity, found.title) == (Severity.INFO, "worker-1 may be several processes")
    assert found.evidence.startswith("3 times within a minute ")
    last_ms = lookout.frames[-1].memory.mono_ms
    await lookout.over("shared_name", lambda made: made.memory.mono_ms - last_ms >= 1_000)


async def test_one_slow_serial_worker_is_no_trouble(lookout: Lookout) -> None:
    """A batch of which nothing is finished for long, then one entry after another."""
    patient = replace(LIMITS.default, stuck_after_ms=1_000, safe_after_ms=60_000)
    lookout.use(replace(LIMITS, default=patient))
    lookout.add(10)
    worker = lookout.worker().start(gated=True)
    wait_until(lambda: len(lookout.pending()) == 10, "the worker to take a batch")
    await lookout.look_until("the batch to look stuck", lambda made: idle(made) >= 1_200)
    for _ in range(5):
        worker.let(1)
        await lookout.look()
    assert [one for made in lookout.frames for one in made.findings] == []
