"""A worker like those of the platform: a process that can be let on entry by entry, and killed in between.

It reads `>` in batches of ten and works them one after another, acknowledges what it could do, and leaves an entry
whose `payload` is not JSON un-acked. It never reads its own pending list and never claims; unless it is `brittle`: then
it begins with its own list, and dies of a payload that is not JSON.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.environment import ROOT
from tests.long.wire import Wire
from tests.patience import PATIENCE_S
from tests.servers import Server, wait_until

COUNT = 10
BLOCK_MS = 5_000


@dataclass(frozen=True, slots=True)
class Worked:
    """A line of a worker's journal: an entry that it received, and what it did with it."""

    id: str
    fields: tuple[tuple[bytes, bytes], ...]
    did: str

    @property
    def payload(self) -> bytes:
        """The field that says what is to be done."""
        return dict(self.fields).get(b"payload", b"")


class Worker:
    """A worker process; with `gated` it works an entry only when it is let."""

    def __init__(
        self,
        server: Server,
        stream: str,
        group: str,
        journal: Path,
        *,
        name: str = "worker-1",
        block_ms: int = BLOCK_MS,
    ) -> None:
        self.name = name
        self._journal = journal
        self._arguments = [str(server.port), stream, group, name, str(journal), str(block_ms)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, gated: bool = False, brittle: bool = False) -> Self:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, *self._arguments, "gated" if gated else "brittle" if brittle else "free"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stderr=subprocess.DEVNULL if brittle else None,
        )
        return self

    def let(self, entries: int) -> None:
        """Let it work that many entries, and wait until it has."""
        before = len(self.worked)
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n" * entries)
        self._process.stdin.flush()
        self.wait_for(before + entries)

    def wait_for(self, entries: int) -> None:
        """Wait until it has worked that many entries in all."""
        wait_until(lambda: len(self.worked) >= entries, f"{self.name} to work {entries} entries")

    @property
    def worked(self) -> tuple[Worked, ...]:
        """What it has worked so far, in its order."""
        lines = self._journal.read_text().split("\n")[:-1] if self._journal.exists() else []
        return tuple(_read(line) for line in lines)

    def wait_for_death(self) -> None:
        """Wait until it has died of what it was given."""
        assert self._process is not None
        self._process.communicate(timeout=PATIENCE_S)
        assert self._process.returncode == 1
        self._process = None

    def kill(self) -> None:
        """SIGKILL: whatever it was doing is not done."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def _read(line: str) -> Worked:
    told = json.loads(line)
    fields = tuple((bytes.fromhex(name), bytes.fromhex(value)) for name, value in told["fields"])
    return Worked(told["id"], fields, told["did"])


def _work(port: int, of: tuple[str, str, str], journal: Path, block_ms: int, manner: str) -> None:
    """Work for ever."""
    stream, group, _ = of
    with Wire(port) as wire, journal.open("a") as book:
        for id, words in _batches(wire, of, block_ms, own_first=manner == "brittle"):
            if manner == "gated" and not sys.stdin.readline():
                return
            fields = list(zip(words[::2], words[1::2], strict=True))
            did = "acked" if _is_json(dict(fields).get(b"payload", b"")) else "left"
            if did == "left" and manner == "brittle":
                sys.exit(1)
            if did == "acked":
                wire.one("XACK", stream, group, id)
            pairs = [(field.hex(), value.hex()) for field, value in fields]
            book.write(json.dumps({"id": id.decode(), "fields": pairs, "did": did}) + "\n")
            book.flush()


def _batches(
    wire: Wire, of: tuple[str, str, str], block_ms: int, *, own_first: bool
) -> Iterator[tuple[bytes, list[bytes]]]:
    stream, group, name = of
    after = "0" if own_first else ">"
    while True:
        how = ("COUNT", COUNT, "BLOCK", block_ms, "STREAMS", stream, after)
        for _, entries in wire.one("XREADGROUP", "GROUP", group, name, *how) or ():
            yield from entries
        after = ">"


def _is_json(payload: bytes) -> bool:
    try:
        json.loads(payload)
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    at, stream, group, name, into, block, how = sys.argv[1:]
    _work(int(at), (stream, group, name), Path(into), int(block), how)
