"""What the log tells after a crash, and whether that is what happened."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from maestro_tui.domain.journal import Deed
from maestro_tui.domain.names import EntryId
from maestro_tui.engine.audit import Audit
from maestro_tui.engine.clock import SystemClock
from tests.long.books import Books

INTERRUPTED: Final = "an intent without an outcome"
NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class Told:
    """What the log says of a move: nothing, that it was interrupted, or its outcome in a word.

    `named` are the entries that the log names as about to be moved.
    """

    word: str
    counts: Mapping[str, int] = field(default_factory=dict)
    named: frozenset[EntryId] = frozenset()

    @property
    def done(self) -> int:
        """How many entries it says were moved."""
        return self.counts.get("done", 0)

    @property
    def doubtful(self) -> int:
        """Of how many it says that nobody knows."""
        return self.counts.get("unknown", 0)


def read(log: Path) -> Told:
    """Read the log as the program reads it."""
    deeds = [deed for deed in Audit(log, SystemClock()).read() if isinstance(deed, Deed)]
    if not deeds:
        return Told(NOTHING)
    [deed] = deeds
    return Told(deed.outcome or INTERRUPTED, deed.counts, _named(log))


def faults(told: Told, found: Books, *, server_died: bool, durable: bool) -> list[str]:
    """Name what the log does not say, or says wrongly.

    `durable`: what the server answered is on its disk; otherwise it may have forgotten the last of it.
    """
    moved = [number for place in ("copied", "dead") for number, often in enumerate(found.places[place]) if often]
    wrong = []
    if unnamed := [number for number in moved if found.numbered.id(number) not in told.named]:
        wrong.append(f"the log does not name {len(unnamed)} moved entries")
    if not server_died:
        return wrong if told.word in (NOTHING, INTERRUPTED) else [*wrong, f"the log says {told.word}"]
    if told.word in (NOTHING, INTERRUPTED) or (told.word == "done" and durable):
        wrong.append(f"the server died, and the log says {told.word}")
    if len(moved) > told.done + told.doubtful or (durable and len(moved) < told.done):
        wrong.append(f"{len(moved)} were moved; the log says {told.done}, and {told.doubtful} unknown")
    return wrong


def _named(log: Path) -> frozenset[EntryId]:
    lines = log.read_text(encoding="utf-8").split("\n")
    # What follows the last line's end was being written when we were killed.
    records = (json.loads(line) for line in lines[:-1])
    return frozenset(EntryId.parse(id) for record in records if record["record"] == "entries" for id in record["ids"])
