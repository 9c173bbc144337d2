"""Moves: each verb does what it says to exactly the entries that are still as they were seen, and once."""

import asyncio

import pytest

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.plans import MOST_BYTES, MOST_IDS, Poison, Verb
from tests.gateway.conftest import OpenWriter
from tests.gateway.desk import (
    COPYING,
    DEAD,
    ENTRY,
    GROUP,
    KEY,
    OTHER,
    PENDING_VERBS,
    STREAM,
    WORKER,
    ask,
    batch,
    deliver,
    dump,
    entry,
    letters,
    moved,
    rows,
    seen,
    stuck,
    words,
)
from tests.servers import Server

SOME_VERBS: tuple[Verb, ...] = ("requeue", "dead-letter", "claim", "ack")


async def test_a_requeue_copies_to_the_tail_and_acknowledges(server: Server, open_writer: OpenWriter) -> None:
    """The copy is new to everybody; the original stays where it is, and is nobody's any more."""
    targets = stuck(server, count=3)
    outcome = await moved(open_writer(server), "requeue", targets[:2])
    assert (outcome.word, dict(outcome.counts)) == ("done", {"done": 2})
    assert [target.id for target in seen(server)] == [targets[2].id]
    ids = [EntryId.parse(id) for id, _ in ask(server, "XRANGE", STREAM.raw, "-", "+")]
    assert ids == [*(target.id for target in targets), *(told.copy for told in outcome.entries)]
    [[_, got]] = ask(server, "XREADGROUP", "GROUP", GROUP.raw, "w", "STREAMS", STREAM.raw, ">")
    assert [EntryId.parse(id) for id, _ in got] == ids[3:]


async def test_a_dead_letter_leaves_the_pending_list(server: Server, open_writer: OpenWriter) -> None:
    """And nothing new reaches the workers."""
    targets = stuck(server, count=2)
    outcome = await moved(open_writer(server), "dead-letter", targets[:1])
    assert words(outcome) == ["done"]
    assert ask(server, "XLEN", STREAM.raw) == 2
    assert [row[0] for row in rows(server)] == [str(targets[1].id).encode()]
    assert letters(server)[0].id == outcome.entries[0].copy


async def test_a_redrive_happens_once(server: Server, open_writer: OpenWriter) -> None:
    """The letter is gone in the same moment: nobody can redrive it a second time."""
    writer = open_writer(server)
    await moved(writer, "dead-letter", stuck(server, count=2))
    found = letters(server)
    outcome = await moved(writer, "redrive", found)
    assert words(outcome) == ["done", "done"]
    assert (ask(server, "XLEN", STREAM.raw), letters(server)) == (4, ())
    again = await moved(writer, "redrive", found)
    assert (again.word, words(again), ask(server, "XLEN", STREAM.raw)) == ("partly", ["not pending"] * 2, 4)


async def test_an_edit_becomes_what_was_saved(server: Server, open_writer: OpenWriter) -> None:
    """Nothing of the old fields is left, whatever they were."""
    targets = stuck(server, count=1)
    fields = ((b"payload", b'{"a": 1}'), (b"\xff", b""))
    outcome = await moved(open_writer(server), "edit", targets, fields=fields, marks=False)
    assert entry(server, STREAM, outcome.entries[0].copy) == [b"payload", b'{"a": 1}', b"\xff", b""]
    assert rows(server) == []


async def test_an_ack_only_takes_off_the_list(server: Server, open_writer: OpenWriter) -> None:
    """Nothing is copied and nothing deleted."""
    targets = stuck(server, count=2)
    outcome = await moved(open_writer(server), "ack", targets)
    assert (words(outcome), [told.copy for told in outcome.entries]) == (["done"] * 2, [None] * 2)
    assert (rows(server), ask(server, "XLEN", STREAM.raw)) == ([], 2)


async def test_a_claim_keeps_deliveries_and_idle_time(server: Server, open_writer: OpenWriter) -> None:
    """A claim that reset them would silence the alarms that led to it."""
    first, second = stuck(server, count=2)
    deliver(server, first.id, idle_ms=600_000, times=4)
    deliver(server, second.id, idle_ms=30_000, times=2)
    outcome = await moved(open_writer(server), "claim", seen(server))
    assert words(outcome) == ["done", "done"]
    [(_, owner, idle, times), (_, owner_too, idle_too, times_too)] = rows(server)
    assert (owner, owner_too, times, times_too) == (OTHER.raw, OTHER.raw, 4, 2)
    assert 600_000 <= idle < 601_000
    assert 30_000 <= idle_too < 31_000


@pytest.mark.parametrize("verb", PENDING_VERBS)
async def test_what_was_acknowledged_meanwhile_is_left_alone(
    server: Server, open_writer: OpenWriter, verb: Verb
) -> None:
    """The worker was only slow: what it has done must not be done again."""
    targets = stuck(server, count=3)
    ask(server, "XACK", STREAM.raw, GROUP.raw, str(targets[1].id))
    outcome = await moved(open_writer(server), verb, targets)
    assert (outcome.word, words(outcome)) == ("partly", ["done", "not pending", "done"])


@pytest.mark.parametrize("verb", SOME_VERBS)
async def test_what_another_holds_is_left_alone(server: Server, open_writer: OpenWriter, verb: Verb) -> None:
    """Somebody else has taken it over."""
    targets = stuck(server, count=2)
    deliver(server, targets[0].id, idle_ms=targets[0].idle_ms + 1000, to=Name(b"third"))
    before = dump(server)
    assert words(await moved(open_writer(server), verb, targets[:1])) == ["moved on"]
    assert dump(server) == before


@pytest.mark.parametrize("verb", SOME_VERBS)
async def test_what_was_delivered_again_is_left_alone(server: Server, open_writer: OpenWriter, verb: Verb) -> None:
    """Younger than it was seen to be, or delivered more often: somebody is at work on it."""
    younger, oftener, same = stuck(server, count=3)
    for target in (younger, oftener, same):
        deliver(server, target.id, idle_ms=60_000)
    targets = seen(server)
    deliver(server, younger.id, idle_ms=59_000)
    deliver(server, oftener.id, idle_ms=90_000, times=2)
    outcome = await moved(open_writer(server), verb, targets)
    assert words(outcome) == ["delivered again", "delivered again", "done"]


@pytest.mark.parametrize("verb", ["requeue", "edit", "dead-letter", "claim"])
async def test_a_ghost_is_left_alone(server: Server, open_writer: OpenWriter, verb: Verb) -> None:
    """There is nothing to copy; and a claim would drop it from the list without a word."""
    targets = stuck(server, count=2)
    ask(server, "XDEL", STREAM.raw, str(targets[0].id))
    outcome = await moved(open_writer(server), verb, targets)
    assert words(outcome) == ["deleted", "done"]
    assert str(targets[0].id).encode() in [row[0] for row in rows(server)]


async def test_a_ghost_can_be_acknowledged(server: Server, open_writer: OpenWriter) -> None:
    """It is the only way to get rid of it on 6.2."""
    targets = stuck(server, count=1)
    ask(server, "XDEL", STREAM.raw, str(targets[0].id))
    assert words(await moved(open_writer(server), "ack", targets)) == ["done"]
    assert rows(server) == []


@pytest.mark.parametrize("verb", PENDING_VERBS)
async def test_poison_is_left_alone_unless_told_otherwise(server: Server, open_writer: OpenWriter, verb: Verb) -> None:
    """Delivered as often as the limit says, not less."""
    few, many = stuck(server, count=2)
    deliver(server, few.id, idle_ms=1000, times=4)
    deliver(server, many.id, idle_ms=1000, times=5)
    writer = open_writer(server)
    assert words(await moved(writer, verb, seen(server), poison=Poison(5, 2))) == ["done", "poison"]
    rest = [target for target in seen(server) if target.id == many.id]
    assert words(await moved(writer, verb, rest)) == ["done"]


@pytest.mark.parametrize("verb", COPYING)
async def test_attempts_make_poison_too(redis70: Server, open_writer: OpenWriter, verb: Verb) -> None:
    """A copy starts with one delivery: only its marks tell that it has failed before."""
    marked = [(*ENTRY, b"_maestro_origin", b"1-0", b"_maestro_attempt", n) for n in (b"1", b"2", b"3")]
    outcome = await moved(open_writer(redis70), verb, stuck(redis70, *marked), poison=Poison(5, 2))
    assert words(outcome) == ["done", "poison", "poison"]


@pytest.mark.parametrize("verb", ["requeue", "dead-letter"])
async def test_an_entry_that_is_too_wide(server: Server, open_writer: OpenWriter, verb: Verb) -> None:
    """A script cannot copy 8,000 fields; 3,400 it can."""
    wide, narrow = ([b"%d" % number for number in range(2 * count)] for count in (8000, 3400))
    writer = open_writer(server)
    targets = stuck(server, wide, narrow)
    assert [words(await moved(writer, verb, [target])) for target in targets] == [["too wide"], ["done"]]
    assert len(rows(server)) == 1


async def test_the_widest_entry_that_is_copied_arrives_whole(server: Server, open_writer: OpenWriter) -> None:
    """7,000 names and values, with and without marks."""
    fields = [b"%d" % number for number in range(7000)]
    targets = stuck(server, fields, fields[:-2])
    writer = open_writer(server)
    for target, own in zip(targets, (fields, fields[:-2]), strict=True):
        assert words(await moved(writer, "requeue", [target])) == ["too wide"]
        outcome = await moved(writer, "requeue", [target], marks=False)
        assert entry(server, STREAM, outcome.entries[0].copy) == own


@pytest.mark.parametrize("verb", ["requeue", "dead-letter", "claim"])
async def test_bytes_beyond_the_budget_are_handed_back(server: Server, open_writer: OpenWriter, verb: Verb) -> None:
    """The server would be busy copying; the caller sends the rest again. One entry is moved in any case."""
    half = b"x" * (MOST_BYTES // 2 - 1000)
    big = b"y" * (2 * MOST_BYTES)
    targets = stuck(server, (b"f", half), (b"f", half), (b"f", half), (b"f", big), ENTRY)
    writer = open_writer(server)
    tries = []
    while targets:
        outcome = await moved(writer, verb, targets)
        tries.append(words(outcome))
        targets = tuple(
            target for target in targets if dict(zip(targets, words(outcome), strict=True))[target] != "done"
        )
    assert tries == [
        ["done", "done", "not tried", "not tried", "not tried"],
        ["done", "not tried", "not tried"],
        ["done", "not tried"],
        ["done"],
    ]


async def test_provenance_counts_towards_the_width(server: Server, open_writer: OpenWriter) -> None:
    """It is the copy that must fit into one call."""
    targets = stuck(server, *([b"%d" % number for number in range(width)] for width in (6984, 6986)))
    writer = open_writer(server)
    assert [words(await moved(writer, "dead-letter", [target])) for target in targets] == [["done"], ["too wide"]]


async def test_many_small_fields_count_as_well(server: Server, open_writer: OpenWriter) -> None:
    """They keep the server as busy as a few large ones: 3,000 fields of a byte are few bytes and much work."""
    fields = [b"%d" % (number % 10) for number in range(6000)]
    outcome = await moved(open_writer(server), "requeue", stuck(server, fields, fields))
    assert words(outcome) == ["done", "not tried"]


@pytest.mark.parametrize("verb", PENDING_VERBS)
async def test_a_call_repeated_changes_nothing(server: Server, open_writer: OpenWriter, verb: Verb) -> None:
    """However an answer was lost: looking again and doing the same again is safe."""
    writer = open_writer(server)
    targets = stuck(server, count=5)
    assert words(await moved(writer, verb, targets)) == ["done"] * 5
    after = dump(server)
    again = await moved(writer, verb, targets)
    assert set(words(again)) == {"moved on" if verb == "claim" else "not pending"}
    assert dump(server) == after


async def test_a_claim_for_its_holder_changes_nothing(server: Server, open_writer: OpenWriter) -> None:
    """Even the idle time stays."""
    [target] = stuck(server, count=1)
    deliver(server, target.id, idle_ms=60_000, times=3)
    for _ in range(2):
        assert words(await moved(open_writer(server), "claim", seen(server), to=WORKER)) == ["done"]
    [(_, owner, idle, times)] = rows(server)
    assert (owner, times) == (WORKER.raw, 3)
    assert 60_000 <= idle < 61_000


async def test_two_operators_at_the_same_entries(server: Server, open_writer: OpenWriter) -> None:
    """Each entry is moved by one of them, and the other is told."""
    targets = stuck(server, count=60)
    writers = [open_writer(server) for _ in range(3)]
    parts = [targets[at : at + 10] for at in range(0, 60, 10)]
    outcomes = await asyncio.gather(*(moved(writer, "requeue", part) for part in parts for writer in writers))
    told = [word for outcome in outcomes for word in words(outcome)]
    assert (told.count("done"), told.count("not pending")) == (60, 120)
    assert (ask(server, "XLEN", STREAM.raw), rows(server)) == (120, [])


async def test_other_groups_keep_what_they_hold(server: Server, open_writer: OpenWriter) -> None:
    """Only the group that was named is acknowledged for."""
    ask(server, "XGROUP", "CREATE", STREAM.raw, "others", "0", "MKSTREAM")
    ask(server, "XGROUP", "CREATE", STREAM.raw, GROUP.raw, "0")
    targets = stuck(server, count=2)
    ask(server, "XREADGROUP", "GROUP", "others", "w", "STREAMS", STREAM.raw, ">")
    await moved(open_writer(server), "dead-letter", targets)
    assert ask(server, "XPENDING", STREAM.raw, "others")[0] == 2


async def test_nothing_is_made_for_a_consumer_who_gets_nothing(server: Server, open_writer: OpenWriter) -> None:
    """A claim of nothing would leave an empty consumer behind on 7.2 and later."""
    targets = stuck(server, count=1)
    ask(server, "XACK", STREAM.raw, GROUP.raw, str(targets[0].id))
    before = dump(server)
    assert words(await moved(open_writer(server), "claim", targets)) == ["not pending"]
    assert dump(server) == before


async def test_a_batch_of_nothing_sends_nothing(redis70: Server, open_writer: OpenWriter) -> None:
    """There is no call without IDs."""
    assert (await moved(open_writer(redis70), "requeue", ())).word == "done"
    assert ask(redis70, "DBSIZE") == 0


async def test_a_batch_may_not_hold_the_server_up(redis70: Server, open_writer: OpenWriter) -> None:
    """Whoever cuts batches must cut them small."""
    targets = stuck(redis70, count=MOST_IDS + 1)
    with pytest.raises(AssertionError, match="at most 100 go in one call"):
        await open_writer(redis70).apply(batch("ack", targets))
    assert len(rows(redis70)) == MOST_IDS + 1


@pytest.mark.parametrize(
    ("verb", "to", "key"),
    [("requeue", DEAD, KEY), ("dead-letter", STREAM, KEY), ("redrive", DEAD, Key(DEAD)), ("ack", None, Key(STREAM))],
)
async def test_a_plan_that_makes_no_sense_is_not_sent(
    redis70: Server, open_writer: OpenWriter, verb: Verb, to: Name | None, key: Key
) -> None:
    """A planner's mistake must not become a move to the wrong place."""
    targets = stuck(redis70, count=1)
    before = dump(redis70)
    with pytest.raises(AssertionError):
        await open_writer(redis70).apply(batch(verb, targets, to=to, key=key))
    assert dump(redis70) == before
