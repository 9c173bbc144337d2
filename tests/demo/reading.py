"""Typed ways to ask a stream, with the shapes that RESP2 gives."""

from collections.abc import Mapping
from typing import Any, cast

from redis.asyncio import Redis

Entry = tuple[bytes, dict[bytes, bytes]]
Row = dict[str, Any]


async def add(client: Redis, stream: str, fields: Mapping[str, str | bytes]) -> bytes:
    """Add one entry and return its ID."""
    return cast(bytes, await client.xadd(stream, dict(fields.items())))


async def entries(
    client: Redis, stream: str, first: str | bytes = "-", last: str | bytes = "+", count: int | None = None
) -> list[Entry]:
    """Entries from first to last."""
    return cast(list[Entry], await client.xrange(stream, first, last, count))


async def pending(client: Redis, stream: str, group: str, idle_ms: int | None = None) -> list[Row]:
    """Up to 300 pending entries, oldest first."""
    return cast(list[Row], await client.xpending_range(stream, group, "-", "+", 300, idle=idle_ms))


async def refused_reads(client: Redis, times: int) -> bool:
    """Whether so many reads of a group have failed, as they do where there is no group."""
    stats = await client.info("commandstats")
    return bool(stats.get("cmdstat_xreadgroup", {}).get("failed_calls", 0) >= times)
