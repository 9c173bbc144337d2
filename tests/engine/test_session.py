"""Leaving a session: what is in flight ends first, then everything is closed, whatever goes wrong."""

from pathlib import Path

import pytest

from maestro_tui.domain.plans import Confirmed, CreateGroup, InitPlan
from tests.domain.building import DOWN, JOBS, WORKERS
from tests.fakes import FakeWriter, ScriptedReader, scripted_session


async def test_leaving_ends_what_is_in_flight_and_closes(tmp_path: Path) -> None:
    writer = FakeWriter()
    session = scripted_session([DOWN], tmp_path / "audit.jsonl", writer=writer)
    async with session:
        operation = session.operations.submit(Confirmed(InitPlan((CreateGroup(JOBS, WORKERS),)), "kay", "key"))
    assert operation.outcome is not None
    assert operation.outcome.word == "done"
    assert isinstance(session.reader, ScriptedReader)
    assert (session.reader.closed, writer.closed) == (True, True)


async def test_a_reader_that_does_not_close_leaves_no_writer_open(tmp_path: Path) -> None:
    async def stuck() -> None:
        raise OSError("stuck")

    writer = FakeWriter()
    session = scripted_session([DOWN], tmp_path / "audit.jsonl", writer=writer)
    session.reader.close = stuck  # type: ignore[method-assign]
    with pytest.raises(OSError, match="stuck"):
        async with session:
            pass
    assert writer.closed
