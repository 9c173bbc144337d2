"""Signs of trouble: each rule is one small function from a context to findings.

The order of `RULES` is the ranking among findings of equal severity: a cause stands before what follows from it.
"""

from collections.abc import Iterable, Mapping

from maestro_tui.domain.names import Key
from maestro_tui.domain.rules import groups, server, strain, streams
from maestro_tui.domain.rules.connection import OF_THE_WAY, loading, met, unreachable
from maestro_tui.domain.rules.finding import Context, Ended, Finding, Severity, spelled, worst
from maestro_tui.domain.rules.registry import Rule, explained
from maestro_tui.domain.rules.spells import Now, Spell, Spells, go_on, told

RULES: tuple[Rule, ...] = (
    # The way to the server: while it is barred nothing else can be judged.
    Rule(unreachable, hold_ms=2_000),
    Rule(loading),
    # What happened to the server as a whole takes streams, groups and positions with it. Another process comes first,
    # since it may be one without the data; what is evicted may be all; what was emptied is many symptoms of one cause.
    Rule(server.restarted, explains=frozenset({"emptied", "no_stream", "replaced"})),
    Rule(server.link_down, clear_ms=5_000, explains=frozenset({"replica", "no_stream"})),
    Rule(server.replica),
    Rule(server.saving_fails),
    Rule(server.evicting, explains=frozenset({"emptied", "no_stream", "replaced", "eviction_risk"})),
    Rule(streams.emptied, explains=frozenset({"no_stream", "replaced"})),
    Rule(server.rejected, explains=frozenset({"connections"})),
    # A stream as a whole, before the groups that went with it.
    Rule(streams.no_stream),
    Rule(streams.wrong_type),
    Rule(streams.denied),
    Rule(streams.replaced, explains=frozenset({"no_group", "behind"}), scope="stream"),
    Rule(groups.no_group),
    Rule(groups.no_live),
    Rule(groups.stuck),
    Rule(groups.behind),
    Rule(streams.dead_growing, explains=frozenset({"dead_letters"}), scope="stream"),
    # What may happen stands behind what has happened; how well we see comes before what we see.
    Rule(server.server_denied),
    Rule(strain.clock_skew, hold_ms=5_000, clear_ms=5_000),
    Rule(strain.eviction_risk),
    Rule(strain.memory),
    Rule(strain.connections),
    Rule(strain.slow_poll, hold_ms=3_000, clear_ms=3_000, explains=frozenset({"our_cost"})),
    Rule(streams.growing, clear_ms=60_000),
    # Worth knowing, and no alarm.
    Rule(strain.our_cost, hold_ms=10_000, clear_ms=10_000),
    Rule(streams.dead_letters),
)

BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in RULES}
RANK: Mapping[str, int] = {rule.name: place for place, rule in enumerate(RULES)}


def find(context: Context) -> tuple[Finding, ...]:
    """Ask every rule what one poll shows."""
    return tuple(finding for rule in RULES for finding in rule.find(context))


def ranked(findings: Iterable[Finding], places: Mapping[Key | None, int]) -> tuple[Finding, ...]:
    """Put the worst first; among equals causes before their symptoms, then by rule, by weight, by row.

    A cause counts as bad as the worst that follows from it, so that the first line always names a cause.
    """
    return tuple(
        sorted(
            explained(findings, RULES),
            key=lambda one: (
                one.severity.order,
                one.because is not None,
                RANK[one.rule],
                -one.weight,
                places.get(one.key, -1),
            ),
        )
    )


__all__ = [
    "BY_NAME",
    "OF_THE_WAY",
    "RANK",
    "RULES",
    "Context",
    "Ended",
    "Finding",
    "Now",
    "Rule",
    "Severity",
    "Spell",
    "Spells",
    "find",
    "go_on",
    "met",
    "ranked",
    "spelled",
    "told",
    "worst",
]
