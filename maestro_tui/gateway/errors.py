"""What goes wrong between us and a server, told so that an operator can act on it."""

import re
import socket
import ssl
from collections.abc import Iterator
from typing import Final

from redis import exceptions

from maestro_tui.domain.config import Address
from maestro_tui.domain.text import visible
from maestro_tui.domain.trouble import Trouble

_PUBLISHED: Final = "localhost:27379"
"""Where the platform publishes its Redis on the host; its own name exists only inside its network."""

_MAX_CLIENTS: Final = "max number of clients reached"


def is_answer(error: BaseException) -> bool:
    """Tell whether this `ConnectionError` is something the server said: then asking again would hear it again."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLEOFError | ssl.SSLZeroReturnError) for cause in causes):
        return False
    refusals = (exceptions.AuthenticationError, exceptions.BusyLoadingError, ssl.SSLError)
    return any(isinstance(cause, refusals) or _MAX_CLIENTS in str(cause) for cause in causes)


def connection_trouble(error: BaseException, address: Address, *, answered: bool) -> Trouble:
    """Tell why a connection could not be made or was lost; `answered`: it had worked before."""
    causes = list(_causes(error))
    for cause in causes:
        trouble = _by_answer(cause, address) or _by_tls(cause, address) or _by_system(cause, address)
        if trouble is not None:
            return trouble
    if any(isinstance(cause, exceptions.InvalidResponse) for cause in causes):
        return _not_redis(str(error), address)
    if any(isinstance(cause, exceptions.TimeoutError | TimeoutError) for cause in causes):
        return _timeout(address, connecting="connecting" in str(error), answered=answered)
    if any(isinstance(cause, exceptions.ConnectionError | OSError) for cause in causes):
        return _closed(address, answered=answered)
    sentence = f"What {_at(address)} answered cannot be understood{_quoted(error, address)}."
    return Trouble("protocol", sentence, "Check that this address is a Redis or Valkey server.")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, what it wraps, and what it was raised from: redis-py folds all of them into ConnectionError."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        cause = todo.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        todo += [arg for arg in cause.args if isinstance(arg, BaseException)]
        todo += [cause.__cause__, cause.__context__]


def _at(address: Address) -> str:
    return visible(str(address))


def _quoted(error: BaseException, address: Address) -> str:
    """The error's own words, unless there is a password: a server that does not know AUTH repeats what it was sent."""
    return "" if address.password is not None else f": {visible(str(error), 200)}"


def _by_answer(error: BaseException, address: Address) -> Trouble | None:
    """Tell what the server said instead of letting us in."""
    text, at = str(error), _at(address)
    if isinstance(error, exceptions.BusyLoadingError):
        return Trouble(
            "loading", f"{at} is loading its data into memory and answers no questions yet.", "Wait until it is done."
        )
    if _MAX_CLIENTS in text:
        sentence = f"{at} takes no more clients: its limit (maxclients) is reached."
        return Trouble("full", sentence, "Close other clients or raise maxclients; INFO clients tells how many.")
    if isinstance(error, exceptions.AuthenticationError):
        return _login(text, address)
    if isinstance(error, exceptions.NoPermissionError):
        sentence = f"{_user(address)} may not use database {address.db} at {at}."
        return Trouble("denied", sentence, _grant(address, "+select"))
    if "DB index is out of range" in text or "SELECT is not allowed" in text:
        return Trouble("auth", f"{at} has no database {address.db}.", "Choose another database; 0 always exists.")
    if isinstance(error, exceptions.ResponseError):
        sentence = f"{at} refused the connection{_quoted(error, address)}."
        return Trouble("protocol", sentence, "Check that this address is a Redis or Valkey server.")
    return None


def _login(text: str, address: Address) -> Trouble:
    at = _at(address)
    if "without any password configured" in text or "no password is set" in text:
        sentence = f"A password was given, but {at} has none configured."
        return Trouble("auth", sentence, "Leave the password out, or check that this is the right server.")
    if address.password is None:
        sentence = f"{at} asks for a password and none was given."
        step = "Give one with MAESTRO_REDIS_PASSWORD, MAESTRO_REDIS_PASSWORD_FILE or --ask-password."
        return Trouble("auth", sentence, step)
    sentence = f"{at} did not accept the password of {_user(address)}, or that user does not exist or is disabled."
    return Trouble("auth", sentence, "Check user and password; a wrong one is not tried again by itself.")


def _by_tls(error: BaseException, address: Address) -> Trouble | None:
    if address.tls is None or not isinstance(error, ssl.SSLError):
        return None
    at = _at(address)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error.verify_message, address)
    reason = (error.reason or str(error)).upper()
    if "CERTIFICATE_REQUIRED" in reason or "HANDSHAKE_FAILURE" in reason:
        sentence = f"{at} asks for a client certificate and accepted none."
        return Trouble("auth", sentence, "Give one with --tls-cert and --tls-key.")
    if "UNKNOWN_CA" in reason or "BAD_CERTIFICATE" in reason:
        sentence = f"{at} does not accept our client certificate."
        return Trouble("auth", sentence, "Use one signed by the authority that the server trusts.")
    if isinstance(error, ssl.SSLEOFError) or "WRONG_VERSION" in reason or "RECORD_LAYER" in reason:
        sentence = f"{at} does not speak TLS."
        return Trouble("unreachable", sentence, "Use redis:// instead of rediss://, or the server's TLS port.")
    sentence = f"TLS with {at} failed: {visible(reason.lower().replace('_', ' '), 80)}."
    return Trouble("unreachable", sentence, "Check the certificate files and the server's TLS port.")


def _certificate(why: str, address: Address) -> Trouble:
    at, shown = _at(address), visible(why, 120).rstrip(".")
    if "mismatch" in why:
        sentence = f"The certificate of {at} is for another name: {shown}."
        return Trouble("unreachable", sentence, "Connect by a name the certificate holds, or check whose server it is.")
    if "expired" in why or "not yet valid" in why:
        sentence = f"The certificate of {at} is out of date: {shown}."
        return Trouble("unreachable", sentence, "Renew it, and check this machine's clock.")
    sentence = f"The certificate of {at} is not trusted: {shown}."
    return Trouble("unreachable", sentence, "Name the authority that signed it with --tls-ca.")


def _by_system(error: BaseException, address: Address) -> Trouble | None:
    """Tell what this machine said: no such name, nobody listening, no such file."""
    at, text = _at(address), str(error)
    # UnicodeError itself is what an impossible host name raises; its subclasses come from text that cannot be read.
    if isinstance(error, socket.gaierror) or type(error) is UnicodeError:
        sentence = f"The name {visible(address.host)} does not resolve here."
        step = f"From the host itself the platform's Redis is at {_PUBLISHED}; elsewhere check the name."
        return Trouble("unreachable", sentence, step)
    if not isinstance(error, OSError) or isinstance(error, ssl.SSLError):
        return None
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError):
        return _file(error, address)
    # Several addresses that all refuse (localhost: ::1 and 127.0.0.1) come as one OSError without a number.
    if isinstance(error, ConnectionRefusedError) or "Errno 111" in text or "Errno 61" in text:
        step = "Start the server, or check host and port."
        if address.socket is None and address.port == 6379:
            step = f"Start the server, or check host and port: the platform publishes its Redis at {_PUBLISHED}."
        return Trouble("unreachable", f"Nothing listens at {at}: connection refused.", step)
    if re.search(r"unreachable|No route to host", text):
        return Trouble("unreachable", f"There is no way to {at} from here.", "Check the network, VPN or port-forward.")
    return None


def _file(error: OSError, address: Address) -> Trouble:
    problem = "does not exist" if isinstance(error, FileNotFoundError) else "may not be used by this user"
    if address.socket is not None:
        sentence = f"The socket {visible(address.socket)} {problem}."
        return Trouble("unreachable", sentence, "Check the path, and that the server listens on a socket.")
    return Trouble("unreachable", f"A certificate or key file {problem}.", "Check --tls-ca, --tls-cert and --tls-key.")


def _not_redis(text: str, address: Address) -> Trouble:
    at = _at(address)
    got = re.search(r'got "(\\x)?(.)', text)
    first = got.group(2) if got and not got.group(1) else ""
    if got and 'got "\\x15"' in text:
        return Trouble("unreachable", f"{at} speaks TLS.", "Use rediss:// instead of redis://.")
    seems = {"H": " It looks like a web server.", "S": " It looks like an SSH server."}.get(first, "")
    sentence = f"What listens at {at} does not speak the Redis protocol.{seems}"
    return Trouble("protocol", sentence, "Check host and port.")


def _timeout(address: Address, *, connecting: bool, answered: bool) -> Trouble:
    at = _at(address)
    if connecting:
        sentence = f"{at} did not accept a connection in time."
        step = "Check the network and whether a firewall drops packets, or raise --timeout."
        if address.tls is not None:
            step = "Check that this port speaks TLS (a plain one keeps silent), and the network; or raise --timeout."
        return Trouble("unreachable", sentence, step)
    sentence = f"{at} accepted the connection but did not answer in time."
    if answered:
        step = "It may hang, swap, or run a long command; look at the machine it runs on."
        return Trouble("unreachable", sentence, step)
    step = "It may hang or run a long command, or be no Redis at all; or raise --timeout."
    return Trouble("unreachable", sentence, step)


def _closed(address: Address, *, answered: bool) -> Trouble:
    at = _at(address)
    if answered:
        return Trouble("unreachable", f"{at} closed the connection.", "Was it restarted or killed?")
    sentence = f"{at} closed the connection without an answer."
    if address.tls is None:
        return Trouble("unreachable", sentence, "If the port speaks TLS, use rediss:// instead of redis://.")
    step = "If the server asks for a client certificate, give --tls-cert and --tls-key."
    return Trouble("unreachable", sentence, step)


def _user(address: Address) -> str:
    return f"user {visible(address.user or 'default')}"


def _grant(address: Address, rule: str) -> str:
    return f"Grant it: ACL SETUSER {visible(address.user or 'default')} {rule}"
