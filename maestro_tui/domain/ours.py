"""What we ourselves did since the last poll, so that nobody takes our own moves for the platform's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from maestro_tui.domain.names import Key, Name

_T = TypeVar("_T", Key, Name)


@dataclass(frozen=True, slots=True)
class Ours:
    """Our own doings between two looks, in entries.

    `copied`: added to a stream by requeue, dead-letter, redrive and edit. `acked`: taken off a group's pending list,
    less those an undo put back. `placed`: groups that we made, removed, or gave another position; with `group` None
    a stream of which nobody can say what we did to it by the time of the look (an answer was lost, or a batch was
    under way): its counters are compared with nothing earlier.
    """

    copied: Mapping[Name, int] = field(default_factory=dict)
    acked: Mapping[Key, int] = field(default_factory=dict)
    placed: frozenset[Key] = frozenset()

    def plus(self, other: "Ours") -> "Ours":
        """Return both together."""
        return Ours(_sum(self.copied, other.copied), _sum(self.acked, other.acked), self.placed | other.placed)

    def unsettled(self) -> "Ours":
        """Return the same where it is not known whether a look saw it: the streams it touches are compared anew."""
        return Ours(self.copied, self.acked, self.placed | {Key(name) for name in self.streams})

    @property
    def streams(self) -> frozenset[Name]:
        """The streams it touches."""
        return frozenset({*self.copied, *(key.stream for key in self.acked), *(key.stream for key in self.placed)})

    def begins_anew(self, key: Key) -> bool:
        """Whether what is counted for this key has nothing to do with what was counted before."""
        return key in self.placed or Key(key.stream) in self.placed


def _sum(one: Mapping[_T, int], other: Mapping[_T, int]) -> dict[_T, int]:
    # Entries that an undo put back count as negative.
    return {key: one.get(key, 0) + other.get(key, 0) for key in {**one, **other}}


NOTHING = Ours()
