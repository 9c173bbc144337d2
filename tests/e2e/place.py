"""A server with the platform's streams on it, its workers, and the program as an operator uses it there."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from maestro_tui.domain.plans.provenance import Fields
from tests.e2e.running import PAIRS, at, run
from tests.e2e.worker import Worked, Worker
from tests.long.wire import Wire
from tests.servers import Server, wait_until
from tests.terminal import Terminal

STREAM, GROUP = PAIRS[0]
DEAD = f"{STREAM}:dead"
# Redis 7.0 does not tell when a consumer last received something, 8.2 does: batches are told apart in two ways.
KINDS = ("redis-7.0", "redis-8.2")
SETTINGS = """
[thresholds]
stuck_after = "1s"
safe_after = "2s"
"""
SAFE_MS = 2_000
BETWEEN_BATCHES_MS = 400
"""Longer than the time within which two deliveries are taken for one batch."""


POISON = (b"not json", b"\xff\x00 neither", b"{", b"")
"""Payloads at which a worker fails, however often."""


class Place:
    """A server with the platform's streams, and the program as an operator uses it there."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        # redis-py would take pending rows for a summary.
        self.wire = Wire(server.port)
        self.folder = folder
        self.settings = folder / "config.toml"
        self.settings.write_text(SETTINGS)
        self.environ = {"XDG_STATE_HOME": str(folder)}
        # What `init` does, which has tests of its own.
        for stream, group in PAIRS:
            self.wire.one("XGROUP", "CREATE", stream, group, "0", "MKSTREAM")

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command; return its exit code, what it printed, and what it said."""
        done = run(*arguments, "--config", str(self.settings), *at(self.server), environ=self.environ)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    def running(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Run a command while the test goes on."""
        return subprocess.Popen(
            [sys.executable, "-m", "maestro_tui", *arguments, "--config", str(self.settings), *at(self.server)],
            env=os.environ | self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def dashboard(self, **environ: str) -> Terminal:
        """Open the dashboard."""
        return Terminal(["--config", str(self.settings), *at(self.server)], environ={**self.environ, **environ})

    def add(self, *payloads: str | bytes) -> list[str]:
        """Add jobs, return their IDs."""
        words = ("type", "job", "timestamp", "1795356202", "payload")
        return [self.wire.one("XADD", STREAM, "*", *words, payload).decode() for payload in payloads]

    def worker(self, name: str, *, gated: bool = False) -> Worker:
        """Start a worker; several of one name share a journal."""
        journal = self.folder / f"{name}.jsonl"
        return Worker(self.server, STREAM, GROUP, journal, name=name).start(gated=gated)

    def pending(self) -> dict[str, dict[str, Any]]:
        """Return what `pending` tells of each entry, by ID."""
        code, out, said = self.run("pending", STREAM, "--format", "json")
        assert code == 0, said
        return {entry["id"]: entry for entry in json.loads(out)["entries"]}

    def rows(self) -> list[list[Any]]:
        """Return the rows of XPENDING."""
        rows: list[list[Any]] = self.wire.one("XPENDING", STREAM, GROUP, "-", "+", 100)
        return rows

    def wait_until_pending(self, count: int) -> None:
        """Wait until so many entries are pending."""
        wait_until(lambda: len(self.rows()) == count, f"{count} pending entries")

    def wait_until_idle(self, ms: int) -> None:
        """Wait until nobody has touched what is pending for so long."""
        wait_until(lambda: all(row[2] >= ms for row in self.rows()), f"{ms} ms of idle time")


def job(number: int) -> str:
    """Return the payload of a job that can be done."""
    return json.dumps({"number": number})


def dies_twice(place: Place) -> tuple[list[str], list[str]]:
    """Let worker-1 die in the middle of a batch, and again, under the same name, in the middle of the next.

    Return the IDs it left behind in the first, and those of the last; five more entries were never delivered.
    """
    ids = place.add(*(job(number) for number in range(25)))
    with place.worker("worker-1", gated=True) as worker:
        worker.let(4)
    place.wait_until_pending(6)
    place.wait_until_idle(BETWEEN_BATCHES_MS)
    with place.worker("worker-1", gated=True) as worker:
        worker.let(3)
    place.wait_until_pending(13)
    return ids[4:10], ids[13:20]


def first_worked(place: Place) -> tuple[Worked, ...]:
    """Return what worker-1 did before it died."""
    return Worker(place.server, STREAM, GROUP, place.folder / "worker-1.jsonl").worked


def poisoned(place: Place, worker: Worker) -> list[str]:
    """Let a living worker fail on some jobs, and do one after them; return the IDs of those it left."""
    ids = place.add(*POISON, job(1))
    worker.wait_for(len(POISON) + 1)
    place.wait_until_idle(SAFE_MS)
    assert [row[0].decode() for row in place.rows()] == ids[:-1]
    return ids[:-1]


def fields_at(place: Place, stream: str, id: str) -> Fields:
    """Return the fields of an entry."""
    [fields] = all_fields(place, stream, id, id)
    return fields


def all_fields(place: Place, stream: str, first: str = "-", last: str = "+") -> list[Fields]:
    """Return the fields of the entries of a stream."""
    found = place.wire.one("XRANGE", stream, first, last)
    return [tuple(zip(words[::2], words[1::2], strict=True)) for _, words in found]
