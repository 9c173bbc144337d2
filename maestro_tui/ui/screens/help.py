"""Help: the keys that work on the screen below, as it is now, and what the marks mean."""

from collections.abc import Iterable, Mapping

from rich.table import Table
from rich.text import Text
from textual.app import App
from textual.binding import ActiveBinding
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from maestro_tui.domain.actions import ACTIONS, Action
from maestro_tui.domain.columns import ASCII_GLYPHS, GLYPHS
from maestro_tui.domain.glossary import MARKS
from maestro_tui.domain.rules import Severity
from maestro_tui.ui.screens.dialog import paragraph
from maestro_tui.ui.screens.explain import ReadingDialog

_PLACES = {
    "everywhere": "Everywhere",
    "overview": "On the overview",
    "group": "On a group's screen",
    "inspector": "On an entry's screen",
    "log": "In the log",
}
_SEVERITIES = {Severity.CRITICAL: "critical", Severity.WARNING: "warning", Severity.INFO: "worth knowing"}
_CELLS = (9, 14)

Entry = tuple[str, str, str, bool]
"""Keys, title, hint, and whether it may act now."""

_BY_NAME = {action.name: action for action in ACTIONS}


class HelpScreen(ReadingDialog):
    """Built when it opens from the bindings that are live below it, so that it cannot lie."""

    def __init__(self, active: Mapping[str, ActiveBinding], *, ascii_only: bool = False) -> None:
        super().__init__("Keys that work here")
        self._active = active
        self._ascii = ascii_only

    def body(self) -> Iterable[Widget]:
        """Return the keys by place, then the legend."""
        shown = _grouped(self._active)
        for place, lines in shown.items():
            yield paragraph(Content.styled(place, "bold"))
            yield Static(_table(lines), classes="paragraph", markup=False)
            yield paragraph(" ")
        yield paragraph(Content.styled("Marks", "bold"))
        yield paragraph(_legend(self._ascii))
        yield from (paragraph(line) for line in MARKS)


def _table(lines: list[Entry]) -> Table:
    """Lay lines out in columns, so that a long hint wraps below itself."""
    table = Table.grid(padding=(0, 2, 0, 0))
    for column in range(2):
        table.add_column(min_width=_CELLS[column], no_wrap=True)
    table.add_column()
    for keys, title, hint, enabled in lines:
        table.add_row(Text(keys), Text(title), Text(hint), style="" if enabled else "dim")
    return table


def _grouped(active: Mapping[str, ActiveBinding]) -> dict[str, list[Entry]]:
    """Return keys, title and hint by place; a key that may not act says so."""
    lines: dict[str, list[Entry]] = {}
    for name, (keys, binding) in _by_action(active).items():
        action = _BY_NAME.get(name)
        place = _PLACES[action.where] if action else "Moving"
        title = action.title if action else binding.binding.description
        hint = action.hint if action else binding.binding.tooltip or ""
        not_now = "" if binding.enabled else "not now: "
        lines.setdefault(place, []).append((keys, title, not_now + hint, binding.enabled))
    order = [*_PLACES.values(), "Moving"]
    return {place: lines[place] for place in sorted(lines, key=order.index)}


def _by_action(active: Mapping[str, ActiveBinding]) -> dict[str, tuple[str, ActiveBinding]]:
    """Gather the keys of each action, in the order of the registry, other bindings last."""
    keys: dict[str, list[str]] = {}
    found: dict[str, ActiveBinding] = {}
    for key, one in active.items():
        name = one.binding.action.rpartition(".")[2]
        # Beside the registry's actions only the focused widget's keys belong here, not Textual's own for every app.
        if name not in _BY_NAME and (isinstance(one.node, App | Screen) or not one.binding.description):
            continue
        keys.setdefault(name, []).append(key)
        found.setdefault(name, one)
    order = {name: place for place, name in enumerate(_BY_NAME)}
    ranked = sorted(found, key=lambda name: order.get(name, len(order)))
    return {name: (_spelled(keys[name]), found[name]) for name in ranked}


def _spelled(keys: list[str]) -> str:
    return " ".join(Action("", (key,), "").shown_key for key in keys)


def _legend(ascii_only: bool) -> str:
    glyphs = ASCII_GLYPHS if ascii_only else GLYPHS
    ok, stale, other = "*~o" if ascii_only else "●◌○"
    severities = [f"{glyphs[one]} {word}" for one, word in _SEVERITIES.items()]
    return "  ".join([*severities, f"{ok} ok", f"{stale} stale", "? unknown or denied", f"{other} other"])
