"""The log read back: whole or torn, huge, from an older version, and what it keeps for taking a deed back."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maestro_tui.domain.journal import Deed, Journal, Note, Problem
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.outcomes import EntryOutcome, Outcome
from maestro_tui.domain.plans import (
    Batch,
    Confirmed,
    CreateGroup,
    InitPlan,
    MoveBatch,
    PositionPlan,
    Restored,
    RestorePlan,
)
from maestro_tui.engine.audit import Audit, AuditFailure
from tests.domain.building import DENIED, JOBS, KEY, NOW, WORKERS
from tests.engine.moving import HOLDER, OTHER, chosen, confirmed, lines, move, operations, rows, sweep
from tests.fakes import FakeWriter, FixedClock, Shelf, all_done

OLD = (
    '{"at":"2026-11-20T10:00:00.000Z","operator":"kay","host":"desk","record":"intent","operation":1,'
    '"node":"redis:6379/0","action":"init","by":"kay","how":"key","overrides":[],'
    '"commands":[["XGROUP","CREATE","app:jobs",{"b64":"Z/8="},"0","MKSTREAM"]]}\n'
    '{"at":"2026-11-20T10:00:00.100Z","operator":"kay","host":"desk","record":"outcome","operation":1,'
    '"node":"redis:6379/0","outcome":"done","counts":{"created":1},"steps":[],"trouble":null}\n'
)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "audit.jsonl"


def _audit(log: Path) -> Audit:
    return Audit(log, FixedClock())


def _put(log: Path, text: str) -> None:
    log.write_text(text)


def _cut(log: Path, octets: int) -> None:
    os.truncate(log, log.stat().st_size - octets)


def _deeds(journal: Journal) -> list[Deed]:
    return [one for one in journal if isinstance(one, Deed)]


async def _do(log: Path, plan: Any, writer: FakeWriter | None = None, count: int = 3, **more: Any) -> str:  # noqa: ANN401
    agreed = plan if isinstance(plan, Confirmed) else confirmed(plan, **more)
    operation = operations(log, writer, shelf=Shelf(rows(count))).submit(agreed)
    await operation.settled()
    return operation.id


async def test_a_deed_is_read_back_as_it_was_done(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "kay")
    done = await _do(log, move("claim", sweep(3)), overrides=frozenset({"running"}))
    _audit(log).note("looked at worker-1: \x1b[2J it was gone")
    refused = await _do(log, move("requeue", chosen(3)), FakeWriter(lambda _: Outcome.refused(DENIED)))
    first, note, second = _audit(log).read()
    assert isinstance(first, Deed)
    assert isinstance(second, Deed)
    assert first == Deed(
        id=done,
        at="2026-11-22T14:03:22.000Z",
        operator="kay",
        host=first.host,
        node="redis.test:6379/0",
        action="claim",
        key=KEY,
        how="count",
        overrides=("running",),
        outcome="done",
        ended_at="2026-11-22T14:03:22.000Z",
        counts={"done": 3},
    )
    assert note == Note("2026-11-22T14:03:22.000Z", "kay", first.host, "looked at worker-1: \x1b[2J it was gone")
    assert (second.id, second.outcome, second.sentence) == (refused, "refused", str(DENIED))
    assert first.undoable
    assert not second.undoable


def test_there_may_be_no_log_yet(log: Path) -> None:
    assert _audit(log).read() == ()
    assert _audit(log).material("20261122T140322Z-abcdef") is None


def test_a_log_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    for ask in (lambda: _audit(tmp_path).read(), lambda: _audit(tmp_path).material("x")):
        with pytest.raises(AuditFailure, match="cannot be read: is a directory"):
            ask()


async def test_lines_of_an_older_version_are_deeds_too(log: Path) -> None:
    _put(log, OLD + OLD.replace("10:00", "11:00"))
    new = await _do(log, InitPlan((CreateGroup(JOBS, WORKERS),)))
    deeds = _deeds(_audit(log).read())
    assert [deed.id for deed in deeds] == ["20261120T100000Z-1", "20261120T110000Z-1", new]
    assert [deed.outcome for deed in deeds] == ["done"] * 3
    assert [deed.key for deed in deeds] == [Key(JOBS, Name(b"g\xff"))] * 2 + [KEY]
    assert [deed.ended_at for deed in deeds[:2]] == ["2026-11-20T10:00:00.100Z", "2026-11-20T11:00:00.100Z"]
    assert (deeds[0].action, deeds[0].counts) == ("init", {"created": 1})


async def test_a_deed_that_was_cut_off_has_no_outcome_and_counts_what_is_known(log: Path) -> None:
    await _do(log, move("ack", sweep(2500)), count=2500)
    whole = lines(log)
    assert [line["record"] for line in whole].count("moved") == 3
    _put(log, "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in whole[:-2]))
    (deed,) = _deeds(_audit(log).read())
    assert (deed.outcome, deed.ended_at, deed.counts) == (None, None, {"done": 2000})
    material = _audit(log).material(deed.id)
    assert isinstance(material, tuple)
    assert [row.id.ms for row in material] == list(range(1, 2001))


@pytest.mark.parametrize("cut", [1, 30, 200])
async def test_half_a_line_is_left_out_and_swallows_nothing(log: Path, cut: int) -> None:
    first = await _do(log, move("claim", sweep(3)))
    _cut(log, cut)
    second = await _do(log, move("claim", sweep(3)))
    deeds = _deeds(_audit(log).read())
    assert [(deed.id, deed.outcome) for deed in deeds] == [(first, None if cut > 1 else "done"), (second, "done")]


async def test_half_a_line_that_an_older_version_wrote_on_is_mended(log: Path) -> None:
    _put(log, '{"at":"2026-11-20T09:00:00.000Z","operator":"k\0\0' + OLD)
    assert [deed.id for deed in _deeds(_audit(log).read())] == ["20261120T100000Z-1"]


async def test_only_the_end_is_read(log: Path) -> None:
    audit = _audit(log)
    for number in range(50):
        audit.note(f"{number}")
    assert [one.text for one in audit.read(7) if isinstance(one, Note)] == [f"{number}" for number in range(43, 50)]
    assert len(audit.read(0)) == 0


async def test_a_huge_log_is_read_from_its_end(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with log.open("wb") as file:
        file.truncate(1 << 33)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + OLD.encode() * 30)
    read = 0
    real = json.loads

    def loads(text: Any) -> Any:  # noqa: ANN401
        nonlocal read
        read += len(text)
        return real(text)

    monkeypatch.setattr(json, "loads", loads)
    assert len(_audit(log).read(10)) == 10
    assert read < 10_000
    # What lies further back than anybody reads is left out, not waited for.
    assert len(_audit(log).read(1_000)) == 30


async def test_pages_of_a_deed_with_an_outcome_are_not_parsed(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await _do(log, move("claim", sweep(5000)), count=5000)
    longest = 0
    real = json.loads

    def loads(text: Any) -> Any:  # noqa: ANN401
        nonlocal longest
        longest = max(longest, len(text))
        return real(text)

    monkeypatch.setattr(json, "loads", loads)
    assert _deeds(_audit(log).read())[0].counts == {"done": 5000}
    assert longest < 2_000


def _some(batch: Batch) -> Outcome:
    assert isinstance(batch, MoveBatch)
    words = ("done", "moved on", "done")
    return Outcome.of_entries([EntryOutcome(one.id, words[at % 3]) for at, one in enumerate(batch.targets)])  # type: ignore[arg-type]


@pytest.mark.parametrize(("verb", "now_with"), [("claim", OTHER), ("ack", None)])
@pytest.mark.parametrize("selection", [sweep(3), chosen(3)])
async def test_material_is_what_was_moved_as_it_was_before(
    log: Path,
    verb: Any,  # noqa: ANN401
    now_with: Name | None,
    selection: Any,  # noqa: ANN401
) -> None:
    await _do(log, move("requeue", chosen(3)))
    deed = await _do(log, move(verb, selection), FakeWriter(_some))
    await _do(log, move("claim", chosen(2)))
    assert _audit(log).material(deed) == (
        Restored(EntryId(1), HOLDER, NOW - 600_000, 1, now_with),
        Restored(EntryId(3), HOLDER, NOW - 600_000, 1, now_with),
    )


async def test_names_that_are_no_text_come_back_exactly(log: Path) -> None:
    key, to = Key(Name(b"s\xff"), Name(b"g\xfe")), Name(b"w\xfd")
    deed = await _do(log, move("claim", chosen(2), key=key, to=to))
    assert _deeds(_audit(log).read())[0].key == key
    material = _audit(log).material(deed)
    assert isinstance(material, tuple)
    assert {row.now_with for row in material} == {to}


@pytest.mark.parametrize(("before_read", "entries_read"), [(7, 0), (None, None)])
async def test_material_of_a_position_is_the_plan(log: Path, before_read: int | None, entries_read: int | None) -> None:
    plan = PositionPlan(KEY, EntryId(5), before_read, EntryId(3, 1), entries_read, 0)
    assert _audit(log).material(await _do(log, plan)) == plan


@pytest.mark.parametrize("verb", ["requeue", "dead-letter"])
async def test_of_what_cannot_be_taken_back_there_is_no_material(log: Path, verb: Any) -> None:  # noqa: ANN401
    deed = await _do(log, move(verb, chosen(3)))
    assert _audit(log).material(deed) is None
    assert _audit(log).material(deed[:-1]) is None
    assert _audit(log).material("no such deed") is None


@pytest.mark.parametrize(("answer", "undone"), [(all_done, True), (lambda _: Outcome.refused(DENIED), False)])
async def test_a_deed_names_the_one_that_took_it_back(log: Path, answer: Any, undone: bool) -> None:  # noqa: ANN401
    deed = await _do(log, move("claim", chosen(3)))
    rows_back = _audit(log).material(deed)
    assert isinstance(rows_back, tuple)
    back = RestorePlan(KEY, deed, "claim", rows_back, NOW)
    undo = await _do(log, back, FakeWriter(answer))
    first, second = _deeds(_audit(log).read())
    assert (first.undone_by, second.undoes) == (undo if undone else None, deed)
    assert first.undoable is not undone
    assert second.action == "undo claim"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_NAMES = ("at", "operator", "host", "operation", "node", "action", "how", "overrides", "stream", "group", "commands")
_MORE = (
    "outcome",
    "rule",
    "title",
    "since",
    "ended",
    "lasted_ms",
    "counts",
    "sentence",
    "trouble",
    "undoes",
    "rows",
    "owners",
    "done",
    "to",
    "before",
    "text",
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=st.lists(
        st.tuples(
            st.sampled_from(["intent", "outcome", "entries", "moved", "watch", "note", "problem", "else"]),
            st.dictionaries(st.sampled_from(_NAMES + _MORE), _JSON, max_size=8),
        ),
        max_size=6,
    ),
    noise=st.lists(st.binary(max_size=40), max_size=3),
)
def test_nothing_that_a_log_may_hold_breaks_the_reading(log: Path, records: Any, noise: list[bytes]) -> None:  # noqa: ANN401
    whole = [json.dumps({"record": word, **more, "operation": "x-1"}).encode() for word, more in records]
    log.write_bytes(b"\n".join(part for pair in zip(whole, noise + [b""] * 6, strict=False) for part in pair))
    audit = _audit(log)
    assert len(audit.read()) <= len(records)
    audit.material("x-1")


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(0, 300_000), max_size=8), block=st.sampled_from([1, 7, 4096, 1 << 18]))
def test_lines_of_any_length_come_back_whole(log: Path, sizes: list[int], block: int) -> None:
    sizes = [size % 300 if block < 4096 else size for size in sizes]
    log.unlink(missing_ok=True)
    audit = _audit(log)
    for size in sizes:
        audit.note("x" * size)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("maestro_tui.engine.journal._BLOCK", block)
        assert [len(one.text) for one in audit.read() if isinstance(one, Note)] == sizes
    assert len(lines(log)) == len(sizes)


PROBLEM = (
    '{"at":"2026-11-20T12:00:00.000Z","operator":"kay","host":"desk","record":"problem","node":"redis:6379/0",'
    '"rule":"stuck","stream":"app:jobs","group":{"b64":"Z/8="},"severity":"critical","title":"5 stuck"}\n'
)


def test_problems_stand_among_the_lines_of_older_versions(log: Path) -> None:
    """And what a version wrote that knew less, or more, about a problem is read as far as it goes."""
    _put(log, OLD + PROBLEM + PROBLEM.replace('"title"', '"new":[1],"older":"yes","lasted_ms":"7","ended":5,"title"'))
    deed, *read = _audit(log).read()
    assert isinstance(deed, Deed)
    for one in read:
        assert isinstance(one, Problem)
        assert (one.rule, one.key, one.title) == ("stuck", Key(JOBS, Name(b"g\xff")), "5 stuck")
        assert (one.since, one.ended, one.lasted_ms, one.older) == ("", None, None, False)
    assert len(read) == 2
