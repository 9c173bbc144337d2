"""Which row is selected: by what it is, never by where it stands.

A list that is polled is resorted and loses rows under the operator's hands. The selection follows its row; where
the row is gone nothing is selected, since the neighbour is another stream.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Selection:
    """A selected key, and the place where it last stood, so that moving on starts from there."""

    key: Hashable | None = None
    index: int | None = None
    lost: Hashable | None = None
    _place: int = 0

    def follow(self, keys: Sequence[Hashable]) -> None:
        """Find the selected key in a new list; select nothing where it is gone."""
        if self.key is None:
            return
        if self.index is not None and self.index < len(keys) and keys[self.index] == self.key:
            return
        self.index = next((place for place, key in enumerate(keys) if key == self.key), None)
        if self.index is None:
            self.lost, self.key = self.key, None
        else:
            self._place = self.index

    def choose(self, index: int, keys: Sequence[Hashable]) -> None:
        """Select the row at a place, or the nearest there is."""
        if not keys:
            return
        self.index = self._place = max(0, min(index, len(keys) - 1))
        self.key, self.lost = keys[self.index], None

    def move(self, by: int, keys: Sequence[Hashable]) -> None:
        """Move on; from a lost row to what now stands where it stood."""
        if self.index is not None:
            self.choose(self.index + by, keys)
        else:
            self.choose(self._place if by >= 0 else self._place + by, keys)
