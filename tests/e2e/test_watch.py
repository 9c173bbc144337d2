"""`maestro-tui status --watch` as a process: one document for each poll, through outages, until somebody ends it."""

import contextlib
import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from tests.conftest import FreshServer
from tests.e2e.running import PAIRS, at
from tests.e2e.test_status import SCHEMA
from tests.servers import Server, wait_until
from tests.terminal import ROOT

QUICK = ("--interval", "250ms", "--timeout", "1s")


@contextlib.contextmanager
def watching(server: Server, format: str = "jsonl") -> Iterator["subprocess.Popen[bytes]"]:
    """Run `status --watch` on a server."""
    child = subprocess.Popen(
        [sys.executable, "-m", "maestro_tui", "status", "--watch", "--format", format, *QUICK, *at(server)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate()


def line(child: "subprocess.Popen[bytes]") -> bytes:
    """The next line, as soon as it is written."""
    assert child.stdout is not None
    text = child.stdout.readline()
    assert text.endswith(b"\n"), text
    return text


def document(child: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """The next line as a document."""
    found: dict[str, Any] = json.loads(line(child))
    jsonschema.validate(found, SCHEMA)
    return found


def ended(child: "subprocess.Popen[bytes]") -> tuple[int, bytes]:
    """Its exit code and what it said on the way out."""
    _, said = child.communicate(timeout=60)
    return child.returncode, said


@pytest.fixture
def platform(redis70: Server) -> Server:
    """A server with the declared streams."""
    for stream, group in PAIRS:
        redis70.run("XGROUP", "CREATE", stream, group, "0", "MKSTREAM")
    return redis70


def test_each_poll_is_a_document(platform: Server) -> None:
    """The second knows rates, and what happens between two shows in a later one."""
    with watching(platform) as child:
        first, second = document(child), document(child)
        assert first["taken_at"] < second["taken_at"]
        assert [one["rates"]["in"] for one in first["streams"]] == [None] * 4
        assert [one["rates"]["in"] for one in second["streams"]] == [0.0] * 4
        platform.run("XADD", PAIRS[0][0], "*", "type", "job")
        wait_until(lambda: document(child)["streams"][0]["length"] == 1, "the new entry")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_quietly(platform: Server, number: signal.Signals, code: int) -> None:
    with watching(platform) as child:
        document(child)
        child.send_signal(number)
        assert ended(child) == (code, b"")


def test_a_signal_ends_it_while_nobody_reads(platform: Server) -> None:
    """A full pipe blocks a write, and Python begins it anew after a signal."""
    for place in range(250):
        platform.run("XGROUP", "CREATE", PAIRS[0][0], f"group-with-a-long-name-{place:0200}", "0")
    with watching(platform) as child:
        assert len(line(child)) > fcntl.fcntl(child.stdout or 0, fcntl.F_GETPIPE_SZ)
        wait_until(lambda: _is_full(child), "a write that blocks")
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=60) == 143


def _is_full(child: "subprocess.Popen[bytes]") -> bool:
    """Whether no byte more goes into the pipe: each document is larger than all of it."""
    assert child.stdout is not None
    waiting = struct.unpack("i", fcntl.ioctl(child.stdout, termios.FIONREAD, b"\0" * 4))[0]
    return bool(waiting >= fcntl.fcntl(child.stdout, fcntl.F_GETPIPE_SZ))


def test_whoever_stops_reading_ends_it(platform: Server) -> None:
    """`maestro-tui status --watch --format jsonl | head -1`."""
    with watching(platform) as child:
        document(child)
        assert child.stdout is not None
        child.stdout.close()
        assert child.stderr is not None
        assert child.stderr.read() == b""
        assert child.wait(timeout=60) == 141


def test_it_goes_on_through_an_outage(fresh_server: FreshServer) -> None:
    """A failed poll says so and repeats no old number; afterwards all is as before."""
    server = fresh_server()
    server.run("XGROUP", "CREATE", *PAIRS[0], "0", "MKSTREAM")
    with watching(server) as child:
        assert document(child)["complete"] is True
        server.kill()
        down = document(child)
        while not down["errors"]:
            down = document(child)
        assert (down["complete"], down["taken_at"], down["streams"], down["nodes"]) == (False, None, [], [])
        server.start()
        wait_until(lambda: document(child)["complete"], "the server's return")


def test_refused_credentials_end_it(fresh_server: FreshServer) -> None:
    """Each try may lock an account, and nobody types another password into a pipe."""
    with watching(fresh_server(password="other")) as child:
        assert document(child)["errors"]
        code, said = ended(child)
        assert code == 3
        assert said.startswith(b"maestro-tui: ")
        assert said.count(b"\n") == 1


def test_tables_with_the_time_between(platform: Server) -> None:
    with watching(platform, "table") as child:
        head = line(child)
        assert head.strip().endswith(b"Z")
        assert b"STREAM" in line(child)
        wait_until(lambda: line(child).strip().endswith(b"Z"), "the next table")
        child.send_signal(signal.SIGINT)
        assert ended(child)[0] == 130
