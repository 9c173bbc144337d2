"""Looking at other processes: whose child one is, whether it lives, and what anybody can read about it."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _ps(pid: int, column: str) -> str:
    answer = subprocess.run(["ps", "-o", f"{column}=", "-p", str(pid)], capture_output=True, text=True)
    return answer.stdout.strip()


def alive(pid: int) -> bool:
    """Whether it runs; a process that only waits to be reaped does not."""
    state = _ps(pid, "stat")
    return bool(state) and not state.startswith("Z")


def parent_of(pid: int) -> int:
    """The process that started it."""
    return int(_ps(pid, "ppid"))


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
