"""`maestro-tui config`: a table to read, JSON to process."""

import json

import pytest

from maestro_tui.cli import main
from maestro_tui.commands.config import show
from tests.commands.configuring import SECRET, Workplace

ROWS = [("host", "h", "flag --host"), ("topology", "x" * 50, "default"), ("db", "0", "default")]


def test_the_table_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    """One long value does not push every source off the screen."""
    assert show(ROWS, "table") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["SETTING", "host", "topology", "db"]
    starts = [lines[row].index(text) for row, text in ((0, "SOURCE"), (1, "flag"), (3, "default"))]
    assert len(set(starts)) == 1
    assert starts[0] < 50
    assert lines[2].endswith("x  default")


def test_json_holds_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    """Name, value and source of each."""
    assert show(ROWS, "json") == 0
    settings = json.loads(capsys.readouterr().out)["settings"]
    assert [(row["name"], row["value"], row["source"]) for row in settings] == ROWS


@pytest.mark.parametrize("format", ["table", "json"])
def test_the_command_masks_secrets(
    place: Workplace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    """The output is made to be pasted into a ticket."""
    monkeypatch.chdir(place.cwd)
    monkeypatch.setenv("REDIS_URL", f"redis://me:{SECRET}@r/1")
    assert main(["config", "--format", format]) == 0
    out, err = capsys.readouterr()
    assert "***" in out
    assert "REDIS_URL" in out
    assert SECRET not in out + err
