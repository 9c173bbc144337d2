"""What became of a confirmed plan."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.trouble import Trouble

Word = Literal["done", "partly", "refused", "unknown"]
StepWord = Literal["created", "already there", "refused", "unknown"]

EntryWord = Literal[
    "done",
    "not pending",  # acknowledged, or moved by somebody else, before we came
    "moved on",  # another consumer holds it
    "delivered again",  # received or claimed since it was seen
    "deleted",  # pending, but the entry itself is gone: a ghost
    "poison",  # delivered or requeued too often to be tried again
    "too wide",  # more fields than a script can copy
    "no provenance",  # no dead letter of ours
    "pending again",  # undo of an ack: somebody holds it again
    "failed",  # the server refused this one; the note says why
    "not tried",  # the call ended before its turn
    "unknown",  # sent, and the answer was lost
]


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What became of one step: `unknown` means it was sent and the answer was lost."""

    key: Key
    word: StepWord
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class EntryOutcome:
    """What became of one entry; `copy` is the ID of the new entry where one was made."""

    id: EntryId
    word: EntryWord
    copy: EntryId | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan or a part of one, in one word, with the steps or entries it is made of.

    `unknown` is never retried silently: the operator sees it and looks again.
    """

    word: Word
    steps: tuple[StepOutcome, ...] = ()
    trouble: Trouble | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    entries: tuple[EntryOutcome, ...] = ()

    @classmethod
    def of(cls, steps: tuple[StepOutcome, ...]) -> "Outcome":
        """Sum the steps up: one unknown makes the whole unknown, some refused make it partly done."""
        words = [step.word for step in steps]
        counts = dict(Counter[str](words))
        good = sum(word in ("created", "already there") for word in words)
        trouble = next((step.trouble for step in steps if step.trouble is not None), None)
        if "unknown" in words:
            return cls("unknown", steps, trouble, counts)
        if good == len(words):
            return cls("done", steps, None, counts)
        return cls("partly" if good else "refused", steps, trouble, counts)

    @classmethod
    def of_entries(cls, entries: Sequence[EntryOutcome], trouble: Trouble | None = None) -> "Outcome":
        """Sum entries up: `done` is all done; `refused` nothing done because of a trouble; else `partly`."""
        counts = dict(Counter[str](entry.word for entry in entries))
        return cls(word_of(counts, trouble), (), trouble, counts, tuple(entries))

    @classmethod
    def refused(cls, trouble: Trouble) -> "Outcome":
        """Nothing was sent."""
        return cls("refused", (), trouble)


def word_of(counts: Mapping[str, int], trouble: Trouble | None) -> Word:
    """Return the one word for entries counted by what became of them."""
    if counts.get("unknown"):
        return "unknown"
    done = counts.get("done", 0)
    if trouble is not None and not done:
        return "refused"
    return "done" if trouble is None and done == sum(counts.values()) else "partly"
