"""One server, asked over one connection, in chunks."""

import asyncio
import math
from collections.abc import Awaitable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from maestro_tui import __version__
from maestro_tui.domain.config import Address
from maestro_tui.domain.trouble import Failure
from maestro_tui.gateway.errors import connection_trouble, is_answer

Command = tuple[bytes, ...]

CHUNK: Final = 100
"""Commands in flight at a time: 1,000 in one go stop the event loop for 20 ms, 100 for 1.6 ms (measured)."""

# So many replies are waited for together: a timer for each would cost more than reading them.
_REPLIES_A_TIMEOUT: Final = 10

_INTRODUCTION: Final[tuple[Command, ...]] = (
    # Being looked at must not save a stream from eviction: XINFO and XPENDING reset a key's idle time.
    (b"CLIENT", b"NO-TOUCH", b"ON"),
    (b"CLIENT", b"SETINFO", b"LIB-NAME", b"maestro-tui"),
    (b"CLIENT", b"SETINFO", b"LIB-VER", __version__.encode()),
)


class Lost(Failure):
    """The connection broke or no answer came: what was sent may or may not have been carried out."""


class Link:
    """A connection that is made when it is needed, and made again when it was lost.

    Replies come as the server sent them, an error as a `ResponseError` in its place, so that one command that is
    refused spoils nothing else.
    """

    def __init__(self, connection: AbstractConnection, address: Address, timeout_s: float, *, retries: int) -> None:
        self.address = address
        self.sent = 0
        self._connection = connection
        self._timeout_s = timeout_s
        self._retries = retries
        self._introduction: tuple[Command, ...] | None = None
        self._introduced = False
        self._answered = False
        self._lock = asyncio.Lock()

    def introduce(self, *, modern: bool) -> None:
        """Say who we are from now on, where the server knows how to listen (Redis 7.2, any Valkey)."""
        if self._introduction is None:
            self._introduction = _INTRODUCTION if modern else ()

    async def connect(self) -> None:
        """Connect and log in; a `Failure` from here means that nothing was sent."""
        async with self._lock:
            await self._connect()

    async def ask(self, commands: Sequence[Command]) -> list[object]:
        """Send at most `CHUNK` commands at once and return their replies; raise `Failure` if any gets none."""
        async with self._lock:
            left = self._retries
            while True:
                await self._connect()
                try:
                    return await self._exchange(commands)
                except Lost:
                    raise
                except RedisConnectionError as error:
                    trouble = connection_trouble(error, self.address, answered=self._answered)
                    if is_answer(error):
                        raise Failure(trouble) from None
                    if left <= 0:
                        raise Lost(trouble) from None
                    left -= 1

    async def close(self) -> None:
        """Close the connection; asking again would open it again."""
        await self._drop(nowait=False)

    async def _connect(self) -> None:
        if self._connection.is_connected and not await self._stale():
            return
        await self._drop()
        self._answered = False
        self._introduced = False
        try:
            await _cancellable(self._connection.connect())  # type: ignore[no-untyped-call]
        except Exception as error:
            await self._drop()
            raise Failure(connection_trouble(error, self.address, answered=False)) from None

    async def _stale(self) -> bool:
        """Whether the server has hung up, or sent something that nobody asked for."""
        try:
            return bool(await self._connection.can_read())
        except (OSError, RedisError):
            return True

    async def _exchange(self, commands: Sequence[Command]) -> list[object]:
        """Send and read once. A lost connection comes out as redis-py's error, all else as `Lost`."""
        try:
            await self._introduce()
            self.sent += len(commands)
            return await self._replies(commands)
        except RedisConnectionError:
            await self._drop()
            raise
        except Exception as error:
            # Whatever a hostile peer makes the parser raise, the stream of replies cannot be trusted any more.
            await self._drop()
            raise Lost(connection_trouble(error, self.address, answered=self._answered)) from None
        except BaseException:
            await self._drop()
            raise

    async def _introduce(self) -> None:
        if not self._introduction or self._introduced:
            return
        replies = await self._replies(self._introduction)
        self._introduced = True
        if any(isinstance(reply, ResponseError) for reply in replies):
            # Refused once is refused for good: each further try would only be a line in the server's ACL LOG.
            self._introduction = ()

    async def _replies(self, commands: Sequence[Command]) -> list[object]:
        connection = self._connection
        await _cancellable(connection.send_packed_command(_packed(commands), check_health=False))
        replies: list[object] = []
        while len(replies) < len(commands):
            async with asyncio.timeout(self._timeout_s):
                for _ in commands[len(replies) :][:_REPLIES_A_TIMEOUT]:
                    try:
                        # Infinity switches redis-py's own timer off.
                        replies.append(await connection.read_response(timeout=math.inf))
                    except ResponseError as error:
                        replies.append(error)
                    self._answered = True
        return replies

    async def _drop(self, *, nowait: bool = True) -> None:
        with suppress(OSError, RedisError):
            await self._connection.disconnect(nowait=nowait)


async def _cancellable(work: Awaitable[object]) -> None:
    """Do it, and let a cancellation through that arrives just as it ends.

    redis-py sends under `asyncio.wait_for`, which before Python 3.12 forgets such a cancellation: whoever cancelled
    would then wait for ever.
    """
    task = asyncio.current_task()
    asked = task.cancelling() if task else 0
    await work
    if task and task.cancelling() > asked:
        raise asyncio.CancelledError


def _packed(commands: Sequence[Command]) -> bytes:
    """Encode commands that are bytes already; redis-py's encoder, which takes anything, takes ten times as long."""
    parts: list[bytes] = []
    for command in commands:
        parts.append(b"*%d\r\n" % len(command))
        parts += [b"$%d\r\n%b\r\n" % (len(word), word) for word in command]
    return b"".join(parts)


async def ask_all(link: Link, units: Sequence[Sequence[Command]]) -> list[list[object]]:
    """Ask units of commands that belong together, several to a chunk, and return the replies by unit.

    A unit is not torn apart unless it is longer than a chunk: the numbers of one stream are of one moment.
    """
    replies: list[object] = []
    chunk: list[Command] = []
    for unit in units:
        if chunk and len(chunk) + len(unit) > CHUNK:
            replies += await link.ask(chunk)
            chunk = []
        chunk += unit
        while len(chunk) > CHUNK:
            replies += await link.ask(chunk[:CHUNK])
            chunk = chunk[CHUNK:]
    if chunk:
        replies += await link.ask(chunk)
    in_order = iter(replies)
    return [list(islice(in_order, len(unit))) for unit in units]
