"""Scenes of the group screen for its tests: pending lists of any size, and the reader that answers about them."""

import time
from collections.abc import Callable
from dataclasses import replace

from maestro_tui.domain.names import EntryId
from maestro_tui.domain.snapshot import Group, PendingEntry, Snapshot
from maestro_tui.ui.screens.group import GroupScreen
from maestro_tui.ui.widgets.lines import TextLines, line_text
from screenshots.desk import DESK, GROUP, STREAM, heal_test
from screenshots.script import NOW_MS, Scene
from tests.fakes import ScriptedReader, Shelf
from tests.patience import PATIENCE_S
from tests.ui.staging import Stage

MINUTE = 60_000


def crowded(*entries: PendingEntry, payloads: bool = True) -> Scene:
    """The incident with these entries pending in the healing group, and the group screen open on them."""

    def of(group: Group) -> Group:
        consumers = tuple(replace(one, pending=len(entries)) for one in group.consumers or ())
        return replace(group, pending=len(entries), consumers=consumers)

    def seen(snapshot: Snapshot | object) -> Snapshot:
        assert isinstance(snapshot, Snapshot)
        streams = tuple(
            replace(one, groups=tuple(of(group) if group.name == GROUP else group for group in one.groups or ()))
            if one.name == STREAM
            else one
            for one in snapshot.streams
        )
        return replace(snapshot, streams=streams)

    def shelf() -> Shelf:
        held = {entry.id: heal_test(place, entry.id.ms) for place, entry in enumerate(entries)} if payloads else {}
        return Shelf(rows=list(entries), at_ms=NOW_MS, streams={STREAM: held})

    scene = DESK["group"]
    return Scene(tuple(seen(one) for one in scene.script), scene.config, press=("g", "enter"), shelf=shelf)


def ids(many: int, *, start: int = 0) -> list[EntryId]:
    """IDs in a row, each a millisecond after the one before."""
    return [EntryId(NOW_MS - 26 * MINUTE + start + place) for place in range(many)]


def reader_of(stage: Stage) -> ScriptedReader:
    """Return what answers the screen's questions."""
    reader = stage.app.session.reader
    assert isinstance(reader, ScriptedReader)
    return reader


def group_screen(stage: Stage) -> GroupScreen:
    """Return the group screen, which must be on top."""
    screen = stage.app.screen
    assert isinstance(screen, GroupScreen)
    return screen


def told(stage: Stage, name: str) -> str:
    """Return the text of some lines of the screen."""
    return "\n".join(line_text(line) for line in stage.app.screen.query_one(f"#{name}", TextLines).lines)


async def until(stage: Stage, true: Callable[[], bool]) -> None:
    """Let the app work until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if true():
            return
        await stage.pilot.pause()
    raise AssertionError("it never came to be so")
