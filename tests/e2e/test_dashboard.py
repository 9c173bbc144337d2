"""The dashboard in a real terminal, on a real server, in good times and bad."""

import signal
import time
from pathlib import Path

import pytest

from tests.conftest import FreshServer
from tests.e2e.running import PAIRS, STREAMS, at, run
from tests.servers import Server
from tests.terminal import Terminal


def groups(server: Server, stream: str) -> list[tuple[bytes, bytes]]:
    """Return a stream's groups with their last-delivered IDs."""
    with server.client() as client:
        return [(group["name"], group["last-delivered-id"]) for group in client.xinfo_groups(stream)]


def test_i_alone_creates_all_four_and_again_says_nothing_is_missing(redis70: Server, tmp_path: Path) -> None:
    with Terminal(at(redis70), environ={"XDG_STATE_HOME": str(tmp_path)}) as screen:
        screen.wait_for("no stream", "automation:jobs")
        screen.press("i")
        screen.wait_for("● ok", without="no stream")
        for stream, group in PAIRS:
            assert groups(redis70, stream) == [(group.encode(), b"0-0")]
        screen.press("i")
        screen.wait_for("othing is missing")
        screen.press("q")
        assert screen.exit_code() == 0
        assert screen.given_back()


@pytest.mark.parametrize(("key", "delivers"), [("1", 5), ("2", 0)])
def test_a_choice_appears_where_entries_wait(redis70: Server, tmp_path: Path, key: str, delivers: int) -> None:
    stream, group = PAIRS[3]
    for _ in range(5):
        redis70.run("XADD", stream, "*", "type", "check")
    with Terminal(at(redis70), environ={"XDG_STATE_HOME": str(tmp_path)}) as screen:
        screen.wait_for("no group")
        screen.press("i")
        screen.wait_for("delivers 5 entries", "skips 5 entries")
        screen.press(key)
        screen.press("y")
        screen.wait_for(without="no group")
    with redis70.client() as client:
        read = client.xreadgroup(group, "worker-1", {stream: ">"}, count=100)
    assert sum(len(entries) for _, entries in read) == delivers


def test_a_killed_server_leaves_old_data_with_its_age_and_comes_back(fresh_server: FreshServer) -> None:
    server = fresh_server()
    run("init", "--yes", *at(server))
    with Terminal(at(server)) as screen:
        screen.wait_for("● ok")
        server.kill()
        screen.wait_for("stale", "old")
        server.restart()
        screen.wait_for("● live", without="stale")
        # The restarted server is empty, and the screen says so instead of showing what was.
        screen.wait_for("no stream")


def test_a_stopped_server_is_told_within_seconds_and_picked_up_again(fresh_server: FreshServer) -> None:
    server = fresh_server()
    run("init", "--yes", *at(server))
    with Terminal([*at(server), "--timeout", "1s"]) as screen:
        screen.wait_for("● ok")
        server.stop_process()
        stopped = time.monotonic()
        screen.wait_for("stale")
        assert time.monotonic() - stopped < 8
        while time.monotonic() - stopped < 10:
            screen.read(0.2)
        assert "live 1" not in screen.line("stale")
        server.resume()
        screen.wait_for("● ok", without="stale")


def test_a_server_that_is_not_there_yet_is_waited_for(fresh_server: FreshServer) -> None:
    server = fresh_server()
    server.kill()
    with Terminal(at(server)) as screen:
        screen.wait_for("refused")
        server.restart()
        screen.wait_for("no stream")


def test_a_wrong_password_is_tried_once(fresh_server: FreshServer, tmp_path: Path) -> None:
    server = fresh_server(password="right-one")
    secret = tmp_path / "password"
    secret.write_text("made-up-wrong-one")
    with Terminal([*at(server), "--password-file", str(secret)]) as screen:
        screen.wait_for("password")
        screen.read(3)
        assert "made-up" not in screen.text
        log = server.run("ACL", "LOG")
        assert len(log) == 1
        entry = dict(zip(log[0][::2], log[0][1::2], strict=True))
        assert entry[b"count"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_signals_give_the_terminal_back(redis70: Server, number: signal.Signals) -> None:
    with Terminal(at(redis70)) as screen:
        screen.wait_for("automation:jobs")
        screen.signal(number)
        assert screen.exit_code() == 128 + number
        assert screen.given_back()


def test_a_tiny_terminal_gets_one_sentence(redis70: Server) -> None:
    with Terminal(at(redis70), columns=20, lines=5) as screen:
        screen.wait_for("40x10")


@pytest.mark.parametrize(("columns", "lines"), [(40, 10), (80, 24), (160, 48)])
def test_any_size_shows_the_streams(redis70: Server, columns: int, lines: int) -> None:
    run("init", "--yes", *at(redis70))
    with Terminal(at(redis70), columns=columns, lines=lines) as screen:
        screen.wait_for("STREAM", "STATE", "ok")


def test_no_byte_of_a_hostile_name_or_payload_reaches_the_terminal(redis70: Server) -> None:
    evil = b"\x1b]52;c;cHduZWQ=\x07[@click=app.quit]x[/]\xe2\x80\xae\xff"
    for stream in (STREAMS[0], b"maestro:streams:" + evil):
        redis70.run("XADD", stream, "*", evil, evil)
        redis70.run("XGROUP", "CREATE", stream, evil, "0")
        redis70.run("XREADGROUP", "GROUP", evil, evil, "STREAMS", stream, ">")
    with Terminal(at(redis70), columns=160, lines=48) as screen:
        screen.wait_for("it]x[/]")
        screen.press("G", "enter")
        screen.wait_for("quit]x[/]", without="STREAM")
        assert screen.process.poll() is None
        assert b"]52;" not in screen.raw.replace(b"\\x1b]52;", b"")
        assert "\u202e".encode() not in screen.raw


def test_without_a_terminal_one_sentence() -> None:
    done = run()
    assert done.returncode == 2
    assert "maestro-tui status" in done.stderr


def test_the_group_screen_opens_and_closes(redis70: Server) -> None:
    stream, group = PAIRS[0]
    run("init", "--yes", *at(redis70))
    redis70.run("XADD", stream, "*", "type", "job", "payload", '{"id": 77}')
    redis70.run("XREADGROUP", "GROUP", group, "worker-1", "STREAMS", stream, ">")
    with Terminal(at(redis70)) as screen:
        screen.wait_for("automation:jobs")
        screen.press("down")
        screen.press("g", "enter")
        screen.wait_for("worker-1", '{"id": 77}')
        screen.press("escape")
        screen.wait_for("STREAM", "STATE")
        screen.press("q")
        assert screen.exit_code() == 0
