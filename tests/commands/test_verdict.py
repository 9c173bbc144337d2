"""What a check says of a frame: the word, the line, the numbers."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_tui.commands.verdict import judge
from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import EMPTY, Frame, derive
from maestro_tui.domain.names import Name
from maestro_tui.domain.rules import Finding, Severity
from maestro_tui.domain.topology import Declared, Topology
from maestro_tui.domain.trouble import Trouble
from screenshots.script import SCENES
from tests.domain.building import (
    DENIED,
    DOWN,
    KEY,
    LIMITS,
    NOW,
    TOPOLOGY,
    absent,
    ago,
    consumer,
    deserted,
    entry,
    frame,
    group,
    letters,
    node,
    page,
    snapshot,
    spoiled,
    stream,
)
from tests.perfdata import Line, parse
from tests.scenes import frame_of

CONFIG = Config(topology=TOPOLOGY, limits=LIMITS)
BROKEN = Trouble("protocol", "The answer cannot be understood.", "Report it.")
CRITICAL = stream(deserted(server_lag=10))
WARNING = absent()
OTHER = Name.of("app:other")
TWO = Topology((Declared("jobs", KEY.stream, KEY.group), Declared("other", OTHER, KEY.group)), discover="app:*")


def said(made: Frame, *streams: str, ignored: str = "", config: Config = CONFIG) -> Line:
    """What a monitor reads of a frame."""
    verdict = judge(made, config, streams=streams, ignored=frozenset(ignored.split()))
    return parse(f"{verdict}\n", verdict.code)


@pytest.mark.parametrize(
    ("made", "word", "text"),
    [
        (frame(stream(group())), "OK", "1 stream checked, no problem"),
        (frame(stream(group()), letters()), "OK", "no problem; jobs:dead: 10 dead letters"),
        (frame(WARNING), "WARNING", "stream missing"),
        (frame(CRITICAL), "CRITICAL", "no consumer, 10 waiting"),
        (frame(spoiled(DENIED)), "UNKNOWN", "not measured: .*The server forbids XINFO"),
        (frame(spoiled(BROKEN)), "UNKNOWN", "not measured: .*cannot be understood"),
        (frame(stream(group(consumers=None, pending=4))), "UNKNOWN", "pending entries were not read"),
        (frame(stream(groups=None)), "UNKNOWN", "the server did not tell"),
        (frame(stream(group()), nodes=(node(trouble=DENIED),)), "UNKNOWN", "not measured: server: The server forbids"),
        (frame(stream(group()), nodes=(node(loading=True),)), "UNKNOWN", "not measured: server"),
        (frame(CRITICAL, nodes=(node(trouble=DENIED),)), "CRITICAL", "no consumer.*not measured: server"),
        (frame(WARNING, nodes=(node(trouble=DENIED),)), "UNKNOWN", "stream missing.*not measured: server"),
        (derive(frame(CRITICAL), DOWN, LIMITS, TOPOLOGY), "UNKNOWN", "The server does not answer. Is it running"),
        (EMPTY, "UNKNOWN", "no stream is declared"),
        (frame(stream(group(), name=OTHER), topology=Topology(())), "UNKNOWN", "no stream is declared"),
    ],
)
def test_the_word(made: Frame, word: str, text: str) -> None:
    """Critical beats unknown, unknown beats warning and ok; what is merely worth knowing is ok."""
    config = replace(CONFIG, topology=Topology(())) if not any(row.declared for row in made.rows) else CONFIG
    line = said(made, config=config)
    assert line.word == word
    assert re.search(text, line.text), line.text


def test_the_first_problem_is_told_and_the_others_are_named() -> None:
    made = frame_of("incident")
    first, *others = [one for one in made.findings if one.severity is not Severity.INFO]
    line = said(made, config=SCENES["incident"].config)
    assert line.word == "CRITICAL"
    assert first.title in line.text
    assert f"and {len(others)} more: {others[0].rule} " in line.text


def test_what_is_ignored_is_said_and_counts_for_nothing() -> None:
    line = said(frame(CRITICAL), ignored="no_live memory")
    assert (line.word, line.text.endswith("; ignoring memory, no_live")) == ("OK", True)


def test_an_ignored_symptom_does_not_make_its_cause_worse() -> None:
    """A restart alone is worth knowing; a stream that went with it makes it critical, unless nobody cares for that."""
    healthy, other = stream(group()), stream(group(), name=OTHER)
    past = frame(healthy, other, topology=TWO)
    at = NOW + 1_000
    seen = [replace(one, seen_at_ms=at) for one in (absent(), other)]
    made = derive(past, snapshot(*seen, nodes=(node(run_id="r2", time_ms=at),), at=at), LIMITS, TWO)
    config = replace(CONFIG, topology=TWO)
    assert next((one.rule, one.severity.value) for one in made.findings) == ("restarted", "critical")
    assert said(made, config=config).word == "CRITICAL"
    line = said(made, ignored="no_stream", config=config)
    assert line.word == "OK", line.text
    assert "server: another server process answers" in line.text
    assert said(made, ignored="restarted", config=config).word == "CRITICAL"


def test_whoever_may_not_look_at_everything_may_say_so() -> None:
    """Otherwise a monitor with few rights could never be satisfied."""
    made = frame(stream(group(consumers=None, trouble=DENIED)), nodes=(node(trouble=DENIED),))
    assert said(made).word == "UNKNOWN"
    assert said(made, ignored="denied").word == "UNKNOWN"
    assert said(made, ignored="denied server_denied").word == "OK"


@pytest.mark.parametrize("text", ["jobs", "app:jobs"])
def test_one_stream_alone(text: str) -> None:
    """With its dead letters, and what makes any look at the server worthless."""
    config = replace(CONFIG, topology=TWO)
    ill = node(save_failing=("the last save",), role="slave", link_up=False)
    made = frame(stream(group()), absent(OTHER), letters(), topology=TWO)
    line = said(made, text, config=config)
    assert (line.word, line.values["jobs_length"]) == ("OK", 10)
    assert "jobs:dead: 10 dead letters" in line.text
    assert not any(label.startswith("other") for label in line.values)
    assert said(made, text, "other", config=config).word == "WARNING"
    sick = frame(stream(group()), nodes=(replace(ill, link_up=True),), topology=TWO)
    assert "replica" in said(sick, text, config=config).text
    assert "persistence" not in said(sick, text, config=config).text
    assert "persistence" in said(sick, config=config).text


@pytest.mark.parametrize("text", ["nonsense", "", "app:|\n"])
def test_a_stream_that_is_not_known_is_not_ok(text: str) -> None:
    line = said(frame(stream(group())), text)
    assert line.word == "UNKNOWN"
    assert "is no known stream" in line.text


def test_a_stream_that_nobody_declared_can_be_asked_for() -> None:
    line = said(frame(stream(group()), stream(group(), name=OTHER)), "app:other")
    assert (line.word, line.values["other_length"]) == ("OK", 10)


def test_a_runbook_is_named() -> None:
    config = replace(CONFIG, runbooks={"no_live": "https://runbooks.example/no_live"})
    assert "(runbook https://runbooks.example/no_live)" in said(frame(CRITICAL), config=config).text


def test_numbers_and_their_units() -> None:
    held = consumer(pending=2, idle_ms=400_000, inactive_ms=400_000)
    late = group(held, page=page(entry(500_000, 400_000), entry(499_000, 400_000)), last_delivered=ago(400_000))
    line = said(frame(stream(late, first_id=ago(600_000), last_entry_id=ago(1_000))))
    assert line.values["jobs_pending"] == 2
    assert line.values["jobs_stuck"] == 2
    assert line.values["jobs_oldest"] == 500
    assert (line.units["jobs_oldest"], line.units["poll"], line.units["jobs_pending"]) == ("s", "s", "")
    assert line.units["jobs_added"] == "c"


def test_what_is_not_exact_is_left_out_and_counted() -> None:
    """Neither 0 nor a bound is what it is."""
    vague = group(consumer(pending=900), page=page(entry(9_000_000, 9_000_000), complete=False), server_lag=None)
    unknown = said(frame(stream(replace(vague, last_delivered=ago(300_000)), entries_added=None)))
    assert not {"jobs_lag", "jobs_added", "jobs_waiting"} & unknown.values.keys()
    assert unknown.values["left_out"] >= 3
    nothing = said(frame(stream(group())))
    assert not {"jobs_waiting", "jobs_oldest"} & nothing.values.keys()
    assert nothing.values["left_out"] == 0


def test_waiting_carries_the_threshold_of_its_stream() -> None:
    line = said(frame(stream(deserted(server_lag=10), first_id=ago(30_000))))
    assert (line.values["jobs_waiting"], line.units["jobs_waiting"], line.warn["jobs_waiting"]) == (30, "s", "60")


def test_a_crowd_is_bounded() -> None:
    many = Topology(tuple(Declared(f"alias{n}", Name.of(f"app:{n}"), KEY.group) for n in range(300)), discover=None)
    streams = [stream(group(), name=Name.of(f"app:{n}")) for n in range(300)]
    line = said(frame(*streams, topology=many), config=replace(CONFIG, topology=many))
    assert len(line.values) <= 65
    assert line.values["left_out"] > 1_000
    assert "alias0_lag" in line.values


def test_rows_of_one_name_are_told_apart() -> None:
    second = Name.of("more-workers")
    twice = Topology((Declared("jobs", KEY.stream, KEY.group), Declared("jobs", KEY.stream, second)))
    made = frame(stream(group(), group(name=second)), topology=twice)
    line = said(made, config=replace(CONFIG, topology=twice))
    assert len([label for label in line.values if label.endswith("_pending")]) == 2


@given(st.text(max_size=3_000), st.binary(min_size=1, max_size=300), st.text(min_size=1, max_size=80))
def test_whatever_things_are_called_it_is_one_line(words: str, raw: bytes, alias: str) -> None:
    """No newline, no control character, one `|`; a monitor would cut it there, or obey it."""
    name = Name(raw)
    named = Topology((Declared(alias, name, Name(raw)),))
    made = frame(stream(group(name=Name(raw)), name=name), topology=named)
    evil = Finding("stuck", made.rows[0].key, Severity.CRITICAL, words, words, words)
    line = said(replace(made, findings=(evil, evil)), config=replace(CONFIG, topology=named))
    assert line.word == "CRITICAL"
    assert len(line.values) >= 5


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_every_scene_is_one_line(scene: str) -> None:
    assert said(frame_of(scene), config=SCENES[scene].config).text
