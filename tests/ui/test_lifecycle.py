"""On a real terminal: it is given back whatever happens, and the exit code says what did."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest

from tests.environment import ROOT
from tests.patience import PATIENCE_S

LEFT_ALT_SCREEN, MOUSE_OFF, CURSOR_ON = b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?25h"


class Terminal:
    """The far side of a pseudo-terminal on which the dashboard runs."""

    def __init__(self, how: str, audit: Path, size: tuple[int, int]) -> None:
        """Start it."""
        self.output = b""
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self.far, near = pty.openpty()
        fcntl.ioctl(near, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.ui.on_terminal", how, str(audit)],
            cwd=ROOT,
            stdin=near,
            stdout=near,
            stderr=near,
            start_new_session=True,
            env=os.environ | {"TERM": "xterm-256color"},
        )
        os.close(near)

    def read(self) -> bool:
        """Take what was written; False at the end."""
        ready, _, _ = select.select([self.far], [], [], 0.1)
        if not ready:
            return True
        try:
            chunk = os.read(self.far, 65_536)
        except OSError:
            return False
        self.output += chunk
        self._stream.feed(chunk)
        return bool(chunk)

    def text(self) -> str:
        """The screen."""
        return "\n".join(line.rstrip() for line in self._screen.display).strip()

    def shows(self, wanted: str) -> None:
        """Wait until the screen shows it."""
        deadline = time.monotonic() + PATIENCE_S
        while wanted not in self.text():
            assert time.monotonic() < deadline, self.text()
            assert self.read(), self.text()

    def waits_for(self, path: Path) -> None:
        """Wait until there is such a file."""
        deadline = time.monotonic() + PATIENCE_S
        while not path.exists():
            assert time.monotonic() < deadline
            self.read()

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.far, keys.encode())

    def end(self) -> int:
        """Wait until the program has ended, and return its exit code."""
        deadline = time.monotonic() + PATIENCE_S
        while self.read() and self.process.poll() is None:
            assert time.monotonic() < deadline, self.text()
        while select.select([self.far], [], [], 0)[0] and self.read():
            pass
        return self.process.wait(PATIENCE_S)

    def given_back(self) -> bool:
        """Whether the terminal was left as it was found."""
        return all(wanted in self.output for wanted in (LEFT_ALT_SCREEN, MOUSE_OFF, CURSOR_ON))


@contextmanager
def terminal(tmp_path: Path, how: str = "plain", size: tuple[int, int] = (100, 30)) -> Iterator[Terminal]:
    """Run the dashboard on a terminal of that size."""
    one = Terminal(how, tmp_path / "audit.jsonl", size)
    try:
        yield one
    finally:
        one.process.kill()
        one.process.wait()
        os.close(one.far)


def test_q_quits(tmp_path: Path) -> None:
    """The plain way out."""
    with terminal(tmp_path) as one:
        one.shows("automation:healing")
        one.press("q")
        assert one.end() == 0
        assert one.given_back()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(tmp_path: Path, number: signal.Signals) -> None:
    """The default would leave the alternate screen and the mouse on: the operator would have to type `reset`."""
    with terminal(tmp_path) as one:
        one.shows("automation:healing")
        one.process.send_signal(number)
        assert one.end() == 128 + number
        assert one.given_back()


def test_a_vanished_terminal_ends_the_program(tmp_path: Path) -> None:
    """With SIGHUP ignored, as under nohup, it would spin for ever."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        one = Terminal("plain", tmp_path / "audit.jsonl", (100, 30))
    finally:
        signal.signal(signal.SIGHUP, before)
    try:
        one.shows("automation:healing")
        os.close(one.far)
        assert one.process.wait(PATIENCE_S) == 128 + signal.SIGHUP
    finally:
        one.process.kill()
        one.process.wait()


def test_a_bug_is_one_sentence(tmp_path: Path) -> None:
    """A traceback tells the operator nothing, and its values may hold what nobody should see."""
    with terminal(tmp_path, "broken") as one:
        assert one.end() == 1
        assert one.given_back()
        after = one.output.rpartition(LEFT_ALT_SCREEN)[2].decode()
        assert "internal error at on_terminal.py:" in after
        assert "RuntimeError: not \\x1b[2J foreseen" in after
        assert "Traceback" not in after


def test_a_small_terminal_gets_one_sentence(tmp_path: Path) -> None:
    """And nothing else that could be taken for the truth."""
    with terminal(tmp_path, size=(20, 5)) as one:
        one.shows("is 20x5")
        assert " ".join(one.text().split()) == "maestro-tui needs 40x10; this terminal is 20x5"
        one.press("q")
        assert one.end() == 0


def test_quitting_waits_for_a_write_in_flight(tmp_path: Path) -> None:
    """The log holds the outcome, not a question mark."""
    with terminal(tmp_path, "slow") as one:
        one.shows("4 streams")
        one.press("i")
        one.waits_for(tmp_path / "audit.jsonl")
        one.press("q")
        one.shows("1 action in flight")
        assert one.end() == 0
        assert one.given_back()
    assert '"outcome":"done"' in (tmp_path / "audit.jsonl").read_text(encoding="utf-8")


def test_a_signal_too_waits_for_a_write_in_flight(tmp_path: Path) -> None:
    """A restart of the host must not leave an unknown outcome behind where two seconds would have told it."""
    with terminal(tmp_path, "slow") as one:
        one.shows("4 streams")
        one.press("i")
        one.waits_for(tmp_path / "audit.jsonl")
        one.process.send_signal(signal.SIGTERM)
        assert one.end() == 128 + signal.SIGTERM
        assert b"waiting up to 5s for 1 action in flight" in one.output
    assert '"outcome":"done"' in (tmp_path / "audit.jsonl").read_text(encoding="utf-8")


def test_quitting_ends_a_hook_that_hangs(tmp_path: Path) -> None:
    """It gets the time that writes in flight would get, and leaves no process and no complaint of the event loop."""
    with terminal(tmp_path, "hook") as one:
        one.waits_for(tmp_path / "audit.jsonl.pid")
        one.press("q")
        assert one.end() == 0
        assert one.given_back()
        after = one.output.rpartition(LEFT_ALT_SCREEN)[2].decode()
        assert "waiting up to 5s for the hook" in after
        assert "1 problem could not be given to the hook" in after
        assert not any(word in after for word in ("destroyed", "Traceback", "never", "Error"))
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "audit.jsonl.pid").read_text()), 0)
