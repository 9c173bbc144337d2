"""A group with stuck entries on a real server, and what became of them: for the commands that move entries."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.running import PAIRS, at, run
from tests.servers import Server, wait_until

HOUR_MS = 3_600_000
READS = frozenset(
    "INFO TIME PING SCAN TYPE XINFO XPENDING XRANGE XREVRANGE XLEN HELLO AUTH SELECT CLIENT ECHO".lower().split()
)
"""What a look may send; everything else is taken for a write."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of XPENDING."""

    id: str
    consumer: str
    idle_ms: int
    deliveries: int


class Backlog:
    """A stream with one group on a server, and a state directory for the log of what is done."""

    def __init__(self, server: Server, home: Path, pair: tuple[str, str] = PAIRS[0]) -> None:
        self.server, self.home = server, home
        self.stream, self.group = pair
        self.dead = f"{self.stream}:dead"
        server.run("XGROUP", "CREATE", self.stream, self.group, "0", "MKSTREAM")

    def add(self, number: int, *fields: str | bytes) -> list[str]:
        """Add entries as the platform does; return their IDs."""
        own = fields or ("type", "job", "payload", '{"id": 1}', "timestamp", "2026-11-22T14:00:00Z")
        return [str(self.server.run("XADD", self.stream, "*", *own), "ascii") for _ in range(number)]

    def deliver(self, count: int = 1000, consumer: str = "worker-1") -> None:
        """Have a worker read what is new."""
        self.server.run("XREADGROUP", "GROUP", self.group, consumer, "COUNT", count, "STREAMS", self.stream, ">")

    def stuck(self, number: int, *fields: str | bytes, consumer: str = "worker-1", deliveries: int = 1) -> list[str]:
        """Leave entries behind: delivered an hour ago to a consumer that has come back for more since."""
        ids = self.add(number, *fields)
        self.deliver(consumer=consumer)
        with self.server.client() as client:
            wanted: Any = list(ids)
            client.xclaim(
                self.stream, self.group, consumer, 0, wanted, idle=HOUR_MS, retrycount=deliveries, justid=True
            )
        return ids

    @property
    def pending(self) -> list[Row]:
        """The pending list."""
        with self.server.client() as client:
            rows = client.xpending_range(self.stream, self.group, "-", "+", 10_000)
        return [
            Row(
                row["message_id"].decode(),
                row["consumer"].decode("utf-8", "replace"),
                row["time_since_delivered"],
                row["times_delivered"],
            )
            for row in rows
        ]

    @property
    def pending_ids(self) -> list[str]:
        """The IDs on the pending list."""
        return [row.id for row in self.pending]

    def entries(self, stream: str | None = None) -> dict[str, list[bytes]]:
        """All entries of the stream, or of another, as lists of names and values."""
        found = self.server.run("XRANGE", stream or self.stream, "-", "+")
        rows = found.items() if isinstance(found, dict) else found
        return {str(id, "ascii"): _flat(fields) for id, fields in rows}

    def length(self, stream: str | None = None) -> int:
        """The entries in the stream, or in another."""
        return int(self.server.run("XLEN", stream or self.stream))

    @property
    def environ(self) -> Mapping[str, str]:
        """Where the log goes."""
        return {"XDG_STATE_HOME": str(self.home)}

    def command(self, *arguments: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command of the program against the server, without a terminal."""
        return run(*arguments, *at(self.server), environ={**self.environ, **(environ or {})})

    def document(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        """Run a command and return its one JSON document."""
        done = self.command(*arguments, "--format", "json")
        assert done.returncode == code, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def log(self) -> list[dict[str, Any]]:
        """The lines of the log."""
        path = self.home / "maestro-tui" / "audit.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _flat(fields: Any) -> list[bytes]:  # noqa: ANN401 - a dict or a list, as the client makes it
    return [word for pair in fields.items() for word in pair] if isinstance(fields, dict) else list(fields)


def writes(heard: list[str]) -> list[str]:
    """Return what of the commands that a server heard is no look."""
    return [command for command in heard if command.split()[0].lower() not in READS]


def wait_for_idle(backlog: Backlog, ms: int) -> None:
    """Wait until every consumer has asked for nothing for so long."""
    with backlog.server.client() as client:
        wait_until(
            lambda: all(one["idle"] > ms for one in client.xinfo_consumers(backlog.stream, backlog.group)),
            f"consumers to be idle for {ms} ms",
        )
