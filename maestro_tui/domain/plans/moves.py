"""Plans that move entries: claim, requeue, dead-letter, redrive, ack, edit."""

from dataclasses import dataclass
from typing import Final, Literal

from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.plans.selection import Selection, Target

Verb = Literal["claim", "requeue", "dead-letter", "redrive", "ack", "edit"]

MOST_IDS: Final = 100
"""IDs in one call: about a millisecond of the server's time at small entries (measured: 9-15 us each)."""
MOST_BYTES: Final = 1024 * 1024
"""Field bytes copied in one call before the rest of its IDs is handed back untried."""


@dataclass(frozen=True, slots=True)
class Poison:
    """What is left alone as poison: delivered, or requeued, at least this often."""

    deliveries: int
    attempts: int


@dataclass(frozen=True, slots=True)
class MovePlan:
    """What is done to which entries of a group (of a stream of dead letters, for a redrive: `key.group` is None).

    `to` is the stream that copies go to (requeue, edit: the same stream), or the consumer that gets what is claimed.
    `fields` are what an edited entry becomes. `marks`: copies carry `_maestro_origin` and `_maestro_attempt`.
    `poison` None moves poison too. `canary`: one copy goes first and must come back acknowledged, within
    `canary_wait_ms`. `rate_per_s` is in entries. `save_payloads`: entries are on our disk before they are moved.
    """

    verb: Verb
    key: Key
    selection: Selection
    taken_at_ms: int
    to: Name | None = None
    fields: tuple[tuple[bytes, bytes], ...] | None = None
    marks: bool = True
    poison: Poison | None = None
    canary: bool = False
    canary_wait_ms: int = 300_000
    rate_per_s: float | None = None
    save_payloads: bool = False

    @property
    def copies(self) -> bool:
        """Whether it makes new entries, which can be watched until somebody has acknowledged them."""
        return self.verb in ("requeue", "edit", "redrive")

    @property
    def undoable(self) -> bool:
        """Whether it can be taken back: nothing is copied, so nothing can have been processed twice."""
        return self.verb in ("claim", "ack")

    def commands(self) -> tuple[tuple[bytes, ...], ...]:
        """Return what the script does to one entry, in Redis' own commands, with `ID` for its ID."""
        stream, group = self.key.stream.raw, (self.key.group or Name(b"")).raw
        to = (self.to or self.key.stream).raw
        ack = (b"XACK", stream, group, b"ID")
        copy = (b"XADD", to, b"*", b"FIELDS")
        return {
            "claim": ((b"XCLAIM", stream, group, to, b"0", b"ID", b"IDLE", b"SAME", b"JUSTID"),),
            "requeue": (copy, ack),
            "edit": (copy, ack),
            "dead-letter": (copy, ack),
            "redrive": (copy, (b"XDEL", stream, b"ID")),
            "ack": (ack,),
        }[self.verb]


@dataclass(frozen=True, slots=True)
class MoveBatch:
    """A part of a move that is sent in one call: at most `MOST_IDS` targets, in the order of their IDs."""

    plan: MovePlan
    targets: tuple[Target, ...]
