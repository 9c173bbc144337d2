"""Rules about a server under strain: nothing is lost yet, and something may be. Each ends below where it began."""

from collections.abc import Iterator

from maestro_tui.domain.quantities import clock, duration, plural, size
from maestro_tui.domain.rules.finding import Context, Finding, Severity
from maestro_tui.domain.snapshot import Memory, Node
from maestro_tui.domain.spending import share_of
from maestro_tui.domain.text import visible

# How far it must get better before it is over: of memory and clients in parts of the whole, else as a part of itself.
_EASE = 0.05
_EASE_PART = 0.8
_CLIENTS_SHARE = 0.95


def eviction_risk(context: Context) -> Iterator[Finding]:
    """Memory is nearly full and the policy is allkeys-*: whole streams may be evicted, with their groups."""
    for node in _nearly_full(context, "eviction_risk"):
        if not node.memory.may_evict_streams:
            continue
        title, refused = f"memory {node.memory.used_share or 0:.0%} full", context.oom_since.get(node.address, 0)
        if refused:
            # What is evicted does not make room fast enough.
            title, risk = f"{title}, {plural(refused, 'write')} refused", "streams may be evicted"
            yield _full("eviction_risk", node.memory, Severity.CRITICAL, title, risk)
        else:
            yield _full("eviction_risk", node.memory, Severity.WARNING, f"{title}, streams may be evicted", "")


def memory(context: Context) -> Iterator[Finding]:
    """Memory is nearly full and streams cannot be evicted: then writes are refused."""
    for node in _nearly_full(context, "memory"):
        seen = node.memory
        if seen.may_evict_streams:
            continue
        title = f"memory {seen.used_share or 0:.0%} full"
        refused = context.oom_since.get(node.address, 0)
        if refused:
            yield _full("memory", seen, Severity.CRITICAL, f"{title}, {plural(refused, 'write')} refused", "")
        elif (seen.policy or "").startswith("volatile-"):
            risk = "keys with a time to live go first, then writes are refused"
            yield _full("memory", seen, Severity.WARNING, title, risk)
        elif (seen.used_share or 0) >= 1:
            yield _full("memory", seen, Severity.CRITICAL, title, "new entries are refused (OOM)")
        else:
            yield _full("memory", seen, Severity.WARNING, title, "writes will be refused")


def _nearly_full(context: Context, rule: str) -> Iterator[Node]:
    limit = context.limits.memory_share
    # A threshold that is itself as low as the ease must still have an end.
    enough = max(limit - _EASE, limit * _EASE_PART) if context.tells(rule) else limit
    for node in context.seen.nodes:
        share = node.memory.used_share
        if share is not None and share >= enough:
            yield node


def _full(rule: str, seen: Memory, severity: Severity, title: str, risk: str) -> Finding:
    policy = f", {visible(seen.policy)}" if seen.policy else ""
    used = f"{size(seen.used_bytes)} of {size(seen.max_bytes)}{policy}"
    return Finding(rule, None, severity, title, f"{used}: {risk}" if risk else used, "free memory; or raise maxmemory")


def connections(context: Context) -> Iterator[Finding]:
    """The server is close to its limit of clients: workers will be turned away."""
    enough = _CLIENTS_SHARE - (_EASE if context.tells("connections") else 0)
    for node in context.seen.nodes:
        if node.clients is None or not node.max_clients or node.clients < enough * node.max_clients:
            continue
        yield Finding(
            "connections",
            None,
            Severity.WARNING,
            f"{node.clients:,} of {node.max_clients:,} clients connected",
            "new connections will be refused",
            "find who leaks connections (CLIENT LIST)",
        )


def clock_skew(context: Context) -> Iterator[Finding]:
    """The server's clock and ours disagree, or IDs are ahead of the server's: ages are then wrong."""
    limit_ms, now_ms = context.limits.clock_skew_ms, context.seen.taken_at_ms
    for node in context.seen.nodes:
        skew_ms = node.skew_ms or 0
        if abs(skew_ms) > limit_ms:
            way = "ahead of" if skew_ms > 0 else "behind"
            yield Finding(
                "clock_skew",
                None,
                Severity.WARNING,
                f"server's clock {duration(abs(skew_ms))} {way} ours",
                "ages are by the server's; ours may be the wrong one",
                "compare both with NTP",
            )
    if all(node.time_ms is None for node in context.seen.nodes):
        # Without TIME the moment is by our own clock, and says nothing about the server's.
        return
    # TIME is asked first, so what was added while the poll went on has a later ID.
    limit_ms += round(context.seen.cost.seconds * 1000)
    for row in context.one_row_a_stream():
        last = row.stream.last_id
        if last is None or last.age_ms(now_ms) is None or last.ms - now_ms <= limit_ms:
            continue
        yield Finding(
            "clock_skew",
            row.key,
            Severity.WARNING,
            f"IDs {duration(last.ms - now_ms)} ahead of the server's clock",
            f"last ID {last}, server {clock(now_ms)}: ages here are too low",
            "was the clock set back, or do producers make IDs?",
        )


def slow_poll(context: Context) -> Iterator[Finding]:
    """The server answers slowly: our own polling backs off."""
    took_ms = context.seen.cost.seconds * 1000
    if took_ms >= context.limits.slow_poll_ms * (_EASE_PART if context.tells("slow_poll") else 1):
        yield Finding(
            "slow_poll",
            None,
            Severity.WARNING,
            f"a poll took {took_ms / 1000:.1f}s",
            plural(context.seen.cost.commands, "command"),
            "check the network, then SLOWLOG GET",
        )


def our_cost(context: Context) -> Iterator[Finding]:
    """Our own polls take more of the time than they may: the one who looks must not be a burden."""
    share = share_of(context.spent)
    enough = context.limits.cost_share * (_EASE_PART if context.tells("our_cost") else 1)
    if share is not None and share.part > enough:
        yield Finding(
            "our_cost",
            None,
            Severity.INFO,
            f"our own polls take {share.part:.0%} of the time",
            f"{plural(round(share.commands), 'command')} in {share.seconds:.2f}s, every {share.period_s:.1f}s",
            "+ polls more slowly; or declare fewer streams",
        )
