"""What the tests of settings and commands share."""

from pathlib import Path

import pytest

from tests.commands.configuring import Workplace


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    """An empty workplace: no configuration at all."""
    return Workplace(tmp_path)
