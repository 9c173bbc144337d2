"""The line at the top of every screen in words: each of its parts, with the server's own numbers."""

from collections.abc import Callable
from typing import Final

from maestro_tui.domain.frame import Frame
from maestro_tui.domain.glossary import Text
from maestro_tui.domain.quantities import clock, plural, size
from maestro_tui.domain.snapshot import Node

HEADER_TEXTS: Final[dict[str, Text]] = {
    "badge": Text(
        "Which environment this is, and whether anything may be written from here.",
        "environment and read_only in the settings; a server may be read-only by itself.",
        "without a badge for the environment set one in the profile: production then asks for more before it writes.",
    ),
    "address": Text(
        "The server that the numbers are of, with the number of its database.",
        "the settings; maestro-tui config says from which source.",
        "if it is not the one you meant, leave with q and name another by --url or --profile.",
    ),
    "server": Text(
        "Its kind, version and role. A replica takes no writes, and the times of its consumers say little.",
        "INFO server and INFO replication.",
        "on a replica look, and connect to its master to act.",
    ),
    "memory": Text(
        "Memory used of what the server may use, and what it does when that is full. The mark ▲ (!) says that it may"
        " drop whole streams with their groups then: alone that is a risk and no alarm.",
        "used_memory, maxmemory and maxmemory_policy of INFO memory.",
        "trim streams that grow, or give it more memory; a policy of noeviction refuses writes and drops nothing.",
    ),
    "poll": Text(
        "How often we look, how long the last look took, and which share of the time the server was busy with us.",
        "our own clock around the commands of a poll.",
        "+ looks less often, - more often. A look is never more than a tenth of the time: a slow server is asked less.",
    ),
    "live": Text(
        "The server's time of the data. Stale: the last poll failed, or none came, and all numbers are of that moment."
        " FROZEN: you hold the screen still, and polling goes on.",
        "TIME at each poll.",
        "stale: see the banner for what is wrong; ctrl+r polls now. FROZEN: p lets it go on.",
    ),
}


def header_lines(frame: Frame) -> list[str]:
    """Return paragraphs about each part of the line at the top."""
    lines: list[str] = []
    for part, text in HEADER_TEXTS.items():
        lines += ["", f"TOP LINE, {part}: {text.what}"]
        here = _HERE[part](frame) if part in _HERE else ""
        lines += ([f"Here: {here}"] if here else []) + [f"From: {text.source}", f"Do: {text.todo}"]
    return lines


def _server(frame: Frame) -> str:
    return "; ".join(
        f"{node.address} is {node.kind} {node.version or '?'}, {node.role or 'its role is not known'}"
        for node in frame.snapshot.nodes
    )


def _memory(frame: Frame) -> str:
    return "; ".join(_memory_of(node) for node in frame.snapshot.nodes)


def _memory_of(node: Node) -> str:
    memory = node.memory
    most = size(memory.max_bytes) if memory.max_bytes else "no limit" if memory.max_bytes == 0 else "?"
    risk = ", which may drop whole streams" if memory.may_evict_streams else ""
    return f"{size(memory.used_bytes)} of {most}, policy {memory.policy or '?'}{risk}"


def _poll(frame: Frame) -> str:
    if not frame.ever_polled:
        return ""
    cost = frame.snapshot.cost
    return f"the last look took {cost.seconds * 1000:.0f}ms and {plural(cost.commands, 'command')}."


def _live(frame: Frame) -> str:
    if not frame.ever_polled:
        return "nothing was read yet."
    spoiled = f"; the last poll failed: {frame.trouble}" if frame.trouble is not None else ""
    return f"the data are of {clock(frame.snapshot.taken_at_ms)}{spoiled}"


_HERE: Final[dict[str, Callable[[Frame], str]]] = {"server": _server, "memory": _memory, "poll": _poll, "live": _live}
