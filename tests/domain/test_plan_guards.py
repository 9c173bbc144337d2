"""When nothing may be written at all, and why: the sentence names the cause and the next step."""

from dataclasses import replace

import pytest

from maestro_tui.domain.frame import derive
from maestro_tui.domain.names import ZERO, Name
from maestro_tui.domain.plans import Proposal
from maestro_tui.domain.plans.propose import (
    Situation,
    all_letters,
    dead_name,
    is_dead,
    origin_of,
    propose_edit,
    propose_move,
    propose_position,
    propose_redrive,
    propose_remove,
    propose_undo,
    why_not_now,
)
from tests.domain.building import DEAD_JOBS, DOWN, JOBS, KEY, LIMITS, TOPOLOGY, letters, node
from tests.domain.planning import CONFIG, OVER, busy, look, moment, row_in
from tests.domain.test_undo import CLAIMED, deed

CASES = [
    (moment(config=replace(CONFIG, read_only=True)), "This session is read-only."),
    (Situation(derive(None, DOWN, LIMITS, TOPOLOGY), CONFIG), "Nothing is known yet: The server does not answer."),
    (Situation(derive(moment().frame, DOWN, LIMITS, TOPOLOGY), CONFIG), "No plan from stale data: The server does not"),
    (moment(frozen=True), "No plan from a frozen screen: press p"),
    (moment(busy(), nodes=(node(loading=True),)), "redis.test:6379 is loading its data"),
    (moment(busy(), nodes=(node(role="slave"),)), "redis.test:6379 is a replica and takes no writes."),
]


def _everything(situation: Situation) -> list[Proposal]:
    calm = moment(busy(), letters())
    survey, dead = look(calm), calm.frame.rows[-1]
    return [
        *(propose_move(verb, survey, situation) for verb in ("claim", "requeue", "dead-letter", "ack")),
        propose_redrive(DEAD_JOBS, all_letters(dead), situation),
        propose_edit(KEY, OVER, ((b"a", b"b"),), situation),
        propose_position(KEY, ZERO, situation),
        propose_remove(KEY, None, situation),
        propose_remove(KEY, OVER.consumer, situation),
        propose_undo(deed(), CLAIMED, situation),
    ]


@pytest.mark.parametrize(("situation", "reason"), CASES, ids=[reason[:25] for _, reason in CASES])
def test_nothing_is_planned_where_nothing_may_be_written(situation: Situation, reason: str) -> None:
    told = why_not_now(situation)
    assert told is not None
    assert told.startswith(reason)
    for made in _everything(situation):
        assert (made.offers, made.refusal) == ((), told)


def test_where_all_is_well_nothing_stands_in_the_way() -> None:
    assert why_not_now(moment()) is None
    assert why_not_now(moment(busy(), nodes=(node(role=None),))) is None


def test_the_moment_knows_its_row_its_server_and_its_words() -> None:
    situation = moment()
    assert situation.node_of(row_in(situation)) is situation.node
    assert (situation.production, situation.words(KEY, 1), situation.words(KEY, 1_234, "running")) == (
        False,
        (),
        ("1234", "running"),
    )
    strict = replace(situation, config=replace(CONFIG, environment="production"))
    assert (strict.words(KEY, 1), strict.words(KEY, 5, "running")) == (("jobs",), ("jobs", "running"))


def test_the_names_of_dead_letters() -> None:
    assert (dead_name(JOBS), origin_of(DEAD_JOBS)) == (DEAD_JOBS, JOBS)
    assert (is_dead(DEAD_JOBS), is_dead(JOBS), is_dead(Name(b":dead")), origin_of(JOBS)) == (True, False, False, None)
