"""Two operators act on the same entries at the same time: each entry is moved once, and the other one is told why."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from maestro_tui.domain.names import Name
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Chosen, Confirmed, MovePlan, Target, Verb
from maestro_tui.engine.session import Session
from tests.long import books
from tests.long.desk import DEAD, open_desk
from tests.long.numbered import KEY, Numbered
from tests.long.wire import Wire
from tests.servers import Server

COUNT = 1_000
BATCH = 100
DESTINATIONS: dict[Verb, Name] = {"requeue": KEY.stream, "dead-letter": DEAD, "claim": Name(b"worker-2")}
TOLD_WHY = {"not pending", "moved on", "delivered again"}


@pytest.fixture
def numbered() -> Numbered:
    return Numbered(COUNT)


@pytest.fixture
def wire(server: Server, numbered: Numbered) -> Iterator[Wire]:
    """The server with all entries pending."""
    with Wire(server.port) as wire:
        numbered.fill(wire)
        yield wire


async def planned(desk: Session, verb: Verb, numbered: Numbered) -> Confirmed:
    """Look, as an operator does, and agree to a plan for exactly what was seen."""
    page = await desk.reader.sweep(KEY, None, numbered.last, COUNT)
    targets = tuple(Target.of(row) for row in page.rows)
    plan = MovePlan(verb, KEY, Chosen(targets), time.time_ns() // 1_000_000, to=DESTINATIONS.get(verb))
    return Confirmed(plan, "somebody", "count")


async def both(server: Server, verbs: tuple[Verb, Verb], numbered: Numbered, logs: Path) -> list[Outcome]:
    """Have both look first, and then act at the same time."""
    async with open_desk(server.port, logs / "one") as one, open_desk(server.port, logs / "other") as other:
        desks = (one, other)
        plans = [await planned(desk, verb, numbered) for desk, verb in zip(desks, verbs, strict=True)]
        operations = [desk.operations.submit(plan) for desk, plan in zip(desks, plans, strict=True)]
        outcomes = await asyncio.gather(*(operation.wait() for operation in operations))
        for operation in operations:
            operation.stop()
        return list(outcomes)


@pytest.mark.parametrize(
    "verbs",
    [("requeue", "requeue"), ("requeue", "dead-letter"), ("claim", "requeue"), ("ack", "requeue"), ("claim", "claim")],
    ids=" and ".join,
)
async def test_every_entry_is_moved_once_and_the_other_is_told_why(
    server: Server, wire: Wire, numbered: Numbered, verbs: tuple[Verb, Verb], tmp_path: Path
) -> None:
    outcomes = await both(server, verbs, numbered, tmp_path)
    done = [outcome.counts.get("done", 0) for outcome in outcomes]
    assert sum(done) == COUNT
    for outcome in outcomes:
        assert sum(outcome.counts.values()) == COUNT
        assert set(outcome.counts) <= {"done", *TOLD_WHY}
        assert outcome.word == ("done" if outcome.counts.get("done") == COUNT else "partly")
    found = books.read(wire, numbered, DEAD.raw)
    acked = done[0] if verbs[0] == "ack" else 0
    assert (found.duplicates, len(found.lost), found.altered) == ([], acked, [])
    in_place = {"requeue": "copied", "dead-letter": "dead", "claim": "pending"}
    for place in {in_place[verb] for verb in verbs if verb in in_place}:
        mine = [count for count, verb in zip(done, verbs, strict=True) if in_place.get(verb) == place]
        assert found.total(place) == sum(mine)


async def test_the_slower_one_is_told_of_what_the_other_took(
    redis70: Server, numbered: Numbered, tmp_path: Path
) -> None:
    """One after the other, so that it is certain that they meet in the middle."""
    with Wire(redis70.port) as wire:
        numbered.fill(wire)
    async with open_desk(redis70.port, tmp_path / "one") as one, open_desk(redis70.port, tmp_path / "other") as other:
        slowly, at_once = await planned(one, "requeue", numbered), await planned(other, "requeue", numbered)
        assert isinstance(slowly.plan, MovePlan)
        first = one.operations.submit(replace(slowly, plan=replace(slowly.plan, rate_per_s=BATCH)))
        async for progress in first.updates():
            if progress.done:
                break
        second = other.operations.submit(at_once)
        counts = [dict((await operation.wait()).counts) for operation in (first, second)]
        first.stop()
        second.stop()
    took = counts[0]["done"]
    assert 0 < took < COUNT
    assert counts == [{"done": took, "not pending": COUNT - took}, {"done": COUNT - took, "not pending": took}]
