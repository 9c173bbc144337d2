"""What the gateway's tests stand on: configurations for test servers, a clock set by hand, Maestro's streams."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import redis

from maestro_tui.domain.config import Address, Config, Secret, Tls
from maestro_tui.domain.names import Name
from maestro_tui.domain.snapshot import Group, Snapshot, Stream
from maestro_tui.domain.topology import MAESTRO, Declared, Topology
from tests.servers import HOST, Server

JOBS, HEALING, ERRORS, VALIDATION = MAESTRO.declared
TIMEOUT_S: Final = 2.0

USER: Final = "monitor"
USER_PASSWORD: Final = "look-only"


@dataclass
class HandClock:
    """Time that passes only when told to; the wall stands at a moment no server is at."""

    now_s: float = 100.0

    def wall_ms(self) -> int:
        """A time in 2020."""
        return 1_600_000_000_000

    def monotonic_s(self) -> float:
        """What the hand says."""
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        """Nobody waits."""
        self.now_s += seconds


class RealClock:
    """Time as it passes."""

    def wall_ms(self) -> int:
        """Now."""
        return time.time_ns() // 1_000_000

    def monotonic_s(self) -> float:
        """Now."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Nothing in the gateway waits."""
        raise AssertionError(seconds)


def address_of(
    server: Server,
    *,
    user: str | None = None,
    password: str | None = None,
    db: int = 0,
    unix: bool = False,
    tls: Tls | None = None,
) -> Address:
    """Where a test server is; its own password unless another is given."""
    secret = server.password if password is None else password
    return Address(
        host="localhost" if tls else HOST,
        port=server.port,
        db=db,
        user=user,
        password=Secret(secret) if secret else None,
        socket=str(server.socket_path) if unix else None,
        tls=tls,
    )


def config_of(
    at: Server | Address,
    *,
    topology: Topology = MAESTRO,
    timeout_s: float = TIMEOUT_S,
    read_only: bool = False,
) -> Config:
    """A configuration for a test server, or for any other address."""
    address = address_of(at) if isinstance(at, Server) else at
    return Config(address=address, topology=topology, timeout_s=timeout_s, read_only=read_only)


def declaring(*streams: str | bytes, group: str = "g", discover: str | None = None) -> Topology:
    """A topology of these streams, each with the same group."""
    names = [Name.of(stream) if isinstance(stream, str) else Name(stream) for stream in streams]
    entries = (Declared(f"s{at}", name, Name.of(group)) for at, name in enumerate(names))
    return Topology(tuple(entries), discover)


def fill(client: redis.Redis, entry: Declared, *, entries: int = 10, read: int = 0, value: bytes = b"v") -> None:
    """Create what is declared, add entries, and have one worker read some of them."""
    assert entry.group is not None
    client.xgroup_create(entry.stream.raw, entry.group.raw, "0", mkstream=True)
    with client.pipeline(transaction=False) as pipe:
        for _ in range(entries):
            pipe.xadd(entry.stream.raw, {b"payload": value})
        pipe.execute()
    if read:
        deliver(client, entry.stream.raw, entry.group.raw, b"worker-1", read)


def deliver(client: redis.Redis, stream: bytes, group: bytes, worker: bytes, count: int) -> None:
    """Have a worker read; redis-py's own annotation has names as text only."""
    run: Any = client.execute_command
    run("XREADGROUP", "GROUP", group, worker, "COUNT", count, "STREAMS", stream, ">")


def ids_of(client: redis.Redis, entry: Declared) -> list[bytes]:
    """The IDs of all entries, oldest first."""
    run: Any = client.xrange
    return [id for id, _ in run(entry.stream.raw)]


def stream_of(seen: Snapshot, entry: Declared | Name) -> Stream:
    """The stream of a declaration, which the snapshot must have."""
    name = entry if isinstance(entry, Name) else entry.stream
    stream = seen.stream(name)
    assert stream is not None, f"{name} is not in the snapshot"
    return stream


def group_of(seen: Snapshot, entry: Declared) -> Group:
    """The group of a declaration, which the snapshot must have."""
    group = stream_of(seen, entry).group(entry.group)
    assert group is not None, f"{entry.key} is not in the snapshot"
    return group


def add_user(server: Server, rules: Iterable[str], *, keys: str = "~*") -> Address:
    """Create a user with exactly these rules and return how to be that user."""
    server.run("ACL", "SETUSER", USER, "reset", "on", f">{USER_PASSWORD}", keys, "-@all", *rules)
    return address_of(server, user=USER, password=USER_PASSWORD)


@contextmanager
def monitored(server: Server) -> Iterator[list[str]]:
    """Collect the commands the server carries out meanwhile, those of the collecting left out."""
    seen: list[str] = []
    client: Any = server.client()
    with client.monitor() as monitor:
        yield seen
        server.run("ECHO", "that was all")
        while True:
            command = monitor.next_command()["command"]
            if command == "ECHO that was all":
                break
            seen.append(command)
    seen[:] = [command for command in seen if not command.startswith("CLIENT SETINFO")]
