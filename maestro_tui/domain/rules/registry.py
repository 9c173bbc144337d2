"""One rule for each sign of trouble, with how long it must hold, how long it lingers, and what it explains."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.rules.finding import Context, Finding, Severity

Scope = Literal["server", "stream", "group"]
Reach = Key | Name | bool
"""A group, a stream, the whole server (True), or nothing: a finding about no stream, for a rule about streams."""


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

    def reach(self, key: Key | None) -> Reach:
        """Return what this rule's scope makes of a place: findings in one reach may follow from one another."""
        if self.scope == "server" or key is None:
            return self.scope == "server"
        return key.stream if self.scope == "stream" else key


def explained(findings: Iterable[Finding], rules: tuple[Rule, ...]) -> tuple[Finding, ...]:
    """Give each symptom its cause, and each cause the severity of its worst symptom.

    A rule explains only rules after it, so that nothing can explain itself in a circle.
    """
    found = list(findings)
    causes = _causes(found, rules)
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
            alone=None if severity[one.identity] is one.severity else one.severity,
        )
        for place, one in enumerate(found)
    )


def _causes(found: list[Finding], rules: tuple[Rule, ...]) -> dict[int, Finding]:
    """Return the cause of each symptom, by the symptom's place: of the first rule that explains it."""
    places: dict[str, list[int]] = {}
    for place, one in enumerate(found):
        places.setdefault(one.rule, []).append(place)
    causes: dict[int, Finding] = {}
    for rule in rules:
        # Backwards, so that of several in one reach the first stays.
        first = {rule.reach(found[place].key): found[place] for place in reversed(places.get(rule.name, []))}
        first.pop(False, None)
        for place in (place for name in rule.explains if first for place in places.get(name, ())):
            other = found[place]
            cause = first.get(rule.reach(other.key))
            if cause is not None and (other.blames is None or rule.name in other.blames):
                causes.setdefault(place, cause)
    return causes
