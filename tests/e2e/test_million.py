"""A million pending entries: to look at them costs the server as little as a thousand, and a move can be stopped."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from maestro_tui.domain.plans import Confirmed, MovePlan, Sweep
from tests import binaries
from tests.e2e.running import at, run
from tests.e2e.worker import Worker
from tests.gateway.rig import monitored
from tests.long.desk import everything, open_desk
from tests.long.numbered import KEY, Numbered
from tests.long.wire import Wire
from tests.servers import DEFAULT_KIND, Server, Unavailable
from tests.terminal import Terminal

MILLION = 1_000_000
MOST_AT_ONCE = 1_000
LOOKS = {"INFO", "TIME", "SCAN", "TYPE", "XINFO", "XPENDING", "XRANGE", "XREVRANGE", "XLEN", "CLIENT", "HELLO", "AUTH"}


@pytest.fixture(scope="module")
def numbered() -> Numbered:
    return Numbered(MILLION)


@pytest.fixture(scope="module")
def crowded(numbered: Numbered) -> Iterator[Server]:
    """One server for all tests here: to make the entries takes ten seconds."""
    try:
        binaries.find(DEFAULT_KIND)
    except Unavailable as reason:
        pytest.skip(str(reason))
    with Server(DEFAULT_KIND) as server, Wire(server.port) as wire:
        numbered.fill(wire)
        # With the other streams missing, this one would not always be the first row.
        assert run("init", "--yes", *at(server)).returncode == 0
        yield server


def unbounded(command: str) -> str | None:
    """Return why a command may take the server as long as there are entries; None where it may not."""
    words = command.upper().split()
    if words[0] not in LOOKS:
        return "not a look"
    if words[:2] == ["XINFO", "STREAM"] and "FULL" in words and "COUNT" not in words:
        return "FULL without COUNT"
    if words[0] == "XPENDING" and len(words) > 3:
        start, end, count = words[-3:] if len(words) in (6, 8) else words[-4:-1]
        if "IDLE" in words and start != end:
            return "IDLE over an open range"
        return None if 0 < int(count) <= MOST_AT_ONCE else "COUNT"
    if words[0] in ("XRANGE", "XREVRANGE") and "COUNT" not in words and words[2] != words[3]:
        return "a range without COUNT"
    if "COUNT" in words and not 0 < int(words[words.index("COUNT") + 1]) <= MOST_AT_ONCE:
        return "COUNT"
    return None


@pytest.mark.parametrize(
    "command",
    [
        *("XPENDING s g IDLE 1 - + 10", "XPENDING s g - + 100000", "XRANGE s - +", "XRANGE s - + COUNT 5000"),
        *("XINFO STREAM s FULL", "XINFO STREAM s FULL COUNT 0", "KEYS *", "XPENDING s g - + 100000 worker-1"),
    ],
)
def test_what_is_unbounded_is_known(command: str) -> None:
    assert unbounded(command)


@pytest.mark.parametrize(
    "command",
    [
        *("XPENDING s g", "XPENDING s g - + 1000", "XPENDING s g (1-0 + 1000 worker-1", "XRANGE s 1-0 1-0"),
        *("XPENDING s g IDLE 5 1-0 1-0 1", "XRANGE s - + COUNT 1", "XINFO STREAM s FULL COUNT 1", "XINFO GROUPS s"),
    ],
)
def test_what_is_bounded_is_let_pass(command: str) -> None:
    assert unbounded(command) is None


def test_to_open_the_group_sends_nothing_unbounded(crowded: Server, numbered: Numbered, tmp_path: Path) -> None:
    with monitored(crowded) as commands, Terminal(at(crowded), environ={"XDG_STATE_HOME": str(tmp_path)}) as screen:
        screen.wait_for("automation:jobs", "stuck")
        screen.press("g", "enter")
        screen.wait_for(str(numbered.id(0)), "worker-1")
        for key in ("G", "]", "]", "]"):
            screen.press(key)
            screen.read(1)
        screen.press("q", "q")
        assert screen.exit_code() == 0
    assert any(command.startswith("XPENDING") for command in commands)
    assert {command: why for command in commands if (why := unbounded(command))} == {}


async def test_a_large_requeue_shows_progress_and_stops_within_a_batch(
    crowded: Server, numbered: Numbered, tmp_path: Path
) -> None:
    with Wire(crowded.port) as wire:
        before = wire.one("XLEN", KEY.stream.raw)
        async with open_desk(crowded.port, tmp_path / "audit.jsonl") as desk:
            operation = desk.operations.submit(limited(numbered, 100_000))
            shown = []
            async for progress in operation.updates():
                shown.append(progress)
                if progress.done >= 30_000:
                    break
            operation.stop()
            calls = scripts_run(wire)
            outcome = await operation.wait()
        moved = outcome.counts["done"]
        assert wire.one("XLEN", KEY.stream.raw) - before == moved
        assert scripts_run(wire) - calls <= 1
    assert 30_000 <= moved < 100_000
    assert outcome.word == "partly"
    assert operation.progress.stopped == "by the operator"
    # Whoever follows sees it grow.
    done = [progress.done for progress in shown]
    assert done == sorted(done)
    assert len(set(done)) >= 3
    assert {progress.total.value for progress in shown if progress.phase == "moving"} == {100_000}


def test_r_on_a_million_shows_how_far_it_is_and_s_stops_it(crowded: Server, tmp_path: Path) -> None:
    with Wire(crowded.port) as wire:
        before = wire.one("XLEN", KEY.stream.raw)
        journal = tmp_path / "journal"
        with (
            Worker(crowded, str(KEY.stream), str(KEY.group), journal, name="worker-2").start(),
            Terminal(at(crowded), environ={"XDG_STATE_HOME": str(tmp_path)}) as screen,
        ):
            # Worker-2 has come, and lives; whether worker-1 still counts as alive hangs on how long the fill took.
            screen.wait_for("stuck", "/2 ")
            screen.press("g", "R")
            screen.wait_for("Type 100000")
            screen.press(*"100000", "enter")
            screen.wait_for(" of >=100,000 requeued", "s stops after the batch under way")
            screen.press("s")
            told = screen.wait_for("Stopped by you")
        moved = int(told.partition("Stopped by you. ")[2].partition(" of ")[0].replace(",", ""))
        assert wire.one("XLEN", KEY.stream.raw) - before == moved
    assert 0 < moved < 900_000


def scripts_run(wire: Wire) -> int:
    """Return how many batches the server has carried out."""
    stats = wire.one("INFO", "commandstats").decode()
    [line] = [line for line in stats.splitlines() if line.startswith("cmdstat_eval:")]
    return int(line.partition("calls=")[2].partition(",")[0])


def limited(numbered: Numbered, most: int) -> Confirmed:
    """Return a plan that moves only the oldest."""
    plan = everything("requeue", numbered, time.time_ns() // 1_000_000).plan
    assert isinstance(plan, MovePlan)
    assert isinstance(plan.selection, Sweep)
    sweep = replace(plan.selection, limit=most, seen=replace(plan.selection.seen, value=most))
    return Confirmed(replace(plan, selection=sweep), "somebody", "count")
