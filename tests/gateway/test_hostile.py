"""Replies that no Redis gives: a row says that it cannot be understood, and nothing crashes."""

from collections.abc import Awaitable, Callable

import pytest
from redis.exceptions import ResponseError

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.trouble import Failure
from maestro_tui.gateway import parse
from maestro_tui.gateway.read import RedisReader
from maestro_tui.gateway.refusals import refusal
from tests.gateway.conftest import OpenReader
from tests.gateway.peers import answering, peer
from tests.gateway.rig import config_of, declaring, stream_of

INFO = b"$22\r\nredis_version:7.0.15\r\n\r\n"
ODD = (
    *(b":1\r\n", b"+OK\r\n", b"$-1\r\n", b"*-1\r\n", b"*0\r\n", b"$0\r\n\r\n", b"*1\r\n:1\r\n"),
    *(b"*2\r\n$4\r\nname\r\n:1\r\n", b"*2\r\n*0\r\n*0\r\n", b"*1\r\n*2\r\n$4\r\nname\r\n$1\r\ng\r\n"),
    *(b"*4\r\n$1\r\n1\r\n:1\r\n:1\r\n:1\r\n", b"*2\r\n$3\r\n1-x\r\n*1\r\n$1\r\na\r\n", b"-\xff\xfe\r\n"),
    *(b"*1\r\n-ERR inside\r\n", b":-1\r\n", b"$25\r\n9999999999999999999999999\r\n"),
)


async def _poll(open_reader: OpenReader, answer: Callable[[list[bytes]], bytes]) -> Snapshot:
    async with peer(answering(answer)) as address:
        reader = open_reader(config_of(address, topology=declaring("s", discover="*"), timeout_s=1))
        try:
            await reader.poll(None)
            return await reader.poll(None)
        finally:
            await reader.close()


@pytest.mark.parametrize("odd", ODD)
async def test_an_odd_answer_to_everything_but_info(open_reader: OpenReader, odd: bytes) -> None:
    """Each command's reply has its own shape; none of them fits all."""
    seen = await _poll(open_reader, lambda words: INFO if words[0] == b"INFO" else odd)
    stream = stream_of(seen, declaring("s").declared[0])
    assert stream.trouble is not None
    assert stream.trouble.fault == "protocol"
    assert seen.nodes[0].version == "7.0.15"
    assert seen.errors


@pytest.mark.parametrize("odd", ODD)
async def test_an_odd_answer_to_everything(open_reader: OpenReader, odd: bytes) -> None:
    """Then nothing was measured, which is a failure and no traceback."""
    with pytest.raises(Failure) as caught:
        await _poll(open_reader, lambda _: odd)
    assert caught.value.trouble.fault == "protocol"


@pytest.mark.parametrize(
    "broken", [b"-MOVED nonsense\r\n", b"-ASK\r\n", b"$5\r\nab", b"*99999999999\r\n", b"!x\r\n", b"*1\r\n" * 40]
)
async def test_an_answer_that_breaks_the_parser(open_reader: OpenReader, broken: bytes) -> None:
    """What cannot be parsed leaves the connection in no known state: it is given up."""
    async with peer(answering(lambda _: broken)) as address:
        with pytest.raises(Failure) as caught:
            await open_reader(config_of(address, timeout_s=0.2)).poll(None)
    assert caught.value.trouble.fault in ("protocol", "unreachable")


QUESTIONS: dict[str, Callable[[RedisReader], Awaitable[object]]] = {
    "pending": lambda reader: reader.pending(Name(b"s"), Name(b"g"), None, 10),
    "sweep": lambda reader: reader.sweep(Key(Name(b"s"), Name(b"g")), None, None, 10),
    "upwards": lambda reader: reader.entries(Name(b"s"), None, 10, newest_first=False),
    "downwards": lambda reader: reader.entries(Name(b"s"), None, 10, newest_first=True),
    "entry": lambda reader: reader.entry(Name(b"s"), EntryId(1), 10),
    "holdings": lambda reader: reader.holdings(Name(b"s"), EntryId(1)),
    "fates": lambda reader: reader.fates(Key(Name(b"s"), Name(b"g")), [EntryId(1)]),
}
NOTHING = b"*0\r\n"


@pytest.mark.parametrize("odd", [odd for odd in ODD if odd != NOTHING])
@pytest.mark.parametrize("question", QUESTIONS)
async def test_an_odd_answer_to_any_other_question(open_reader: OpenReader, question: str, odd: bytes) -> None:
    """Nothing is read into it."""
    async with peer(answering(lambda _: odd)) as address:
        reader = open_reader(config_of(address, timeout_s=1))
        with pytest.raises(Failure) as caught:
            await QUESTIONS[question](reader)
        assert caught.value.trouble.fault == "protocol"
        await reader.close()


GROUP = [b"name", b"g", b"consumers", 1, b"pending", 1, b"last-delivered-id", b"1-1"]


@pytest.mark.parametrize(
    ("read", "reply"),
    [
        (parse.groups, [[*GROUP[:2], *GROUP[4:]]]),
        (parse.groups, [[*GROUP[:7], b"1-"]]),
        (parse.groups, [[*GROUP[:7], b"+1-1"]]),
        (parse.groups, [[*GROUP[:7], b"99999999999999999999-1"]]),
        (parse.groups, [[*GROUP[:5], -1, *GROUP[6:]]]),
        (parse.groups, [[*GROUP, b"entries-read", b"x"]]),
        (parse.consumers, [[b"name", b"c", b"pending", 1, b"idle", 1, b"inactive", b"1"]]),
        (parse.consumers, [[b"name", b"c", b"pending", 1]]),
        (parse.pending_rows, [[b"1-1", b"c", 1]]),
        (parse.pending_rows, [[b"1-1", b"c", 1, None]]),
        (parse.entry, [b"1-1", [b"f"]]),
        (parse.entries, [[b"1-1", [b"f", b"v"]], [b"1-2", None]]),
        (parse.only_entry, [None]),
        (parse.entry, [b"1-1", None]),
        (parse.entry, [b"1-1", [b"f", 1]]),
        (parse.scanned, [b"x", []]),
        (parse.scanned, [b"0", [1]]),
        (parse.time_ms, [b"1"]),
        (parse.time_ms, [1, 2]),
    ],
)
def test_what_is_nearly_right_is_wrong(read: Callable[[object], object], reply: object) -> None:
    """A number that is missing must not become 0."""
    with pytest.raises(parse.Malformed):
        read(reply)


def test_fields_that_a_later_version_adds_do_no_harm() -> None:
    """Redis 8.6 added six fields to XINFO STREAM."""
    [group] = parse.groups([[*GROUP, b"nacked-count", 3, b"new", [b"nested", None]]])
    assert (group.pending, group.entries_read, group.server_lag) == (1, None, None)


def test_a_negative_lag_is_no_lag() -> None:
    """7.0 gives one after a wrong ENTRIESREAD."""
    [group] = parse.groups([[*GROUP, b"entries-read", 1000, b"lag", -999]])
    assert (group.entries_read, group.server_lag) == (1000, None)


def test_a_refusal_shows_hostile_bytes_as_text() -> None:
    """Error messages of a server are as little to be trusted as its data."""
    error = ResponseError("\x1b]0;owned\x07 [bold]x[/bold]")
    trouble = refusal(error, (b"XINFO", b"STREAM", b"\x1b[2Jkey"), "user\x1b[31m")
    assert "\x1b" not in str(trouble)
    assert "XINFO STREAM" in trouble.sentence
