"""The init dialog: nothing is chosen for the operator, and what is agreed to is exactly what was shown."""

from dataclasses import replace

import pytest
from textual.app import App
from textual.widgets import Button, Input, Static

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import ZERO, EntryId, Key, Name
from maestro_tui.domain.plans import Confirmed, InitPlan
from maestro_tui.domain.plans.init import Choice, CreateGroup, Start, plan_init, short_word
from maestro_tui.domain.topology import MAESTRO
from maestro_tui.engine.audit import operator
from maestro_tui.ui.screens.confirm import ConfirmBar
from maestro_tui.ui.screens.init import InitDialog
from maestro_tui.ui.widgets.start_choice import StartChoice
from screenshots.script import HOSTILE
from tests.scenes import frame_of

LAST = EntryId(1_795_356_200_000)
PRODUCTION = Config(environment="production")
_NOTHING = object()


def choice(place: int = 3, *, remembered: Start | None = None) -> Choice:
    """A declared group that is missing on a stream of 64 entries."""
    declared = MAESTRO.declared[place]
    return Choice(declared.key, declared.alias, 64, EntryId(1), LAST, 64, remembered)


def step(place: int = 0) -> CreateGroup:
    """A step with nothing to decide."""
    key = MAESTRO.declared[place].key
    assert key.group is not None
    return CreateGroup(key.stream, key.group)


class Asking(App[None]):
    """Opens the dialog and keeps the answer."""

    def __init__(self, plan: InitPlan, config: Config | None = None, *, versioned: bool = True) -> None:
        super().__init__()
        self.animation_level = "none"
        self.answer: object = _NOTHING
        self._dialog = InitDialog(plan, config or Config(), versioned=versioned)

    def on_mount(self) -> None:
        """Ask at once."""
        _ = self.push_screen(self._dialog, self._answered)

    def _answered(self, answer: Confirmed | None) -> None:
        self.answer = answer


async def answer(plan: InitPlan, *keys: str, config: Config | None = None, versioned: bool = True) -> object:
    """Press keys in the dialog and return what it answered."""
    app = Asking(plan, config, versioned=versioned)
    async with app.run_test(size=(80, 24)) as pilot:
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
    return app.answer


def agreed(got: object) -> InitPlan:
    """The plan that was agreed to."""
    assert isinstance(got, Confirmed)
    assert isinstance(got.plan, InitPlan)
    return got.plan


async def test_the_focus_is_on_cancel_so_that_enter_creates_nothing() -> None:
    assert await answer(InitPlan((step(),)), "enter") is None


async def test_escape_answers_none() -> None:
    assert await answer(InitPlan((step(),)), "escape") is None


async def test_y_agrees_to_what_is_decided() -> None:
    plan = InitPlan((step(), step(1)))
    assert await answer(plan, "y") == Confirmed(plan, operator(), "y")


async def test_the_button_agrees_once_it_has_the_focus() -> None:
    plan = InitPlan((step(),))
    assert await answer(plan, "right", "enter") == Confirmed(plan, operator(), "y")


async def test_with_nothing_chosen_nothing_can_be_agreed_to() -> None:
    assert await answer(InitPlan((), (choice(),)), "y", "right", "enter") is None
    assert await answer(InitPlan((), (choice(),)), "y") is _NOTHING


@pytest.mark.parametrize(
    ("keys", "start", "read"),
    [
        (("1",), ZERO, None),
        (("2",), LAST, 64),
        (("3",), EntryId(5), 7),
        (("up", "right", "right"), LAST, 64),
        (("up", "left", "left", "left"), EntryId(5), 7),
    ],
)
async def test_a_number_or_the_arrows_choose(keys: tuple[str, ...], start: EntryId, read: int | None) -> None:
    plan = InitPlan((), (choice(remembered=Start("remembered", EntryId(5), 7)),))
    got = await answer(plan, *keys, "y")
    assert [(one.start, one.entries_read) for one in agreed(got).steps] == [(start, read)]


async def test_an_old_server_gets_no_entriesread() -> None:
    got = await answer(InitPlan((), (choice(),)), "2", "y", versioned=False)
    assert isinstance(got, Confirmed)
    assert b"ENTRIESREAD" not in got.plan.commands()[0]


async def test_an_entry_id_can_be_typed() -> None:
    got = await answer(InitPlan((), (choice(),)), "3", *"17-3", "enter", "y")
    assert agreed(got).steps[0].start == EntryId(17, 3)


async def test_a_fault_in_what_is_typed_is_told_beside_it() -> None:
    app = Asking(InitPlan((), (choice(),)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3", *"yes[/]")
        await pilot.pause()
        fault = app.screen.query_one(StartChoice).query_one(".told", Static)
        assert fault.display
        assert "'yes[/]' is not an entry ID" in str(fault.content)
        await pilot.press("enter", "escape")
    assert app.answer is None


async def test_skipping_leaves_a_group_out_and_creates_the_rest() -> None:
    plan = InitPlan((step(),), (choice(1), choice(3)))
    got = await answer(plan, "up", "4", "up", "1", "y")
    assert [one.key for one in agreed(got).steps] == [step().key, choice(1).key]


async def test_only_one_start_of_a_choice_counts() -> None:
    got = await answer(InitPlan((), (choice(),)), "1", "2", "y")
    assert [one.start for one in agreed(got).steps] == [LAST]


async def test_production_wants_the_streams_short_name() -> None:
    plan = InitPlan((step(),), questions=("This is production.",))
    assert await answer(plan, "y", config=PRODUCTION) is _NOTHING
    assert await answer(plan, "up", *"job", "enter", config=PRODUCTION) is _NOTHING
    got = await answer(plan, "up", *"jobs", "enter", config=PRODUCTION)
    assert got == Confirmed(plan, operator(), "name")


async def test_production_wants_the_name_of_the_stream_that_was_chosen() -> None:
    plan = InitPlan((), (choice(1), choice(3)))
    got = await answer(plan, "up", "up", "1", "down", *"validation", "enter", config=PRODUCTION)
    assert [one.key for one in agreed(got).steps] == [choice(3).key]


async def test_questions_and_blocked_rows_are_shown() -> None:
    reason = "The key holds a string."
    plan = InitPlan((step(),), (), ((step(1).key, reason),), ("This database has 3 keys: is it the right one?",))
    app = Asking(plan)
    async with app.run_test(size=(80, 24)):
        texts = "\n".join(str(one.content) for one in app.screen.query(Static))
    assert "is it the right one?" in texts
    assert f"maestro:streams:automation:healing maestro-healing-workers: {reason}" in texts
    assert "XGROUP CREATE maestro:streams:automation:jobs maestro-automation-workers 0 MKSTREAM" in texts


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (40, 10)])
async def test_the_buttons_stay_in_sight_with_four_choices(size: tuple[int, int]) -> None:
    app = Asking(InitPlan((), tuple(choice(place) for place in range(4))), PRODUCTION)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for button in app.screen.query(Button):
            assert app.screen.region.contains_region(button.region)
            assert button.region.height == 1
        await pilot.press("up", "up")
        await pilot.pause()
        focused = app.screen.focused
        assert isinstance(focused, StartChoice)
        assert focused.region.overlaps(app.screen.query_one("#body").region)


@pytest.mark.parametrize("raw", HOSTILE)
async def test_a_hostile_name_is_only_shown(raw: bytes) -> None:
    """It neither acts nor breaks the dialog, and what is agreed to holds its exact bytes."""
    key = Key(Name(raw), Name(raw))
    plan = InitPlan(
        (CreateGroup(Name(raw), Name(raw)),),
        (replace(choice(), key=key, alias=raw.decode("utf-8", "replace")),),
        ((key, raw.decode("utf-8", "replace")),),
        taken_at_ms=LAST.ms,
    )
    app = Asking(plan, PRODUCTION)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("1")
        await pilot.pause()
        for line in app.screen._compositor.render_strips():
            assert line.text.isprintable()
        app.screen.query_one("#typed", Input).value = short_word(plan.steps[0].key, None)
        await pilot.pause()
        app.screen.query_one(ConfirmBar).agree("name")
        await pilot.pause()
    assert isinstance(app.answer, Confirmed)
    assert app.answer.plan.commands()[0][2] == raw


def test_the_word_is_what_a_keyboard_can_type() -> None:
    assert short_word(step(1).key, None) == "healing"
    assert short_word(Key(Name("x:\u202e".encode())), None) == "create"
    assert short_word(Key(Name(b"n" * 10_000)), None) == "create"


async def test_the_plan_of_the_incident_opens() -> None:
    frame = frame_of("incident")
    plan = plan_init(frame.snapshot, MAESTRO, frame.memory.positions, production=True)
    got = await answer(plan, "2", "down", *"validation", "enter", config=PRODUCTION)
    assert isinstance(got, Confirmed)
    assert got.plan.commands()[0][-2:] == (b"ENTRIESREAD", b"64")


async def test_in_production_letters_reach_the_field_from_cancel() -> None:
    plan = InitPlan((step(),), questions=("This is production.",))
    got = await answer(plan, *"jobs", "enter", config=PRODUCTION)
    assert got == Confirmed(plan, operator(), "name")


async def test_the_field_says_what_to_type_and_enter_on_cancel_says_that_nothing_was_sent() -> None:
    app = Asking(InitPlan((step(),), questions=("This is production.",)), PRODUCTION)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        assert "type jobs here" in str(app.screen.query_one("#typed", Input).placeholder)
        await pilot.press("enter")
        await pilot.pause()
        assert [note.message for note in app._notifications] == ["cancelled: nothing was sent"]
    assert app.answer is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [("17-3", "delivers what comes after 17-3"), ("2026-11-22T14:03:00Z", "delivers entries from that time on")],
)
async def test_a_typed_start_is_told_in_words_and_enter_leaves_the_field(typed: str, told: str) -> None:
    app = Asking(InitPlan((), (choice(),)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await pilot.press(*typed)
        await pilot.press("enter")
        await pilot.pause()
        box = app.screen.query_one(StartChoice)
        assert str(box.query_one(".told", Static).content) == told
        assert app.screen.focused is box
        assert "1-4 or left/right choose" in "\n".join(str(one.content) for one in app.screen.query(Static))
