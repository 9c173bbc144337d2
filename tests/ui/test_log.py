"""The log on the screen: what was done, what is under way, what was cut off, and remarks."""

from pathlib import Path

import pytest
from textual.widgets import Input

from maestro_tui.domain.journal import Deed, Note, Problem
from maestro_tui.domain.names import Key, Name
from maestro_tui.ui.screens.log import LogScreen
from maestro_tui.ui.screens.note import LineDialog
from maestro_tui.ui.screens.progress import ProgressScreen
from screenshots.script import HOSTILE
from tests.fakes import FakeWriter
from tests.ui.staging import AUDIT, staged
from tests.ui.waiting import STUCK, claimed, opened, records, until


async def test_a_note_goes_into_the_log(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("n")
        await opened(stage, LineDialog)
        await stage.press("enter")
        await until(stage, "Nothing was typed")
        await stage.press(*"worker-1", "space", *"restarted", "enter")
        await until(stage, "noted in the log")
    (line,) = records(tmp_path)
    assert (line["record"], line["text"]) == ("note", "worker-1 restarted")


async def test_a_note_is_a_line_of_500_characters_at_most(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("n")
        await opened(stage, LineDialog)
        stage.app.screen.query_one("#line", Input).value = "x" * 501
        await stage.press("enter")
        await until(stage, "501 characters: 500 at most.")
        await stage.press("backspace", "enter")
        await until(stage, "noted in the log")
    (line,) = records(tmp_path)
    assert line["text"] == "x" * 500


async def test_the_log_shows_what_was_done_and_z_takes_the_selected_back(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await claimed(stage)
        await stage.press("n", *"hello", "enter")
        await until(stage, "noted")
        await stage.press("l")
        await opened(stage, LogScreen)
        await until(stage, "2 records in", "done 204", "hello", "claim")
        await stage.press("down", "enter")
        await until(stage, "Claim", "confirmed by count", "outcome: done 204")
        await stage.press("escape", "z")
        await until(stage, "undo claim", "204 entries return")
        await stage.press("escape", "escape")
        assert stage.on_overview


async def test_the_log_follows_what_is_under_way(tmp_path: Path) -> None:
    writer = FakeWriter()
    async with staged(STUCK, tmp_path, writer=writer) as stage:
        await stage.press("D")
        await until(stage, "type 204")
        writer.gate.clear()
        await stage.press(*"204", "enter")
        await opened(stage, ProgressScreen)
        await stage.press("escape", "l")
        await until(stage, "dead-letter 0/204 running")
        await stage.press("enter")
        await opened(stage, ProgressScreen)
        writer.gate.set()
        await until(stage, "204 dead-lettered", "esc closes")
        await stage.press("escape")
        await stage.poll()
        await until(stage, "done 204")


async def test_what_was_interrupted_is_marked_in_the_log(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("D")
        await until(stage, "type 204")
        await stage.press(*"204", "enter")
        await until(stage, "204 dead-lettered")
    kept = [line for line in (tmp_path / AUDIT).read_text().splitlines() if '"record":"outcome"' not in line]
    (tmp_path / AUDIT).write_text("\n".join(kept) + "\n")
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("l")
        await until(stage, "interrupted")
        await stage.press("enter")
        await until(stage, "the intent was recorded and no outcome")


async def test_an_unreadable_log_is_told(tmp_path: Path) -> None:
    (tmp_path / AUDIT).mkdir()
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("l")
        await until(stage, "cannot be read")
        await stage.press("escape", "z")
        await until(stage, "The log cannot be read")


@pytest.mark.parametrize("raw", HOSTILE)
async def test_hostile_records_are_only_shown(tmp_path: Path, raw: bytes) -> None:
    """The log is a file that others may write, too."""
    text = raw.decode("utf-8", "replace")
    async with staged(STUCK, tmp_path) as stage:
        key, counts = Key(Name(raw), Name(raw)), {text: 1}
        deed = Deed("1", text, text, text, text, text, key, text, (text,), text, text, counts, text)
        stage.app.session.audit.read = lambda *_: (Note(text, text, text, text), deed)  # type: ignore[method-assign]
        await stage.press("l")
        await until(stage, "2 records in")
        for keys in ((), ("enter",), ("escape", "down", "enter")):
            await stage.press(*keys)
            for strip in stage.app.screen._compositor.render_strips(stage.app.size):
                assert strip.text.isprintable()


async def test_what_init_created_is_not_left_alone(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        counts = {"created": 3, "already there": 1}
        deed = Deed("1", "2026-11-22T14:03:22.000Z", "kim", "a", "n", "init", None, "", (), "done", "", counts)
        stage.app.session.audit.read = lambda *_: (deed,)  # type: ignore[method-assign]
        await stage.press("l")
        await until(stage, "done 3, 1 left alone")


async def test_an_outcome_that_was_lost_is_not_told_as_many_unknown(tmp_path: Path) -> None:
    """`unknown 31,900` would be read as the number that nobody knows."""
    async with staged(STUCK, tmp_path) as stage:
        counts = {"done": 31_900, "unknown": 100}
        deed = Deed(
            "1", "2026-11-22T14:03:22.000Z", "kim", "a", "n", "dead-letter", None, "", (), "unknown", "", counts
        )
        stage.app.session.audit.read = lambda *_: (deed,)  # type: ignore[method-assign]
        await stage.press("l")
        assert "left alone" not in await until(stage, "unknown of 100, 31,900 done")


async def test_an_outcome_that_the_log_did_not_take_is_no_interruption(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("D")
        await until(stage, "type 204")
        await stage.press(*"204", "enter")
        await until(stage, "204 dead-lettered")
        kept = [line for line in (tmp_path / AUDIT).read_text().splitlines() if '"record":"outcome"' not in line]
        (tmp_path / AUDIT).write_text("\n".join(kept) + "\n")
        await stage.press("escape", "l")
        assert "interrupted" not in await until(stage, "done, outcome not in the log")


async def test_a_log_that_cannot_be_read_does_not_say_that_nothing_was_done(tmp_path: Path) -> None:
    (tmp_path / AUDIT).mkdir()
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("l")
        assert "Nothing was done yet." not in await until(stage, "What was done is not known.")


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+q"])
async def test_the_keys_that_end_programs_leave_a_dialog(tmp_path: Path, key: str) -> None:
    """The app's own keys do not reach a dialog, where they would do nothing in silence."""
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("D")
        await until(stage, "type 204")
        await stage.press("2", key)
        assert stage.on_overview
    assert not (tmp_path / AUDIT).exists()


@pytest.mark.parametrize("raw", HOSTILE)
async def test_hostile_problems_are_only_shown(tmp_path: Path, raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    many = (text,) * 5
    async with staged(STUCK, tmp_path) as stage:
        key = Key(Name(raw), Name(raw))
        ended = Problem("2099", *many[:3], "stuck", key, *many, since=text, ended=text, lasted_ms=5)
        left = Problem("2098", *many[:4], None, *many, since=text)
        stage.app.session.audit.read = lambda *_: (left, ended)  # type: ignore[method-assign]
        await stage.press("l")
        await until(stage, "2 records in", "problem over", "problem left")
        for keys in ((), ("enter",), ("escape", "d"), ("escape", "down", "enter"), ("escape", "d")):
            await stage.press(*keys)
            for strip in stage.app.screen._compositor.render_strips(stage.app.size):
                assert strip.text.isprintable()
