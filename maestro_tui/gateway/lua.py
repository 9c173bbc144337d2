"""The guarded scripts, read once from the package's files."""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final, Literal

ScriptName = Literal["move", "claim", "ack", "restore", "position", "remove"]

_FLAGS: Final[dict[ScriptName, bytes]] = {"move": b""}
"""What Redis is told of a script. Only copies need memory: all else is allowed where it is full, as it is outside."""
_NEEDS_NO_MEMORY: Final = b" flags=allow-oom"


@dataclass(frozen=True, slots=True)
class Script:
    """A script as Redis 7.0 and later and Valkey run it, and as Redis 6.2 does, which cannot read `#!lua`.

    With `#!lua` a replica, a server that is full and one that must not write refuse the whole script up front.
    """

    modern: bytes
    plain: bytes


@cache
def script(name: ScriptName) -> Script:
    """Put a script together: the guard that all share, then its own part."""
    body = _text("guard") + _text(name)
    flags = _FLAGS.get(name, _NEEDS_NO_MEMORY)
    return Script(b"#!lua" + flags + b"\nlocal modern = true\n" + body, b"local modern = false\n" + body)


def _text(name: str) -> bytes:
    return (resources.files("maestro_tui.gateway") / "scripts" / f"{name}.lua").read_bytes()
