"""`maestro-tui status` on real servers: the platform's habits, and what is known of them."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.e2e.running import GROUPS, PAIRS, STREAMS, age_pending, at, group_of, run, status
from tests.servers import Server

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "maestro_tui" / "domain" / "status.schema.json").read_text()
)
RESULTS = "maestro:streams:automation:results"


def job(server: Server, stream: str, entry_id: str = "*", payload: str = '{"id": 1}') -> str:
    """Add an entry as the platform does."""
    raw = server.run("XADD", stream, entry_id, "type", "job", "payload", payload, "timestamp", "2026-11-22T14:00:00Z")
    return str(raw, "ascii")


def read(server: Server, stream: str, group: str, count: int = 10, consumer: str = "worker-1") -> None:
    """Read new entries as a worker does."""
    server.run("XREADGROUP", "GROUP", group, consumer, "COUNT", str(count), "STREAMS", stream, ">")


@pytest.fixture
def habits(server: Server) -> Server:
    """The automation service's three groups on each of its five streams, and the declared pairs."""
    for stream in (*STREAMS, RESULTS):
        for group in GROUPS[:3]:
            server.run("XGROUP", "CREATE", stream, group, "0", "MKSTREAM")
    server.run("XGROUP", "CREATE", STREAMS[3], GROUPS[3], "0", "MKSTREAM")
    return server


def test_the_document_has_the_documented_shape(habits: Server) -> None:
    job(habits, STREAMS[0])
    jsonschema.validate(status(habits), SCHEMA)


def test_an_empty_server_tells_what_is_missing(server: Server) -> None:
    document = status(server)
    jsonschema.validate(document, SCHEMA)
    assert [stream["state"] for stream in document["streams"]] == ["no_stream"] * 4
    assert {problem["rule"] for problem in document["problems"]} == {"no_stream"}
    assert {problem["key"] for problem in document["problems"]} == {"i"}
    assert document["complete"] is True


def test_unused_groups_raise_nothing(habits: Server) -> None:
    for stream in (*STREAMS, RESULTS):
        for _ in range(20):
            job(habits, stream)
    document = status(habits)
    states = {
        (stream["name"], group["name"]): group["state"] for stream in document["streams"] for group in stream["groups"]
    }
    unused = [key for key, state in states.items() if state == "unused"]
    assert len(states) == 16
    assert len(unused) == 12
    assert not set(unused) & set(PAIRS)
    told = {(problem["stream"], problem["group"]) for problem in document["problems"]}
    assert not told & set(unused)


def test_left_behind_and_last_batch_are_told_apart(habits: Server) -> None:
    """A worker that failed on a batch and went on reading: its old entries are left behind, the new ones are not."""
    stream, group = PAIRS[0]
    for _ in range(3):
        job(habits, stream)
    read(habits, stream, group, 3)
    age_pending(habits, stream, group, idle_ms=600_000)
    for _ in range(2):
        job(habits, stream)
    read(habits, stream, group, 2)
    found = group_of(status(habits), stream, group)
    assert found["pending"] == 5
    assert found["left_behind"] == {"value": 3, "kind": "exact"}
    assert found["stuck"] == {"value": 3, "kind": "exact"}
    assert found["state"] == "stuck"
    assert found["oldest_idle_ms"] >= 600_000


def test_a_backlog_with_nobody_there(habits: Server) -> None:
    stream, group = PAIRS[1]
    for number in range(7):
        job(habits, stream, f"{1_795_000_000_000 + number}-0")
    document = status(habits)
    found = group_of(document, stream, group)
    assert (found["state"], found["live"], found["lag"]) == ("no_live", 0, {"value": 7, "kind": "exact"})
    assert found["waiting_ms"] > 60_000
    problem = next(one for one in document["problems"] if one["group"] == group)
    assert (problem["rule"], problem["severity"]) == ("no_live", "critical")
    assert "7 waiting" in problem["title"]


def test_a_missing_group_and_a_wrong_type(habits: Server) -> None:
    habits.run("XGROUP", "DESTROY", *PAIRS[2])
    job(habits, STREAMS[2])
    habits.run("DEL", STREAMS[3])
    habits.run("SET", STREAMS[3], "no stream")
    document = status(habits)
    by_name = {stream["name"]: stream for stream in document["streams"]}
    assert group_of(document, *PAIRS[2])["state"] == "no_group"
    assert by_name[STREAMS[3]]["state"] == "wrong_type"
    rules = {(problem["rule"], problem["stream"]) for problem in document["problems"]}
    assert {("no_group", STREAMS[2]), ("wrong_type", STREAMS[3])} <= rules
    assert group_of(document, *PAIRS[0])["state"] == "ok"


def test_hostile_names_are_shown_and_obeyed_by_nobody(server: Server) -> None:
    name = b"maestro:streams:[@click=app.quit]x[/]\x1b]52;c;aGk=\x07\xff"
    server.run("XADD", name, "*", b"\xff", b"\x1b[2J")
    server.run("XGROUP", "CREATE", name, b"\x1b[31m\xfe", "0")
    document = status(server)
    jsonschema.validate(document, SCHEMA)
    found = next(stream for stream in document["streams"] if "name_b64" in stream)
    assert "\\x1b" in found["name"]
    table = run("status", *at(server))
    assert table.returncode == 0
    assert "\x1b" not in table.stdout + table.stderr
    assert "\x07" not in table.stdout


def test_the_table_and_the_document_agree(habits: Server) -> None:
    job(habits, STREAMS[0], "1795000000000-0")
    table = run("status", *at(habits)).stdout
    line = next(text for text in table.splitlines() if "automation:jobs" in text)
    assert "no live" in line
    assert "+12 unused" in table
    assert "jobs: no consumer, 1 waiting" in table
