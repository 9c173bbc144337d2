"""Frames out of the scripted scenes, for tests that need a whole moment and no screen."""

from maestro_tui.domain.frame import EMPTY, Frame, derive
from maestro_tui.domain.rows import Row
from screenshots.script import SCENES


def frame_of(scene: str) -> Frame:
    """The frame that a scene ends with."""
    frame, config = EMPTY, SCENES[scene].config
    for seen in SCENES[scene].script:
        frame = derive(frame, seen, config.limits, config.topology)
    return frame


def row_of(frame: Frame, alias: str) -> Row:
    """The declared row of an alias."""
    return next(row for row in frame.rows if row.alias == alias and row.declared)
