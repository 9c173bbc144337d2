"""A real terminal for tests: a pty with a screen behind it, keys to press, signals to send."""

import contextlib
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
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pyte

from tests.patience import PATIENCE_S

ROOT: Final = Path(__file__).resolve().parents[1]

KEYS: Final = {"enter": "\r", "escape": "\x1b", "tab": "\t", "down": "\x1b[B", "up": "\x1b[A", "ctrl+q": "\x11"}


class TerminalTimeout(AssertionError):
    """What was waited for did not come; the message shows the screen."""


class Terminal:
    """A program on a pty of its own, as its own process group and session."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        columns: int = 120,
        lines: int = 40,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        """Start `python -m maestro_tui ARGUMENTS`."""
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self._master, worker = pty.openpty()
        fcntl.ioctl(worker, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.modes_before = termios.tcgetattr(worker)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "maestro_tui", *arguments],
            stdin=worker,
            stdout=worker,
            stderr=worker,
            cwd=cwd or ROOT,
            env={**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **(environ or {})},
            start_new_session=True,
        )
        self._worker = worker

    def press(self, *keys: str) -> None:
        """Press keys, by name or as the characters they send."""
        for key in keys:
            os.write(self._master, KEYS.get(key, key).encode())

    def read(self, seconds: float = 0.05) -> None:
        """Take what the program has written within a moment."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            ready, _, _ = select.select([self._master], [], [], left)
            if not ready:
                return
            with contextlib.suppress(OSError):
                data = os.read(self._master, 65_536)
                self.raw += data
                # pyte knows no private parameters of some sequences; what it cannot read it must not stop at.
                with contextlib.suppress(TypeError, ValueError):
                    self._stream.feed(data)

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def line(self, part: str) -> str:
        """Return the first line that holds a text, '' if none does."""
        return next((line for line in self.text.split("\n") if part in line), "")

    def wait_for(self, *parts: str, without: str | None = None, within_s: float = PATIENCE_S) -> str:
        """Wait until all parts (and not `without`) are on the screen; return it."""
        deadline = time.monotonic() + within_s
        while True:
            self.read()
            text = self.text
            if all(part in text for part in parts) and (without is None or without not in text):
                return text
            if time.monotonic() > deadline or (self.process.poll() is not None and not self._more()):
                raise TerminalTimeout(f"waited for {parts} without {without!r}:\n{text}")

    def _more(self) -> bool:
        return bool(select.select([self._master], [], [], 0)[0])

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    def exit_code(self, within_s: float = PATIENCE_S) -> int:
        """Wait for the program's end, reading what it still writes."""
        deadline = time.monotonic() + within_s
        while self.process.poll() is None:
            self.read()
            if time.monotonic() > deadline:
                raise TerminalTimeout(f"it does not end:\n{self.text}")
        self.read()
        return self.process.returncode

    def given_back(self) -> bool:
        """Whether the terminal is as it was: main screen, cursor, no mouse reports, line mode."""
        left = self.raw.rfind(b"\x1b[?1049l") > self.raw.rfind(b"\x1b[?1049h")
        cursor = self.raw.rfind(b"\x1b[?25h") > self.raw.rfind(b"\x1b[?25l")
        mouse = self.raw.rfind(b"\x1b[?1000l") >= self.raw.rfind(b"\x1b[?1000h")
        return left and cursor and mouse and termios.tcgetattr(self._worker)[3] == self.modes_before[3]

    def close(self) -> None:
        """End the program, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._master)
        os.close(self._worker)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
