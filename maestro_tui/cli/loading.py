"""From the options of a command line to the effective settings."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from maestro_tui.cli.options import Flags
from maestro_tui.cli.terminal import Refused, prompt

if TYPE_CHECKING:
    from maestro_tui.domain.config import Config


def load_config(flags: Flags) -> "Config":
    """Read the settings that count for these options; a bad one is refused in one line."""
    from maestro_tui.settings import load

    return read_config(lambda: load(flags, os.environ, cwd=working_directory(), prompt=prompt()))


def read_config(read: "Callable[[], Config]") -> "Config":
    """Read settings and turn what is wrong with them into a refusal of the command line."""
    from maestro_tui.settings import SettingsError

    try:
        return read()
    except SettingsError as error:
        raise Refused(str(error)) from None


def working_directory() -> Path:
    """Return the working directory, in which relative paths and `.env` are looked for."""
    try:
        return Path.cwd()
    except OSError:
        raise Refused("the working directory no longer exists") from None
