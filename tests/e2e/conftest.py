"""What the tests of the whole program share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import FreshServer
from tests.e2e.place import KINDS, Place


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, fresh_server: FreshServer, tmp_path: Path) -> Iterator[Place]:
    """A place to repair, for each way of telling batches apart."""
    place = Place(fresh_server(request.param), tmp_path)
    yield place
    place.wire.close()
