"""What dead workers left is repaired with a few keys: the dashboard in a real terminal, on real servers."""

import json
import shlex
import sys
from collections import Counter
from pathlib import Path

from maestro_tui.domain.plans.provenance import unwrap
from tests.e2e.place import (
    BETWEEN_BATCHES_MS,
    DEAD,
    POISON,
    SAFE_MS,
    Place,
    all_fields,
    dies_twice,
    first_worked,
    job,
    poisoned,
)
from tests.terminal import Terminal

MENDED = '{"number":7}'
# What an operator would do in an editor, as a program: put a good payload in place of the first bad one.
EDITOR = f"""
import pathlib, sys
path = pathlib.Path(sys.argv[1])
path.write_text(path.read_text().replace("not json", {MENDED!r}))
"""


def type_in(screen: Terminal, words: str) -> None:
    """Type a word into the field of a dialog."""
    screen.press(*words, "enter")


def test_left_behind_and_last_batch_are_told_apart(place: Place) -> None:
    behind, last = dies_twice(place)
    with place.dashboard() as screen:
        screen.wait_for("6 left behind")
        screen.press("g", "enter")
        screen.wait_for(behind[0], last[-1])
        for ids, told in ((behind, "left behind"), (last, "last batch")):
            for id in ids:
                assert told in screen.line(id), screen.text


def test_r_has_all_that_was_left_worked_exactly_once_more(place: Place) -> None:
    behind, last = dies_twice(place)
    place.wait_until_idle(SAFE_MS)
    with place.worker("worker-2") as living, place.dashboard() as screen:
        living.wait_for(5)
        screen.wait_for("stuck")
        screen.press("g", "R")
        screen.wait_for("Type 13")
        type_in(screen, "13")
        screen.wait_for("13 requeued", "13 of 13 acked")
        screen.press("escape")
        screen.wait_for(without="esc closes")
        screen.press("q")
        assert screen.exit_code() == 0
        living.wait_for(5 + len(behind) + len(last))
        assert place.rows() == []
        done = Counter(json.loads(one.payload)["number"] for one in (*first_worked(place), *living.worked))
    assert done == Counter(range(25))


def test_a_bulk_r_of_poison_stops_at_the_canary(place: Place) -> None:
    with place.worker("worker-1") as worker, place.dashboard() as screen:
        ids = poisoned(place, worker)
        screen.wait_for("stuck")
        screen.press("g", "R")
        screen.wait_for("Type 4")
        type_in(screen, "4")
        worker.wait_for(len(POISON) + 2)
        place.wait_until_idle(BETWEEN_BATCHES_MS)
        place.add(job(2))
        screen.wait_for("It stopped by itself", "worker-1 received the canary", "Nothing else was moved")
        assert [row[0].decode() for row in place.rows()] == [*ids[1:], worker.worked[len(POISON) + 1].id]


def test_d_sets_poison_aside_and_e_mends_one(place: Place, tmp_path: Path) -> None:
    editor = tmp_path / "editor.py"
    editor.write_text(EDITOR)
    with place.worker("worker-1") as worker:
        ids = poisoned(place, worker)
        with place.dashboard(EDITOR=shlex.join([sys.executable, str(editor)]), VISUAL="") as screen:
            screen.wait_for("stuck")
            screen.press("g", "enter")
            screen.wait_for(ids[0])
            screen.press("g", "enter")
            screen.wait_for("not json", "edit")
            screen.press("e")
            screen.wait_for("y: edit and requeue")
            screen.press("y")
            worker.wait_for(len(POISON) + 2)
            assert (worker.worked[-1].payload, worker.worked[-1].did) == (MENDED.encode(), "acked")
            for gone in ("esc closes", "FIELD", "DELIVERED"):
                screen.press("escape")
                screen.wait_for(without=gone)
            screen.wait_for("STREAM", "STATE")
            screen.press("g", "D")
            screen.wait_for("Type 3")
            type_in(screen, "3")
            screen.wait_for("dead-lettered")
        assert place.rows() == []
        letters = [unwrap(fields) for fields in all_fields(place, DEAD)]
        assert [letter and str(letter[0].id) for letter in letters] == ids[1:]
        assert [letter and dict(letter[1])[b"payload"] for letter in letters] == list(POISON[1:])
