"""A day on the platform at a poll a second: what is kept stays within its bound, counted in objects and in bytes."""

import gc
from dataclasses import replace
from typing import Final

from maestro_tui.domain.frame import EMPTY, Frame, derive
from maestro_tui.domain.limits import MAESTRO_LIMITS
from maestro_tui.domain.topology import MAESTRO
from maestro_tui.engine.history import MOST_MINUTES, History
from tests.engine.past import moved, of_lag, platform

DAY_S: Final = 86_400
# What the module's own words come to, for a row at a poll a second: ten minutes and the slack, a day and the slack.
ROW_OCTETS: Final = (600 + 61) * 49 + MOST_MINUTES * 97 + 72
AXIS_OCTETS: Final = (600 + 61) * 16 + MOST_MINUTES * 8
# Whatever the interpreter itself adds in between.
SLACK_OBJECTS: Final = 60


def _frames(variants: int) -> list[Frame]:
    """A few moments of the platform, to be played over and over."""
    base = platform()
    return [replace(base, rows=tuple(of_lag(row, (place * 7) % 40) for row in base.rows)) for place in range(variants)]


def test_a_day_at_a_poll_a_second_stays_within_its_bound() -> None:
    frames, history = _frames(20), History()
    rows = len(frames[0].rows)
    assert len({row.key.stream for row in frames[0].rows}) == 11
    assert sum(row.group is not None for row in frames[0].rows) >= 15
    counted = list[int]()
    for second in range(DAY_S + 3_700):
        history.add(moved(frames[second % 20], second * 1_000))
        if second in (3_600, DAY_S, DAY_S + 3_699):
            gc.collect()
            counted.append(len(gc.get_objects()))
            assert history.rows == rows
            assert history.octets <= rows * ROW_OCTETS + AXIS_OCTETS
    assert max(counted) - min(counted) <= SLACK_OBJECTS
    # The bound is no wish: most of it is used.
    assert history.octets >= 0.8 * (rows * ROW_OCTETS + AXIS_OCTETS)


def test_what_a_frame_remembers_does_not_grow_either() -> None:
    """Rates and rules keep numbers of the last polls only."""
    base, last, sizes = platform().snapshot, EMPTY, list[int]()
    for second in range(500):
        at_ms = base.taken_at_ms + second * 3_000
        streams = tuple(replace(one, seen_at_ms=at_ms) for one in base.streams)
        last = derive(
            last, replace(base, taken_at_ms=at_ms, mono_ms=second * 3_000, streams=streams), MAESTRO_LIMITS, MAESTRO
        )
        if second in (250, 499):
            gc.collect()
            sizes.append(len(gc.get_objects()))
    assert sizes[1] - sizes[0] <= SLACK_OBJECTS
