"""The TOML file: its top level and the chosen profile as layers; unknown keys are errors."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from maestro_tui.domain.rules import RANK
from maestro_tui.settings.errors import SettingsError, did_you_mean, quoted, refuse_unknown
from maestro_tui.settings.fields import StreamThresholds, Thresholds
from maestro_tui.settings.files import read_toml, shown_path
from maestro_tui.settings.layers import TABLE_KEYS, Layer, table_layer

_TOP_KEYS = TABLE_KEYS | {"profile", "default_profile"}


def config_layers(
    strong: Sequence[Layer], environ: Mapping[str, str], cwd: Path
) -> tuple[list[Layer], str | None, Layer | None]:
    """Return the layers of the TOML file, and the name of the chosen profile with the layer that chose it."""
    chooser = next((layer for layer in strong if "profile" in layer.values), None)
    wanted = _text(chooser, "profile") if chooser else None
    path = _config_path(strong, environ, cwd)
    if path is None:
        if chooser is not None:
            raise SettingsError(f"{chooser.where('profile')}: there is no configuration file with profiles")
        return [], None, None
    top = read_toml(path)
    shown = shown_path(path)
    profiles = _checked(top, shown)
    lowest = table_layer(top, "file", path, environ)
    if wanted is None and "default_profile" in top:
        chooser = Layer("file", {"profile": top["default_profile"]}, {"profile": "default_profile"}, shown)
        wanted = _text(chooser, "profile")
    if wanted is None or chooser is None:
        return [lowest], None, None
    if wanted not in profiles:
        known = did_you_mean(wanted, profiles) or " (it has no profiles)"
        raise SettingsError(f"{chooser.where('profile')}: {shown} has no profile {quoted(wanted)}{known}")
    chosen = table_layer(profiles[wanted], "profile", path, environ, f" [profile.{wanted}]")
    return [chosen, lowest], wanted, chooser


def _text(layer: Layer, key: str) -> str:
    value = layer.values[key]
    if not isinstance(value, str) or not value:
        raise SettingsError(f"{layer.where(key)}: is no name")
    return value


def _config_path(strong: Sequence[Layer], environ: Mapping[str, str], cwd: Path) -> Path | None:
    """A file that was named must exist, the one in the usual place may be missing."""
    for layer in strong:
        if "config" in layer.values:
            return Path(_text(layer, "config"))
    xdg, home = environ.get("XDG_CONFIG_HOME", ""), environ.get("HOME", "")
    if Path(xdg).is_absolute():
        path = Path(xdg) / "maestro-tui" / "config.toml"
    elif home:
        path = cwd / home / ".config" / "maestro-tui" / "config.toml"
    else:
        return None
    try:
        return path if path.exists() else None
    except OSError:
        # A home directory that may not be entered holds no configuration for us.
        return None


def _checked(top: Mapping[str, object], shown: str) -> dict[str, dict[str, object]]:
    """Refuse unknown keys everywhere, also in profiles that are not chosen; return the profiles."""
    refuse_unknown(top, _TOP_KEYS, shown)
    _check_tables(top, shown)
    profiles = _table(top, "profile", shown)
    found = {}
    for name in profiles:
        where = f"{shown} [profile.{name}]"
        found[name] = _table(profiles, name, shown)
        refuse_unknown(found[name], TABLE_KEYS, where)
        _check_tables(found[name], where)
    return found


def _check_tables(table: Mapping[str, object], where: str) -> None:
    _check_rules(_table(table, "runbooks", where), f"{where} [runbooks]")
    thresholds = _table(table, "thresholds", where)
    refuse_unknown(thresholds, Thresholds.model_fields, f"{where} [thresholds]")
    _check_rules(_table(thresholds, "hold", f"{where} [thresholds]"), f"{where} [thresholds.hold]")
    streams = _table(thresholds, "streams", f"{where} [thresholds]")
    for name in streams:
        inner = _table(streams, name, f"{where} [thresholds.streams]")
        refuse_unknown(inner, StreamThresholds.model_fields, f"{where} [thresholds.streams.{quoted(name)}]")


def _check_rules(table: Mapping[str, object], where: str) -> None:
    for name in table:
        if name not in RANK:
            raise SettingsError(f"{where}: there is no rule {quoted(name)}{did_you_mean(name, RANK)}")


def _table(parent: Mapping[str, object], key: str, where: str) -> dict[str, object]:
    value = parent.get(key, {})
    if not isinstance(value, dict):
        raise SettingsError(f"{where}: {quoted(key)} is not a table")
    return value
