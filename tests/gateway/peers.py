"""Servers that are not what they should be: made up answers, silence, and a proxy that loses them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from maestro_tui.domain.config import Address
from tests.servers import HOST

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def peer(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[Address]:
    """Listen on a free port and let each connection go as `talk` says."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, HOST, 0, ssl=tls)
    try:
        yield Address(HOST, server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def saying(answer: bytes) -> Talk:
    """A peer that says the same to whatever it is sent, and hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65536)
        writer.write(answer)
        await writer.drain()

    return talk


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """A peer that listens and never says a word."""
    while await reader.read(65536):
        pass


def answering(answer: Callable[[list[bytes]], bytes]) -> Talk:
    """A peer that reads commands as a server does and answers each as it is told."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (head := await reader.readline()) != b"":
            words = []
            for _ in range(int(head[1:])):
                size = int((await reader.readline())[1:])
                words.append((await reader.readexactly(size + 2))[:-2])
            writer.write(answer(words))
            await writer.drain()

    return talk


class Proxy:
    """Stands before a real server and can lose what it answers to one command."""

    def __init__(self, port: int) -> None:
        self.lose: bytes | None = None
        self.commands: list[bytes] = []
        self._port = port

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward both ways; once the word to lose was forwarded and answered, hang up instead of answering."""
        behind_reader, behind_writer = await asyncio.open_connection(HOST, self._port)
        try:
            while data := await reader.read(65536):
                self.commands.append(data)
                behind_writer.write(data)
                answer = await behind_reader.read(65536)
                if self.lose is not None and self.lose in data:
                    return
                writer.write(answer)
                await writer.drain()
        finally:
            behind_writer.close()
