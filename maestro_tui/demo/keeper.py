"""The process that owns the demo's server and takes it along when its own standard input closes.

It is started by file name with the standard library alone. Its parent holds the other end of standard input;
the kernel closes that end however the parent dies, so no exit handler is needed for the server to go.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

HOST = "127.0.0.1"
READY = b"Ready to accept connections"
STARTS = 3
START_WITHIN_S = 4.0
LOG_LINES = 12
PR_SET_PDEATHSIG = 1

# As on the platform, but small: no persistence, and whole keys may be evicted when memory runs out.
CONFIG = """\
bind {host}
port {port}
requirepass {password}
maxmemory 64mb
maxmemory-policy allkeys-lru
save ""
appendonly no
daemonize no
logfile ""
"""


class NotStarted(Exception):
    """The server did not start; carries its last log lines."""

    def __init__(self, log: list[str]) -> None:
        super().__init__("\n".join(log))
        self.log = log


class ParentGone(Exception):
    """Standard input closed: nobody needs the server any more."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _die_with_keeper() -> None:
    """Let Linux end the server if the keeper itself is killed; runs between fork and exec."""
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Server:
    """One server process and the last lines of its log."""

    def __init__(self, binary: str, password: str) -> None:
        self.port = _free_port()
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self._partial = b""
        home = tempfile.mkdtemp(prefix="maestro-tui-demo-")
        try:
            self.process = subprocess.Popen(
                [binary, "-"],
                cwd=home,
                env={},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                preexec_fn=_die_with_keeper if sys.platform == "linux" else None,
            )
        finally:
            # The server stands in it already. Without a name it takes no files, and nothing is left behind.
            Path(home).rmdir()
        assert self.process.stdin
        assert self.process.stdout
        self.output = self.process.stdout.fileno()
        config = CONFIG.format(host=HOST, port=self.port, password=password)
        with contextlib.suppress(BrokenPipeError), self.process.stdin as pipe:
            pipe.write(config.encode())

    def read_log(self) -> bool:
        """Take what the server has logged; false once it has ended."""
        data = os.read(self.output, 65536)
        *lines, self._partial = (self._partial + data).split(b"\n")
        self.log.extend(line.decode(errors="replace") for line in lines)
        return bool(data)

    @property
    def ready(self) -> bool:
        """Whether the server said that it accepts connections."""
        return any(READY.decode() in line for line in self.log)

    def end(self) -> None:
        """Kill it: nothing on it is worth saving."""
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def _watching(server: Server) -> Iterator[selectors.BaseSelector]:
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        selector.register(server.output, selectors.EVENT_READ)
        yield selector


def _step(server: Server, selector: selectors.BaseSelector, timeout: float | None) -> bool:
    """Wait for news once; false once the server has ended."""
    for key, _ in selector.select(timeout):
        if key.fd == server.output:
            if not server.read_log():
                return False
        elif not os.read(key.fd, 1024):
            raise ParentGone
    return True


def start(binary: str, password: str) -> Server:
    """Start a server that accepts connections; another port is tried when it ends early."""
    log: list[str] = []
    for _ in range(STARTS):
        server = Server(binary, password)
        try:
            with _watching(server) as selector:
                deadline = time.monotonic() + START_WITHIN_S
                alive = True
                while alive and not server.ready and time.monotonic() < deadline:
                    alive = _step(server, selector, 0.1)
            if alive and server.ready:
                return server
        except BaseException:
            server.end()
            raise
        server.end()
        log = list(server.log)
        if alive:
            break
    raise NotStarted(log)


def keep(server: Server) -> None:
    """Tell its port, and hold the server until standard input closes or the server ends."""
    try:
        _say(port=server.port)
        with _watching(server) as selector:
            while _step(server, selector, None):
                pass
    finally:
        server.end()


def _say(**facts: object) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), json.dumps(facts).encode() + b"\n")


def _first_line() -> str:
    """Read the password a byte at a time, so that nothing behind it is swallowed."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(sys.stdin.fileno(), 1)
        if not byte:
            raise ParentGone
        line += byte
    return line.decode().strip()


def _on_term(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def main(binary: str) -> None:
    """Read the password, start the server, report its port as one JSON line, and hold it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _on_term)
    with contextlib.suppress(ParentGone):
        try:
            server = start(binary, _first_line())
        except OSError as error:
            _say(log=[str(error)])
        except NotStarted as failure:
            _say(log=failure.log)
        else:
            keep(server)


if __name__ == "__main__":
    main(sys.argv[1])
