"""Rules about the server itself, from INFO alone: CONFIG may be renamed, so nothing depends on it."""

from collections.abc import Iterator

from maestro_tui.domain.quantities import plural, size
from maestro_tui.domain.rules.finding import Context, Finding, Severity
from maestro_tui.domain.snapshot import Memory
from maestro_tui.domain.text import visible


def replica(context: Context) -> Iterator[Finding]:
    """We look at a replica: its consumers' times say little, and it takes no writes."""
    for node in context.seen.nodes:
        if node.role != "slave":
            continue
        down = node.link_up is False
        yield Finding(
            "replica",
            None,
            Severity.CRITICAL if down else Severity.WARNING,
            "this is a replica" + (", and its link to the primary is down" if down else ""),
            f"{node.address} takes no writes",
            "connect to the primary",
        )


def saving_fails(context: Context) -> Iterator[Finding]:
    """The last save or AOF write failed: the server soon refuses writes (MISCONF)."""
    for node in context.seen.nodes:
        if node.save_failing:
            yield Finding(
                "saving_fails",
                None,
                Severity.CRITICAL,
                "persistence is failing",
                visible(", ".join(node.save_failing)),
                "look at the server's disk and log",
            )


def evicting(context: Context) -> Iterator[Finding]:
    """Keys are being evicted under allkeys-*: a whole stream may go next, with its groups."""
    for node in context.seen.nodes:
        evicted = context.evicted_since.get(node.address, 0)
        if evicted and node.memory.may_evict_streams:
            yield Finding(
                "evicting",
                None,
                Severity.CRITICAL,
                f"{plural(evicted, 'key')} being evicted",
                f"{visible(node.memory.policy or '')}: streams can go with their groups",
                "free memory or raise maxmemory",
                None,
                evicted,
            )


def memory(context: Context) -> Iterator[Finding]:
    """Memory is nearly full: streams may be evicted (allkeys-*) or writes refused (noeviction)."""
    for node in context.seen.nodes:
        share = node.memory.used_share
        if share is None or share < context.limits.memory_share:
            continue
        policy = f", {visible(node.memory.policy)}" if node.memory.policy else ""
        risk = _risk(node.memory)
        yield Finding(
            "memory",
            None,
            Severity.WARNING,
            f"memory {share:.0%} full",
            f"{size(node.memory.used_bytes)} of {size(node.memory.max_bytes)}{policy}: {risk}",
            "free memory or raise maxmemory",
        )


def _risk(memory: Memory) -> str:
    """Say what the server does when its memory is full, by its policy."""
    if memory.may_evict_streams:
        return "streams may be evicted"
    if (memory.policy or "").startswith("volatile-"):
        return "keys with a time to live go first, then writes are refused"
    return "writes will be refused"


def connections(context: Context) -> Iterator[Finding]:
    """The server is close to its limit of clients: workers will be turned away."""
    for node in context.seen.nodes:
        if node.clients is None or not node.max_clients or node.clients < 0.95 * node.max_clients:
            continue
        yield Finding(
            "connections",
            None,
            Severity.WARNING,
            f"{node.clients:,} of {node.max_clients:,} clients connected",
            "new connections will be refused",
            "find who leaks connections (CLIENT LIST)",
        )


def server_denied(context: Context) -> Iterator[Finding]:
    """The server would not answer INFO or TIME: its health is unknown."""
    for node in context.seen.nodes:
        if node.trouble is not None:
            yield Finding(
                "server_denied",
                None,
                Severity.INFO,
                "server health unknown",
                node.trouble.sentence,
                node.trouble.next_step,
            )


def slow_poll(context: Context) -> Iterator[Finding]:
    """The server answers slowly: our own polling backs off."""
    took_ms = context.seen.cost.seconds * 1000
    if took_ms >= context.limits.slow_poll_ms:
        yield Finding(
            "slow_poll",
            None,
            Severity.WARNING,
            f"a poll took {took_ms / 1000:.1f}s",
            plural(context.seen.cost.commands, "command"),
            "check the network, then SLOWLOG GET",
        )
