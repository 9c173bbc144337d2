"""How an entry's fields are laid out: nothing lost, nothing obeyed, no more work than is looked at."""

from itertools import islice

import pytest

from maestro_tui.domain.names import EntryId
from maestro_tui.engine.ports import Entry
from maestro_tui.ui.widgets.fields import as_text, field_lines, flow
from maestro_tui.ui.widgets.json_lines import decode, json_lines
from maestro_tui.ui.widgets.lines import Line, line_text, line_width

ID = EntryId(1_795_354_642_001, 1)


def laid_out(*fields: tuple[bytes, bytes], room: int = 60, complete: bool = True) -> list[str]:
    size = sum(len(name) + len(value) for name, value in fields)
    lines = list(field_lines(Entry(ID, fields, size, len(fields), complete), room))
    assert all(line_width(line) <= room for line in lines)
    assert all(text.isprintable() for line in lines for text, _ in line)
    return [line_text(line).rstrip() for line in lines]


def pretty(text: str) -> list[str]:
    return [" " * indent + line_text(line) for indent, line in json_lines(decode(text))]


def test_short_text_stands_beside_its_name_and_size() -> None:
    assert laid_out((b"type", b"heal_test"), (b"timestamp", b"1795354642"), (b"note", b"")) == [
        " FIELD       SIZE  VALUE",
        " type          9B  heal_test",
        " timestamp    10B  1795354642",
        " note          0B  empty",
    ]


def test_json_is_laid_out_under_it() -> None:
    assert laid_out((b"payload", b'{"test_id":"checkout-1","steps":[1,2],"who":{}}'))[1:] == [
        " payload    47B  JSON",
        "   {",
        '     "test_id": "checkout-1",',
        '     "steps": [1, 2],',
        '     "who": {}',
        "   }",
    ]


def test_numbers_stay_as_they_were_written_and_twin_names_stay_twins() -> None:
    text = '{"a":1.10,"a":1E400,"b":-0,"c":12345678901234567890123,"d":[true,false,null]}'
    assert pretty(text) == [
        "{",
        '  "a": 1.10,',
        '  "a": 1E400,',
        '  "b": -0,',
        '  "c": 12345678901234567890123,',
        '  "d": [true, false, null]',
        "}",
    ]


def test_tones_tell_names_texts_and_numbers_apart() -> None:
    lines = [line for _, line in json_lines(decode('{"name":"text","n":1}'))]
    spans = {text: tone for line in lines for text, tone in line}
    assert (spans['"name"'], spans['"text"'], spans["1"]) == ("info", "good", "key")


@pytest.mark.parametrize("text", ['{"a":NaN}', "[Infinity]", "{'a':1}", '{"a":1', "17", '"text"', "[" * 100_000, ""])
def test_what_cannot_be_shown_faithfully_is_not_shown_as_json(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(text)
    assert not any("JSON" in line for line in laid_out((b"f", text.encode()))[1:2])


def test_deep_nesting_costs_no_recursion_and_stays_within_the_width() -> None:
    deep = "[" * 300 + "]" * 300
    assert len(laid_out((b"f", deep.encode()), room=40)) == 601


def test_a_number_of_ten_thousand_digits_is_no_error() -> None:
    assert sum(line.count("7") for line in laid_out((b"f", b"[" + b"7" * 10_000 + b"]"))) == 10_000


def test_text_is_wrapped_and_keeps_its_lines() -> None:
    lines = laid_out((b"log", b"first\r\n\tsecond " + b"x" * 100), room=40)
    assert lines[1].endswith("text")
    assert lines[2:4] == ["   first", "       second " + "x" * 26]
    assert "".join(lines[4:]).count("x") == 74


def test_what_is_no_text_is_escaped_and_dumped() -> None:
    lines = laid_out((b"raw", b"\x00\xff\x1b[2Jabcdefghijklmnop"), room=80)
    assert lines[1].endswith("not text: escaped, then in hex")
    assert lines[2] == "   \\x00\\xff\\x1b[2Jabcdefghijklmnop"
    assert lines[3] == "   00000000  00 ff 1b 5b 32 4a 61 62 63 64 65 66 67 68 69 6a  ...[2Jabcdefghij"
    assert lines[4].endswith("klmnop")
    assert len(laid_out((b"raw", b"\x00" * 32), room=60)) == 2 + 3 + 4


def test_a_value_cut_inside_a_character_is_still_text() -> None:
    half = "é".encode()[:1]
    assert as_text(b"abc" + half, cut=True) == "abc"
    assert as_text(b"abc" + half) is None
    assert " >4B  abc" in laid_out((b"f", b"abc" + half), complete=False)[1]


def test_only_the_lines_that_are_asked_for_are_spelled() -> None:
    """A megabyte in one span: the first lines cost the first pieces."""
    taken: list[Line] = list(islice(flow((("x" * 1_000_000, "plain"),), 80, 3), 5))
    assert [len(line_text(line)) for line in taken] == [80] * 5


@pytest.mark.parametrize("text", ["你好世界" * 30, "e\u0301" * 200, "\u202e\x1b[2J" * 30, "a" + "\u0301" * 100])
def test_wide_and_hostile_text_stays_within_the_width(text: str) -> None:
    lines = list(flow(((text, "plain"),), 21, 2))
    assert all(line_width(line) <= 21 for line in lines)
    assert all(line_text(line).isprintable() for line in lines)


def test_an_entry_without_fields_says_so() -> None:
    assert laid_out()[1:] == [" no fields"]
