"""The top lines: whether we are connected, what the poll costs, and troubles told to the end."""

import pytest

from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import EMPTY, Frame, derive
from maestro_tui.domain.limits import Limits
from maestro_tui.domain.text import width
from maestro_tui.domain.topology import Topology
from maestro_tui.domain.trouble import Trouble
from maestro_tui.ui.status import Status
from maestro_tui.ui.widgets.header import banner_lines, header_line
from maestro_tui.ui.widgets.lines import line_text
from tests.scenes import frame_of

LONG = Trouble(
    "unreachable",
    "redis.example.internal:26379 does not answer: the name is known, but nobody listens on that port of the machine.",
    "Check that the server runs, that the port is right, and that no firewall stands between it and this machine.",
)


def _status(frame: Frame) -> Status:
    age_s = 12.0 if frame.ever_polled else None
    return Status(Config(), frame, frame, False, age_s, age_s, 3.0, 1.0, 0.004)


def _failed(frame: Frame) -> Frame:
    return derive(frame, LONG, Limits(), Topology(()))


def test_before_the_first_answer_nothing_is_stale() -> None:
    text = line_text(header_line(_status(_failed(EMPTY)), 80))
    assert "not connected 3s" in text
    assert "stale" not in text


def test_a_failed_poll_has_no_share() -> None:
    frame = frame_of("incident")
    assert "0.4%" in line_text(header_line(_status(frame), 160))
    text = line_text(header_line(_status(_failed(frame)), 160))
    assert "%" not in text.partition("poll ")[2]
    assert "ms - " in text


@pytest.mark.parametrize("frame", [_failed(EMPTY), _failed(frame_of("incident"))])
def test_a_trouble_is_wrapped_and_not_cut(frame: Frame) -> None:
    lines = [line_text(line) for line in banner_lines(_status(frame), 80)]
    assert all(width(line) <= 80 for line in lines)
    assert 2 < len(lines) <= 5
    words = " ".join(lines).split()
    assert all(word in words for word in f"{LONG.sentence} {LONG.next_step}".split())


@pytest.mark.parametrize("cells", [40, 50])
def test_what_is_too_long_even_so_ends_in_an_ellipsis(cells: int) -> None:
    lines = [line_text(line) for line in banner_lines(_status(_failed(frame_of("incident"))), cells)]
    assert all(width(line) <= cells for line in lines)
    assert len(lines) <= 5
    assert lines[-1].endswith("…")
