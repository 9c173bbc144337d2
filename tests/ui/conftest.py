"""What only the tests of the dashboard need."""

import pytest
from textual.drivers.headless_driver import HeadlessDriver


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All that goes to the terminal; without a head Textual would not even put it together."""
    sent: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "write", lambda _, text: sent.append(text))
    monkeypatch.setattr(HeadlessDriver, "is_headless", False)
    return sent
