"""The History pane at every size that is designed for, against a stored picture."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot

from screenshots.past import PAST, remember
from screenshots.stage import SIZES, open_app, play

SnapCompare = Callable[..., bool]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", PAST)
def test_history(snap_compare: SnapCompare, name: str, size: tuple[int, int], tmp_path: Path) -> None:
    """The screen says what happened, and when."""
    scene, span_ms, every_ms = PAST[name]
    app = open_app(scene, tmp_path / "audit.jsonl")
    remember(app.session.monitor.history, scene, span_ms, every_ms)

    async def before(pilot: Pilot[int]) -> None:
        await play(pilot, scene)

    shown: App[int] = app
    assert snap_compare(shown, terminal_size=size, run_before=before)
