"""How a command ends: one exit code for each meaning, and a sentence where it ends early."""

from collections.abc import Awaitable
from typing import Final

from maestro_tui.commands.tell import tell
from maestro_tui.domain.outcomes import Outcome, Word
from maestro_tui.domain.trouble import Failure, Trouble

DONE: Final = 0
PARTLY: Final = 1
USAGE: Final = 2
UNREACHABLE: Final = 3
REFUSED: Final = 4
UNKNOWN: Final = 5

_CODES: dict[Word, int] = {"done": DONE, "partly": PARTLY, "refused": REFUSED, "unknown": UNKNOWN}
# Who is not let in, or meets a server that still loads its data, has not reached it.
_NOT_REACHED = frozenset(("unreachable", "auth", "loading", "protocol"))


class Ended(Exception):
    """A command that cannot go on: the text is the sentence for the operator."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


def code_of(outcome: Outcome) -> int:
    """Return the exit code for an outcome; a server that could not be reached is no refusal."""
    if outcome.word == "refused" and outcome.trouble is not None:
        return code_of_trouble(outcome.trouble)
    return _CODES[outcome.word]


def code_of_trouble(trouble: Trouble) -> int:
    """Return the exit code for a trouble that kept everything from being sent."""
    return UNREACHABLE if trouble.fault in _NOT_REACHED else REFUSED


async def told(work: Awaitable[int]) -> int:
    """Run a command; whatever keeps it from going on is told in a sentence, with the exit code it deserves."""
    try:
        return await work
    except Ended as ended:
        tell(str(ended))
        return ended.code
    except Failure as failure:
        tell(str(failure.trouble))
        return code_of_trouble(failure.trouble)
