"""Every state of the overview, at every size it is designed for, against a stored picture."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot

from screenshots.script import SCENES
from screenshots.stage import SIZES, open_app, play

SnapCompare = Callable[..., bool]


def _same(snap_compare: SnapCompare, name: str, size: tuple[int, int], folder: Path) -> bool:
    app: App[int] = open_app(SCENES[name], folder / "audit.jsonl")

    async def before(pilot: Pilot[int]) -> None:
        await play(pilot, SCENES[name])

    return snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SCENES)
def test_overview(snap_compare: SnapCompare, name: str, size: tuple[int, int], tmp_path: Path) -> None:
    """The screen says what the scene is about."""
    assert _same(snap_compare, name, size, tmp_path)


@pytest.mark.parametrize("name", SCENES)
def test_overview_without_colour(
    snap_compare: SnapCompare, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Glyphs and words carry the state; the cursor is seen."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert _same(snap_compare, name, (80, 24), tmp_path)


@pytest.mark.parametrize("size", [(40, 10), (39, 10), (20, 5), (54, 14), (300, 80)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_other_sizes(snap_compare: SnapCompare, size: tuple[int, int], tmp_path: Path) -> None:
    """From 40x10 on something useful; below it one sentence."""
    assert _same(snap_compare, "incident", size, tmp_path)


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark", "solarized-light"])
def test_themes(snap_compare: SnapCompare, theme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tones come from the theme, so that every built-in one can be read."""
    monkeypatch.setattr("maestro_tui.ui.theme.DEFAULT", theme)
    assert _same(snap_compare, "incident", (120, 40), tmp_path)
