"""The commands that move entries, on real servers."""

from pathlib import Path

import pytest

from tests.e2e.backlog import Backlog, wait_for_idle
from tests.e2e.worker import Worker
from tests.servers import Server

LEFT_ALONE_FOR_MS = 1_500


@pytest.fixture
def jobs(redis70: Server, tmp_path: Path) -> Backlog:
    """The jobs stream of a Redis 7.0."""
    return Backlog(redis70, tmp_path)


@pytest.fixture
def any_jobs(server: Server, tmp_path: Path) -> Backlog:
    """The jobs stream of each kind of server."""
    return Backlog(server, tmp_path)


# -- one entry, by its ID


def test_requeue_copies_and_acks(any_jobs: Backlog) -> None:
    """The fields byte for byte, with marks; the document says which copy is whose."""
    one, other = any_jobs.stuck(2, b"\xff\x00", b"\x1b[2J", "payload", "{}")
    found = any_jobs.document("requeue", any_jobs.stream, "--id", one, "--yes", "--no-watch")
    assert (found["outcome"], found["counts"]) == ("done", {"done": 1})
    assert any_jobs.pending_ids == [other]
    [entry] = found["entries"]
    assert (entry["id"], entry["word"]) == (one, "done")
    copy = any_jobs.entries()[entry["copy"]]
    assert copy == [b"\xff\x00", b"\x1b[2J", b"payload", b"{}", *_marks(one, 1)]


def test_requeue_without_marks(jobs: Backlog) -> None:
    """For handlers that mind further fields."""
    [one] = jobs.stuck(1, "payload", "{}")
    jobs.document("requeue", jobs.stream, "--id", one, "--yes", "--no-marks", "--no-watch")
    assert list(jobs.entries().values())[-1] == [b"payload", b"{}"]


def _marks(origin: str, attempt: int) -> list[bytes]:
    return [b"_maestro_origin", origin.encode(), b"_maestro_attempt", str(attempt).encode()]


def test_dead_letter_and_redrive(any_jobs: Backlog) -> None:
    """There and back: the fields are the same, and the dead letter is gone."""
    one, other = any_jobs.stuck(2, "payload", "not json")
    found = any_jobs.document("dead-letter", any_jobs.stream, "--id", one, "--yes")
    assert found["outcome"] == "done"
    assert any_jobs.pending_ids == [other]
    [letter] = any_jobs.entries(any_jobs.dead).values()
    assert letter[-2:] == [b"payload", b"not json"]
    assert letter[0] == b"_maestro_dead_format"
    back = any_jobs.document("redrive", "automation:jobs", "--yes", "--no-watch")
    assert (back["outcome"], back["stream"]["name"]) == ("done", any_jobs.dead)
    assert any_jobs.length(any_jobs.dead) == 0
    assert list(any_jobs.entries().values())[-1] == [b"payload", b"not json", *_marks(one, 1)]


def test_redrive_by_id_and_by_the_name_of_the_dead_stream(jobs: Backlog) -> None:
    """One of three; an ID that is not there makes it 1."""
    jobs.stuck(3)
    jobs.document("dead-letter", jobs.stream, "--yes")
    letters = list(jobs.entries(jobs.dead))
    document = jobs.document("redrive", "jobs:dead", "--id", letters[1], "--id", "1-1", "--yes", "--no-watch", code=1)
    assert (document["outcome"], document["missing"]) == ("done", ["1-1"])
    assert list(jobs.entries(jobs.dead)) == [letters[0], letters[2]]


def test_claim_keeps_counts_and_idle_and_undo_gives_back(any_jobs: Backlog) -> None:
    """Neither delivery counts nor alarms lie afterwards; what was done can be taken back, once."""
    any_jobs.stuck(2, deliveries=3)
    any_jobs.server.run("XGROUP", "CREATECONSUMER", any_jobs.stream, any_jobs.group, "worker-2")
    before = any_jobs.pending
    found = any_jobs.document("claim", any_jobs.stream, "--to", "worker-2", "--yes")
    assert found["outcome"] == "done"
    claimed = any_jobs.pending
    assert [(row.consumer, row.deliveries) for row in claimed] == [("worker-2", 3), ("worker-2", 3)]
    assert all(0 <= now.idle_ms - then.idle_ms < 60_000 for now, then in zip(claimed, before, strict=True))
    undone = any_jobs.document("undo", "--yes")
    assert (undone["outcome"], undone["counts"]) == ("done", {"done": 2})
    after = any_jobs.pending
    assert [(row.id, row.consumer, row.deliveries) for row in after] == [
        (row.id, row.consumer, row.deliveries) for row in before
    ]
    assert all(0 <= now.idle_ms - then.idle_ms < 60_000 for now, then in zip(after, before, strict=True))
    again = any_jobs.command("undo", found["operation"], "--yes")
    assert again.returncode == 4
    assert "taken back already" in again.stderr


def test_ack_drops_and_undo_brings_back(any_jobs: Backlog) -> None:
    """While the entry exists."""
    one, other = any_jobs.stuck(2)
    assert any_jobs.document("ack", any_jobs.stream, "--id", one, "--yes")["outcome"] == "done"
    assert any_jobs.pending_ids == [other]
    assert any_jobs.document("undo", "--yes")["outcome"] == "done"
    assert any_jobs.pending_ids == [one, other]


# -- many


def test_all_that_is_stuck_is_requeued_and_worked_once(any_jobs: Backlog, tmp_path: Path) -> None:
    """One goes first, the rest follow; the watch sees them acknowledged."""
    ids = any_jobs.stuck(25)
    with Worker(any_jobs.server, any_jobs.stream, any_jobs.group, tmp_path / "journal").start() as worker:
        found = any_jobs.document("requeue", "automation:jobs", "--yes")
        worker.wait_for(25)
        assert len(worker.worked) == 25
    assert (found["outcome"], found["counts"], found["stopped"]) == ("done", {"done": 25}, None)
    assert [entry["id"] for entry in found["entries"]] == ids
    assert sorted(entry["copy"] for entry in found["entries"]) == sorted(set(any_jobs.entries()) - set(ids))
    assert found["watch"]["acked"] == found["watch"]["looked_at"] == 25
    assert any_jobs.pending == []


def test_the_summary_for_eyes(jobs: Backlog, tmp_path: Path) -> None:
    """On stdout what became of it, on stderr what was going to be done."""
    jobs.stuck(3)
    with Worker(jobs.server, jobs.stream, jobs.group, tmp_path / "journal").start():
        done = jobs.command("requeue", jobs.stream, "--yes")
    assert done.returncode == 0, done.stderr
    assert "requeue: done. 3 of 3 entries" in done.stdout
    assert "watched: 3 of 3 acknowledged" in done.stdout
    assert "recorded as " in done.stdout
    assert f"maestro-tui: requeue 3 entries of {jobs.stream} {jobs.group}" in done.stderr


def test_limit_and_min_idle_and_rate(jobs: Backlog) -> None:
    """The oldest two of three; the last batch is left alone without its override."""
    ids = jobs.stuck(3)
    fresh = jobs.add(2)
    jobs.deliver()
    found = jobs.document("ack", jobs.stream, "--limit", "2", "--rate", "100/s", "--yes")
    assert found["counts"] == {"done": 2}
    assert jobs.pending_ids == [ids[2], *fresh]
    found = jobs.document("ack", jobs.stream, "--min-idle", "0s", "--yes")
    assert found["counts"] == {"done": 1}
    assert jobs.pending_ids == fresh
    done = jobs.command("ack", jobs.stream, "--min-idle", "0s", "--yes")
    assert done.returncode == 4
    assert "--override running" in done.stderr
    found = jobs.document("ack", jobs.stream, "--min-idle", "0s", "--yes", "--override", "running")
    assert found["counts"] == {"done": 2}
    assert jobs.pending == []


def test_poison_is_requeued_only_by_its_override(jobs: Backlog) -> None:
    """What failed five times fails a sixth time."""
    [one] = jobs.stuck(1, deliveries=5)
    done = jobs.command("requeue", jobs.stream, "--id", one, "--yes")
    assert done.returncode == 4
    assert "--override poison" in done.stderr
    assert jobs.length() == 1
    jobs.document("requeue", jobs.stream, "--id", one, "--yes", "--override", "poison", "--no-watch")
    assert (jobs.length(), jobs.pending) == (2, [])


def test_nobody_live_needs_its_override_and_sends_no_canary(jobs: Backlog, tmp_path: Path) -> None:
    """A canary would wait for somebody who is not there."""
    settings = tmp_path / "config.toml"
    settings.write_text('[thresholds]\nblock = "100ms"\nsafe_after = "1s"\nstuck_after = "1s"\n')
    jobs.stuck(3)
    # Before 7.2 a worker of a quiet stream looks like one that is gone: it is the work left waiting that tells.
    jobs.add(1)
    wait_for_idle(jobs, LEFT_ALONE_FOR_MS)
    here = ("--config", str(settings))
    done = jobs.command("requeue", jobs.stream, "--yes", *here)
    assert done.returncode == 4
    assert "--override no-worker" in done.stderr
    found = jobs.document("requeue", jobs.stream, "--yes", "--override", "no-worker", "--no-watch", *here)
    assert (found["outcome"], found["counts"]) == ("done", {"done": 3})
    assert (jobs.length(), jobs.pending) == (7, [])


# -- nothing is written


@pytest.mark.parametrize("verb", ["claim", "requeue", "dead-letter", "ack"])
def test_a_dry_run_shows_the_plan_and_writes_nothing(jobs: Backlog, verb: str) -> None:
    """Facts, warnings, commands and offers; not even the log is touched."""
    jobs.stuck(3)
    jobs.server.run("XGROUP", "CREATECONSUMER", jobs.stream, jobs.group, "worker-2")
    before = (jobs.pending_ids, jobs.length())
    to = ("--to", "worker-2") if verb == "claim" else ()
    done = jobs.command(verb, jobs.stream, "--dry-run", *to)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{verb} 3 entries of {jobs.stream}")
    assert "would send: X" in done.stdout
    assert f"chosen: {verb} 3 (asks for: 3)" in done.stdout
    document = jobs.document(verb, jobs.stream, "--dry-run", *to)
    assert document["dry_run"] is True
    assert document["outcome"] is None
    [offer] = document["plan"]["offers"]
    assert (offer["chosen"], offer["words"], offer["entries"]) == (True, ["3"], {"value": 3, "kind": "exact"})
    assert (jobs.pending_ids, jobs.length(), jobs.log()) == (*before, [])


def test_a_dry_run_of_what_would_be_refused_is_4(jobs: Backlog) -> None:
    """Its plan is shown all the same."""
    jobs.stuck(1, deliveries=9)
    done = jobs.command("requeue", jobs.stream, "--dry-run")
    assert done.returncode == 4
    assert "possible: requeue 1, poison too with --override poison" in done.stdout
    assert jobs.command("requeue", jobs.stream, "--dry-run", "--override", "poison").returncode == 0


@pytest.mark.parametrize("verb", ["claim", "requeue", "dead-letter", "ack", "redrive"])
def test_nothing_fits_is_no_failure(jobs: Backlog, verb: str) -> None:
    """A script that runs every night is content."""
    jobs.add(1)
    jobs.deliver()
    done = jobs.command(verb, jobs.stream, "--yes")
    assert done.returncode == 0
    assert "nothing was sent" in done.stderr
    document = jobs.document(verb, jobs.stream, "--yes")
    assert (document["plan"], document["outcome"], len(document["notes"])) == (None, None, 1)


def test_an_id_that_is_not_pending_is_partly(jobs: Backlog) -> None:
    """Alone, and beside one that is."""
    [one] = jobs.stuck(1)
    alone = jobs.document("ack", jobs.stream, "--id", "5-5", "--yes", code=1)
    assert (alone["missing"], alone["outcome"]) == (["5-5"], None)
    both = jobs.document("ack", jobs.stream, "--id", "5-5", "--id", one, "--yes", code=1)
    assert (both["missing"], both["outcome"]) == (["5-5"], "done")
    assert jobs.pending == []
