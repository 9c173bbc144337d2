"""What the operator configured, from flags down to defaults, with where each setting came from."""

from maestro_tui.settings.describe import describe
from maestro_tui.settings.errors import SettingsError
from maestro_tui.settings.load import load, load_for_demo

__all__ = ["SettingsError", "describe", "load", "load_for_demo"]
