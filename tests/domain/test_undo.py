"""What can be taken back is a plan like any other; what cannot says why and what can be done instead."""

from dataclasses import replace
from typing import Any

import pytest

from maestro_tui.domain.journal import Deed
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.plans.others import PositionPlan, Restored, RestorePlan
from maestro_tui.domain.plans.propose import propose_undo
from maestro_tui.domain.snapshot import Stream
from tests.domain.building import JOBS, KEY, NOW, ago, group, node, stream
from tests.domain.planning import CONFIG, busy, moment, offered, said, unsaid

W1, W2, GONE = Name.of("worker-1"), Name.of("worker-2"), Name.of("gone")
CLAIMED = (
    Restored(EntryId(1), W1, NOW - 1_320_000, 3, W2),
    Restored(EntryId(2), W1, NOW - 60_000, 1, W2),
    Restored(EntryId(3), GONE, NOW - 60_000, 1, W2),
)
ACKED = tuple(replace(one, now_with=None) for one in CLAIMED)
SET = PositionPlan(KEY, ago(300_000), 6, ago(1_000), 10, NOW - 5_000)


def deed(action: str = "claim", **changes: Any) -> Deed:  # noqa: ANN401 - the fields of Deed
    """A finished action of the log, on the server that the built moments are of."""
    fields: dict[str, Any] = {
        "id": "d1", "at": "2026-11-22T14:00:00.000Z", "operator": "ann", "host": "box",
        "node": str(CONFIG.address), "action": action, "key": KEY, "outcome": "done", "counts": {"done": 3},
    }  # fmt: skip
    return Deed(**{**fields, **changes})


def test_a_claim_is_taken_back() -> None:
    made = propose_undo(deed(), CLAIMED, moment())
    assert made.title == "undo claim of 2026-11-22T14:00:00.000Z"
    assert made.facts == (
        "3 entries return to their holders: worker-1 2, gone 1. Delivery counts are as before, and idle times go on"
        " from the delivery, the longest at 22m.",
        "The server checks each entry again in the same step: what was acknowledged, claimed or delivered since is left"
        " alone.",
    )
    assert made.warnings == ("1 holder not there any more: the claim creates them again.",)
    assert offered(made) == [("take back 3", ("3",), set())]
    assert made.offers[0].plan == RestorePlan(KEY, "d1", "claim", CLAIMED, NOW)


def test_an_ack_is_taken_back() -> None:
    made = propose_undo(deed("ack", outcome="partly"), ACKED[:1], moment())
    assert said(made, "1 entry is pending again: worker-1 1.")
    assert said(made, "what is gone, or pending again, is left alone.")
    assert said(made, "Workers that read only new entries (>) will not take these up; R requeues them.")
    assert offered(made) == [("take back 1", (), set())]
    assert made.offers[0].plan == RestorePlan(KEY, "d1", "ack", ACKED[:1], NOW)
    strict = moment(config=replace(CONFIG, environment="production"))
    assert offered(propose_undo(deed("ack"), ACKED, strict))[0][1] == ("jobs",)


@pytest.mark.parametrize(("version", "read"), [("7.0.15", 6), ("6.2.14", None)])
def test_a_position_is_taken_back(version: str, read: int | None) -> None:
    situation = moment(stream(group(entries_read=10)), nodes=(node(version=version),))
    made = propose_undo(deed("set position", counts={"done": 1}), SET, situation)
    assert offered(made)[0][1] == ("jobs",)
    assert made.offers[0].plan == PositionPlan(KEY, SET.to, 10, SET.before, read, NOW, undoes="d1")
    assert said(made, "delivered again")


def test_a_group_that_went_on_keeps_its_position() -> None:
    moved = stream(group(last_delivered=ago(500)), last_id=ago(500), last_entry_id=ago(500))
    made = propose_undo(deed("set position", counts={"done": 1}), SET, moment(moved))
    assert made.offers == ()
    assert made.refusal == (
        f"The group has moved on since: it stands at {ago(500)}, and was set to {ago(1_000)}."
        " x sets a position by hand."
    )


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"action": "requeue"}, "Requeue cannot be taken back: the copies are in the stream and may be processed"),
        ({"action": "edit & requeue"}, "Edit & requeue cannot be taken back: the mended copy is in the stream"),
        ({"action": "dead-letter"}, "Dead-letter cannot be taken back: redrive (R on the stream of dead letters)"),
        ({"action": "redrive"}, "Redrive cannot be taken back: the copies are in the stream and may be processed"),
        ({"action": "init", "key": None}, "Init cannot be taken back: x removes a group again while it holds no"),
        ({"action": "remove group"}, "Remove group cannot be taken back: i creates a declared group again"),
        ({"action": "remove consumer"}, "Remove consumer cannot be taken back: nothing was lost with it"),
        ({"action": "undo claim"}, "Undo claim cannot be taken back: do the action itself again."),
        ({"action": "of tomorrow\x1b"}, "Of tomorrow\\x1b cannot be taken back: look at what it changed."),
        ({"undone_by": "d7"}, "It was taken back already, as far as that went, by d7."),
        ({"node": "other:6379/0"}, f"It was done on other:6379/0, and this is {CONFIG.address}. Connect there"),
        ({"outcome": None}, "Its end is not in the log: it is under way, or was interrupted."),
        ({"outcome": "unknown"}, "Its answer was lost, so nobody knows what was done."),
        ({"outcome": "refused", "counts": {}}, "It changed nothing: there is nothing to take back."),
        ({"counts": {"moved on": 4}}, "It changed nothing: there is nothing to take back."),
        ({"key": None}, "The log does not say what it was about."),
        ({"key": Key(JOBS, GONE)}, "app:jobs group gone was not seen by the last poll"),
    ],
)
def test_what_cannot_be_taken_back_says_why(changes: dict[str, Any], refusal: str) -> None:
    made = propose_undo(deed(**changes), CLAIMED, moment())
    assert (made.offers, made.refusal.startswith(refusal)) == ((), True), made.refusal


@pytest.mark.parametrize("material", [None, ()])
def test_without_what_was_there_before_nothing_is_taken_back(material: tuple[Restored, ...] | None) -> None:
    made = propose_undo(deed(), material, moment())
    assert made.refusal == "The log does not hold what was there before: it cannot be taken back."


@pytest.mark.parametrize("one", [busy(), stream(group(consumers=None, consumer_count=2))])
def test_holders_that_are_there_or_not_told_are_not_missed(one: Stream) -> None:
    assert unsaid(propose_undo(deed(), CLAIMED[:2], moment(one)), "not there any more")
