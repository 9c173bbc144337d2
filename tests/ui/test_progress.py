"""The progress dialog: each state says what it is, and leaving it stops nothing."""

from dataclasses import replace

import pytest
from textual.app import App

from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Chosen, Confirmed, MovePlan, Target
from maestro_tui.domain.progress import Fates, Progress
from maestro_tui.domain.snapshot import at_least, exact
from maestro_tui.domain.trouble import Trouble
from maestro_tui.engine.operation import Operation
from maestro_tui.ui.screens.progress import ProgressScreen, telling
from screenshots.script import HOSTILE
from tests.patience import comes_true

KEY = Key(Name.of("maestro:streams:automation:healing"), Name.of("maestro-healing-workers"))
PLAN = MovePlan("requeue", KEY, Chosen((Target(EntryId(1)),)), 0, KEY.stream)
MOVING = Progress("moving", exact(204), {"done": 41, "not pending": 2, "moved on": 1}, took_s=4.1)
LOST = Trouble("unreachable", "The connection ended.", "Look first.")
_NOTHING = object()


def operation(progress: Progress = MOVING) -> Operation:
    """A requeue that is so far."""
    return Operation("20261122T140322Z-1", Confirmed(PLAN, "kim", "count"), progress)


class Showing(App[None]):
    """Opens the dialog and keeps the answer."""

    def __init__(self, shown: Operation) -> None:
        super().__init__()
        self.animation_level = "none"
        self.answer: object = _NOTHING
        self.shown = shown

    def on_mount(self) -> None:
        """Show at once."""
        _ = self.push_screen(ProgressScreen(self.shown), self._answered)

    def _answered(self, answer: bool | None) -> None:
        self.answer = answer

    def text(self) -> str:
        """The screen as text, its lines joined."""
        lines = (strip.text.strip() for strip in self.screen._compositor.render_strips(self.size))
        return " ".join(line for line in lines if line)

    async def shows(self, part: str) -> None:
        """Wait until it is on the screen."""

        async def there() -> bool:
            return part in self.text()

        await comes_true(there, part)


def told(progress: Progress, outcome: Outcome | None = None) -> str:
    """All that is told, in one text."""
    return "\n".join(text for text, _ in telling(PLAN, progress, outcome))


async def test_it_tells_how_far_it_is_and_why_entries_were_left() -> None:
    app = Showing(operation())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        text = app.text()
    for part in (
        "Requeue: maestro:streams:automation:healing maestro-healing-workers",
        "41 of 204 requeued, 3 left alone  10.0/s  4s",
        "2 no longer pending: acknowledged or moved by somebody else",
        "1 held by another consumer now",
        "s stops after the batch under way  esc leaves it running (l shows it)",
    ):
        assert part in text


def test_a_total_that_is_not_known_is_a_bound() -> None:
    assert "41 of >=1,000 requeued" in told(replace(MOVING, total=at_least(1_000)))


async def test_what_is_newer_takes_the_place_of_what_was_told() -> None:
    shown = operation()
    app = Showing(shown)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        shown.publish(replace(MOVING, counts={"done": 200, "not pending": 4}))
        await app.shows("200 of 204 requeued, 4 left alone")
        shown.conclude(Outcome("partly", counts={"done": 200, "not pending": 4}))
        shown.publish(Progress("ended", exact(204), {"done": 200, "not pending": 4}, took_s=9))
        await app.shows("Partly. 200 of 204 requeued in 9s, 4 left alone.")
        await app.shows("esc closes")
        await pilot.press("escape")
        await pilot.pause()
    assert app.answer is True


async def test_escape_leaves_it_running() -> None:
    shown = operation()
    app = Showing(shown)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("escape")
        await pilot.pause()
    assert app.answer is False
    assert not shown.stop_asked.is_set()


async def test_s_asks_it_to_stop_and_says_that_it_was_asked() -> None:
    shown = operation()
    app = Showing(shown)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("s")
        await app.shows("stopping after the batch under way")
        assert app.answer is _NOTHING
    assert shown.stop_asked.is_set()


def test_the_canary_is_told() -> None:
    text = told(Progress("canary", exact(204), {"done": 1}, "1-0 went as 9-0.", Fates(1, waiting=1)))
    assert "Canary: one copy goes first" in text
    assert "1-0 went as 9-0." in text
    assert "0 of 1 acked, 1 not yet delivered" in text


def test_a_run_that_stopped_by_itself_says_what_it_saw() -> None:
    saw = "The canary came back un-acked from worker-2."
    counts = {"done": 1, "not tried": 203}
    ended = Progress("ended", exact(204), counts, saw, Fates(1, pending={Name.of("worker-2"): 1}, failed=1))
    text = told(replace(ended, stopped="by itself"), Outcome("partly", counts=counts))
    assert text.startswith("It stopped by itself. 1 of 204 requeued")
    assert saw in text
    assert "203 not tried" in text
    assert "1 came back un-acked" in text


def test_stopped_by_hand_is_told_so() -> None:
    counts = {"done": 100, "not tried": 104}
    text = told(Progress("ended", exact(204), counts, stopped="by the operator"), Outcome("partly", counts=counts))
    assert text.startswith("Stopped by you. 100 of 204 requeued")


def test_an_unknown_outcome_is_an_alarm_that_says_where_to_look() -> None:
    counts = {"done": 100, "unknown": 100}
    lines = telling(PLAN, Progress("ended", exact(200), counts), Outcome("unknown", trouble=LOST, counts=counts))
    text = "\n".join(line for line, _ in lines)
    assert lines[0][1] == "fault"
    assert "UNKNOWN." in text
    assert "never retried: look at maestro:streams:automation:healing maestro-healing-workers" in text
    assert "before you do it again" in text
    assert "100 sent, and the answer was lost" in text


def test_refused_says_that_nothing_was_sent_and_why() -> None:
    text = told(Progress("ended", exact(204)), Outcome.refused(LOST))
    assert "Refused: nothing was sent" in text
    assert str(LOST) in text


def test_the_watch_tells_of_the_copies() -> None:
    fates = Fates(50, acked=41, pending={Name.of("worker-2"): 9})
    text = told(Progress("watching", exact(50), {"done": 50}, fates=fates), Outcome("done", counts={"done": 50}))
    assert "Done. 50 requeued." in text
    assert "41 of 50 acked, 9 pending on worker-2" in text
    assert "Watching what becomes of the copies" in text


def test_what_was_looked_at_in_part_is_a_bound() -> None:
    fates = Fates(50, acked=41, complete=False)
    assert ">=41 of 50 acked" in told(Progress("watching", exact(50), {"done": 50}, fates=fates))


async def test_lines_that_the_log_did_not_take_stand_on_the_screen() -> None:
    shown = operation(Progress("ended", exact(1), {"done": 1}))
    shown.conclude(Outcome("done", counts={"done": 1}))
    shown.unlogged.append('{"record":"outcome"}')
    app = Showing(shown)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert 'The log could not take these lines: {"record":"outcome"}' in app.text()


@pytest.mark.parametrize("raw", HOSTILE)
async def test_hostile_names_are_only_shown(raw: bytes) -> None:
    key = Key(Name(raw), Name(raw))
    text = raw.decode("utf-8", "replace")
    plan = replace(PLAN, key=key)
    fates = Fates(1, pending={Name(raw): 1})
    shown = Operation("1", Confirmed(plan, "kim", "y"), Progress("ended", exact(1), {"done": 1}, text, fates))
    shown.conclude(Outcome("unknown", trouble=Trouble("bug", text, text), counts={"unknown": 1}))
    app = Showing(shown)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        for line in app.screen._compositor.render_strips():
            assert line.text.isprintable()


def test_a_look_at_the_newest_copies_is_not_told_as_one_at_all_of_them() -> None:
    moving = replace(MOVING, counts={"done": 28_400}, fates=Fates(1_000, waiting=1_000))
    assert "Of 28,400 copies the newest 1,000: 0 of 1,000 acked" in told(moving)
    assert "Copies: 28,400 of 28,400 acked" in told(replace(moving, fates=Fates(28_400, acked=28_400)))
