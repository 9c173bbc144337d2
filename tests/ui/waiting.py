"""What the tests of actions share: the incident with its pending list, and waiting for what is on the screen."""

import json
import time
from dataclasses import replace
from pathlib import Path

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import Key, Name
from screenshots.script import HEALING, SCENES
from tests.fakes import FakeWriter, Shelf
from tests.patience import PATIENCE_S
from tests.ui.staging import AUDIT, Stage

HEALING_STREAM = Name.of("maestro:streams:automation:healing")
HEALING_KEY = Key(HEALING_STREAM, Name.of("maestro-healing-workers"))


def shelf() -> Shelf:
    """What the healing group has pending."""
    return Shelf(rows=HEALING.pending)


STUCK = replace(SCENES["incident"], config=Config(), shelf=shelf)


def writer_of(stage: Stage) -> FakeWriter:
    """The writer that remembers."""
    writer = stage.app.session.writer
    assert isinstance(writer, FakeWriter)
    return writer


def text_of(stage: Stage) -> str:
    """The screen as text, its lines joined."""
    return " ".join(" ".join(line.strip() for line in stage.lines()).split())


async def until(stage: Stage, *parts: str) -> str:
    """Let it come to rest until all parts are on the screen or in a corner."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        text = " ".join([text_of(stage), *stage.toasts()])
        if all(part in text for part in parts):
            return text
        await stage.pilot.pause(0.02)
    raise AssertionError(f"{parts} not in {text}")


async def opened(stage: Stage, kind: type) -> None:
    """Wait for a screen."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if isinstance(stage.app.screen, kind):
            return
        await stage.pilot.pause(0.02)
    raise AssertionError(f"{stage.app.screen} is no {kind}: {text_of(stage)}")


def records(folder: Path) -> list[dict[str, object]]:
    """The lines of the log."""
    return [json.loads(line) for line in (folder / AUDIT).read_text(encoding="utf-8").splitlines()]


async def claimed(stage: Stage) -> None:
    """Claim what is stuck for a new consumer."""
    await stage.press("C")
    await until(stage, "worker-1")
    await stage.press("2", *"worker-9", "enter")
    await until(stage, "type 204")
    await stage.press(*"204", "enter")
    await until(stage, "204 claimed")
