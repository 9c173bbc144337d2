"""Keeps the demo's streams small for hours, without taking away anything that is unread or pending."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import cast

from redis.asyncio import Redis

from maestro_tui.demo.catalogue import READ_STREAMS, WRITE_ONLY_STREAMS

EVERY_S = 15.0
KEEP = 20_000
# Past this length finished entries go even from behind an old pending one, where trimming cannot reach.
KEEP_BEHIND_PENDING = 50_000
PAGE = 1_000

Info = Mapping[str, object]


async def tidy(client: Redis) -> None:
    """Shorten every stream now and then, until cancelled."""
    while True:
        await asyncio.sleep(EVERY_S)
        for stream in WRITE_ONLY_STREAMS:
            await client.xtrim(stream, maxlen=KEEP)
        for stream in READ_STREAMS:
            await shorten(client, stream)


async def shorten(client: Redis, stream: str, keep: int = KEEP, most: int = KEEP_BEHIND_PENDING) -> None:
    """Drop the oldest surplus entries that every reading group has finished with."""
    surplus = await client.xlen(stream) - keep
    if surplus <= 0:
        return
    groups = [group for group in await client.xinfo_groups(stream) if _reads(group)]
    if not groups:
        return
    finished = min((_position(group) for group in groups), key=_order)
    held = [await client.xpending(stream, cast(bytes, group["name"])) for group in groups]
    oldest = [cast(bytes, summary["min"]) for summary in held if summary["pending"]]
    limit = min([finished, *oldest], key=_order)
    await client.xtrim(stream, minid=limit, limit=surplus)
    if await client.xlen(stream) > most:
        await _drop_between(client, stream, finished, groups)


async def _drop_between(client: Redis, stream: str, finished: bytes, groups: Sequence[Info]) -> None:
    """Delete one page of finished entries from between pending ones."""
    start = b"-"
    while page := await _page(client, stream, start, finished):
        pending: set[object] = set()
        for group in groups:
            rows = await client.xpending_range(stream, cast(bytes, group["name"]), page[0], page[-1], PAGE)
            pending.update(row["message_id"] for row in rows)
        if done := [entry_id for entry_id in page if entry_id != finished and entry_id not in pending]:
            await client.xdel(stream, *done)
            return
        start = b"(" + page[-1]


async def _page(client: Redis, stream: str, first: bytes, last: bytes) -> list[bytes]:
    entries = await client.xrange(stream, first, last, count=PAGE)
    return [entry_id for entry_id, _ in cast(list[tuple[bytes, object]], entries)]


def _reads(group: Info) -> bool:
    """Whether anybody ever read with this group; the others were made by habit."""
    return bool(group["consumers"]) or _position(group) != b"0-0"


def _position(group: Info) -> bytes:
    return cast(bytes, group["last-delivered-id"])


def _order(entry_id: bytes) -> tuple[int, ...]:
    return tuple(int(part) for part in entry_id.split(b"-"))
