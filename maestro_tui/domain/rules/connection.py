"""Rules about the way to the server: out of reach, or not ready. A poll that failed shows nothing else."""

from collections.abc import Iterator

from maestro_tui.domain.rules.finding import Context, Finding, Severity
from maestro_tui.domain.trouble import Trouble

OF_THE_WAY = frozenset({"unreachable", "loading"})
"""The rules about the way to the server: what else was found cannot be judged while one of them holds."""


def unreachable(_context: Context) -> Iterator[Finding]:
    """The last poll failed. A poll that saw something proves the contrary: only `met` finds this."""
    yield from ()


def loading(context: Context) -> Iterator[Finding]:
    """The server is reading its data set from disk: what it shows is not all there yet."""
    for node in context.seen.nodes:
        if node.loading:
            yield Finding("loading", None, Severity.CRITICAL, "server is loading its data", node.address, "wait for it")


def met(trouble: Trouble) -> Finding:
    """Return what a failed poll is a sign of."""
    rule = "loading" if trouble.fault == "loading" else "unreachable"
    title = "server is loading its data" if rule == "loading" else _TITLES.get(trouble.fault, "server out of reach")
    return Finding(rule, None, Severity.CRITICAL, title, trouble.sentence, trouble.next_step)


_TITLES = {
    "auth": "server refuses our credentials",
    "denied": "server forbids every look",
    "full": "server takes no more connections",
    "busy": "server is busy with a script",
    "protocol": "server cannot be understood",
    "bug": "maestro-tui failed",
}
