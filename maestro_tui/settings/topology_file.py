"""The topology file: which streams there should be, and which groups read them.

extend = true                       # add to the platform's own streams; without it they are replaced
discover = "maestro:streams:*"      # or false

[[stream]]
alias = "jobs"                      # default: the last part of the key
stream = "maestro:streams:k8s:jobs"
group = "maestro-k8s-workers"       # or a list, or left out
"""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from maestro_tui.domain.names import Name
from maestro_tui.domain.topology import MAESTRO, Declared, Topology
from maestro_tui.settings.errors import SettingsError, first_problem, quoted, refuse_unknown
from maestro_tui.settings.fields import Pattern
from maestro_tui.settings.files import read_toml, shown_path


def _printable(value: object) -> object:
    if isinstance(value, str) and value and not (value.isprintable() and value.strip() == value):
        raise ValueError("holds a character that cannot be seen")
    return value


def _groups(value: object) -> object:
    if isinstance(value, list) and not value:
        raise ValueError("is an empty list (leave it out for a stream without a group)")
    return [value] if isinstance(value, str) else value


_Name = Annotated[str, StringConstraints(min_length=1, max_length=512), BeforeValidator(_printable)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    alias: _Name | None = None
    stream: _Name
    group: Annotated[list[_Name], BeforeValidator(_groups)] | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    extend: bool = False
    discover: Pattern | None = None
    stream: list[_Entry] = []


def read_topology(path: Path) -> Topology:
    """Read a topology file; raise SettingsError with a sentence that names the file and the entry."""
    shown = shown_path(path)
    content = read_toml(path)
    _refuse_unknown_keys(content, shown)
    try:
        file = _File.model_validate(content)
    except ValidationError as error:
        raise SettingsError(f"{shown}{_problem(error)}") from None
    if not file.stream and not file.extend and not file.discover:
        raise SettingsError(f"{shown}: declares no [[stream]]")
    declared = (*(MAESTRO.declared if file.extend else ()), *_declared(file.stream))
    _refuse_repeats(declared, shown)
    discover = MAESTRO.discover if file.discover is None else file.discover or None
    return Topology(declared, discover)


def _refuse_unknown_keys(content: dict[str, Any], shown: str) -> None:
    refuse_unknown(content, _File.model_fields, shown)
    entries = content.get("stream", [])
    if not isinstance(entries, list):
        raise SettingsError(f"{shown}: 'stream' is not a list of tables (write [[stream]])")
    for number, entry in enumerate(entries, 1):
        if isinstance(entry, dict):
            refuse_unknown(entry, _Entry.model_fields, f"{shown}: stream {number}")


def _problem(error: ValidationError) -> str:
    """Spell `('stream', 2, 'group', 0)` as `: stream 3: group`."""
    loc, problem = first_problem(error)
    if len(loc) >= 2 and isinstance(loc[1], int):
        key = f": {loc[2]}" if len(loc) > 2 else ""
        return f": stream {loc[1] + 1}{key}: {problem}"
    return f": {loc[0]}: {problem}"


def _declared(entries: list[_Entry]) -> list[Declared]:
    last_parts = Counter(stream.rpartition(":")[2] for stream in {entry.stream for entry in entries})
    found = []
    for entry in entries:
        last = entry.stream.rpartition(":")[2]
        short = last if last and last_parts[last] == 1 else entry.stream
        groups = [None] if entry.group is None else [Name.of(group) for group in entry.group]
        stream = Name.of(entry.stream)
        found += [Declared(entry.alias or short, stream, group) for group in groups]
    return found


def _refuse_repeats(declared: tuple[Declared, ...], shown: str) -> None:
    streams: dict[str, Name] = {}
    groups: dict[Name, set[Name | None]] = {}
    for entry in declared:
        if streams.setdefault(entry.alias, entry.stream) != entry.stream:
            raise SettingsError(f"{shown}: the alias {quoted(entry.alias)} is given to two streams")
        seen = groups.setdefault(entry.stream, set())
        if entry.group in seen:
            raise SettingsError(f"{shown}: {entry.key} is declared twice")
        seen.add(entry.group)
        if None in seen and len(seen) > 1:
            raise SettingsError(f"{shown}: {entry.stream} is declared both with and without a group")
