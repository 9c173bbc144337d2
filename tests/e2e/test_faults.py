"""Every fault, as a command meets it: one clear sentence, the right exit code, no traceback, no secret."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import FreshServer
from tests.e2e.running import STREAMS, at, run, told
from tests.servers import HOST, Server

SECRET = "made-up-hunter2"


@contextlib.contextmanager
def listener(answer: bytes | None) -> Iterator[int]:
    """Listen on a port of loopback; answer whatever comes with these bytes, or never."""
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(0.1)
        ended = threading.Event()
        open_ones: list[socket.socket] = []

        def serve() -> None:
            while not ended.is_set():
                with contextlib.suppress(TimeoutError, OSError):
                    peer, _ = server.accept()
                    open_ones.append(peer)
                    if answer is not None:
                        peer.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            ended.set()
            thread.join()
            for peer in open_ones:
                peer.close()


def status_of(port: int, *more: str) -> "tuple[int, str]":
    """Run `status` against a port; return the exit code and the one sentence."""
    done = run("status", "--host", HOST, "--port", str(port), "--timeout", "1s", *more)
    return done.returncode, told(done)


def test_nobody_listens() -> None:
    with socket.create_server((HOST, 0)) as free:
        port = free.getsockname()[1]
    code, sentence = status_of(port)
    assert code == 3
    assert f"{HOST}:{port}" in sentence
    assert "refused" in sentence


def test_the_default_name_does_not_resolve() -> None:
    done = run("status", "--timeout", "2s")
    assert done.returncode == 3
    assert "localhost:27379" in told(done)


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00\xff\x00\r\n"]
)
def test_something_else_listens(answer: bytes) -> None:
    with listener(answer) as port:
        code, sentence = status_of(port)
    assert code == 3
    assert "not" in sentence
    assert "Redis" in sentence


def test_somebody_listens_and_never_answers() -> None:
    with listener(None) as port:
        code, sentence = status_of(port)
    assert code == 3
    assert "answer" in sentence


def test_wrong_and_missing_password(fresh_server: FreshServer, tmp_path: Path) -> None:
    server = fresh_server(password="right-one")
    secret = tmp_path / "password"
    secret.write_text(SECRET)
    wrong = run("status", *at(server), "--password-file", str(secret))
    missing = run("status", *at(server))
    for done in (wrong, missing):
        assert done.returncode == 3
        assert "password" in told(done)
        assert SECRET not in done.stdout + done.stderr
    counts = [dict(zip(row[::2], row[1::2], strict=True))[b"count"] for row in server.run("ACL", "LOG")]
    assert counts == [1]


def test_tls_mismatch_both_ways(fresh_server: FreshServer, redis70: Server) -> None:
    secured = fresh_server(tls="server")
    code, sentence = status_of(secured.port)
    assert (code, "TLS" in sentence) == (3, True)
    code, sentence = status_of(redis70.port, "--tls")
    assert (code, "TLS" in sentence) == (3, True)
    code, sentence = status_of(secured.port, "--tls")
    assert code == 3
    assert "certificate" in sentence


def test_tls_with_the_right_authority(fresh_server: FreshServer) -> None:
    server = fresh_server(tls="server")
    assert server.certificates is not None
    done = run("status", *at(server), "--tls", "--tls-ca", str(server.certificates.authority))
    assert done.returncode == 0, done.stderr


def test_a_replica_is_told(redis70: Server) -> None:
    redis70.run("REPLICAOF", HOST, "1")
    done = run("status", *at(redis70))
    assert done.returncode == 0
    assert "this is a replica" in done.stdout
    assert "the replica's link to its primary is down" in done.stdout


def test_a_user_who_may_not_look_at_one_stream(redis70: Server) -> None:
    redis70.run("XADD", STREAMS[0], "*", "type", "job")
    redis70.run("ACL", "SETUSER", "default", "resetkeys", f"~{STREAMS[1]}", f"~{STREAMS[2]}", f"~{STREAMS[3]}")
    done = run("status", *at(redis70))
    assert done.returncode == 0
    assert "denied" in done.stdout
    assert "no stream" in done.stdout


def test_settings_that_are_wrong(tmp_path: Path) -> None:
    broken = tmp_path / "config.toml"
    broken.write_text("[thresholds\n")
    unknown = tmp_path / "unknown.toml"
    unknown.write_text("pol_every = '1s'\n")
    for path, part in ((broken, "line 1"), (unknown, "pol_every")):
        done = run("status", "--config", str(path))
        assert done.returncode == 2
        assert part in told(done)


def test_foreign_keys_in_dotenv_do_no_harm(redis70: Server, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"REDIS_HOST={HOST}\nREDIS_PORT={redis70.port}\nDJANGO_SECRET={SECRET}\n")
    done = run("status", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert SECRET not in done.stdout + done.stderr
