"""A past for the demo's streams: backdated entries, groups that have read them, and consumers long silent."""

import struct
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from redis.asyncio import Redis

from maestro_tui.demo.entries import Fields, Make, flat

# The reversed form of the polynomial that guards a DUMP payload.
CRC64_POLYNOMIAL = 0x95AC9329AC4BC9B5
FOOTER = struct.Struct("<Q")
TIMES = struct.Struct("<qq")
PLAUSIBLE_MS = 60_000
NEVER = -1


@dataclass(frozen=True)
class Moment:
    """An entry of the past: how long ago, and what."""

    age_s: float
    make: Make


def spread(count: int, oldest_s: float, newest_s: float, make: Make, bend: float = 1.0) -> list[Moment]:
    """Moments from oldest to newest, evenly, or denser towards the end with a bend over 1."""
    steps = max(1, count - 1)
    span = oldest_s - newest_s
    return [Moment(oldest_s - span * (place / steps) ** (1 / bend), make) for place in range(count)]


class Past:
    """Collects what happened before the demo began, then writes it in one go."""

    def __init__(self, client: Redis, rng: Random, now_ms: int) -> None:
        self._client = client
        self._pipe = client.pipeline(transaction=False)
        self._rng = rng
        self._now_ms = now_ms
        self._silent: list[tuple[str, str, int]] = []

    def at(self, age_s: float) -> int:
        """The time that was so long ago, in milliseconds."""
        return self._now_ms - round(age_s * 1000)

    def entries(self, stream: str, moments: Sequence[Moment]) -> list[str]:
        """Add one entry for each moment; moments come oldest first."""
        ids: list[str] = []
        last = (0, 0)
        for moment in moments:
            at_ms = self.at(moment.age_s)
            last = (at_ms, 0) if at_ms > last[0] else (last[0], last[1] + 1)
            ids.append(f"{last[0]}-{last[1]}")
            fields: Fields = moment.make(self._rng, at_ms)
            self._pipe.execute_command("XADD", stream, ids[-1], *flat(fields))
        return ids

    def group(self, stream: str, group: str, read: Sequence[str] = ()) -> None:
        """Create a group that has read exactly these entries, the first ones of the stream."""
        position = read[-1] if read else "0"
        command = ["XGROUP", "CREATE", stream, group, position, "MKSTREAM"]
        self._pipe.execute_command(*command, "ENTRIESREAD", len(read))

    def holds(self, stream: str, group: str, consumer: str, ids: Sequence[str], age_s: float) -> None:
        """Let a consumer hold entries since they were delivered to it once, so long ago."""
        since = ["TIME", self.at(age_s), "RETRYCOUNT", 1, "FORCE", "JUSTID"]
        self._pipe.execute_command("XCLAIM", stream, group, consumer, 0, *ids, *since, parse_justid=True)

    def silent(self, stream: str, group: str, consumer: str, age_s: float) -> None:
        """Let a consumer have been heard of, and served, for the last time so long ago."""
        self._pipe.execute_command("XGROUP", "CREATECONSUMER", stream, group, consumer)
        self._silent.append((stream, consumer, self.at(age_s)))

    async def write(self) -> None:
        """Write everything; consumers fall silent last, since every command about them wakes them."""
        await self._pipe.execute()
        for stream, consumer, at_ms in self._silent:
            payload = await self._client.dump(stream)
            if payload is not None:
                await self._client.restore(stream, 0, backdate(payload, consumer, at_ms), replace=True)


def backdate(payload: bytes, consumer: str, at_ms: int) -> bytes:
    """Set when a consumer last asked and last received, inside a stream's DUMP payload.

    No command can do this: a claim with IDLE or TIME ages the entries and makes their holder look busy.
    In the payload a consumer is its name followed by both times. If that is not found as expected, the
    payload comes back as it was: the consumer then looks silent since the demo's start, nothing else differs.
    """
    name = consumer.encode()
    label = bytes([len(name)]) + name
    place = payload.rfind(label) + len(label)
    if payload.count(label) != 1 or len(payload) < place + TIMES.size + FOOTER.size:
        return payload
    now_ms = time.time_ns() // 1_000_000
    seen_ms, active_ms = TIMES.unpack_from(payload, place)
    if abs(now_ms - seen_ms) > PLAUSIBLE_MS or (active_ms != NEVER and abs(now_ms - active_ms) > PLAUSIBLE_MS):
        return payload
    body = payload[:place] + TIMES.pack(at_ms, at_ms) + payload[place + TIMES.size : -FOOTER.size]
    return body + FOOTER.pack(_crc64(body))


def _crc64_table() -> list[int]:
    table: list[int] = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (CRC64_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


def _crc64(data: bytes) -> int:
    table = _crc64_table()
    value = 0
    for byte in data:
        value = table[(value ^ byte) & 255] ^ (value >> 8)
    return value
