"""The problem lines: the point comes first, whole parts before cut ones, and no sum tells a fact of one stream."""

from dataclasses import replace
from typing import Any

import pytest

from maestro_tui.domain.columns import Labels
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.rules import Finding, Severity
from maestro_tui.domain.text import width
from maestro_tui.ui.widgets.lines import line_text, line_width
from maestro_tui.ui.widgets.problems import problem_lines, problems_of
from tests.domain.building import KEY, NOW, absent, frame

STUCK = Finding(
    "stuck", KEY, Severity.CRITICAL, "204 left behind; worker-1 silent 22m", "busy or dead", "enter", "enter"
)
MISSING = Finding("no_stream", KEY, Severity.WARNING, "stream missing", "workers get NOGROUP", "i creates it", "i")


def _of(finding: Finding, *names: str) -> list[Finding]:
    return [replace(finding, key=Key(Name.of(name))) for name in names]


def _said(*findings: Finding, cells: int = 80, labels: Labels | None = None, read_only: bool = False) -> list[str]:
    problems = problems_of(findings, labels or Labels(), cells, read_only=read_only)
    made = problem_lines(problems, cells - 1, ascii_only=False, stale=False)
    assert all(line_width(line) < cells for line in made)
    return [line_text(line).rstrip() for line in made]


@pytest.mark.parametrize("cells", [40, 80])
def test_a_name_is_shortened_only_as_far_as_it_is_the_only_one(cells: int) -> None:
    names = ("m:k8s:jobs", "m:automation:jobs", "m:automation:healing")
    labels = Labels.of(frame(*(absent(Name.of(name)) for name in names)).rows)
    (jobs,) = _said(*_of(MISSING, names[0]), cells=cells, labels=labels)
    (healing,) = _said(*_of(MISSING, names[2]), cells=cells, labels=labels)
    assert jobs.split()[1] == "k8s:jobs"
    assert healing.split()[1] == "healing"


def test_a_short_step_leaves_its_room_to_the_text() -> None:
    long_step = replace(MISSING, next_step="check the worker, then enter")
    wordy = replace(STUCK, evidence="busy or dead; 667 waiting 12m")
    _, line = _said(long_step, wordy, cells=90)
    assert "204 left behind; worker-1 silent 22m; busy or dead; 667 waiting 12m  enter" in line


@pytest.mark.parametrize("cells", range(40, 130))
def test_parts_are_dropped_whole(cells: int) -> None:
    (line,) = _said(STUCK, cells=cells)
    assert "204" in line
    parts = line.removesuffix("enter").split("app:jobs")[1].strip().split("; ")
    assert all(part in ("204 left behind", "worker-1 silent 22m", "busy or dead") for part in parts)
    assert width(line) <= cells


def test_a_long_part_is_cut_between_words() -> None:
    (line,) = _said(
        replace(STUCK, title="a title of words that are far too many for the room of a narrow line"), cells=40
    )
    assert line.endswith("a title of words that are …")


@pytest.mark.parametrize(
    ("title", "step", "told"),
    [
        ("persistence is failing: RDB snapshot", "look at the server's disk and log", ("persistence is failing:",)),
        ("the key is no stream", "rename the key, then i", ("the key is no stream", "then i")),
        (
            "stream was probably evicted and made anew, 9 gone",
            "i creates its group; then free memory",
            ("probably evicted", "i creates its group"),
        ),
        ("750 unread entries lost to trimming", "have the producers trim later; add workers", ("entries lost",)),
        ("204 left behind; worker-1 silent 12m", "check the worker, then R", ("204 left behind", "then R")),
    ],
)
def test_neither_the_cause_nor_the_key_is_cut_off_beside_a_long_name(
    title: str, step: str, told: tuple[str, ...]
) -> None:
    found = replace(MISSING, title=title, next_step=step, evidence="", since_ms=NOW - 52_000)
    named = replace(STUCK, key=Key(Name.of("a:name-of-19-letters")), since_ms=NOW - 52_000)
    line = _shown(found, named, cells=80, now_ms=NOW, first_ms=NOW)[0]
    assert all(words in line for words in told), line


def test_many_streams_are_one_sentence() -> None:
    names = ("a:jobs", "a:healing", "a:errors", "a:repair")
    (missing,) = _said(*_of(MISSING, *names), cells=120)
    assert "4 streams  missing: a:jobs, a:healing, a:errors, a:repair; workers get NOGROUP" in missing
    vanished = replace(MISSING, title="stream vanished with its group", severity=Severity.CRITICAL)
    (line,) = _said(*_of(vanished, *names), cells=120)
    assert "4 streams  vanished with their groups: a:jobs" in line


def test_a_sum_tells_no_fact_of_one_stream() -> None:
    names = ("a:jobs", "a:healing", "a:errors")
    assert len(_said(*_of(STUCK, *names))) == len(names)
    first, *others = _of(MISSING, *names)
    (line,) = _said(replace(first, evidence="of this one alone"), *others, cells=140)
    assert "alone" not in line


def test_where_nothing_may_be_written_no_line_asks_for_it() -> None:
    (line,) = _said(MISSING, read_only=True)
    assert line.endswith("read-only: have it created")
    overdue = replace(STUCK, next_step="check worker-1, then R", press="R")
    assert _said(overdue, read_only=True)[0].endswith("read-only: have them requeued")
    assert _said(STUCK, read_only=True)[0].endswith("enter")


@pytest.mark.parametrize(
    ("press", "step"),
    [("R", "read-only: have them requeued"), ("x", "read-only: have it mended"), ("i", "read-only: have it created")],
)
def test_what_may_not_be_done_from_here_is_asked_of_others_by_its_name(press: str, step: str) -> None:
    """What is stuck needs nothing created."""
    finding = replace(STUCK, press=press, next_step=f"{press} does it")
    assert _said(finding, read_only=True)[0].endswith(step)


EVICTING = Finding("evicting", None, Severity.CRITICAL, "12 keys evicted; memory 99% full", "", "give it memory")
GONE = replace(MISSING, severity=Severity.CRITICAL, because=EVICTING.identity)


def _shown(*findings: Finding, cells: int = 120, **more: Any) -> list[str]:  # noqa: ANN401 - those of problems_of
    problems = problems_of(findings, Labels(), cells, **more)
    return [line_text(line).rstrip() for line in problem_lines(problems, cells - 1, ascii_only=False, stale=False)]


def test_a_symptom_names_its_cause_and_is_set_in() -> None:
    cause, symptom = _shown(EVICTING, GONE)
    assert "12 keys evicted" in cause
    assert "└ app:jobs" in symptom
    assert "stream missing; follows from 12 keys evicted; workers get NOGROUP" in symptom
    lines = problem_lines(problems_of((EVICTING, GONE), Labels(), 120), 119, ascii_only=True, stale=False)
    assert all(line_text(line).isascii() for line in lines)
    assert {tone for _, tone in lines[1][1:]} == {"muted"}


def test_a_symptom_whose_cause_stands_above_the_list_still_names_it() -> None:
    down = Finding("unreachable", None, Severity.CRITICAL, "server out of reach", "", "wait")
    (line,) = _shown(down, replace(STUCK, because=down.identity), way_told=True)
    assert "follows from server out of reach" in line
    assert len(_shown(down)) == 1
    (orphan,) = _shown(replace(GONE, because=("evicting", None)))
    assert "follows from evicting" in orphan


def test_how_long_it_has_been_there_stands_before_it() -> None:
    begun = replace(STUCK, since_ms=NOW - 720_000)
    for cells in (80, 120):
        (line,) = _shown(begun, cells=cells, now_ms=NOW, first_ms=1)
        assert "  12m  204" in line or " 12m 204" in line
    assert ">=12m" in _shown(begun, now_ms=NOW, first_ms=NOW - 700_000)[0]
    assert "12m  204" not in _shown(begun, cells=60, now_ms=NOW)[0]


def test_of_several_the_longest_is_told() -> None:
    names = ("a:jobs", "a:healing", "a:errors")
    alike = [replace(one, since_ms=NOW - 60_000 * place) for place, one in enumerate(_of(MISSING, *names), 1)]
    (line,) = _shown(*alike, now_ms=NOW)
    assert "3 streams  3m  missing" in line


def test_several_stay_the_same_problem_when_another_joins() -> None:
    (three,) = problems_of(_of(MISSING, "a:b", "a:c", "a:d"), Labels(), 120)
    (four,) = problems_of(_of(MISSING, "a:b", "a:c", "a:d", "a:e"), Labels(), 120)
    assert three.identity == four.identity
    assert (three.key, four.many) == (None, 4)
    single = problems_of([MISSING], Labels(), 120)[0]
    assert (single.identity, single.key) == (MISSING.identity, KEY)
