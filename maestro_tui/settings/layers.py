"""Where settings come from: flags, two families of variables, `.env` and TOML tables, the strongest first."""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from maestro_tui.domain.config import Source
from maestro_tui.settings.errors import SettingsError, quoted
from maestro_tui.settings.fields import GENERAL, PLACE, TABLES, read_dotenv
from maestro_tui.settings.files import expand, read_text, shown_path

Level = Literal["flags", "environment", ".env", "profile", "file"]

_PATHS = frozenset(("config", "topology", "audit_file", "password_file", "socket", "tls_ca", "tls_cert", "tls_key"))
_BY_FLAG_ONLY = frozenset(("ask_password",))
_FLAGS = {"poll_every": "--interval", "mouse": "--no-mouse"}
_VARIABLES = {
    **{f"MAESTRO_{key.upper()}": key for key in (GENERAL - TABLES) | PLACE | {"config", "profile"}},
    # The platform's services and their secrets say REDIS in the names of everything that is about Redis.
    **{f"MAESTRO_REDIS_{key.upper()}": key for key in PLACE},
    "MAESTRO_INTERVAL": "poll_every",
    "MAESTRO_USERNAME": "user",
    "MAESTRO_REDIS_USERNAME": "user",
}
MAESTRO_VARIABLES: Mapping[str, str] = {name: key for name, key in _VARIABLES.items() if key not in _BY_FLAG_ONLY}
REDIS_VARIABLES: Mapping[str, str] = {
    "REDIS_URL": "url",
    "REDIS_HOST": "host",
    "REDIS_PORT": "port",
    "REDIS_DB": "db",
    "REDIS_USERNAME": "user",
    "REDIS_PASSWORD": "password",
}
TABLE_KEYS = (GENERAL | PLACE) - _BY_FLAG_ONLY
# Kubernetes gives every pod `<SERVICE>_PORT=tcp://10.0.0.1:6379` for a service of that name.
_SERVICE_LINK = re.compile(r"(tcp|udp|sctp)://", re.ASCII)


@dataclass(frozen=True, slots=True)
class Layer:
    """The settings that one source gives, with how each is spelled there."""

    level: Level
    values: Mapping[str, object] = field(default_factory=dict, repr=False)
    spelled: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""
    ours: bool = True

    def where(self, key: str) -> str:
        """Name a setting of this layer, to begin an error with."""
        name = self.spelled.get(key, key)
        return f"{self.origin}: {name}" if self.origin else name

    def source(self, key: str) -> Source:
        """Name this layer as the source of a setting, for the operator to find it."""
        name = self.spelled.get(key, key)
        if self.level == "flags":
            return Source(f"flag {name}")
        if self.level == "environment":
            return Source(name)
        return Source(f".env {name}" if self.level == ".env" else self.origin)

    def part(self, keys: Iterable[str]) -> dict[str, object]:
        """Return the settings among `keys` that this layer gives."""
        return {key: self.values[key] for key in keys if key in self.values}


def flag_layer(flags: Mapping[str, object], environ: Mapping[str, str], cwd: Path) -> Layer:
    """Make the layer of the flags; None means that a flag was not given."""
    values = {key: value for key, value in flags.items() if value is not None}
    spelled = {key: _FLAGS.get(key, "--" + key.replace("_", "-")) for key in values}
    return Layer("flags", _resolved(values, cwd, environ), spelled)


def environment_layers(environ: Mapping[str, str], cwd: Path) -> list[Layer]:
    """Make the two layers of the process's environment."""
    return _families(environ, "environment", "", cwd, environ)


def dotenv_layers(environ: Mapping[str, str], cwd: Path) -> list[Layer]:
    """Make the two layers of the `.env` file of the working directory, where there is one."""
    path = cwd / ".env"
    try:
        if not path.is_file():
            return []
    except OSError:
        return []
    try:
        # Read once by us for the plain sentences about size, encoding and access.
        read_text(path)
        variables = read_dotenv(str(path))
    except (OSError, ValueError):
        raise SettingsError(f"{shown_path(path)}: cannot be read") from None
    return _families(variables, ".env", ".env", cwd, environ)


def table_layer(
    table: Mapping[str, object], level: Level, path: Path, environ: Mapping[str, str], title: str = ""
) -> Layer:
    """Make the layer of a TOML table whose keys are known to be good."""
    origin = f"{shown_path(path)}{title}"
    values = {key: value for key, value in table.items() if key in TABLE_KEYS}
    return Layer(level, _resolved(values, path.parent, environ), {}, origin)


def _families(
    variables: Mapping[str, str], level: Level, origin: str, base: Path, environ: Mapping[str, str]
) -> list[Layer]:
    _refuse_near_misses(variables, origin)
    layers = []
    for names in (MAESTRO_VARIABLES, REDIS_VARIABLES):
        values, spelled = _pick(variables, names, origin)
        ours = names is MAESTRO_VARIABLES
        layers.append(Layer(level, _resolved(values, base, environ), spelled, origin, ours))
    return layers


def _pick(
    variables: Mapping[str, str], names: Mapping[str, str], origin: str
) -> tuple[dict[str, object], dict[str, str]]:
    values: dict[str, object] = {}
    spelled: dict[str, str] = {}
    for name, key in names.items():
        value = variables.get(name, "")
        if not value or (key == "port" and _SERVICE_LINK.match(value)):
            continue
        if key in values and values[key] != value:
            prefix = f"{origin}: " if origin else ""
            raise SettingsError(f"{prefix}{spelled[key]} and {name} differ: give one of them")
        values[key], spelled[key] = value, name
    return values, spelled


def _refuse_near_misses(variables: Mapping[str, str], origin: str) -> None:
    """Refuse a variable that is nearly one of ours; others of the platform are none of our business."""
    for name in variables:
        if not name.startswith("MAESTRO_") or name in MAESTRO_VARIABLES or name.startswith("MAESTRO_TEST_"):
            continue
        rest = name.removeprefix("MAESTRO_")
        for known in MAESTRO_VARIABLES:
            meant = known.removeprefix("MAESTRO_")
            # Two swapped letters in a short name leave a ratio of 0.75.
            cutoff = 0.75 if len(meant) <= 5 else 0.85
            near = difflib.SequenceMatcher(None, rest, meant).ratio() >= cutoff
            if near and abs(len(rest) - len(meant)) <= 2:
                prefix = f"{origin}: " if origin else ""
                raise SettingsError(f"{prefix}unknown variable {quoted(name)} (did you mean {known}?)")


def _resolved(values: Mapping[str, object], base: Path, environ: Mapping[str, str]) -> dict[str, object]:
    return {
        key: str(expand(value, base, environ)) if key in _PATHS and isinstance(value, str) and value else value
        for key, value in values.items()
    }
