"""Whether anything may ever be written from here."""

from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import Frame


def read_by_design(config: Config, frame: Frame) -> str | None:
    """Return why nothing may ever be written from here, in a sentence; None where that is not so."""
    if config.read_only:
        return "This dashboard is read-only. Start it without --read-only to act."
    if any(node.writable is False for node in frame.snapshot.nodes):
        return "This server is a replica and takes no writes. Connect to the primary."
    return None
