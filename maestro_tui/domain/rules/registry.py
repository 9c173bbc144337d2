"""One rule for each sign of trouble, with how long it must hold, how long it lingers, and what it explains."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import Key
from maestro_tui.domain.rules.finding import Context, Finding, Severity

Scope = Literal["server", "stream", "group"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A sign of trouble.

    `find` is a function of what one poll saw; its name is the rule's. What it finds is told once it was found at
    every poll for `hold_ms`, and is over once it was not found for `clear_ms`: so nothing flaps. `explains` names the
    rules whose findings follow from this one, within `scope`: anywhere on the server, on the same stream, or in the
    same group.
    """

    find: Callable[[Context], Iterable[Finding]]
    hold_ms: int = 0
    clear_ms: int = 0
    explains: frozenset[str] = frozenset()
    scope: Scope = "server"

    @property
    def name(self) -> str:
        """The rule's name: in JSON, in settings, in the documentation."""
        return self.find.__name__

    def held_for_ms(self, limits: Limits) -> int:
        """Return how long it must hold before it is told, the operator's own choice first."""
        return limits.hold_ms.get(self.name, self.hold_ms)

    def accounts_for(self, cause: Finding, other: Finding) -> bool:
        """Whether what this rule found explains what another one found."""
        if other.blames is not None and self.name not in other.blames:
            return False
        return other.rule in self.explains and _within(self.scope, cause.key, other.key)


def _within(scope: Scope, cause: Key | None, other: Key | None) -> bool:
    if scope == "server":
        return True
    if cause is None or other is None:
        return False
    return cause.stream == other.stream if scope == "stream" else cause == other


def explained(findings: Iterable[Finding], rules: tuple[Rule, ...]) -> tuple[Finding, ...]:
    """Give each symptom its cause, and each cause the severity of its worst symptom.

    A rule explains only rules after it, so that nothing can explain itself in a circle.
    """
    found = list(findings)
    causes: dict[int, Finding] = {}
    for rule in rules:
        if not rule.explains:
            continue
        for cause in [one for one in found if one.rule == rule.name]:
            for place, other in enumerate(found):
                if place not in causes and rule.accounts_for(cause, other):
                    causes[place] = cause
    severity: dict[tuple[str, Key | None], Severity] = {one.identity: one.severity for one in found}
    # From the last rule to the first, so that a chain of causes hands its worst severity all the way up.
    order = {rule.name: place for place, rule in enumerate(rules)}
    for place in sorted(causes, key=lambda place: -order[found[place].rule]):
        above, own = causes[place].identity, severity[found[place].identity]
        severity[above] = min(severity[above], own, key=lambda one: one.order)
    return tuple(
        replace(
            one,
            severity=severity[one.identity],
            because=causes[place].identity if place in causes else None,
        )
        for place, one in enumerate(found)
    )
