"""One model, several faces: what `status` prints and what the dashboard shows and saves are the same."""

import json
import re
from pathlib import Path
from typing import Any

from maestro_tui.domain.quantities import count
from maestro_tui.domain.snapshot import Count
from tests.e2e.running import PAIRS, STREAMS, age_pending, at, run, status
from tests.servers import Server, wait_until
from tests.terminal import Terminal

# What passes while nobody touches the server: clocks, memory, which our own connections take, and what is reckoned
# from some seconds of watching.
_PASSING = re.compile(r"(_ms|taken_at|since|used_bytes|seconds|evidence|title|rates|drain)$")


def still(value: Any, name: str = "") -> Any:  # noqa: ANN401 - any JSON
    """Return a document without what changes by itself; durations become whether they are known."""
    if _PASSING.search(name):
        return value is not None
    if isinstance(value, dict):
        return {key: still(part, key) for key, part in value.items()}
    return [still(part) for part in value] if isinstance(value, list) else value


def prepare(server: Server) -> None:
    """Leave a stuck group, a backlog, a missing group, an unused one and a healthy stream."""
    for stream, group in PAIRS[:3]:
        server.run("XGROUP", "CREATE", stream, group, "0", "MKSTREAM")
    server.run("XGROUP", "CREATE", STREAMS[1], PAIRS[0][1], "0")
    for number in range(9):
        server.run("XADD", STREAMS[0], f"{1_795_000_000_000 + number}-0", "type", "job", "payload", "{}")
        server.run("XADD", STREAMS[1], f"{1_795_000_000_000 + number}-0", "type", "heal")
        server.run("XADD", STREAMS[3], "*", "type", "check")
    server.run("XREADGROUP", "GROUP", PAIRS[0][1], "worker-1", "COUNT", "4", "STREAMS", STREAMS[0], ">")
    age_pending(server, *PAIRS[0], idle_ms=900_000, deliveries=7)
    server.run("XREADGROUP", "GROUP", PAIRS[0][1], "worker-1", "COUNT", "2", "STREAMS", STREAMS[0], ">")


def test_status_and_the_saved_frame_agree_field_by_field(server: Server, tmp_path: Path) -> None:
    # A consumer that was heard half an hour ago counts as live here, so that no word changes while we compare.
    patient = tmp_path / "patient.toml"
    patient.write_text('[thresholds]\nblock = "30m"\n')
    where = [*at(server), "--config", str(patient)]
    prepare(server)
    with Terminal(where, columns=160, lines=48, cwd=tmp_path, environ={"XDG_STATE_HOME": str(tmp_path)}) as screen:
        screen.wait_for("automation:jobs", "stuck", "stalled")
        screen.press("\x13")
        wait_until(lambda: bool(list(tmp_path.rglob("frame.json"))), "the bundle")
        wait_until(lambda: bool(list(tmp_path.rglob("screen.txt"))), "the whole bundle")
        saved = json.loads(next(iter(tmp_path.rglob("frame.json"))).read_text())
        screen.read(0.5)
        shown = screen.text
    told = status(server, "--config", str(patient))
    assert still(saved) == still(told)
    _on_screen(told, shown)


def _on_screen(document: dict[str, Any], shown: str) -> None:
    """Compare the table's cells with the document's numbers."""
    lines = shown.split("\n")
    table = lines[next(number for number, line in enumerate(lines) if "STREAM" in line) + 1 :]
    for stream in document["streams"]:
        for group in stream["groups"]:
            if group["state"] in ("unused", "no_group"):
                continue
            name = stream["name"].removeprefix("maestro:streams:")
            row = next(line for line in table if name in line and group["name"].split("-")[1] in line)
            cells = row.split()
            state = group["state"].replace("_", " ")
            assert state in row
            after = cells[cells.index(state.split()[-1]) + 1 :]
            live, length, pending, stuck = after[:4]
            assert live.endswith(f"/{len(group['consumers'])}")
            assert (length, pending, stuck) == (
                str(stream["length"]),
                str(group["pending"]),
                str(group["stuck"]["value"]),
            )
            assert count(Count(**group["lag"]), 7) in after


def test_the_table_on_stdout_has_the_same_cells(redis70: Server) -> None:
    prepare(redis70)
    table = run("status", *at(redis70)).stdout
    document = status(redis70)
    _on_screen(document, table)
