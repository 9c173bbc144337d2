"""Signs of trouble: each rule is one small function from a context to findings.

The order of `RULES` is the ranking among findings of equal severity: a cause stands before what follows from it.
"""

from collections.abc import Callable, Iterable

from maestro_tui.domain.names import Key
from maestro_tui.domain.rules import groups, server, streams
from maestro_tui.domain.rules.finding import Context, Finding, Severity, worst

Rule = Callable[[Context], Iterable[Finding]]

RULES: tuple[Rule, ...] = (
    server.loading,
    server.replica,
    server.saving_fails,
    server.evicting,
    streams.no_stream,
    streams.wrong_type,
    streams.denied,
    groups.no_group,
    groups.no_live,
    groups.stuck,
    groups.behind,
    server.server_denied,
    server.memory,
    server.connections,
    server.slow_poll,
    streams.dead_letters,
)

RANK: dict[str, int] = {rule.__name__: place for place, rule in enumerate(RULES)}


def find(context: Context) -> tuple[Finding, ...]:
    """Run every rule; return the findings, worst first and, among equals, causes first."""
    found = [finding for rule in RULES for finding in rule(context)]
    place: dict[Key | None, int] = {row.key: number for number, row in enumerate(context.rows)}
    return tuple(
        sorted(
            found,
            key=lambda one: (one.severity.order, RANK[one.rule], -one.weight, place.get(one.key, -1)),
        )
    )


__all__ = ["RANK", "RULES", "Context", "Finding", "Severity", "find", "worst"]
