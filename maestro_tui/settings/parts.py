"""The parts of an address, before they are one address; what is not given is None."""

import ipaddress
from dataclasses import dataclass, field, fields, replace
from typing import Self

from maestro_tui.domain.config import Address, Secret, Tls

TLS_FILES = ("tls_ca", "tls_cert", "tls_key")
_NOT_IN_HOST = frozenset("/\\?#@,;:%[]<>\"'`|^{}()$&*=+! ")


@dataclass(frozen=True, slots=True)
class Parts:
    """What one source says of the address."""

    host: str | None = None
    port: int | None = None
    db: int | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    socket: str | None = None
    tls: bool | None = None
    tls_ca: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None
    tls_insecure: bool | None = None
    tls_no_hostname: bool | None = None

    def given(self) -> dict[str, object]:
        """Return the parts that are given, by name."""
        pairs = ((part.name, getattr(self, part.name)) for part in fields(self))
        return {name: value for name, value in pairs if value is not None}

    def conflict(self, other: Self) -> str | None:
        """Return the name of a part that both give differently."""
        theirs = other.given()
        for name, value in self.given().items():
            if name in theirs and theirs[name] != value:
                return name
        if (self.socket and (other.host or other.port)) or (other.socket and (self.host or self.port)):
            return "socket"
        return None

    def over(self, base: Self) -> Self:
        """Return `base` with the parts that are given here."""
        return replace(base, **self.given())  # type: ignore[arg-type]

    def problem(self) -> tuple[str, str] | None:
        """Return the part by which these cannot be one address, and why."""
        details = [name for name in self.given() if name.startswith("tls_") and getattr(self, name)]
        if self.socket is not None:
            if self.host is not None or self.port is not None:
                return "socket", "a socket has neither host nor port"
            if self.tls or details:
                return "socket", "a socket does not speak TLS"
        if details and self.tls is False:
            return details[0], "needs TLS, and TLS is off (rediss:// or tls = true switches it on)"
        if self.tls_key is not None and self.tls_cert is None:
            return "tls_key", "needs a certificate as well"
        if self.host is not None and (why := _host_problem(self.host)):
            return "host", why
        # A user alone is nearly always a password in the wrong place, and would be shown as a user.
        if self.user not in (None, "default") and self.password is None:
            return (
                "user",
                "a user needs a password (in a URL, a password alone is written redis://:PASSWORD@host)",
            )
        return None

    def address(self) -> Address:
        """Make the address; what no source gives has the platform's default."""
        named = {
            name: value
            for name in ("host", "port", "db", "user", "socket")
            if (value := getattr(self, name)) is not None
        }
        password = Secret(self.password) if self.password else None
        return Address(**named, password=password, tls=self._tls())

    def _tls(self) -> Tls | None:
        details = any(getattr(self, name) for name in self.given() if name.startswith("tls_"))
        if not (self.tls or details):
            return None
        return Tls(
            ca_file=self.tls_ca,
            cert_file=self.tls_cert,
            key_file=self.tls_key,
            verify=not self.tls_insecure,
            check_hostname=not (self.tls_insecure or self.tls_no_hostname),
        )


def _host_problem(host: str) -> str | None:
    """Say why this is no host name or address; the value is not repeated."""
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return "is neither a host name nor an IPv6 address (the port is given separately)"
        return None
    if len(host) > 253 or not host.isprintable() or any(char in _NOT_IN_HOST for char in host):
        return "is not a host name"
    return None
