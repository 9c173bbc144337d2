"""What dead workers left is repaired: on real servers, with workers like those of the platform."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from maestro_tui.domain.plans.provenance import Fields, unwrap
from tests.conftest import FreshServer
from tests.e2e.running import PAIRS, at, group_of, run, status
from tests.e2e.worker import Worker
from tests.long.wire import Wire
from tests.servers import Server, wait_until

STREAM, GROUP = PAIRS[0]
DEAD = f"{STREAM}:dead"
# Redis 7.0 does not tell when a consumer last received something, 8.2 does: batches are told apart in two ways.
KINDS = ("redis-7.0", "redis-8.2")
SETTINGS = """
[thresholds]
stuck_after = "1s"
safe_after = "2s"
"""
SAFE_MS = 2_000
BETWEEN_BATCHES_MS = 400
"""Longer than the time within which two deliveries are taken for one batch."""


class Place:
    """A server with the platform's streams, and the program as an operator uses it there."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        # redis-py would take pending rows for a summary.
        self.wire = Wire(server.port)
        self.folder = folder
        self.settings = folder / "config.toml"
        self.settings.write_text(SETTINGS)
        self.environ = {"XDG_STATE_HOME": str(folder)}
        assert self.run("init", "--yes")[0] == 0

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run a command; return its exit code, what it printed, and what it said."""
        done = run(*arguments, "--config", str(self.settings), *at(self.server), environ=self.environ)
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout, done.stderr

    def running(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Run a command while the test goes on."""
        return subprocess.Popen(
            [sys.executable, "-m", "maestro_tui", *arguments, "--config", str(self.settings), *at(self.server)],
            env=os.environ | self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def add(self, *payloads: str | bytes) -> list[str]:
        """Add jobs, return their IDs."""
        words = ("type", "job", "timestamp", "1795356202", "payload")
        return [self.wire.one("XADD", STREAM, "*", *words, payload).decode() for payload in payloads]

    def worker(self, name: str, *, gated: bool = False) -> Worker:
        """Start a worker; several of one name share a journal."""
        journal = self.folder / f"{name}.jsonl"
        return Worker(self.server, STREAM, GROUP, journal, name=name).start(gated=gated)

    def pending(self) -> dict[str, dict[str, Any]]:
        """Return what `pending` tells of each entry, by ID."""
        code, out, said = self.run("pending", STREAM, "--format", "json")
        assert code == 0, said
        return {entry["id"]: entry for entry in json.loads(out)["entries"]}

    def rows(self) -> list[list[Any]]:
        """Return the rows of XPENDING."""
        rows: list[list[Any]] = self.wire.one("XPENDING", STREAM, GROUP, "-", "+", 100)
        return rows

    def wait_until_pending(self, count: int) -> None:
        """Wait until so many entries are pending."""
        wait_until(lambda: len(self.rows()) == count, f"{count} pending entries")

    def wait_until_idle(self, ms: int) -> None:
        """Wait until nobody has touched what is pending for so long."""
        wait_until(lambda: all(row[2] >= ms for row in self.rows()), f"{ms} ms of idle time")


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, fresh_server: FreshServer, tmp_path: Path) -> Iterator[Place]:
    place = Place(fresh_server(request.param), tmp_path)
    yield place
    place.wire.close()


def job(number: int) -> str:
    """Return the payload of a job that can be done."""
    return json.dumps({"number": number})


def dies_twice(place: Place) -> tuple[list[str], list[str]]:
    """Let worker-1 die in the middle of a batch, and again, under the same name, in the middle of the next.

    Return the IDs it left behind in the first, and those of the last; five more entries were never delivered.
    """
    ids = place.add(*(job(number) for number in range(25)))
    with place.worker("worker-1", gated=True) as worker:
        worker.let(4)
    place.wait_until_pending(6)
    place.wait_until_idle(BETWEEN_BATCHES_MS)
    with place.worker("worker-1", gated=True) as worker:
        worker.let(3)
    place.wait_until_pending(13)
    return ids[4:10], ids[13:20]


def test_left_behind_and_last_batch_are_told_apart(place: Place) -> None:
    behind, last = dies_twice(place)
    told = {id: entry["left_behind"] for id, entry in place.pending().items()}
    assert told == dict.fromkeys(behind, True) | dict.fromkeys(last, False)
    group = group_of(status(place.server, "--config", str(place.settings)), STREAM, GROUP)
    assert group["left_behind"] == {"value": 6, "kind": "exact"}
    assert group["pending"] == 13


def test_a_requeue_has_all_that_was_left_worked_exactly_once_more(place: Place) -> None:
    behind, last = dies_twice(place)
    place.wait_until_idle(SAFE_MS)
    with place.worker("worker-2") as living:
        living.wait_for(5)
        code, out, said = place.run("requeue", STREAM, "--yes")
        assert code == 0, said
        living.wait_for(5 + len(behind) + len(last))
        assert place.rows() == []
        done = Counter(json.loads(one.payload)["number"] for one in (*first_worked(place), *living.worked))
    assert done == Counter(range(25)), out


def test_what_may_still_be_running_is_left_alone(place: Place) -> None:
    """Only the batch that is over for certain is moved before the time is up."""
    place.settings.write_text(SETTINGS.replace("2s", "1h"))
    behind, last = dies_twice(place)
    with place.worker("worker-2") as living:
        living.wait_for(5)
        code, _, said = place.run("requeue", STREAM, "--yes")
        assert code == 0, said
        living.wait_for(5 + len(behind))
    assert [row[0].decode() for row in place.rows()] == last


def first_worked(place: Place) -> tuple[Any, ...]:
    """Return what worker-1 did before it died."""
    return Worker(place.server, STREAM, GROUP, place.folder / "worker-1.jsonl").worked


POISON = (b"not json", b"\xff\x00 neither", b"{", b"")


def poisoned(place: Place, worker: Worker) -> list[str]:
    """Let a living worker fail on some jobs, and do one after them; return the IDs of those it left."""
    ids = place.add(*POISON, job(1))
    worker.wait_for(len(POISON) + 1)
    place.wait_until_idle(SAFE_MS)
    assert [row[0].decode() for row in place.rows()] == ids[:-1]
    return ids[:-1]


def test_a_bulk_requeue_of_poison_stops_at_the_canary(place: Place) -> None:
    with place.worker("worker-1") as worker:
        ids = poisoned(place, worker)
        with place.running("requeue", STREAM, "--yes", "--format", "json") as requeue:
            worker.wait_for(len(POISON) + 2)
            # That a worker is done with the canary shows, on Redis 7.0, once it has received something newer.
            place.wait_until_idle(BETWEEN_BATCHES_MS)
            place.add(job(2))
            told = json.loads(requeue.communicate(timeout=60)[0])
        assert (requeue.returncode, told["outcome"], told["counts"]) == (1, "partly", {"done": 1})
        assert told["stopped"] == "by itself"
        assert "worker-1 received the canary and came back for more" in told["sentence"]
        # The others are as they were; the first one is pending again as its copy, which failed as well.
        canary = worker.worked[len(POISON) + 1]
        assert (canary.payload, canary.did) == (POISON[0], "left")
        assert [row[0].decode() for row in place.rows()] == [*ids[1:], canary.id]
        assert "Nothing else was moved" in place.run("log")[1]


def test_poison_is_set_aside_with_its_bytes_and_where_it_came_from(place: Place) -> None:
    with place.worker("worker-1") as worker:
        ids = poisoned(place, worker)
        code, _, said = place.run("dead-letter", STREAM, "--yes")
        assert code == 0, said
        assert place.rows() == []
        originals = {id: fields_at(place, STREAM, id) for id in ids}
        letters = [unwrap(fields) for fields in all_fields(place, DEAD)]
        assert [letter and str(letter[0].id) for letter in letters] == ids
        for letter in letters:
            assert letter is not None
            told, fields = letter
            assert fields == originals[str(told.id)]
            assert (str(told.stream), str(told.group), str(told.consumer)) == (STREAM, GROUP, "worker-1")
            assert told.deliveries == 1
            assert told.idle_ms >= SAFE_MS
        assert [dict(fields)[b"payload"] for fields in originals.values()] == list(POISON)


def test_what_was_set_aside_comes_back_once(place: Place) -> None:
    with place.worker("worker-1") as worker:
        poisoned(place, worker)
        assert place.run("dead-letter", STREAM, "--yes")[0] == 0
        before = len(worker.worked)
        code, _, said = place.run("redrive", STREAM, "--yes", "--no-watch")
        assert code == 0, said
        worker.wait_for(before + len(POISON))
        assert tuple(one.payload for one in worker.worked[before:]) == POISON
        assert place.wire.one("XLEN", DEAD) == 0
        # There is nothing to bring back any more.
        assert place.run("redrive", STREAM, "--yes", "--no-watch")[0] == 0
        assert len(worker.worked) == before + len(POISON)


def fields_at(place: Place, stream: str, id: str) -> Fields:
    """Return the fields of an entry."""
    [fields] = all_fields(place, stream, id, id)
    return fields


def all_fields(place: Place, stream: str, first: str = "-", last: str = "+") -> list[Fields]:
    """Return the fields of the entries of a stream."""
    found = place.wire.one("XRANGE", stream, first, last)
    return [tuple(zip(words[::2], words[1::2], strict=True)) for _, words in found]
