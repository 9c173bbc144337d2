"""Copying: every form says the same facts, can be pasted safely, and holds no password."""

import json
import shlex
import subprocess
from dataclasses import replace

import pytest

from maestro_tui.domain.config import Address, Config, Secret, Tls
from maestro_tui.domain.copying import as_commands, as_json, as_markdown, as_text, copies, spell_command
from maestro_tui.domain.names import Key, Name
from screenshots.script import HOSTILE, SCENES
from tests.scenes import frame_of, row_of


def unquoted(argument: str) -> bytes:
    """Read an argument as redis-cli does."""
    if not argument.startswith('"'):
        return argument.encode()
    body, out, place = argument[1:-1], bytearray(), 0
    while place < len(body):
        if body[place] == "\\" and body[place + 1] == "x":
            out.append(int(body[place + 2 : place + 4], 16))
            place += 4
        else:
            place += body[place] == "\\"
            out.append(ord(body[place]))
            place += 1
    return bytes(out)


def test_text_has_titles_over_cells_and_names_at_full_length() -> None:
    frame = frame_of("incident")
    at, titles, cells = as_text(row_of(frame, "test_healing"), frame).split("\n")
    assert at == "at 2026-11-22T14:03:22.000Z"
    assert titles.index("LAG") == cells.index("667")
    assert "maestro:streams:automation:healing" in cells
    assert "maestro-healing-workers" in cells


def test_markdown_is_one_table_row() -> None:
    frame = frame_of("incident")
    head, rule, row = as_markdown(row_of(frame, "test_healing"), frame).split("\n")
    assert head.count("|") == rule.count("|") == row.count("|") == 16


def test_markdown_obeys_no_name() -> None:
    frame = frame_of("incident")
    row = row_of(frame, "test_healing")
    hostile = replace(row, key=Key(Name(b"a|b`[x](http://y)<img>\n"), row.key.group))
    line = as_markdown(hostile, frame).split("\n")[2]
    assert "a\\|b\\`\\[x\\](http://y)\\<img\\>\\\\x0a" in line


def test_json_is_the_stream_of_this_row_with_its_group_alone() -> None:
    frame = frame_of("incident")
    got = json.loads(as_json(row_of(frame, "test_healing"), frame, Config()))
    assert (got["alias"], got["taken_at"]) == ("test_healing", "2026-11-22T14:03:22.000Z")
    assert [group["name"] for group in got["groups"]] == ["maestro-healing-workers"]
    assert not {"nodes", "thresholds", "problems"} & set(got)


def test_commands_show_the_same_facts() -> None:
    frame = frame_of("incident")
    lines = as_commands(row_of(frame, "test_healing"), frame, Address()).split("\n")
    assert lines[0] == "redis-cli -h maestro-redis -p 6379 -n 0 <<'END'"
    assert "XPENDING maestro:streams:automation:healing maestro-healing-workers" in lines
    assert lines[-1] == "END"


@pytest.mark.parametrize("raw", [*HOSTILE, b'a"b\\c', b"two words", b"$(reboot)", b"`x`", b"END", b"\nEND\nreboot\n"])
def test_a_name_survives_redis_cli_and_is_only_printable_ascii(raw: bytes) -> None:
    spelled = spell_command((b"XINFO", b"STREAM", raw))
    assert spelled.isascii()
    assert spelled.isprintable()
    assert unquoted(spelled.removeprefix("XINFO STREAM ")) == raw


def test_the_shell_takes_no_part_in_the_commands() -> None:
    """The whole form goes through a real shell, with `cat` in the place of redis-cli."""
    frame = frame_of("incident")
    row = replace(row_of(frame, "test_healing"), key=Key(Name(b"$(echo no) `echo no`\nEND\necho no"), Name(b"'\"\\")))
    text = as_commands(row, frame, Address())
    _, *told, _ = text.split("\n")
    call = "redis-cli() { cat; }\n" + text + "\n"
    done = subprocess.run(["bash", "-c", call], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:-1] == told


def test_the_connection_is_spelled_without_the_password() -> None:
    secret = "not to be seen"
    address = Address("h; reboot", 1, 2, "ops", Secret(secret), tls=Tls("/ca.pem", verify=False))
    frame = frame_of("incident")
    for label, text in copies(row_of(frame, "test_healing"), frame, Config(address=address)):
        assert secret not in label + text
        if label.startswith("redis-cli"):
            assert "REDISCLI_AUTH" in label
            call = text.split(" <<")[0]
            assert shlex.split(call)[:3] == ["redis-cli", "-h", "h; reboot"]
            assert call.endswith("--user ops --tls --insecure --cacert /ca.pem")


def test_a_long_argument_is_cut_for_eyes_only() -> None:
    command = (b"XGROUP", b"n" * 10_000)
    assert spell_command(command).endswith("n" * 10_000)
    assert spell_command(command, 20) == f"XGROUP {'n' * 20}…(10,000 bytes)"


@pytest.mark.parametrize("scene", SCENES)
def test_every_row_of_every_scene_can_be_copied(scene: str) -> None:
    frame = frame_of(scene)
    for row in frame.rows:
        for _, text in copies(row, frame, SCENES[scene].config):
            assert all(line.isprintable() for line in text.split("\n"))
