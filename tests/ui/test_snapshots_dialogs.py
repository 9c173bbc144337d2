"""Every dialog and every screen behind the overview, at every size it is designed for, against a stored picture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import Name
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.topology import Declared, Topology
from maestro_tui.engine.ports import Page
from maestro_tui.ui.app import MaestroApp
from screenshots.script import HOSTILE, SCENES, Scene
from screenshots.stage import SIZES, open_app, play
from tests.ui.pages import healing_pages, hostile_page, use_pages

SnapCompare = Callable[..., bool]

_HEALING = healing_pages()


@dataclass(frozen=True, slots=True)
class Act:
    """A scene, the keys that lead to the screen, and the pages that the reader then answers with."""

    scene: Scene
    keys: tuple[str, ...]
    pages: tuple[Page, ...] = ()


def _groupless(scene: Scene) -> Scene:
    """The scene with every group destroyed before the first poll, on production."""
    script = tuple(
        replace(seen, streams=tuple(replace(stream, groups=()) for stream in seen.streams))
        for seen in scene.script
        if isinstance(seen, Snapshot)
    )
    return Scene(script, Config(environment="production"))


_INCIDENT, _HOSTILE = SCENES["incident"], SCENES["hostile"]
_NAMES = tuple(Declared(raw.decode("utf-8", "replace"), Name(raw), Name(raw)) for raw in HOSTILE)
_DECLARED_HOSTILE = replace(
    _groupless(_HOSTILE), config=Config(environment="production", topology=Topology(_NAMES, None))
)

ACTS: Mapping[str, Act] = {
    "init_one_choice": Act(_INCIDENT, ("i",)),
    "init_chosen": Act(_INCIDENT, ("i", "2")),
    "init_typed_fault": Act(_INCIDENT, ("i", "3", *"noon")),
    "init_four_choices": Act(_groupless(SCENES["calm"]), ("i",)),
    "init_hostile": Act(_DECLARED_HOSTILE, ("i", "up", "up", "1")),
    "explain_row": Act(_INCIDENT, ("g", "d")),
    "explain_column": Act(_INCIDENT, ("g", "s", "s", "s", "s", "d")),
    "explain_hostile": Act(_HOSTILE, ("g", "d")),
    "help_overview": Act(_INCIDENT, ("question_mark",)),
    "help_group": Act(_INCIDENT, ("g", "enter", "question_mark", "G"), _HEALING[:1]),
    "topology": Act(_INCIDENT, ("TOPOLOGY", "down", "down", "down")),
    "topology_hostile": Act(_HOSTILE, ("TOPOLOGY", "end")),
    "topology_ascii": Act(SCENES["ascii"], ("TOPOLOGY",)),
    "group_pending": Act(_INCIDENT, ("g", "enter", "down", "down", "down"), _HEALING[:1]),
    "group_consumers": Act(_INCIDENT, ("g", "enter", "tab"), _HEALING[:1]),
    "group_last_page": Act(_INCIDENT, ("g", "enter", ">", ">", "G"), _HEALING),
    "group_hostile": Act(_HOSTILE, ("g", "enter", "down", "down"), (hostile_page(),)),
    "group_ascii": Act(SCENES["ascii"], ("g", "enter"), _HEALING[:1]),
    "copy": Act(_INCIDENT, ("g", "y", "4")),
    "copy_hostile": Act(_HOSTILE, ("g", "y", "4")),
}
"""Every dialog and screen, by name; TOPOLOGY stands for the action of that name."""


def _same(snap_compare: SnapCompare, act: Act, size: tuple[int, int], folder: Path) -> bool:
    app: MaestroApp = open_app(act.scene, folder / "audit.jsonl")
    use_pages(app, act.pages)

    async def before(pilot: Pilot[int]) -> None:
        await play(pilot, act.scene)
        for key in act.keys:
            if key == "TOPOLOGY":
                app.action_topology()
            else:
                await pilot.press(key)
            await pilot.pause()
        await pilot.pause()

    return snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", ACTS)
def test_screen(snap_compare: SnapCompare, name: str, size: tuple[int, int], tmp_path: Path) -> None:
    """The screen says what the act is about."""
    assert _same(snap_compare, ACTS[name], size, tmp_path)


@pytest.mark.parametrize("name", ["init_chosen", "topology", "group_pending"])
def test_without_colour(snap_compare: SnapCompare, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words carry the meaning; the focus and the choice are seen."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert _same(snap_compare, ACTS[name], (80, 24), tmp_path)


@pytest.mark.parametrize("name", ["init_four_choices", "explain_row", "topology", "group_pending", "copy"])
def test_smallest(snap_compare: SnapCompare, name: str, tmp_path: Path) -> None:
    """At 40x10 there is still something to read and to choose."""
    assert _same(snap_compare, ACTS[name], (40, 10), tmp_path)
