"""Edit & requeue where there is nothing to edit, or nothing to edit it with: a sentence, and nothing is sent."""

from dataclasses import replace
from pathlib import Path

import pytest

from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.ui import editing
from maestro_tui.ui.acting.editor import NoEditor, editor_command
from maestro_tui.ui.roles import Targeted
from screenshots.script import HEALING
from tests.fakes import Shelf
from tests.ui.staging import staged
from tests.ui.waiting import HEALING_KEY, HEALING_STREAM, STUCK, until, writer_of

ENTRY: PendingEntry = HEALING.pending[0]


def program(folder: Path, name: str) -> None:
    """Put something that can be run into a folder."""
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)


def test_visual_comes_before_editor_and_is_read_as_a_command(tmp_path: Path) -> None:
    for name in ("code", "nano"):
        program(tmp_path, name)
    where = {"PATH": str(tmp_path)}
    assert editor_command({**where, "VISUAL": "code --wait 'a b'", "EDITOR": "nano"}) == ["code", "--wait", "a b"]
    assert editor_command({**where, "VISUAL": " ", "EDITOR": "nano"}) == ["nano"]


def test_without_either_it_is_vi_then_nano(tmp_path: Path) -> None:
    where = {"PATH": str(tmp_path)}
    with pytest.raises(NoEditor, match=r"set \$VISUAL or \$EDITOR"):
        editor_command(where)
    program(tmp_path, "nano")
    assert editor_command(where) == ["nano"]
    program(tmp_path, "vi")
    assert editor_command(where) == ["vi"]


@pytest.mark.parametrize(("value", "told"), [("no-such", "which is not there"), ("'oops", "cannot be read")])
def test_an_editor_that_cannot_be_run_is_told(tmp_path: Path, value: str, told: str) -> None:
    with pytest.raises(NoEditor, match=told):
        editor_command({"PATH": str(tmp_path), "EDITOR": value})


@pytest.mark.parametrize(
    ("targeted", "fields", "told"),
    [
        (Targeted(HEALING_KEY), (), "Only an entry that is pending"),
        (Targeted(HEALING_KEY, (ENTRY,)), None, "is gone: deleted or trimmed. ack (x) drops it"),
        (Targeted(HEALING_KEY, (ENTRY,)), ((b"type", b"\xff"),), "is no text"),
        (Targeted(HEALING_KEY, (ENTRY,)), ((b"type", b"x"), (b"payload", b"y" * 100)), "more than the 64B"),
        (Targeted(HEALING_KEY, (ENTRY,)), ((b"type", b"x"),), "This terminal cannot be handed over"),
    ],
    ids=["not pending", "gone", "no text", "too large", "no terminal"],
)
async def test_what_cannot_be_edited_says_why(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    targeted: Targeted,
    fields: tuple[tuple[bytes, bytes], ...] | None,
    told: str,
) -> None:
    program(tmp_path, "ed")
    monkeypatch.setenv("VISUAL", str(tmp_path / "ed"))
    monkeypatch.setattr("maestro_tui.ui.acting.editing.MOST_BYTES", 64)
    held = {} if fields is None else {ENTRY.id: fields}
    scene = replace(STUCK, shelf=lambda: Shelf(streams={HEALING_STREAM: held}))
    async with staged(scene, tmp_path) as stage:
        stage.overview.targeted = lambda: targeted  # type: ignore[method-assign]
        stage.app.action_edit()
        await until(stage, told)
        assert stage.on_overview
        assert writer_of(stage).batches == []
    assert editing.MOST_BYTES >= 1_000_000
