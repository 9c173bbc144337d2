"""Where every numbered entry is in the end: the books that show a duplicate, a loss or a changed byte."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from maestro_tui.domain.names import EntryId
from tests.long.numbered import KEY, Numbered, entries, number_of, pending
from tests.long.wire import Wire

_MARKS = (b"_maestro_origin", b"_maestro_attempt")
_PROVENANCE = b"_maestro_dead_"
_SHOWN = 5


@dataclass(slots=True)
class Books:
    """How often each number is in each place; a number must be in exactly one place, once."""

    numbered: Numbered
    places: dict[str, bytearray] = field(default_factory=dict)
    altered: list[int] = field(default_factory=list)
    strangers: int = 0

    def enter(self, place: str, numbers: Iterable[int]) -> None:
        """Note where numbers were found."""
        found = self.places.setdefault(place, bytearray(self.numbered.count))
        for number in numbers:
            if 0 <= number < self.numbered.count:
                found[number] = min(found[number] + 1, 255)
            else:
                self.strangers += 1

    def add(self, place: str, times: bytes) -> None:
        """Note how often each number, from 0 on, was somewhere."""
        found = self.places.setdefault(place, bytearray(self.numbered.count))
        for number, often in enumerate(times):
            found[number] = min(found[number] + often, 255)

    def total(self, place: str) -> int:
        """Return how many entries were found in a place."""
        return sum(self.places.get(place, b""))

    @property
    def duplicates(self) -> list[int]:
        """The numbers found more than once, in one place or in two."""
        return [number for number, often in enumerate(self._sums()) if often > 1]

    @property
    def lost(self) -> list[int]:
        """The numbers found nowhere."""
        return [number for number, often in enumerate(self._sums()) if not often]

    @property
    def faults(self) -> list[str]:
        """What is wrong, in words; nothing where every entry is in one place, once, with its bytes."""
        wrong = (("duplicates", self.duplicates), ("lost", self.lost), ("altered", self.altered))
        told = [f"{what} {len(numbers)}: {_some(numbers)}" for what, numbers in wrong if numbers]
        return told + ([f"entries that nobody made: {self.strangers}"] if self.strangers else [])

    def _sums(self) -> Iterable[int]:
        columns: Sequence[bytearray] = list(self.places.values()) or [bytearray(self.numbered.count)]
        return map(sum, zip(*columns, strict=True))


def read(wire: Wire, numbered: Numbered, dead: bytes | None = None) -> Books:
    """Read the server: what is pending, what was copied, and what is among the dead letters."""
    books = Books(numbered)
    books.enter("pending", map(numbered.number, pending(wire)))
    books.enter("copied", _copies(wire, KEY.stream.raw, numbered.last, books))
    if dead is not None:
        books.enter("dead", _copies(wire, dead, None, books))
    return books


def _copies(wire: Wire, stream: bytes, after: EntryId | None, books: Books) -> Iterable[int]:
    """Go through copies, and note those whose own fields are not what they were."""
    for _, fields in entries(wire, stream, after):
        number = number_of(fields)
        own = tuple(pair for pair in fields if pair[0] not in _MARKS and not pair[0].startswith(_PROVENANCE))
        if own != books.numbered.fields(number):
            books.altered.append(number)
        yield number


def _some(numbers: Sequence[int]) -> str:
    more = " …" if len(numbers) > _SHOWN else ""
    return ", ".join(map(str, numbers[:_SHOWN])) + more
