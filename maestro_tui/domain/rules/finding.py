"""A finding: one sign of trouble with its evidence in numbers, its next step, and the key that takes it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from maestro_tui.domain.handling import Handling
from maestro_tui.domain.happenings import Happening, Kind
from maestro_tui.domain.limits import Limits
from maestro_tui.domain.lost_streams import Losses
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.pending import left_for, overdue_with
from maestro_tui.domain.rates import Trail
from maestro_tui.domain.rising import Rising
from maestro_tui.domain.rows import Row, overdue
from maestro_tui.domain.snapshot import Consumer, Count, Snapshot
from maestro_tui.domain.spending import Spent
from maestro_tui.domain.topology import Topology

# What is told as stuck ends below this share of the threshold, so that nothing flaps at it.
_STUCK_STILL = 0.9


class Severity(Enum):
    """How bad it is; each has a glyph and a word, because colour alone tells some people nothing."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def order(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)


Identity = tuple[str, Key | None]
"""What makes a finding the same trouble at the next poll: its rule and what it is about."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sign of trouble.

    `title` names the cause in a few words, `evidence` gives the numbers, `next_step` what to do, `press` the key
    that does it where there is one. `since_ms` is the server's time at which it was first seen. `because` is the
    finding that explains this one: a symptom has one, a cause has none. `blames` are the rules that may explain it,
    where it can tell (a stream that was never there was not evicted); None leaves it to the rules. `alone` is how bad
    it is by itself, where one of its symptoms makes it worse.
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
    because: Identity | None = None
    blames: frozenset[str] | None = None
    alone: Severity | None = None

    @property
    def identity(self) -> Identity:
        """What makes it the same trouble at the next poll."""
        return (self.rule, self.key)

    @property
    def id(self) -> str:
        """The identity, spelled."""
        return spelled(self.identity)


def spelled(identity: Identity) -> str:
    """Spell an identity: the rule, and what it is about."""
    rule, key = identity
    return rule if key is None else f"{rule}:{key}"


@dataclass(frozen=True, slots=True)
class Ended:
    """A finding that is over: as it was last seen, and when (the server's clock) it was seen no more.

    `lasted_ms` is by our own clock, which never jumps.
    """

    finding: Finding
    ended_ms: int
    lasted_ms: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """A row with entries that are stuck and cannot be part of a batch that is still being worked.

    `held`: who holds those, and `left`: how many of them were left behind; whatever else is pending is in work.
    """

    row: Row
    held: tuple[Consumer, ...]
    left: Count


@dataclass(frozen=True)
class Context:
    """What a rule may look at.

    `evicted_since`, `rejected_since`: keys evicted and connections rejected in the current spell, by node; 0 once it
    is over; `oom_since` and `misconf_since` likewise, writes refused because memory was full or a save had failed.
    `vanished`: rows that were there and are not. `happened`: what was seen to happen lately, by kind and row.
    `handling`: how entries were taken and finished so far. `losses`: streams that were there, by name; `letters`: dead
    letters added in the current spell; `spent`: our last polls. `shown`: what is being told, and how bad it is; a rule
    with a threshold may use a lower one to end than to begin.
    """

    seen: Snapshot
    rows: tuple[Row, ...]
    limits: Limits
    topology: Topology
    evicted_since: Mapping[str, int] = field(default_factory=dict)
    rejected_since: Mapping[str, int] = field(default_factory=dict)
    oom_since: Mapping[str, int] = field(default_factory=dict)
    misconf_since: Mapping[str, int] = field(default_factory=dict)
    vanished: frozenset[Key] = frozenset()
    happened: Mapping[tuple[Kind, Key | None], Happening] = field(default_factory=dict)
    trails: Mapping[Key, Trail] = field(default_factory=dict)
    handling: Mapping[Key, Handling] = field(default_factory=dict)
    losses: Losses = field(default_factory=dict)
    letters: Mapping[Name, Rising] = field(default_factory=dict)
    spent: tuple[Spent, ...] = ()
    shown: Mapping[Identity, Severity] = field(default_factory=dict)

    def tells(self, rule: str, key: Key | None = None) -> bool:
        """Whether this trouble is already being told."""
        return (rule, key) in self.shown

    @cached_property
    def overdue(self) -> tuple[Overdue, ...]:
        """What is overdue: several rules tell of it, and pending lists may be long."""
        return tuple(self._find_overdue())

    def _find_overdue(self) -> Iterator[Overdue]:
        for row in self.rows:
            if row.group is None or not row.group.pending or row.state in ("no live", "stale"):
                continue
            told = any(self.tells(rule, row.key) for rule in ("left_behind", "silent", "stuck"))
            share = _STUCK_STILL if told else 1.0
            if overdue(row, self.limits, share):
                own = self.limits.of(row.key.stream)
                after_ms = round(own.stuck_after_ms * share)
                held = overdue_with(row.group, after_ms, own.safe_after_ms)
                yield Overdue(row, held, left_for(row.pending, row.group, after_ms))

    def one_row_a_stream(self) -> Iterator[Row]:
        """Yield the first row of each stream: what is found about a stream as a whole is told there."""
        told: set[Name] = set()
        for row in self.rows:
            if row.key.stream not in told:
                told.add(row.key.stream)
                yield row


def worst(findings: Iterable[Finding]) -> Severity | None:
    """Return the worst severity among findings."""
    return min((finding.severity for finding in findings), key=lambda one: one.order, default=None)
