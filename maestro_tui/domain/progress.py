"""How far an operation is, and what became of the copies it made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from maestro_tui.domain.names import Name
from maestro_tui.domain.snapshot import UNKNOWN, Count

Phase = Literal["queued", "canary", "moving", "watching", "ended"]


@dataclass(frozen=True, slots=True)
class Fates:
    """What became of `looked_at` copies: acknowledged, pending by holder, not yet delivered, or failed.

    A copy is `failed` where it is pending and its holder has come back for more since: it was worked on and not
    acknowledged. It is counted in `pending` too. `gone` were deleted or trimmed before anybody received them.
    `complete` is False where the look was cut short: `acked` is then not yet known of the others.
    """

    looked_at: int
    acked: int = 0
    pending: Mapping[Name, int] = field(default_factory=dict)
    waiting: int = 0
    failed: int = 0
    gone: int = 0
    complete: bool = True

    @property
    def settled(self) -> bool:
        """Whether nothing more is to be expected."""
        return self.complete and self.acked + self.failed + self.gone >= self.looked_at


@dataclass(frozen=True, slots=True)
class Progress:
    """One moment of an operation; `counts` are entries by what became of them, `sentence` what it does or why it ended.

    `stopped` is set once it ends before its time: by the operator, or by itself because copies came back un-acked.
    """

    phase: Phase = "queued"
    total: Count = UNKNOWN
    counts: Mapping[str, int] = field(default_factory=dict)
    sentence: str = ""
    fates: Fates | None = None
    stopping: bool = False
    stopped: Literal["", "by the operator", "by itself"] = ""
    took_s: float = 0.0

    @property
    def done(self) -> int:
        """Entries moved so far."""
        return self.counts.get("done", 0)

    @property
    def left_alone(self) -> int:
        """Entries that no longer fitted, or could not be moved."""
        return sum(self.counts.values()) - self.done
