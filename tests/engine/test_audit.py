"""The log: one whole line a record, on disk before anything happens, for the operator's eyes only."""

import getpass
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from maestro_tui.engine.audit import Audit, AuditFailure, default_path, operator
from tests.fakes import FixedClock


def _audit(path: Path) -> Audit:
    return Audit(path, FixedClock())


def test_a_line_says_when_who_where_and_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "kay")
    path = tmp_path / "state" / "audit.jsonl"
    line = _audit(path).write({"record": "intent", "text": "naïve \n\x1b"})
    assert path.read_text("ascii") == line + "\n"
    told = json.loads(line)
    assert list(told)[:3] == ["at", "operator", "host"]
    assert (told["at"], told["operator"]) == ("2026-11-22T14:03:22.000Z", "kay")
    assert told["text"] == "naïve \n\x1b"


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_the_operator_can_read_it(tmp_path: Path, mask: int) -> None:
    path = tmp_path / "state" / "audit.jsonl"
    before = os.umask(mask)
    try:
        _audit(path).write({})
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_line_is_on_disk_before_write_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        real(handle)
        synced.append(os.fstat(handle).st_size)

    monkeypatch.setattr(os, "fsync", fsync)
    line = _audit(tmp_path / "audit.jsonl").write({"a": 1})
    # The second is the folder, of which a new file is a part.
    assert synced[0] == len(line) + 1
    assert len(synced) == 2


WRITE_MANY = """
import sys
from pathlib import Path
from maestro_tui.engine.audit import Audit
from maestro_tui.engine.clock import SystemClock
log = Audit(Path(sys.argv[1]), SystemClock())
for number in range(200):
    log.write({"who": sys.argv[2], "number": number, "pad": "x" * 2000})
"""


def test_two_processes_keep_each_others_lines_whole(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    processes = [subprocess.Popen([sys.executable, "-c", WRITE_MANY, path, who]) for who in "ab"]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    told = [json.loads(line) for line in path.read_text().splitlines()]
    for who in "ab":
        assert [one["number"] for one in told if one["who"] == who] == list(range(200))


def test_a_planted_link_takes_nothing(tmp_path: Path) -> None:
    target, path = tmp_path / "target", tmp_path / "audit.jsonl"
    target.write_text("untouched")
    path.symlink_to(target)
    with pytest.raises(AuditFailure, match=r"^The audit log .* cannot be written: too many levels"):
        _audit(path).write({})
    assert target.read_text() == "untouched"


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "audit.jsonl", tmp_path):
        with pytest.raises(AuditFailure, match=r"^The audit log .* cannot be written: .*\.$"):
            _audit(path).write({})


def test_half_a_line_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "write", lambda *_: 3)
    with pytest.raises(AuditFailure, match="no space left on device"):
        _audit(tmp_path / "audit.jsonl").write({})


@pytest.mark.parametrize(
    ("state", "path"),
    [
        ("/state", "/state/maestro-tui/audit.jsonl"),
        ("relative", "~/.local/state/maestro-tui/audit.jsonl"),
        ("", "~/.local/state/maestro-tui/audit.jsonl"),
    ],
)
def test_where_the_log_lives(state: str, path: str) -> None:
    assert default_path({"XDG_STATE_HOME": state}) == Path(path).expanduser()


def test_the_operator_is_the_one_at_the_keyboard(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("no such user")

    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setattr(getpass, "getuser", nobody)
    assert operator() == f"uid {os.getuid()}"
    monkeypatch.setattr(getpass, "getuser", lambda: "kay")
    assert operator() == "kay"
