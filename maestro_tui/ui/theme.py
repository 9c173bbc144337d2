"""The look: one of Textual's own themes, chosen by name."""

from textual.app import App

from maestro_tui.domain.text import visible

DEFAULT = "textual-dark"


def choose(app: App[int], name: str | None) -> str | None:
    """Put a theme on; return a sentence where there is none of that name."""
    known = name is None or name in app.available_themes
    app.theme = name if known and name else DEFAULT
    if known:
        return None
    known_names = ", ".join(sorted(app.available_themes))
    return f"There is no theme {visible(name or '', 40)!r}: {DEFAULT} is used. Choose one of {known_names}."
