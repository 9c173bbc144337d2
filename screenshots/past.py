"""What the numbers were before a scene begins: frames of the ten minutes, or of the day, before it.

They go into the history as if they had been polled; only their rows' numbers and their moments are made up.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import EMPTY, Frame, derive
from maestro_tui.domain.rates import Rates
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import Count, Snapshot, exact
from maestro_tui.domain.trouble import Trouble
from maestro_tui.engine.history import History
from screenshots.desk import DESK
from screenshots.script import NOW_MS, Scene

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
# The worker of the healing stream went silent so long ago.
_SILENT_MS = 8 * MINUTE
# Nobody could look for a while, and for a while the lag was only guessed.
_OUTAGE_MS = range(5 * MINUTE, 6 * MINUTE)
_GUESSED_MS = range(3 * MINUTE, 4 * MINUTE)


def before(scene: Scene, span_ms: int, every_ms: int) -> Iterator[Frame | None]:
    """Yield the frames of a span that ends where a scene's script begins; None where the poll failed."""
    first = scene.script[0]
    assert isinstance(first, Snapshot)
    base = derive(EMPTY, first, scene.config.limits, scene.config.topology)
    for at_ms in range(first.taken_at_ms - span_ms, first.taken_at_ms, every_ms):
        ago_ms = NOW_MS - at_ms
        seen = replace(first, taken_at_ms=at_ms)
        rows = tuple(_row(row, ago_ms) for row in base.rows)
        yield None if ago_ms in _OUTAGE_MS else replace(base, snapshot=seen, rows=rows)


def remember(history: History, scene: Scene, span_ms: int, every_ms: int) -> None:
    """Put the past of a scene into a history."""
    for frame in before(scene, span_ms, every_ms):
        if frame is None:
            history.gap()
        else:
            history.add(frame)


def _row(row: Row, ago_ms: int) -> Row:
    """A row as it was: of the healing stream the story, of the others what they are."""
    if row.group is None or row.alias != "test_healing":
        return row
    wave = (ago_ms // (7 * SECOND) * 37 % 11) / 10
    silent_for = max(0, _SILENT_MS - ago_ms)
    came, went = 1.5 + wave, (0.0 if silent_for else 1.4 + wave * 0.8)
    lag = exact(round(silent_for / 720) + round(8 * wave) * (silent_for == 0))
    if ago_ms in _GUESSED_MS:
        lag = Count(lag.value, "estimate")
    group = replace(row.group, pending=min(214, 10 + silent_for // 1_000) if silent_for else round(14 * wave))
    length = 881 - round(ago_ms / 1_500)
    speed = Rates(came, went, went, 10_000)
    return replace(row, stream=replace(row.stream, length=max(0, length)), group=group, lag=lag, rates=speed)


_TABS = ("tab", "tab", "tab")
_GROUP = DESK["group_consumers"]

PAST: Mapping[str, tuple[Scene, int, int]] = {
    "history": (replace(_GROUP, press=("g", "enter", *_TABS)), 10 * MINUTE, SECOND),
    "history_day": (replace(_GROUP, press=("g", "enter", *_TABS, "h")), 30 * HOUR, 20 * SECOND),
    "history_ascii": (
        replace(_GROUP, config=Config(environment="production", ascii=True), press=("g", "enter", *_TABS)),
        10 * MINUTE,
        SECOND,
    ),
}
"""Every state of the History pane, by name: the scene, and for how long before it there was a poll how often."""

UNREACHABLE = Trouble("unreachable", "maestro-redis:6379 does not answer: timed out.", "Is it running?")
