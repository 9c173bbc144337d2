"""Bell and hook: what is new is told once, by a real process in bounded time, and nothing secret leaves."""

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from maestro_tui.domain.config import Address, Config, Secret
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.rules import Ended, Finding, Severity
from maestro_tui.engine import alerts
from maestro_tui.engine.alerts import Alerts
from maestro_tui.engine.hook import without_secrets
from tests.domain.building import KEY, NOW, frame
from tests.fakes import FixedClock
from tests.patience import PATIENCE_S

LATER = NOW + 60_000
STUCK = Finding("stuck", KEY, Severity.CRITICAL, "5 stuck", "worker-1", "enter", "enter", since_ms=LATER)
QUIET = replace(STUCK, rule="dead_letters", severity=Severity.INFO)
CALM = frame()
ENV = {"PATH": os.environ["PATH"]}


def _sees(*findings: Finding, ended: tuple[Ended, ...] = ()) -> Frame:
    return replace(CALM, findings=findings, ended=ended)


def _script(folder: Path, body: str) -> str:
    path = folder / "my hook.sh"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return f"'{path}' '{folder}'"


def _alerts(hook: str | None, *, timeout_s: float = PATIENCE_S, environ: dict[str, str] | None = None) -> Alerts:
    address = Address("redis.test", user="kay", password=Secret("hunter22"))
    config = Config(
        address,
        "east",
        "production",
        hook=hook,
        hook_timeout_s=timeout_s,
        runbooks={"stuck": "https://wiki.test/stuck"},
    )
    return Alerts(config, FixedClock(), ENV if environ is None else environ)


async def _until(true: Callable[[], object]) -> None:
    for _ in range(round(PATIENCE_S / 0.01)):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come true")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # A process that ended and waits for init to notice is not alive.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


async def test_a_hook_is_given_each_problem_and_its_end_as_json(tmp_path: Path) -> None:
    made = _alerts(_script(tmp_path, 'cat >> "$1/told"'))
    made.take(_sees())
    made.take(_sees(STUCK))
    made.take(_sees(STUCK))
    made.take(_sees(ended=(Ended(STUCK, LATER + 5_000, 5_000),)))
    assert await made.aclose(PATIENCE_S) == 0
    began, ended = [json.loads(line) for line in (tmp_path / "told").read_text().splitlines()]
    assert (began["schema"], began["event"], ended["event"]) == (1, "began", "ended")
    assert (began["server"], began["environment"], began["profile"]) == ("redis.test:6379/0", "production", "east")
    assert began["problem"]["rule"] == "stuck"
    assert began["problem"]["runbook"] == "https://wiki.test/stuck"
    assert (ended["lasted_ms"], ended["problem"]["id"]) == (5_000, began["problem"]["id"])
    assert "hunter22" not in json.dumps([began, ended])
    assert "kay" not in json.dumps([began, ended])


async def test_what_was_there_at_the_first_look_is_only_told_where_nobody_looks(tmp_path: Path) -> None:
    old = replace(STUCK, since_ms=CALM.snapshot.taken_at_ms)
    made = _alerts(_script(tmp_path, 'cat >> "$1/told"'))
    assert made.take(_sees(old)).began == ()
    assert made.take(_sees(ended=(Ended(old, LATER, 1_000),))).ended == ()
    assert await made.aclose(PATIENCE_S) == 0
    assert not (tmp_path / "told").exists()
    watch = _alerts(_script(tmp_path, 'cat >> "$1/told"'))
    watch.from_the_start = True
    assert watch.take(_sees(old)).began == (old,)
    await watch.aclose(PATIENCE_S)
    assert len((tmp_path / "told").read_text().splitlines()) == 1


async def test_what_gets_worse_is_told_and_so_is_its_end(tmp_path: Path) -> None:
    """Even of what was there when the dashboard opened: that it became critical nobody has seen."""
    was = replace(STUCK, severity=Severity.WARNING, since_ms=NOW - 1_000)
    made = _alerts(_script(tmp_path, 'cat >> "$1/told"'))
    for finding in (was, replace(was, severity=Severity.CRITICAL), was):
        made.take(_sees(finding))
    made.take(_sees())
    assert await made.aclose(PATIENCE_S) == 0
    told = [json.loads(line) for line in (tmp_path / "told").read_text().splitlines()]
    assert [(one["event"], one["problem"]["severity"]) for one in told] == [("worse", "critical"), ("ended", "warning")]


def test_the_bell_rings_for_what_gets_worse() -> None:
    rang: list[None] = []
    made = Alerts(Config(bell=True), FixedClock(), ENV)
    made.ring = lambda: rang.append(None)
    made.take(_sees(QUIET))
    made.take(_sees(replace(QUIET, severity=Severity.WARNING)))
    assert len(rang) == 1


async def test_of_what_was_there_before_the_first_answer_no_time_is_told(tmp_path: Path) -> None:
    watch = _alerts(_script(tmp_path, 'cat >> "$1/told"'))
    watch.from_the_start = True
    watch.take(_sees(replace(STUCK, rule="unreachable", key=None, since_ms=0)))
    await watch.aclose(PATIENCE_S)
    assert json.loads((tmp_path / "told").read_text())["problem"]["since"] is None


async def test_a_hook_that_hangs_is_killed_with_what_it_started(tmp_path: Path) -> None:
    said: list[str] = []
    made = _alerts(
        _script(tmp_path, 'sleep 600 & echo "$$ $!" > "$1/new"; mv "$1/new" "$1/pids"; sleep 600'), timeout_s=1.0
    )
    made.say = said.append
    made.take(_sees())
    made.take(_sees(STUCK))
    await _until((tmp_path / "pids").exists)
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    await _until(lambda: not made.busy)
    await _until(lambda: not any(map(_alive, pids)))
    assert "took longer than 1s and was ended" in said[0]
    with pytest.raises(ChildProcessError):
        os.waitpid(pids[0], os.WNOHANG)  # noqa: ASYNC222 - it does not wait
    assert await made.aclose() == 0


async def test_what_a_hook_left_running_is_ended_with_it(tmp_path: Path) -> None:
    made = _alerts(_script(tmp_path, 'sleep 600 & echo $! > "$1/pid"'))
    made.take(_sees())
    made.take(_sees(STUCK))
    assert await made.aclose(PATIENCE_S) == 0
    pid = int((tmp_path / "pid").read_text())
    await _until(lambda: not _alive(pid))


async def test_leaving_ends_what_still_runs_and_counts_what_was_not_given(tmp_path: Path) -> None:
    made = _alerts(_script(tmp_path, 'trap "" TERM; echo $$ > "$1/new"; mv "$1/new" "$1/pid"; sleep 600'))
    made.take(_sees())
    made.take(_sees(STUCK, QUIET))
    await _until((tmp_path / "pid").exists)
    tasks = asyncio.all_tasks()
    assert await made.aclose(0.0) == 2
    assert not _alive(int((tmp_path / "pid").read_text()))
    assert not made.busy
    assert {task for task in tasks if not task.done()} == {asyncio.current_task()}


@pytest.mark.parametrize("hook", ["/no/such/hook", "unbalanced 'quote", "''", "/"])
async def test_a_hook_that_cannot_be_started_is_told_once(hook: str) -> None:
    said: list[str] = []
    made = _alerts(hook)
    made.say = said.append
    made.take(_sees())
    for number in range(5):
        made.take(_sees(replace(STUCK, rule=f"rule_{number}")))
        await _until(lambda: not made.busy)
    await made.aclose()
    assert len(said) == 1
    assert "cannot be started" in said[0]


async def test_a_hook_that_fails_is_told_once(tmp_path: Path) -> None:
    said: list[str] = []
    made = _alerts(_script(tmp_path, "exit 3"))
    made.say = said.append
    made.take(_sees())
    for number in range(3):
        made.take(_sees(replace(STUCK, rule=f"rule_{number}")))
        await _until(lambda: not made.busy)
    assert len(said) == 1
    assert "exit code 3" in said[0]


async def test_more_problems_than_the_hook_can_take_are_counted(tmp_path: Path) -> None:
    said: list[str] = []
    made = _alerts(_script(tmp_path, 'cat >> "$1/told"'))
    made.say = said.append
    made.take(_sees())
    made.take(_sees(*(replace(STUCK, rule=f"rule_{number}") for number in range(alerts.MOST_WAITING + 5))))
    assert made.left_out == 5
    assert len(said) == 1
    assert await made.aclose(2 * PATIENCE_S) == 5
    assert len((tmp_path / "told").read_text().splitlines()) == alerts.MOST_WAITING


async def test_the_environment_of_a_hook_holds_no_secret(tmp_path: Path) -> None:
    environ = {
        **ENV,
        "MAESTRO_REDIS_PASSWORD": "p1",
        "MAESTRO_EAST_PASSWORD_FILE": "p2",
        "MAESTRO_URL": "p3",
        "REDIS_PASSWORD": "p4",
        "REDIS_URL": "p5",
        "REDISCLI_AUTH": "p6",
        "BROKER_URL": "rediss://host/0",
        "DATABASE_URL": "postgres://me:secret@host/db",
        "SOMETHING": "before hunter22 after",
        "db_password": "p7",
        "PAGER_TOPIC": "on-call",
        "CHAT_URL": "https://chat.test/rooms/1",
    }
    made = _alerts(_script(tmp_path, 'env > "$1/env"'), environ=environ)
    made.take(_sees())
    made.take(_sees(STUCK))
    await made.aclose(PATIENCE_S)
    names = {line.partition("=")[0] for line in (tmp_path / "env").read_text().splitlines()}
    assert {"PAGER_TOPIC", "CHAT_URL", "PATH"} <= names
    assert not names & (set(environ) - {"PAGER_TOPIC", "CHAT_URL", "PATH"})


def test_a_password_of_three_letters_does_not_empty_the_environment() -> None:
    assert without_secrets({"PATH": "/usr/bin", "LANG": "C"}, ["C", "bin"]) == {"PATH": "/usr/bin", "LANG": "C"}


async def test_a_hook_that_does_not_read_is_no_fault(tmp_path: Path) -> None:
    said: list[str] = []
    made = _alerts(_script(tmp_path, "exec <&-; exit 0"))
    made.say = said.append
    made.take(_sees())
    made.take(_sees(replace(STUCK, evidence="x" * 1_000_000)))
    assert await made.aclose(PATIENCE_S) == 0
    assert said == []


async def test_taking_a_frame_waits_for_nothing(tmp_path: Path) -> None:
    """`take` is no coroutine, and runs nothing itself: the hook begins once the loop is free."""
    made = _alerts(_script(tmp_path, 'cat > "$1/told"'))
    made.take(_sees())
    made.take(_sees(STUCK))
    assert made.busy
    assert not (tmp_path / "told").exists()
    await made.aclose(PATIENCE_S)
    assert (tmp_path / "told").exists()


def test_the_bell_rings_for_what_is_new_and_not_too_often() -> None:
    rung: list[None] = []
    clock = FixedClock()
    made = Alerts(Config(bell=True), clock, ENV)
    made.ring = lambda: rung.append(None)
    made.take(_sees())
    made.take(_sees(QUIET))
    assert len(rung) == 0
    made.take(_sees(QUIET, STUCK))
    assert len(rung) == 1
    clock.advance(alerts.QUIET_S / 2)
    made.take(_sees(STUCK, replace(STUCK, rule="behind")))
    assert len(rung) == 1
    clock.advance(alerts.QUIET_S)
    made.take(_sees(STUCK, replace(STUCK, rule="no_live", severity=Severity.WARNING)))
    assert len(rung) == 2


def test_without_the_setting_nothing_rings() -> None:
    made = Alerts(Config(), FixedClock(), ENV)
    made.ring = lambda: pytest.fail("it rang")
    made.take(_sees())
    made.take(_sees(STUCK))


def test_without_a_hook_no_loop_is_needed() -> None:
    """Every command makes a session, and some look at nothing."""
    made = Alerts(Config(), FixedClock(), ENV)
    made.take(_sees())
    assert made.take(_sees(STUCK)).began == (STUCK,)
