"""Key bindings out of the registry of actions: one table feeds keys, key bar, palette and help."""

from textual.binding import Binding, BindingType
from textual.command import Provider

from maestro_tui.domain.actions import ACTIONS, Place

# Acted on before the next key is handed to anyone: what is typed behind a `/` must never reach another key.
_AT_ONCE = frozenset({"filter"})


def bindings(where: Place) -> list[BindingType]:
    """Return the bindings of the actions that belong to a place; each calls `action_<name>`.

    What writes is the app's, wherever its key is bound: one way leads to every write.
    """
    return [
        Binding(
            ",".join(action.keys),
            f"app.{action.name}" if action.danger == "writes" and where != "everywhere" else action.name,
            action.title,
            show=action.bar is not None,
            key_display=action.shown_key,
            tooltip=action.hint,
            id=f"maestro.{action.name}",
            priority=action.name in _AT_ONCE,
        )
        for action in ACTIONS
        if action.where == where
    ]


def palette() -> type[Provider]:
    """Return what fills the command palette, imported when it is first opened."""
    from maestro_tui.ui.palette import ActionProvider

    return ActionProvider
