"""What a command prints of a plan and of what became of it."""

import json

import pytest

from maestro_tui.commands.ending import code_of
from maestro_tui.commands.reporting import MOST_ENTRIES, Report, plan_lines
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.outcomes import EntryOutcome, Outcome
from maestro_tui.domain.plans import Chosen, MovePlan, Offer, PositionPlan, Proposal, Restored, RestorePlan, Target
from maestro_tui.domain.progress import Fates, Progress
from maestro_tui.domain.snapshot import exact
from maestro_tui.domain.trouble import Fault, Trouble

KEY = Key(Name.of("s"), Name(b"g\xff"))
PLAN = MovePlan("requeue", KEY, Chosen((Target(EntryId(1)), Target(EntryId(2)))), 0)
SAFE = Offer(PLAN, "requeue 2", ("2",))
WIDE = Offer(PLAN, "requeue 3", ("3", "running"), frozenset({"running"}))
PROPOSAL = Proposal(
    "requeue 2 entries", ("a fact",), ("a warning",), (SAFE, WIDE), commands=((b"XACK", b"s\x1b", b"ID"),)
)
LOST = Trouble("unreachable", "The answer was lost.", "Look at the streams.")


def document(report: Report, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """Print as JSON and read it again."""
    report.print("json")
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def test_a_plan_in_lines() -> None:
    """Which offer is taken, and what the others would need."""
    assert list(plan_lines(PROPOSAL, SAFE)) == [
        "requeue 2 entries",
        "  a fact",
        "  warning: a warning",
        "  would send: XACK s\\x1b ID",
        "  chosen: requeue 2 (asks for: 2)",
        "  possible: requeue 3 with --override running (asks for: 3, then running)",
    ]
    refused = Proposal("ack", refusal="a replica")
    assert list(plan_lines(refused)) == ["ack", "  refused: a replica"]


def test_a_plan_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The same, to be processed; names that are no text have their bytes beside them."""
    found = document(Report("requeue", KEY, dry_run=True, proposal=PROPOSAL, offer=WIDE), capsys)
    assert found["group"] == {"name": "g\\xff", "name_b64": "Z/8="}
    plan = found["plan"]
    assert isinstance(plan, dict)
    assert plan["commands"] == [["XACK", "s\\x1b", "ID"]]
    assert [offer["chosen"] for offer in plan["offers"]] == [False, True]
    assert plan["offers"][1]["overrides"] == ["running"]
    assert plan["offers"][0]["entries"] == {"value": 2, "kind": "exact"}


def test_offers_of_other_plans_tell_how_many_entries(capsys: pytest.CaptureFixture[str]) -> None:
    """An undo has rows, a position has none."""
    row = Restored(EntryId(1), Name.of("w"), 0, 1)
    offers = (
        Offer(RestorePlan(KEY, "1-a", "ack", (row, row), 0), "take back 2"),
        Offer(PositionPlan(KEY, EntryId(1), None, EntryId(2), None, 0), "set"),
    )
    plan = document(Report("undo", KEY, proposal=Proposal("undo", offers=offers)), capsys)["plan"]
    assert isinstance(plan, dict)
    assert [offer["entries"] for offer in plan["offers"]] == [{"value": 2, "kind": "exact"}, None]


def finished(outcome: Outcome, progress: Progress | None = None) -> Report:
    """A report of a run that has ended."""
    return Report("requeue", KEY, operation="1-a", outcome=outcome, progress=progress or Progress("ended"))


def test_an_outcome_in_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Numbers by word, why it stopped, each entry where they are few, and what became of the copies."""
    entries = (
        EntryOutcome(EntryId(1), "done", EntryId(9)),
        EntryOutcome(EntryId(2), "moved on"),
        EntryOutcome(EntryId(3), "failed", note="OOM \x1b[2J"),
    )
    progress = Progress(
        "ended", exact(3), sentence="copies came back", stopped="by itself", took_s=1.25, fates=Fates(1, 1)
    )
    finished(Outcome.of_entries(entries), progress).print("text")
    assert capsys.readouterr().out.splitlines() == [
        "requeue: partly. 1 of 3 entries in 1.2s",
        "left alone: 1 failed, 1 moved on",
        "stopped by itself. copies came back",
        "  1-0 done -> 9-0",
        "  2-0 moved on",
        "  3-0 failed: OOM \\x1b[2J",
        "watched: 1 of 1 acknowledged",
        "recorded as 1-a",
    ]


def test_an_outcome_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    """With what was watched."""
    outcome = Outcome.of_entries((EntryOutcome(EntryId(1), "done", EntryId(9)),))
    fates = Fates(3, 1, {Name.of("w"): 1}, 1, failed=1, complete=False)
    found = document(finished(outcome, Progress("ended", took_s=0.5, fates=fates)), capsys)
    assert (found["outcome"], found["counts"], found["stopped"], found["took_s"]) == ("done", {"done": 1}, None, 0.5)
    assert found["entries"] == [{"id": "1-0", "word": "done", "copy": "9-0", "note": None}]
    assert found["watch"] == {
        "looked_at": 3,
        "acked": 1,
        "pending": [{"name": "w", "entries": 1}],
        "waiting": 1,
        "failed": 1,
        "gone": 0,
        "complete": False,
        "settled": False,
    }


@pytest.mark.parametrize(("total", "listed"), [(MOST_ENTRIES, True), (MOST_ENTRIES + 1, False)])
def test_a_long_list_of_entries_is_null(capsys: pytest.CaptureFixture[str], total: int, listed: bool) -> None:
    """Null says that they are not listed; nothing would say that there were none."""
    entries = tuple(EntryOutcome(EntryId(number), "done") for number in range(total))
    found = document(finished(Outcome.of_entries(entries)), capsys)
    assert (found["entries"] is not None) is listed
    finished(Outcome.of_entries(entries)).print("text")
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_entries_that_were_not_kept_are_null(capsys: pytest.CaptureFixture[str]) -> None:
    """A run of many keeps counts only."""
    assert document(finished(Outcome("done", counts={"done": 5})), capsys)["entries"] is None


def test_nothing_was_sent(capsys: pytest.CaptureFixture[str]) -> None:
    """And why, with the next step."""
    finished(Outcome.refused(LOST)).print("text")
    out = capsys.readouterr().out
    assert "requeue: refused. Nothing was sent." in out
    assert "The answer was lost. Look at the streams." in out


@pytest.mark.parametrize(
    ("word", "fault", "code"),
    [
        ("done", None, 0),
        ("partly", "denied", 1),
        ("refused", "unreachable", 3),
        ("refused", "auth", 3),
        ("refused", "denied", 4),
        ("refused", "full", 4),
        ("refused", "replica", 4),
        ("refused", None, 4),
        ("unknown", "unreachable", 5),
    ],
)
def test_exit_codes(word: str, fault: Fault | None, code: int) -> None:
    """A server that is not there is told apart from one that says no."""
    trouble = None if fault is None else Trouble(fault, "It failed.", "Look.")
    assert code_of(Outcome(word, trouble=trouble)) == code  # type: ignore[arg-type]
