"""Whole entries on our own disk before they are moved, for the operator's eyes only; without that nothing is sent."""

import base64
import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from maestro_tui.domain.names import EntryId
from maestro_tui.domain.outcomes import EntryOutcome, Outcome
from maestro_tui.domain.plans import Batch, Confirmed, MoveBatch
from maestro_tui.domain.trouble import Failure
from tests.domain.building import DOWN, JOBS
from tests.engine.moving import chosen, confirmed, lines, move, operations
from tests.fakes import FakeWriter, Shelf, all_done, done


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log goes."""
    return tmp_path / "state" / "audit.jsonl"


def _plan(count: int) -> Confirmed:
    return confirmed(move("dead-letter", chosen(count), save_payloads=True))


def _shelf(count: int) -> Shelf:
    entries = {EntryId(n): ((b"\xff\x00name", b"value %d" % n), (b"", b"x" * n)) for n in range(1, count + 1)}
    return Shelf(streams={JOBS: entries})


def _saved(log: Path) -> list[dict[str, Any]]:
    (path,) = log.parent.glob("payloads-*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_whole_entries_are_on_disk_before_they_are_moved(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced = list[str]()
    real = os.fsync

    def fsync(handle: int) -> None:
        real(handle)
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))

    monkeypatch.setattr(os, "fsync", fsync)

    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        assert {str(target.id) for target in batch.targets} <= {line["id"] for line in _saved(log)}
        assert any("payloads-" in path for path in synced)
        synced.clear()
        return all_done(batch)

    writer = FakeWriter(answer)
    operation = operations(log, writer, shelf=_shelf(250)).submit(_plan(250))
    assert (await operation.wait()).counts == {"done": 250}
    saved = _saved(log)
    assert [line["id"] for line in saved] == [f"{n}-0" for n in range(1, 251)]
    assert (saved[1]["stream"], saved[1]["group"]) == ("app:jobs", "app-workers")
    fields = [[base64.b64decode(part) for part in field] for field in saved[1]["fields"]]
    assert fields == [[b"\xff\x00name", b"value 2"], [b"", b"xx"]]
    (path,) = log.parent.glob("payloads-*.jsonl")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert operation.id in path.name
    assert lines(log)[0]["payloads"] == str(path)


async def test_what_is_gone_is_left_out(log: Path) -> None:
    assert (await operations(log, shelf=_shelf(3)).submit(_plan(5)).wait()).word == "done"
    assert [line["id"] for line in _saved(log)] == ["1-0", "2-0", "3-0"]


async def test_what_comes_back_untried_is_not_saved_twice(log: Path) -> None:
    def answer(batch: Batch) -> Outcome:
        assert isinstance(batch, MoveBatch)
        good = [done(batch, one.id) for one in batch.targets[:30]]
        return Outcome.of_entries(good + [EntryOutcome(one.id, "not tried") for one in batch.targets[30:]])

    assert (await operations(log, FakeWriter(answer), shelf=_shelf(250)).submit(_plan(250)).wait()).word == "done"
    assert [line["id"] for line in _saved(log)] == [f"{n}-0" for n in range(1, 251)]


@pytest.mark.parametrize("overrides", [frozenset[str](), frozenset({"no-log"})])
async def test_what_cannot_be_saved_is_not_sent(
    log: Path, overrides: frozenset[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, writer = os.open, FakeWriter()

    def refuse(path: Any, *args: Any) -> int:  # noqa: ANN401
        if "payloads-" in str(path):
            raise OSError(28, "No space left on device")
        return real(path, *args)

    monkeypatch.setattr(os, "open", refuse)
    operation = operations(log, writer, shelf=_shelf(5)).submit(Confirmed(_plan(5).plan, "kay", "count", overrides))
    outcome = await operation.wait()
    assert (outcome.word, writer.batches) == ("refused", [])
    assert "cannot be kept in" in str(outcome.trouble)
    assert "no space left" in str(outcome.trouble)


async def test_a_disk_that_fills_up_ends_the_run(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(batch: Batch) -> Outcome:
        monkeypatch.setattr(os, "write", lambda *_: 0)
        return all_done(batch)

    writer = FakeWriter(answer)
    outcome = await operations(log, writer, shelf=_shelf(250)).submit(_plan(250)).wait()
    assert (outcome.word, outcome.counts, len(writer.batches)) == ("partly", {"done": 100}, 1)


async def test_what_cannot_be_read_is_not_sent(log: Path) -> None:
    writer, shelf = FakeWriter(), _shelf(5)
    shelf.failure = Failure(DOWN)
    outcome = await operations(log, writer, shelf=shelf).submit(_plan(5)).wait()
    assert (outcome.word, outcome.trouble, writer.batches) == ("refused", DOWN, [])


async def test_a_planted_link_takes_nothing(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _: "abcdef")
    target = log.parent.parent / "target"
    target.write_text("untouched")
    log.parent.mkdir()
    (log.parent / "payloads-20261122T140322Z-abcdef.jsonl").symlink_to(target)
    writer = FakeWriter()
    outcome = await operations(log, writer, shelf=_shelf(5)).submit(_plan(5)).wait()
    assert (outcome.word, writer.batches, target.read_text()) == ("refused", [], "untouched")
