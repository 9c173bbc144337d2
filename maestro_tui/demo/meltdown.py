"""The script of the meltdown: five troubles, one after another, each brought about as it comes about in life.

Nothing is pretended: the delivery counts, the eviction, the trimmed entries and the failing saves are the server's own.
"""

import asyncio
import time
from dataclasses import replace

from redis.asyncio import Redis

from maestro_tui.demo import catalogue as names
from maestro_tui.demo import entries, services
from maestro_tui.demo.services import Service, Source
from maestro_tui.demo.stage import Event, Stage
from maestro_tui.demo.workers import Worker

POISONED = 12
RETRY_EVERY_S = 3.0
RETRY_IDLE_MS = 2_000

HEALING = replace(services.HEALING, workers=2)
HEALING_BURST = 60
HEALING_HELD = 10
HELD_WITHIN_S = 10.0
CAP = 30

CACHE = "maestro:cache:report"
CACHE_VALUE = b"." * 1_000_000
# The server may hold 64 MB. Three seconds fill it; from then on the oldest report is three seconds old, and a stream
# that is added to twice a second is younger. Only one at which nothing happens but a worker asking every five seconds
# grows older than that, and is what the server drops as soon as it samples it: after 80 to 160 reports, as measured.
CACHE_PER_S = 25
MOST_REPORTS = 1_500

SAVE_FAILS_WITHIN_S = 20.0


async def _add(stage: Stage, stream: str, make: entries.Make, count: int) -> None:
    now_ms = time.time_ns() // 1_000_000
    pipe = stage.client.pipeline(transaction=False)
    for _ in range(count):
        pipe.execute_command("XADD", stream, "*", *entries.flat(make(stage.rng, now_ms)))
    await pipe.execute()


async def poison_jobs(stage: Stage) -> None:
    """Jobs come whose payload is cut off, and a well-meant script has them tried again for ever."""
    await _add(stage, names.JOBS, entries.unreadable_job, POISONED)
    every_s, idle_ms = RETRY_EVERY_S * stage.pace, round(RETRY_IDLE_MS * stage.pace)
    stage.enter(
        "retry script",
        lambda client, rng: Worker(services.AUTOMATION, "retry-1", client, rng).retry(every_s, idle_ms),
    )
    stage.tell(f"{POISONED} jobs came with a payload that is no JSON; a retry script claims them again and again.")


async def lose_a_node(stage: Stage) -> None:
    """Many tests break at once; then the node dies that ran all workers of healing and of monitoring.

    Monitoring's held nothing, so that they are certainly gone once they are silent. Healing's held a batch: for as long
    as one may take, nobody can tell from the server whether they are dead or busy.
    """
    monitoring = services.MONITORING
    await stage.until(lambda: _held(stage, monitoring, most=0), HELD_WITHIN_S)
    await stage.kill(monitoring)
    await _add(stage, HEALING.stream, entries.healing, HEALING_BURST)
    caught = await stage.until(lambda: _held(stage, HEALING, least=HEALING_HELD), HELD_WITHIN_S)
    await stage.kill(HEALING)
    doing = "healing's in mid-batch" if caught else "all between two batches"
    stage.tell(f"A node died with all workers of healing and monitoring, {doing}; their streams go on growing.")


async def _held(stage: Stage, service: Service, least: int = 0, most: int = 1_000) -> bool:
    """Whether the workers of a service hold that many entries."""
    summary = await stage.client.xpending(service.stream, service.group)
    return least <= int(summary["pending"]) <= most


async def cap_healing(stage: Stage) -> None:
    """A new producer keeps the growing stream short, and with it goes what nobody has read yet."""
    capped = Source(HEALING.stream, 2, entries.healing, maxlen=CAP)
    stage.enter_producers("capped producers", capped)
    stage.tell(f"A new release of the healing producer adds with MAXLEN {CAP}: unread and pending entries are trimmed.")


async def evict_validation(stage: Stage) -> None:
    """Someone caches reports on the same server, until it drops the key that was used least recently."""
    client, streams = stage.client, (*names.READ_STREAMS, *names.WRITE_ONLY_STREAMS)
    before = await _there(client, *streams)
    loop = asyncio.get_running_loop()
    written, begun = 0, loop.time()
    while written < MOST_REPORTS and await _there(client, *streams) == before:
        await client.set(f"{CACHE}:{written}", CACHE_VALUE)
        written += 1
        await asyncio.sleep(begun + written / CACHE_PER_S - loop.time())
    gone = [stream for stream in streams if not await _there(client, stream)]
    for number in range(written):
        await client.unlink(f"{CACHE}:{number}")
    if gone:
        stage.tell(f"{written} cached reports filled the memory; the server evicted {', '.join(gone)} with its groups.")
    else:
        stage.tell(f"{written} cached reports filled the memory, but the server dropped older reports, and no stream.")
    # Whoever adds next makes the stream again, without its groups.
    stage.enter_producers("validation producers", Source(names.VALIDATION, 0.5, entries.validation))


async def _there(client: Redis, *streams: str) -> int:
    """Count the streams that exist; asking so does not make them look used."""
    return int(await client.exists(*streams))


async def fail_saves(stage: Stage) -> None:
    """Snapshots are switched on where the server cannot write: it refuses every write once the first has failed."""
    # The server stands in a directory that has no name any more (keeper.py): it cannot make a file there.
    await stage.client.config_set("save", "1 1")

    async def failed() -> bool:
        return str((await stage.client.info("persistence"))["rdb_last_bgsave_status"]) == "err"

    if await stage.until(failed, SAVE_FAILS_WITHIN_S):
        stage.tell("Snapshots fail, there is nowhere to write them: the server refuses every write (MISCONF).")
    else:
        stage.tell("Snapshots were switched on where they cannot be written, but none has failed yet.")


async def let_writes_through(stage: Stage) -> None:
    """The server is told to accept writes all the same, so that the rest can be mended; saving goes on failing."""
    await stage.client.config_set("stop-writes-on-bgsave-error", "no")
    stage.tell("Snapshots still fail, but writes are let through (stop-writes-on-bgsave-error no): mend the rest.")


EVENTS = (
    Event(10, poison_jobs),
    Event(35, lose_a_node),
    Event(60, cap_healing),
    Event(85, evict_validation),
    Event(115, fail_saves),
    Event(160, let_writes_through),
)
