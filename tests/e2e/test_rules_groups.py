"""Troubles of groups as they happen in life, on real servers: each is told in time, with its numbers, and ends."""

from dataclasses import replace

import pytest

from maestro_tui.domain.frame import Frame
from maestro_tui.domain.rules import Severity
from tests.e2e.lookout import BLOCK_MS, GROUP, KEY, LIMITS, STREAM, Lookout, group_of, stream_of
from tests.servers import wait_until

MODERN = ("redis-7.0", "redis-8.2", "valkey-9.1")
LIVE_MS = LIMITS.live_within_ms


every_way = pytest.mark.parametrize("lookout", MODERN, indirect=True)
"""Where servers count differently: 7.0 and Valkey go on miscounting after a trim, 8.2 does not."""


async def test_a_group_is_removed(lookout: Lookout) -> None:
    lookout.add(3)
    await lookout.look()
    lookout.wire.one("XGROUP", "DESTROY", STREAM, GROUP)
    found = await lookout.told("no_group")
    assert (found.severity, found.title) == (Severity.CRITICAL, "group vanished, 3 entries")
    lookout.wire.one("XGROUP", "CREATE", STREAM, GROUP, "0")
    await lookout.over("no_group")


async def test_a_group_is_recreated_and_finished_work_comes_again(lookout: Lookout) -> None:
    ids = lookout.add(12)
    lookout.worker().start().wait_for(12)
    await lookout.look()
    for worker in lookout.workers:
        worker.kill()
    lookout.wire.ask(("XGROUP", "DESTROY", STREAM, GROUP), ("XGROUP", "CREATE", STREAM, GROUP, "0"))
    found = await lookout.told("moved_back")
    assert (found.severity, found.press) == (Severity.CRITICAL, "x")
    assert found.title == "group recreated or set back, 12 come again"
    assert found.evidence == f"from {ids[-1]} to 0-0; finished work among them"
    lookout.worker("worker-2").start().wait_for(12)
    ended = await lookout.over("moved_back", lambda made: str(group_of(made).last_delivered) == ids[-1])
    assert ended.finding.title == "group recreated or set back, 12 come again"


async def test_a_position_is_set_back_while_work_goes_on(lookout: Lookout) -> None:
    ids = lookout.add(12)
    lookout.read(12)
    await lookout.look()
    lookout.wire.one("XGROUP", "SETID", STREAM, GROUP, ids[4], "ENTRIESREAD", 5)
    found = await lookout.told("moved_back")
    assert found.title == "group set back, 7 come again"
    assert found.evidence == f"from {ids[-1]} to {ids[4]}; finished work among them"
    lookout.add(5)
    await lookout.look()
    lookout.read(7)
    await lookout.over("moved_back", lambda made: str(group_of(made).last_delivered) == ids[-1])


@every_way
async def test_the_stream_is_trimmed_past_its_group(lookout: Lookout) -> None:
    lookout.use(replace(LIMITS, recent_ms=1_000))
    ids = lookout.add(20)
    lookout.read(4)
    await lookout.look()
    lookout.wire.one("XTRIM", STREAM, "MAXLEN", 10)
    found = await lookout.told("unread_lost")
    assert (found.severity, found.title) == (Severity.CRITICAL, "6 unread entries lost to trimming")
    assert found.evidence == f"delivered up to {ids[3]}, trimmed up to {ids[10]}"
    lookout.read(10)
    began_ms = lookout.frames[-1].memory.mono_ms
    await lookout.look(2)
    assert any(one.rule == "unread_lost" for one in lookout.frames[-1].findings)
    # It has read on, so it is told for a while and no longer.
    recent_ms = lookout.limits.recent_ms
    await lookout.over("unread_lost", lambda made: made.memory.mono_ms - began_ms >= recent_ms)


def _nobody(made: Frame) -> bool:
    """Whether the only consumer is certainly gone while work waits."""
    [worker] = group_of(made).consumers or ()
    first = group_of(made).first_undelivered
    # Before 7.2 only work that it leaves waiting shows that it does not ask any more.
    patience_ms = LIVE_MS if worker.inactive_ms is None else BLOCK_MS
    waits = first is not None and made.snapshot.taken_at_ms - first.ms >= patience_ms
    return waits and worker.idle_ms >= LIVE_MS


@pytest.mark.parametrize("lookout", ["redis-7.0", "redis-8.2"], indirect=True)
async def test_the_last_worker_is_gone_and_work_waits(lookout: Lookout) -> None:
    worker = lookout.worker().start()
    lookout.add(3)
    worker.wait_for(3)
    worker.kill()
    lookout.add(5)
    found = await lookout.told("no_live", _nobody)
    assert found.severity is Severity.CRITICAL
    assert found.title.startswith("no live worker of 1, 5 waiting ")
    assert found.next_step == "start a worker"
    lookout.worker("worker-2").start().wait_for(5)
    await lookout.over("no_live")


async def test_work_waits_while_the_worker_is_busy(lookout: Lookout) -> None:
    own = replace(lookout.limits.default, waiting_after_ms=1_000, stuck_after_ms=60_000, safe_after_ms=60_000)
    lookout.use(replace(lookout.limits, default=own))
    worker = lookout.worker().start(gated=True)
    lookout.add(1)
    wait_until(lambda: len(lookout.pending()) == 1, "the worker to take a job")
    lookout.add(4)
    found = await lookout.told("behind", lambda made: (made.rows[0].waiting_ms or 0) >= 1_000)
    assert found.severity is Severity.WARNING
    assert found.title.startswith("4 waiting ")
    assert lookout.frames[-1].rows[0].state == "behind"
    worker.let(5)
    await lookout.over("behind")


async def test_producers_are_faster_than_workers(lookout: Lookout) -> None:
    worker = lookout.worker().start(gated=True)
    lookout.add(300)
    for _ in range(400):
        lookout.add(10)
        worker.let(2)
        made = await lookout.look()
        if any(one.rule == "outpaced" for one in made.findings):
            break
    spell = made.memory.spells["outpaced", KEY]
    lookout.check_in_time("outpaced", spell.began.mono_ms, lookout.limits.hold_ms["outpaced"])
    found = spell.finding
    came, went = made.rows[0].rates.in_per_s, made.rows[0].rates.out_per_s
    assert came is not None
    assert went is not None
    assert (went < came, found.severity) == (True, Severity.WARNING)
    waiting = stream_of(made).length - (group_of(made).entries_read or 0)
    assert found.title == f"producers outpace workers, {waiting:,} waiting"
    assert found.evidence.startswith(f"in {came:.1f}/s, out {went:.1f}/s; ")
    worker.kill()
    lookout.worker("worker-2").start()
    await lookout.over("outpaced", lambda made: stream_of(made).last_entry_id == group_of(made).last_delivered)
