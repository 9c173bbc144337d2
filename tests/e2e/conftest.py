"""What the tests of the whole program share."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.conftest import FreshServer, SharedServers
from tests.e2e.lookout import Lookout
from tests.e2e.place import KINDS, Place


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, fresh_server: FreshServer, tmp_path: Path) -> Iterator[Place]:
    """A place to repair, for each way of telling batches apart."""
    place = Place(fresh_server(request.param), tmp_path)
    yield place
    place.wire.close()


@pytest.fixture(params=["redis-7.0"])
async def lookout(
    request: pytest.FixtureRequest, shared_servers: SharedServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Lookout]:
    """Watch an empty server: Redis 7.0, unless a test names other kinds."""
    async with Lookout(shared_servers.empty(request.param), tmp_path, monkeypatch) as made:
        yield made
