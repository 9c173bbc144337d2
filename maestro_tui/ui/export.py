"""An entry as it leaves the screen: JSON that loses no byte, and a file that only its owner may read."""

import base64
import json
import os
import re
from pathlib import Path

from maestro_tui.domain.names import Name
from maestro_tui.engine.ports import Entry

_MOST_ALIKE = 100
_LONGEST_NAME = 80


def entry_json(stream: Name, entry: Entry) -> str:
    """Return a whole entry; what is no UTF-8 stands in base64, under a name that says so."""
    fields = [_said("name", name) | _said("value", value) for name, value in entry.fields]
    return json.dumps(_said("stream", stream.raw) | {"id": str(entry.id), "fields": fields}, indent=2)


def _said(what: str, raw: bytes) -> dict[str, str]:
    try:
        return {what: raw.decode("utf-8")}
    except UnicodeDecodeError:
        return {f"{what}_base64": base64.b64encode(raw).decode("ascii")}


def save_entry(stream: Name, entry: Entry, where: Path) -> Path:
    """Write an entry into a new file below `where`, for its owner alone, and return it.

    What is there is never overwritten. Raises OSError, whose `strerror` is a sentence's worth of reason.
    """
    text = entry_json(stream, entry) + "\n"
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", stream.raw.decode("utf-8", "replace"))[-_LONGEST_NAME:].strip("-.")
    name = f"{plain or 'stream'}-{entry.id}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    for attempt in range(1, _MOST_ALIKE):
        path = where / (f"{name}.json" if attempt == 1 else f"{name}-{attempt}.json")
        try:
            handle = os.open(path, flags, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        return path
    raise FileExistsError(17, f"there are {_MOST_ALIKE - 1} files of this entry already", str(where / name))
