"""Which connection a question goes to. One server today; Sentinel and Cluster answer the same three questions."""

from typing import Protocol

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import Name
from maestro_tui.gateway.connect import reading_link, writing_link
from maestro_tui.gateway.link import Link


class Route(Protocol):
    """The servers of a deployment, and which of them is responsible for a stream."""

    async def nodes(self) -> tuple[Link, ...]:
        """Return a link to each server that holds streams, for reading."""

    async def node_of(self, stream: Name) -> Link:
        """Return the link to read a stream from."""

    async def writable(self, stream: Name) -> Link:
        """Return the link to write a stream to: to whoever is the primary now."""

    async def close(self) -> None:
        """Close every connection."""


class SingleServer:
    """One server is responsible for everything."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._reading: Link | None = None
        self._writing: Link | None = None

    async def nodes(self) -> tuple[Link, ...]:
        """Return the one server."""
        return (self._reader(),)

    async def node_of(self, stream: Name) -> Link:  # noqa: ARG002 - every stream is on the one server
        """Return the one server."""
        return self._reader()

    async def writable(self, stream: Name) -> Link:  # noqa: ARG002 - every stream is on the one server
        """Return a connection of its own to the one server, made when first needed."""
        if self._writing is None:
            self._writing = writing_link(self._config)
        return self._writing

    async def close(self) -> None:
        """Close what was opened."""
        for link in (self._reading, self._writing):
            if link is not None:
                await link.close()

    def _reader(self) -> Link:
        if self._reading is None:
            self._reading = reading_link(self._config)
        return self._reading


def route_of(config: Config) -> Route:
    """Choose the route for a configuration."""
    return SingleServer(config)
