"""How long a sign must hold, for those who do not watch: what looks only for a moment cannot wait for longer."""

from dataclasses import replace

from maestro_tui.domain.config import Config
from maestro_tui.domain.rules import RULES


def holding_at_most(config: Config, ms: int) -> Config:
    """Return the settings with no hold time above `ms`, the operator's own included.

    Without it a problem that must hold for a minute would never be told by a command that looks for five seconds.
    """
    limits = config.limits
    shorter = {rule.name: min(ms, rule.held_for_ms(limits)) for rule in RULES}
    return replace(config, limits=replace(limits, hold_ms=shorter))
