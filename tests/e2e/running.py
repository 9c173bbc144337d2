"""Runs commands of the program as a script would."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.servers import HOST, Server
from tests.terminal import ROOT

STREAMS = tuple(f"maestro:streams:automation:{name}" for name in ("jobs", "healing", "errors", "validation"))
GROUPS = tuple(f"maestro-{name}-workers" for name in ("automation", "healing", "monitoring", "validation"))
PAIRS = tuple(zip(STREAMS, GROUPS, strict=True))


def at(server: Server) -> list[str]:
    """Return the options that lead to a server."""
    return ["--host", HOST, "--port", str(server.port)]


def run(
    *arguments: str, environ: Mapping[str, str] | None = None, cwd: Path | None = None, within_s: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run the program without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "maestro_tui", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        cwd=cwd or ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environ or {})},
        timeout=within_s,
        check=False,
    )


def status(server: Server, *more: str) -> dict[str, Any]:
    """Return the JSON document of a server."""
    done = run("status", "--format", "json", *at(server), *more)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def group_of(document: dict[str, Any], stream: str, group: str) -> dict[str, Any]:
    """Return a group of a document."""
    streams = {entry["name"]: entry for entry in document["streams"]}
    found: dict[str, Any] = next(entry for entry in streams[stream]["groups"] if entry["name"] == group)
    return found


def told(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one sentence that a failing command said, having checked that it is one."""
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("maestro-tui: "), done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("See ")]
    assert len(lines) == 1, done.stderr
    return lines[0]


def age_pending(server: Server, stream: str, group: str, *, idle_ms: int, deliveries: int = 1) -> None:
    """Make all that is pending look as if worker-1 had received it that long ago."""
    with server.client() as client:
        ids = [row["message_id"] for row in client.xpending_range(stream, group, "-", "+", 100)]
        client.xclaim(stream, group, "worker-1", 0, ids, idle=idle_ms, retrycount=deliveries, justid=True)
