"""The command palette: every action that may act now, with its key."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.dom import DOMNode

from maestro_tui.domain.actions import ACTIONS, Action

_MOST = 50
# Above every score of the fuzzy search.
_BEGINS, _EXACT = 1_000.0, 1_000_000.0
# They would open the palette from the palette, or leave it.
_LEFT_OUT = frozenset({"palette", "back"})


class ActionProvider(Provider):
    """Offers the actions of the screen below by title; nothing in it comes from Redis."""

    async def discover(self) -> Hits:
        """Offer every action, in the order of the registry."""
        for action, node in self._live():
            yield DiscoveryHit(Content(_title(action)), _runs(action, node), text=_title(action), help=action.hint)

    async def search(self, query: str) -> Hits:
        """Offer the actions whose title fits."""
        matcher = self.matcher(query)
        for action, node in self._live():
            score = _score(action, query, matcher.match(action.title))
            if score > 0:
                yield Hit(score, matcher.highlight(_title(action)), _runs(action, node), help=action.hint)

    def _live(self) -> Iterator[tuple[Action, DOMNode]]:
        """Return what may act, each with the screen or app that it belongs to."""
        enabled = [one for one in self.screen.active_bindings.values() if one.enabled]
        # A key of a screen may be bound to an action of the app.
        nodes = {
            one.binding.action.rpartition(".")[2]: one.node.app if "." in one.binding.action else one.node
            for one in enabled
        }
        live = [(one, nodes[one.name]) for one in ACTIONS if one.name in nodes and one.name not in _LEFT_OUT]
        yield from live[:_MOST]


def _score(action: Action, query: str, fuzzy: float) -> float:
    """Rank the very title first, then titles that begin so; what writes never comes first by a part of its name."""
    wanted = query.strip().casefold()
    if fuzzy <= 0 or not wanted:
        return 0
    if action.title == wanted:
        return _EXACT
    if action.title.startswith(wanted):
        return _BEGINS + fuzzy
    return fuzzy / _BEGINS if action.danger == "writes" else fuzzy


def _runs(action: Action, node: DOMNode) -> Callable[[], Awaitable[object]]:
    return partial(node.app.run_action, action.name, default_namespace=node)


def _title(action: Action) -> str:
    return f"{action.title}  ({action.shown_key})"
