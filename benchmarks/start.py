"""How long the program takes to begin: as whole processes, next to the least that could do."""

import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from benchmarks import bare, streams
from benchmarks.report import Report, ms, times
from maestro_tui.domain.topology import MAESTRO
from tests.servers import HOST

_COLUMNS, _LINES = 160, 50
_WITHIN_S: Final = 30.0
_FIRST_STREAM: Final = "automation:jobs"
_HEAD: Final = ("from the start of the process to", "ms", "compared with", "ms", "ratio")
_NOTHING, _BARE = "`python -c pass`", "a bare Textual app"
_VERSION = "the end of `--version`"
_STATUS = "the first output of `status`, which looks twice, 1 s apart"
_DASHBOARD = "the first streams on the dashboard"
_COMPARISONS: Final = ((_VERSION, _NOTHING), (_STATUS, _NOTHING), (_DASHBOARD, _BARE), (_DASHBOARD, _NOTHING))


def compare(*, quick: bool) -> Report:
    """Compare the starts."""
    with streams.server() as server:
        streams.fill(server, tuple(entry.key for entry in MAESTRO.declared))
        program = (sys.executable, "-m", "maestro_tui")
        place = ("--host", HOST, "--port", str(server.port))
        contenders: dict[str, Callable[[], float]] = {
            _NOTHING: partial(_until_ended, (sys.executable, "-c", "pass")),
            _VERSION: partial(_until_ended, (*program, "--version")),
            _STATUS: partial(_until_printed, (*program, "status", *place)),
            _BARE: partial(_until_shown, (sys.executable, "-m", bare.__name__), bare.TEXT),
            _DASHBOARD: partial(_until_shown, (*program, *place), _FIRST_STREAM),
        }
        taken = _in_turns(contenders, 1 if quick else 10)
        rows = tuple(
            (what, ms(taken[what]), least, ms(taken[least]), times(taken[what], taken[least]))
            for what, least in _COMPARISONS
        )
        return Report("start", _HEAD, rows, ("textual", "redis", "pydantic-settings"), streams.told(server))


def _in_turns(contenders: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, float]:
    """Return the medians; of several turns the first, which reads the files from the disk, does not count."""
    turns = [{name: measure() for name, measure in contenders.items()} for _ in range(repeats)]
    return {name: statistics.median(turn[name] for turn in turns[1:] or turns) for name in contenders}


def _until_ended(command: Sequence[str]) -> float:
    """Return the milliseconds that a process takes as a whole."""
    began = time.perf_counter()
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - began) * 1000


def _until_printed(command: Sequence[str]) -> float:
    """Return the milliseconds until a process has printed something."""
    began = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.read(1)
        took = time.perf_counter() - began
        process.stdout.read()
    if process.returncode or not first:
        raise RuntimeError(f"{' '.join(command)} failed")
    return took * 1000


def _until_shown(command: Sequence[str], text: str) -> float:
    """Return the milliseconds until a program has written a text to its terminal."""
    master, worker = pty.openpty()
    fcntl.ioctl(worker, termios.TIOCSWINSZ, struct.pack("HHHH", _LINES, _COLUMNS, 0, 0))
    began = time.perf_counter()
    environ = {**os.environ, "TERM": "xterm-256color"}
    process = subprocess.Popen(command, stdin=worker, stdout=worker, stderr=worker, env=environ, start_new_session=True)
    try:
        _read_until(master, text.encode(), began + _WITHIN_S)
        return (time.perf_counter() - began) * 1000
    finally:
        process.kill()
        process.wait()
        os.close(worker)
        os.close(master)


def _read_until(terminal: int, text: bytes, deadline: float) -> None:
    seen = b""
    while text not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0.0, deadline - time.perf_counter()))
        if not ready:
            raise TimeoutError(f"{text.decode()!r} was not shown: {seen[-2_000:]!r}")
        seen += os.read(terminal, 65_536)
