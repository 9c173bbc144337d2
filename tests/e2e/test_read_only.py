"""Read-only is kept where commands are sent: whatever plan a face hands over, no write leaves the program."""

from pathlib import Path

import pytest

from maestro_tui.domain.actions import ACTIONS
from maestro_tui.domain.config import Address, Config
from maestro_tui.domain.names import ZERO, EntryId, Key, Name
from maestro_tui.domain.plans import (
    Chosen,
    Confirmed,
    CreateGroup,
    InitPlan,
    MovePlan,
    Plan,
    PositionPlan,
    RemovePlan,
    Restored,
    RestorePlan,
    Target,
    Verb,
)
from maestro_tui.wiring import open_session
from tests.e2e.backlog import Backlog, writes
from tests.gateway.rig import monitored
from tests.servers import HOST, Server


def plans(jobs: Backlog) -> dict[str, tuple[Plan, ...]]:
    """Return, by action, plans that would change something if they were sent."""
    key, worker = Key(Name.of(jobs.stream), Name.of(jobs.group)), Name.of("worker-1")
    [one, letter] = (EntryId.parse(next(iter(jobs.entries(stream)))) for stream in (jobs.stream, jobs.dead))

    def move(verb: Verb, to: Name | None = None) -> MovePlan:
        fields = ((b"payload", b"{}"),) if verb == "edit" else None
        return MovePlan(verb, key, Chosen((Target(one, worker, 0, 1),)), 0, to, fields)

    dead = Key(Name.of(jobs.dead))
    redrive = MovePlan("redrive", dead, Chosen((Target(letter),)), 0, key.stream)
    restored = Restored(one, Name.of("worker-2"), 0, 1, now_with=worker)
    position = PositionPlan(key, EntryId.parse(list(jobs.entries())[-1]), None, ZERO, None, 0)
    return {
        "requeue": (move("requeue", key.stream),),
        "dead_letter": (move("dead-letter", dead.stream),),
        "claim": (move("claim", Name.of("worker-2")),),
        "edit": (move("edit", key.stream),),
        "menu": (
            move("ack"),
            redrive,
            position,
            RemovePlan(key, Name.of("worker-2"), ZERO, 0),
            RemovePlan(key, None, position.before, 0),
        ),
        "undo": (RestorePlan(key, "1-a", "claim", (restored,), 0),),
        "init": (InitPlan((CreateGroup(Name.of("maestro:streams:new"), Name.of("g")),)),),
    }


@pytest.fixture
def jobs(redis70: Server, tmp_path: Path) -> Backlog:
    """Stuck entries, a dead letter, and a consumer that holds nothing."""
    found = Backlog(redis70, tmp_path)
    found.stuck(2)
    found.server.run("XADD", found.dead, "*", "payload", "{}")
    found.server.run("XGROUP", "CREATECONSUMER", found.stream, found.group, "worker-2")
    return found


async def test_no_plan_of_any_action_is_sent(jobs: Backlog) -> None:
    """Every action of the registry that writes is here, each refused in a sentence."""
    by_action = plans(jobs)
    assert set(by_action) == {action.name for action in ACTIONS if action.danger == "writes"}
    config = Config(address=Address(HOST, jobs.server.port), read_only=True, audit_file=str(jobs.home / "log"))
    async with open_session(config) as session:
        with monitored(jobs.server) as heard:
            await session.monitor.once(polls=1)
            for plan in (plan for of_one in by_action.values() for plan in of_one):
                operation = session.operations.submit(Confirmed(plan, "kay", "key", frozenset({"no-log"})))
                outcome = await operation.wait()
                assert outcome.word == "refused"
                assert outcome.trouble is not None
                assert "read-only" in outcome.trouble.sentence
    assert writes(heard) == []
    assert not (jobs.home / "log").exists()


async def test_the_same_plans_do_something_where_writing_is_allowed(jobs: Backlog) -> None:
    """Or the test above would be content with plans that nobody could carry out."""
    config = Config(address=Address(HOST, jobs.server.port), audit_file=str(jobs.home / "log"))
    for name, made in plans(jobs).items():
        async with open_session(config) as session:
            for plan in made:
                with monitored(jobs.server) as heard:
                    await session.operations.submit(Confirmed(plan, "kay", "key")).wait()
                assert writes(heard), f"{name}: {plan}"
