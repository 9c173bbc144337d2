"""An entry as a document: what is not touched keeps its bytes, what is wrong goes back with the reason."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.ui.editing import Faulty, Fields, Uneditable, as_document, from_document, with_fault
from screenshots.script import HOSTILE

KEY = Key(Name.of("maestro:streams:automation:healing"), Name.of("maestro-healing-workers"))
ID = EntryId(1_795_354_642_000, 3)
PAYLOAD = (
    b'{"test_id": "checkout-1",  "n": 1.10, "big": 12345678901234567890, "u": "\\u00e9", "l": [], "o": {"a": [1,2]}}'
)
FIELDS: Fields = (
    (b"type", b"heal_test"),
    (b"payload", PAYLOAD),
    (b"timestamp", b"1795354642"),
)


def document(fields: Fields = FIELDS) -> str:
    """The document of an entry."""
    return as_document(fields, ID, KEY)


def edited(old: str, new: str, fields: Fields = FIELDS) -> Fields:
    """What becomes of the fields when a text in the document is replaced."""
    before = document(fields)
    assert old in before
    return from_document(before.replace(old, new), fields)


def test_it_is_laid_out_for_eyes() -> None:
    text = document()
    assert "### field: type\nheal_test\n### field: payload\n{\n" in text
    assert '  "n": 1.10,\n' in text
    assert "Entry 1795354642000-3, pending in maestro:streams:automation:healing maestro-healing-workers." in text


def test_untouched_every_byte_is_the_same() -> None:
    assert from_document(document(), FIELDS) == FIELDS


def test_what_is_changed_is_changed_and_nothing_else() -> None:
    assert edited("heal_test", "heal_again") == ((b"type", b"heal_again"), *FIELDS[1:])


def test_a_changed_json_value_loses_its_layout_and_no_digit() -> None:
    changed = dict(edited("checkout-1", "checkout-2"))[b"payload"]
    assert changed == PAYLOAD.replace(b"checkout-1", b"checkout-2").replace(b": ", b":").replace(b",  ", b",").replace(
        b", ", b","
    )
    for kept in (b"1.10", b"12345678901234567890", b"\\u00e9"):
        assert kept in changed


def test_fields_can_be_added_removed_renamed_and_stand_twice() -> None:
    assert edited("### field: timestamp\n1795354642\n", "") == FIELDS[:2]
    assert edited("### end", "### field: type\nheal_test\n### end") == (*FIELDS, (b"type", b"heal_test"))
    assert edited("### field: timestamp", "### field: at")[2] == (b"at", b"1795354642")


def test_two_values_that_read_the_same_keep_their_own_white_space() -> None:
    fields = ((b"a", b'{"x":1}'), (b"a", b'{ "x" : 1 }'), (b"a", b'{"x":1}'))
    assert from_document(document(fields), fields) == fields


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"n": 1.10,', '"n": 1.10', "payload is no JSON: Expecting ',' delimiter in line 15, column 3"),
        ('{\n  "test_id"', '\n  "test_id"', "payload is no JSON"),
        ("heal_test", "[oops", "type is no JSON"),
        ('"n": 1.10', '"n": NaN', "payload is no JSON: NaN is no JSON"),
        ("### end", "", "The line '### end' is missing"),
        ("### field: type", "### feld: type", "Line 9 begins with ### and is no heading"),
        ("### field: type", '### field: "type', "begins with a quote"),
        ("### field: type", '### field: "\\ud800"', "begins with a quote"),
    ],
)
def test_what_cannot_become_an_entry_says_why(old: str, new: str, told: str) -> None:
    with pytest.raises(Faulty, match=re.escape(told)):
        edited(old, new)


def test_the_line_named_is_that_of_the_file_as_it_comes_back() -> None:
    broken = document().replace('"n": 1.10,', '"n": 1.10')
    for _ in range(2):
        with pytest.raises(Faulty) as caught:
            from_document(broken, FIELDS)
        broken = with_fault(broken, str(caught.value))
        found = re.search(r"in line (\d+), column 3", broken)
        assert found is not None
        assert broken.split("\n")[int(found[1]) - 1] == '  "big": 12345678901234567890,'


def test_text_can_look_like_json_where_it_is_meant() -> None:
    assert edited("### field: type\nheal_test", "### text: type\n[oops")[0] == (b"type", b"[oops")


def test_a_value_that_was_no_json_can_be_left_so_or_mended() -> None:
    fields = ((b"payload", b'{"broken": '), (b"type", b"x"))
    assert from_document(document(fields), fields) == fields
    assert edited('{"broken": ', '{"broken": 1}', fields)[0] == (b"payload", b'{"broken":1}')


def test_an_entry_without_fields_is_none() -> None:
    with pytest.raises(Faulty, match="no field"):
        from_document("### end\n", FIELDS)


@pytest.mark.parametrize("empty", ["", "\n", "  \n\n"])
def test_an_empty_file_gives_up(empty: str) -> None:
    assert from_document(empty, FIELDS) == ()


def test_the_reason_stands_on_top_and_a_new_one_takes_its_place() -> None:
    once = with_fault(document(), "payload is no JSON")
    assert once.startswith("#! payload is no JSON\n")
    twice = with_fault(once, "another")
    assert twice.startswith("#! another\n")
    assert "payload is no JSON" not in twice
    assert from_document(twice, FIELDS) == FIELDS


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"a\0b"])
def test_what_is_no_text_is_refused_with_what_can_be_done_instead(raw: bytes) -> None:
    for fields in (((b"type", raw),), ((raw, b"x"),)):
        with pytest.raises(Uneditable, match=r"is no text.*D, or requeue it as it is with R"):
            document(fields)


@pytest.mark.parametrize("word", ["vim: set ft=x:", "vi:set x:", "ex: x", "vim700: x", "-*- eval: x -*-"])
def test_no_editor_finds_settings_where_it_looks_for_them(word: str) -> None:
    """vim reads settings in the first and last five lines, Emacs in the first."""
    name = f"a {word}"
    fields = ((name.encode(), word.encode()),)
    text = with_fault(as_document(fields, ID, Key(Name.of(name), Name.of(name))), f"{name} is no JSON")
    lines = text.rstrip("\n").split("\n")
    assert all(word not in line for line in (*lines[:5], *lines[-5:]))


@pytest.mark.parametrize("raw", HOSTILE)
def test_hostile_text_survives_where_it_is_text(raw: bytes) -> None:
    fields = ((raw, raw), (b"x", raw), (raw, b"x"))
    try:
        text = document(fields)
    except Uneditable:
        return
    assert from_document(text, fields) == fields


_TEXT = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
_LINES = st.lists(
    st.sampled_from(["### end", "\\### end", "### field: x", "#! y", "# z", "", "{", "}", "\r"]), max_size=6
)
_VALUES = st.one_of(_TEXT, _LINES.map("\n".join), st.sampled_from(['{"a": [1, {"b": "\\"}"}]}', "[ ]", "{}", " {} "]))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(_VALUES, _VALUES), min_size=1, max_size=5))
def test_whatever_text_it_is_nothing_is_lost(pairs: list[tuple[str, str]]) -> None:
    fields = tuple((name.encode(), value.encode()) for name, value in pairs)
    assert from_document(document(fields), fields) == fields
    assert from_document(with_fault(document(fields), "x"), fields) == fields
