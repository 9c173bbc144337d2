"""Rules about the server itself, from INFO alone: CONFIG may be renamed, so nothing depends on it."""

from collections.abc import Iterator

from maestro_tui.domain.quantities import duration, plural
from maestro_tui.domain.rules.finding import Context, Finding, Severity
from maestro_tui.domain.text import visible

RESTART_TOLD_MS = 60_000


def restarted(context: Context) -> Iterator[Finding]:
    """Another server process answers: begun anew, or another server behind the address. Told for a minute."""
    happened = context.happened.get(("restarted", None))
    if happened is None:
        return
    past_ms = context.seen.monotonic_ms - happened.mono_ms
    if past_ms >= RESTART_TOLD_MS:
        return
    up_s = next((node.uptime_s for node in context.seen.nodes if node.uptime_s is not None), None)
    title, evidence = "another server process answers", "counters and rates begin anew"
    if up_s is not None:
        # How long it had been there when we met it, against how long we had not seen the other one.
        up_ms, unseen_ms = up_s * 1000 - past_ms, happened.mono_ms - (happened.since_ms or 0)
        anew = up_ms <= unseen_ms
        title = "server restarted" if anew else "another server answers"
        evidence = f"{'up' if anew else 'a failover? up'} for {duration(up_s * 1000)}; {evidence}"
    yield Finding("restarted", None, Severity.INFO, title, evidence, "check that workers have come back")


def link_down(context: Context) -> Iterator[Finding]:
    """We look at a replica that has lost its primary: what it shows is old, and gets older."""
    for node in context.seen.nodes:
        if node.role != "slave" or node.link_up is not False:
            continue
        down = node.link_down_s
        since = "never up since it became a replica" if down is None else f"for {duration(down * 1000)}"
        yield Finding(
            "link_down",
            None,
            Severity.CRITICAL,
            "the replica's link to its primary is down",
            f"{since}; what is shown may be that old",
            f"is {node.primary or 'the primary'} up? connect to it",
        )


def replica(context: Context) -> Iterator[Finding]:
    """We look at a replica: its consumers' times say little, and it takes no writes."""
    for node in context.seen.nodes:
        if node.role == "slave":
            primary = f" {node.primary}" if node.primary else ""
            yield Finding(
                "replica",
                None,
                Severity.WARNING,
                "this is a replica",
                f"{node.address} takes no writes",
                f"connect to the primary{primary}",
            )


_SAVES = {
    "rdb_last_bgsave_status": ("RDB snapshot", "writes are refused (MISCONF) where snapshots are scheduled"),
    "aof_last_write_status": ("AOF write", "writes are refused (MISCONF)"),
    "aof_last_bgrewrite_status": ("AOF rewrite", "the file grows until the disk is full"),
}
"""What INFO says failed: its name, and what follows (redis-facts: MISCONF refuses every write, and even PING)."""


def saving_fails(context: Context) -> Iterator[Finding]:
    """The last save or AOF write failed: the server refuses writes (MISCONF), or soon will."""
    for node in context.seen.nodes:
        if not node.save_failing:
            continue
        told = [_SAVES.get(field, (visible(field, 40), "writes may be refused")) for field in node.save_failing]
        refused = context.misconf_since.get(node.address, 0)
        follows = [f"{plural(refused, 'write')} refused (MISCONF)"] if refused else [text for _, text in told]
        harmless = not refused and set(node.save_failing) == {"aof_last_bgrewrite_status"}
        yield Finding(
            "saving_fails",
            None,
            Severity.WARNING if harmless else Severity.CRITICAL,
            f"persistence is failing: {', '.join(name for name, _ in told)}",
            "; ".join(dict.fromkeys(follows)),
            "look at the server's disk and log",
        )


def evicting(context: Context) -> Iterator[Finding]:
    """Keys are being evicted under allkeys-*: a whole stream may go next, with its groups."""
    for node in context.seen.nodes:
        evicted = context.evicted_since.get(node.address, 0)
        if not evicted or not node.memory.may_evict_streams:
            continue
        gone = sum(loss.evicted > 0 and loss.state != "made anew" for loss in context.losses.values())
        lost = f"{plural(gone, 'stream')} gone meanwhile" if gone else "streams can go with their groups"
        yield Finding(
            "evicting",
            None,
            Severity.CRITICAL,
            f"{plural(evicted, 'key')} being evicted",
            f"{visible(node.memory.policy or '')}: {lost}",
            "free memory; or raise maxmemory",
            None,
            evicted,
        )


def rejected(context: Context) -> Iterator[Finding]:
    """The server turned clients away: workers that lose their connection cannot come back."""
    for node in context.seen.nodes:
        refused = context.rejected_since.get(node.address, 0)
        if not refused:
            continue
        connected = "" if node.clients is None else f"{node.clients:,} connected"
        limit = "" if not node.max_clients else f"maxclients {node.max_clients:,}"
        yield Finding(
            "rejected",
            None,
            Severity.CRITICAL,
            f"{plural(refused, 'connection')} refused",
            ", ".join(part for part in (connected, limit) if part),
            "find who leaks connections (CLIENT LIST)",
            None,
            refused,
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
