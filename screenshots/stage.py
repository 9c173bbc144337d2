"""Puts a scene on: the whole app on a script, polled to the end, with the keys pressed and the time passed."""

import re
from pathlib import Path

from textual.pilot import Pilot

from maestro_tui.ui.app import MaestroApp
from screenshots.desk import DESK
from screenshots.past import PAST, remember
from screenshots.script import NOW_MS, SCENES, Scene
from tests.fakes import FakeWriter, FixedClock, scripted_session

SIZES = ((80, 24), (120, 40), (160, 48))
"""The sizes that are designed for."""

_OUTSIDE = re.compile(r"\s*@font-face\s*\{.*?\}|\s*<!--.*?-->", re.DOTALL)
_IDENTITY = re.compile(r"terminal-\d+-?")


def open_app(scene: Scene, audit: Path, writer: FakeWriter | None = None) -> MaestroApp:
    """Return the app of a scene; nothing was polled yet."""
    clock = FixedClock(NOW_MS)
    script = (*scene.script, *scene.then) or SCENES["incident"].script
    shelf = None if scene.shelf is None else scene.shelf()
    session = scripted_session(script, audit, config=scene.config, clock=clock, writer=writer, shelf=shelf)
    return MaestroApp(session)


async def play(pilot: Pilot[int], scene: Scene) -> None:
    """Poll the script to its end, press the keys, let the time pass."""
    app = pilot.app
    assert isinstance(app, MaestroApp)
    clock = app.session.clock
    assert isinstance(clock, FixedClock)
    await pilot.pause()
    for _ in scene.script:
        await app.session.monitor.poll()
        await pilot.pause()
    for key in scene.press:
        # What a key opens or has read must be there before the next one.
        await pilot.press(key)
        await pilot.pause()
    clock.advance(scene.later_s)
    for _ in scene.then:
        await app.session.monitor.poll()
    app.show()
    await pilot.pause()


async def picture(name: str, size: tuple[int, int], audit: Path) -> str:
    """Return a scene as SVG, the same bytes each time: no outside fonts, no random identities."""
    scene, span_ms, every_ms = PAST.get(name) or (SCENES.get(name) or DESK[name], 0, 1)
    app = open_app(scene, audit)
    if span_ms:
        remember(app.session.monitor.history, scene, span_ms, every_ms)
    async with app.run_test(size=size) as pilot:
        await play(pilot, scene)
        svg = app.export_screenshot(title=f"maestro-tui {name}")
    return self_contained(svg)


def self_contained(svg: str) -> str:
    """Take out of a picture what points outside or differs from one run to the next."""
    return _IDENTITY.sub("terminal-", _OUTSIDE.sub("", svg))
