"""Explain: nothing on the screen is without words, and the words hold the row's own numbers."""

from dataclasses import replace
from typing import get_args

import pytest

from maestro_tui.domain.columns import COLUMNS
from maestro_tui.domain.explain import explain, explain_state
from maestro_tui.domain.frame import EMPTY, derive
from maestro_tui.domain.glossary import COLUMN_TEXTS, MARKS, STATE_TEXTS
from maestro_tui.domain.limits import MAESTRO_LIMITS, Limits
from maestro_tui.domain.pending import PendingCounts
from maestro_tui.domain.rows import State
from maestro_tui.domain.rule_texts import RULE_TEXTS
from maestro_tui.domain.rules import RULES
from maestro_tui.domain.snapshot import at_least, exact
from maestro_tui.domain.text import visible
from maestro_tui.domain.topology import Topology
from screenshots.script import SCENES
from tests.domain.building import DOWN, letters
from tests.domain.building import frame as frame_with
from tests.scenes import frame_of, row_of


def test_every_column_has_words() -> None:
    assert set(COLUMN_TEXTS) == {column.id for column in COLUMNS}
    assert all(text.what and text.source and text.todo for text in COLUMN_TEXTS.values())


def test_every_state_has_words() -> None:
    assert set(STATE_TEXTS) == set(get_args(State))
    assert all(text.what and text.source and text.todo for text in STATE_TEXTS.values())


def test_every_rule_has_words() -> None:
    assert set(RULE_TEXTS) == {rule.name for rule in RULES}
    assert all(text.what and text.source for text in RULE_TEXTS.values())


@pytest.mark.parametrize("state", get_args(State))
def test_thresholds_are_filled_in(state: State) -> None:
    assert all("{" not in line for line in explain_state(state, Limits()))


@pytest.mark.parametrize("scene", SCENES)
def test_every_cell_of_every_scene_can_be_explained(scene: str) -> None:
    """Whatever the server told, the key `d` answers, in printable text."""
    frame = frame_of(scene)
    for row in (*frame.rows, None):
        for column in (None, *(column.id for column in COLUMNS)):
            title, lines = explain(column, row, frame, MAESTRO_LIMITS)
            assert title
            assert lines
            assert all(line.isprintable() for line in (title, *lines))


def test_a_number_is_told_with_its_kind_and_its_command() -> None:
    frame = frame_of("incident")
    title, lines = explain("lag", row_of(frame, "test_healing"), frame, MAESTRO_LIMITS)
    assert title == "LAG 667"
    assert "Here: 667, exact." in lines
    assert any("XINFO GROUPS" in line for line in lines)


def test_a_row_is_told_with_its_numbers_findings_and_next_steps() -> None:
    frame = frame_of("incident")
    title, lines = explain(None, row_of(frame, "test_healing"), frame, MAESTRO_LIMITS)
    text = "\n".join(lines)
    assert title == "STATE stuck"
    assert "214 pending, 214 of them stuck (204 left behind" in text
    assert "may rightly take 50m" in text
    assert "CRITICAL: 204 left behind" in text
    assert "Next: check worker-1, then R" in text
    assert lines[-len(MARKS) :] == MARKS


def test_the_thresholds_are_those_of_the_stream() -> None:
    frame = frame_of("incident")
    row = row_of(frame, "test_healing")
    own = replace(MAESTRO_LIMITS.of(row.key.stream), stuck_after_ms=7_000)
    limits = replace(MAESTRO_LIMITS, by_stream={row.key.stream: own})
    assert any("7s or longer" in line for line in explain("stuck", row, frame, limits)[1])


def test_old_numbers_are_said_to_be_old() -> None:
    frame = frame_of("unreachable")
    _, lines = explain("lag", frame.rows[0], frame, MAESTRO_LIMITS)
    assert lines[0].startswith("The numbers are of 14:03:22Z: maestro-redis:6379 does not answer")


def test_without_a_row_the_server_is_told() -> None:
    frame = frame_of("memory")
    title, lines = explain(None, None, frame, MAESTRO_LIMITS)
    assert title == "SERVER"
    assert any("memory 90% full" in line for line in lines)


def test_a_column_nobody_knows_explains_the_row() -> None:
    frame = frame_of("incident")
    assert explain("no such column", frame.rows[0], frame, MAESTRO_LIMITS)[0].startswith("STATE")


def test_hostile_names_are_only_shown() -> None:
    frame = frame_of("hostile")
    for row in frame.rows:
        _, lines = explain(None, row, frame, MAESTRO_LIMITS)
        assert visible(row.key.stream.raw) in lines[0]


def test_before_the_first_answer_no_time_and_no_all_clear_is_told() -> None:
    for frame in (EMPTY, derive(EMPTY, DOWN, MAESTRO_LIMITS, Topology(()))):
        text = "\n".join(explain(None, None, frame, MAESTRO_LIMITS)[1])
        assert text.startswith("Not connected")
        assert "00:00:00Z" not in text
        assert "Nothing was found" not in text


def test_stuck_entries_of_an_ok_row_are_told_to_be_a_last_batch() -> None:
    frame = frame_of("calm")
    row = row_of(frame, "test_healing")
    ok = replace(row, state="ok", pending=replace(row.pending, stuck=exact(3)))
    text = "\n".join(explain(None, ok, frame, MAESTRO_LIMITS)[1])
    assert "Do: nothing yet: 3 stuck are a last batch" in text
    assert "until 50m have passed" in text


def test_a_lower_bound_of_nothing_is_not_spelled() -> None:
    frame = frame_of("incident")
    row = row_of(frame, "test_healing")
    bare = replace(row, pending=PendingCounts.all(at_least(0)))
    for column in (None, "stuck", "tries"):
        assert ">=0" not in "\n".join(explain(column, bare, frame, MAESTRO_LIMITS)[1])


@pytest.mark.parametrize(
    ("column", "number", "told"),
    [
        (None, 3, "Here: 3 dead letters, the oldest set aside 10m ago."),
        (None, 0, "Here: it is empty: every dead letter was brought back or deleted."),
        ("age", 3, "Here: 3 dead letters, the oldest set aside 10m ago."),
        ("lag", 3, "Here: there is no group to measure."),
    ],
)
def test_dead_letters_are_told(column: str | None, number: int, told: str) -> None:
    made = frame_with(letters(number))
    title, lines = explain(column, made.rows[0], made, MAESTRO_LIMITS)
    assert title == ("STATE dead" if column is None else "AGE 10m" if column == "age" else "LAG -")
    assert told in lines
