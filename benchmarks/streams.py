"""A real server, and streams on it that look like those of a job queue."""

from collections.abc import Iterator, Sequence
from typing import Final

from maestro_tui.domain.names import Key, Name
from tests.servers import DEFAULT_KIND, Server, Unavailable

_OTHER_KIND: Final = "valkey-9.1"
_ENTRIES: Final = 20
_CONSUMERS: Final = 3
_DELIVERED_EACH: Final = 4
_PAYLOAD: Final = b"x" * 200
_STREAMS_AT_ONCE: Final = 100


def server() -> Server:
    """Prepare the server that Maestro runs on, or where this machine has none the one of the demo."""
    try:
        return Server(DEFAULT_KIND)
    except Unavailable:
        return Server(_OTHER_KIND)


def told(server: Server) -> str:
    """Name a server and its version."""
    return f"server {server.kind.partition('-')[0]} {server.binary.version}"


def keys(streams: int, groups: int) -> Iterator[Key]:
    """Name streams with so many groups each."""
    for stream in range(streams):
        for group in range(groups):
            yield Key(Name.of(f"maestro:streams:load:{stream:05}"), Name.of(f"maestro-load-workers-{group}"))


def fill(server: Server, wanted: Sequence[Key]) -> None:
    """Make these streams and groups from nothing: each group in the middle of its stream, with pending entries."""
    by_stream: dict[bytes, list[bytes]] = {}
    for key in wanted:
        by_stream.setdefault(key.stream.raw, []).extend([key.group.raw] if key.group else [])
    names = list(by_stream)
    with server.client() as client:
        client.flushall()
        for start in range(0, len(names), _STREAMS_AT_ONCE):
            pipeline = client.pipeline(transaction=False)
            for stream in names[start : start + _STREAMS_AT_ONCE]:
                for command in _making(stream, by_stream[stream]):
                    pipeline.execute_command(*command)
            pipeline.execute()


def _making(stream: bytes, groups: Sequence[bytes]) -> Iterator[tuple[bytes | str | int, ...]]:
    for number in range(_ENTRIES):
        yield ("XADD", stream, "*", "type", f"job-{number}", "payload", _PAYLOAD)
    for group in groups:
        yield ("XGROUP", "CREATE", stream, group, "0")
        for consumer in range(_CONSUMERS):
            reading = ("COUNT", _DELIVERED_EACH, "STREAMS", stream, ">")
            yield ("XREADGROUP", "GROUP", group, f"worker-{consumer}", *reading)
