"""The bottom line: the keys that work here, now; as many as fit, the most needed first."""

from textual.screen import Screen

from maestro_tui.domain.actions import ACTIONS, Action
from maestro_tui.domain.text import width
from maestro_tui.ui.widgets.lines import Line, Span, TextLines

_GAP = "  "
_WAYS = {"next_pane": 0.5, "back": 0.6}
# Whatever is bound on a screen that lies behind the overview's rows.
_INSIDE = frozenset({"inspect", "export"})
_ASCII_KEYS = {"↵": "enter", "↑": "up", "↓": "down"}


class KeyBar(TextLines):
    """One line, repainted only when a key, a title or what may act has changed.

    Textual's own Footer mounts a widget for each key at every change, and never frees what that costs.
    """

    def __init__(self, *, ascii_only: bool = False, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii = ascii_only

    def on_mount(self) -> None:
        """Listen for changes of what may act."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)
        self.set_lines(((),))

    def on_resize(self) -> None:
        """Another width holds other keys."""
        self._changed(self.screen)

    def _changed(self, screen: Screen[object]) -> None:
        self.set_lines((bar_line(live_actions(screen), self.size.width, ascii_only=self._ascii),))


def live_actions(screen: Screen[object]) -> dict[str, bool]:
    """Return the actions whose keys are bound on a screen now, each with whether it may act."""
    return {active.binding.action.rpartition(".")[2]: active.enabled for active in screen.active_bindings.values()}


def _ranks(live: dict[str, bool]) -> dict[str, float]:
    """Return the rank of each key that belongs into the bar; within a stream the ways out come first."""
    ranks: dict[str, float] = {one.name: one.bar for one in ACTIONS if one.bar is not None and one.name in live}
    if _INSIDE & live.keys():
        ranks |= {name: rank for name, rank in _WAYS.items() if name in live}
        # It is about the whole topology; where something is missing the screen says so, with the key.
        ranks.pop("init", None)
    return ranks


def bar_line(live: dict[str, bool], cells: int, *, ascii_only: bool = False) -> Line:
    """Spell the keys: chosen by rank, in order of rank, help last, where the eye looks for it."""
    ranks = _ranks(live)
    ranked = sorted((one for one in ACTIONS if one.name in ranks), key=lambda one: ranks[one.name])
    room = cells - 1
    chosen: list[tuple[Action, str]] = []
    for one in ranked:
        key = _ASCII_KEYS.get(one.shown_key, one.shown_key) if ascii_only else one.shown_key
        taken = width(f"{key} {one.title}") + (len(_GAP) if chosen else 0)
        if taken <= room:
            room -= taken
            chosen.append((one, key))
    line: list[Span] = [(" ", "plain")]
    for place, (one, key) in enumerate(sorted(chosen, key=lambda pair: ranks[pair[0].name] or len(ACTIONS))):
        on = live[one.name]
        line.append((_GAP if place else "", "plain"))
        line += [(key, "key" if on else "muted"), (f" {one.title}", "plain" if on else "muted")]
    return tuple(line)
