"""The inspector: the whole entry, told in words, for no more work than is looked at."""

import json
from pathlib import Path

import pytest

from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.ports import Entry
from maestro_tui.ui.screens.group import GroupScreen
from maestro_tui.ui.screens.inspector import FIRST_LOOK, MOST_SHOWN, InspectorScreen
from screenshots.desk import DEAD, DESK, KEY, STREAM, pending_rows
from screenshots.script import HOSTILE
from tests.ui.desks import crowded, reader_of, told, until
from tests.ui.staging import Stage, staged

ROWS = pending_rows()


def inspector(stage: Stage) -> InspectorScreen:
    screen = stage.app.screen
    assert isinstance(screen, InspectorScreen)
    return screen


def put(stage: Stage, *fields: tuple[bytes, bytes]) -> None:
    """Let the second pending entry hold these fields."""
    held = reader_of(stage).shelf.streams[STREAM]
    assert isinstance(held, dict)
    held[ROWS[1].id] = fields


async def opened(stage: Stage) -> InspectorScreen:
    """Look into the second pending entry."""
    group = stage.app.screen
    assert isinstance(group, GroupScreen)
    group.pending.action_first()
    await stage.press("down", "enter")
    return inspector(stage)


async def test_it_tells_when_how_large_who_holds_it_and_every_field(tmp_path: Path) -> None:
    async with staged(DESK["inspector"], tmp_path, size=(80, 40)) as stage:
        facts = told(stage, "facts")
        assert "1795354642001-1  maestro:streams:automation:healing" in facts
        assert "2026-11-22T13:37:22.001Z" in facts
        assert "25m ago  214B in 3 fields" in facts
        assert "maestro-healing-workers: held by worker-1, delivered 1x, idle 22m, left behind" in facts
        assert "maestro-automation-workers: not delivered yet" in facts
        screen = "\n".join(stage.lines())
        assert " type          9B  heal_test" in screen
        assert '     "test_id": "checkout-1",' in screen
        assert '         "took_s": 30.0' in screen


async def test_it_tells_of_requeues_and_of_dead_letters_in_words(tmp_path: Path) -> None:
    async with staged(DESK["inspector_letter"], tmp_path, size=(80, 24)) as stage:
        assert "Dead letter: was 1795350802000-0 of maestro:streams:automation:healing" in told(stage, "facts")
        assert "worker-1 of maestro-healing-workers, delivered 7x, idle 22m; set aside 40m ago" in told(stage, "facts")
        wanted = inspector(stage).targeted()
        assert (wanted.key and wanted.key.stream, wanted.letters) == (DEAD, (inspector(stage).entry_id,))
    async with staged(DESK["group"], tmp_path, size=(80, 24)) as stage:
        await stage.press("enter")
        assert "Requeued 1 time: a copy of 1795351042117-0." in told(stage, "facts")
        assert inspector(stage).targeted().attempts == {ROWS[4].id: 1}


async def test_a_ghost_says_that_it_is_one(tmp_path: Path) -> None:
    async with staged(DESK["inspector_ghost"], tmp_path, size=(80, 24)) as stage:
        assert "Gone from the stream, deleted or trimmed" in told(stage, "facts")
        wanted = inspector(stage).targeted()
        assert wanted.gone == {ROWS[0].id}
        assert inspector(stage).check_action("export", ()) is None


async def test_who_holds_it_is_looked_at_again_at_each_poll(tmp_path: Path) -> None:
    async with staged(DESK["inspector"], tmp_path, size=(80, 24)) as stage:
        assert inspector(stage).targeted().entries == (ROWS[1],)
        shelf = reader_of(stage).shelf
        own, *others = shelf.holdings
        shelf.holdings = (type(own)(own.group, None, delivered=True), *others)
        await stage.poll()
        assert "maestro-healing-workers: acknowledged" in told(stage, "facts")
        wanted = inspector(stage).targeted()
        assert (wanted.key, wanted.entries, wanted.letters) == (KEY, (), (ROWS[1].id,))


async def test_many_groups_are_summed_up_with_the_own_one_first(tmp_path: Path) -> None:
    async with staged(DESK["inspector"], tmp_path, size=(80, 24)) as stage:
        shelf = reader_of(stage).shelf
        own, other, _ = shelf.holdings
        silent = type(own)(Name(b"silent"), None, delivered=False, known=False)
        many = tuple(type(own)(Name(b"g%d" % place), None, delivered=place % 2 == 0) for place in range(6))
        shelf.holdings = (silent, other, *many, own)
        await stage.poll()
        facts = told(stage, "facts").splitlines()
        assert facts[2].startswith(" maestro-healing-workers: held by")
        assert " silent: ? the server would not tell" in facts
        assert facts[-1] == " 5 more groups: 0 hold it pending, 3 have not received it yet"


async def test_an_entry_of_ten_megabytes_costs_what_is_looked_at(tmp_path: Path) -> None:
    """Asked for a part, laid out as far as it is seen."""
    async with staged(crowded(*ROWS), tmp_path, size=(80, 24)) as stage:
        put(stage, (b"type", b"huge"), (b"payload", b"[" + b"1234567," * 1_310_720 + b"1]"))
        asked: list[int | None] = []
        reader = reader_of(stage)
        whole = reader.entry

        async def entry(stream: Name, id: EntryId, most_bytes: int | None) -> Entry | None:
            asked.append(most_bytes)
            return await whole(stream, id, most_bytes)

        reader.entry = entry  # type: ignore[method-assign]
        screen = await opened(stage)
        assert asked == [FIRST_LOOK]
        assert "64.0K of 10.0M shown: > shows more, w writes all into a file" in told(stage, "notes")
        assert screen.fields.formatted < 3 * 80 * 24
        await stage.press("j", "pagedown")
        assert screen.fields.formatted < 5 * 80 * 24
        for most in (4 * FIRST_LOOK, MOST_SHOWN):
            await stage.press(">")
            assert asked[-1] == most
        assert screen.check_action("show_more", ()) is None
        assert "> shows more" not in told(stage, "notes")
        await stage.poll()
        assert len(asked) == 3, "an entry never changes"


async def test_the_movement_keys_scroll_and_the_end_is_found(tmp_path: Path) -> None:
    async with staged(crowded(*ROWS), tmp_path, size=(80, 24)) as stage:
        put(stage, (b"list", json.dumps(list(range(1000, 4000))).encode()))
        screen = await opened(stage)
        assert "of >=" in told(stage, "notes")
        await stage.press("G")
        assert "3999" in "\n".join(stage.lines())
        assert screen.fields.place.endswith("of 3,004")
        await stage.press("g")
        assert " list " in "\n".join(stage.lines())
        await stage.press("down", "down", "up", "pagedown", "pageup")
        assert screen.fields.top == 1


async def test_it_is_copied_as_value_json_and_command(tmp_path: Path) -> None:
    async with staged(DESK["inspector"], tmp_path, size=(80, 24)) as stage:
        forms = dict(inspector(stage).copies())
        assert forms["value of type"] == "heal_test"
        assert json.loads(forms["value of payload"])["test_id"] == "checkout-1"
        assert json.loads(forms["entry as JSON"])["id"] == "1795354642001-1"
        commands = forms["redis-cli commands"]
        assert "XRANGE maestro:streams:automation:healing 1795354642001-1 1795354642001-1" in commands
        assert "XPENDING maestro:streams:automation:healing maestro-healing-workers" in commands


async def test_nothing_that_was_cut_off_is_copied_as_if_it_were_whole(tmp_path: Path) -> None:
    async with staged(crowded(*ROWS), tmp_path, size=(80, 24)) as stage:
        put(stage, (b"type", b"huge"), (b"payload", b"x" * 200_000))
        screen = await opened(stage)
        assert [label for label, _ in screen.copies()] == ["redis-cli commands", "value of type"]


async def test_export_writes_the_whole_entry_for_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with staged(crowded(*ROWS), tmp_path, size=(80, 24)) as stage:
        put(stage, (b"payload", b"x" * 200_000))
        await opened(stage)
        await stage.press("w")
        await until(stage, lambda: any("written whole" in toast for toast in stage.toasts()))
        path = tmp_path / f"maestro-streams-automation-healing-{ROWS[1].id}.json"
        assert path.stat().st_mode & 0o777 == 0o600
        assert len(json.loads(path.read_text())["fields"][0]["value"]) == 200_000
        assert any(path.name in toast for toast in stage.toasts())


async def test_what_cannot_be_written_or_read_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shut").mkdir()
    monkeypatch.chdir(tmp_path / "shut")
    async with staged(DESK["inspector"], tmp_path, size=(80, 24)) as stage:
        (tmp_path / "shut").rmdir()
        await stage.press("w")
        await until(stage, lambda: any(toast.startswith("Not written: ") for toast in stage.toasts()))
        monkeypatch.chdir(tmp_path)
        reader_of(stage).shelf.failure = Failure(Trouble("denied", "The server forbids XINFO.", "Ask for it."))
        await stage.poll()
        assert "The server forbids XINFO." in told(stage, "facts")
        assert '"test_id"' in "\n".join(stage.lines()), "what was read stays"


async def test_it_leads_back_to_the_marks(tmp_path: Path) -> None:
    async with staged(DESK["group"], tmp_path, size=(80, 24)) as stage:
        await stage.press("enter", "escape")
        assert isinstance(stage.app.screen, GroupScreen)
        assert "2 marked" in told(stage, "notes")


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (160, 48)])
async def test_hostile_fields_are_only_shown(size: tuple[int, int], tmp_path: Path) -> None:
    async with staged(crowded(*ROWS), tmp_path, size=size) as stage:
        put(
            stage,
            *((raw, raw) for raw in HOSTILE),
            (b"json", json.dumps([one.decode("latin-1") for one in HOSTILE]).encode()),
        )
        await opened(stage)
        for _ in range(12):
            for strip in stage.app.screen._compositor.render_strips(stage.app.size):
                assert strip.text.isprintable()
                assert strip.cell_length == size[0]
            await stage.press("pagedown")
        assert stage.app.return_code is None
