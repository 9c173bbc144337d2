"""`maestro-tui demo` in a real terminal: what it shows, and that nothing of it survives."""

import os
import signal
from pathlib import Path

import pytest

from tests.servers import wait_until
from tests.terminal import Terminal


def descendants(root: int) -> set[int]:
    """Return the processes that a process started, and those they started."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {root}


def running(pid: int) -> bool:
    """Return whether a process is there and no zombie."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_incident_is_on_the_screen(tmp_path: Path) -> None:
    broken = {"REDIS_URL": "http://not a url", "XDG_STATE_HOME": str(tmp_path)}
    with Terminal(["demo"], environ=broken) as screen:
        text = screen.wait_for("automation:healing", "left behind", "no group", "+12 unused")
        assert "stuck" in text
        screen.press("i")
        screen.wait_for("delivers 64 entries")
        screen.press("1", "y")
        screen.wait_for("automation:validation", without="no group")
        screen.press("q")
        assert screen.exit_code() == 0
        assert screen.given_back()
    assert list(tmp_path.iterdir()) == []


def test_a_calm_day_raises_nothing() -> None:
    with Terminal(["demo", "--scenario", "calm"]) as screen:
        screen.wait_for("no problem found", "● ok")
        for _ in range(20):
            screen.read(0.2)
            assert "no problem found" in screen.text


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_survives(number: signal.Signals) -> None:
    with Terminal(["demo"]) as screen:
        screen.wait_for("automation:healing")
        family = descendants(screen.process.pid)
        assert family
        os.kill(screen.process.pid, number)
        # Whoever does not read the terminal holds up what writes to it.
        screen.exit_code()
        wait_until(lambda: not any(running(pid) for pid in family), "the demo's processes to end")
