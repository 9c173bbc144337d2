"""Names are bytes; IDs are ordered as Redis orders them and are times only where they can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maestro_tui.domain.names import ZERO, EntryId, Key, Name, common_prefix
from tests.domain.building import NOW

PART = st.integers(0, 2**64 - 1)


@given(PART, PART)
def test_an_id_survives_its_spelling(ms: int, seq: int) -> None:
    made = EntryId(ms, seq)
    assert EntryId.parse(str(made)) == made == EntryId.parse(str(made).encode())


@pytest.mark.parametrize(("text", "made"), [("5", EntryId(5, 0)), (" 5-7\n", EntryId(5, 7)), ("0-0", ZERO)])
def test_an_id_is_read(text: str, made: EntryId) -> None:
    assert EntryId.parse(text) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "1-",
        "-1",
        "1-2-3",
        "+",
        "$",
        "a-1",
        "1.5",
        "²",
        "٣-0",
        "18446744073709551616",
        "1-18446744073709551616",
        "0" * 21,
        "9" * 10_000,
        "1 - 2",
        b"\xff",
    ],
)
def test_what_is_no_id_is_refused_in_a_sentence(text: str | bytes) -> None:
    with pytest.raises(ValueError, match="is not an entry ID such as") as refusal:
        EntryId.parse(text)
    assert len(str(refusal.value)) < 300


def test_ids_are_ordered_by_number_not_by_text() -> None:
    ids = [EntryId(9, 0), EntryId(10, 0), EntryId(10, 2), EntryId(10, 10), EntryId(100, 0)]
    shuffled = [ids[place] for place in (3, 0, 4, 2, 1)]
    assert sorted(shuffled) == ids


@pytest.mark.parametrize(
    ("made", "age"),
    [
        (EntryId(NOW), 0),
        (EntryId(NOW - 1_500, 3), 1_500),
        (EntryId(NOW + 5_000), 0),
        (EntryId(NOW + 86_400_000), 0),
        (EntryId(NOW + 86_400_001), None),
        (EntryId(99_999_999_999_999), None),
        (EntryId(2**64 - 1, 2**64 - 1), None),
        (EntryId(1), None),
        (ZERO, None),
        (EntryId(999_999_999_999), None),
        (EntryId(1_000_000_000_000), NOW - 1_000_000_000_000),
    ],
)
def test_an_id_has_an_age_only_where_it_is_a_time(made: EntryId, age: int | None) -> None:
    assert made.age_ms(NOW) == age


def test_the_bytes_of_a_name_are_its_identity() -> None:
    broken, other = Name(b"a\xff"), Name(b"a\xfe")
    assert broken != other
    assert not broken.is_utf8
    assert Name.of("a\udcff") == broken
    assert (str(broken), str(Key(broken)), str(Key(broken, Name.of("g")))) == ("a\\xff", "a\\xff", "a\\xff g")


@pytest.mark.parametrize(
    ("names", "prefix"),
    [
        ([], ""),
        (["app:jobs"], ""),
        (["app:jobs", "app:results"], "app:"),
        (["app:jobs", "app:jobs:dead"], "app:"),
        (["jobs", "jobs"], ""),
        (["app:jobs", "other:jobs"], ""),
        (["maestro-healing-workers", "maestro-health-workers"], "maestro-"),
    ],
)
def test_a_shared_prefix_ends_at_a_separator_and_leaves_something(names: list[str], prefix: str) -> None:
    assert common_prefix(names) == prefix
