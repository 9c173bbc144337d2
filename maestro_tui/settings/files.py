"""Small files that hold settings, read with every failure told in one line."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from maestro_tui.domain.text import visible
from maestro_tui.settings.errors import SettingsError

_LARGEST = 1_000_000
_LARGEST_SECRET = 4_096


def shown_path(path: Path) -> str:
    """Spell a path safely."""
    return visible(str(path), 400)


def expand(text: str, base: Path, environ: Mapping[str, str]) -> Path:
    """Resolve `~/` and relative paths; a path in a file is relative to that file."""
    home = environ.get("HOME")
    if home and (text == "~" or text.startswith("~/")):
        return Path(home) / text[2:]
    return base / text


def read_text(path: Path) -> str:
    """Read a regular UTF-8 file of reasonable size."""
    shown = shown_path(path)
    try:
        if not path.exists():
            raise SettingsError(f"{shown}: there is no such file")
        if not path.is_file():
            raise SettingsError(f"{shown}: is not a regular file")
        with path.open("rb") as opened:
            raw = opened.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{shown}: cannot be read ({_reason(error)})") from None
    if len(raw) > _LARGEST:
        raise SettingsError(f"{shown}: is larger than 1 MB")
    return _decode(raw, shown)


def read_toml(path: Path) -> dict[str, object]:
    """Read a TOML file; a mistake in it is told with its line and column."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        reason = visible(str(error), 200)
    except RecursionError:
        reason = "it is nested too deeply"
    except ValueError:
        reason = "it holds a number that is too long"
    raise SettingsError(f"{shown_path(path)}: is not valid TOML: {reason}")


def read_secret(path: Path) -> str:
    """Read a password from a file: one line, of which one trailing newline is dropped.

    Pipes are welcome (`--password-file <(vault …)`), so only a directory is refused by its kind.
    """
    shown = shown_path(path)
    try:
        with path.open("rb") as opened:
            raw = opened.read(_LARGEST_SECRET + 1)
    except (OSError, ValueError) as error:
        raise SettingsError(f"{shown}: the password file cannot be read ({_reason(error)})") from None
    if len(raw) > _LARGEST_SECRET:
        raise SettingsError(f"{shown}: the password file is larger than 4 KiB")
    text = _decode(raw, shown).removesuffix("\n").removesuffix("\r")
    if not text:
        raise SettingsError(f"{shown}: the password file is empty")
    if any(char in text for char in "\n\r\0"):
        raise SettingsError(f"{shown}: the password file holds more than one line")
    return text


def _decode(raw: bytes, shown: str) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise SettingsError(f"{shown}: is not UTF-8 text") from None


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "the path is not valid"
