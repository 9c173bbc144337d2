"""Hostile bytes become text that a terminal can only show, in cells that can be counted."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from maestro_tui.domain.text import ELLIPSIS, clip, clip_middle, fit, visible, width

HOSTILE = [
    b"\x1b[2J\x1b[H",
    b"\x1b]52;c;cm0gLXJm\x07",
    b"\x9b31m",
    "\u202egnp.exe".encode(),
    "a\u200bb".encode(),
    "\u2066x\u2069".encode(),
    "\ufeffbom".encode(),
    b"\r\n\t\x00\x7f",
    "\x85\x90\x9b\x9c".encode(),
    b"\xff\xfe\x80",
    b"\xed\xa0\x80",
    "e" + "\u0301" * 500,
    "\u0301 mark first",
    "\U000e0041tag",
    "\ue000private",
    "\u115f\u1160\u3164\uffa0\u2800blank",
    "👨\u200d👩\u200d👧",
    "\U0001f44d\U0001f3fd",
    "\ud800",
    "[@click=app.quit]x[/]",
    "नमस्ते 한국어 漢字 ไทย עברית العربية",
]

ANYTHING = st.one_of(st.binary(max_size=600), st.text(max_size=300), st.sampled_from(HOSTILE))
MIXED = st.text(st.sampled_from("ab:漢字é\u0301\u0316न\u093eः\u1161한🚀…-"), max_size=40).map(visible)


def _obeyed(char: str) -> bool:
    """Whether a terminal might do anything with it but show it."""
    return not char.isprintable() or unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@pytest.mark.parametrize("raw", HOSTILE)
def test_hostile_text_is_only_shown(raw: bytes | str) -> None:
    shown = visible(raw)
    assert shown
    assert [char for char in shown if _obeyed(char)] == []


@given(ANYTHING, st.integers(0, 300))
def test_whatever_comes_in_comes_out_printable_and_bounded(raw: bytes | str, limit: int) -> None:
    shown = visible(raw, limit)
    assert [char for char in shown if _obeyed(char)] == []
    assert len(shown) <= 10 * limit + 1


@given(ANYTHING)
def test_cells_are_counted_as_the_screen_counts_them(raw: bytes | str) -> None:
    shown = visible(raw)
    assert width(shown) == cell_len(shown)


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="other Pythons know other characters than Rich does")
def test_every_character_alone_is_counted_as_the_screen_counts_it() -> None:
    """All of the planes that have characters; of the others, where nothing was ever assigned, one code in a hundred."""
    codes = [code for code in range(0x110000) if code < 0x40000 or code >= 0xE0000 or code % 101 == 0]
    shown = {code: visible("a" + chr(code)) for code in codes}
    assert [hex(code) for code, text in shown.items() if width(text) != cell_len(text)] == []


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"maestro:streams:automation:jobs", "maestro:streams:automation:jobs"),
        (b"\x1b[0m", "\\x1b[0m"),
        ("\u202e", "\\u202e"),
        ("\U000e0041", "\\U000e0041"),
        ("e\u0301\u0301\u0301", "e\u0301\u0301\\u0301"),
        ("\u0301", "\\u0301"),
        (b"\xff", "\\xff"),
        ("漢字", "漢字"),
        ("", ""),
    ],
)
def test_what_cannot_be_printed_is_escaped(raw: bytes | str, shown: str) -> None:
    assert visible(raw) == shown


@pytest.mark.parametrize(
    ("raw", "limit", "shown"),
    [
        (b"abc", 3, "abc"),
        (b"abcd", 3, "abc…"),
        ("abcd", 3, "abc…"),
        ("漢字漢".encode(), 2, "漢字…"),
        (b"x" * 10_000_000, 2, "xx…"),
    ],
)
def test_an_ellipsis_says_that_there_was_more(raw: bytes | str, limit: int, shown: str) -> None:
    assert visible(raw, limit) == shown


@given(MIXED, st.integers(0, 50), st.booleans())
def test_a_fitted_text_takes_exactly_its_cells(text: str, cells: int, right: bool) -> None:
    fitted = fit(text, cells, right=right)
    assert width(fitted) == cells == cell_len(fitted)


@given(MIXED, st.integers(0, 50))
def test_a_clipped_text_fits_and_says_so(text: str, cells: int) -> None:
    for clipped in (clip(text, cells), clip_middle(text, cells)):
        assert width(clipped) <= cells
        assert clipped == text if width(text) <= cells else cells == 0 or ELLIPSIS in clipped


@pytest.mark.parametrize(
    ("text", "cells", "clipped"),
    [
        ("automation:healing", 18, "automation:healing"),
        ("automation:healing", 10, "aut…ealing"),
        ("automation:healing", 4, "aut…"),
        ("漢字漢字漢字", 7, "漢…漢字"),
        ("abcdef漢\u0301z", 5, "a…漢\u0301z"),
    ],
)
def test_the_ends_of_a_name_survive(text: str, cells: int, clipped: str) -> None:
    assert clip_middle(text, cells) == clipped


def test_a_mark_is_not_left_without_its_base() -> None:
    """Else it would be drawn onto the ellipsis."""
    assert clip_middle("abcdefg漢\u0301\u0316xyz", 5) == "a…xyz"
