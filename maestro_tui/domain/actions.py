"""The registry of what an operator can do: bindings, palette, help and README all read this one table."""

from dataclasses import dataclass
from typing import Literal

Danger = Literal["looks", "writes"]
Place = Literal["everywhere", "overview", "group"]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do: its name in code, its keys (Textual's names), its title, where it works, what it risks.

    `bar` is the rank in the key bar, which shows as many as fit; None keeps an action out of it.
    """

    name: str
    keys: tuple[str, ...]
    title: str
    where: Place = "everywhere"
    danger: Danger = "looks"
    bar: int | None = None
    hint: str = ""

    @property
    def shown_key(self) -> str:
        """The first key, as it is printed on a keyboard."""
        return _SPELLED.get(self.keys[0], self.keys[0])


_SPELLED = {
    "enter": "↵",
    "escape": "esc",
    "slash": "/",
    "question_mark": "?",
    "colon": ":",
    "plus": "+",
    "minus": "-",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "space": "space",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
}

ACTIONS: tuple[Action, ...] = (
    Action("open", ("enter",), "open", "overview", bar=1, hint="the group: its consumers and pending entries"),
    Action("init", ("i",), "init topology", "everywhere", "writes", bar=2, hint="create what is missing"),
    Action("filter", ("slash",), "filter", bar=3, hint="show rows that contain a text; ! inverts"),
    Action("explain", ("d",), "explain", bar=4, hint="what the selected number or state is, and what to do"),
    Action("freeze", ("p",), "freeze", bar=5, hint="hold the screen still; polling goes on"),
    Action("sort", ("s",), "sort", "overview", bar=6, hint="sort by the next column"),
    Action("reverse", ("r",), "reverse", "overview", hint="reverse the order"),
    Action("unused", ("u",), "unused", "overview", hint="show or fold unused groups"),
    Action("topology", ("t",), "topology", bar=7, hint="declared against actual"),
    Action("copy", ("y",), "copy", bar=8, hint="copy the row as text, Markdown, JSON or redis-cli commands"),
    Action("bundle", ("ctrl+s",), "save snapshot", hint="save JSON, SVG and text of this moment"),
    Action("poll_now", ("ctrl+r",), "poll now", hint="look again at once"),
    Action("slower", ("plus",), "slower", hint="poll less often"),
    Action("faster", ("minus",), "faster", hint="poll more often"),
    Action("palette", ("colon", "ctrl+p"), "commands", hint="every command, by name"),
    Action("help", ("question_mark", "f1"), "help", bar=0, hint="every key that works here"),
    Action("next_pane", ("tab", "right_square_bracket"), "next pane", "group", hint="consumers, pending"),
    Action("previous_pane", ("shift+tab", "left_square_bracket"), "previous pane", "group"),
    Action("more", ("n",), "next page", "group", bar=3, hint="the next page of pending entries"),
    Action("back", ("escape",), "back", hint="leave this screen or filter"),
    Action("quit", ("q", "ctrl+q"), "quit", bar=9, hint="back, or quit"),
)


def action(name: str) -> Action:
    """Return the action of that name."""
    return next(one for one in ACTIONS if one.name == name)


def as_markdown() -> str:
    """Return the table of keys as the README shows it."""
    rows = [f"| {_keys(one)} | {one.title} | {one.hint or one.title} |" for one in ACTIONS]
    return "\n".join(["| key | action | what it does |", "|---|---|---|", *rows])


def _keys(one: Action) -> str:
    return " ".join(f"`{_SPELLED.get(key, key)}`" for key in one.keys)
