"""The long runs at a twentieth of their length, and the proof that they can fail."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests import binaries, environment
from tests.long.books import Books
from tests.long.numbered import Numbered
from tests.servers import DEFAULT_KIND, KINDS, Unavailable

WITHIN_S = 600


def long_run(*arguments: str) -> tuple[int, list[str]]:
    """Run `python -m tests.long`, as a process of its own, since it forks; return its exit code and its lines."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.long", *arguments],
        cwd=environment.ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=WITHIN_S,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def here(*kinds: str) -> list[str]:
    """Return those kinds of server that this machine has; where all are wanted, a missing one is a failure."""
    found = []
    for kind in kinds:
        try:
            binaries.find(kind)
        except Unavailable as reason:
            if environment.all_servers_wanted():
                pytest.fail(str(reason))
            continue
        found.append(kind)
    if not found:
        pytest.skip("no server here")
    return found


def test_a_race_with_workers_duplicates_and_loses_nothing() -> None:
    kinds = here(*KINDS)
    code, lines = long_run("race", "--kinds", *kinds)
    assert code == 0, lines
    assert sum("duplicates 0, lost 0, altered 0" in line for line in lines) == len(kinds), lines


def test_crashes_duplicate_and_lose_nothing(tmp_path: Path) -> None:
    out = tmp_path / "evidence" / "crash.txt"
    code, lines = long_run("crash", "--kinds", *here(*KINDS), "--out", str(out))
    assert code == 0, lines
    assert sum("10 moments" in line and "duplicates 0, lost 0" in line for line in lines) == 4, lines
    assert out.read_text().splitlines() == lines


@pytest.mark.parametrize("what", ["race", "crash"])
def test_a_writer_that_does_not_check_is_found_out(what: str) -> None:
    code, lines = long_run(what, "--unguarded", "--kinds", *here(DEFAULT_KIND))
    assert code == 1, lines
    assert any("FAILED: " in line and "duplicates" in line for line in lines), lines


def test_a_lag_shown_exact_is_exact_and_bounds_hold() -> None:
    kinds = here(*KINDS)
    code, lines = long_run("lag", "--kinds", *kinds)
    assert code == 0, lines
    assert sum("shown exact and wrong 0, bounds that do not hold 0" in line for line in lines) == len(kinds), lines


def test_a_lag_that_is_believed_is_found_out() -> None:
    code, lines = long_run("lag", "--unguarded", "--kinds", *here(DEFAULT_KIND))
    assert code == 1, lines
    assert any("FAILED: " in line and "lag shown exact" in line for line in lines), lines


def test_the_books_show_each_fault() -> None:
    books = Books(Numbered(4))
    books.enter("pending", [0, 1])
    books.enter("copied", [1, 2, 2, 9])
    assert books.duplicates == [1, 2]
    assert books.lost == [3]
    assert [fault.split(":")[0] for fault in books.faults] == ["duplicates 2", "lost 1", "entries that nobody made"]
    sound = Books(Numbered(3))
    sound.enter("pending", [0])
    sound.add("acked", bytes([0, 1, 1]))
    assert sound.faults == []


def test_a_calm_day_raises_no_alarm() -> None:
    code, lines = long_run("calm")
    assert code == 0, lines
    assert "false alarms 0" in lines


def test_the_calm_day_notices_when_it_is_none() -> None:
    code, lines = long_run("calm", "--unguarded")
    assert code == 1, lines
    assert any(line.startswith("false alarm at") and "no_group" in line for line in lines), lines
