"""`maestro-tui check` and `status --format openmetrics` on real servers: exit codes, one line, numbers."""

import json
import subprocess
import sys

import pytest
from prometheus_client.samples import Sample

from tests.conftest import FreshServer
from tests.e2e.running import GROUPS, PAIRS, STREAMS, at, run
from tests.e2e.test_faults import listener
from tests.openmetrics import samples
from tests.perfdata import Line, parse
from tests.servers import HOST, Server

QUICK = ("--sample", "1s", "--timeout", "30s")


def check(server: Server, *more: str) -> Line:
    """What a check says of a server; its exit code is the word's, and it narrates nothing."""
    done = run("check", *QUICK, *at(server), *more)
    assert done.stderr == ""
    return parse(done.stdout, done.returncode)


def metrics(done: "subprocess.CompletedProcess[str]") -> list[Sample]:
    """The samples that a collector reads."""
    assert done.stdout.endswith("# EOF\n")
    return samples(done.stdout)


def make_topology(server: Server) -> None:
    """The declared streams and groups, empty."""
    for stream, group in PAIRS:
        server.run("XGROUP", "CREATE", stream, group, "0", "MKSTREAM")


def test_the_four_words(redis70: Server) -> None:
    server = redis70
    missing = check(server)
    assert (missing.word, "stream missing" in missing.text) == ("WARNING", True)
    make_topology(server)
    healthy = check(server)
    assert (healthy.word, healthy.text) == ("OK", "4 streams checked, no problem")
    assert healthy.values["automation_jobs_lag"] == 0
    server.run("XADD", STREAMS[0], "1795000000000-0", "type", "job")
    sick = check(server)
    assert sick.word == "CRITICAL"
    assert "no consumer, 1 waiting" in sick.text
    assert (sick.values["automation_jobs_lag"], sick.units["automation_jobs_waiting"]) == (1, "s")
    assert check(server, "--stream", "healing").word == "OK"
    ignoring = check(server, "--ignore", "no_live", "--ignore", "behind")
    assert ignoring.word == "OK"
    assert "ignoring behind, no_live" in ignoring.text


def test_a_stream_that_may_not_be_looked_at_is_unknown(redis70: Server) -> None:
    make_topology(redis70)
    redis70.run("ACL", "SETUSER", "watcher", "on", ">w", *(f"~{stream}" for stream in STREAMS[:3]), "+@all")
    done = run("check", *QUICK, "--url", f"redis://watcher:w@{HOST}:{redis70.port}")
    line = parse(done.stdout, done.returncode)
    assert (line.word, line.text.startswith("not measured: automation:validation: ")) == ("UNKNOWN", True), line.text
    assert line.values["automation_jobs_lag"] == 0
    assert "validation_lag" not in line.values


def test_an_outage_is_unknown_and_a_collector_sees_it(fresh_server: FreshServer) -> None:
    server = fresh_server()
    server.terminate()
    line = check(server)
    assert (line.word, line.values) == ("UNKNOWN", {})
    assert "connection refused" in line.text
    done = run("status", "--format", "openmetrics", *at(server))
    assert done.returncode == 3
    assert [(one.name, one.value) for one in metrics(done)] == [("maestro_up", 0), ("maestro_problem", 1)]


def test_a_server_that_never_answers_does_not_hold_it_up() -> None:
    """The deadline is of the whole, whatever the connection would wait."""
    with listener(None) as port:
        done = run(
            "--timeout", "60s", "check", "--sample", "1s", "--timeout", "3s", "--host", HOST, "--port", str(port),
            within_s=50,
        )  # fmt: skip
    line = parse(done.stdout, done.returncode)
    assert (line.word, line.text) == ("UNKNOWN", "not done within 3s (--timeout)")


@pytest.mark.parametrize("hung", ["open_session", "asyncio.run"])
def test_whatever_hangs_it_ends(hung: str) -> None:
    """A name service that never answers blocks a thread: only a signal ends that."""
    patch = "maestro_tui.wiring.open_session" if hung == "open_session" else "asyncio.run"
    code = (
        "import sys, time; import asyncio, maestro_tui.wiring\n"
        f"{patch} = lambda *_: time.sleep(600)\n"
        "from maestro_tui.cli import main; sys.exit(main(['check', '--sample', '1s', '--timeout', '2s']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert parse(done.stdout, done.returncode).text == "not done within 2s (--timeout)"


def test_the_metrics_of_a_server_with_unknown_lags(server: Server) -> None:
    """A group at an ID between the ends after a deletion: no server knows, and none is said."""
    make_topology(server)
    for number in range(1, 11):
        server.run("XADD", STREAMS[0], f"{1_795_000_000_000 + 1000 * number}-0", "type", "job")
    server.run("XDEL", STREAMS[0], "1795000008000-0")
    server.run("XGROUP", "SETID", STREAMS[0], GROUPS[0], "1795000005000-0")
    done = run("status", "--format", "openmetrics", *at(server))
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(run("status", "--format", "jsonl", *at(server)).stdout)
    told = {one["name"]: one["groups"][0]["lag"] for one in document["streams"]}
    found = metrics(done)
    exact = {one.labels["stream"]: one.value for one in found if one.name == "redis_stream_group_lag"}
    marked = {
        one.labels["stream"]: (one.value, one.labels["kind"]) for one in found if one.name == "maestro_stream_group_lag"
    }
    for stream, lag in told.items():
        assert exact.get(stream) == (lag["value"] if lag["kind"] == "exact" else None)
        assert marked.get(stream) == ((lag["value"], lag["kind"]) if lag["kind"] != "unknown" else None)
    assert exact[STREAMS[1]] == 0


def test_names_of_a_megabyte_and_hostile_ones(redis70: Server) -> None:
    make_topology(redis70)
    for name in (b"maestro:streams:" + b"x" * 1_000_000, b'maestro:streams:"\\\n\x1b[31m\xff', b"maestro:streams:|='"):
        redis70.run("XADD", name, "*", "a", "b")
        redis70.run("XGROUP", "CREATE", name, b"\x00" * 1_000, "0")
    done = run("status", "--format", "openmetrics", *at(redis70))
    assert len(done.stdout) < 100_000
    assert "\x1b" not in done.stdout
    lengths = [one for one in metrics(done) if one.name == "redis_stream_length"]
    assert len({one.labels["stream"] for one in lengths}) == len(lengths) == 7
    line = check(redis70, "--stream", "maestro:streams:|='")
    assert line.values["____length"] == 1, line
