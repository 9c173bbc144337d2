"""Looking at other processes: whose child one is, whether it lives, and what anybody can read about it."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _state_and_parent(pid: int) -> tuple[str, int]:
    """Return the state's letter and the parent; '' for a process that is gone."""
    if Path("/proc/self/stat").exists():
        # A small machine has no `ps`.
        try:
            state, parent = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:
            return "", 0
        return state, int(parent)
    answer = subprocess.run(["ps", "-o", "stat=,ppid=", "-p", str(pid)], capture_output=True, text=True)
    state, parent = (answer.stdout.split() or ["", "0"])[:2]
    return state, int(parent)


def alive(pid: int) -> bool:
    """Whether it runs; a process that only waits to be reaped does not."""
    state, _ = _state_and_parent(pid)
    return bool(state) and not state.startswith("Z")


def parent_of(pid: int) -> int:
    """The process that started it."""
    return _state_and_parent(pid)[1]


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Whether the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def start_script(script: str, temporary: Path) -> subprocess.Popen[str]:
    """Run a Python script in a process group of its own, with its own directory for temporary files."""
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={"TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def published() -> Iterator[bytes]:
    """Every command line and environment on this machine that can be read (Linux)."""
    for place in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                yield (place / name).read_bytes()
            except OSError:
                continue
