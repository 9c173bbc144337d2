"""What became of the entries of a run so far: counted, and listed for the page under way."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from maestro_tui.domain.names import EntryId
from maestro_tui.domain.outcomes import EntryOutcome, Outcome
from maestro_tui.domain.trouble import Trouble

_TOLD: Final = 1_000
"""Entries of which the outcome tells one by one; the log has them all."""


_UNTRIED: Final = Trouble("bug", "The server handed a whole batch back untried.", "Move these entries one by one.")
_UNTOLD: Final = Trouble("bug", "What became of a batch was not told.", "Look at the streams before you try again.")


@dataclass(frozen=True, slots=True)
class End:
    """Why a run ends before its time."""

    trouble: Trouble | None = None
    sentence: str = ""
    stopped: Literal["", "by the operator", "by itself"] = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """What an answer says: the entries told of, those whose turn is yet to come, and why no batch may follow."""

    told: tuple[EntryOutcome, ...]
    untried: frozenset[EntryId] = frozenset()
    end: End | None = None


def judge(ids: Sequence[EntryId], outcome: Outcome) -> Judged:
    """Read the answer to a batch of these IDs. Unless nothing was sent, an entry that it leaves out is unknown."""
    if outcome.word == "refused" and not outcome.entries:
        return Judged((), frozenset(ids), End(outcome.trouble or _UNTOLD))
    if outcome.word == "done" and len(outcome.entries) == len(ids):
        return Judged(outcome.entries)
    words = {entry.id: entry for entry in outcome.entries}
    silent = unknown(id for id in ids if id not in words)
    told = (*(entry for entry in outcome.entries if entry.word != "not tried"), *silent)
    untried = frozenset(id for id, entry in words.items() if entry.word == "not tried")
    if outcome.trouble is not None or any(entry.word == "unknown" for entry in told):
        return Judged(told, untried, End(outcome.trouble or _UNTOLD))
    failed = next((entry for entry in told if entry.word == "failed"), None)
    if failed is not None:
        sentence = f"{failed.id} could not be moved: {failed.note or 'the server refused it.'}"
        return Judged(told, untried, End(sentence=sentence))
    return Judged(told, untried, None if told else End(_UNTRIED))


class Tally:
    """Counts entries by what became of them. Those handed back untried are not counted: their turn may yet come."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.entries: list[EntryOutcome] = []
        self._moved: list[str | list[str]] = []
        self._others: dict[str, list[str]] = {}

    @property
    def told(self) -> dict[str, int]:
        """The counts that are not 0."""
        return {word: number for word, number in self.counts.items() if number}

    @property
    def done(self) -> int:
        """Entries moved so far."""
        return self.counts["done"]

    def take(self, outcomes: Sequence[EntryOutcome]) -> None:
        """Count these."""
        moved = [_spelled(one) for one in outcomes if one.word == "done"]
        self._moved += moved
        self.counts["done"] += len(moved)
        if len(moved) < len(outcomes):
            for one in outcomes:
                if one.word != "done":
                    self.counts[one.word] += 1
                    self._others.setdefault(one.word, []).append(str(one.id))
        self.entries += outcomes[: _TOLD - len(self.entries)]

    def page(self, number: int) -> dict[str, Any] | None:
        """Return the record of the page that ends, and begin another; None where nothing was tried."""
        done, self._moved = self._moved, []
        others, self._others = self._others, {}
        if not done and not others:
            return None
        counts = {"done": len(done), **{word: len(ids) for word, ids in others.items()}}
        return {"page": number, "counts": counts, "done": done, "others": others}


def _spelled(one: EntryOutcome) -> str | list[str]:
    return str(one.id) if one.copy is None else [str(one.id), str(one.copy)]


def unknown(ids: Iterable[EntryId]) -> list[EntryOutcome]:
    """Say of entries that they were sent and nobody answered."""
    return [EntryOutcome(id, "unknown") for id in ids]
