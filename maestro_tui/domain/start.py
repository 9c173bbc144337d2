"""Where a consumer group begins, or began."""

from dataclasses import dataclass
from typing import Literal

from maestro_tui.domain.names import ZERO, EntryId

StartWord = Literal["0", "end", "id", "remembered"]


@dataclass(frozen=True, slots=True)
class Start:
    """Where a new group begins. For `id` and `remembered` the group's next entry is the first after `id`."""

    word: StartWord
    id: EntryId = ZERO
    entries_read: int | None = None
