"""The registry of what an operator can do: bindings, palette, help and README all read this one table."""

from dataclasses import dataclass
from typing import Literal

Danger = Literal["looks", "writes"]
Place = Literal["everywhere", "overview", "group", "inspector", "log"]


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
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "at": "@",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "up": "↑",
    "down": "↓",
}

ACTIONS: tuple[Action, ...] = (
    Action(
        "open", ("enter",), "open", "overview", bar=1, hint="the group: pending entries, consumers, entries, history"
    ),
    Action("other_list", ("tab", "shift+tab"), "problems", "overview", bar=3, hint="between the problems and the rows"),
    Action("inspect", ("enter",), "inspect", "group", bar=1, hint="the entry: every field, who holds it"),
    Action("requeue", ("R",), "requeue", "everywhere", "writes", bar=2, hint="copy to the end and ack: tried again"),
    Action("dead_letter", ("D",), "dead-letter", "everywhere", "writes", bar=3, hint="set aside into <stream>:dead"),
    Action("claim", ("C",), "claim", "everywhere", "writes", hint="give to a live consumer"),
    Action("edit", ("e",), "edit & requeue", "inspector", "writes", bar=2, hint="mend it in $EDITOR, then requeue"),
    Action("menu", ("x",), "more", "everywhere", "writes", bar=8, hint="redrive, ack, set position, remove"),
    Action("undo", ("z",), "undo", "everywhere", "writes", bar=9, hint="take back the last claim, ack or set position"),
    Action("init", ("i",), "init topology", "everywhere", "writes", bar=4, hint="create what is missing"),
    Action("mark", ("space",), "mark", "group", bar=4, hint="mark the entry; actions take the marked ones"),
    Action("mark_range", ("ctrl+space", "ctrl+@"), "mark range", "group", hint="mark from the last mark to here"),
    Action("mark_all", ("A",), "mark all shown", "group", hint="mark all shown, or unmark them"),
    Action("next_page", ("greater_than_sign",), "next page", "group", bar=6, hint="the next page of entries"),
    Action("previous_page", ("less_than_sign",), "page before", "group", hint="the page before"),
    Action("jump", ("at",), "jump", "group", hint="entries: jump to an ID or a local time"),
    Action("follow", ("f",), "follow", "group", hint="entries: newest first, and stay there"),
    Action("span", ("h",), "10 min / 24 h", "group", bar=4, hint="history: ten minutes, or a day by minutes"),
    Action("show_more", ("greater_than_sign",), "show more", "inspector", bar=5, hint="more of a large entry"),
    Action("export", ("w",), "export", "inspector", bar=4, hint="write the entry into a file"),
    Action("filter", ("slash",), "filter", bar=5, hint="show rows that contain a text; ! inverts"),
    Action("explain", ("d",), "explain", bar=6, hint="what the selected number or state is, and what to do"),
    Action("freeze", ("p",), "freeze", bar=7, hint="hold the screen still; polling goes on"),
    Action("sort", ("s",), "sort", "overview", bar=10, hint="sort by the next column"),
    Action("reverse", ("r",), "reverse", "overview", hint="reverse the order"),
    Action("unused", ("u",), "unused", "overview", hint="show or fold unused groups"),
    Action("topology", ("t",), "topology", bar=11, hint="declared against actual"),
    Action("log", ("l",), "log", bar=9, hint="what was done and by whom, what went wrong and how long"),
    Action("details", ("enter",), "details", "log", bar=1, hint="all of the record; of what is under way, follow it"),
    Action("note", ("n",), "note", bar=14, hint="write a remark into the log"),
    Action("copy", ("y",), "copy", bar=12, hint="copy the row as text, Markdown, JSON or redis-cli commands"),
    Action("bundle", ("ctrl+s",), "save snapshot", hint="save JSON, SVG and text of this moment"),
    Action("poll_now", ("ctrl+r",), "poll now", hint="look again at once"),
    Action("slower", ("plus",), "slower", hint="poll less often"),
    Action("faster", ("minus",), "faster", hint="poll more often"),
    Action("palette", ("colon", "ctrl+p"), "commands", hint="every command, by name"),
    Action("help", ("question_mark", "f1"), "help", bar=0, hint="every key that works here"),
    Action(
        "next_pane", ("tab", "right_square_bracket"), "next pane", "group", hint="pending, consumers, entries, history"
    ),
    Action("previous_pane", ("shift+tab", "left_square_bracket"), "previous pane", "group"),
    Action("back", ("escape",), "back", hint="leave this screen or filter"),
    Action("quit", ("q", "ctrl+q"), "quit", bar=13, hint="back, or quit"),
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
