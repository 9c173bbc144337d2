"""What copies hold: every byte of the original in its order, marks of a requeue, provenance of a dead letter."""

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.plans import Target
from maestro_tui.domain.plans import provenance as known
from maestro_tui.gateway.lua import script
from tests.gateway.conftest import OpenWriter
from tests.gateway.desk import (
    DEAD,
    ENTRY,
    GROUP,
    STREAM,
    WORKER,
    ask,
    deliver,
    entry,
    letters,
    moved,
    receive,
    rows,
    seen,
    stuck,
    words,
)
from tests.servers import Server

ODD: tuple[tuple[bytes, ...], ...] = (
    (b"\x00\xff\r\n", b"\x1b[2J\x00"),
    (b"", b""),
    (b"a", b"1", b"a", b"2", b"b", b"3", b"a", b""),
    (b"payload", bytes(range(256)) * 4096),
    (b"12", b"1e400", b"-0", b"0x10"),
    (b"_maestro_origin", b"1-0"),
    (b"_maestro_attempt", b"1", b"_maestro_origin", b"1-0"),
)
ORIGIN, ATTEMPT = b"_maestro_origin", b"_maestro_attempt"


def _pairs(flat: Sequence[bytes]) -> known.Fields:
    return tuple(zip(flat[::2], flat[1::2], strict=True))


@pytest.mark.parametrize("fields", ODD, ids=range(len(ODD)))
async def test_every_byte_arrives(server: Server, open_writer: OpenWriter, fields: tuple[bytes, ...]) -> None:
    """By requeue, into a dead letter and back: whatever a producer may have written."""
    writer = open_writer(server)
    [target] = stuck(server, fields)
    copy = (await moved(writer, "requeue", [target], marks=False)).entries[0].copy
    assert entry(server, STREAM, copy) == list(fields)
    letter = (await moved(writer, "dead-letter", receive(server))).entries[0].copy
    assert entry(server, DEAD, letter)[16:] == list(fields)
    back = (await moved(writer, "redrive", letters(server), marks=False)).entries[0].copy
    assert entry(server, STREAM, back) == list(fields)
    assert rows(server) == []


async def test_marks_count_attempts_and_keep_the_origin(server: Server, open_writer: OpenWriter) -> None:
    """The third copy still names the first original."""
    writer = open_writer(server)
    targets = stuck(server)
    first = str(targets[0].id).encode()
    for attempt in (b"1", b"2", b"3"):
        copy = (await moved(writer, "requeue", targets)).entries[0].copy
        assert entry(server, STREAM, copy) == [*ENTRY, ORIGIN, first, ATTEMPT, attempt]
        assert known.attempts_of(_pairs(entry(server, STREAM, copy))) == int(attempt)
        targets = receive(server)


@pytest.mark.parametrize(
    "tail",
    [
        (ORIGIN, b"1-0", ATTEMPT, b"many"),
        (ORIGIN, b"1-0", ATTEMPT, b""),
        (ORIGIN, b"1-0", ATTEMPT, b"1234567890"),
        (ATTEMPT, b"1", ORIGIN, b"1-0"),
        (ORIGIN, b"1-0", ATTEMPT, b"1", b"more", b""),
    ],
)
async def test_what_only_looks_like_marks_stays(
    server: Server, open_writer: OpenWriter, tail: tuple[bytes, ...]
) -> None:
    """A field that we did not write is the producer's, whatever its name."""
    targets = stuck(server, (*ENTRY, *tail))
    copy = (await moved(open_writer(server), "requeue", targets)).entries[0].copy
    assert entry(server, STREAM, copy) == [*ENTRY, *tail, ORIGIN, str(targets[0].id).encode(), ATTEMPT, b"1"]
    assert known.attempts_of(_pairs([*ENTRY, *tail])) == 0


async def test_an_entry_that_is_nothing_but_marks(server: Server, open_writer: OpenWriter) -> None:
    """They are replaced, and nothing before them is looked for."""
    targets = stuck(server, (ORIGIN, b"7-0", ATTEMPT, b"8"))
    copy = (await moved(open_writer(server), "requeue", targets)).entries[0].copy
    assert entry(server, STREAM, copy) == [ORIGIN, b"7-0", ATTEMPT, b"9"]


@pytest.mark.parametrize("kept", [True, False], ids=["marks left in", "marks taken out"])
async def test_an_edit_is_an_attempt_too(server: Server, open_writer: OpenWriter, kept: bool) -> None:
    """The origin is that of the entry, whatever was done to the marks in the editor."""
    marks = (ORIGIN, b"7-0", ATTEMPT, b"2")
    targets = stuck(server, (*ENTRY, *marks))
    fields = _pairs((b"payload", b"mended", *(marks if kept else ())))
    copy = (await moved(open_writer(server), "edit", targets, fields=fields)).entries[0].copy
    assert entry(server, STREAM, copy) == [b"payload", b"mended", ORIGIN, b"7-0", ATTEMPT, b"3"]


async def test_a_dead_letter_tells_where_it_comes_from(server: Server, open_writer: OpenWriter) -> None:
    """In a fixed order, in front of its own fields."""
    [target] = stuck(server)
    deliver(server, target.id, idle_ms=600_000, times=7)
    copy = (await moved(open_writer(server), "dead-letter", seen(server))).entries[0].copy
    assert copy is not None
    taken = known.unwrap(_pairs(entry(server, DEAD, copy)))
    assert taken is not None
    of, own = taken
    assert (of.stream, of.group, of.id, of.consumer, of.deliveries) == (STREAM, GROUP, target.id, WORKER, 7)
    assert 600_000 <= of.idle_ms < 601_000
    assert 0 <= copy.ms - of.at_ms < 1000
    assert own == _pairs(ENTRY)


async def test_a_redrive_marks_the_copy_with_its_first_origin(server: Server, open_writer: OpenWriter) -> None:
    """The recorded ID for an entry that was never requeued; else the origin goes on."""
    writer = open_writer(server)
    targets = stuck(server, ENTRY, (*ENTRY, ORIGIN, b"7-0", ATTEMPT, b"2"))
    await moved(writer, "dead-letter", targets)
    outcome = await moved(writer, "redrive", letters(server))
    first, second = (entry(server, STREAM, told.copy) for told in outcome.entries)
    assert first == [*ENTRY, ORIGIN, str(targets[0].id).encode(), ATTEMPT, b"1"]
    assert second == [*ENTRY, ORIGIN, b"7-0", ATTEMPT, b"3"]


async def test_a_dead_letter_of_a_dead_letter(server: Server, open_writer: OpenWriter) -> None:
    """Whoever works through a stream of dead letters may fail too: each layer comes off by itself."""
    writer = open_writer(server)
    await moved(writer, "dead-letter", stuck(server))
    ask(server, "XGROUP", "CREATE", DEAD.raw, GROUP.raw, "0")
    ask(server, "XREADGROUP", "GROUP", GROUP.raw, WORKER.raw, "STREAMS", DEAD.raw, ">")
    [row] = ask(server, "XPENDING", DEAD.raw, GROUP.raw, "-", "+", 9)
    worse = Name(DEAD.raw + b":dead")
    letter = Target(EntryId.parse(row[0]), WORKER)
    copy = (await moved(writer, "dead-letter", [letter], key=Key(DEAD, GROUP), to=worse)).entries[0].copy
    assert copy is not None
    fields = entry(server, worse, copy)
    assert (fields[0], fields[16]) == (b"__maestro_dead_format", b"_maestro_dead_format")
    back = await moved(writer, "redrive", [Target(copy)], key=Key(worse), to=DEAD, marks=False)
    assert entry(server, DEAD, back.entries[0].copy) == fields[16:]


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda fields: [*ENTRY, *fields],
        lambda fields: fields[2:],
        lambda fields: [*fields[:1], b"9", *fields[2:]],
        lambda fields: [*fields[:3], b"another stream", *fields[4:]],
        lambda fields: [*fields[:4], fields[6], fields[5], fields[4], *fields[7:]],
        lambda fields: [*fields[:7], b"no id", *fields[8:]],
        lambda fields: fields[:16],
        lambda fields: [b"x" + fields[0], *fields[1:]],
    ],
    ids=["foreign", "headless", "format", "stream", "order", "id", "empty", "prefix"],
)
async def test_only_our_dead_letters_are_redriven(server: Server, open_writer: OpenWriter, spoilt: object) -> None:
    """What somebody else put there is not guessed at."""
    assert callable(spoilt)
    writer = open_writer(server)
    await moved(writer, "dead-letter", stuck(server))
    [letter] = letters(server)
    ask(server, "XADD", DEAD.raw, "*", *spoilt(entry(server, DEAD, letter.id)))
    outcome = await moved(writer, "redrive", letters(server))
    assert words(outcome) == ["done", "no provenance"]
    assert (ask(server, "XLEN", STREAM.raw), len(letters(server))) == (2, 1)


NAMES = st.sampled_from(
    [b"", b"a", b"_", ORIGIN, ATTEMPT, b"_maestro_dead_", b"_maestro_dead_format"]
) | st.sampled_from(
    [b"__maestro_dead_x", b"___maestro_dead_", b"_maestro_dead", b"maestro_dead_", b"_____maestro_dead_format"]
)
FIELDS = st.lists(st.tuples(NAMES, st.sampled_from([b"", b"8", b"1-0", b"\xff"])), min_size=1, max_size=8).map(tuple)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=FIELDS)
async def test_script_and_domain_agree_about_provenance(
    redis70: Server, open_writer: OpenWriter, fields: known.Fields
) -> None:
    """Two languages write and read one format, also where an entry's own names are made to collide with it."""
    redis70.client().flushall()
    writer = open_writer(redis70)
    await moved(writer, "dead-letter", stuck(redis70, [part for pair in fields for part in pair]))
    [letter] = letters(redis70)
    written = _pairs(entry(redis70, DEAD, letter.id))
    taken = known.unwrap(written)
    assert taken is not None
    assert taken[1] == fields
    assert known.wrap(fields, taken[0]) == written
    ask(redis70, "XTRIM", STREAM.raw, "MAXLEN", 0)
    ask(redis70, "XADD", DEAD.raw, "*", *(part for pair in fields for part in pair))
    outcome = await moved(writer, "redrive", letters(redis70), marks=False)
    assert words(outcome)[0] == "done"
    assert _pairs(entry(redis70, STREAM, outcome.entries[0].copy)) == fields


def test_script_and_domain_use_the_same_names() -> None:
    """The constants stand in both, and must be changed in both."""
    text = script("move").modern.decode()
    assert f"local ORIGIN, ATTEMPT = '{known.ORIGIN.decode()}', '{known.ATTEMPT.decode()}'" in text
    assert f"local PREFIX = '{known.PREFIX.decode()}'" in text
    assert f"local NAMES = {{ {', '.join(repr(name.decode()) for name in known.NAMES)} }}" in text


async def test_marks_are_left_as_they_are_when_switched_off(server: Server, open_writer: OpenWriter) -> None:
    """Byte for byte means these too."""
    fields = (*ENTRY, ORIGIN, b"7-0", ATTEMPT, b"1")
    outcome = await moved(open_writer(server), "requeue", stuck(server, fields), marks=False)
    assert entry(server, STREAM, outcome.entries[0].copy) == list(fields)
