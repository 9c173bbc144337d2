"""What the operator configured, as values, with where each came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from maestro_tui.domain.limits import MAESTRO_LIMITS, Limits
from maestro_tui.domain.topology import MAESTRO, Topology

Environment = Literal["production", "staging", "development"]


class Secret:
    """A password. It never appears in `repr`, `str` or a traceback of a value that holds it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the password: only where a connection is made."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))


@dataclass(frozen=True, slots=True)
class Tls:
    """How to speak TLS; the certificate and the host name are checked unless said otherwise."""

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    verify: bool = True
    check_hostname: bool = True


@dataclass(frozen=True, slots=True)
class Address:
    """Where the server is and who we are there: one unit, taken from one source as a whole."""

    host: str = "maestro-redis"
    port: int = 6379
    db: int = 0
    user: str | None = None
    password: Secret | None = None
    socket: str | None = None
    tls: Tls | None = None

    def __str__(self) -> str:
        """`host:port/db` or `unix path/db`, for the screen; never the user or the password."""
        if self.socket is not None:
            return f"{self.socket}/{self.db}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}/{self.db}"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a setting came from: `flag --url`, `MAESTRO_URL`, `.env`, `config.toml [profile.x]`, `default`."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Config:
    """All effective settings. Times are seconds where the name ends in `_s`.

    `hook` is a command, to be split into words as a shell would; it is given each new problem, and its end, as JSON.
    `runbooks` are addresses by rule.
    """

    address: Address = field(default_factory=Address)
    profile: str | None = None
    environment: Environment | None = None
    read_only: bool = False
    poll_every_s: float = 1.0
    timeout_s: float = 2.0
    limits: Limits = MAESTRO_LIMITS
    topology: Topology = MAESTRO
    theme: str | None = None
    ascii: bool = False
    mouse: bool = True
    audit_file: str | None = None
    mark_copies: bool = True
    bell: bool = False
    hook: str | None = None
    hook_timeout_s: float = 10.0
    runbooks: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
