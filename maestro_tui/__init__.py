"""maestro-tui: see which Redis Stream is sick, why, and mend it with one key."""

__version__ = "0.1.0"
