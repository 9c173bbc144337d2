"""Plans: what an action will do, exactly, before anything is written."""

from dataclasses import dataclass
from typing import Literal

from maestro_tui.domain.plans.init import CreateGroup, InitPlan

Plan = InitPlan
"""Every kind of plan; a union as soon as there is a second one."""

How = Literal["key", "y", "count", "name", "override", "--yes"]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A plan that somebody agreed to, and how. The only thing that can be submitted."""

    plan: Plan
    by: str
    how: How
    overrides: frozenset[str] = frozenset()


__all__ = ["Confirmed", "CreateGroup", "How", "InitPlan", "Plan"]
