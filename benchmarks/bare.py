"""The least that Textual can show: one line of text. What the dashboard's start is compared with."""

from typing import Final

from textual.app import App, ComposeResult
from textual.widgets import Static

TEXT: Final = "one line of text"


class Bare(App[None]):
    """An app that shows a line."""

    def compose(self) -> ComposeResult:
        """Put the line on the screen."""
        yield Static(TEXT, markup=False)


if __name__ == "__main__":
    Bare().run()
