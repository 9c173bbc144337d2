"""What a server of the tests is told at its start, as lines of its configuration file."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tests.certificates import Certificates

HOST: Final = "127.0.0.1"

Tls = Literal["server", "mutual"]
"""Who shows a certificate: the server alone, or the client too."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens."""

    directory: Path
    port: int

    @property
    def socket(self) -> Path:
        """The unix socket; it speaks plain text even where the port speaks TLS."""
        return self.directory / "s.sock"


@dataclass(frozen=True, slots=True)
class Setup:
    """What a test asked for beyond an empty server without persistence."""

    config: tuple[str, ...] = ()
    """Lines that come last and so overrule the others."""
    password: str | None = None
    users: tuple[str, ...] = ()
    """ACL lines, without the word `user`."""
    tls: Tls | None = None
    max_memory: str | None = None
    primary: Address | None = None
    primary_password: str | None = None
    arguments: tuple[str, ...] = ()
    """For the command line (`--sentinel`)."""

    @property
    def sentinel(self) -> bool:
        """Whether this is a sentinel, which takes few options and rewrites its own file."""
        return "--sentinel" in self.arguments

    def lines(self, address: Address, certificates: Certificates | None) -> Iterator[str]:
        """In the order in which a later line may overrule an earlier one."""
        yield from (f"bind {HOST}", f"dir {address.directory}", f"unixsocket {address.socket}")
        yield from ('logfile ""', "daemonize no", "protected-mode no")
        if certificates is None:
            yield f"port {address.port}"
        else:
            yield from ("port 0", f"tls-port {address.port}", f"tls-ca-cert-file {certificates.authority}")
            yield from (f"tls-cert-file {certificates.server}", f"tls-key-file {certificates.server_key}")
            yield f"tls-auth-clients {'yes' if self.tls == 'mutual' else 'no'}"
        if not self.sentinel:
            # By default a primary waits five seconds for more replicas, and every test would wait with it.
            yield from ('save ""', "appendonly no", "repl-diskless-sync-delay 0")
        if self.password is not None:
            yield f'requirepass "{self.password}"'
        yield from (f"user {user}" for user in self.users)
        if self.max_memory is not None:
            yield f"maxmemory {self.max_memory}"
        if self.primary is not None:
            yield f"replicaof {HOST} {self.primary.port}"
        if self.primary_password is not None:
            yield f'masterauth "{self.primary_password}"'
        yield from self.config
