"""Reads a deployment: polls, and pages of pending entries."""

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.snapshot import Cost, Snapshot
from maestro_tui.engine.ports import Clock, Page
from maestro_tui.gateway.link import Link
from maestro_tui.gateway.pending import page_of
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
        )

    async def pending(self, stream: Name, group: Name, after: EntryId | None, limit: int) -> Page:
        """Return up to `limit` (at most 1,000) pending entries with IDs above `after`, and a look at their payloads."""
        link = await self._route.node_of(stream)
        return await page_of(link, Key(stream, group), after, limit, heavy=self._watch(link).is_heavy(stream))

    async def close(self) -> None:
        """Close the connections."""
        await self._route.close()

    def _watch(self, link: Link) -> Watch:
        if link not in self._watches:
            self._watches[link] = Watch(link, self._config, self._clock)
        return self._watches[link]
