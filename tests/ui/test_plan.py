"""The plan dialog: what is agreed to is exactly what was shown, and nothing is agreed to by accident."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from textual.app import App
from textual.widgets import Button, Input, Static

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.plans import Chosen, Confirmed, MovePlan, Offer, PositionPlan, Proposal, Target
from maestro_tui.domain.trouble import Failure
from maestro_tui.engine.audit import operator
from maestro_tui.ui.screens.confirm import ConfirmBar
from maestro_tui.ui.screens.plan import PlanDialog
from screenshots.script import HOSTILE, UNREACHABLE

KEY = Key(Name.of("maestro:streams:automation:healing"), Name.of("maestro-healing-workers"))
_NOTHING = object()


def move(many: int = 204) -> MovePlan:
    """A requeue of so many entries."""
    targets = tuple(Target(EntryId(number + 1), Name.of("worker-1"), 900_000, 1) for number in range(many))
    return MovePlan("requeue", KEY, Chosen(targets), 1_795_356_202_000, KEY.stream)


ONE = Proposal("requeue 1 entry", ("It is copied.",), (), (Offer(move(1), "requeue 1"),))
MANY = Proposal("requeue 204 entries", ("They are copied.",), (), (Offer(move(), "requeue 204", ("204",)),))
EITHER = Proposal(
    "requeue 214 entries",
    ("10 may still be running.",),
    ("Order is lost.",),
    (
        Offer(move(), "requeue 204", ("204",)),
        Offer(move(214), "requeue 214, 10 of which may still be running", ("214", "running"), frozenset({"running"})),
    ),
    commands=move().commands(),
)
REFUSED = Proposal("requeue 3 entries", refusal="The stream is capped: requeue all that is stuck.")


class Asking(App[None]):
    """Opens the dialog and keeps the answer."""

    def __init__(self, source: Proposal | Callable[[], Awaitable[Proposal]], *, production: bool = False) -> None:
        super().__init__()
        self.animation_level = "none"
        self.answer: object = _NOTHING
        self.dialog = PlanDialog("requeue", source, production=production)

    def on_mount(self) -> None:
        """Ask at once."""
        _ = self.push_screen(self.dialog, self._answered)

    def _answered(self, answer: Confirmed | None) -> None:
        self.answer = answer

    def text(self) -> str:
        """The screen as text."""
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips(self.size))


async def answer(proposal: Proposal, *keys: str, production: bool = False) -> object:
    """Press keys in the dialog and return what it answered."""
    app = Asking(proposal, production=production)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
        await pilot.pause()
    return app.answer


@pytest.mark.parametrize("proposal", [ONE, MANY, EITHER, REFUSED])
@pytest.mark.parametrize("key", ["enter", "escape"])
async def test_neither_enter_nor_escape_agrees(proposal: Proposal, key: str) -> None:
    assert await answer(proposal, key) is None


async def test_y_agrees_to_a_single_entry() -> None:
    assert await answer(ONE, "y") == Confirmed(ONE.offers[0].plan, operator(), "y")


async def test_y_does_nothing_where_the_count_must_be_typed() -> None:
    assert await answer(MANY, "y") is _NOTHING


async def test_the_count_agrees_to_many_and_digits_reach_the_field_from_cancel() -> None:
    assert await answer(MANY, *"204", "enter") == Confirmed(MANY.offers[0].plan, operator(), "count")


@pytest.mark.parametrize("typed", ["203", "2040", "204x", "204 running", ""])
async def test_any_other_word_agrees_to_nothing(typed: str) -> None:
    keys = ["space" if one == " " else one for one in typed]
    assert await answer(MANY, *keys, "enter") in (_NOTHING, None)
    app = Asking(MANY)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()
        assert app.screen.query_one("#go", Button).disabled


async def test_what_is_typed_chooses_the_offer() -> None:
    careful, wide = EITHER.offers
    assert await answer(EITHER, *"204", "enter") == Confirmed(careful.plan, operator(), "count")
    got = await answer(EITHER, *"214", "space", "space", *"running", "space", "enter")
    assert got == Confirmed(wide.plan, operator(), "override", frozenset({"running"}))


async def test_each_offer_says_what_must_be_typed_for_it() -> None:
    app = Asking(EITHER)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        text = app.text()
    assert "type 204          to requeue 204" in text
    assert "type 214 running  to requeue 214, 10 of which may still be running" in text
    assert "Order is lost." in text
    assert "XADD maestro:streams:automation:healing" in text


async def test_production_is_confirmed_by_the_streams_name() -> None:
    proposal = Proposal("requeue 204", offers=(Offer(move(), "requeue 204", ("healing",)),))
    assert await answer(proposal, "y", "enter", production=True) is _NOTHING
    got = await answer(proposal, *"healing", "enter", production=True)
    assert got == Confirmed(proposal.offers[0].plan, operator(), "name")


async def test_a_position_is_confirmed_by_name_anywhere() -> None:
    plan = PositionPlan(KEY, EntryId(5), 5, EntryId(3), None, 0)
    proposal = Proposal("set position", offers=(Offer(plan, "rewind to 3-0", ("healing",)),), commands=plan.commands())
    assert await answer(proposal, *"healing", "enter") == Confirmed(plan, operator(), "name")


async def test_one_way_without_words_beside_one_with_them_is_typed_too() -> None:
    proposal = Proposal(
        "requeue 2",
        offers=(
            Offer(move(1), "requeue 1"),
            Offer(move(2), "requeue 2", ("2", "running"), frozenset({"running"})),
        ),
    )
    got = await answer(proposal, "y", "enter")
    assert got == Confirmed(proposal.offers[0].plan, operator(), "y")


async def test_a_refusal_says_why_and_has_only_a_way_out() -> None:
    app = Asking(REFUSED)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "The stream is capped" in app.text()
        assert [str(one.label) for one in app.screen.query(Button)] == ["Close"]
        await pilot.press("y", "enter")
        await pilot.pause()
    assert app.answer is None


async def test_while_it_looks_it_says_so_and_escape_ends_the_look() -> None:
    ended: list[str] = []

    async def look() -> Proposal:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise
        return ONE

    app = Asking(look)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "looking ..." in app.text()
        await pilot.press("y", "enter")
        assert app.answer is _NOTHING
        await pilot.press("escape")
        await pilot.pause()
        assert app.answer is None
    assert ended == ["cancelled"]


async def test_what_was_found_takes_the_place_of_the_look() -> None:
    found = asyncio.Event()

    async def look() -> Proposal:
        await found.wait()
        return MANY

    app = Asking(look)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        # Typed too early, it counts for nothing.
        await pilot.press(*"204", "enter")
        found.set()
        await pilot.pause()
        await pilot.pause()
        assert "requeue 204 entries" in app.text()
        assert app.screen.focused is app.screen.query_one("#cancel")
        assert app.screen.query_one("#typed", Input).value == ""
        await pilot.press(*"204", "enter")
        await pilot.pause()
    assert isinstance(app.answer, Confirmed)


async def test_a_look_that_fails_is_a_refusal() -> None:
    async def look() -> Proposal:
        raise Failure(UNREACHABLE)

    app = Asking(look)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert UNREACHABLE.sentence in app.text().replace("\n", " ")
        assert not app.screen.query(ConfirmBar)


async def test_a_look_that_nobody_foresaw_does_not_end_the_dashboard() -> None:
    async def look() -> Proposal:
        raise KeyError("x")

    app = Asking(look)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.pause()
        assert "The plan could not be made (KeyError)" in app.text()


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (40, 10)])
async def test_the_buttons_stay_in_sight(size: tuple[int, int]) -> None:
    long = Proposal(EITHER.title, ("A fact of some length. " * 8,) * 12, EITHER.warnings * 4, EITHER.offers)
    app = Asking(long, production=True)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for widget in (*app.screen.query(Button), app.screen.query_one("#typed")):
            assert app.screen.region.contains_region(widget.region)
            assert widget.region.height == 1
        before = app.text()
        await pilot.press("down", "pagedown")
        await pilot.pause()
        assert app.text() != before
        assert app.answer is _NOTHING


@pytest.mark.parametrize("raw", HOSTILE)
async def test_hostile_names_are_only_shown(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    key = Key(Name(raw), Name(raw))
    plan = MovePlan("requeue", key, Chosen((Target(EntryId(1), Name(raw)),)), 0, Name(raw))
    offers = (Offer(plan, text, ("1",)), Offer(plan, text, ("1", "running"), frozenset({"running"})))
    app = Asking(Proposal(text, (text,), (text,), offers, commands=plan.commands()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for line in app.screen._compositor.render_strips():
            assert line.text.isprintable()
        await pilot.press("1", "enter")
        await pilot.pause()
    assert isinstance(app.answer, Confirmed)
    assert app.answer.plan is plan


async def test_the_commands_of_a_single_step_are_said_to_be_sent() -> None:
    plan = PositionPlan(KEY, EntryId(5), 5, EntryId(3), None, 0)
    app = Asking(Proposal("set position", offers=(Offer(plan, "rewind", ("healing",)),), commands=plan.commands()))
    async with app.run_test(size=(80, 24)):
        texts = "\n".join(str(one.content) for one in app.screen.query(Static))
    assert "To be sent:" in texts
    assert "XGROUP SETID maestro:streams:automation:healing maestro-healing-workers 3-0" in texts


async def test_a_wrong_word_is_answered_and_not_taken() -> None:
    """Enter that does nothing in silence would be pressed again."""
    app = Asking(MANY)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*"205", "enter")
        assert "Not taken: type 204, nothing else." in app.text()
        assert app.answer is _NOTHING
        await pilot.press("backspace")
        await pilot.pause()
        assert "Type 204 and enter to requeue 204" in app.text()


@pytest.mark.parametrize("proposal", [ONE, MANY])
async def test_ctrl_c_cancels(proposal: Proposal) -> None:
    """From the field, too, which would take it for a copy."""
    assert await answer(proposal, "2", "ctrl+c") is None


@pytest.mark.parametrize("size", [(40, 10), (80, 24)])
async def test_what_it_is_about_and_how_to_read_on_are_in_sight(size: tuple[int, int]) -> None:
    name = "requeue 204 entries of maestro:streams:automation:healing maestro-healing-workers"
    app = Asking(Proposal(name, tuple(f"Fact {number}." for number in range(40)), (), MANY.offers))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause()
        text = "".join(app.text().split())
    for part in (name, "Fact 0.", "Type 204", "type 204 here", "Cancel", "Requeue", "↑ ↓"):
        assert part.replace(" ", "") in text


@pytest.mark.parametrize(("label", "button"), [("take back 12", "Take back"), ("requeue 204", "Requeue")])
async def test_the_button_says_what_it_does(label: str, button: str) -> None:
    app = Asking(Proposal("undo claim", (), (), (Offer(move(), label),)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert str(app.screen.query_one("#go", Button).label) == button
