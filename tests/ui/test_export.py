"""An entry in a file: every byte of it, for its owner's eyes only."""

import base64
import json
import stat
from pathlib import Path

import pytest

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.engine.ports import Entry
from maestro_tui.ui.export import entry_json, save_entry

STREAM = Name(b"maestro:streams:jobs")
ENTRY = Entry(EntryId(5, 1), ((b"type", b"a\x1b"), (b"type", b"\xff\x00"), (b"\xfe", b"")), 12, 3)


def test_no_byte_is_lost_and_none_is_obeyed() -> None:
    text = entry_json(STREAM, ENTRY)
    assert text.replace("\n", "").isprintable()
    told = json.loads(text)
    assert (told["stream"], told["id"]) == ("maestro:streams:jobs", "5-1")
    assert [
        tuple(
            field[what].encode() if what in field else base64.b64decode(field[f"{what}_base64"])
            for what in ("name", "value")
        )
        for field in told["fields"]
    ] == list(ENTRY.fields)


def test_the_file_is_its_owners_and_overwrites_nothing(tmp_path: Path) -> None:
    first, second = save_entry(STREAM, ENTRY, tmp_path), save_entry(STREAM, ENTRY, tmp_path)
    assert (first.name, second.name) == ("maestro-streams-jobs-5-1.json", "maestro-streams-jobs-5-1-2.json")
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert first.read_text() == second.read_text() == entry_json(STREAM, ENTRY) + "\n"


@pytest.mark.parametrize("raw", [b"../../etc/passwd", b"", b"\x00\xff/", b"a" * 10_000, b"..."])
def test_no_name_leads_out_of_the_directory(raw: bytes, tmp_path: Path) -> None:
    path = save_entry(Name(raw), ENTRY, tmp_path)
    assert path.parent == tmp_path
    assert len(path.name) < 200
    assert not path.name.startswith(".")


def test_a_directory_that_takes_no_file_is_a_reason(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        save_entry(STREAM, ENTRY, tmp_path / "absent")
