"""Connection URLs, read strictly: what is not understood is refused, and nothing secret is repeated.

Libraries guess here (a missing `//` means localhost, `/abc` means database 0); an operator must not be
connected to a server other than the one named.
"""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from maestro_tui.settings.errors import did_you_mean
from maestro_tui.settings.parts import Parts

_SCHEMES: Mapping[str, bool] = {"redis": False, "rediss": True, "valkey": False, "valkeys": True}
_FILES = {"ssl_ca_certs": "tls_ca", "ssl_certfile": "tls_cert", "ssl_keyfile": "tls_key"}
_OPTIONS = ("db", *_FILES, "ssl_cert_reqs", "ssl_check_hostname")
_LARGEST_DB = 2**31 - 1
_TRUE, _FALSE = ("true", "1", "yes"), ("false", "0", "no")


def parse_url(url: str) -> Parts:
    """Read a URL into parts; raise ValueError with a sentence that repeats nothing but option names."""
    text = url.strip()
    if any(char.isspace() or not char.isprintable() for char in text):
        raise ValueError("holds a space or a control character")
    scheme, sep, rest = text.partition("://")
    scheme = scheme.lower()
    if not sep:
        raise ValueError("is not a URL such as redis://host:6379/0 (the // is missing)")
    if scheme != "unix" and scheme not in _SCHEMES:
        raise ValueError("is not a redis://, rediss:// or unix:// URL")
    if "#" in rest:
        raise ValueError("holds a # (in a password it is written %23)")
    rest, _, query = rest.partition("?")
    if "@" in query:
        raise ValueError("holds a ? before the @ (in a password it is written %3F)")
    place = _unix(rest) if scheme == "unix" else _network(rest, _SCHEMES[scheme])
    return _with_options(place, query)


def _network(rest: str, tls: bool) -> Parts:
    netloc, _, path = rest.partition("/")
    if "@" in path:
        raise ValueError("holds a / before the @ (in a password it is written %2F)")
    userinfo, _, hostport = netloc.rpartition("@")
    user, password = _credentials(userinfo)
    host, port = _host_and_port(hostport)
    db = _db(path, "the path is not a database number such as /0") if path else None
    return Parts(host=host, port=port, db=db, user=user, password=password, tls=tls)


def _unix(rest: str) -> Parts:
    userinfo, at, path = rest.rpartition("@")
    if not path.startswith("/") or path == "/" or (at and "/" in userinfo):
        raise ValueError("names no socket such as unix:///run/redis.sock (three slashes)")
    user, password = _credentials(userinfo)
    return Parts(socket=_decode(path, "path"), user=user, password=password)


def _credentials(userinfo: str) -> tuple[str | None, str | None]:
    user, _, password = userinfo.partition(":")
    return _decode(user, "user") or None, _decode(password, "password") or None


def _host_and_port(hostport: str) -> tuple[str, int | None]:
    if hostport.startswith("["):
        host, closed, tail = hostport[1:].partition("]")
        if not closed or ":" not in host or (tail and not tail.startswith(":")):
            raise ValueError("holds an IPv6 address that is not written like [::1]:6379")
        port, colon = tail[1:], tail[:1]
    else:
        host, colon, port = hostport.partition(":")
        if ":" in port:
            raise ValueError("holds more than one : after the @ (an IPv6 address is written in brackets)")
    if not host:
        raise ValueError("names no host")
    return host, _port(port) if colon else None


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ValueError("the port is not a number from 1 to 65535")
    return int(text)


def _db(text: str, problem: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) > _LARGEST_DB:
        raise ValueError(problem)
    return int(text)


def _with_options(place: Parts, query: str) -> Parts:
    """Apply the options of a URL: few, known, and none of them twice."""
    given: dict[str, object] = {}
    for pair in query.split("&") if query else ():
        key, _, raw = pair.partition("=")
        if key not in _OPTIONS:
            named = repr(key) if re.fullmatch(r"[A-Za-z0-9_.-]{1,40}", key) else "that cannot be shown"
            raise ValueError(f"has an unknown option {named}{did_you_mean(key, _OPTIONS)}")
        if key != "db" and not place.tls:
            raise ValueError(f"has the option {key!r}, which needs rediss://")
        name, value = _option(key, _decode(raw, key))
        if name in given:
            raise ValueError(f"has the option {key!r} twice")
        given[name] = value
    if place.db is not None and given.get("db", place.db) != place.db:
        raise ValueError("names one database in the path and another in ?db=")
    return Parts(**given).over(place)  # type: ignore[arg-type]


def _option(key: str, value: str) -> tuple[str, object]:
    if not value:
        raise ValueError(f"has an empty option {key!r}")
    if key == "db":
        return "db", _db(value, "the option 'db' is not a database number")
    if key in _FILES:
        return _FILES[key], value
    if key == "ssl_cert_reqs":
        if value not in ("required", "none"):
            raise ValueError("the option 'ssl_cert_reqs' is neither required nor none")
        return "tls_insecure", value == "none"
    if value.lower() not in _TRUE + _FALSE:
        raise ValueError(f"the option {key!r} is neither true nor false")
    return "tls_no_hostname", value.lower() in _FALSE


def _decode(text: str, what: str) -> str:
    """Undo percent-encoding, strictly: a stray % is a password that was not encoded."""
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise ValueError(f"holds a % in the {what} that is not written %25")
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError(f"the {what} is not UTF-8 text") from None
