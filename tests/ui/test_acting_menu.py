"""What is done rarely: claim, redrive, set position, remove, undo."""

from dataclasses import replace
from pathlib import Path

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import MovePlan, PositionPlan, RemovePlan, RestorePlan
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.trouble import Trouble
from maestro_tui.ui.screens.menu import MenuScreen
from maestro_tui.ui.screens.note import LineDialog
from maestro_tui.ui.screens.progress import ProgressScreen
from screenshots.script import SCENES, Scene
from tests.fakes import FakeWriter, Shelf
from tests.ui.staging import staged
from tests.ui.waiting import HEALING_STREAM, STUCK, claimed, opened, until, writer_of

DEAD = Name.of("maestro:streams:automation:healing:dead")


async def test_claim_asks_for_a_consumer_and_offers_those_there_are(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("C")
        await until(stage, "Claim for which consumer?", "worker-1", "busy or dead, holds 214")
        await stage.press("2", *"worker-9", "enter")
        await until(stage, "type 204", "There is no consumer worker-9 yet")
        await stage.press(*"204", "enter")
        await until(stage, "204 claimed")
        plan = writer_of(stage).plans[0]
        assert isinstance(plan, MovePlan)
        assert (plan.verb, plan.to) == ("claim", Name.of("worker-9"))


async def test_undo_takes_the_last_claim_back(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await claimed(stage)
        await stage.press("z")
        await until(stage, "undo claim", "204 entries return to their holders")
        await stage.press(*"204", "enter")
        await until(stage, "204 given back")
        plan = writer_of(stage).plans[-1]
        assert isinstance(plan, RestorePlan)
        assert len(plan.rows) == 204


async def test_undo_of_a_requeue_says_why_not(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("R")
        await until(stage, "type 204")
        await stage.press(*"204", "enter")
        await until(stage, "Done. 204 requeued")
        await stage.press("escape", "z")
        await until(stage, "Requeue cannot be taken back", "Close")
        await stage.press("enter")
        assert stage.on_overview


async def test_undo_with_an_empty_log_says_so(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("z")
        await until(stage, "The log holds no action on this server")


async def test_a_position_is_set_from_the_menu(tmp_path: Path) -> None:
    async with staged(STUCK, tmp_path) as stage:
        await stage.press("x")
        await until(stage, "set position", "this is no stream of dead letters", "the group holds 214 pending entries")
        await stage.press("3")
        await until(stage, "Set the position", "an entry ID or a time")
        await stage.press("3", *"yesterday", "enter")
        await until(stage, "'yesterday' is no start: give 0, end")
        await stage.press(*["backspace"] * 9, "0", "enter")
        await until(stage, "Type healing and enter to rewind to 0-0")
        await stage.press(*"healing", "enter")
        await until(stage, "set position: set (maestro:streams:automation:healing maestro-healing-workers).")
        plan = writer_of(stage).plans[0]
        assert isinstance(plan, PositionPlan)
        assert plan.to == EntryId(0)


async def test_what_the_server_refuses_stays_on_the_screen(tmp_path: Path) -> None:
    trouble = Trouble("busy", "The group has moved on since.", "Look again.")
    writer = FakeWriter(lambda _: Outcome.refused(trouble))
    async with staged(STUCK, tmp_path, writer=writer) as stage:
        await stage.press("x", "3", "1")
        await until(stage, "Type healing and enter")
        await stage.press(*"healing", "enter")
        await until(stage, "Refused: nothing was sent", str(trouble))
        assert isinstance(stage.app.screen, ProgressScreen)


async def test_a_consumer_that_holds_nothing_is_removed_from_the_menu(tmp_path: Path) -> None:
    scene = replace(SCENES["calm"], config=Config())
    async with staged(scene, tmp_path) as stage:
        stage.overview.table.select(
            Key(Name.of("maestro:streams:automation:validation"), Name.of("maestro-validation-workers"))
        )
        await stage.press("x")
        await opened(stage, MenuScreen)
        await stage.press("4")
        await until(stage, "Remove which consumer?", "worker-1", "holds nothing")
        await stage.press("1")
        await until(stage, "remove consumer worker-1")
        await stage.press("y")
        await until(stage, "remove consumer: removed")
        plan = writer_of(stage).plans[0]
        assert isinstance(plan, RemovePlan)
        assert plan.consumer == Name.of("worker-1")


def _with_dead_letters() -> Scene:
    """The incident with three dead letters of the healing stream."""
    last = SCENES["incident"].script[-1]
    assert isinstance(last, Snapshot)
    model = next(one for one in last.streams if one.name == HEALING_STREAM)
    ids = [EntryId(1_795_356_000_000 + place) for place in range(3)]
    dead = replace(
        model, name=DEAD, length=3, first_id=ids[0], last_entry_id=ids[-1], last_id=ids[-1], entries_added=3, groups=()
    )
    seen = replace(last, streams=(*last.streams, dead))
    fields = ((b"_maestro_dead_format", b"1"),)
    return Scene((seen,), Config(), shelf=lambda: Shelf(streams={DEAD: dict.fromkeys(ids, fields)}))


async def test_on_a_row_of_dead_letters_the_key_brings_them_back_at_a_chosen_rate(tmp_path: Path) -> None:
    async with staged(_with_dead_letters(), tmp_path) as stage:
        stage.overview.table.select(Key(DEAD))
        await stage.press("R")
        await opened(stage, LineDialog)
        await stage.press(*"0", "enter")
        await until(stage, "Type a number above 0")
        await stage.press("backspace", *"50", "enter")
        await until(stage, "redrive 3 entries", "At most 50.0 a second")
        await stage.press("3", "enter")
        await until(stage, "Done. 3 redriven")
        plan = writer_of(stage).plans[0]
        assert isinstance(plan, MovePlan)
        assert (plan.verb, plan.to, plan.rate_per_s) == ("redrive", HEALING_STREAM, 50.0)
