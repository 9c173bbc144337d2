"""Signs of trouble: each rule is one small function from a context to findings.

The order of `RULES` is the ranking among findings of equal severity: a cause stands before what follows from it.
"""

from collections.abc import Iterable, Mapping

from maestro_tui.domain.names import Key
from maestro_tui.domain.rules import groups, server, streams
from maestro_tui.domain.rules.connection import OF_THE_WAY, loading, met, unreachable
from maestro_tui.domain.rules.finding import Context, Ended, Finding, Severity, spelled, worst
from maestro_tui.domain.rules.registry import Rule, explained
from maestro_tui.domain.rules.spells import Now, Spell, Spells, go_on, told

RULES: tuple[Rule, ...] = (
    Rule(unreachable, hold_ms=2_000),
    Rule(loading),
    Rule(server.replica),
    Rule(server.saving_fails),
    Rule(server.evicting, explains=frozenset({"no_stream"})),
    Rule(streams.no_stream),
    Rule(streams.wrong_type),
    Rule(streams.denied),
    Rule(groups.no_group),
    Rule(groups.no_live),
    Rule(groups.stuck),
    Rule(groups.behind),
    Rule(server.server_denied),
    Rule(server.memory),
    Rule(server.connections),
    Rule(server.slow_poll, hold_ms=3_000),
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
