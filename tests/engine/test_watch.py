"""The watch: what became of the copies, until they have settled or a minute has passed, and then a line about it."""

from pathlib import Path
from typing import Any

import pytest

from maestro_tui.domain.names import Name
from maestro_tui.domain.progress import Fates
from maestro_tui.domain.trouble import Failure
from tests.domain.building import DENIED, DOWN
from tests.engine.moving import HOLDER, chosen, confirmed, lines, move, operations
from tests.engine.timing import HeldClock, eventually
from tests.fakes import FixedClock, Shelf

PLAN = confirmed(move("requeue", chosen(5)))
HALF = Fates(5, acked=3, pending={HOLDER: 1}, waiting=1)
SETTLED = Fates(5, acked=3, pending={HOLDER: 2}, failed=1, gone=1)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log goes."""
    return tmp_path / "audit.jsonl"


async def test_it_goes_on_until_all_have_settled(log: Path) -> None:
    clock, asked = FixedClock(), list[float]()
    many = operations(log, shelf=Shelf(fates=[*[HALF] * 4, SETTLED]), clock=clock, after=lambda: asked.append(1.0))
    operation = many.submit(PLAN)
    outcome = await operation.wait()
    assert outcome.word == "done"
    assert (many.in_flight, many.recent) == ({}, [operation])
    progress = await operation.settled()
    assert (progress.phase, progress.fates, progress.done) == ("ended", SETTLED, 5)
    assert len(asked) >= 5
    line = lines(log)[-1]
    assert {name: line[name] for name in ("record", "acked", "pending", "failed", "gone", "settled", "trouble")} == {
        "record": "watch", "acked": 3, "pending": [["worker-1", 2]], "failed": 1, "gone": 1, "settled": True,
        "trouble": None,
    }  # fmt: skip
    assert (line["watched_s"], line["operation"]) == (4.0, operation.id)
    assert len(operation.lines) == 3


async def test_it_ends_after_a_minute(log: Path) -> None:
    clock = FixedClock()
    operation = operations(log, shelf=Shelf(fates=[HALF]), clock=clock).submit(PLAN)
    assert (await operation.settled()).fates == HALF
    assert (lines(log)[-1]["watched_s"], lines(log)[-1]["settled"]) == (60.0, False)


async def test_the_next_plan_does_not_wait_for_it(log: Path) -> None:
    clock = HeldClock()
    many = operations(log, shelf=Shelf(fates=[HALF]), clock=clock)
    watched, following = many.submit(PLAN), many.submit(confirmed(move("claim", chosen(5))))
    await following.settled()
    assert (watched.progress.phase, watched.progress.fates) == ("watching", HALF)
    assert many.in_flight == {}
    watched.stop()
    assert watched.progress.stopping
    assert (await watched.settled()).stopped == ""
    assert lines(log)[-1]["acked"] == 3


async def test_a_stop_of_the_move_does_not_stop_the_watch_of_what_was_moved(log: Path) -> None:
    clock = HeldClock()
    plan = confirmed(move("requeue", chosen(500), rate_per_s=0.001))
    operation = operations(log, shelf=Shelf(fates=[HALF]), clock=clock).submit(plan)
    await eventually(lambda: operation.progress.done == 1 or operation.progress.phase == "moving")
    operation.stop()
    await operation.wait()
    if operation.progress.done:
        await eventually(lambda: operation.progress.phase == "watching" and operation.progress.fates)
        assert (operation.progress.stopped, operation.progress.stopping) == ("by the operator", False)
        operation.stop()
    assert (await operation.settled()).phase == "ended"


async def test_whoever_says_stop_at_the_outcome_ends_the_watch(log: Path) -> None:
    operation = operations(log, shelf=Shelf(fates=[HALF]), clock=HeldClock()).submit(PLAN)
    await operation.wait()
    operation.stop()
    assert (await operation.settled()).fates == HALF


@pytest.mark.parametrize(
    ("fates", "seen", "watched_s", "trouble"),
    [
        ([Failure(DOWN), HALF, Failure(DOWN), SETTLED], SETTLED, 3.0, None),
        ([HALF, Failure(DENIED)], HALF, 1.0, str(DENIED)),
        ([Failure(DENIED)], None, 0.0, str(DENIED)),
        ([Failure(DOWN)], None, 60.0, str(DOWN)),
    ],
)
async def test_a_moments_trouble_does_not_end_it(
    log: Path,
    fates: Any,  # noqa: ANN401
    seen: Fates | None,
    watched_s: float,
    trouble: str | None,
) -> None:
    operation = operations(log, shelf=Shelf(fates=fates), clock=FixedClock()).submit(PLAN)
    assert (await operation.settled()).fates == seen
    line = lines(log)[-1]
    assert (line["record"], line["watched_s"], line["trouble"]) == ("watch", watched_s, trouble)
    assert ("acked" in line) is (seen is not None)


async def test_leaving_at_once_still_logs_what_was_seen(log: Path) -> None:
    many = operations(log, shelf=Shelf(fates=[HALF]), clock=HeldClock())
    operation = many.submit(PLAN)
    await eventually(lambda: operation.progress.phase == "watching" and operation.progress.fates)
    many._tasks[operation].cancel()
    assert (await operation.settled()).fates == HALF
    await eventually(lambda: lines(log)[-1]["record"] == "watch")
    assert [line["record"] for line in lines(log)].count("watch") == 1


async def test_a_look_that_breaks_ends_it(log: Path) -> None:
    def broken(*_: object) -> Fates:
        raise RuntimeError("boom")

    operation = operations(log, shelf=Shelf(fates=[broken])).submit(PLAN)
    assert (await operation.wait()).word == "done"
    assert (await operation.settled()).phase == "ended"


@pytest.mark.parametrize("verb", ["claim", "ack", "dead-letter"])
async def test_what_makes_no_copies_to_be_processed_is_not_watched(log: Path, verb: Any) -> None:  # noqa: ANN401
    operation = operations(log).submit(confirmed(move(verb, chosen(5))))
    assert (await operation.settled()).fates is None
    assert "watch" not in [line["record"] for line in lines(log)]


async def test_names_that_are_no_text_are_logged_exactly(log: Path) -> None:
    shelf = Shelf(fates=[Fates(5, acked=4, pending={Name(b"w\xff"): 1}, failed=1)])
    await operations(log, shelf=shelf).submit(PLAN).settled()
    assert lines(log)[-1]["pending"] == [[{"b64": "d/8="}, 1]]
