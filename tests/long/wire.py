"""A bare connection to a server: commands out, replies in, as fast as Python can and independent of our gateway."""

import socket
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self

import hiredis

from tests.servers import HOST

Word = bytes | str | int
Command = Sequence[Word]

_READ_BYTES: Final = 1 << 18
_WITHIN_S: Final = 120.0


class Wire:
    """Sends commands together and waits for all their replies; an error comes back in its place."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=_WITHIN_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = hiredis.Reader()

    def ask(self, *commands: Command) -> list[Any]:
        """Return the replies, in bytes, in the order of the commands; raise ConnectionError where there are none."""
        self._socket.sendall(b"".join(map(packed, commands)))
        return [self._reply() for _ in commands]

    def one(self, *command: Word) -> Any:  # noqa: ANN401 - what comes back depends on the command
        """Send one command and return its reply; an error is raised, since nobody here expects one."""
        [reply] = self.ask(command)
        if isinstance(reply, hiredis.ReplyError):
            raise reply
        return reply

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _reply(self) -> Any:  # noqa: ANN401 - see above
        while (reply := self._reader.gets()) is False:
            data = self._socket.recv(_READ_BYTES)
            if not data:
                raise ConnectionError("the server hung up")
            self._reader.feed(data)
        return reply


def packed(command: Command) -> bytes:
    """Return a command as it is sent."""
    words = [word if isinstance(word, bytes) else str(word).encode() for word in command]
    return b"".join((b"*%d\r\n" % len(words), *(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)))
