"""Problems over time: what began and ended between frames, and what the log and the memory keep of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.journal import Note, Problem
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.rules import Ended, Finding, Severity
from maestro_tui.engine import problems
from maestro_tui.engine.audit import Audit
from maestro_tui.engine.problems import Follower, Problems
from tests.domain.building import DOWN, KEY, LIMITS, NOW, TOPOLOGY, absent, frame, group, snapshot, stream
from tests.engine.moving import lines
from tests.fakes import FixedClock

BEGAN = NOW + 5_000
STUCK = Finding(
    "stuck", KEY, Severity.CRITICAL, "5 stuck", "worker-1", "enter", "enter", since_ms=BEGAN, because=("evicting", None)
)
OVER = Ended(STUCK, BEGAN + 720_000, 720_000)
SEEN = frame()


def _sees(*findings: Finding, ended: tuple[Ended, ...] = (), at_ms: int = NOW) -> Frame:
    return replace(SEEN, findings=findings, ended=ended, snapshot=replace(SEEN.snapshot, taken_at_ms=at_ms))


def _problems(log: Path) -> tuple[Problems, Audit]:
    audit = Audit(log, FixedClock())
    return Problems(audit, FixedClock(), "redis.test:6379/0"), audit


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the log is."""
    return tmp_path / "audit.jsonl"


def test_what_is_new_and_what_is_over_is_told_once() -> None:
    follower = Follower()
    assert follower.take(_sees()).began == ()
    assert follower.take(_sees(STUCK)).began == (STUCK,)
    news = follower.take(_sees(replace(STUCK, title="6 stuck", severity=Severity.WARNING)))
    assert (news.began, news.ended) == ((), ())
    news = follower.take(_sees(ended=(OVER,)))
    assert (news.began, news.ended) == ((), (OVER,))
    assert follower.take(_sees()).ended == ()


def test_what_gets_worse_is_told_once_however_it_goes_up_and_down() -> None:
    follower = Follower()
    told = [
        [one.severity for one in follower.take(_sees(replace(STUCK, severity=Severity(word)))).worse]
        for word in ("info", "warning", "info", "warning", "critical", "warning", "critical")
    ]
    assert told == [[], [Severity.WARNING], [], [], [Severity.CRITICAL], [], []]


def test_what_begins_anew_is_not_worse_than_the_one_before() -> None:
    follower = Follower()
    follower.take(_sees(replace(STUCK, severity=Severity.WARNING)))
    assert follower.take(_sees(replace(STUCK, since_ms=BEGAN + 1))).worse == ()


def test_an_end_in_a_frame_that_was_left_out_is_told_all_the_same() -> None:
    follower = Follower()
    follower.take(_sees(STUCK))
    (ended,) = follower.take(_sees(at_ms=BEGAN + 9_000)).ended
    assert (ended.finding, ended.ended_ms, ended.lasted_ms) == (STUCK, BEGAN + 9_000, 9_000)


def test_the_same_trouble_anew_is_another_problem() -> None:
    follower = Follower()
    again = replace(STUCK, since_ms=BEGAN + 60_000)
    follower.take(_sees(STUCK))
    news = follower.take(_sees(again, at_ms=BEGAN + 61_000))
    assert (news.began, [one.finding for one in news.ended]) == ((again,), [STUCK])


def test_what_was_there_at_the_first_look_is_known_to_be() -> None:
    follower = Follower()
    follower.take(derive(None, DOWN, LIMITS, TOPOLOGY, mono_ms=5_000))
    assert follower.first_ms == 0
    assert follower.was_there(replace(STUCK, since_ms=0))
    follower.take(_sees(at_ms=NOW))
    assert follower.was_there(replace(STUCK, since_ms=NOW))
    assert not follower.was_there(replace(STUCK, since_ms=NOW + 1))


def test_what_begins_after_the_servers_clock_was_set_back_is_new_all_the_same() -> None:
    """Else neither bell nor hook would tell anything for as long as the clock was set back."""
    follower, hour_ms = Follower(), 3_600_000
    made = derive(None, replace(snapshot(stream(group())), mono_ms=1_000), LIMITS, TOPOLOGY)
    assert follower.take(made).began == ()
    back = replace(snapshot(absent(), at=NOW - hour_ms), mono_ms=2_000)
    (began,) = (one for one in follower.take(derive(made, back, LIMITS, TOPOLOGY)).began if one.rule == "no_stream")
    assert began.since_ms < follower.first_ms
    assert not follower.was_there(began)
    made = derive(made, replace(snapshot(stream(group()), at=NOW - hour_ms + 5_000), mono_ms=7_000), LIMITS, TOPOLOGY)
    over = [one.finding for one in follower.take(made).ended]
    assert over
    assert not any(follower.was_there(one) for one in over)


async def test_an_end_is_a_line_of_the_log_and_comes_back_as_it_was(log: Path) -> None:
    made, audit = _problems(log)
    made.take(_sees())
    made.take(_sees(STUCK))
    (opened,) = made.open
    assert (opened.ended, opened.since) == (None, "2026-11-22T14:03:27.000Z")
    made.take(_sees(ended=(OVER,)))
    await made.aclose()
    (read,) = audit.read()
    assert (read,) == tuple(made.ended)
    assert isinstance(read, Problem)
    assert (read.rule, read.key, read.severity, read.because) == ("stuck", KEY, "critical", "evicting")
    assert (read.ended, read.lasted_ms, read.older) == ("2026-11-22T14:15:27.000Z", 720_000, False)
    (line,) = lines(log)
    assert next(iter(line)) == "at"
    assert line["record"] == "problem"
    assert made.open == ()


async def test_names_that_are_no_text_come_back_exactly(log: Path) -> None:
    made, audit = _problems(log)
    odd = replace(STUCK, key=Key(Name(b"s\xff"), Name(b"g\xfe")))
    made.take(_sees(odd))
    made.take(_sees())
    await made.aclose()
    (read,) = audit.read()
    assert isinstance(read, Problem)
    assert read.key == odd.key


async def test_a_log_that_cannot_be_written_leaves_them_in_memory_until_it_can(log: Path) -> None:
    log.mkdir()  # noqa: ASYNC240 - a test may wait for its own disk
    made, audit = _problems(log)
    made.take(_sees(STUCK))
    made.take(_sees())
    await made._write_all()
    assert len(made.ended) == 1
    log.rmdir()  # noqa: ASYNC240
    made.take(_sees(replace(STUCK, rule="behind")))
    made.take(_sees())
    await made.aclose()
    assert [one.rule for one in audit.read() if isinstance(one, Problem)] == ["stuck", "behind"]


async def test_only_what_was_seen_to_begin_is_written_as_open_when_the_dashboard_is_left(log: Path) -> None:
    """What was there before and is there still tells nobody anything new, each time that somebody has a look."""
    made, audit = _problems(log)
    old = replace(STUCK, rule="behind", since_ms=NOW)
    made.take(_sees(old, at_ms=NOW))
    made.take(_sees(old, STUCK, at_ms=BEGAN + 60_000))
    await made.aclose()
    await made.aclose()
    (read,) = audit.read()
    assert isinstance(read, Problem)
    assert (read.rule, read.ended, read.lasted_ms) == ("stuck", None, 60_000)


async def test_memory_is_bounded(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = _problems(log)
    monkeypatch.setattr(made, "_write", lambda: None)
    for number in range(problems.MOST_KEPT + 10):
        made.take(_sees(replace(STUCK, since_ms=BEGAN + number)))
    assert len(made.ended) == len(made._unwritten) == problems.MOST_KEPT
    assert len(made._since) == len(made.open) == 1


async def test_problems_do_not_push_out_what_was_done(log: Path) -> None:
    made, audit = _problems(log)
    audit.note("before")
    for number in range(30):
        made.take(_sees(replace(STUCK, since_ms=BEGAN + number)))
    await made.aclose()
    read = audit.read(5)
    assert [one.text for one in read if isinstance(one, Note)] == ["before"]
    assert len(read) == 6


def test_a_face_that_hands_on_no_frame_writes_nothing(log: Path) -> None:
    made, _ = _problems(log)
    assert (made.open, made.first_ms) == ((), 0)
    assert not log.exists()
