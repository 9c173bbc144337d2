"""The switchboard: freezing, quitting, and the one key that mends, which claims only what a later poll saw."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from maestro_tui.domain.config import Config
from maestro_tui.domain.outcomes import Outcome, StepOutcome
from maestro_tui.domain.plans import Batch, InitPlan
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.trouble import Trouble
from maestro_tui.engine.operations import Operations
from maestro_tui.ui.screens.init import InitDialog
from screenshots.script import SCENES, UNREACHABLE
from tests.fakes import FakeWriter
from tests.ui.staging import AUDIT, Stage, staged
from tests.ui.waiting import until

EMPTY = SCENES["empty"]


def _later(name: str) -> Snapshot:
    last = SCENES[name].script[-1]
    assert isinstance(last, Snapshot)
    return replace(last, taken_at_ms=last.taken_at_ms + 3_000)


def _writer(stage: Stage) -> FakeWriter:
    writer = stage.app.session.writer
    assert isinstance(writer, FakeWriter)
    return writer


async def test_one_key_creates_everything_and_the_screen_shows_that_it_worked(tmp_path: Path) -> None:
    """Nothing to decide: no dialog, four groups, one toast, two lines in the log."""
    async with staged("empty", tmp_path) as stage:
        await stage.press("i")
        plans = _writer(stage).plans
        assert [len(plan.steps) for plan in plans if isinstance(plan, InitPlan)] == [4]
        assert len(plans) == 1
        assert stage.toasts() == [], "sent is not seen"
        stage.will_see(_later("calm"))
        await stage.poll()
        assert stage.toasts() == ["created: jobs, healing, errors, validation (seen on the server at 14:03:25Z)"]
        assert "no problem found" in "\n".join(stage.lines())
    records = [json.loads(line) for line in (tmp_path / AUDIT).read_text(encoding="utf-8").splitlines()]
    # The problems that it ended are in the log, too.
    records = [one for one in records if one["record"] != "problem"]
    assert [(one["record"], one.get("how")) for one in records] == [("intent", "key"), ("outcome", None)]


async def test_it_claims_only_what_the_following_poll_saw(tmp_path: Path) -> None:
    """The server said OK, and yet: two of the four are not there."""
    async with staged("empty", tmp_path) as stage:
        await stage.press("i")
        whole = _later("calm")
        stage.will_see(replace(whole, streams=(*whole.streams[:2], *_later("empty").streams[2:])))
        await stage.poll()
        (text,) = stage.toasts()
        assert text.startswith("created: jobs, healing (seen")
        assert "Not seen by that poll: errors, validation." in text


async def test_a_poll_that_began_before_the_write_proves_nothing(tmp_path: Path) -> None:
    """It may have looked before anything was there."""
    async with staged("empty", tmp_path) as stage:
        stage.app.session.monitor.polling = True
        await stage.press("i")
        stage.will_see(_later("empty"), _later("calm"))
        await stage.poll()
        assert stage.toasts() == []
        await stage.poll()
        assert stage.toasts()[0].startswith("created: jobs, healing, errors, validation")


async def test_a_poll_that_never_comes_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sent, but nobody saw it."""
    monkeypatch.setattr("maestro_tui.ui.acting.init.SEEN_WITHIN_S", 0.05)
    async with staged("empty", tmp_path) as stage:
        await stage.press("i")
        await until(stage, "Sent (jobs, healing, errors, validation), but no poll has seen")


def _half(plan: Batch) -> Outcome:
    assert isinstance(plan, InitPlan)
    trouble = Trouble("denied", "NOPERM: no XGROUP on this key.", "Ask for +xgroup.")
    words = [StepOutcome(step.key, "created") for step in plan.steps[:2]]
    return Outcome.of((*words, *(StepOutcome(step.key, "refused", trouble) for step in plan.steps[2:])))


async def test_a_partly_done_plan_says_why_and_what_now(tmp_path: Path) -> None:
    """An operator must not have to guess which half."""
    async with staged("empty", tmp_path, writer=FakeWriter(_half)) as stage:
        await stage.press("i")
        whole = _later("calm")
        stage.will_see(replace(whole, streams=(*whole.streams[:2], *_later("empty").streams[2:])))
        await stage.poll()
        (text,) = stage.toasts()
        for wanted in ("Partly: NOPERM: no XGROUP on this key. Ask for +xgroup.", "created: jobs, healing"):
            assert wanted in text
        assert [note.severity for note in stage.app._notifications] == ["error"]


async def test_an_unwritable_log_stops_the_write_and_shows_the_line(tmp_path: Path) -> None:
    """A write that nobody can trace is not done."""
    (tmp_path / AUDIT).mkdir()
    async with staged("empty", tmp_path) as stage:
        await stage.press("i")
        await stage.pilot.pause()
        assert _writer(stage).plans == []
        (text,) = stage.toasts()
        assert text.startswith("Refused: The audit log")
        assert '"record":"intent"' in text


@pytest.mark.parametrize(
    ("scene", "wanted"),
    [
        (SCENES["calm"], "Nothing is missing"),
        (SCENES["unreachable"], "No plan from stale data: " + UNREACHABLE.sentence),
        (SCENES["connecting"], "No plan from stale data: no fresh answer"),
        (replace(SCENES["frozen"], then=()), "No plan from a frozen screen"),
        (replace(EMPTY, later_s=30.0), "No plan from stale data: no fresh answer"),
    ],
    ids=["nothing missing", "unreachable", "connecting", "frozen", "overdue"],
)
async def test_no_plan_where_there_should_be_none(tmp_path: Path, scene: object, wanted: str) -> None:
    """And the reason is said, not left to be guessed."""
    async with staged(scene, tmp_path) as stage:  # type: ignore[arg-type]
        await stage.press("i")
        assert stage.toasts()[0].startswith(wanted)
        assert _writer(stage).plans == []


async def test_read_only_takes_the_key_away(tmp_path: Path) -> None:
    """Neither in the bar nor under the finger."""
    async with staged("read_only", tmp_path) as stage:
        assert "init" not in stage.lines()[-1]
        assert "READ-ONLY" in stage.lines()[0]
        await stage.press("i")
        assert _writer(stage).plans == []
        stage.app.action_init()
        await stage.pilot.pause()
        assert "read-only" in stage.toasts()[0]


@pytest.mark.parametrize(
    "scene", [SCENES["incident"], replace(EMPTY, config=Config(environment="production"))], ids=["choice", "production"]
)
async def test_what_must_be_decided_is_asked(tmp_path: Path, scene: object) -> None:
    """Escape sends nothing."""
    async with staged(scene, tmp_path) as stage:  # type: ignore[arg-type]
        await stage.press("i")
        assert isinstance(stage.app.screen, InitDialog)
        await stage.press("escape")
        assert stage.on_overview
        assert _writer(stage).plans == []


async def test_the_targets_are_those_of_the_plan_not_of_a_later_poll(tmp_path: Path) -> None:
    """While the dialog is open the world goes on."""
    async with staged("incident", tmp_path) as stage:
        await stage.press("i")
        await stage.poll(3)
        assert isinstance(stage.app.screen, InitDialog)
        await stage.press("escape")


async def test_freezing_holds_the_screen_and_thawing_shows_the_present(tmp_path: Path) -> None:
    """To read a number that flickers; polling goes on below."""
    async with staged("incident", tmp_path) as stage:
        await stage.press("p")
        stage.will_see(_later("calm"))
        stage.clock.advance(12)
        await stage.poll()
        stage.app._tick()
        await stage.pilot.pause()
        assert "FROZEN 14:03:22Z, 12s ago" in stage.lines()[0]
        assert "left behind" in "\n".join(stage.lines())
        await stage.press("p")
        assert "● live 14:03:25Z" in stage.lines()[0]
        assert "left behind" not in "\n".join(stage.lines())


async def test_a_frozen_screen_tells_of_a_lost_server(tmp_path: Path) -> None:
    """Holding still must not hide that."""
    async with staged("incident", tmp_path) as stage:
        await stage.press("p")
        stage.will_see(UNREACHABLE)
        await stage.poll()
        assert UNREACHABLE.sentence in "\n".join(stage.lines())


async def test_the_pace_can_be_changed(tmp_path: Path) -> None:
    """Slower for a poor line, faster for a close look."""
    async with staged("incident", tmp_path) as stage:
        await stage.press("plus")
        assert stage.app.session.monitor.every_s == 2.0
        await stage.press("minus", "minus")
        assert stage.app.session.monitor.every_s == 0.5
        assert "poll 0.5s" in stage.lines()[0]


@pytest.mark.parametrize("key", ["question_mark", "d", "t", "y", "enter", "colon"])
async def test_every_screen_opens_and_leads_back(tmp_path: Path, key: str) -> None:
    """Escape always leads back."""
    async with staged("incident", tmp_path) as stage:
        await stage.press(key)
        assert not stage.on_overview
        await stage.poll()
        await stage.press("escape")
        assert stage.on_overview
        assert stage.selected == "healing"


async def test_what_was_polled_meanwhile_is_shown_on_the_way_back(tmp_path: Path) -> None:
    """A screen that was covered must not come back with old numbers."""
    async with staged("incident", tmp_path) as stage:
        await stage.press("t")
        stage.will_see(_later("calm"))
        await stage.poll()
        await stage.press("escape")
        assert "no problem found" in "\n".join(stage.lines())


async def test_q_goes_back_and_then_quits(tmp_path: Path) -> None:
    """Exit code 0."""
    async with staged("incident", tmp_path) as stage:
        await stage.press("enter", "q")
        assert stage.on_overview
        await stage.press("q")
        assert stage.app.return_value == 0


async def test_quitting_waits_for_what_is_in_flight(tmp_path: Path) -> None:
    """A write is never cut off by leaving."""
    writer = FakeWriter()
    writer.gate.clear()
    async with staged("empty", tmp_path, writer=writer) as stage:
        await stage.press("i", "q")
        assert "1 action in flight" in stage.toasts()[0]
        assert stage.app.return_value is None
        writer.gate.set()
        operations: Operations = stage.app.session.operations
        await operations.drain(1)
        await stage.pilot.pause()
        await stage.pilot.pause()
        assert stage.app.return_value == 0
    assert '"outcome":"done"' in (tmp_path / AUDIT).read_text(encoding="utf-8")


async def test_an_unknown_theme_is_told_and_does_no_harm(tmp_path: Path) -> None:
    """A typing error in the configuration must not cost the dashboard."""
    scene = replace(SCENES["calm"], config=Config(theme="[red]\x1b[2J"))
    async with staged(scene, tmp_path) as stage:
        assert stage.toasts()[0].startswith("There is no theme '[red]\\\\x1b[2J'")
        assert stage.app.theme == "textual-dark"
        assert [note.severity for note in stage.app._notifications] == ["warning"]
        assert "There is no theme" in "\n".join(stage.lines())


async def test_ten_changes_of_the_pace_leave_one_toast(tmp_path: Path) -> None:
    """A stack of them would cover the table."""
    async with staged("incident", tmp_path) as stage:
        await stage.press(*["plus"] * 10)
        assert len(stage.toasts()) == 1


async def test_a_replica_has_no_key_that_writes(tmp_path: Path) -> None:
    """Neither in the bar nor under the finger."""
    async with staged("empty", tmp_path) as stage:
        seen = _later("empty")
        stage.will_see(replace(seen, nodes=tuple(replace(one, role="replica") for one in seen.nodes)))
        await stage.poll()
        await stage.press("i")
        assert "init" not in stage.lines()[-1]
        assert _writer(stage).plans == []


@pytest.mark.parametrize(("then", "sent"), [("incident", 1), ("calm", 0)])
async def test_what_changed_while_it_was_read_is_not_sent(tmp_path: Path, then: str, sent: int) -> None:
    """Look again: the plan that was agreed to is about a server that is no more."""
    async with staged("incident", tmp_path) as stage:
        await stage.press("i")
        await stage.press("2")
        stage.will_see(_later(then))
        await stage.poll()
        await stage.press(*"validation", "enter")
        assert len(_writer(stage).plans) == sent
        assert ("things changed while you read: look again and press i" in stage.toasts()) is not bool(sent)


async def test_the_footer_stays_while_a_dialog_is_open(tmp_path: Path) -> None:
    """What a dialog covers does not jump."""
    async with staged("incident", tmp_path) as stage:
        names = {one.binding.action for one in stage.overview.active_bindings.values()}
        await stage.press("d")
        assert {one.binding.action for one in stage.overview.active_bindings.values()} == names
        assert {"filter", "explain", "copy"} <= names
