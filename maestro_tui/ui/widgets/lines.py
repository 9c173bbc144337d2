"""Text in tones, drawn line by line: the base of all our widgets, and the last gate in front of the terminal.

A line is a tuple of spans, a span a text with the tone it is said in. Tones become styles from the theme.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from maestro_tui.domain.text import ELLIPSIS, visible, width

Tone = Literal[
    "plain",
    "strong",
    "muted",
    "good",
    "info",
    "warning",
    "critical",
    "title",
    "key",
    "production",
    "staging",
    "development",
]
Span = tuple[str, Tone]
Line = tuple[Span, ...]

_LONGEST_SPAN = 1_000


def line_width(line: Line) -> int:
    """Return the cells a line takes."""
    return sum(width(text) for text, _ in line)


def line_text(line: Line) -> str:
    """Return a line without its tones."""
    return "".join(text for text, _ in line)


class Toned(Widget):
    """A widget that paints lines. Styles are looked up once and dropped when the theme changes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "tone--plain",
        "tone--strong",
        "tone--muted",
        "tone--good",
        "tone--info",
        "tone--warning",
        "tone--critical",
        "tone--title",
        "tone--key",
        "tone--production",
        "tone--staging",
        "tone--development",
        "tone--heading",
        "tone--cursor",
        "tone--cursor-blurred",
    }
    DEFAULT_CSS = """
    Toned {
        & .tone--plain { color: $foreground; }
        & .tone--strong { color: $foreground; text-style: bold; }
        & .tone--muted { color: $text-muted; }
        & .tone--good { color: $text-success; }
        & .tone--info { color: $text-primary; }
        & .tone--warning { color: $text-warning; text-style: bold; }
        & .tone--critical { color: $text-error; text-style: bold; }
        & .tone--title { color: $text-muted; text-style: bold; }
        & .tone--key { color: $text-accent; text-style: bold; }
        & .tone--production { color: $text-error; text-style: bold reverse; }
        & .tone--staging { color: $text-warning; text-style: bold reverse; }
        & .tone--development { color: $text-success; text-style: bold reverse; }
        & .tone--heading { background: $surface; }
        & .tone--cursor { background: $primary-muted; text-style: bold; }
        & .tone--cursor-blurred { background: $panel; }
        &:ansi .tone--cursor { text-style: bold reverse; background: transparent; }
        &:nocolor .tone--critical { color: $foreground; text-style: bold reverse; }
    }
    """
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._tones: dict[tuple[Tone, str], Style] = {}

    def notify_style_update(self) -> None:
        """Forget the styles of the theme before."""
        self._tones.clear()
        super().notify_style_update()

    def tone(self, tone: Tone, ground: str = "") -> Style:
        """Return the style of a tone, on the background of another component class where `ground` names one."""
        style = self._tones.get((tone, ground))
        if style is None:
            style = self.get_component_rich_style(f"tone--{tone}")
            if ground:
                under = self.get_component_rich_style(ground)
                style += Style(bgcolor=under.bgcolor, bold=under.bold or None, reverse=under.reverse or None)
            self._tones[(tone, ground)] = style
        return style

    def paint(self, line: Line, cells: int, ground: str = "") -> Strip:
        """Turn a line into exactly `cells` cells; whatever is not printable is spelled out here at the latest."""
        plain = self.app.has_class("-ascii")
        segments = []
        for text, tone in line:
            safe = text if text.isprintable() else visible(text, _LONGEST_SPAN)
            segments.append(Segment(safe.replace(ELLIPSIS, "~") if plain else safe, self.tone(tone, ground)))
        return Strip(segments).adjust_cell_length(cells, self.tone("plain", ground))


class TextLines(Toned):
    """Some lines of text. The same lines again cost nothing; of others only those that differ are painted."""

    DEFAULT_CSS = """
    TextLines { height: auto; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: tuple[Line, ...] = ()
        self.painted = 0

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is shown."""
        return self._lines

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines."""
        before, self._lines = self._lines, tuple(lines)
        if before == self._lines:
            return
        if len(before) != len(self._lines):
            self.refresh(layout=True)
            return
        changed = [y for y, line in enumerate(self._lines) if before[y] != line]
        self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many rows as there are lines."""
        return len(self._lines)

    def render_line(self, y: int) -> Strip:
        """Paint one line."""
        self.painted += 1
        return self.paint(self._lines[y] if y < len(self._lines) else (), self.size.width)
