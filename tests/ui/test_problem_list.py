"""Problems under the operator's hands: select, go there, explain, act on the row; one that ends leaves nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from maestro_tui.domain.config import Config
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.ui.screens.explain import ExplainScreen
from maestro_tui.ui.screens.group import GroupScreen
from maestro_tui.ui.screens.log import LogScreen
from screenshots.script import SCENES, UNREACHABLE
from tests.ui.staging import Stage, staged
from tests.ui.waiting import HEALING_KEY, STUCK, opened, records, text_of, until

INCIDENT, CALM = SCENES["incident"], SCENES["calm"]


def _name(stage: Stage) -> str:
    """The selected problem's name; - for none."""
    problem = stage.overview.problem
    return "-" if problem is None else problem.name.rpartition(":")[2]


def _later(seen: object, seconds: int) -> Snapshot:
    """The same look that much later by our own clock, by which problems hold and end."""
    assert isinstance(seen, Snapshot)
    return replace(seen, mono_ms=seen.taken_at_ms + 1_000 * seconds)


async def _calm(stage: Stage) -> None:
    """Let all problems end, with their clear times."""
    for seconds in (60, 660):
        stage.will_see(_later(CALM.script[-1], seconds))
        stage.clock.advance(600)
        await stage.poll()


async def test_tab_goes_to_the_problems_and_back(tmp_path: Path) -> None:
    async with staged("incident", tmp_path) as stage:
        assert (stage.overview.focused, _name(stage)) == (stage.overview.table, "-")
        seen = []
        for key in ("tab", "j", "down", "k", "G", "g"):
            await stage.press(key)
            seen.append(_name(stage))
        assert seen == ["healing", "validation", "jobs", "validation", "jobs", "healing"]
        assert stage.selected == "healing", "the rows keep theirs"
        await stage.press("j", "shift+tab", "j")
        assert (_name(stage), stage.selected) == ("-", "validation")
        await stage.press("tab")
        assert _name(stage) == "validation"
        await stage.press("escape")
        assert stage.overview.focused is stage.overview.table
        assert stage.on_overview


async def test_only_one_list_shows_a_cursor(tmp_path: Path) -> None:
    async with staged("incident", tmp_path) as stage:
        assert sum("▸" in line for line in stage.lines()) == 1
        await stage.press("tab")
        assert [line[:12] for line in stage.lines() if "▸" in line] == ["▸✖ automatio"]


async def test_the_selected_problem_is_told_below(tmp_path: Path) -> None:
    async with staged("incident", tmp_path, size=(80, 24)) as stage:
        await stage.press("tab", "j")
        text = "\n".join(stage.lines()[-3:])
        assert "group missing, 64 entries; nothing is delivered, workers get NOGROUP" in text
        assert "since 14:03:12Z (>=10s); next: i choose start" in text


async def test_enter_goes_to_the_row_that_a_problem_is_about(tmp_path: Path) -> None:
    async with staged("incident", tmp_path) as stage:
        await stage.press("j", "j", "tab", "enter")
        await opened(stage, GroupScreen)
        assert isinstance(stage.app.screen, GroupScreen)
        assert stage.app.screen.key == HEALING_KEY
        await stage.press("escape")
        assert (_name(stage), stage.selected) == ("healing", "healing")


@pytest.mark.parametrize(
    ("scene", "wanted"),
    [("memory", ("WARNING eviction risk", "the whole server")), ("empty", ("no stream", "jobs", "healing"))],
)
async def test_enter_on_what_is_about_no_single_row_tells_all_of_it(
    tmp_path: Path, scene: str, wanted: tuple[str, ...]
) -> None:
    async with staged(scene, tmp_path) as stage:
        await stage.press("tab", "enter")
        await opened(stage, ExplainScreen)
        assert all(part in text_of(stage) for part in wanted)
        await stage.press("escape")
        assert stage.overview.targeted().key is None
        assert stage.app.check_action("requeue", ()) is None


async def test_d_and_the_keys_that_write_are_about_the_selected_problem(tmp_path: Path) -> None:
    async with staged("incident", tmp_path) as stage:
        await stage.press("tab", "j", "j")
        assert stage.selected == "healing"
        key = stage.overview.targeted().key
        assert key is not None
        assert str(key.stream).endswith("jobs")
        assert "automation-workers" in str(stage.overview.copies())
        await stage.press("d")
        await until(stage, "WARNING left behind", "6 left behind by live workers", "Next: enter, R one first")
        await stage.press("escape", "tab", "d")
        await until(stage, "STATE stuck", "automation:healing maestro-healing-workers")


async def test_a_problem_that_ended_leaves_nothing_selected(tmp_path: Path) -> None:
    async with staged("incident", tmp_path) as stage:
        await stage.press("tab")
        assert _name(stage) == "healing"
        await stage.poll(3)
        assert _name(stage) == "healing", "it survives what changes nothing"
        await _calm(stage)
        assert (_name(stage), stage.overview.focused) == ("-", stage.overview.problems)
        assert "The selected problem is over: l has it." in "\n".join(stage.lines())
        assert stage.overview.targeted().key is None
        await stage.press("enter")
        assert stage.on_overview
        await stage.press("tab", "tab")
        assert stage.overview.focused is stage.overview.table, "there is none to go to"


async def test_the_selection_follows_a_problem_that_moves(tmp_path: Path) -> None:
    """Its rank changes when what stood before it ends."""
    last = INCIDENT.script[-1]
    assert isinstance(last, Snapshot)
    healed = next(one for one in CALM.script[-1].streams if b"healing" in one.name.raw)  # type: ignore[union-attr]
    streams = tuple(healed if b"healing" in one.name.raw else one for one in last.streams)
    async with staged("incident", tmp_path) as stage:
        await stage.press("tab", "G")
        assert (_name(stage), stage.overview.problems.selection.index) == ("jobs", 2)
        for seconds in (60, 660):
            stage.will_see(_later(replace(last, streams=streams), seconds))
            stage.clock.advance(600)
            await stage.poll()
        assert (_name(stage), stage.overview.problems.selection.index) == ("jobs", 1)


async def test_a_click_selects_and_a_second_one_goes_there(tmp_path: Path) -> None:
    async with staged("incident", tmp_path) as stage:
        line = next(place for place, text in enumerate(stage.lines()) if "6 left behind" in text)
        await stage.pilot.click(offset=(30, line))
        assert _name(stage) == "jobs"
        await stage.pilot.click(offset=(30, line), times=2)
        await opened(stage, GroupScreen)


async def test_more_problems_than_lines_are_scrolled(tmp_path: Path) -> None:
    async with staged("hostile", tmp_path, size=(80, 24)) as stage:
        problems = stage.overview.problems
        assert problems.size.height == 3
        assert len(problems.rows) > 3
        assert f"and {len(problems.rows) - 3} more" in text_of(stage)
        await stage.press("tab", "G")
        assert problems.top == len(problems.rows) - 3
        assert problems.selection.index == len(problems.rows) - 1
        assert problems.away == 0
        assert stage.overview.table.visible_rows > 5, "the rows keep their room"


async def test_the_trouble_of_the_banner_is_not_told_twice(tmp_path: Path) -> None:
    async with staged("incident", tmp_path) as stage:
        stage.will_see(UNREACHABLE)
        for _ in range(3):
            stage.clock.advance(5)
            await stage.poll()
        assert any(one.rule == "unreachable" for one in stage.app.shown.findings)
        text = text_of(stage)
        assert text.count(UNREACHABLE.sentence) == 1
        assert "out of reach" not in text
        await stage.press("tab")
        assert _name(stage) == "healing"


async def test_tab_leaves_the_filter_for_the_rows(tmp_path: Path) -> None:
    async with staged("incident", tmp_path) as stage:
        await stage.press("slash", *"heal", "tab")
        assert stage.listed() == ["healing"]
        assert stage.overview.focused is stage.overview.table
        assert not stage.overview.has_class("-filtering")


async def test_ended_problems_are_in_the_log_and_outlive_the_dashboard(tmp_path: Path) -> None:
    async with staged("incident", tmp_path) as stage:
        await stage.press("l")
        await opened(stage, LogScreen)
        await until(stage, "3 problems open", "problem open", "for >=10s: CRITICAL 204 left behind")
        await stage.press("d")
        await until(stage, "RULE left behind")
        await stage.press("escape", "enter")
        await until(stage, "Problem open", "still open, for >=10s", "Next: check worker-1, then R")
        await stage.press("escape")
        await _calm(stage)
        await until(stage, "problem over", "lasted >=70s: CRITICAL 204 left behind")
        await stage.app.session.problems.aclose()
    assert {line["record"] for line in records(tmp_path)} == {"problem"}
    assert len(records(tmp_path)) == 3
    async with staged("calm", tmp_path) as stage:
        await stage.press("l")
        text = await until(stage, "3 records in", "problem over", "CRITICAL 204 left behind")
        assert "problem open" not in text
        await stage.press("G", "enter")
        await until(stage, "Problem over", "Since: 2026", "End: 2026", "after >=")


async def test_bell_and_hook_are_the_apps(tmp_path: Path) -> None:
    config = Config(bell=True, hook="/no/such/hook")
    scene = replace(CALM, config=config)
    async with staged(scene, tmp_path) as stage:
        rung: list[None] = []
        stage.app.session.alerts.ring = lambda: rung.append(None)
        stage.will_see(_later(INCIDENT.script[-1], 10))
        stage.clock.advance(10)
        await stage.poll()
        await until(stage, "The hook '/no/such/hook' cannot be started")
        assert len(rung) == 1
        assert sum("cannot be started" in toast for toast in stage.toasts()) == 1
        await stage.app.session.alerts.aclose()


async def test_requeue_of_a_problem_is_of_its_row(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("j", "j", "tab", "D")
        await until(stage, "healing", "type 204")
        await stage.press("escape")
