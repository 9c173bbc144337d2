"""Plans: what an action will do, exactly, before anything is written."""

from dataclasses import dataclass, field
from typing import Literal

from maestro_tui.domain.plans.init import CreateGroup, InitPlan
from maestro_tui.domain.plans.moves import MOST_BYTES, MOST_IDS, MoveBatch, MovePlan, Poison, Verb
from maestro_tui.domain.plans.others import PositionPlan, RemovePlan, RestoreBatch, Restored, RestorePlan
from maestro_tui.domain.plans.selection import NOBODY, Chosen, Selection, Sweep, Target

Plan = InitPlan | MovePlan | PositionPlan | RemovePlan | RestorePlan
"""Every kind of plan: what can be confirmed and submitted."""

Batch = InitPlan | MoveBatch | PositionPlan | RemovePlan | RestoreBatch
"""What is sent to the server in one go: a whole plan where it is small, else a part of one."""

How = Literal["key", "y", "count", "name", "override", "--yes"]
Override = Literal["running", "no-worker", "poison", "no-log"]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A plan that somebody agreed to, and how. The only thing that can be submitted."""

    plan: Plan
    by: str
    how: How
    overrides: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to carry out what was asked for. `words` must be typed, in this order, to take it; `y` where none.

    `overrides` are the guards it disregards; `label` says what it does: "requeue 204".
    """

    plan: Plan
    label: str
    words: tuple[str, ...] = ()
    overrides: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What can be done about a request: the facts, what could go wrong, and the offers, most careful first.

    Without offers nothing may be done, and `refusal` says why and what may be done instead. `facts` and `warnings`
    are sentences; names in them have gone through `domain.text`.
    """

    title: str
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    refusal: str = ""
    commands: tuple[tuple[bytes, ...], ...] = field(default=())


__all__ = [
    "MOST_BYTES",
    "MOST_IDS",
    "NOBODY",
    "Batch",
    "Chosen",
    "Confirmed",
    "CreateGroup",
    "How",
    "InitPlan",
    "MoveBatch",
    "MovePlan",
    "Offer",
    "Override",
    "Plan",
    "Poison",
    "PositionPlan",
    "Proposal",
    "RemovePlan",
    "RestoreBatch",
    "RestorePlan",
    "Restored",
    "Selection",
    "Sweep",
    "Target",
    "Verb",
]
