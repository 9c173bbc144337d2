"""Nothing on the screen is without words: each column, state, rule, mark, word and part of the top line has some."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import get_args

import pytest

from maestro_tui.domain.columns import COLUMNS
from maestro_tui.domain.explain import explain, explain_state
from maestro_tui.domain.explain_header import HEADER_TEXTS, header_lines
from maestro_tui.domain.explain_problem import Known, explain_problem
from maestro_tui.domain.frame import EMPTY
from maestro_tui.domain.glossary import Text
from maestro_tui.domain.glossary_lists import CONSUMER_TEXTS, ENTRY_TEXTS, INSPECTOR_TEXTS, LIVE_TEXTS, PENDING_TEXTS
from maestro_tui.domain.journal import Deed, Note, Problem
from maestro_tui.domain.limits import MAESTRO_LIMITS
from maestro_tui.domain.outcomes import Word
from maestro_tui.domain.rows import State
from maestro_tui.domain.rules import RULES, Finding, Severity
from maestro_tui.domain.snapshot import Consumer
from maestro_tui.ui.screens.inspector import InspectorScreen
from maestro_tui.ui.screens.topology import TopologyScreen
from maestro_tui.ui.widgets import consumers, entries, pending
from maestro_tui.ui.widgets.consumers import ConsumerLine, explain_consumer
from maestro_tui.ui.widgets.mark_texts import MARKS, explain_mark
from maestro_tui.ui.widgets.record_texts import OUTCOME_TEXTS, explain_record
from tests.domain.building import KEY, NOW, frame, group, stream
from tests.scenes import frame_of
from tests.ui.staging import staged
from tests.ui.waiting import STUCK, opened, text_of, until

ALL = Known({"stuck": "https://wiki.test/stuck"}, NOW, tuple(column.id for column in COLUMNS))
_LEFT_OPEN = re.compile(r"None|[{}]|<\w+ object|  From:|\bTODO\b")


def _whole(lines: Iterable[str]) -> None:
    """Assert that paragraphs say what, from where and what to do, with nothing left open."""
    told = list(lines)
    assert not [line for line in told if _LEFT_OPEN.search(line)]
    assert any(line.startswith("From: ") and len(line) > 10 for line in told)
    assert any(line.startswith(("Do: ", "Next: ")) and len(line) > 8 for line in told)
    assert any(len(line) > 20 and not line.startswith(("From: ", "Do: ", "Next: ")) for line in told)


def _sections(lines: Iterable[str]) -> Iterator[list[str]]:
    section: list[str] = []
    for line in (*lines, ""):
        if line:
            section.append(line)
        elif section:
            yield section
            section = []


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.id)
def test_every_column_is_told_with_its_number(column: object) -> None:
    for scene in ("incident", "calm", "spoiled", "empty", "memory"):
        made = frame_of(scene)
        for row in made.rows:
            _whole(explain(column.id, row, made, MAESTRO_LIMITS)[1])  # type: ignore[attr-defined]


@pytest.mark.parametrize("scene", ["incident", "calm", "spoiled", "empty", "memory", "unreachable"])
def test_a_row_is_told_with_every_column_that_is_shown(scene: str) -> None:
    made = frame_of(scene)
    for row in made.rows:
        title, lines = explain(None, row, made, MAESTRO_LIMITS, ALL)
        assert title == f"STATE {row.state}"
        heads = [section for section in _sections(lines) if section[0].split(" ")[0] in {one.title for one in COLUMNS}]
        assert len(heads) == len(COLUMNS) - 1, "all but the state, which stands first"
        for section in heads:
            _whole(section)
            assert any(line.startswith("Here: ") for line in section)


@pytest.mark.parametrize("state", get_args(State))
def test_every_state_is_told(state: State) -> None:
    _whole(explain_state(state, MAESTRO_LIMITS))


@pytest.mark.parametrize("rule", [rule.name for rule in RULES])
def test_every_rule_is_told(rule: str) -> None:
    finding = Finding(rule, KEY, Severity.WARNING, "a title", "evidence", "do this", "R", since_ms=NOW)
    title, lines = explain_problem((finding,), frame(), ALL)
    assert title == f"WARNING {rule.replace('_', ' ')}"
    _whole(lines)
    assert "Next: do this (key R)" in lines
    assert any("it was there at the first look" in line for line in lines)
    assert ("Runbook: https://wiki.test/stuck" in lines) is (rule == "stuck")
    problem = Problem("", "", "", "", rule, KEY, "warning", "a title", next_step="do this")
    _whole(explain_record(problem)[1])


@pytest.mark.parametrize("mark", MARKS)
def test_every_mark_is_told(mark: pending.Mark) -> None:
    _whole(explain_mark(mark, KEY, MAESTRO_LIMITS))


@pytest.mark.parametrize("part", HEADER_TEXTS)
def test_every_part_of_the_top_line_is_told(part: str) -> None:
    for made in (frame_of("incident"), frame_of("unreachable"), EMPTY):
        (section,) = [one for one in _sections(header_lines(made)) if one[0].startswith(f"TOP LINE, {part}: ")]
        _whole(section)


@pytest.mark.parametrize("name", [one.name for one in fields(Text)])
def test_every_text_is_whole(name: str) -> None:
    for texts in (PENDING_TEXTS, CONSUMER_TEXTS, ENTRY_TEXTS, LIVE_TEXTS, INSPECTOR_TEXTS, OUTCOME_TEXTS, HEADER_TEXTS):
        assert all(getattr(text, name).strip() for text in texts.values())


@pytest.mark.parametrize("room", [40, 80, 120, 160])
def test_every_title_of_a_list_has_words(room: int) -> None:
    assert {title for title, _ in pending._cells(room)} <= {"", *PENDING_TEXTS}
    assert {title for title, _ in consumers._cells(room)} <= set(CONSUMER_TEXTS)
    for grouped in (True, False):
        assert {title for title, _ in entries._cells(room, grouped=grouped)} <= {"", *ENTRY_TEXTS}


@pytest.mark.parametrize("live", [True, False, None])
@pytest.mark.parametrize("held", [0, 3])
def test_every_word_for_a_consumers_life_is_told(live: bool | None, held: int) -> None:
    line = ConsumerLine(Consumer(KEY.stream, held, 5_000, None), live)
    title, lines = explain_consumer(line)
    assert title == f"CONSUMER {consumers.live_word(line)}"
    for section in _sections(lines):
        _whole(section)


@pytest.mark.parametrize("word", [*get_args(Word), None])
def test_every_outcome_is_told(word: str | None) -> None:
    title, lines = explain_record(Deed("1", "", "", "", "", "claim", None, outcome=word))
    assert title == f"OUTCOME {word or 'interrupted'}"
    _whole(lines)
    _whole(explain_record(Note("", "", "", ""))[1])


def test_a_cause_and_its_symptoms_name_each_other() -> None:
    cause = Finding("evicting", None, Severity.CRITICAL, "12 keys evicted; memory 99% full", "", "give it memory")
    symptom = Finding("no_stream", KEY, Severity.CRITICAL, "stream missing", "", "i", because=cause.identity)
    made = replace(frame(stream(group())), findings=(cause, symptom))
    assert "Follows from: 12 keys evicted; mend that first" in explain_problem((symptom,), made, ALL)[1]
    assert "Explains: stream missing (app:jobs app-workers)" in explain_problem((cause,), made, ALL)[1]
    row = explain(None, made.rows[0], made, MAESTRO_LIMITS, ALL)[1]
    assert "Follows from: 12 keys evicted; mend that first" in row


async def test_d_answers_in_every_pane_and_on_every_screen(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("enter")
        await until(stage, "worker-1")
        for wanted in ("MARK ghost", "CONSUMER ? busy or dead", "STATE stuck", "HISTORY"):
            await stage.press("d")
            await until(stage, wanted, "From: ")
            assert not _LEFT_OPEN.search(text_of(stage))
            await stage.press("escape", "tab")
        await stage.press("enter")
        await opened(stage, InspectorScreen)
        await stage.press("d")
        await until(stage, "MARK ghost", "From: ")
        await stage.press("escape", "escape", "escape", "t")
        await opened(stage, TopologyScreen)
        await stage.press("d")
        await until(stage, "Follows: ", "From: ")
