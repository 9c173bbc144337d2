"""The problem lines: the point comes first, whole parts before cut ones, and no sum tells a fact of one stream."""

from dataclasses import replace

import pytest

from maestro_tui.domain.columns import Labels
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.rules import Finding, Severity
from maestro_tui.domain.text import width
from maestro_tui.ui.widgets.lines import line_text, line_width
from maestro_tui.ui.widgets.problems import problem_lines
from tests.domain.building import KEY, absent, frame

STUCK = Finding(
    "stuck", KEY, Severity.CRITICAL, "204 left behind; worker-1 silent 22m", "busy or dead", "enter", "enter"
)
MISSING = Finding("no_stream", KEY, Severity.WARNING, "stream missing", "workers get NOGROUP", "i creates it", "i")


def _of(finding: Finding, *names: str) -> list[Finding]:
    return [replace(finding, key=Key(Name.of(name))) for name in names]


def _said(*findings: Finding, cells: int = 80, labels: Labels | None = None, read_only: bool = False) -> list[str]:
    made = problem_lines(findings, labels or Labels(), cells, 8, ascii_only=False, stale=False, read_only=read_only)
    assert all(line_width(line) <= cells for line in made)
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
    replica = Finding("replica", None, Severity.WARNING, "this is a replica", "takes no writes", "connect elsewhere")
    assert _said(MISSING, replica)[0].endswith("read-only: have it created")
    assert _said(STUCK, read_only=True)[0].endswith("enter")
