"""`maestro-tui pending` on real servers: what each entry means, filters, pages, names."""

import json
from pathlib import Path

import pytest

from tests.e2e.backlog import HOUR_MS, Backlog
from tests.e2e.running import PAIRS
from tests.servers import Server


@pytest.fixture
def jobs(redis70: Server, tmp_path: Path) -> Backlog:
    """The jobs stream of a Redis 7.0."""
    return Backlog(redis70, tmp_path)


@pytest.fixture
def any_jobs(server: Server, tmp_path: Path) -> Backlog:
    """The jobs stream of each kind of server."""
    return Backlog(server, tmp_path)


def test_pending_tells_what_each_entry_means(any_jobs: Backlog) -> None:
    """Left behind, last batch, poison by deliveries or by marks, ghost; with what is known of each."""
    behind = any_jobs.stuck(1)
    requeued = any_jobs.stuck(1, "payload", "{}", "_maestro_origin", "1-1", "_maestro_attempt", "2")
    often = any_jobs.stuck(1, deliveries=7)
    gone = any_jobs.stuck(1)
    any_jobs.server.run("XDEL", any_jobs.stream, gone[0])
    last = any_jobs.add(1)
    any_jobs.deliver()
    found = any_jobs.document("pending", "automation_jobs")
    assert (found["stream"]["name"], found["group"]["name"]) == (any_jobs.stream, any_jobs.group)
    assert (found["pending"], found["complete"]) == (5, True)
    rows = {row["id"]: row for row in found["entries"]}
    assert list(rows) == [*behind, *requeued, *often, *gone, *last]
    marks = {id: (row["left_behind"], row["ghost"], row["poison"]) for id, row in rows.items()}
    assert marks == {
        behind[0]: (True, False, False),
        requeued[0]: (True, False, True),
        often[0]: (True, False, True),
        gone[0]: (True, True, False),
        last[0]: (False, False, False),
    }
    assert rows[behind[0]]["idle_ms"] >= HOUR_MS
    assert rows[often[0]]["deliveries"] == 7
    assert rows[requeued[0]]["attempts"] == 2
    assert rows[behind[0]]["consumer"] == {"name": "worker-1"}


def test_pending_as_a_table_and_line_by_line(jobs: Backlog) -> None:
    """The table is for eyes, the lines for scripts; both have the same entries in the same order."""
    ids = jobs.stuck(3)
    table = jobs.command("pending", "automation:jobs").stdout.splitlines()
    assert table[0].split() == ["ID", "AGE", "IDLE", "CONSUMER", "DELIVERED", "REQUEUED", "MARKS"]
    assert [line.split()[0] for line in table[1:]] == ids
    assert all(line.endswith("left behind") for line in table[1:])
    lines = jobs.command("pending", "automation:jobs", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ids


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (("--min-idle", "5m"), [0, 1, 2]),
        (("--min-idle", "2h"), []),
        (("--min-deliveries", "5"), [2]),
        (("--consumer", "worker-2"), [1]),
        (("--consumer", "nobody"), []),
        (("--min-idle", "5m", "--limit", "2"), [0, 1]),
    ],
)
def test_pending_is_filtered(jobs: Backlog, filters: tuple[str, ...], found: list[int]) -> None:
    """That nothing fits is no failure."""
    ids = [*jobs.stuck(1), *jobs.stuck(1, consumer="worker-2"), *jobs.stuck(1, deliveries=6), *jobs.add(1)]
    jobs.deliver()
    document = jobs.document("pending", jobs.stream, *filters)
    assert [row["id"] for row in document["entries"]] == [ids[number] for number in found]
    assert document["complete"] is ("--limit" not in filters)


def test_pending_pages_through_a_long_list(jobs: Backlog) -> None:
    """Beyond one page of a thousand, each entry once."""
    with jobs.server.client() as client, client.pipeline(transaction=False) as many:
        for number in range(2_500):
            many.xadd(jobs.stream, {"payload": "{}"}, id=f"{number + 1}-0")
        many.execute()
    jobs.deliver(3_000)
    lines = jobs.command("pending", jobs.stream, "--limit", "5000", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == [f"{number + 1}-0" for number in range(2_500)]
    done = jobs.command("pending", jobs.stream)
    assert len(done.stdout.splitlines()) == 1_001
    assert "only the first 1,000 are shown" in done.stderr


def test_the_alias_the_suffix_and_the_key_mean_the_same(redis70: Server, tmp_path: Path) -> None:
    """Whatever is at hand at three in the morning."""
    healing = Backlog(redis70, tmp_path, PAIRS[1])
    ids = healing.stuck(1)
    for text in ("healing", "test_healing", "automation:healing", healing.stream):
        assert [row["id"] for row in healing.document("pending", text)["entries"]] == ids
