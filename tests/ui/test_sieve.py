"""The filter's words: each keeps what it says, and what makes no sense is told in one sentence."""

from dataclasses import replace

import pytest

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.engine.ports import PendingRow, Preview
from maestro_tui.ui.sieve import Sieve, of_consumer, parse_sieve, sift
from maestro_tui.ui.widgets.payload import NOT_FETCHED
from maestro_tui.ui.widgets.pending import PendingLine

ENTRY = PendingEntry(EntryId(1_795_354_642_001, 1), Name(b"worker-1"), 360_000, 3)
BODY = Preview(((b"type", b"heal_test"), (b"payload", b'{"id": "Checkout 7"}')), 40)
LINE = PendingLine(PendingRow(ENTRY, BODY), 600_000, "left behind", attempt=1)
UNREAD = PendingLine(PendingRow(ENTRY, NOT_FETCHED), None, "left behind")
GHOST = PendingLine(PendingRow(ENTRY, Preview(None, note="gone")), 600_000, "ghost")


def sieve(text: str) -> Sieve:
    parsed = parse_sieve(text)
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    "text",
    [
        "idle>5m", "idle>=360", "idle<=6m", "IDLE>5m", "age>1m", "tries>2", "tries=3", "att=1", "att<2",
        "mark=left", "mark=left-behind", "mark=left_behind", "consumer=worker-1", 'consumer="worker-1"',
        "checkout", "heal_test", "type=heal", "1795354642001-1", "WORKER", '"checkout 7"', "idle>5m checkout",
        "!idle>10m", "!nothing", "!mark=ghost",
    ],
)  # fmt: skip
def test_it_keeps(text: str) -> None:
    assert sieve(text).passes(LINE) is True


@pytest.mark.parametrize(
    "text",
    [
        "idle>10m", "idle<6m", "age<10m", "tries>3", "att>1", "mark=last", "mark=poison", "mark=ghost",
        "consumer=worker", "nothing", "idle>5m nothing", "!checkout", '"7 checkout"', "foo>3",
    ],
)  # fmt: skip
def test_it_leaves_out(text: str) -> None:
    assert sieve(text).passes(LINE) is False


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("checkout", None), ("!checkout", None), ("worker", True), ("att>0", None), ("mark=poison", None),
        ("mark=ghost", None), ("mark=left", True), ("idle>5m", True), ("age>1m", False), ("tries>9 checkout", False),
    ],
)  # fmt: skip
def test_what_was_not_fetched_is_not_taken_for_absent(text: str, answer: bool | None) -> None:
    assert sieve(text).passes(UNREAD) is answer


def test_a_ghost_has_been_looked_for() -> None:
    assert sieve("mark=ghost").passes(GHOST) is True
    assert sieve("checkout").passes(GHOST) is False


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("idle>", "idle takes a duration, such as idle>30s or idle>5m."),
        ("idle>soon", "idle takes a duration, such as idle>30s or idle>5m."),
        ("idle=5m", "idle takes > or <, such as idle>5m."),
        ("tries>many", "tries takes a number, such as tries>2."),
        ("att>", "att takes a number, such as att>2."),
        ("mark=bad", "mark takes ghost, poison, left-behind or last-batch."),
        ("mark=l", "mark takes ghost, poison, left-behind or last-batch."),
        ("mark=", "mark takes ghost, poison, left-behind or last-batch."),
        ("mark>ghost", "mark takes =, such as mark=ghost."),
        ("consumer>a", "consumer takes =, such as consumer=worker-1."),
    ],
)
def test_a_bad_word_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_sieve(text)
    assert str(caught.value) == sentence


@pytest.mark.parametrize("text", ["", "   ", "!"])
def test_nothing_typed_is_no_filter(text: str) -> None:
    assert parse_sieve(text) is None


@pytest.mark.parametrize(
    ("text", "deep", "consumer"),
    [
        ("idle>5m tries>2", False, None),
        ("mark=last-batch", False, None),
        ("consumer=worker-1 idle>5m", False, "worker-1"),
        ("!consumer=worker-1", False, None),
        ("consumer=a consumer=b", False, None),
        ("checkout", True, None),
        ("att>0", True, None),
        ("mark=ghost", True, None),
    ],
)
def test_payloads_are_read_only_where_they_decide(text: str, deep: bool, consumer: str | None) -> None:
    assert (sieve(text).deep, sieve(text).consumer) == (deep, consumer)


def test_sifting_counts_what_could_not_be_told() -> None:
    assert sift(sieve("checkout"), [LINE, UNREAD, GHOST]) == ((LINE,), 1)
    assert sift(None, [LINE, UNREAD]) == ((LINE, UNREAD), 0)


@pytest.mark.parametrize("raw", [b"worker-1", b"a b", b"", b"\x1b[2J", b"\xff"])
def test_a_consumer_is_found_by_the_filter_made_for_it(raw: bytes) -> None:
    text, own = of_consumer(Name(raw))
    line = replace(LINE, row=PendingRow(replace(ENTRY, consumer=Name(raw)), BODY))
    assert own.passes(line) is True
    assert own.passes(replace(LINE, row=PendingRow(replace(ENTRY, consumer=Name(b"other")), BODY))) is False
    assert text.isprintable()
    assert sieve(text).passes(line) is True
