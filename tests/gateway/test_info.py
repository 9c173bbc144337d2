"""What INFO and TIME tell of the server: its age, its primary, its clock against ours; None where they do not."""

import itertools

import pytest

from maestro_tui.domain.config import Address
from maestro_tui.gateway import info
from tests.gateway.conftest import OpenReader
from tests.gateway.rig import RealClock
from tests.servers import Server


def _lines(*lines: str) -> bytes:
    return "\r\n".join(("redis_version:7.0.15", *lines)).encode()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((), (None, None, None, None)),
        (("uptime_in_seconds:12",), (12, None, None, None)),
        (
            ("role:slave", "master_host:10.0.0.3", "master_port:6379", "master_link_status:up"),
            (None, "10.0.0.3:6379", True, None),
        ),
        (
            ("master_host:h", "master_port:1", "master_link_status:down", "master_link_down_since_seconds:7"),
            (None, "h:1", False, 7),
        ),
        (
            ("master_host:h", "master_link_status:down", "master_link_down_since_seconds:-1", "uptime_in_seconds:x"),
            (None, None, False, None),
        ),
        (("master_host:\x1b[2J", "master_port:1"), (None, "\\x1b[2J:1", None, None)),
    ],
)
def test_what_is_told_of_itself(lines: tuple[str, ...], told: tuple[object, ...]) -> None:
    node = info.node(_lines(*lines), Address())
    assert (node.uptime_s, node.primary, node.link_up, node.link_down_s) == told


class _Wrong(RealClock):
    """A clock that is wrong by so much, each time it is asked by another amount, in turn."""

    def __init__(self, *wrong_ms: int) -> None:
        self._wrong_ms = itertools.cycle(wrong_ms)

    def wall_ms(self) -> int:
        return super().wall_ms() + next(self._wrong_ms)


@pytest.mark.parametrize(
    ("before_ms", "after_ms", "low_ms", "high_ms"),
    [
        (-60_000, 60_000, 0, 0),
        (0, 0, 0, 0),
        (-90_000, -60_000, 30_000, 60_000),
        (60_000, 90_000, -60_000, -30_000),
    ],
)
async def test_a_clock_is_only_as_wrong_as_the_round_trip_allows(
    redis70: Server, open_reader: OpenReader, before_ms: int, after_ms: int, low_ms: int, high_ms: int
) -> None:
    """It was answered somewhere in between: where that can be right, it is."""
    seen = await open_reader(redis70, _Wrong(before_ms, after_ms)).poll(None)
    skew_ms = seen.nodes[0].skew_ms
    assert skew_ms is not None
    assert low_ms <= skew_ms <= high_ms
