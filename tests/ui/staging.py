"""What the tests of the dashboard share: the app on a scripted scene, and its screen as text."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from maestro_tui.ui.app import MaestroApp
from maestro_tui.ui.screens.overview import OverviewScreen
from screenshots.script import SCENES, Scene
from screenshots.stage import open_app, play
from tests.fakes import FakeWriter, FixedClock, ScriptedReader, Seen

AUDIT = Path("audit.jsonl")


class Stage:
    """A running app and what a test asks of it."""

    def __init__(self, app: MaestroApp, pilot: Pilot[int]) -> None:
        """Take both."""
        self.app = app
        self.pilot = pilot

    @property
    def overview(self) -> OverviewScreen:
        """The screen that opens."""
        screen = self.app.screen_stack[0]
        assert isinstance(screen, OverviewScreen)
        return screen

    @property
    def on_overview(self) -> bool:
        """Whether nothing covers the screen that opens."""
        return self.app.screen is self.overview

    @property
    def clock(self) -> FixedClock:
        """The clock that the test moves."""
        assert isinstance(self.app.session.clock, FixedClock)
        return self.app.session.clock

    @property
    def selected(self) -> str:
        """The selected stream's last part, `-` for none."""
        row = self.overview.selected
        return "-" if row is None else str(row.key.stream).rpartition(":")[2]

    def listed(self) -> list[str]:
        """The streams in the table, in order."""
        return [str(shown.row.key.stream).rpartition(":")[2] for shown in self.overview.table.rows]

    def lines(self) -> list[str]:
        """The screen as text."""
        app = self.app
        return [strip.text.rstrip() for strip in app.screen._compositor.render_strips(app.size)]

    def toasts(self) -> list[str]:
        """What was said in the corner."""
        return [note.message for note in self.app._notifications]

    def will_see(self, *seen: Seen) -> None:
        """What the next polls will be told."""
        reader = self.app.session.reader
        assert isinstance(reader, ScriptedReader)
        del reader.script[reader.polls :]
        reader.script += seen

    async def poll(self, times: int = 1) -> None:
        """Look again."""
        for _ in range(times):
            await self.app.session.monitor.poll()
            await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys, and let what they begin come to rest."""
        await self.pilot.press(*keys)
        # One pause for the key, one for what it opened.
        await self.pilot.pause()
        await self.pilot.pause()


@asynccontextmanager
async def staged(
    scene: str | Scene, folder: Path, *, size: tuple[int, int] = (120, 40), writer: FakeWriter | None = None
) -> AsyncIterator[Stage]:
    """Open the app on a scene and play it."""
    played = SCENES[scene] if isinstance(scene, str) else scene
    app = open_app(played, folder / AUDIT, writer)
    async with app.run_test(size=size, notifications=True) as pilot:
        await play(pilot, played)
        yield Stage(app, pilot)
