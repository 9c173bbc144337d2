"""What the operator marked: by ID, so that marks outlive paging, filters and every refresh."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from maestro_tui.domain.names import EntryId

ValueT = TypeVar("ValueT")
Shown = Sequence[tuple[EntryId, ValueT]]


class Marks(Generic[ValueT]):
    """Marked IDs, each with what stood there when it was last seen."""

    def __init__(self) -> None:
        self._marked: dict[EntryId, ValueT] = {}
        self._anchor: EntryId | None = None

    def __len__(self) -> int:
        return len(self._marked)

    def __contains__(self, id: object) -> bool:
        return id in self._marked

    @property
    def ids(self) -> tuple[EntryId, ...]:
        """The marked IDs, lowest first."""
        return tuple(sorted(self._marked))

    @property
    def values(self) -> tuple[ValueT, ...]:
        """What was last seen of each, in the order of the IDs."""
        return tuple(self._marked[id] for id in self.ids)

    def toggle(self, id: EntryId, value: ValueT) -> None:
        """Mark, or take the mark away."""
        self._anchor = id
        if id in self._marked:
            del self._marked[id]
        else:
            self._marked[id] = value

    def extend(self, shown: Shown[ValueT], to: EntryId) -> bool:
        """Mark from the entry that was marked or unmarked last to this one; False where that one is not shown."""
        ids = [id for id, _ in shown]
        if self._anchor not in ids or to not in ids:
            return False
        low, high = sorted((ids.index(self._anchor), ids.index(to)))
        self._marked |= dict(shown[low : high + 1])
        self._anchor = to
        return True

    def toggle_all(self, shown: Shown[ValueT]) -> None:
        """Mark all shown; where all of them are marked, unmark them."""
        if all(id in self._marked for id, _ in shown):
            for id, _ in shown:
                del self._marked[id]
        else:
            self._marked |= dict(shown)

    def clear(self) -> None:
        """Unmark everything."""
        self._marked.clear()
        self._anchor = None

    def saw(self, found: Mapping[EntryId, ValueT], above: EntryId | None, up_to: EntryId | None) -> int:
        """Take note of a look at every ID above one up to another (None: at all there are, on that side).

        What was found is remembered anew; a mark whose entry was not found is dropped. Returns how many were.
        """
        gone = [id for id in self._marked if id not in found and _between(id, above, up_to)]
        for id in gone:
            del self._marked[id]
        self._marked |= {id: value for id, value in found.items() if id in self._marked}
        return len(gone)


def _between(id: EntryId, above: EntryId | None, up_to: EntryId | None) -> bool:
    return (above is None or id > above) and (up_to is None or id <= up_to)
