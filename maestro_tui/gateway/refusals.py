"""An error reply to one command, told so that an operator can act on it."""

from collections.abc import Callable
from typing import Final, TypeVar

from redis.exceptions import ResponseError

from maestro_tui.domain.text import visible
from maestro_tui.domain.trouble import Fault, Trouble
from maestro_tui.gateway.link import Command
from maestro_tui.gateway.parse import Malformed

_Value = TypeVar("_Value")

_CONTAINERS: Final = frozenset({b"XINFO", b"XGROUP", b"CLIENT"})
_KEY_AT: Final = {b"XINFO": 2, b"XGROUP": 2} | dict.fromkeys(
    (b"XPENDING", b"XRANGE", b"XREVRANGE", b"TYPE", b"XADD", b"XACK", b"XCLAIM", b"XDEL"), 1
)

_CLUSTER: Final = frozenset({"MOVED", "ASK", "CLUSTERDOWN", "CROSSSLOT", "TRYAGAIN"})

_BY_CODE: Final[dict[str, tuple[Fault, str, str]]] = {
    "READONLY": ("replica", "This server is a replica and takes no writes.", "Connect to the primary."),
    "MASTERDOWN": (
        "replica",
        "This replica has lost its primary and is configured not to answer meanwhile.",
        "Connect to the primary, or mend the replication link.",
    ),
    "NOREPLICAS": (
        "replica",
        "Too few replicas are connected for this server to take writes (min-replicas-to-write).",
        "Bring the replicas back.",
    ),
    "OOM": (
        "full",
        "The server's memory is full (maxmemory) and nothing may be evicted.",
        "Free memory or raise maxmemory; reading and acknowledging still work.",
    ),
    "MISCONF": (
        "full",
        "The server cannot save to disk and refuses writes until it can.",
        "Look at its disk and log: INFO persistence tells which save failed.",
    ),
    "BUSY": (
        "busy",
        "Somebody's script keeps the server busy; it answers nobody else.",
        "Wait, or end it with SCRIPT KILL if it has written nothing.",
    ),
    "LOADING": ("loading", "The server is loading its data into memory.", "Wait until it is done."),
}


def code_of(error: ResponseError) -> str:
    """Return the error's code, `ERR` where it has none of its own; redis-py cuts some off and keeps others."""
    if error.status_code:
        return error.status_code
    word = str(error).partition(" ")[0]
    return word if word.isalpha() and word.isupper() and len(word) > 2 else "ERR"


def spelled(command: Command) -> str:
    """Name a command as documentation does: `XINFO GROUPS`, `XPENDING`."""
    words = command[: 2 if command[0] in _CONTAINERS else 1]
    return b" ".join(words).decode("ascii", "replace")


def rule(command: Command) -> str:
    """Name the ACL rule that allows a command: `+xinfo|groups`, `+xpending`; right on 6.2 too."""
    return "+" + spelled(command).lower().replace(" ", "|")


def key_of(command: Command) -> bytes | None:
    """Return the stream a command is about, if it is about one."""
    at = _KEY_AT.get(command[0])
    return None if at is None else command[at]


def is_missing(reply: object) -> bool:
    """Whether the reply says that there is no such key."""
    return isinstance(reply, ResponseError) and "no such key" in str(reply)


def is_key_denied(error: ResponseError) -> bool:
    """Whether an ACL hides the key (and not the command); the wording changed in 7.0."""
    text = str(error)
    return code_of(error) == "NOPERM" and ("access a key" in text or "one of the keys" in text)


def told(read: Callable[[object], _Value], reply: object, command: Command, user: str | None) -> _Value | Trouble:
    """Read a reply, or tell why there is nothing to read."""
    if isinstance(reply, ResponseError):
        return refusal(reply, command, user)
    try:
        return read(reply)
    except Malformed:
        sentence = f"The answer to {spelled(command)} cannot be understood."
        return Trouble("protocol", sentence, "Check that this address is a Redis or Valkey server, without a proxy.")


def refusal(error: ResponseError, command: Command, user: str | None) -> Trouble:
    """Tell why the server refused a command."""
    code, key = code_of(error), key_of(command)
    if code in _BY_CODE:
        return Trouble(*_BY_CODE[code])
    if code in _CLUSTER:
        sentence = "This server is part of a Redis Cluster, which this version does not support yet."
        return Trouble("protocol", sentence, "Connect to a single server.")
    tell = _TOLD.get(code)
    trouble = tell(error, command, user) if tell else None
    if trouble is not None:
        return trouble
    if is_missing(error):
        return _gone(error, command, user)
    if "unknown command" in str(error) or "Unknown subcommand" in str(error):
        sentence = f"The server does not know {spelled(command)}."
        return Trouble("denied", sentence, "It may be renamed, or older than 6.2, or a Sentinel.")
    subject = "" if key is None else f" on {visible(key)}"
    sentence = f"The server refused {spelled(command)}{subject}: {visible(str(error), 200)}."
    return Trouble("protocol", sentence, "Nothing was changed by it.")


def _denied(error: ResponseError, command: Command, user: str | None) -> Trouble:
    name, key = visible(user or "default"), key_of(command)
    if is_key_denied(error) and key is not None:
        sentence = f"User {name} may not access the key {visible(key)}."
        return Trouble("denied", sentence, f"Grant it: ACL SETUSER {name} ~{visible(key)}")
    sentence = f"User {name} may not run {spelled(command)}."
    return Trouble("denied", sentence, f"Grant it: ACL SETUSER {name} {rule(command)}")


def _wrong_type(_error: ResponseError, command: Command, _user: str | None) -> Trouble:
    key = visible(key_of(command) or b"the key")
    return Trouble("wrong_type", f"{key} is not a stream.", f"See what it is: TYPE {key}")


def vanished(command: Command) -> Trouble:
    """Tell that what a command is about is not there."""
    key = visible(key_of(command) or b"the key")
    sentence = f"{key}, or the group asked for, does not exist any more."
    return Trouble("gone", sentence, "It was deleted or evicted, or the database was flushed.")


def _gone(_error: ResponseError, command: Command, _user: str | None) -> Trouble:
    return vanished(command)


_TOLD: Final[dict[str, Callable[[ResponseError, Command, str | None], Trouble]]] = {
    "NOPERM": _denied,
    "WRONGTYPE": _wrong_type,
    "NOGROUP": _gone,
}
