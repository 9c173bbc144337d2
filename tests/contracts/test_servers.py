"""The servers of the tests keep their own promises, or no other test means anything."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from textual import constants

from tests import environment
from tests.conftest import FreshServer
from tests.servers import Server, wait_until


def test_each_kind_is_what_it_says(server: Server) -> None:
    """The tests know servers by kind, so the kind must be true of the one that runs."""
    info = server.client().info("server")
    version = info.get("valkey_version", info["redis_version"])
    assert version == server.binary.version
    assert server.kind == ("valkey-" if "valkey_version" in info else "redis-") + ".".join(version.split(".")[:2])


@pytest.mark.parametrize("turn", [1, 2])
def test_a_shared_server_is_handed_out_empty(server: Server, turn: int) -> None:
    """What one test leaves behind must not reach the next."""
    client = server.client()
    assert client.dbsize() == 0
    assert client.acl_users() == ["default"]
    assert client.config_get("maxmemory")["maxmemory"] == "0"
    client.xadd("left:behind", {"turn": turn})
    client.acl_setuser("guest", enabled=True, nopass=True)
    client.config_set("maxmemory", "50mb")


def test_a_killed_server_comes_back_on_its_port(fresh_server: FreshServer) -> None:
    """Tests of lost connections need the same address to work again."""
    server = fresh_server()
    port = server.port
    server.kill()
    with pytest.raises(redis.ConnectionError):
        server.client().ping()
    server.restart()
    assert server.port == port
    assert server.client().ping()


def test_a_stopped_server_hangs_until_resumed(fresh_server: FreshServer) -> None:
    """A server that hangs is another trouble than one that is gone."""
    server = fresh_server()
    server.stop_process()
    with pytest.raises(redis.TimeoutError):
        server.client(socket_timeout=0.1).ping()
    server.resume()
    assert server.client().ping()


def test_configuration_password_and_users_are_in_force(fresh_server: FreshServer) -> None:
    """The address the server names must be one that works."""
    server = fresh_server(password="s3/cr@t", users=["guest on >pw ~* +ping"], config=["databases 4"])
    assert redis.Redis.from_url(server.url(db=3)).ping()
    assert redis.Redis.from_url(server.url(user="guest", password="pw")).ping()
    assert redis.Redis.from_url(server.url(unix=True)).ping()
    with pytest.raises(redis.ResponseError, match="out of range"):
        redis.Redis.from_url(server.url(db=4)).ping()
    with pytest.raises(redis.AuthenticationError):
        server.client(password=None).ping()


@pytest.mark.parametrize("tls", ["server", "mutual"])
def test_tls_asks_for_a_client_certificate_only_when_mutual(fresh_server: FreshServer, tls: str) -> None:
    """Both ways of using certificates occur in the field."""
    server = fresh_server(tls=tls)
    assert server.client().ping()
    stranger = server.client(ssl_certfile=None, ssl_keyfile=None)
    if tls == "mutual":
        with pytest.raises(redis.ConnectionError):
            stranger.ping()
    else:
        assert stranger.ping()


def test_a_replica_follows(fresh_server: FreshServer) -> None:
    """A replica counts as started once it has its primary's data."""
    primary = fresh_server(password="primary")
    primary.client().set("key", "value")
    assert fresh_server(replica_of=primary).client().get("key") == b"value"


def test_no_server_outlives_a_killed_test_run(tmp_path: Path) -> None:
    """Otherwise each interrupted run would leave its servers on the developer's machine."""
    if not sys.platform.startswith("linux"):
        pytest.skip("only Linux kills children with their parent")
    code = "from tests.servers import *; s = Server().start(); print(s.pid, flush=True); input()"
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert parent.stdin
    assert parent.stdout
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdin.close()
    parent.stdout.close()
    wait_until(lambda: not _exists(child), "the orphan to die")


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_environment_is_clean() -> None:
    """The developer's settings must decide nothing; a child process must import this checkout."""
    watched = {n for n in os.environ if n.startswith(("REDIS_", "TEXTUAL_", "MAESTRO_")) or n == "NO_COLOR"}
    # The second is set by the snapshot plugin, for itself.
    allowed = {"TEXTUAL_ANIMATIONS", "TEXTUAL_SNAPSHOT_TEMPDIR"}
    assert {n for n in watched if not n.startswith("MAESTRO_TEST_")} <= allowed
    assert constants.TEXTUAL_ANIMATIONS == "none"
    assert os.environ["HOME"] != environment.ORIGINAL.get("HOME")
    code = "import maestro_tui; print(maestro_tui.__file__)"
    run = subprocess.run([sys.executable, "-c", code], cwd="/", capture_output=True, text=True, check=True)
    assert run.stdout.startswith(str(environment.ROOT))
