"""The way of a move through a command, on a scripted server: what reaches the writer, what is told, which code."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maestro_tui.commands import confirming
from maestro_tui.commands.acting import Manner
from maestro_tui.commands.log import log
from maestro_tui.commands.moving import MoveVerb, Options, move
from maestro_tui.commands.undo import undo
from maestro_tui.domain.config import Config
from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.outcomes import EntryOutcome, EntryWord, Outcome
from maestro_tui.domain.plans import Batch, Chosen, MoveBatch, MovePlan, Sweep
from maestro_tui.domain.progress import Fates
from maestro_tui.domain.trouble import Failure, Fault, Trouble
from maestro_tui.engine.session import Session
from tests.domain.building import DENIED, DOWN, JOBS, LIMITS, NOW, TOPOLOGY, consumer, group, snapshot, stream
from tests.engine.moving import DEAD, rows
from tests.fakes import FakeWriter, Shelf, scripted_session

CONFIG = Config(topology=TOPOLOGY, limits=LIMITS)
YES = Manner(assume_yes=True)
QUIETLY = Manner(assume_yes=True, format="json")

PAYLOAD = ((b"payload", b"{}"),)
FAILED = Fates(1, pending={Name.of("worker-1"): 1}, failed=1)


def desk(
    tmp_path: Path,
    count: int = 3,
    answer: Callable[[Batch], Outcome] | None = None,
    *,
    config: Config = CONFIG,
    fates: tuple[Any, ...] = (),
    failure: Failure | None = None,
    log_path: Path | None = None,
) -> tuple[Session, FakeWriter]:
    """A server with so many stuck entries of a live worker, and one other."""
    pending = rows(count)
    members = (consumer(pending=count), consumer("worker-2"))
    seen = snapshot(stream(group(*members, pending=count), first_id=EntryId(1), length=count + 5))
    held = {row.id: PAYLOAD for row in pending}
    shelf = Shelf(pending, NOW, {JOBS: held}, fates=list(fates), failure=failure)
    writer = FakeWriter(answer)
    path = log_path or tmp_path / "audit.jsonl"
    return scripted_session([seen], path, config=config, writer=writer, shelf=shelf), writer


async def run(session: Session, verb: MoveVerb = "requeue", **options: Any) -> int:  # noqa: ANN401 - the fields of Options
    """Carry out a command within its session, as the wiring does."""
    async with session:
        return await move(session, verb=verb, options=Options("jobs", **{"manner": QUIETLY, **options}))


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The one document on stdout."""
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def plan_of(writer: FakeWriter) -> MovePlan:
    """The one plan that was sent."""
    [plan] = writer.plans
    assert isinstance(plan, MovePlan)
    return plan


@pytest.mark.parametrize("verb", ["requeue", "dead-letter", "ack", "claim"])
async def test_all_that_is_stuck(tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: MoveVerb) -> None:
    """Without IDs and filters; each entry reaches the writer once, and the watch settles."""
    session, writer = desk(tmp_path)
    assert await run(session, verb) == 0
    assert writer.sent == [EntryId(number) for number in (1, 2, 3)]
    assert isinstance(plan_of(writer).selection, Sweep)
    document = printed(capsys)
    assert (document["outcome"], document["counts"]) == ("done", {"done": 3})
    assert (document["watch"] is not None) is (verb == "requeue")


async def test_what_the_options_say_reaches_the_plan(tmp_path: Path) -> None:
    """Rate, limit, the claimant, and whether copies are marked."""
    session, writer = desk(tmp_path)
    assert await run(session, "claim", to="worker-2", limit=2, rate_per_s=50.0) == 0
    plan = plan_of(writer)
    assert (plan.to, plan.rate_per_s) == (Name.of("worker-2"), 50.0)
    assert len(writer.sent) == 2
    for marks, marked in ((None, True), (False, False)):
        session, writer = desk(tmp_path)
        assert await run(session, ids=(EntryId(1),), marks=marks) == 0
        assert plan_of(writer).marks is marked


async def test_entries_by_their_ids(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each once, in order; what is not pending is named and makes it 1."""
    session, writer = desk(tmp_path)
    assert await run(session, "ack", ids=(EntryId(3), EntryId(9), EntryId(1), EntryId(3))) == 1
    assert isinstance(plan_of(writer).selection, Chosen)
    assert writer.sent == [EntryId(1), EntryId(3)]
    out, err = capsys.readouterr()
    assert json.loads(out)["missing"] == ["9-0"]
    assert "9-0 is not pending in app-workers." in err


async def test_redrive_of_all_letters(tmp_path: Path) -> None:
    """By the name of the original stream."""
    letters = {EntryId(number): PAYLOAD for number in (7, 8)}
    dead = stream(name=DEAD, length=2, first_id=EntryId(7), last_entry_id=EntryId(8), last_id=EntryId(8))
    seen = snapshot(stream(group()), dead)
    writer = FakeWriter()
    session = scripted_session(
        [seen], tmp_path / "log", config=CONFIG, writer=writer, shelf=Shelf((), NOW, {DEAD: letters})
    )
    assert await run(session, "redrive") == 0
    plan = plan_of(writer)
    assert (plan.key.stream, plan.to) == (DEAD, JOBS)
    assert writer.sent == [EntryId(7), EntryId(8)]


def answering(word: EntryWord, fault: Fault | None = None) -> Callable[[Batch], Outcome]:
    """A writer that says the same of every entry."""
    trouble = None if fault is None else Trouble(fault, "It said no.", "Ask why.")

    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        return Outcome.of_entries([EntryOutcome(target.id, word) for target in batch.targets], trouble)

    return answer


@pytest.mark.parametrize(
    ("answer", "code", "word"),
    [
        (answering("moved on"), 1, "partly"),
        (answering("not tried", "denied"), 4, "refused"),
        (answering("not tried", "full"), 4, "refused"),
        (answering("not tried", "unreachable"), 3, "refused"),
        (answering("unknown", "unreachable"), 5, "unknown"),
    ],
)
async def test_each_outcome_has_its_code(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    answer: Callable[[Batch], Outcome],
    code: int,
    word: str,
) -> None:
    """And its word in the document."""
    session, _ = desk(tmp_path, answer=answer)
    assert await run(session, "ack") == code
    assert printed(capsys)["outcome"] == word


async def test_a_run_that_stops_by_itself_is_partly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The canary came back un-acked: what was seen is told, and the rest was not sent."""
    session, writer = desk(tmp_path, fates=(FAILED,))
    assert await run(session) == 1
    assert writer.sent == [EntryId(1)]
    document = printed(capsys)
    assert (document["stopped"], document["outcome"]) == ("by itself", "partly")
    assert "worker-1" in document["sentence"]


async def test_a_watch_that_is_not_wanted(tmp_path: Path) -> None:
    """The copies stay pending for ever, and nobody waits for them."""
    held = Fates(1, pending={Name.of("worker-1"): 1})
    session, _ = desk(tmp_path, fates=(held,))
    began = session.clock.monotonic_s()
    assert await run(session, ids=(EntryId(1),), manner=Manner(assume_yes=True, watch=False)) == 0
    assert session.clock.monotonic_s() - began < 10
    session, _ = desk(tmp_path, fates=(held,))
    began = session.clock.monotonic_s()
    assert await run(session, ids=(EntryId(1),), manner=YES) == 0
    assert session.clock.monotonic_s() - began >= 60


async def test_the_log_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is sent; with the override it is, and the record goes to stderr."""
    nowhere = Path("/proc/none/audit.jsonl")
    session, writer = desk(tmp_path, log_path=nowhere)
    assert await run(session, "ack") == 4
    assert writer.sent == []
    capsys.readouterr()
    session, writer = desk(tmp_path, log_path=nowhere)
    assert await run(session, "ack", manner=Manner(assume_yes=True, overrides=frozenset({"no-log"}))) == 0
    assert len(writer.sent) == 3
    assert '"record":"intent"' in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["requeue", "dead-letter", "ack", "claim", "redrive"])
async def test_read_only_sends_and_asks_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: MoveVerb
) -> None:
    """The server is not even looked at."""
    config = Config(topology=TOPOLOGY, limits=LIMITS, read_only=True)
    session, writer = desk(tmp_path, config=config)
    assert await run(session, verb) == 4
    assert session.monitor.frame.polls == 0
    assert writer.batches == []
    assert "read-only" in capsys.readouterr().err
    async with session:
        assert await undo(session, id=None, manner=YES) == 4


@pytest.mark.parametrize(("trouble", "code"), [(DOWN, 3), (DENIED, 4)])
async def test_a_pending_list_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], trouble: Trouble, code: int
) -> None:
    """The poll went well, the look into the list did not."""
    session, writer = desk(tmp_path, failure=Failure(trouble))
    assert await run(session, "ack") == code
    assert trouble.sentence in capsys.readouterr().err
    assert writer.batches == []


async def test_a_dry_run_submits_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The plan is printed, nobody is asked, no log is begun."""
    session, writer = desk(tmp_path)
    assert await run(session, "ack", manner=Manner(dry_run=True)) == 0
    assert capsys.readouterr().out.startswith("ack 3 entries of app:jobs app-workers")
    assert writer.batches == []
    assert not (tmp_path / "audit.jsonl").exists()


async def test_declining_sends_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan stood on stderr before the question."""
    asked: list[str] = []

    def answer(_question: str) -> str:
        asked.append(capsys.readouterr().err)
        return "2"

    monkeypatch.setattr(confirming, "has_terminal", lambda: True)
    monkeypatch.setattr(confirming, "ask", answer)
    session, writer = desk(tmp_path)
    assert await run(session, "ack", manner=Manner()) == 4
    assert "ack 3 entries" in asked[0]
    assert "Declined: nothing was sent." in capsys.readouterr().err
    assert writer.batches == []


async def test_what_was_done_is_logged_and_can_be_taken_back_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An undo is a plan like any other; without an ID it takes the last deed that can be undone."""
    session, _ = desk(tmp_path)
    assert await run(session, "ack") == 0
    deed = printed(capsys)["operation"]
    session, writer = desk(tmp_path)
    async with session:
        assert await undo(session, id=None, manner=QUIETLY) == 0
    assert writer.sent == [EntryId(1), EntryId(2), EntryId(3)]
    assert printed(capsys)["outcome"] == "done"
    session, writer = desk(tmp_path)
    async with session:
        assert await undo(session, id=None, manner=YES) == 0
        assert await undo(session, id=deed, manner=YES) == 4
        assert await undo(session, id="nothing", manner=YES) == 1
        assert await log(session, limit=10, format="json", note=None) == 0
    assert writer.batches == []
    first, second = printed(capsys)["records"]
    assert (first["undone_by"], second["undoes"]) == (second["id"], deed)
