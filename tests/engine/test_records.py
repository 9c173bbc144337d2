"""Lines of the log that could grow without end."""

import json

import pytest

from maestro_tui.domain.names import EntryId
from maestro_tui.domain.plans import Plan, Restored, RestorePlan
from maestro_tui.engine.records import MOST_NAMED, spell_plan
from tests.domain.building import KEY, NOW
from tests.engine.moving import HOLDER, chosen, confirmed, move


def _back(count: int) -> RestorePlan:
    rows = tuple(Restored(EntryId(number), HOLDER, NOW, 1) for number in range(1, count + 1))
    return RestorePlan(KEY, "that-deed", "ack", rows, NOW)


@pytest.mark.parametrize("plan", [_back(MOST_NAMED), move("requeue", chosen(MOST_NAMED))])
def test_an_intent_names_each_entry(plan: Plan) -> None:
    record = spell_plan(confirmed(plan))
    assert record["selection"]["ids"][-1] == f"{MOST_NAMED}-0"


@pytest.mark.parametrize("plan", [_back(MOST_NAMED + 1), move("requeue", chosen(MOST_NAMED + 1))])
def test_an_intent_about_very_many_stays_short_enough_to_be_read_back(plan: Plan) -> None:
    record = spell_plan(confirmed(plan))
    assert record["selection"] == {"first": "1-0", "last": f"{MOST_NAMED + 1}-0", "count": MOST_NAMED + 1}
    assert len(json.dumps(record)) < 2_000
