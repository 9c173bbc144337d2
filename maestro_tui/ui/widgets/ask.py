"""One line in which something is typed, in place of the key bar."""

from textual.widgets import Input

_NOT_CONTROL = r"[^\x00-\x1f\x7f-\x9f]*"


class Ask(Input):
    """A line to type in; `about` says what for."""

    DEFAULT_CSS = """
    Ask { display: none; height: 1; padding: 0 1; border: none; background: $surface; }
    Ask:focus { border: none; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(restrict=_NOT_CONTROL, id=id)
        self.cursor_blink = False
        self.about = ""

    def begin(self, about: str, placeholder: str, value: str = "") -> None:
        """Ask, at once: the next key is text already."""
        self.about, self.placeholder, self.value = about, placeholder, value
        self.cursor_position = len(value)
        self.display = True
        self.screen.set_focus(self)

    def end(self) -> None:
        """Ask no more."""
        self.about = ""
        self.display = False
