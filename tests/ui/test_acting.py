"""The way of a move through the face, from its key to what is told of it, on a scripted server."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import Name
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Batch, Confirmed, MoveBatch, MovePlan, RemovePlan
from maestro_tui.domain.progress import Fates
from maestro_tui.domain.trouble import Trouble
from maestro_tui.engine.operation import Operation
from maestro_tui.ui.roles import Targeted
from maestro_tui.ui.run import tell_unlogged
from maestro_tui.ui.screens.menu import MenuScreen
from maestro_tui.ui.screens.plan import PlanDialog
from maestro_tui.ui.screens.progress import ProgressScreen
from screenshots.script import HEALING, SCENES, UNREACHABLE, Scene
from tests.fakes import FakeWriter, Shelf
from tests.ui.pages import healing_pages, use_pages
from tests.ui.staging import AUDIT, staged
from tests.ui.waiting import (
    HEALING_KEY,
    STUCK,
    opened,
    records,
    text_of,
    until,
    writer_of,
)

WRITING_KEYS = ("R", "D", "C", "x", "z", "i")


async def test_from_the_overview_all_that_is_stuck_is_requeued_after_the_count_was_typed(tmp_path: Path) -> None:
    """One canary first, then the rest; what became of the copies stands there at the end."""
    async with staged(STUCK, tmp_path) as stage:
        assert stage.selected == "healing"
        await stage.press("R")
        await until(stage, "type 204", "type 214 running")
        assert writer_of(stage).batches == []
        await stage.press(*"204", "enter")
        await until(stage, "Done. 204 requeued", "204 of 204 acked", "esc closes")
        plans = writer_of(stage).plans
        assert len({id(plan) for plan in plans}) == 1
        assert isinstance(plans[0], MovePlan)
        assert plans[0].verb == "requeue"
        assert writer_of(stage).sent == [one.id for one in HEALING.pending[:204]]
        canary = writer_of(stage).batches[0]
        assert isinstance(canary, MoveBatch)
        assert len(canary.targets) == 1
        await stage.press("escape")
        assert stage.on_overview
    assert [one["how"] for one in records(tmp_path) if one["record"] == "intent"] == ["count"]


async def test_what_may_be_running_goes_too_where_that_was_typed(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("R")
        await until(stage, "type 214 running")
        await stage.press(*"214", "space", *"running", "enter")
        await until(stage, "Done. 214 requeued")
    (intent,) = [one for one in records(tmp_path) if one["record"] == "intent"]
    assert (intent["how"], intent["overrides"]) == ("override", ["running"])


async def test_escape_sends_nothing(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("R")
        await opened(stage, PlanDialog)
        await stage.press("escape")
        assert stage.on_overview
        assert writer_of(stage).batches == []
    assert not (tmp_path / AUDIT).exists()


async def test_a_second_key_does_not_open_a_second_plan(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("R", "R", "D")
        await opened(stage, PlanDialog)
        assert sum(isinstance(one, PlanDialog) for one in stage.app.screen_stack) == 1


@pytest.mark.parametrize(("key", "verb"), [("R", "requeue"), ("D", "dead-letter")])
async def test_from_the_pending_list_it_is_about_the_entry_under_the_cursor(
    tmp_path: Path, key: str, verb: str
) -> None:
    """One entry: y."""
    async with staged(STUCK, tmp_path) as stage:
        use_pages(stage.app, healing_pages())
        await stage.press("enter", "down")
        wanted = stage.app.targeted()
        assert wanted is not None
        assert len(wanted.entries) == 1
        await stage.press(key)
        await until(stage, f"{verb} 1 entry")
        await stage.press("y")
        await until(stage, "Done." if verb == "requeue" else "1 dead-lettered")
        assert writer_of(stage).sent == [wanted.entries[0].id]


async def test_what_became_stale_while_it_was_read_is_not_sent(tmp_path: Path) -> None:
    """And the operator is told."""
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("R")
        await until(stage, "type 204")
        stage.will_see(UNREACHABLE)
        await stage.poll()
        await stage.press(*"204", "enter")
        assert writer_of(stage).batches == []
        assert stage.toasts() == ["No plan from stale data: " + UNREACHABLE.sentence]


@pytest.mark.parametrize("key", ["R", "D", "C", "x", "z"])
@pytest.mark.parametrize(
    ("scene", "told"),
    [
        (SCENES["unreachable"], "No plan from stale data"),
        (replace(SCENES["frozen"], then=()), "No plan from a frozen screen"),
        (replace(STUCK, later_s=30.0), "No plan from stale data: no fresh answer"),
    ],
    ids=["unreachable", "frozen", "overdue"],
)
async def test_no_plan_where_the_data_are_not_of_now(tmp_path: Path, key: str, scene: Scene, told: str) -> None:
    async with staged(scene, tmp_path) as stage:
        await stage.press(key)
        assert stage.toasts()[0].startswith(told)
        assert stage.on_overview


async def test_read_only_takes_every_key_away(tmp_path: Path) -> None:
    scene = replace(STUCK, config=Config(read_only=True))
    async with staged(scene, tmp_path) as stage:
        live = {one.binding.action for one in stage.overview.active_bindings.values()}
        assert not live & {"requeue", "dead_letter", "claim", "menu", "undo", "init"}
        assert {"log", "note"} <= live
        await stage.press(*WRITING_KEYS)
        assert stage.on_overview
        stage.app.action_requeue()
        await stage.pilot.pause()
        assert "read-only" in stage.toasts()[0]
        assert writer_of(stage).batches == []


async def test_without_a_selected_row_the_keys_are_grey(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        assert stage.app.check_action("requeue", ()) is True
        stage.overview.table.selection.key = None
        assert stage.app.check_action("requeue", ()) is None
        assert stage.app.check_action("undo", ()) is True
        await stage.press("R")
        assert stage.on_overview


async def test_where_nothing_is_selected_by_a_screen_the_keys_are_absent(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("t")
        assert stage.app.check_action("requeue", ()) is False
        assert stage.app.check_action("undo", ()) is True


async def test_what_runs_on_behind_the_screen_is_told_in_the_header_and_at_its_end(tmp_path: Path) -> None:
    writer = FakeWriter()
    async with staged(STUCK, tmp_path, writer=writer) as stage:
        await stage.press("R")
        await until(stage, "type 204")
        writer.gate.clear()
        await stage.press(*"204", "enter")
        await opened(stage, ProgressScreen)
        await stage.press("escape")
        assert stage.on_overview
        stage.app._tick()
        await until(stage, "requeue", "l shows it")
        writer.gate.set()
        await until(stage, "204 requeued", "maestro:streams:automation:healing")
        stage.app._tick()
        await stage.pilot.pause()
        assert "l shows it" not in text_of(stage)


async def test_s_stops_it_after_the_batch_under_way(tmp_path: Path) -> None:
    writer = FakeWriter()
    async with staged(STUCK, tmp_path, writer=writer) as stage:
        await stage.press("D")
        await until(stage, "type 204")
        writer.gate.clear()
        await stage.press(*"204", "enter")
        await opened(stage, ProgressScreen)
        await stage.press("s")
        writer.gate.set()
        await until(stage, "Stopped by you. 100 of 204 dead-lettered, 104 not tried.")
        assert len(writer.sent) == 100


async def test_a_canary_that_comes_back_stops_the_run_and_says_what_was_seen(tmp_path: Path) -> None:
    failed = Fates(1, pending={Name.of("worker-2"): 1}, failed=1)
    scene = replace(STUCK, shelf=lambda: Shelf(rows=HEALING.pending, fates=[failed]))
    async with staged(scene, tmp_path) as stage:
        await stage.press("R")
        await until(stage, "type 204")
        await stage.press(*"204", "enter")
        await until(stage, "It stopped by itself. 1 of 204 requeued", "1 came back un-acked", "worker-2")
        assert len(writer_of(stage).sent) == 1


def _lost(batch: Batch) -> Outcome:
    assert isinstance(batch, MoveBatch)
    trouble = Trouble("unreachable", "The connection ended.", "Look first.")
    return Outcome("unknown", trouble=trouble, counts={"unknown": len(batch.targets)})


async def test_a_lost_answer_is_an_alarm_and_is_never_sent_again(tmp_path: Path) -> None:
    writer = FakeWriter(_lost)
    async with staged(STUCK, tmp_path, writer=writer) as stage:
        await stage.press("D")
        await until(stage, "type 204")
        await stage.press(*"204", "enter")
        await until(stage, "UNKNOWN.", "It is never retried: look at maestro:streams:automation:healing")
        assert len(writer.batches) == 1


async def test_without_a_log_nothing_is_sent_unless_that_is_typed(tmp_path: Path) -> None:
    """Then the lines stand on the screen."""
    (tmp_path / AUDIT).mkdir()
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("D")
        await until(stage, "type 204")
        await stage.press(*"204", "enter")
        await until(stage, "without a log", "cannot be written", "Type no-log and enter")
        assert writer_of(stage).batches == []
        await stage.press(*"no-log", "enter")
        await until(stage, "204 dead-lettered", "The log could not take these lines", "record")
        assert len(writer_of(stage).sent) == 204


async def test_the_survey_can_be_given_up(tmp_path: Path) -> None:
    """The server may be slow, and the group may hold a million entries."""
    async with staged(STUCK, tmp_path) as stage:
        never = asyncio.Event()

        async def wait(*_: object, **__: object) -> None:
            await never.wait()

        stage.app.session.reader.sweep = wait  # type: ignore[method-assign, assignment]
        await stage.press("R")
        await until(stage, "looking ...")
        await stage.press("escape")
        assert stage.on_overview
        assert writer_of(stage).batches == []
        await stage.press("x")
        await opened(stage, MenuScreen)


async def test_an_entry_of_the_stream_is_not_taken_for_the_whole_group(tmp_path: Path) -> None:
    """Among the stream's entries nothing says which of them are pending."""
    async with staged(STUCK, tmp_path) as stage:
        wanted = Targeted(HEALING_KEY, letters=(HEALING.pending[0].id,))
        stage.overview.targeted = lambda: wanted  # type: ignore[method-assign]
        for key in ("R", "D", "C"):
            await stage.press(key)
        assert stage.toasts() == ["An entry is moved from the list of what is pending: tab leads there."] * 3
        assert stage.on_overview


async def test_leaving_a_dialog_by_quitting_leaves_the_next_action_possible(tmp_path: Path) -> None:
    """Whoever waits for the dialog's answer must get one."""
    async with staged(STUCK, tmp_path) as stage:
        for _ in range(2):
            await stage.press("R")
            await opened(stage, PlanDialog)
            await stage.app.action_quit()
            await stage.pilot.pause()
            assert stage.on_overview
        assert writer_of(stage).batches == []


async def test_what_is_marked_is_moved_and_nothing_else(tmp_path: Path) -> None:
    """Marks go before the cursor."""
    async with staged(STUCK, tmp_path) as stage:
        use_pages(stage.app, healing_pages())
        await stage.press("enter", "down", "space", "down", "down", "space", "down")
        wanted = stage.app.targeted()
        assert wanted is not None
        assert wanted.marked
        assert len(wanted.entries) == 2
        await stage.press("D")
        await until(stage, "dead-letter 2 entries", "type 2 here")
        await stage.press("2", "enter")
        await until(stage, "2 dead-lettered")
        assert writer_of(stage).sent == sorted(one.id for one in wanted.entries)


async def test_lines_that_the_log_did_not_take_are_said_again_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The screen that showed them is gone by then."""
    async with staged(STUCK, tmp_path) as stage:
        operation = Operation("1", Confirmed(RemovePlan(HEALING_KEY, None, HEALING.pending[0].id, 0), "kim", "y"))
        operation.unlogged.append('{"record":"outcome"}')
        stage.app.session.operations.recent.append(operation)
    tell_unlogged(stage.app.session)
    assert capsys.readouterr().err == 'maestro-tui: not in the log: {"record":"outcome"}\n'
