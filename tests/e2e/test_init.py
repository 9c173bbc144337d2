"""`maestro-tui init` without a terminal, on real servers."""

import json
import os
import stat
from pathlib import Path

import pytest

from tests.e2e.running import GROUPS, PAIRS, STREAMS, at, run
from tests.servers import Server


def groups_at(server: Server, stream: str) -> dict[str, str]:
    """Return the groups of a stream with their last-delivered IDs."""
    with server.client() as client:
        return {group["name"].decode(): group["last-delivered-id"].decode() for group in client.xinfo_groups(stream)}


def test_creates_all_four_and_then_nothing(server: Server, tmp_path: Path) -> None:
    state = {"XDG_STATE_HOME": str(tmp_path)}
    first = run("init", *at(server), environ=state)
    assert (first.returncode, first.stderr) == (0, "")
    for stream, group in PAIRS:
        assert groups_at(server, stream) == {group: "0-0"}
        assert f"created: {stream} {group} at 0-0" in first.stdout
    second = run("init", *at(server), environ=state)
    assert second.returncode == 0
    assert "nothing is missing" in second.stderr
    assert second.stdout == ""


def test_the_record_has_intent_and_outcome_and_is_private(redis70: Server, tmp_path: Path) -> None:
    run("init", *at(redis70), environ={"XDG_STATE_HOME": str(tmp_path)})
    log = tmp_path / "maestro-tui" / "audit.jsonl"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    intent, outcome = (json.loads(line) for line in log.read_text().splitlines())
    assert (intent["record"], outcome["record"], outcome["outcome"]) == ("intent", "outcome", "done")
    assert intent["commands"][0] == ["XGROUP", "CREATE", STREAMS[0], GROUPS[0], "0", "MKSTREAM"]
    assert intent["operation"] == outcome["operation"]


@pytest.fixture
def with_entries(server: Server) -> Server:
    """A server whose validation stream holds five entries and no group."""
    for number in range(5):
        server.run("XADD", STREAMS[3], f"{1000 + number}-0", "type", "check")
    return server


def test_a_choice_is_needed_where_entries_wait(with_entries: Server) -> None:
    done = run("init", *at(with_entries))
    assert done.returncode == 4
    assert "0: start at 0: delivers 5 entries" in done.stderr
    assert "end: start at the end: skips 5 entries" in done.stderr
    assert with_entries.run("EXISTS", *STREAMS[:3]) == 0


@pytest.mark.parametrize(("start", "delivers"), [("0", 5), ("end", 0), ("1002-0", 2), ("1970-01-01T00:00:01.003Z", 2)])
def test_each_start_delivers_what_it_said(with_entries: Server, start: str, delivers: int) -> None:
    done = run("init", "--start", start, "--yes", *at(with_entries))
    assert done.returncode == 0, done.stderr
    with with_entries.client() as client:
        read = client.xreadgroup(GROUPS[3], "worker-1", {STREAMS[3]: ">"}, count=100)
        rows = sum(len(entries) for _, entries in read)
    assert rows == delivers


def test_the_end_keeps_lag_exact_where_the_server_can(with_entries: Server) -> None:
    run("init", "--start", "end", "--yes", *at(with_entries))
    with_entries.run("XADD", STREAMS[3], "2000-0", "type", "check")
    with with_entries.client() as client:
        group = client.xinfo_groups(STREAMS[3])[0]
    assert group.get("lag", 1) == 1


def test_a_dry_run_writes_nothing(redis70: Server) -> None:
    done = run("init", "--dry-run", *at(redis70))
    assert done.returncode == 0
    assert done.stdout.count("would send: XGROUP CREATE") == 4
    assert redis70.run("DBSIZE") == 0


def test_read_only_refuses(redis70: Server) -> None:
    done = run("init", "--read-only", "--yes", *at(redis70))
    assert done.returncode == 4
    assert "read-only" in done.stderr
    assert redis70.run("DBSIZE") == 0


def test_production_and_a_foreign_database_ask_first(redis70: Server) -> None:
    assert run("init", "--environment", "production", *at(redis70)).returncode == 4
    redis70.run("SET", "something", "else")
    done = run("init", *at(redis70))
    assert done.returncode == 4
    assert "1 key but none of the declared streams" in done.stderr
    assert redis70.run("DBSIZE") == 1
    assert run("init", "--yes", *at(redis70)).returncode == 0


def test_a_key_of_another_type_is_refused_and_the_rest_is_made(redis70: Server) -> None:
    redis70.run("SET", STREAMS[0], "no stream")
    done = run("init", "--yes", *at(redis70))
    assert done.returncode == 1
    assert f"{STREAMS[0]} {GROUPS[0]} cannot be created" in done.stderr
    assert groups_at(redis70, STREAMS[1]) == {GROUPS[1]: "0-0"}


def test_without_a_log_nothing_is_sent_unless_overridden(redis70: Server) -> None:
    nowhere = {"XDG_STATE_HOME": "/proc/none"}
    done = run("init", *at(redis70), environ=nowhere)
    assert done.returncode == 4
    assert "audit log" in done.stderr
    assert redis70.run("DBSIZE") == 0
    again = run("init", "--override", "no-log", *at(redis70), environ=nowhere)
    assert again.returncode == 0
    assert '"record":"intent"' in again.stderr
    assert redis70.run("DBSIZE") == 4


@pytest.mark.parametrize("start", ["yesterday", "12-x", "-5", "1e9", "2026-99-01T00:00:00Z", "9" * 30])
def test_a_bad_start_is_one_sentence(redis70: Server, start: str) -> None:
    redis70.run("XADD", STREAMS[0], "*", "type", "job")
    done = run("init", f"--start={start}", "--yes", *at(redis70))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert redis70.run("DBSIZE") == 1


def test_a_bad_start_is_told_where_there_is_nothing_to_choose(redis70: Server) -> None:
    done = run("init", "--start=yesterday", "--yes", *at(redis70))
    assert (done.returncode, done.stdout) == (2, "")
    assert "--start: 'yesterday'" in done.stderr
    assert redis70.run("DBSIZE") == 0


def test_a_replica_refuses(redis70: Server, tmp_path: Path) -> None:
    redis70.run("REPLICAOF", "127.0.0.1", "1")
    done = run("init", "--yes", *at(redis70), environ={"XDG_STATE_HOME": os.fspath(tmp_path)})
    assert done.returncode == 4
    assert "replica" in done.stderr
