"""A capped stream is told from one that grows, and from one whose workers delete what they are done with."""

from typing import Any

import pytest

from maestro_tui.domain.capped import Capping, capping
from maestro_tui.domain.names import ZERO
from maestro_tui.domain.plans.propose import Situation
from maestro_tui.domain.snapshot import Stream
from tests.domain.building import JOBS, NOW, ago, frame, stream
from tests.domain.planning import CONFIG, later


def _seen(length: int, added: int | None, at_ms: int = NOW, **changes: Any) -> Stream:  # noqa: ANN401 - Stream's fields
    last = ago(1_000 - (at_ms - NOW) - (added or 0))
    first = ago(600_000 - (0 if added is None else added - length))
    ends = {"first_id": first, "last_id": last, **changes}
    return stream(length=length, entries_added=added, seen_at_ms=at_ms, **ends)


SAME: dict[str, Any] = {"last_id": ago(1)}
OLD: dict[str, Any] = {"max_deleted_id": None}


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (_seen(1_000, 5_000), _seen(1_000, 5_020, NOW + 1_000), "capped"),
        (_seen(1_000, 5_000), _seen(960, 5_020, NOW + 1_000), "capped"),
        (_seen(1_000, 5_000), _seen(1_019, 5_020, NOW + 1_000), "capped"),
        (_seen(1_000, 5_000), _seen(1_020, 5_020, NOW + 1_000), "trimmed"),
        (_seen(1_000, 5_000), _seen(1_000, 5_000, NOW + 1_000), "trimmed"),
        (_seen(1_000, 1_000), _seen(1_020, 1_020, NOW + 1_000), "no"),
        (_seen(1_000, 1_000), _seen(1_000, 1_000, NOW + 1_000), "no"),
        (_seen(9, 50, max_deleted_id=ago(9)), _seen(9, 60, NOW + 1_000, max_deleted_id=ago(5)), "no"),
        (_seen(9, 50, max_deleted_id=ago(9)), _seen(9, 60, NOW + 1_000, max_deleted_id=ago(9)), "capped"),
        (_seen(9, None, **OLD), _seen(9, None, NOW + 1_000, **OLD), "capped"),
        (_seen(9, None, **OLD), _seen(11, None, NOW + 1_000, **OLD), "no"),
        (_seen(9, None, **OLD, **SAME), _seen(9, None, NOW + 1_000, **OLD, **SAME), "no"),
    ],
    ids=[
        "flat", "shrinking", "growing by less than came", "once trimmed, growing", "once trimmed, quiet", "growing",
        "quiet", "deleted by workers", "deleted once, capped", "6.2, flat", "6.2, growing", "6.2, quiet",
    ],
)  # fmt: skip
def test_what_a_stream_does_tells(before: Stream, after: Stream, wanted: Capping) -> None:
    made = later(frame(before), after, NOW + 1_000)
    assert capping(after, Situation(made, CONFIG).trail(JOBS)) == wanted


def test_one_look_knows_only_what_went_before() -> None:
    assert capping(_seen(10, 12), ()) == "trimmed"
    assert capping(_seen(10, 10), ()) == "no"
    assert capping(_seen(10, 12, max_deleted_id=ago(1)), ()) == "no"
    assert capping(_seen(0, 0, max_deleted_id=ZERO), ()) == "no"
