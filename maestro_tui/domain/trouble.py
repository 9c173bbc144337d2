"""What is wrong, in a sentence and a next step an operator can act on."""

from dataclasses import dataclass
from typing import Literal

Fault = Literal[
    "unreachable", "auth", "denied", "loading", "replica", "full", "busy", "wrong_type", "gone", "protocol", "bug"
]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault, told. `sentence` says what happened, `next_step` what to do about it; neither holds a secret."""

    fault: Fault
    sentence: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.sentence} {self.next_step}".strip()


class Failure(Exception):
    """All that leaves the gateway when it cannot do what it was asked."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(str(trouble))
        self.trouble = trouble
