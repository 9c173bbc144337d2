"""The command line as a process: pipes, disks, prompts, and what is imported."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.configuring import SECRET, Workplace

COMMAND = (sys.executable, "-c", "import sys; from maestro_tui.cli import main; sys.exit(main())")
HEAVY = ("asyncio", "pydantic", "pydantic_settings", "redis", "rich", "textual")
USAGE = 2


@pytest.fixture
def shell(place: Workplace) -> dict[str, str]:
    """The environment of a child process with an empty home."""
    environ = {name: value for name, value in os.environ.items() if name != "XDG_CONFIG_HOME"}
    return environ | {"HOME": str(place.home)}


def test_a_reader_that_stops_reading_is_no_error(shell: dict[str, str], place: Workplace) -> None:
    """`maestro-tui config | head -1`."""
    child = subprocess.Popen(
        [*COMMAND, "config"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=shell, cwd=place.cwd
    )
    assert child.stdout is not None
    child.stdout.close()
    assert child.stderr is not None
    with child.stderr as stderr:
        assert stderr.read() == b""
    assert child.wait() == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_that_cannot_be_written_is_told(shell: dict[str, str], place: Workplace) -> None:
    """A full disk must not look like success."""
    with Path("/dev/full").open("w") as full:
        run = subprocess.run(
            [*COMMAND, "config"], stdout=full, stderr=subprocess.PIPE, env=shell, cwd=place.cwd, check=False
        )
    assert (run.returncode, run.stderr) == (1, b"maestro-tui: writing failed: No space left on device\n")


@pytest.mark.parametrize(
    ("command", "closed", "code", "told"),
    [
        ("config", ">&-", 1, "maestro-tui: writing failed: stdout is closed\n"),
        ("check", ">&-", 3, "maestro-tui: writing failed: stdout is closed\n"),
        ("nonsense", "2>&-", USAGE, ""),
        ("--url redis://127.0.0.1:1 status", "2>&-", 3, ""),
    ],
)
def test_an_output_that_was_closed_before_is_no_traceback(
    shell: dict[str, str], place: Workplace, command: str, closed: str, code: int, told: str
) -> None:
    line = f'exec "$0" -c "$1" {command} {closed}'
    run = subprocess.run(
        ["sh", "-c", line, COMMAND[0], COMMAND[2]],
        capture_output=True,
        text=True,
        env=shell,
        cwd=place.cwd,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (code, "", told)


def _on_terminal(typed: bytes, shell: dict[str, str], cwd: Path, *arguments: str) -> tuple[int, bytes, bytes]:
    """Run the program with a terminal for stdin and stderr; return its code, stdout and the screen."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.PIPE,
        env=shell,
        cwd=cwd,
        start_new_session=True,
    )
    os.close(theirs)
    screen = b""
    while b": " not in screen:
        screen += os.read(ours, 1024)
    os.write(ours, typed)
    out, _ = child.communicate(timeout=30)
    # What the child wrote last is still in the terminal's buffer; its end of it is closed.
    try:
        while more := os.read(ours, 1024):
            screen += more
    except OSError:
        pass
    os.close(ours)
    return child.returncode, out, screen


def test_the_password_is_asked_for_on_the_terminal(shell: dict[str, str], place: Workplace) -> None:
    """It is not echoed, and stdout stays clean for data."""
    arguments = ("config", "--ask-password", "--host", "h")
    code, out, screen = _on_terminal(SECRET.encode() + b"\n", shell, place.cwd, *arguments)
    assert code == 0
    assert b"Password for h:6379/0: " in screen
    assert SECRET.encode() not in screen + out
    assert b"***" in out


def test_no_password_at_the_prompt_is_refused(shell: dict[str, str], place: Workplace) -> None:
    """An empty answer is a slip."""
    code, out, screen = _on_terminal(b"\n", shell, place.cwd, "config", "--ask-password")
    assert (code, out) == (USAGE, b"")
    assert b"--ask-password: the password is empty" in screen


def test_without_a_terminal_nobody_is_asked(shell: dict[str, str], place: Workplace) -> None:
    """A script must not hang at a prompt that nobody sees."""
    run = subprocess.run(
        [*COMMAND, "config", "--ask-password"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=shell,
        cwd=place.cwd,
        check=False,
    )
    assert run.returncode == USAGE
    assert run.stderr == b"maestro-tui: --ask-password: there is no terminal to ask on\n"


@pytest.mark.parametrize(
    "line",
    ["--version", "--help", "-h", "status --help", "check -h", "init -h", "demo --help", "requeue -h", "undo -h"],
)
def test_nothing_heavy_is_imported_for_help(line: str, shell: dict[str, str]) -> None:
    """They answer at once."""
    code = (
        "import sys; from maestro_tui.cli import main; code = main()\n"
        f"print(code, *[name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, *line.split()], capture_output=True, text=True, env=shell, check=False
    )
    assert run.stderr.splitlines() == ["0"]
    assert "maestro-tui" in run.stdout


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("maestro-tui st", ["status"]),
        ("maestro-tui re", ["redrive", "requeue"]),
        ("maestro-tui requeue --over", ["--override"]),
        ("maestro-tui requeue healing --override r", ["running"]),
    ],
)
def test_completion_completes(shell: dict[str, str], words: str, found: list[str]) -> None:
    """What the script of bash asks for, is answered."""
    last = str(len(words.split()) - 1)
    asked = {"_MAESTRO_TUI_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": last}
    run = subprocess.run([*COMMAND], capture_output=True, text=True, env=shell | asked, check=False)
    assert run.stdout.split() == [f"plain,{word}" for word in found]
