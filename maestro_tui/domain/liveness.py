"""Is anybody there? What the server can say of a consumer's life, and where it cannot say.

Measured: from 7.2 a consumer's idle time restarts whenever it asks, on the primary; at 7.0 and below only when it
gets an entry, so that a healthy worker of a quiet stream looks idle for ever. A worker in the middle of a long
batch asks nobody anything: nobody can tell it from a dead one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.pending import batch_of
from maestro_tui.domain.snapshot import Consumer, Group, Node, Snapshot


@dataclass(frozen=True, slots=True)
class Live:
    """Which consumers are live: True, False, or None where nobody can tell."""

    by_consumer: Mapping[Name, bool | None] = field(default_factory=dict)
    known: bool = True

    @property
    def total(self) -> int:
        """All consumers of the group."""
        return len(self.by_consumer)

    @property
    def certain(self) -> int:
        """Consumers that are certainly live."""
        return sum(word is True for word in self.by_consumer.values())

    @property
    def unsure(self) -> int:
        """Consumers that may be busy or dead."""
        return sum(word is None for word in self.by_consumer.values())

    @property
    def possible(self) -> bool:
        """Whether somebody is or may be there."""
        return not self.known or self.certain + self.unsure > 0


@dataclass(frozen=True, slots=True)
class Seen:
    """A consumer's pending count and when it last changed, in the server's milliseconds."""

    pending: int
    changed_at_ms: int | None


Activity = Mapping[Name, Seen]


def observe(past: Mapping[Key, Activity], seen: Snapshot) -> dict[Key, Activity]:
    """Note whose pending count changed since the poll before."""
    noted: dict[Key, Activity] = {}
    for stream in seen.streams:
        for group in stream.groups or ():
            key = Key(stream.name, group.name)
            before = past.get(key, {})
            if group.consumers is None:
                noted[key] = before
                continue
            noted[key] = {
                consumer.name: _note(before.get(consumer.name), consumer.pending, seen.taken_at_ms)
                for consumer in group.consumers
            }
    return noted


def _note(before: Seen | None, pending: int, now_ms: int) -> Seen:
    if before is None:
        return Seen(pending, None)
    return before if before.pending == pending else Seen(pending, now_ms)


def live_of(
    group: Group,
    node: Node | None,
    activity: Activity | None,
    safe_after_ms: int,
    limits: Limits,
    waiting_ms: int | None,
    now_ms: int,
) -> Live:
    """Return which consumers of a group are live."""
    if group.consumers is None:
        return Live(known=group.consumer_count == 0)
    # A replica does not hear of empty polls: its idle says nothing.
    primary = node is None or node.role != "slave"
    words: dict[Name, bool | None] = {}
    for consumer in group.consumers:
        noted = (activity or {}).get(consumer.name)
        recently = (
            noted is not None
            and noted.changed_at_ms is not None
            and now_ms - noted.changed_at_ms < limits.live_within_ms
        )
        if consumer.idle_ms < limits.live_within_ms:
            words[consumer.name] = True
        elif recently or (consumer.pending and _may_be_busy(consumer, group, safe_after_ms)):
            # A pending count that fell may be an acknowledgement of its own, or somebody's claim of what it held.
            words[consumer.name] = None
        elif consumer.inactive_ms is not None and primary:
            words[consumer.name] = False
        else:
            # Before 7.2 a worker of a quiet stream looks just like this; one that leaves work waiting does not.
            ignoring = waiting_ms is not None and waiting_ms >= limits.live_within_ms
            words[consumer.name] = False if ignoring and primary else None
    return Live(words)


def _may_be_busy(consumer: Consumer, group: Group, safe_after_ms: int) -> bool:
    """Whether it holds, or may hold, a last batch that may still be running."""
    if consumer.quiet_ms is None or consumer.quiet_ms >= safe_after_ms:
        return False
    if group.page is None or not group.page.complete:
        return True
    own = [entry for entry in group.page.entries if entry.consumer == consumer.name]
    return any(batch_of(entry, consumer) != "left behind" for entry in own)
