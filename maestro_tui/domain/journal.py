"""The log as it is read back: what was done, by whom, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maestro_tui.domain.names import Key


@dataclass(frozen=True, slots=True)
class Deed:
    """An action of the log. `outcome` is None where no outcome was recorded: it was interrupted, or is under way.

    `id` is unique among all logs; `undone_by` names the deed that took this one back, `undoes` the one this took back.
    """

    id: str
    at: str
    operator: str
    host: str
    node: str
    action: str
    key: Key | None
    how: str = ""
    overrides: tuple[str, ...] = ()
    outcome: str | None = None
    ended_at: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    sentence: str = ""
    undoes: str | None = None
    undone_by: str | None = None

    @property
    def undoable(self) -> bool:
        """Whether a plan can take it back; `domain.plans.undo` says why where not."""
        done = self.counts.get("done", 0) > 0
        return self.action in ("claim", "ack", "set position") and done and self.undone_by is None


@dataclass(frozen=True, slots=True)
class Note:
    """A remark that an operator wrote into the log."""

    at: str
    operator: str
    host: str
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A sign of trouble, as it was last seen.

    `at` is our own time at which it ended or was written, `since` and `ended` are the server's times; `ended` is None
    of one that is open, or was when the dashboard was left. `older`: it was there at the first look, so it may have
    begun before `since`, and have lasted longer than `lasted_ms`.
    """

    at: str
    operator: str
    host: str
    node: str
    rule: str
    key: Key | None
    severity: str
    title: str
    evidence: str = ""
    next_step: str = ""
    because: str = ""
    since: str = ""
    older: bool = False
    ended: str | None = None
    lasted_ms: int | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes it the same in memory and in the log."""
        return ("problem", self.host, self.node, self.rule, self.key, self.since, self.ended)


Record = Deed | Note | Problem

Journal = tuple[Record, ...]
"""Oldest first."""
