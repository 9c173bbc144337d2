"""A finding: one sign of trouble with its evidence in numbers, its next step, and the key that takes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import Key
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.topology import Topology


class Severity(Enum):
    """How bad it is; each has a glyph and a word, because colour alone tells some people nothing."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def order(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One sign of trouble.

    `title` names the cause in a few words, `evidence` gives the numbers, `next_step` what to do, `press` the key
    that does it where there is one. `since_ms` is the server's time at which it was first seen.
    """

    rule: str
    key: Key | None
    severity: Severity
    title: str
    evidence: str
    next_step: str
    press: str | None = None
    weight: int = 0
    since_ms: int = 0

    @property
    def identity(self) -> tuple[str, Key | None]:
        """What makes it the same trouble at the next poll."""
        return (self.rule, self.key)

    @property
    def id(self) -> str:
        """The identity, spelled."""
        return self.rule if self.key is None else f"{self.rule}:{self.key}"


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may look at.

    `evicted_since`: keys evicted in the current spell of evictions, by node; 0 once it is over.
    `vanished`: rows that were there and are not.
    """

    seen: Snapshot
    rows: tuple[Row, ...]
    limits: Limits
    topology: Topology
    evicted_since: Mapping[str, int]
    vanished: frozenset[Key]


def worst(findings: Iterable[Finding]) -> Severity | None:
    """Return the worst severity among findings."""
    return min((finding.severity for finding in findings), key=lambda one: one.order, default=None)
