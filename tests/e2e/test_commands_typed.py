"""The commands that move entries on a terminal: what is asked, what is typed, and Ctrl-C at every moment."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.backlog import Backlog, wait_for_idle
from tests.e2e.running import at
from tests.e2e.worker import Worker
from tests.servers import Server, wait_until
from tests.terminal import ROOT, Terminal

INTERRUPTED = 130
REFUSED = 4
A_BATCH_LATER_MS = 500


@pytest.fixture
def jobs(redis70: Server, tmp_path: Path) -> Backlog:
    """Three stuck entries on the jobs stream of a Redis 7.0."""
    found = Backlog(redis70, tmp_path)
    found.stuck(3)
    return found


def on_terminal(jobs: Backlog, *arguments: str) -> Terminal:
    """Run a command on a terminal of its own."""
    return Terminal([*arguments, *at(jobs.server)], environ=jobs.environ)


def test_the_number_is_typed(jobs: Backlog) -> None:
    """The plan stands above the question."""
    with on_terminal(jobs, "ack", jobs.stream) as terminal:
        terminal.wait_for("This is a loss unless the work was done.", "type 3 to ack 3:")
        terminal.press("3", "enter")
        terminal.wait_for("ack: done. 3 of 3 entries")
        assert terminal.exit_code() == 0
    assert jobs.pending == []


@pytest.mark.parametrize("typed", ["", "y", "4"])
def test_anything_else_declines(jobs: Backlog, typed: str) -> None:
    """Nothing was sent."""
    with on_terminal(jobs, "ack", jobs.stream) as terminal:
        terminal.wait_for("type 3 to ack 3:")
        terminal.press(*typed, "enter")
        terminal.wait_for("Declined: nothing was sent.")
        assert terminal.exit_code() == REFUSED
    assert len(jobs.pending) == 3


def test_one_entry_takes_a_y(jobs: Backlog) -> None:
    """No number to count."""
    [one, *_] = jobs.pending_ids
    with on_terminal(jobs, "ack", jobs.stream, "--id", one) as terminal:
        terminal.wait_for("ack 1? [y/N]:")
        terminal.press("y", "enter")
        assert terminal.exit_code() == 0
    assert one not in jobs.pending_ids


def test_production_takes_the_name(jobs: Backlog) -> None:
    """A number is typed too easily there."""
    with on_terminal(jobs, "ack", jobs.stream, "--environment", "production") as terminal:
        terminal.wait_for("type jobs to ack 3:")
        terminal.press(*"jobs", "enter")
        assert terminal.exit_code() == 0
    assert jobs.pending == []


def test_an_override_may_be_typed(jobs: Backlog) -> None:
    """Where nothing less would do; on a command line it stands as --override."""
    jobs.server.run("DEL", jobs.stream)
    jobs.server.run("XGROUP", "CREATE", jobs.stream, jobs.group, "0", "MKSTREAM")
    jobs.add(2)
    jobs.deliver()
    with on_terminal(jobs, "ack", jobs.stream, "--min-idle", "0s") as terminal:
        terminal.wait_for("type 2 to ack 2, perhaps running ones too:")
        terminal.press("2", "enter")
        terminal.wait_for("type running to ack 2, perhaps running ones too:")
        terminal.press(*"running", "enter")
        assert terminal.exit_code() == 0
    assert jobs.pending == []


def test_ctrl_c_at_the_question_ends_at_once(jobs: Backlog) -> None:
    """Without an answer, and nothing was sent."""
    with on_terminal(jobs, "ack", jobs.stream) as terminal:
        terminal.wait_for("type 3 to ack 3:")
        terminal.signal(signal.SIGINT)
        assert terminal.exit_code() == INTERRUPTED
    assert len(jobs.pending) == 3
    assert jobs.log() == []


@contextmanager
def requeueing(jobs: Backlog, *more: str) -> Iterator[subprocess.Popen[str]]:
    """A requeue that goes on beside the test, and ends with it."""
    child = subprocess.Popen(
        [sys.executable, "-m", "maestro_tui", "requeue", jobs.stream, "--yes", *more, *at(jobs.server)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **jobs.environ},
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
            child.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_during_a_run_stops_it_and_the_outcome_is_told(
    jobs: Backlog, number: signal.Signals, code: int
) -> None:
    """One copy was made and nobody acknowledges it: the other two are left where they are, and the log says so."""
    with requeueing(jobs, "--format", "json") as child:
        wait_until(lambda: jobs.length() == 4, "the canary to be sent")
        child.send_signal(number)
        out, err = child.communicate(timeout=30)
    assert child.returncode == code, err
    document = json.loads(out)
    assert (document["outcome"], document["stopped"]) == ("partly", "by the operator")
    assert document["counts"]["done"] == 1
    assert "stopping after the batch under way" in err
    assert (jobs.length(), len(jobs.pending)) == (4, 2)
    assert [record["outcome"] for record in jobs.log() if record["record"] == "outcome"] == ["partly"]


def test_poison_stops_at_the_canary(jobs: Backlog, tmp_path: Path) -> None:
    """One copy comes back un-acked: the rest stays where it is, and that is said."""
    jobs.server.run("DEL", jobs.stream)
    jobs.server.run("XGROUP", "CREATE", jobs.stream, jobs.group, "0", "MKSTREAM")
    jobs.stuck(3, "payload", "not json")
    with requeueing(jobs) as child:
        wait_until(lambda: jobs.length() == 4, "the canary to be sent")
        with Worker(jobs.server, jobs.stream, jobs.group, tmp_path / "journal").start() as worker:
            worker.wait_for(1)
            # That it receives something newer, in another batch, is what tells that it is done with this one.
            wait_for_idle(jobs, A_BATCH_LATER_MS)
            jobs.add(1)
            worker.wait_for(2)
            out, err = child.communicate(timeout=60)
    assert child.returncode == 1, err
    assert "requeue: partly. 1 of 1 entry" in out
    assert "stopped by itself" in out
    assert len(jobs.pending) == 3
