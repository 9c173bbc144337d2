"""Reads a deployment: polls, pages of pending entries and of entries, and what became of copies."""

from collections.abc import Sequence

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.progress import Fates
from maestro_tui.domain.snapshot import Cost, Snapshot
from maestro_tui.engine.ports import Clock, EntriesPage, Entry, Holding, Page, PendingRows
from maestro_tui.gateway.entries import entries_of, entry_of, holdings_of
from maestro_tui.gateway.fates import fates_of
from maestro_tui.gateway.link import Link
from maestro_tui.gateway.pending import page_of, sweep
from maestro_tui.gateway.route import Route, route_of
from maestro_tui.gateway.watch import Watch


class RedisReader:
    """The `Reader` of a real deployment. It only ever sends commands that change nothing."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._route: Route = route_of(config)
        self._watches: dict[Link, Watch] = {}

    async def poll(self, focus: Key | None) -> Snapshot:
        """Look at every stream once, with bounded commands; a bad stream spoils only its own row."""
        began, links = self._clock.monotonic_s(), await self._route.nodes()
        sent = sum(link.sent for link in links)
        sights = [await self._watch(link).look(focus) for link in links]
        commands = sum(link.sent for link in links) - sent
        return Snapshot(
            taken_at_ms=max(sight.taken_at_ms for sight in sights),
            nodes=tuple(sight.node for sight in sights),
            streams=tuple(stream for sight in sights for stream in sight.streams),
            cost=Cost(commands, self._clock.monotonic_s() - began),
            discovery_complete=all(sight.discovery_complete for sight in sights),
            errors=tuple(note for sight in sights for note in sight.notes),
            mono_ms=round(began * 1000),
        )

    async def pending(
        self, stream: Name, group: Name, after: EntryId | None, limit: int, consumer: Name | None = None
    ) -> Page:
        """Return up to `limit` (at most 1,000) pending entries above `after`, and a look at the first 100 payloads."""
        link = await self._route.node_of(stream)
        heavy = self._watch(link).is_heavy(stream)
        return await page_of(link, Key(stream, group), after, limit, consumer, heavy=heavy)

    async def sweep(self, key: Key, after: EntryId | None, until: EntryId | None, limit: int) -> PendingRows:
        """Return up to `limit` (at most 1,000) rows of XPENDING above `after`, up to `until`; no payloads, no IDLE."""
        return await sweep(await self._route.node_of(key.stream), key, after, until, limit)

    async def entries(self, stream: Name, after: EntryId | None, limit: int, *, newest_first: bool) -> EntriesPage:
        """Return up to `limit` (at most 100) entries beyond `after`; fewer where they are large."""
        link = await self._route.node_of(stream)
        heavy = self._watch(link).is_heavy(stream)
        return await entries_of(link, stream, after, limit, newest_first=newest_first, heavy=heavy)

    async def entry(self, stream: Name, id: EntryId, most_bytes: int | None) -> Entry | None:
        """Return one entry, its fields cut off after `most_bytes` in all (None: whole); None where it is gone."""
        return await entry_of(await self._route.node_of(stream), stream, id, most_bytes)

    async def holdings(self, stream: Name, id: EntryId) -> tuple[Holding, ...]:
        """Return how each group of the stream stands to an entry; at most 100 groups are looked at."""
        return await holdings_of(await self._route.node_of(stream), stream, id)

    async def fates(self, key: Key, copies: Sequence[EntryId]) -> Fates:
        """Return what became of copies (in order of ID; of more than 10,000 the last ones)."""
        link = await self._route.node_of(key.stream)
        return await fates_of(link, key, copies, heavy=self._watch(link).is_heavy(key.stream))

    async def close(self) -> None:
        """Close the connections."""
        await self._route.close()

    def _watch(self, link: Link) -> Watch:
        if link not in self._watches:
            self._watches[link] = Watch(link, self._config, self._clock)
        return self._watches[link]
