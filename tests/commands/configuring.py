"""A small workplace for settings: a home, a working directory, files, and `load` on them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from maestro_tui.domain.config import Config
from maestro_tui.settings import SettingsError, describe, load

SECRET: Final = "made-up-hunter2"
"""A password that must not appear in anything shown."""


class Workplace:
    """An operator's machine as far as settings can see it."""

    def __init__(self, root: Path) -> None:
        """Make the directories."""
        self.home = root / "home"
        self.cwd = root / "work"
        for directory in (self.home / ".config" / "maestro-tui", self.cwd):
            directory.mkdir(parents=True)

    @property
    def config_path(self) -> Path:
        """The usual TOML file."""
        return self.home / ".config" / "maestro-tui" / "config.toml"

    def config(self, text: str) -> Path:
        """Write the usual TOML file."""
        self.config_path.write_text(text, encoding="utf-8")
        return self.config_path

    def file(self, name: str, text: str) -> Path:
        """Write a file into the working directory."""
        path = self.cwd / name
        path.write_text(text, encoding="utf-8")
        return path

    def load(self, flags: Mapping[str, object] | None = None, /, **environ: str) -> Config:
        """Read the settings with these flags and variables; nobody can be asked."""
        return load(flags or {}, {"HOME": str(self.home), **environ}, cwd=self.cwd)

    def refusal(self, flags: Mapping[str, object] | None = None, /, **environ: str) -> str:
        """Read settings that are bad, and return the one line that says so."""
        with pytest.raises(SettingsError) as caught:
            self.load(flags, **environ)
        sentence = str(caught.value)
        assert sentence.isprintable(), sentence
        assert SECRET not in sentence
        assert SECRET not in repr(caught.value)
        return sentence


def source(config: Config, name: str) -> str:
    """Where a setting came from, as the operator is told."""
    return next(source for row, _, source in describe(config) if row == name)


def shown(config: Config, name: str) -> str:
    """The value of a setting, as the operator is told."""
    return next(value for row, value, _ in describe(config) if row == name)
