"""The plan that makes what is missing: exact commands, exact consequences, nothing by surprise."""

from dataclasses import replace
from typing import Any

import pytest

from maestro_tui.domain.names import ZERO, EntryId, Key, Name
from maestro_tui.domain.plans.init import Choice, CreateGroup, InitPlan, Start, parse_start, plan_init
from maestro_tui.domain.snapshot import Node, Stream
from maestro_tui.domain.topology import MAESTRO, Declared, Topology
from maestro_tui.domain.trouble import Trouble
from tests.domain.building import (
    DENIED,
    JOBS,
    KEY,
    TOPOLOGY,
    WORKERS,
    absent,
    ago,
    group,
    node,
    snapshot,
    spoiled,
    stream,
)

WRONG_TYPE = Trouble("wrong_type", "The key holds a list.", "Rename it.")
FIRST, LAST = ago(600_000), ago(1_000)


def _plan(*streams: Stream, topology: Topology = TOPOLOGY, at: Node | None = None, **options: Any) -> InitPlan:  # noqa: ANN401
    remembered = options.pop("remembered", {})
    return plan_init(snapshot(*streams, nodes=(at or node(),)), topology, remembered, **options)


def test_nothing_is_missing() -> None:
    made = _plan(stream(group()), production=True)
    assert made.empty
    assert not made.decided
    assert (made.commands(), made.questions, made.blocked) == ((), (), ())


def test_the_platform_from_nothing() -> None:
    made = _plan(*(absent(name) for name in MAESTRO.streams), topology=MAESTRO, at=node(keys=0))
    assert made.decided
    assert made.questions == ()
    stream_of, group_of = b"maestro:streams:automation:%s", b"maestro-%s-workers"
    assert made.commands() == tuple(
        (b"XGROUP", b"CREATE", stream_of % name, group_of % worker, b"0", b"MKSTREAM")
        for name, worker in [
            (b"jobs", b"automation"),
            (b"healing", b"healing"),
            (b"errors", b"monitoring"),
            (b"validation", b"validation"),
        ]
    )


@pytest.mark.parametrize("added", [0, 5_000])
def test_an_empty_stream_leaves_nothing_to_decide(added: int) -> None:
    made = _plan(stream(length=0, first_id=None, last_entry_id=None, last_id=ago(5), entries_added=added))
    assert made.steps == (CreateGroup(JOBS, WORKERS),)
    assert made.decided


def test_entries_leave_a_choice_with_its_numbers() -> None:
    made = _plan(stream(length=64, entries_added=500))
    assert made.choices == (Choice(KEY, "jobs", 64, FIRST, LAST, 500),)
    assert (made.decided, made.empty, made.steps) == (False, False, ())
    assert made.choices[0].options() == (
        (Start("0"), "start at 0: delivers 64 entries, finished work among them"),
        (Start("end", LAST, 500), f"start at the end: skips 64 entries, delivers only what comes after {LAST}"),
    )


def test_the_end_is_the_last_id_ever_given_not_the_last_entry_there() -> None:
    (choice,) = _plan(stream(length=1, last_entry_id=FIRST, last_id=LAST)).choices
    assert choice.start_at_end().id == LAST


@pytest.mark.parametrize(
    ("at", "read", "offered"),
    [
        (ago(300_000), 40, Start("remembered", ago(300_000), 40)),
        (FIRST, 1, Start("remembered", FIRST, 1)),
        (ago(600_001), 40, Start("remembered", ago(600_001), None)),
        (LAST, 500, Start("remembered", LAST, 500)),
        (ago(999), 500, None),
    ],
    ids=["inside", "at the first", "trimmed past or another stream", "at the end", "beyond the end"],
)
def test_a_remembered_position_is_offered_where_it_still_means_something(
    at: EntryId, read: int, offered: Start | None
) -> None:
    (choice,) = _plan(stream(), remembered={KEY: Start("remembered", at, read)}).choices
    assert choice.remembered == offered
    assert len(choice.options()) == (2 if offered is None else 3)
    if offered:
        assert choice.options()[2] == (offered, f"start where the group was: after {at}, last seen here")


@pytest.mark.parametrize(
    ("streams", "reason"),
    [
        ((spoiled(WRONG_TYPE),), "The key holds a list. Rename it."),
        ((spoiled(DENIED),), str(DENIED)),
        ((stream(exists=None),), "the server did not tell whether this stream exists"),
        ((), "the server did not tell whether this stream exists"),
        ((stream(groups=None),), "the server did not tell which groups this stream has"),
    ],
)
def test_what_cannot_be_made_is_said_with_the_reason(streams: tuple[Stream, ...], reason: str) -> None:
    made = _plan(*streams, production=True)
    assert made.blocked == ((KEY, reason),)
    assert made.empty
    assert made.questions == ()


@pytest.mark.parametrize(
    ("streams", "keys", "production", "questions"),
    [
        ((absent(),), 0, False, ()),
        ((absent(),), None, False, ()),
        ((absent(),), 0, True, ("This is production.",)),
        (
            (absent(),),
            1_200,
            False,
            ("This database has 1,200 keys but none of the declared streams: is it the right one?",),
        ),
        ((stream(),), 1_200, False, ()),
        ((stream(),), 1_200, True, ("This is production.",)),
    ],
)
def test_what_is_asked_first(
    streams: tuple[Stream, ...], keys: int | None, production: bool, questions: tuple[str, ...]
) -> None:
    assert _plan(*streams, at=node(keys=keys), production=production).questions == questions


def test_a_stream_declared_without_a_group_needs_nothing() -> None:
    assert _plan(absent(), topology=Topology((Declared("jobs", JOBS),))).empty


def test_two_groups_of_one_stream_are_two_steps() -> None:
    second = Name.of("second")
    topology = Topology((Declared("jobs", JOBS, WORKERS), Declared("more", JOBS, second)))
    assert [step.key for step in _plan(absent(), topology=topology).steps] == [KEY, Key(JOBS, second)]
    assert [choice.key for choice in _plan(stream(group()), topology=topology).choices] == [Key(JOBS, second)]


@pytest.mark.parametrize("versioned", [True, False])
@pytest.mark.parametrize(
    ("start", "where", "read"),
    [
        (Start("0"), b"0", None),
        (Start("end", LAST, 500), str(LAST).encode(), b"500"),
        (Start("id", EntryId(5, 2)), b"5-2", None),
        (Start("remembered", FIRST, 1), str(FIRST).encode(), b"1"),
    ],
)
def test_an_answer_becomes_an_exact_command(start: Start, where: bytes, read: bytes | None, versioned: bool) -> None:
    made = _plan(stream()).choose({KEY: start}, versioned=versioned)
    tail = (b"ENTRIESREAD", read) if read and versioned else ()
    assert made.commands() == ((b"XGROUP", b"CREATE", b"app:jobs", b"app-workers", where, b"MKSTREAM", *tail),)
    assert made.decided


def test_what_was_not_answered_stays_open() -> None:
    second = Key(Name.of("b"), WORKERS)
    topology = Topology((Declared("jobs", JOBS, WORKERS), Declared("b", second.stream, WORKERS)))
    made = _plan(stream(), stream(name=second.stream), topology=topology)
    answered = made.choose({second: Start("0")}, versioned=True)
    assert [choice.key for choice in answered.choices] == [KEY]
    assert [step.key for step in answered.steps] == [second]
    assert not answered.decided
    assert made.choose({}, versioned=True) == made


CHOICE = Choice(KEY, "jobs", 64, FIRST, LAST, 500)
END = 2**64 - 1


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("0", Start("0")),
        (" END ", Start("end", LAST, 500)),
        ("$", Start("end", LAST, 500)),
        ("0-0", Start("id", ZERO)),
        ("1795373326515-3", Start("id", EntryId(1_795_373_326_515, 3))),
        ("1795373326515", Start("id", EntryId(1_795_373_326_515))),
        ("2026-11-22T14:03:22Z", Start("id", EntryId(1_795_356_201_999, END))),
        ("2026-11-22t14:03:22", Start("id", EntryId(1_795_356_201_999, END))),
        ("2026-11-22 15:03:22.5+01:00", Start("id", EntryId(1_795_356_202_499, END))),
    ],
)
def test_a_start_is_read(text: str, start: Start) -> None:
    assert parse_start(text)(replace(CHOICE, last_id=EntryId(END)) if start.word == "id" else CHOICE) == start


@pytest.mark.parametrize("text", ["17953562010000-0", "2031-01-01", f"{LAST.ms}-{LAST.seq + 1}"])
def test_a_start_beyond_the_last_entry_is_refused(text: str) -> None:
    """Such a group would deliver nothing, and look healthy."""
    with pytest.raises(ValueError, match="is after the last entry"):
        parse_start(text)(CHOICE)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not an entry ID"),
        ("first", "is no start: give 0, end, an entry ID, or a time such as"),
        ("now", "is not an entry ID"),
        ("-1", "is not an entry ID"),
        ("14:03", "is no start"),
        ("2026-13-01T00:00", "is no start"),
        ("1960-01-01T00:00:00Z", "is before 1970"),
        ("0001-01-01T00:00:00+23:59", "is before 1970"),
        ("\x1b:T", "is no start"),
    ],
)
def test_what_is_no_start_is_refused_in_a_sentence(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refusal:
        parse_start(text)
    assert str(refusal.value).isprintable()
