"""What an action is to be about, when it is not entries named one by one."""

from dataclasses import dataclass
from typing import Literal

from maestro_tui.domain.limits import StreamLimits
from maestro_tui.domain.names import Name
from maestro_tui.domain.quantities import duration

Which = Literal["stuck", "left behind", "idle"]


@dataclass(frozen=True, slots=True)
class Criteria:
    """All stuck entries of a group, all left behind, or all idle for at least `min_idle_ms`; narrowed by the rest.

    `limit` takes that many, the oldest ones.
    """

    which: Which = "stuck"
    min_idle_ms: int | None = None
    min_deliveries: int = 0
    consumer: Name | None = None
    limit: int | None = None

    def idle_ms(self, limits: StreamLimits) -> int:
        """Return for how long an entry must have been idle at least."""
        if self.which == "idle":
            return self.min_idle_ms or 0
        return limits.stuck_after_ms if self.which == "stuck" else 0

    def subset(self, limits: StreamLimits) -> bool:
        """Whether it leaves out entries that are as stuck as those it takes."""
        narrowed = self.consumer is not None or self.limit is not None or self.min_deliveries > 1
        return narrowed or self.idle_ms(limits) > limits.stuck_after_ms

    def words(self, limits: StreamLimits) -> str:
        """Say what is looked for: `idle for 5m or longer`, held by `worker-1`."""
        idle = f"idle for {duration(self.idle_ms(limits))} or longer"
        parts = ["left behind" if self.which == "left behind" else idle]
        if self.min_deliveries > 1:
            parts.append(f"delivered at least {self.min_deliveries} times")
        if self.consumer is not None:
            parts.append(f"held by {self.consumer}")
        return ", ".join(parts)
