"""What became of a confirmed plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from maestro_tui.domain.names import Key
from maestro_tui.domain.trouble import Trouble

Word = Literal["done", "partly", "refused", "unknown"]
StepWord = Literal["created", "already there", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What became of one step: `unknown` means it was sent and the answer was lost."""

    key: Key
    word: StepWord
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a plan, in one word, with the steps it is made of.

    `unknown` is never retried silently: the operator sees it and looks again.
    """

    word: Word
    steps: tuple[StepOutcome, ...] = ()
    trouble: Trouble | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, steps: tuple[StepOutcome, ...]) -> "Outcome":
        """Sum the steps up: one unknown makes the whole unknown, some refused make it partly done."""
        words = [step.word for step in steps]
        counts: dict[str, int] = {}
        for word in words:
            counts[word] = counts.get(word, 0) + 1
        good = sum(word in ("created", "already there") for word in words)
        trouble = next((step.trouble for step in steps if step.trouble is not None), None)
        if "unknown" in words:
            return cls("unknown", steps, trouble, counts)
        if good == len(words):
            return cls("done", steps, None, counts)
        return cls("partly" if good else "refused", steps, trouble, counts)

    @classmethod
    def refused(cls, trouble: Trouble) -> "Outcome":
        """Nothing was sent."""
        return cls("refused", (), trouble)
