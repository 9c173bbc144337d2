"""Following an operation: to its end, through signals, on a terminal and off it."""

import asyncio
import io
import signal
import sys
from dataclasses import replace

import pytest

from maestro_tui.commands.following import follow
from maestro_tui.commands.narrating import Narrator, fates_told
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Chosen, Confirmed, MovePlan, Target
from maestro_tui.domain.progress import Fates, Progress
from maestro_tui.domain.snapshot import at_least, exact
from maestro_tui.engine.operation import Operation
from tests.fakes import FixedClock

PLAN = MovePlan("requeue", Key(Name.of("s"), Name.of("g")), Chosen((Target(EntryId(1)),)), 0)
MOVING = Progress("moving", exact(50), {"done": 40, "not pending": 2})
DONE = Outcome("done", counts={"done": 50})


def operation() -> Operation:
    """One that is about to move."""
    return Operation("1-a", Confirmed(PLAN, "me", "count"))


def narrator() -> Narrator:
    """One that has just begun."""
    return Narrator("requeued", FixedClock().monotonic_s)


async def turns(number: int = 5) -> None:
    """Let others go on."""
    for _ in range(number):
        await asyncio.sleep(0)


async def test_it_is_followed_until_the_watch_has_ended() -> None:
    """The outcome, the last progress, and no signal."""
    moving = operation()
    following = asyncio.create_task(follow(moving, narrator(), watch=True))
    await turns()
    moving.publish(MOVING)
    moving.conclude(DONE)
    moving.publish(Progress("watching", fates=Fates(50, 41)))
    await turns()
    assert not following.done()
    ended = Progress("ended", fates=Fates(50, 50))
    moving.publish(ended)
    assert await following == (DONE, ended, 0)


async def test_without_watching_the_watch_is_stopped() -> None:
    """Whoever does not want to wait does not."""
    moving = operation()
    following = asyncio.create_task(follow(moving, narrator(), watch=False))
    moving.conclude(DONE)
    await asyncio.wait_for(moving.stop_asked.wait(), 5)
    moving.publish(Progress("ended"))
    assert (await following)[0] == DONE


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
async def test_a_signal_stops_it_after_the_batch_under_way(
    number: signal.Signals, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the outcome of that batch is awaited."""
    moving, before = operation(), signal.getsignal(number)
    following = asyncio.create_task(follow(moving, narrator(), watch=True))
    await turns()
    moving.publish(MOVING)
    signal.raise_signal(number)
    await asyncio.wait_for(moving.stop_asked.wait(), 5)
    assert not following.done()
    partly = Outcome("partly", counts={"done": 41, "not tried": 9})
    moving.conclude(partly)
    moving.publish(replace(MOVING, phase="ended", stopped="by the operator"))
    outcome, progress, found = await following
    assert (outcome, progress.stopped, found) == (partly, "by the operator", code)
    assert "stopping after the batch under way" in capsys.readouterr().err
    assert signal.getsignal(number) == before


async def test_a_second_signal_leaves_at_once() -> None:
    """Then nobody here knows the outcome."""
    moving = operation()
    following = asyncio.create_task(follow(moving, narrator(), watch=True))
    await turns()
    signal.raise_signal(signal.SIGINT)
    await asyncio.wait_for(moving.stop_asked.wait(), 5)
    signal.raise_signal(signal.SIGINT)
    outcome, _, code = await asyncio.wait_for(following, 5)
    assert (outcome, code) == (None, 130)


def test_off_a_terminal_a_line_comes_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    """At each change of phase, and every ten seconds."""
    clock = FixedClock()
    told = Narrator("requeued", clock.monotonic_s)
    for number in range(100):
        told.show(Progress("moving", at_least(1000), {"done": number}))
        clock.advance(0.5)
    told.show(Progress("ended"))
    told.close()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "maestro-tui: requeued 0 of >=1,000"
    assert len(lines) == 5
    assert lines[-1] == "maestro-tui: requeued 80 of >=1,000"


def test_on_a_terminal_one_line_is_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is taken away at the end, and fits the width."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "40")
    told = narrator()
    told.show(MOVING)
    told.show(MOVING)
    told.show(replace(MOVING, stopping=True, sentence="worker-1 took them \x1b[2J " + "x" * 100))
    told.close()
    shown = screen.getvalue()
    assert "\n" not in shown
    lines = shown.split("\r")[1:]
    assert [line.removesuffix("\x1b[K") for line in lines][::2] == ["requeued 40 of 50, 2 left alone", ""]
    assert all(len(line.removesuffix("\x1b[K")) <= 39 for line in lines)
    assert "\x1b[2J" not in shown


def test_what_became_of_copies_in_words() -> None:
    """Every number is named, holders with most first and no more than five of them."""
    holders = {Name.of(f"w{number}"): number for number in range(1, 8)}
    fates = Fates(100, 41, holders, 20, failed=3, gone=1, complete=False)
    assert fates_told(fates) == (
        "41 of 100 acknowledged, 7 pending on w7, 6 pending on w6, 5 pending on w5, 4 pending on w4, 3 pending on w3,"
        " 3 pending on others, 20 not yet delivered, 3 failed, 1 deleted or trimmed before anybody received them"
        " (not all could be looked at)"
    )
    assert fates_told(Fates(50, 50)) == "50 of 50 acknowledged"
