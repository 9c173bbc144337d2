"""Choosing one of several: by number or with the arrows; what is not possible says why and is never taken."""

import pytest
from textual.app import App

from maestro_tui.ui.screens.menu import Choice, MenuScreen, Typed
from screenshots.script import HOSTILE

CHOICES = (
    Choice("redrive", "redrive", "back to the stream", why_not="no stream of dead letters"),
    Choice("ack", "ack", "drop without processing"),
    Choice("remove the group", "group", "its position is lost"),
)
_NOTHING = object()


def number(text: str) -> str:
    """Take a number."""
    if not text.isdigit():
        raise ValueError(f"{text!r} is no number")
    return f"number {text}"


class Choosing(App[None]):
    """Opens the menu and keeps the answer."""

    def __init__(self, choices: tuple[Choice[str], ...] = CHOICES, typed: Typed[str] | None = None) -> None:
        super().__init__()
        self.animation_level = "none"
        self.answer: object = _NOTHING
        self.menu = MenuScreen("More", choices, typed, ascii_only=False)

    def on_mount(self) -> None:
        """Open at once."""
        _ = self.push_screen(self.menu, self._answered)

    def _answered(self, answer: str | None) -> None:
        self.answer = answer

    def text(self) -> str:
        """The screen as text."""
        return "\n".join(strip.text.rstrip() for strip in self.screen._compositor.render_strips(self.size))


async def answer(*keys: str, typed: Typed[str] | None = None) -> object:
    """Press keys in the menu and return what it answered."""
    app = Choosing(typed=typed)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
    return app.answer


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [
        (("enter",), "ack"),
        (("2",), "ack"),
        (("3",), "group"),
        (("down", "enter"), "group"),
        (("escape",), None),
        (("q",), None),
        (("1",), _NOTHING),
        (("up", "enter"), _NOTHING),
        (("9",), _NOTHING),
    ],
)
async def test_numbers_and_arrows_take_what_is_possible(keys: tuple[str, ...], wanted: object) -> None:
    assert await answer(*keys) is wanted or await answer(*keys) == wanted


async def test_what_is_not_possible_says_why() -> None:
    app = Choosing()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert "no stream of dead letters" in app.text()
        await pilot.press("1")
        await pilot.pause()
        assert app.text().count("no stream of dead letters") == 2


TYPED = Typed("a number ...", "a number", number)


async def test_something_else_can_be_typed() -> None:
    assert await answer("4", *"17", "enter", typed=TYPED) == "number 17"
    assert await answer("down", "down", "enter", *"3", "enter", typed=TYPED) == "number 3"


async def test_what_cannot_be_read_is_told_and_can_be_mended() -> None:
    app = Choosing(typed=TYPED)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4", *"x", "enter")
        await pilot.pause()
        assert "'x' is no number" in app.text()
        assert app.answer is _NOTHING
        await pilot.press("backspace", *"21", "enter")
        await pilot.pause()
    assert app.answer == "number 21"


async def test_from_the_field_the_way_back_is_up() -> None:
    assert await answer("4", *"x", "up", "2", typed=TYPED) == "ack"


@pytest.mark.parametrize("size", [(80, 24), (40, 10)])
async def test_many_choices_scroll_and_the_keys_stay_in_sight(size: tuple[int, int]) -> None:
    choices = tuple(Choice(f"worker-{place}", str(place), "live") for place in range(200))
    app = Choosing(choices, TYPED)
    async with app.run_test(size=size) as pilot:
        await pilot.press("G", "up")
        await pilot.pause()
        assert "worker-199" in app.text()
        assert "esc cancels" in app.text()
        await pilot.press("enter")
        await pilot.pause()
    assert app.answer == "199"


@pytest.mark.parametrize("raw", HOSTILE)
async def test_hostile_names_are_only_shown(raw: bytes) -> None:
    text = raw.decode("utf-8", "replace")
    app = Choosing((Choice(text, "taken", text), Choice(text, "never", text, text or "no")))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for line in app.screen._compositor.render_strips():
            assert line.text.isprintable()
        await pilot.press("1")
        await pilot.pause()
    assert app.answer == "taken"
