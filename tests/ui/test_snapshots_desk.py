"""Every state of the group screen and the inspector, at every size they are designed for, against a stored picture."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot

from maestro_tui.ui.screens import asking
from screenshots.desk import DESK
from screenshots.stage import SIZES, open_app, play

SnapCompare = Callable[..., bool]


@pytest.fixture(autouse=True)
def _no_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a word is no filter, however slowly a busy machine types it."""
    monkeypatch.setattr(asking, "_KEYS_REST_S", 60.0)


@pytest.fixture(autouse=True)
def _in_one_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The inspector tells local time: everywhere the same, and not UTC."""
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _same(snap_compare: SnapCompare, name: str, size: tuple[int, int], folder: Path) -> bool:
    app: App[int] = open_app(DESK[name], folder / "audit.jsonl")

    async def before(pilot: Pilot[int]) -> None:
        await play(pilot, DESK[name])

    return snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", DESK)
def test_desk(snap_compare: SnapCompare, name: str, size: tuple[int, int], tmp_path: Path) -> None:
    """The screen says what the scene is about."""
    assert _same(snap_compare, name, size, tmp_path)


@pytest.mark.parametrize("name", ["group", "inspector"])
def test_desk_without_colour(
    snap_compare: SnapCompare, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marks are glyphs and words."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert _same(snap_compare, name, (80, 24), tmp_path)


@pytest.mark.parametrize("name", ["group", "inspector"])
def test_desk_in_a_small_terminal(snap_compare: SnapCompare, name: str, tmp_path: Path) -> None:
    """From 40x10 on something useful."""
    assert _same(snap_compare, name, (40, 10), tmp_path)
