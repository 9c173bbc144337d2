"""The base of every screen that shows frames."""

from textual.screen import Screen

from maestro_tui.domain.frame import Frame


class FrameScreen(Screen[None]):
    """A screen that the app hands each new frame to while it is on top, and once when it comes on top."""

    def show_frame(self, frame: Frame) -> None:
        """Show a frame; the same frame again costs nothing."""
        raise NotImplementedError
