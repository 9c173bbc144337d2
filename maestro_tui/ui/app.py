"""The app: a switchboard between the monitor, the screens and the keys. It decides nothing about Redis."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import events, work
from textual.actions import SkipAction
from textual.binding import BindingType
from textual.command import Provider
from textual.screen import Screen

from maestro_tui.domain.frame import Frame
from maestro_tui.domain.quantities import plural
from maestro_tui.engine.session import DRAIN_S, Session
from maestro_tui.ui import theme
from maestro_tui.ui.acting.keys import ERROR_S, PACE_TOLD, ActingApp
from maestro_tui.ui.bindings import bindings, palette
from maestro_tui.ui.roles import Copies, Explains, Filters, StepsBack, front, offers
from maestro_tui.ui.screens.frame_screen import FrameScreen
from maestro_tui.ui.screens.overview import OverviewScreen
from maestro_tui.ui.screens.too_small import TooSmall, fits
from maestro_tui.ui.widgets.header import Banner, HeaderLine

_FASTER, _SLOWER = 0.5, 2.0
_TICK_S = 1.0


class MaestroApp(ActingApp):
    """Hands frames to the screen on top, and keys to whom they concern."""

    TITLE = "maestro-tui"
    CSS_PATH = "maestro.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("everywhere")
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {palette}
    ALLOW_SELECT = False
    VERTICAL_BREAKPOINTS = [(0, "-low"), (14, "-high")]  # noqa: RUF012 - declared so by Textual

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.fault: Exception | None = None
        self.animation_level = "none"
        self.set_class(session.config.ascii, "-ascii")
        self._covered_by: TooSmall | None = None

    def get_default_screen(self) -> Screen[None]:
        """Open on the overview."""
        return OverviewScreen(self.session)

    def on_mount(self) -> None:
        """Begin to follow the monitor."""
        problem = theme.choose(self, self.session.config.theme)
        if problem:
            self.toast(problem, "warning")
        self.screen_change_signal.subscribe(self, self._screen_changed)
        self.session.alerts.say, self.session.alerts.ring = self._warn, self.bell
        self._follow()
        self.set_interval(_TICK_S, self._tick)

    @work(name="frames")
    async def _follow(self) -> None:
        async for frame in self.session.monitor.frames():
            self.take(frame)

    def take(self, frame: Frame) -> None:
        """Accept a newer frame; a frozen screen keeps the one it has, but tells of trouble."""
        self.session.problems.take(frame)
        self.session.alerts.take(frame)
        self.present.take(frame)
        self.show()

    def _warn(self, sentence: str) -> None:
        self.toast(sentence, "warning", ERROR_S)

    @property
    def shown(self) -> Frame:
        """The frame on the screen."""
        return self.present.shown

    def show(self) -> None:
        """Show what is to be shown on the uppermost screen of frames."""
        screen = front(self.screen_stack)
        if screen is not None and screen.is_mounted:
            screen.show_frame(self.shown)
            self._show_status(screen)

    def _show_status(self, screen: Screen[None]) -> None:
        status = self.status()
        for line in (*screen.query(HeaderLine), *screen.query(Banner)):
            line.show_status(status)

    def _tick(self) -> None:
        # Only ages change between frames; lines that read the same are not painted. On the way out there is no screen.
        if self.screen_stack and isinstance(self.screen, FrameScreen):
            self._show_status(self.screen)

    def _screen_changed(self, screen: Screen[object]) -> None:
        # Through the screen's own queue, so that a new one has its widgets by then.
        screen.call_later(self.show)

    def on_resize(self, event: events.Resize) -> None:
        """Cover everything while the terminal is too small, and uncover it again."""
        if fits(event.size):
            if self._covered_by is not None:
                _ = self._covered_by.dismiss()
                self._covered_by = None
            self.call_later(self.show)
        elif self._covered_by is None:
            self._covered_by = TooSmall()
            _ = self.push_screen(self._covered_by)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Say which keys may act here."""
        may_begin = self.may_begin(action)
        if may_begin is not True:
            return may_begin
        return offers(front(self.screen_stack), action)

    def action_freeze(self) -> None:
        """Hold the screen still, or let it go on."""
        self.present.freeze()
        self.show()

    def action_slower(self) -> None:
        """Poll less often."""
        self._change_pace(_SLOWER)

    def action_faster(self) -> None:
        """Poll more often."""
        self._change_pace(_FASTER)

    def _change_pace(self, factor: float) -> None:
        self.session.monitor.change_pace(factor)
        self.toast(f"{PACE_TOLD} {self.session.monitor.every_s:g}s")
        self.show()

    def action_poll_now(self) -> None:
        """Look again at once."""
        self.session.monitor.poll_now()

    def action_palette(self) -> None:
        """Offer every command by name."""
        self.action_command_palette()

    def action_help(self) -> None:
        """Show the keys that work here."""
        from maestro_tui.ui.screens.help import HelpScreen

        _ = self.push_screen(HelpScreen(self.screen.active_bindings, ascii_only=self.session.config.ascii))

    def action_topology(self) -> None:
        """Show declared against actual."""
        from maestro_tui.ui.screens.topology import TopologyScreen

        if not isinstance(self.screen, TopologyScreen):
            _ = self.push_screen(TopologyScreen(self.session))

    def action_log(self) -> None:
        """Show what was done."""
        from maestro_tui.ui.screens.log import LogScreen

        if not isinstance(self.screen, LogScreen):
            _ = self.push_screen(LogScreen(self.session))

    def action_filter(self) -> None:
        """Narrow the list on the screen."""
        if not (isinstance(self.screen, Filters) and self.screen.start_filter()):
            # The key is a character of what is being typed.
            raise SkipAction

    def action_explain(self) -> None:
        """Tell what the selected number or state is."""
        from maestro_tui.ui.screens.explain import ExplainScreen

        if isinstance(self.screen, Explains):
            _ = self.push_screen(ExplainScreen(*self.screen.explained()))

    def action_copy(self) -> None:
        """Take the selection elsewhere."""
        from maestro_tui.ui.screens.copy import CopyMenu

        choices = self.screen.copies() if isinstance(self.screen, Copies) else ()
        if choices:
            _ = self.push_screen(CopyMenu(choices))
        else:
            self.toast("Nothing is selected that could be copied.", "warning")

    def action_bundle(self) -> None:
        """Save this moment as files."""
        from maestro_tui.ui.bundle import save_bundle

        try:
            path = save_bundle(self, self.shown, self.session.config, Path.cwd())
        except OSError as error:
            self.toast(f"The snapshot could not be saved: {error.strerror}", "error", ERROR_S)
        else:
            self.toast(f"saved {path}")

    async def action_back(self) -> None:
        """Leave a filter, or this screen."""
        screen = self.screen
        if not (isinstance(screen, StepsBack) and screen.step_back()) and len(self.screen_stack) > 1:
            _ = screen.dismiss()

    async def action_quit(self) -> None:
        """Leave this screen; leave the app from the first one, once what is in flight has ended."""
        if len(self.screen_stack) > 1 and self._covered_by is None:
            # Not popped: whoever waits for the answer of a dialog would wait for ever.
            _ = self.screen.dismiss()
        elif not self.session.operations.in_flight:
            self.exit(0)
        else:
            many = plural(len(self.session.operations.in_flight), "action")
            self.toast(f"{many} in flight: quitting once the outcome is known, {DRAIN_S:.0f}s at most", "warning")
            self._drain_and_quit()

    @work(name="quit", exclusive=True, group="quit")
    async def _drain_and_quit(self) -> None:
        left = await self.session.operations.drain(DRAIN_S)
        self.exit(1 if left else 0)

    def _handle_exception(self, error: Exception) -> None:
        # A traceback with local values would put what is in Redis on the terminal; the face tells one sentence.
        self.fault = self.fault or error
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self._close_messages_no_wait()
