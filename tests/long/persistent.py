"""A server that writes down what it does, so that it can be killed and started again with its data."""

import shutil
from types import TracebackType
from typing import Final, Literal, Self

from tests.long.numbered import Numbered
from tests.long.wire import Wire
from tests.servers import Server, wait_until

Fsync = Literal["always", "everysec"]

# Emptying it leaves all that was ever done in its file, which each start would read again.
_MOMENTS_A_FILE: Final = 3


class PersistentServer:
    """One server with an append-only file, filled anew for each moment."""

    def __init__(self, kind: str) -> None:
        self.server = Server(kind, config=["appendonly yes", "appendfsync always", "auto-aof-rewrite-percentage 0"])
        self._moments = 0

    def fill(self, numbered: Numbered, fsync: Fsync) -> None:
        """Empty it, make the entries, which are on the disk when this returns, and write as told from then on."""
        self._moments += 1
        if self._moments % _MOMENTS_A_FILE == 0:
            self._forget()
        with Wire(self.server.port) as wire:
            wire.one("CONFIG", "SET", "appendfsync", "always")
            wire.one("FLUSHALL")
            numbered.fill(wire)
            wire.one("CONFIG", "SET", "appendfsync", fsync)

    def kill(self) -> None:
        """SIGKILL."""
        self.server.kill()

    def start(self) -> None:
        """Start it again with what its file holds."""
        self.server.start()

    def wait_until_alone(self) -> None:
        """Wait until the server has noticed that whoever was connected is gone, having worked off what they sent."""
        with Wire(self.server.port) as wire:
            wait_until(lambda: wire.one("CLIENT", "LIST").count(b"\n") == 1, "the server to be alone")

    def __enter__(self) -> Self:
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.terminate()

    def _forget(self) -> None:
        self.server.shut_down()
        for path in self.server.directory.glob("appendonly*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.server.start()
