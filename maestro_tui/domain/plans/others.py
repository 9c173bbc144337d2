"""Plans about a group as a whole, and plans that take something back."""

from dataclasses import dataclass
from typing import Literal

from maestro_tui.domain.names import EntryId, Key, Name


@dataclass(frozen=True, slots=True)
class PositionPlan:
    """Sets a group's last-delivered ID from `before` to `to`; refused where it is no longer at `before`.

    `entries_read` goes with it where it is known to be right and the server takes it (7.0 and later).
    """

    key: Key
    before: EntryId
    before_read: int | None
    to: EntryId
    entries_read: int | None
    taken_at_ms: int
    undoes: str | None = None

    def commands(self) -> tuple[tuple[bytes, ...], ...]:
        """Return the Redis command."""
        assert self.key.group is not None
        read = () if self.entries_read is None else (b"ENTRIESREAD", str(self.entries_read).encode())
        return ((b"XGROUP", b"SETID", self.key.stream.raw, self.key.group.raw, str(self.to).encode(), *read),)


@dataclass(frozen=True, slots=True)
class RemovePlan:
    """Removes a consumer, or with `consumer` None the group; the server refuses while it holds pending entries.

    A group is removed only while its last-delivered ID is the one seen.
    """

    key: Key
    consumer: Name | None
    last_delivered: EntryId
    taken_at_ms: int

    def commands(self) -> tuple[tuple[bytes, ...], ...]:
        """Return the Redis command."""
        assert self.key.group is not None
        if self.consumer is None:
            return ((b"XGROUP", b"DESTROY", self.key.stream.raw, self.key.group.raw),)
        return ((b"XGROUP", b"DELCONSUMER", self.key.stream.raw, self.key.group.raw, self.consumer.raw),)


@dataclass(frozen=True, slots=True)
class Restored:
    """A pending entry as it was before: its holder, when it was delivered (server's clock), how often.

    `now_with` is who holds it now, by our own doing; None where we took it off the pending list.
    """

    id: EntryId
    owner: Name
    delivered_at_ms: int
    deliveries: int
    now_with: Name | None = None


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """Takes back a claim or an ack: each entry returns to its holder, with its idle time and delivery count.

    Refused for an entry that somebody has touched since: of a claim, one that is held by another or was delivered
    since; of an ack, one that is pending again or whose entry is gone.
    """

    key: Key
    undoes: str
    of: Literal["claim", "ack"]
    rows: tuple[Restored, ...]
    taken_at_ms: int

    def commands(self) -> tuple[tuple[bytes, ...], ...]:
        """Return what the script does to one entry, in Redis' own command."""
        assert self.key.group is not None
        force = (b"FORCE",) if self.of == "ack" else ()
        head = (b"XCLAIM", self.key.stream.raw, self.key.group.raw, b"HOLDER", b"0", b"ID")
        return ((*head, b"TIME", b"DELIVERED-AT", b"RETRYCOUNT", b"DELIVERIES", *force, b"JUSTID"),)


@dataclass(frozen=True, slots=True)
class RestoreBatch:
    """A part of an undo that is sent in one call."""

    plan: RestorePlan
    rows: tuple[Restored, ...]
