"""A snapshot bundle: this moment as JSON, as a picture and as text, for the ticket and the post-mortem."""

import json
import os
import re
from pathlib import Path

from textual.app import App

from maestro_tui.domain.config import Config
from maestro_tui.domain.document import document
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.quantities import timestamp

_MOST_ALIKE = 100
_FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}", re.DOTALL)
_EXTERNAL_URL = re.compile(r"url\(\s*[\"']?https?://[^)]*\)")


def save_bundle(app: App[int], frame: Frame, config: Config, where: Path) -> Path:
    """Write a new directory below `where`, for its owner alone, and return it.

    What is there is never overwritten. Raises OSError, whose `strerror` is a sentence's worth of reason.
    """
    folder = _new_folder(where, _name(frame))
    _write(folder / "frame.json", json.dumps(document(frame, config), indent=2) + "\n")
    _write(folder / "screen.svg", _offline(app.export_screenshot()))
    _write(folder / "screen.txt", screen_text(app))
    return folder


def screen_text(app: App[int]) -> str:
    """Return the screen as it stands, as plain text."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"


def _name(frame: Frame) -> str:
    moment = re.sub(r"[-:]|\.\d+", "", timestamp(frame.snapshot.taken_at_ms))
    return f"maestro-{moment}"


def _new_folder(where: Path, name: str) -> Path:
    for attempt in range(1, _MOST_ALIKE):
        folder = where / (name if attempt == 1 else f"{name}-{attempt}")
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(17, f"there are {_MOST_ALIKE - 1} snapshots of this moment already", str(where / name))


def _write(path: Path, text: str) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)


def _offline(svg: str) -> str:
    """Leave out the fonts that a viewer would fetch from the internet; its own monospace does as well."""
    return _EXTERNAL_URL.sub("", _FONT_FACE.sub("", svg))
