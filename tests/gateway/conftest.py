"""Readers and writers that close themselves, so that no test leaves a connection behind."""

from collections.abc import AsyncIterator, Callable

import pytest

from maestro_tui.domain.config import Address, Config
from maestro_tui.engine.ports import Clock
from maestro_tui.gateway.read import RedisReader
from maestro_tui.gateway.write import RedisWriter
from tests.gateway.rig import HandClock, config_of
from tests.servers import Server

Where = Server | Address | Config
OpenReader = Callable[..., RedisReader]
OpenWriter = Callable[[Where], RedisWriter]


def _config(where: Where) -> Config:
    return where if isinstance(where, Config) else config_of(where)


@pytest.fixture
async def open_reader() -> AsyncIterator[OpenReader]:
    """`open_reader(server)`, or an address, or a whole configuration; a clock set by hand unless given."""
    opened: list[RedisReader] = []

    def open_one(where: Where, clock: Clock | None = None) -> RedisReader:
        opened.append(RedisReader(_config(where), clock or HandClock()))
        return opened[-1]

    yield open_one
    for reader in opened:
        await reader.close()


@pytest.fixture
async def open_writer() -> AsyncIterator[OpenWriter]:
    """`open_writer(server)`, or an address, or a whole configuration."""
    opened: list[RedisWriter] = []

    def open_one(where: Where) -> RedisWriter:
        opened.append(RedisWriter(_config(where)))
        return opened[-1]

    yield open_one
    for writer in opened:
        await writer.close()
