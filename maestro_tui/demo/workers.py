"""Simulated Maestro services at work: producers that add entries and workers that read, work, and ack.

The workers have the platform's habits, the bad ones too: a worker reads `>` only, never its own pending list,
claims nothing, works a batch serially, and leaves an entry pending for ever when its handler fails.
"""

import asyncio
import math
import time
from collections.abc import Sequence
from random import Random
from typing import cast

from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError

from maestro_tui.demo.entries import flat
from maestro_tui.demo.server import Address
from maestro_tui.demo.services import Delivered, HandlerFailed, Service, Source

BLOCK_MS = 5000
TICK_S = 0.25
NO_GROUP_PAUSE_S = 2.0
LONGEST_CATCH_UP_S = 1.0


def connect(address: Address) -> Redis:
    """A client with one connection, which outlasts a blocking read and never repeats a write by itself.

    It waits without a limit: redis-py's own may swallow the cancellation that ends a simulated worker.
    """
    pool = ConnectionPool(
        host=address.host,
        port=address.port,
        password=address.password,
        protocol=2,
        max_connections=1,
        socket_timeout=None,
        retry=Retry(NoBackoff(), 0),
    )
    return Redis.from_pool(pool)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def produce(client: Redis, sources: Sequence[Source], rng: Random) -> None:
    """Add entries for all sources at their rates, gently uneven, in one round trip a tick."""
    loop = asyncio.get_running_loop()
    owed = [rng.random() for _ in sources]
    before = loop.time()
    while True:
        await asyncio.sleep(TICK_S)
        now = loop.time()
        # After a laptop's sleep the missed hours are not produced in one burst.
        elapsed, before = min(now - before, LONGEST_CATCH_UP_S), now
        pipe = client.pipeline(transaction=False)
        for place, source in enumerate(sources):
            wave = 1 + 0.08 * math.sin(now / 7 + place)
            owed[place] += source.per_second * elapsed * wave * rng.uniform(0.8, 1.2)
            while owed[place] >= 1:
                owed[place] -= 1
                cap = () if source.maxlen is None else ("MAXLEN", "=", source.maxlen)
                pipe.execute_command("XADD", source.stream, *cap, "*", *flat(source.make(rng, _now_ms())))
        if len(pipe):
            await pipe.execute()


class Worker:
    """One consumer of one service."""

    def __init__(self, service: Service, name: str, client: Redis, rng: Random) -> None:
        self._service = service
        self._name = name
        self._client = client
        self._rng = rng

    async def run(self) -> None:
        """Read and work until cancelled; a missing group is asked for again later, as the services do."""
        while True:
            try:
                batch = await self._read()
            except ResponseError as refusal:
                if not str(refusal).startswith("NOGROUP"):
                    raise
                await asyncio.sleep(NO_GROUP_PAUSE_S)
                continue
            for entry_id, fields in batch:
                await self._work(entry_id, fields)

    async def retry(self, every_s: float, idle_ms: int) -> None:
        """Take over what has been pending for so long, whoever holds it, and try it again; every few seconds, for ever.

        This is no habit of the platform's: it is the well-meant script that makes delivery counts climb.
        """
        service = self._service
        while True:
            await asyncio.sleep(every_s)
            reply = await self._client.xautoclaim(service.stream, service.group, self._name, idle_ms)
            for entry_id, fields in cast(list[tuple[bytes, Delivered]], reply[1]):
                await self._work(entry_id, fields)

    async def _read(self) -> list[tuple[bytes, Delivered]]:
        service = self._service
        reply = await self._client.xreadgroup(
            service.group, self._name, {service.stream: ">"}, count=service.count, block=BLOCK_MS
        )
        streams = cast(list[tuple[bytes, list[tuple[bytes, Delivered]]]], reply or [])
        return [entry for _, entries in streams for entry in entries]

    async def _work(self, entry_id: bytes, fields: Delivered) -> None:
        service = self._service
        await asyncio.sleep(self._rng.uniform(*service.seconds))
        pipe = self._client.pipeline(transaction=False)
        try:
            written = service.handle(fields, self._rng, _now_ms())
        except HandlerFailed:
            if not service.acks_failures:
                return
            written = []
        for stream, result in written:
            pipe.execute_command("XADD", stream, "*", *flat(result))
        pipe.execute_command("XACK", service.stream, service.group, entry_id)
        await pipe.execute()
