"""From an address to a connection: timeouts, TLS, who we are, and nothing that retries behind our back."""

import logging
from typing import Any, Final

from redis.asyncio import Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.maint_notifications import MaintNotificationsConfig
from redis.utils import HIREDIS_AVAILABLE

from maestro_tui.domain.config import Address, Config, Tls
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.gateway.link import Link

_LOGGERS: Final = ("asyncio", "redis", "push_response")


def reading_link(config: Config) -> Link:
    """Prepare the connection that polls: a command whose connection is lost is sent once more."""
    return _link(config, retries=1)


def writing_link(config: Config) -> Link:
    """Prepare the connection that writes: whatever happens, a command is sent once."""
    return _link(config, retries=0)


def _link(config: Config, *, retries: int) -> Link:
    if not HIREDIS_AVAILABLE:
        # Without it the same poll takes four times the time of the event loop (measured: 77-92 us a command
        # against 19-25), which is seen as a stuttering screen.
        sentence = "The package hiredis, which reads Redis' replies, is missing."
        raise Failure(Trouble("bug", sentence, "Install it: pip install 'redis[hiredis]'"))
    _keep_off_the_screen()
    return Link(_connection(config.address, config.timeout_s), config.address, config.timeout_s, retries=retries)


def _connection(address: Address, timeout_s: float) -> AbstractConnection:
    options: dict[str, Any] = {
        "db": address.db,
        "username": address.user,
        "password": address.password.reveal() if address.password else None,
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "protocol": 2,
        "decode_responses": False,
        # Its PING is refused while the server cannot save, and every read would fail with it (measured on 7.0.15).
        "health_check_interval": 0,
        # Ours is the one retry there is; redis-py's own would try a wrong password eleven times.
        "retry": Retry(NoBackoff(), 0),
        # 7.0 and older do not know CLIENT SETINFO and count it as an error reply: Link introduces us where it is known.
        "driver_info": None,
        "maint_notifications_config": MaintNotificationsConfig(enabled=False),
    }
    if address.socket is not None:
        return UnixDomainSocketConnection(path=address.socket, **options)
    if address.tls is not None:
        return SSLConnection(host=address.host, port=address.port, **_tls_options(address.tls), **options)
    return Connection(host=address.host, port=address.port, **options)


def _tls_options(tls: Tls) -> dict[str, Any]:
    return {
        "ssl_cert_reqs": "required" if tls.verify else "none",
        "ssl_check_hostname": tls.verify and tls.check_hostname,
        "ssl_ca_certs": tls.ca_file,
        "ssl_certfile": tls.cert_file,
        "ssl_keyfile": tls.key_file,
        # None would have OpenSSL ask for the passphrase of an encrypted key on the terminal.
        "ssl_password": "",
    }


def _keep_off_the_screen() -> None:
    """Give the libraries' loggers somewhere to go: without a handler Python prints their warnings on stderr."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers):
            logger.addHandler(logging.NullHandler())
