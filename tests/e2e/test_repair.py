"""What dead workers left is repaired by commands: on real servers, with workers like those of the platform."""

import json
from collections import Counter

from maestro_tui.domain.plans.provenance import unwrap
from tests.e2e.place import (
    BETWEEN_BATCHES_MS,
    DEAD,
    GROUP,
    POISON,
    SAFE_MS,
    SETTINGS,
    STREAM,
    Place,
    all_fields,
    dies_twice,
    fields_at,
    first_worked,
    job,
    poisoned,
)
from tests.e2e.running import group_of, status


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
