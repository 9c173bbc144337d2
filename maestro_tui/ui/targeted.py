"""What an action is to be about, as the screen on top tells it to whoever plans the action."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.snapshot import PendingEntry


@dataclass(frozen=True, slots=True)
class Targeted:
    """What an action is to be about: entries of `key`'s group, and with none of them the whole group.

    Each entry is as it was last seen, at `at_ms` of the server's clock; `marked` where the operator marked them,
    else it is the one under the cursor. `consumer` is who is selected among the consumers. `attempts` holds the
    requeues that the entries' own marks tell of, where they were fetched, and `gone` those whose entry is known to be
    deleted. `letters` are entries chosen in a stream, by ID alone: what a redrive of dead letters takes.
    """

    key: Key | None
    entries: tuple[PendingEntry, ...] = ()
    marked: bool = False
    consumer: Name | None = None
    at_ms: int = 0
    attempts: Mapping[EntryId, int] = field(default_factory=dict)
    gone: frozenset[EntryId] = frozenset()
    letters: tuple[EntryId, ...] = ()
