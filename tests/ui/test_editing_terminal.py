"""Edit & requeue on a real terminal and a real server: the editor has the terminal, and gives it back."""

import os
import signal
import stat
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.running import PAIRS, at, run
from tests.patience import PATIENCE_S
from tests.servers import Server
from tests.terminal import Terminal

STREAM, GROUP = PAIRS[1]
PAYLOAD = b'{"test_id": "checkout-1",  "n": 1.10}'

EDITOR = """
import os, pathlib, sys, time
home, path = pathlib.Path({home!r}), pathlib.Path(sys.argv[1])
turn = len(list(home.glob("seen*"))) + 1
(home / f"modes{{turn}}").write_text(f"{{path.stat().st_mode & 0o777:o}} {{path.parent.stat().st_mode & 0o777:o}}")
(home / f"path{{turn}}").write_text(str(path))
(home / f"seen{{turn}}").write_bytes(path.read_bytes())
print("EDITOR AT WORK", flush=True)
while (home / "wait").exists():
    time.sleep(0.02)
text = path.read_text()
{body}
"""


@pytest.fixture
def pending(redis70: Server) -> Server:
    """A server on which one entry of the healing group is pending."""
    run("init", "--yes", *at(redis70))
    with redis70.client() as client:
        client.xadd(STREAM, {"type": "heal_test", "payload": PAYLOAD, "timestamp": "1795354642"})
        client.xreadgroup(GROUP, "worker-1", {STREAM: ">"})
        id = client.xpending_range(STREAM, GROUP, "-", "+", 1)[0]["message_id"]
        client.xclaim(STREAM, GROUP, "worker-1", 0, [id], idle=4_000_000, justid=True)
        # Its holder has come back for more since.
        client.xadd(STREAM, {"type": "later"})
        client.xreadgroup(GROUP, "worker-1", {STREAM: ">"})
        client.xack(STREAM, GROUP, client.xpending_range(STREAM, GROUP, "-", "+", 9)[1]["message_id"])
    return redis70


def editor(home: Path, body: str) -> dict[str, str]:
    """An editor that does this with the `text` of the `path` it is given."""
    script = home / "editor.py"
    script.write_text(EDITOR.format(home=str(home), body=textwrap.dedent(body)))
    # A short name: what is said of it must not break where the path of an environment is long.
    program = home / "ed-test"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    program.chmod(0o700)
    path = f"{home}{os.pathsep}{os.environ['PATH']}"
    return {"EDITOR": program.name, "VISUAL": "", "XDG_STATE_HOME": str(home), "TMPDIR": str(home), "PATH": path}


def open_editor(screen: Terminal) -> None:
    """Go from the overview to the entry, and edit it."""
    screen.wait_for("▸ automation:healing", "● live")
    screen.press("enter")
    screen.wait_for("worker-1", "Pending 1")
    screen.press("enter")
    screen.wait_for("checkout-1")
    screen.press("e")


def until(true: Callable[[], bool], screen: Terminal) -> None:
    """Wait, reading what the program writes."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        screen.read()
        assert time.monotonic() < deadline, screen.text


def left_over(home: Path) -> list[str]:
    """The private directories that are still there."""
    return [one.name for one in home.iterdir() if one.name.startswith("maestro-tui-")]


def test_what_was_mended_becomes_a_new_entry(pending: Server, tmp_path: Path) -> None:
    """Bad JSON goes back with the reason; then one key sends the copy and acknowledges the original."""
    body = """
    if turn == 1:
        path.write_text(text.replace('"n": 1.10', '"n": '))
    else:
        path.write_text(text.replace('"n": ', '"n": 2'))
    """
    with Terminal(at(pending), environ=editor(tmp_path, body)) as screen:
        open_editor(screen)
        screen.wait_for("edit", "y:")
        first, second = ((tmp_path / f"seen{turn}").read_text() for turn in (1, 2))
        assert '"n": 1.10' in first
        assert second.startswith("#! payload is no JSON")
        assert (tmp_path / "modes1").read_text() == "600 700"
        assert left_over(tmp_path) == []
        screen.press("y")
        screen.wait_for("Done.")
        with pending.client() as client:
            entries = client.xrange(STREAM)
            assert len(entries) == 3
            copy = entries[-1][1]
            assert list(copy.items())[:3] == [
                (b"type", b"heal_test"),
                (b"payload", b'{"test_id":"checkout-1","n":2}'),
                (b"timestamp", b"1795354642"),
            ]
            assert client.xpending(STREAM, GROUP)["pending"] == 0
        screen.press("escape")
        screen.wait_for("l shows it", without="esc closes")
        for shown in ("Consumers", "▸ automation:healing"):
            screen.press("q")
            screen.wait_for(shown)
        screen.press("q")
        assert screen.exit_code() == 0
        assert screen.given_back()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("", "Nothing was changed"),
        ("path.write_text('')", "The file was empty"),
        ("sys.exit(3)", "ended with code 3"),
        ("path.unlink(); path.mkdir()", "Is a directory"),
        ("path.write_text('no heading ### x\\n### ?'); path.parent.rename(home / 'gone')", "The file was empty"),
        ("path.write_text('### ?'); path.rename(home / 'x'); path.symlink_to(home / 'x')", "Nothing was sent."),
        ("path.write_text(text.replace('heal_test', 'h' * 9_000_000))", "more than the 8.0M"),
    ],
    ids=["unchanged", "empty", "failed", "a directory", "gone with its directory", "a link", "huge"],
)
def test_what_is_not_to_be_sent_is_not_sent(pending: Server, tmp_path: Path, body: str, told: str) -> None:
    """And it is said; the dashboard goes on."""
    with Terminal(at(pending), environ=editor(tmp_path, body)) as screen:
        open_editor(screen)
        screen.wait_for(told, "● live")
        assert left_over(tmp_path) == []
        with pending.client() as client:
            assert client.xlen(STREAM) == 2
            assert client.xpending(STREAM, GROUP)["pending"] == 1


def test_while_it_is_open_polling_goes_on_and_nothing_is_painted_over_it(pending: Server, tmp_path: Path) -> None:
    """The data are fresh when it closes, and the plan can be made."""
    (tmp_path / "wait").touch()
    with Terminal(
        at(pending), environ=editor(tmp_path, "path.write_text(text.replace('heal_test', 'heal'))")
    ) as screen:
        open_editor(screen)
        screen.wait_for("EDITOR AT WORK")
        assert b"\x1b[?1049l" in screen.raw
        with pending.client() as client:
            polls = client.info("commandstats")["cmdstat_xinfo|groups"]["calls"]
            screen.read(0.3)
            quiet = len(screen.raw)
            until(lambda: client.info("commandstats")["cmdstat_xinfo|groups"]["calls"] > polls + 12, screen)
        assert len(screen.raw) == quiet
        (tmp_path / "wait").unlink()
        screen.wait_for("y:", "edit")


def test_ctrl_c_belongs_to_the_editor(pending: Server, tmp_path: Path) -> None:
    """It reaches every program of the terminal; the dashboard must not end of it."""
    (tmp_path / "wait").touch()
    with Terminal(at(pending), environ=editor(tmp_path, "")) as screen:
        open_editor(screen)
        screen.wait_for("EDITOR AT WORK")
        # What the terminal does; a pty that nobody controls does not.
        os.killpg(screen.process.pid, signal.SIGINT)
        screen.wait_for("was ended by signal 2", "● live")
        assert left_over(tmp_path) == []


def test_a_signal_ends_both_and_leaves_nothing_behind(pending: Server, tmp_path: Path) -> None:
    (tmp_path / "wait").touch()
    with Terminal(at(pending), environ=editor(tmp_path, "")) as screen:
        open_editor(screen)
        screen.wait_for("EDITOR AT WORK")
        path = Path((tmp_path / "path1").read_text())
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        screen.signal(signal.SIGTERM)
        assert screen.exit_code() == 128 + signal.SIGTERM
        assert screen.given_back()
        assert not path.parent.exists()
