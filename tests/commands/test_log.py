"""`maestro-tui log` prints problems among deeds and notes, in every format, and no more records than asked for."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from maestro_tui.commands.log import log
from maestro_tui.domain.journal import Problem
from maestro_tui.domain.names import Key, Name
from maestro_tui.engine.records import spell_problem
from tests.domain.building import DOWN
from tests.fakes import scripted_session

ENDED = Problem(
    at="2026-11-22T14:15:30.000Z",
    operator="kay",
    host="desk",
    node="redis.test:6379/0",
    rule="stuck",
    key=Key(Name(b"app:\x1b[2J"), Name.of("workers")),
    severity="critical",
    title="5 stuck",
    evidence="worker-1",
    next_step="enter",
    because="evicting",
    since="2026-11-22T14:03:27.000Z",
    ended="2026-11-22T14:15:27.000Z",
    lasted_ms=720_000,
)
LEFT = replace(ENDED, ended=None, older=True, at="2026-11-22T14:16:00.000Z")


async def _printed(folder: Path, capsys: pytest.CaptureFixture[str], *, limit: int, format: str) -> str:
    session = scripted_session([DOWN], folder / "audit.jsonl")
    if not (folder / "audit.jsonl").exists():
        session.audit.note("hello")
        session.audit.write_all([spell_problem(ENDED), spell_problem(LEFT)])
    assert await log(session, limit=limit, format=format, note=None) == 0
    return capsys.readouterr().out


async def test_a_problem_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note, ended, left = (await _printed(tmp_path, capsys, limit=10, format="table")).splitlines()
    assert note.endswith("note: hello")
    assert "problem: CRITICAL stuck app:" in ended
    assert ended.isprintable()
    since = "since 2026-11-22T14:03:27.000Z"
    assert f"5 stuck (worker-1), {since}, ended 2026-11-22T14:15:27.000Z, lasted 12m." in ended
    assert left.endswith(f"{since}, still open after at least 12m when it was left.")


@pytest.mark.parametrize("format", ["json", "jsonl"])
async def test_a_problem_is_a_document(tmp_path: Path, capsys: pytest.CaptureFixture[str], format: str) -> None:
    out = await _printed(tmp_path, capsys, limit=2, format=format)
    documents = json.loads(out)["records"] if format == "json" else [json.loads(line) for line in out.splitlines()]
    assert [one["record"] for one in documents] == ["problem", "problem"]
    ended, left = documents
    assert (ended["rule"], ended["because"], ended["lasted_ms"]) == ("stuck", "evicting", 720_000)
    assert ended["group"] == {"name": "workers"}
    assert (left["ended"], left["older"]) == (None, True)


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 9])
async def test_no_more_are_printed_than_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], limit: int
) -> None:
    out = await _printed(tmp_path, capsys, limit=limit, format="jsonl")
    assert len(out.splitlines()) == min(limit, 3)
