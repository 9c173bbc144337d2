"""Declared against actual, with what follows in numbers."""

from maestro_tui.domain.drift import drift, summary
from maestro_tui.domain.frame import EMPTY, derive
from maestro_tui.domain.limits import MAESTRO_LIMITS
from maestro_tui.domain.names import Name
from maestro_tui.domain.topology import MAESTRO, Declared, Topology
from tests.domain.building import TOPOLOGY, frame, letters
from tests.scenes import frame_of


def test_each_declaration_has_a_line_in_its_order() -> None:
    lines = drift(frame_of("incident"), MAESTRO)
    assert [(line.alias, line.state, line.consequence) for line in lines[:4]] == [
        ("automation_jobs", "stuck", "lag 14, last delivered 1795356201699-0"),
        ("test_healing", "stuck", "lag 667, last delivered 1795355481999-0"),
        ("error_monitoring", "ok", "lag 0, last delivered 1795356201980-0"),
        ("validation", "no group", "64 wait: i choose start"),
    ]


def test_unused_groups_are_counted_by_stream() -> None:
    lines = drift(frame_of("incident"), MAESTRO)
    assert sum(line.unused for line in lines) == 12
    assert {line.state for line in lines[4:]} == {"unused"}
    assert summary(lines) == "4 declared, 1 missing, 12 unused groups"


def test_missing_streams_say_the_key() -> None:
    lines = drift(frame_of("empty"), MAESTRO)
    assert {line.consequence for line in lines} == {"missing: i creates it"}
    assert summary(lines) == "4 declared, 4 missing"


def test_where_nothing_may_be_written_no_line_tells_a_key() -> None:
    lines = drift(frame_of("empty"), MAESTRO, writes=False)
    assert {line.consequence for line in lines} == {"missing"}
    assert drift(frame_of("incident"), MAESTRO, writes=False)[3].consequence == "64 wait"


def test_spoiled_rows_tell_the_servers_reason() -> None:
    lines = drift(frame_of("spoiled"), MAESTRO)
    assert "The key holds a string, not a stream." in [line.consequence for line in lines]
    assert "1 of the wrong type" in summary(lines)


def test_a_declared_stream_without_a_group_is_there_or_not() -> None:
    topology = Topology((Declared("jobs", Name.of("maestro:streams:automation:jobs")), Declared("x", Name.of("x"))))
    frame = EMPTY
    for _ in range(2):
        frame = derive(frame, frame_of("incident").snapshot, MAESTRO_LIMITS, topology)
    there, absent = drift(frame, topology)[:2]
    assert (there.state, there.consequence) == ("ok", "18,204 entries, 3 groups")
    assert (absent.state, absent.consequence) == ("unknown", "not looked at yet")


def test_undeclared_groups_tell_who_reads_them() -> None:
    lines = drift(frame_of("hostile"), MAESTRO)
    extra = [line for line in lines if line.alias is None]
    assert extra
    assert extra[0].consequence == "1 consumer, 214 pending, lag 667"


def test_dead_letters_are_counted() -> None:
    lines = drift(frame(letters(3)), TOPOLOGY)
    assert [(line.alias, line.state, line.consequence) for line in lines[1:]] == [(None, "dead", "3 dead letters")]
