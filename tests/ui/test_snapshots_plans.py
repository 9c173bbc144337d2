"""Every dialog of an action, in every state, at every size it is designed for, against a stored picture."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from maestro_tui.ui.app import MaestroApp
from screenshots.dialogs import DIALOGS, play_dialog
from screenshots.stage import SIZES, open_app

SnapCompare = Callable[..., bool]


def _same(snap_compare: SnapCompare, name: str, size: tuple[int, int], folder: Path) -> bool:
    app: MaestroApp = open_app(DIALOGS[name].scene, folder / "audit.jsonl")

    async def before(pilot: Pilot[int]) -> None:
        await play_dialog(pilot, DIALOGS[name])

    return snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", DIALOGS)
def test_dialog(snap_compare: SnapCompare, name: str, size: tuple[int, int], tmp_path: Path) -> None:
    """The dialog says what it is about."""
    assert _same(snap_compare, name, size, tmp_path)


@pytest.mark.parametrize("name", ["plan_overrides", "progress_unknown"])
def test_without_colour(snap_compare: SnapCompare, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words carry the meaning; the focus is seen."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert _same(snap_compare, name, (80, 24), tmp_path)


@pytest.mark.parametrize("name", ["plan_overrides", "progress_canary_stopped", "plan_refusal"])
def test_smallest(snap_compare: SnapCompare, name: str, tmp_path: Path) -> None:
    """At 40x10 there is still something to read and to type."""
    assert _same(snap_compare, name, (40, 10), tmp_path)
