"""`status --watch` runs the hook: nobody may be looking, so what is there at the first look is told, too."""

import json
from pathlib import Path

import pytest

from maestro_tui.commands.watching import watch
from maestro_tui.domain.config import Config
from maestro_tui.domain.trouble import Trouble
from screenshots.script import SCENES
from tests.fakes import scripted_session

REFUSED = Trouble("auth", "The server refuses the password.", "Check it.")


async def test_the_hook_is_told_of_what_is_there_already(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = tmp_path / "hook.sh"
    script.write_text(f'#!/bin/sh\ncat >> "{tmp_path}/told"\n')
    script.chmod(0o755)
    seen = (SCENES["incident"].script[-1], REFUSED)
    async with scripted_session(seen, tmp_path / "audit.jsonl", config=Config(hook=str(script))) as session:
        assert await watch(session, format="jsonl") == 3
    told = [json.loads(line) for line in (tmp_path / "told").read_text().splitlines()]
    assert {"left_behind", "no_group"} <= {one["problem"]["rule"] for one in told}
    assert {one["event"] for one in told} == {"began"}
    assert "The server refuses the password." in capsys.readouterr().err
    assert not (tmp_path / "audit.jsonl").exists(), "only the dashboard keeps a log of problems"
