"""The next steps of `status`: a script has no keys, so each names a command or what somebody can do."""

from dataclasses import replace

import pytest

from maestro_tui.commands.status import table
from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.rules import Finding, Severity
from tests.domain.building import KEY, frame, letters, stream


def _next_step(made: Frame) -> str:
    return list(table(made, Config()))[-1].partition(". Next: ")[2]


@pytest.mark.parametrize(
    ("rule", "step", "press", "told"),
    [
        ("wrong_type", "rename the key, then i", None, "rename the key, then maestro-tui init"),
        ("no_stream", "i creates it", "i", "maestro-tui init creates it"),
        ("ghosts", "x acks them; trim later", "x", "maestro-tui ack drops them; have the producers trim later"),
        ("moved_back", "find who did it; x sets the position", "x",
         "find who did it; in the dashboard x sets the position"),
        ("ghosts", "connect to the primary", None, "connect to the primary"),
        ("silent", "check worker-1, then R", "R", "check worker-1, then maestro-tui requeue"),
        ("poison", "read it (enter), then D", "enter", "maestro-tui pending shows them"),
    ],
)  # fmt: skip
def test_a_step_names_a_command_and_no_key(rule: str, step: str, press: str | None, told: str) -> None:
    found = Finding(rule, KEY, Severity.WARNING, "found", "", step, press)
    assert _next_step(replace(frame(stream()), findings=(found,))) == told


def test_dead_letters_are_brought_back_and_not_pending() -> None:
    assert _next_step(frame(letters(3))) == "maestro-tui redrive brings them back"
