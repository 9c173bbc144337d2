"""The README tells what is there: keys, commands, exit codes, files."""

import re
from pathlib import Path

from click.testing import CliRunner

from maestro_tui.cli.program import cli
from maestro_tui.domain.actions import as_markdown

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_keys_are_those_of_the_registry() -> None:
    begin, end = "<!-- keys:begin, from maestro_tui/domain/actions.py -->\n", "\n<!-- keys:end -->"
    shown = README.split(begin)[1].split(end)[0]
    assert shown == as_markdown()


def test_every_command_is_told_and_exists() -> None:
    told = set(re.findall(r"^\| `maestro-tui ([\w-]+)", README, re.MULTILINE))
    assert told == set(cli.commands)


def test_every_flag_that_is_told_exists() -> None:
    helped = CliRunner().invoke(cli, ["--help"]).output
    settings = README.split("## Settings")[1].split("## What it does")[0]
    assert [flag for flag in re.findall(r"`(--[a-z-]+)`", settings) if flag not in helped] == []


def test_every_file_it_points_to_is_there() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
