"""Connections that cannot be made: each cause has a sentence of its own, a next step, and no secret in it."""

import logging
import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
import trustme

from maestro_tui.domain.config import Address, Secret, Tls
from maestro_tui.domain.trouble import Failure, Fault, Trouble
from maestro_tui.gateway import connect
from tests.conftest import FreshServer
from tests.gateway.conftest import OpenReader, Where
from tests.gateway.peers import answering, peer, saying, silent
from tests.gateway.rig import JOBS, address_of, config_of, fill, stream_of
from tests.servers import HOST, Server, wait_until

SECRET = "hunter2-do-not-show"


async def _trouble(open_reader: OpenReader, where: Where) -> Trouble:
    with pytest.raises(Failure) as caught:
        await open_reader(where).poll(None)
    assert SECRET not in str(caught.value)
    return caught.value.trouble


def _is(trouble: Trouble, fault: Fault, sentence: str, step: str) -> None:
    assert trouble.fault == fault, trouble
    assert sentence in trouble.sentence, trouble
    assert step in trouble.next_step, trouble


def _unused_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


async def test_nobody_listens(open_reader: OpenReader) -> None:
    """The commonest mistake is the port."""
    port = _unused_port()
    _is(await _trouble(open_reader, Address(HOST, port)), "unreachable", f"{HOST}:{port}/0", "host and port")


async def test_nobody_listens_on_any_address_of_a_name(open_reader: OpenReader) -> None:
    """`localhost` has two addresses on many machines, and both refuse in one error."""
    trouble = await _trouble(open_reader, Address("localhost", _unused_port()))
    _is(trouble, "unreachable", "connection refused", "host and port")


async def test_a_name_that_does_not_resolve(open_reader: OpenReader) -> None:
    """The default name exists only inside the platform's network: from the host it is another address."""
    trouble = await _trouble(open_reader, Address("maestro-redis.invalid"))
    _is(trouble, "unreachable", "maestro-redis.invalid does not resolve", "localhost:27379")
    trouble = await _trouble(open_reader, Address("x" * 70 + ".invalid"))
    _is(trouble, "unreachable", "does not resolve", "localhost:27379")


async def test_a_wrong_password_is_tried_once(server: Server, open_reader: OpenReader) -> None:
    """Retrying it would lock accounts and fill the server's log."""
    server.run("ACL", "SETUSER", "ops", "on", f">{SECRET}x", "~*", "+@all")
    trouble = await _trouble(open_reader, address_of(server, user="ops", password=SECRET))
    _is(trouble, "auth", "did not accept the password of user ops", "Check user and password")
    log = server.client().acl_log()
    assert [(entry["reason"], entry["count"]) for entry in log] == [("auth", 1)]


async def test_a_disabled_user(redis70: Server, open_reader: OpenReader) -> None:
    """The server does not tell it from a wrong password, so neither can we."""
    redis70.run("ACL", "SETUSER", "ops", "off", f">{SECRET}", "~*", "+@all")
    trouble = await _trouble(open_reader, address_of(redis70, user="ops", password=SECRET))
    _is(trouble, "auth", "does not exist or is disabled", "Check user")


async def test_a_user_who_is_removed_while_connected(redis70: Server, open_reader: OpenReader) -> None:
    """Credentials are revoked in the middle of an incident too."""
    redis70.run("ACL", "SETUSER", "ops", "on", f">{SECRET}", "~*", "+@all")
    reader = open_reader(address_of(redis70, user="ops", password=SECRET))
    await reader.poll(None)
    redis70.run("ACL", "DELUSER", "ops")
    with pytest.raises(Failure) as caught:
        await reader.poll(None)
    assert caught.value.trouble.fault == "auth"


@pytest.mark.parametrize("unix", [False, True])
async def test_a_password_is_missing_wrong_or_superfluous(
    fresh_server: FreshServer, redis70: Server, open_reader: OpenReader, unix: bool
) -> None:
    """Three mistakes, three sentences; the socket has a way of its own to log in."""
    guarded = fresh_server(password="s3cret")
    address = address_of(guarded, unix=unix)
    assert (await open_reader(address).poll(None)).nodes[0].role == "master"
    none = await _trouble(open_reader, replace(address, password=None))
    _is(none, "auth", "asks for a password and none was given", "MAESTRO_REDIS_PASSWORD_FILE")
    wrong = await _trouble(open_reader, replace(address, password=Secret(SECRET)))
    _is(wrong, "auth", "did not accept the password of user default", "Check user and password")
    extra = await _trouble(open_reader, replace(address_of(redis70, unix=unix), password=Secret(SECRET)))
    _is(extra, "auth", "has none configured", "Leave the password out")


async def test_a_database_that_does_not_exist(redis70: Server, open_reader: OpenReader) -> None:
    """Sixteen by default."""
    trouble = await _trouble(open_reader, address_of(redis70, db=99))
    _is(trouble, "auth", "has no database 99", "0 always exists")


async def test_a_database_that_may_not_be_chosen(redis70: Server, open_reader: OpenReader) -> None:
    """SELECT needs a rule of its own."""
    redis70.run("ACL", "SETUSER", "ops", "on", f">{SECRET}", "~*", "+info")
    trouble = await _trouble(open_reader, address_of(redis70, user="ops", password=SECRET, db=1))
    _is(trouble, "denied", "user ops may not use database 1", "ACL SETUSER ops +select")


async def test_the_socket_is_another_way_in(redis70: Server, open_reader: OpenReader, tmp_path: Path) -> None:
    """On the server's own machine there may be no port at all."""
    fill(redis70.client(), JOBS, entries=2)
    seen = await open_reader(address_of(redis70, unix=True)).poll(None)
    assert stream_of(seen, JOBS).length == 2
    missing = await _trouble(open_reader, Address(socket=str(tmp_path / "none.sock")))
    _is(missing, "unreachable", "does not exist", "Check the path")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "looks like a web server"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "looks like an SSH server"),
        (b"\x1b]0;owned\x07", "does not speak the Redis protocol"),
    ],
)
async def test_something_else_listens_there(open_reader: OpenReader, answer: bytes, sentence: str) -> None:
    """What it says is not shown: it may be anything."""
    async with peer(saying(answer)) as address:
        trouble = await _trouble(open_reader, address)
    _is(trouble, "protocol", sentence, "Check host and port")
    assert "\x1b" not in str(trouble)


async def test_a_server_that_repeats_the_password(open_reader: OpenReader) -> None:
    """What does not know AUTH answers with all it was sent."""
    answer = f"-ERR unknown command `AUTH`, with args beginning with: `{SECRET}`, \r\n".encode()
    async with peer(answering(lambda _: answer)) as address:
        trouble = await _trouble(open_reader, replace(address, password=Secret(SECRET)))
    _is(trouble, "protocol", "refused the connection", "Redis or Valkey")


async def test_a_listener_that_never_answers(open_reader: OpenReader) -> None:
    """Nothing may wait for ever."""
    async with peer(silent) as address:
        trouble = await _trouble(open_reader, config_of(address, timeout_s=0.2))
    _is(trouble, "unreachable", "did not answer in time", "be no Redis at all")


async def test_no_more_clients(fresh_server: FreshServer, open_reader: OpenReader) -> None:
    """A full server says so, if it is asked the right way."""
    server = fresh_server(config=["maxclients 10"])
    clients = [server.client() for _ in range(9)]
    for client in clients:
        client.ping()
    wait_until(lambda: len(clients[0].client_list()) == 9, "nine clients")
    with socket.create_connection((HOST, server.port)):
        wait_until(lambda: len(clients[0].client_list()) == 10, "ten clients")
        trouble = await _trouble(open_reader, server)
    _is(trouble, "full", "takes no more clients", "maxclients")


def _tls(server: Server, *, certificate: bool = False, trusted: bool = True, checked: bool = True) -> Address:
    files = server.certificates
    assert files is not None
    return address_of(
        server,
        tls=Tls(
            ca_file=str(files.authority) if trusted else None,
            cert_file=str(files.client) if certificate else None,
            key_file=str(files.client_key) if certificate else None,
            verify=checked,
        ),
    )


@pytest.mark.parametrize("mode", ["server", "mutual"])
async def test_tls_with_certificates_that_fit(
    fresh_server: FreshServer, open_reader: OpenReader, mode: Literal["server", "mutual"]
) -> None:
    """Both ways of using certificates occur in the field."""
    server = fresh_server(tls=mode, password="s3cret")
    fill(server.client(), JOBS, entries=2)
    seen = await open_reader(_tls(server, certificate=mode == "mutual")).poll(None)
    assert stream_of(seen, JOBS).length == 2


async def test_tls_that_does_not_fit(fresh_server: FreshServer, open_reader: OpenReader) -> None:
    """Each way to fail says what to give or to change."""
    server = fresh_server(tls="mutual")
    fits = _tls(server, certificate=True)
    assert fits.tls is not None
    plain = replace(fits, tls=None)
    _is(await _trouble(open_reader, plain), "unreachable", "", "rediss://")
    strange = _tls(server, certificate=True, trusted=False)
    _is(await _trouble(open_reader, strange), "unreachable", "is not trusted", "--tls-ca")
    # Its alert may be overtaken by the end of the connection.
    bare = await _trouble(open_reader, _tls(server))
    assert "client certificate" in str(bare)
    assert "--tls-cert" in bare.next_step
    missing = replace(fits, tls=replace(fits.tls, ca_file="nowhere.pem"))
    _is(await _trouble(open_reader, missing), "unreachable", "file does not exist", "--tls-ca")
    unchecked = _tls(server, certificate=True, trusted=False, checked=False)
    assert (await open_reader(unchecked).poll(None)).nodes[0].role == "master"


@pytest.mark.parametrize(
    ("name", "age_days", "sentence"),
    [("elsewhere.test", 1, "is for another name"), (HOST, -1, "is out of date")],
)
async def test_a_certificate_that_is_not_good_for_here(
    open_reader: OpenReader, tmp_path: Path, name: str, age_days: int, sentence: str
) -> None:
    """Not the same as an unknown authority, and mended elsewhere."""
    authority, file = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    until = datetime.now(UTC) + timedelta(days=age_days)
    authority.issue_cert(name, not_before=until - timedelta(days=9), not_after=until).configure_cert(context)
    async with peer(silent, context) as address:
        trouble = await _trouble(open_reader, replace(address, tls=Tls(ca_file=str(file))))
    _is(trouble, "unreachable", sentence, "")


async def test_tls_towards_a_plain_port(redis70: Server, open_reader: OpenReader) -> None:
    """A plain server waits for more, or answers nonsense: both mean the same."""
    address = address_of(redis70, tls=Tls(verify=False))
    trouble = await _trouble(open_reader, config_of(address, timeout_s=0.3))
    assert trouble.fault == "unreachable"
    assert "TLS" in str(trouble)


async def test_without_hiredis_nothing_starts(
    redis70: Server, open_reader: OpenReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four times the time in the event loop is not a degraded mode but a broken screen."""
    monkeypatch.setattr(connect, "HIREDIS_AVAILABLE", False)
    _is(await _trouble(open_reader, redis70), "bug", "hiredis", "pip install")


async def test_nothing_is_printed_and_nothing_shows_the_password(
    fresh_server: FreshServer, open_reader: OpenReader, capfd: pytest.CaptureFixture[str]
) -> None:
    """A line on stderr tears the screen apart, and a repr may end up in a bug report."""
    server = fresh_server(password=SECRET)
    reader = open_reader(server)
    await reader.poll(None)
    for name in ("redis.asyncio.connection", "asyncio"):
        logging.getLogger(name).error("a warning of the library")
    server.kill()
    trouble = await _trouble(open_reader, reader._config)
    assert SECRET not in f"{reader!r} {vars(reader)!r} {trouble!r}"
    assert capfd.readouterr() == ("", "")
