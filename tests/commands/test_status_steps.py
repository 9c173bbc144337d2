"""What `status` tells to do next works where it is told: stdout has no keys, and a command must fit the row."""

import re
from dataclasses import replace

import pytest

from maestro_tui.commands.status import table
from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import derive
from maestro_tui.domain.names import ZERO, Name
from maestro_tui.domain.rules import Finding, Severity
from maestro_tui.domain.snapshot import Stream
from maestro_tui.domain.trouble import Trouble
from tests.domain.building import (
    KEY,
    LIMITS,
    NOW,
    TOPOLOGY,
    consumer,
    deserted,
    entry,
    frame,
    group,
    letters,
    page,
    snapshot,
    spoiled,
    stream,
)
from tests.domain.test_rules import FOUND
from tests.domain.test_rules_groups import GROUPS_FOUND

A_KEY = re.compile(r"(?<![\w-])(?:[b-zB-Z+]|enter|ctrl\+\w)(?= |$|,|;)(?! in the dashboard)")
CONFIG = Config(topology=TOPOLOGY, limits=LIMITS)
TRIMMED = stream(group(consumer(pending=2), page=page(entry(900_000, 250_000), entry(500_000, 100))))


def _steps(*polls: tuple[Stream, ...]) -> list[str]:
    """The next steps that are printed of the last of these polls."""
    made = None
    for second, streams in enumerate(polls):
        made = derive(made, snapshot(*streams, at=NOW + second * 1_000), LIMITS, TOPOLOGY)
    assert made is not None
    return [line.rpartition(". Next: ")[2] for line in table(made, CONFIG) if ". Next: " in line]


@pytest.mark.parametrize(
    ("polls", "step"),
    [
        ([(stream(group()), letters())], "maestro-tui redrive brings them back"),
        ([(TRIMMED,)], "maestro-tui ack takes them off the list; have the producers trim later"),
        (
            [(spoiled(Trouble("wrong_type", "The key holds a list.", "Rename it.")),)],
            "rename or delete the key, then maestro-tui init",
        ),
        (
            [(stream(group()),), (stream(group(last_delivered=ZERO, entries_read=None, server_lag=10)),)],
            "find who did it; x in the dashboard sets the position",
        ),
        ([(stream(group()), letters()), (stream(group()), letters(12))], "enter in the dashboard shows what fails"),
        ([(stream(),)], "maestro-tui init creates it"),
        ([(stream(deserted()),)], "start a worker"),
    ],
)
def test_the_next_step_can_be_taken_from_here(polls: list[tuple[Stream, ...]], step: str) -> None:
    assert step in _steps(*polls)


@pytest.mark.parametrize("case", [case.values for case in FOUND + GROUPS_FOUND])
def test_no_next_step_names_a_key(case: tuple[object, ...]) -> None:
    made = case[0]
    assert isinstance(made, Stream)
    nodes = (case[1],) if len(case) == 3 and case[1] is not None else None
    for line in table(frame(made, nodes=nodes), CONFIG):  # type: ignore[arg-type]
        step = line.rpartition(". Next: ")[2] if ". Next: " in line else ""
        assert not A_KEY.search(step), step


def test_a_problem_that_lingers_after_its_stream_is_gone_is_not_the_servers() -> None:
    """Nobody declared it, so it has no row any more; a watch tells it until it is over."""
    name = Name.of("app:extra")
    long = stream(group(), name=name, length=200_000, entries_added=200_000)
    made = derive(frame(stream(group()), long), snapshot(stream(group()), at=NOW + 1_000), LIMITS, TOPOLOGY)
    (told,) = (line for line in table(made, CONFIG) if "200,000 entries" in line)
    assert told.startswith("· app:extra: ")


@pytest.mark.parametrize(
    ("rule", "step", "press", "told"),
    [
        ("ghosts", "connect to the primary", None, "connect to the primary"),
        ("silent", "check worker-1, then R", "R", "check worker-1, then maestro-tui requeue"),
        ("poison", "read it (enter), then D", "enter", "maestro-tui pending shows them"),
    ],
)
def test_a_step_names_a_command_and_no_key(rule: str, step: str, press: str | None, told: str) -> None:
    found = Finding(rule, KEY, Severity.WARNING, "found", "", step, press)
    assert told in [
        line.partition(". Next: ")[2] for line in table(replace(frame(stream()), findings=(found,)), CONFIG)
    ]
