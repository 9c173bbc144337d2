"""The filter over a pending list: how far it looked is said, and it never looks without bound."""

from pathlib import Path

import pytest

from maestro_tui.domain.names import Name
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.ui.looks import MOST_PAGES, PAGE, WIDE_PAGE
from screenshots.desk import DESK
from tests.patience import PATIENCE_S
from tests.ui.desks import MINUTE, crowded, group_screen, ids, reader_of, told, until
from tests.ui.staging import Stage, staged

WORKER = Name(b"worker-1")


def entries(many: int, *, often: frozenset[int] = frozenset()) -> list[PendingEntry]:
    """Entries in a row; some of them were delivered nine times."""
    return [PendingEntry(id, WORKER, 22 * MINUTE, 9 if place in often else 1) for place, id in enumerate(ids(many))]


def shown(stage: Stage) -> list[int]:
    """The places of the entries that are listed."""
    first = ids(1)[0].ms
    return [line.id.ms - first for line in group_screen(stage).pending.rows]


async def typed(stage: Stage, text: str) -> None:
    await stage.press("slash", *text, "enter")
    await stage.pilot.pause()


async def test_a_complete_look_gives_an_exact_count(tmp_path: Path) -> None:
    async with staged(crowded(*entries(214, often=frozenset({3, 150}))), tmp_path, size=(80, 24)) as stage:
        await typed(stage, "tries>2")
        assert shown(stage) == [3, 150]
        assert "Pending 2 of 214 match" in told(stage, "panes")
        assert "filter tries>2: esc clears" in told(stage, "notes")


async def test_a_look_ends_with_its_budget_and_says_at_least(tmp_path: Path) -> None:
    rows = entries(12_500, often=frozenset({5, 9_000, 12_000}))
    async with staged(crowded(*rows), tmp_path, size=(80, 24)) as stage:
        reader = reader_of(stage)
        await typed(stage, "tries>2")
        assert "Pending >=2 match, 10,000 of 12,500 looked at" in told(stage, "panes")
        assert "> looks on" in told(stage, "notes")
        assert len(reader.swept) == MOST_PAGES
        assert all(limit <= WIDE_PAGE for _, _, limit, _ in reader.asked)
        await stage.press(">")
        assert shown(stage) == [12_000]
        assert "Pending >=1 match, 10,001-12,500 of 12,500 looked at" in told(stage, "panes")
        await stage.press("<")
        assert shown(stage) == [5, 9_000]


async def test_text_is_looked_for_in_payloads_a_hundred_at_a_time(tmp_path: Path) -> None:
    async with staged(crowded(*entries(250)), tmp_path, size=(80, 24)) as stage:
        reader = reader_of(stage)
        del reader.asked[:]
        await typed(stage, "checkout-2 tries<5")
        assert shown(stage) == [2, *range(20, 30), *range(200, 250)]
        assert [limit for _, _, limit, _ in reader.asked] == [PAGE] * 3
        assert "Pending 61 of 250 match" in told(stage, "panes")


async def test_payloads_in_sight_are_fetched_after_a_look_without(tmp_path: Path) -> None:
    async with staged(crowded(*entries(2_500, often=frozenset({2_000}))), tmp_path, size=(80, 24)) as stage:
        await typed(stage, "tries>2")
        await until(stage, lambda: "checkout-2000" in told(stage, "details"))
        await stage.poll()
        assert "checkout-2000" in told(stage, "details")


async def test_payloads_that_were_not_fetched_are_not_taken_for_no_match(tmp_path: Path) -> None:
    async with staged(crowded(*entries(50)), tmp_path, size=(80, 24)) as stage:
        reader = reader_of(stage)
        whole = reader.pending

        async def spent(*args: object) -> object:
            page = await whole(*args)  # type: ignore[arg-type]
            from dataclasses import replace

            from maestro_tui.ui.widgets.payload import NOT_FETCHED

            rows = tuple(replace(row, preview=NOT_FETCHED) if n >= 10 else row for n, row in enumerate(page.rows))
            return replace(page, rows=rows)

        reader.pending = spent  # type: ignore[method-assign, assignment]
        await typed(stage, "checkout-4")
        assert shown(stage) == [4]
        assert "Pending >=1 match, 50 looked at" in told(stage, "panes")
        assert "40 payloads not fetched" in told(stage, "notes")


async def test_a_consumers_own_list_is_asked_for(tmp_path: Path) -> None:
    """One list among many costs the server nothing more, and the look is complete sooner."""
    async with staged(crowded(*entries(250)), tmp_path, size=(80, 24)) as stage:
        await stage.press("tab", "enter")
        await until(stage, lambda: "match" in told(stage, "panes"))
        reader = reader_of(stage)
        assert reader.asked[-1][3] == WORKER or reader.asked[-2][3] == WORKER
        assert "Pending 250 of 250 match" in told(stage, "panes")
        assert "filter consumer=worker-1" in told(stage, "notes")
        assert group_screen(stage).pending.has_focus


@pytest.mark.parametrize("key", ["escape"])
async def test_escape_clears_it_and_only_then_leaves(key: str, tmp_path: Path) -> None:
    async with staged(crowded(*entries(214)), tmp_path, size=(80, 24)) as stage:
        await typed(stage, "checkout-3")
        await stage.press(key)
        assert "Pending 100 of 214" in told(stage, "panes")
        await stage.press(key)
        assert stage.on_overview


async def test_a_bad_word_is_told_and_changes_nothing(tmp_path: Path) -> None:
    async with staged(DESK["group_filter_bad"], tmp_path, size=(80, 24)) as stage:
        assert "idle takes a duration, such as idle>30s or idle>5m." in told(stage, "notes")
        assert len(group_screen(stage).pending.rows) == 100
        await stage.press("escape")
        assert "idle takes" not in told(stage, "notes")
        assert group_screen(stage).pending.has_focus


async def test_it_looks_once_the_keys_rest(tmp_path: Path) -> None:
    async with staged(crowded(*entries(214)), tmp_path, size=(80, 24)) as stage:
        reader = reader_of(stage)
        await stage.press("slash", *"checkout-213")
        before = len(reader.asked)
        await until_true_in_time(stage, lambda: "match" in told(stage, "panes"))
        assert shown(stage) == [213]
        assert len(reader.asked) - before <= 3, "one look, however many keys"


async def until_true_in_time(stage: Stage, true: object) -> None:
    """The pause between keys is the wall clock's."""
    import asyncio

    assert callable(true)
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.05)
            await stage.pilot.pause()


async def test_typing_another_filter_ends_the_look_before(tmp_path: Path) -> None:
    """Between two pages it is seen that nobody waits for the rest."""
    rows = entries(12_000, often=frozenset({11_000}))
    async with staged(crowded(*rows), tmp_path, size=(80, 24)) as stage:
        reader, screen = reader_of(stage), group_screen(stage)
        whole, seen = reader.sweep, 0

        async def sweep(*args: object) -> object:
            nonlocal seen
            seen += 1
            if seen == 3:
                screen.sift("")
            return await whole(*args)  # type: ignore[arg-type]

        reader.sweep = sweep  # type: ignore[method-assign, assignment]
        await typed(stage, "tries>2")
        await until(stage, lambda: "Pending 100 of 12,000" in told(stage, "panes"))
        assert seen == 3


async def test_a_long_look_is_not_repeated_at_every_poll(tmp_path: Path) -> None:
    """However many pages it takes, the server is asked at most a tenth of the time."""
    async with staged(crowded(*entries(5_000)), tmp_path, size=(80, 24)) as stage:
        reader = reader_of(stage)
        whole = reader.sweep

        async def slow(*args: object) -> object:
            stage.clock.advance(0.2)
            return await whole(*args)  # type: ignore[arg-type]

        reader.sweep = slow  # type: ignore[method-assign, assignment]
        await typed(stage, "tries>2")
        asked = len(reader.swept)
        await stage.poll(3)
        assert len(reader.swept) == asked
        stage.clock.advance(20)
        await stage.poll()
        assert len(reader.swept) > asked
