"""`maestro-tui log` and `undo` on real servers: what was done, and taking it back."""

import json
from pathlib import Path

import pytest

from tests.e2e.backlog import Backlog
from tests.servers import Server


@pytest.fixture
def jobs(redis70: Server, tmp_path: Path) -> Backlog:
    """The jobs stream of a Redis 7.0."""
    return Backlog(redis70, tmp_path)


def test_the_log_lists_deeds_and_notes_without_a_server(jobs: Backlog) -> None:
    """What was done, to what, with what outcome; nothing is connected."""
    [one] = jobs.stuck(1)
    done = jobs.document("ack", jobs.stream, "--id", one, "--yes")
    assert jobs.command("log", "--note", "worker-1 was \x1b[31mrestarted").returncode == 0
    jobs.server.kill()
    document = jobs.document("log")
    deed, note = document["records"]
    assert (deed["id"], deed["action"], deed["outcome"]) == (done["operation"], "ack", "done")
    assert (deed["counts"], deed["stream"]["name"], deed["undoable"]) == ({"done": 1}, jobs.stream, True)
    assert note["text"] == "worker-1 was \x1b[31mrestarted"
    table = jobs.command("log").stdout
    assert "\x1b" not in table
    first, second = table.splitlines()
    assert all(part in first for part in (done["operation"], "ack", jobs.stream, "done (1 done)"))
    assert "note: worker-1 was" in second
    lines = jobs.command("log", "--limit", "1", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["record"] for line in lines] == ["note"]


def test_an_empty_log(jobs: Backlog) -> None:
    """Nothing was done, so there is nothing to take back."""
    assert jobs.document("log")["records"] == []
    done = jobs.command("undo", "--yes")
    assert done.returncode == 0
    assert "can be taken back" in done.stderr


def test_what_cannot_be_undone_says_what_can_be_done_instead(jobs: Backlog) -> None:
    """A requeue's copies may be processed already; a deed of another name is nowhere."""
    [one] = jobs.stuck(1)
    done = jobs.document("requeue", jobs.stream, "--id", one, "--yes", "--no-watch")
    refused = jobs.command("undo", done["operation"], "--yes")
    assert refused.returncode == 4
    assert "cannot be taken back" in refused.stderr
    unknown = jobs.command("undo", "no-such-deed", "--yes")
    assert unknown.returncode == 1
    assert "the log has no deed no-such-deed" in unknown.stderr


def test_a_dry_run_of_an_undo(jobs: Backlog) -> None:
    """It tells how many would return to whom."""
    jobs.stuck(2)
    jobs.document("ack", jobs.stream, "--yes")
    done = jobs.command("undo", "--dry-run")
    assert done.returncode == 0
    assert "2 entries are pending again: worker-1 2" in done.stdout
    assert jobs.pending == []
