"""The way of every action through the face: a fresh plan, a confirmation, the outcome, and what was seen of it."""

from maestro_tui.ui.acting.desk import ERROR_S, Desk, Severity, why_not
from maestro_tui.ui.acting.init import init_topology

__all__ = ["ERROR_S", "Desk", "Severity", "init_topology", "why_not"]
