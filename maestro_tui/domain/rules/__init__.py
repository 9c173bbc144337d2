"""Signs of trouble: each rule is one small function from a context to findings.

The order of `RULES` is the ranking among findings of equal severity: a cause stands before what follows from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from maestro_tui.domain.names import Key
from maestro_tui.domain.rows import Row, State
from maestro_tui.domain.rules import consumers, entries, groups, server, strain, streams
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
    Rule(server.restarted, explains=frozenset({"emptied", "no_stream", "replaced", "moved_back"})),
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
    Rule(streams.replaced, explains=frozenset({"no_group", "moved_back", "behind"}), scope="stream"),
    # Without its group nothing is delivered at all.
    Rule(groups.no_group),
    # A position set back makes a backlog of what was long finished.
    Rule(groups.moved_back, clear_ms=5_000, explains=frozenset({"outpaced", "behind"}), scope="group"),
    # What nobody takes is trimmed unread.
    Rule(groups.no_live, explains=frozenset({"unread_lost"}), scope="group"),
    # Whoever finishes nothing leaves all of it behind. A slow batch must not be taken for it: it must go on.
    Rule(
        consumers.not_acking,
        hold_ms=30_000,
        clear_ms=10_000,
        explains=frozenset({"left_behind", "silent", "stuck"}),
        scope="group",
    ),
    # These three exclude one another, and have waited for `stuck_after` already. What stays pending is trimmed in the
    # end, and while its only holder is silent, so is what nobody reads.
    Rule(consumers.left_behind, explains=frozenset({"ghosts"}), scope="group"),
    Rule(consumers.silent, explains=frozenset({"unread_lost", "ghosts"}), scope="group"),
    Rule(consumers.stuck, explains=frozenset({"ghosts"}), scope="group"),
    # A burst that is being worked off is over in less than the time for which this must hold.
    Rule(
        groups.outpaced,
        hold_ms=30_000,
        clear_ms=10_000,
        explains=frozenset({"unread_lost", "behind"}),
        scope="group",
    ),
    Rule(entries.unread_lost),
    # It has waited for `waiting_after`, or watched the lag for some seconds, already.
    Rule(groups.behind, clear_ms=10_000),
    Rule(entries.poison),
    Rule(entries.ghosts),
    # A hint stands last: it must not outrank what it might explain.
    Rule(consumers.shared_name),
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

_WRITING = frozenset({"i", "R", "x"})

AT_THE_PRIMARY = "connect to the primary"
"""The next step instead of one that writes, on a server that takes no writes."""


def find(context: Context) -> tuple[Finding, ...]:
    """Ask every rule what one poll shows; where the server takes no writes, no step asks for one."""
    found = tuple(finding for rule in RULES for finding in rule.find(context))
    if not any(node.writable is False for node in context.seen.nodes):
        return found
    return tuple(replace(one, next_step=AT_THE_PRIMARY, press=None) if one.press in _WRITING else one for one in found)


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


def narrowed(findings: Iterable[Finding], places: Mapping[Key | None, int]) -> tuple[Finding, ...]:
    """Rank a part of what was ranked before: what was left out neither explains nor makes worse what stays."""
    return ranked((replace(one, severity=one.alone or one.severity) for one in findings), places)


_STATES: Mapping[str, State] = {"left_behind": "stuck", "silent": "stuck", "stuck": "stuck", "behind": "behind"}
"""The state of a row about which this is told."""

_BADNESS: Mapping[State, int] = {"idle": 0, "ok": 0, "problem": 1, "behind": 2, "stuck": 3}
"""The states that a finding may make worse; all others say what spoils the row, and stay."""


def agreeing(rows: tuple[Row, ...], findings: Iterable[Finding]) -> tuple[Row, ...]:
    """Let a row be as bad as what is told of it: a problem that lingers, so as not to flap, keeps its state too.

    What no other word of a state says (poison, unread entries lost) is a `problem`; never `ok`.
    """
    worse: dict[Key | None, State] = {}
    for finding in findings:
        state = _STATES.get(finding.rule, "problem")
        if finding.severity is not Severity.INFO and _BADNESS[state] > _BADNESS[worse.get(finding.key, "ok")]:
            worse[finding.key] = state
    return tuple(
        replace(row, state=worse[row.key])
        if row.state in _BADNESS and _BADNESS[worse.get(row.key, "ok")] > _BADNESS[row.state]
        else row
        for row in rows
    )


__all__ = [
    "AT_THE_PRIMARY",
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
    "agreeing",
    "find",
    "go_on",
    "met",
    "narrowed",
    "ranked",
    "spelled",
    "told",
    "worst",
]
