"""The dialogs of an action, in every state: what would be done, how far it is, and how it ended."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen

from maestro_tui.domain.frame import Frame
from maestro_tui.domain.liveness import Live
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.outcomes import Outcome, Word
from maestro_tui.domain.plans import Confirmed, MovePlan, Proposal
from maestro_tui.domain.plans.propose import Criteria, Situation, propose_move, propose_position, survey_chosen
from maestro_tui.domain.progress import Fates, Progress
from maestro_tui.domain.snapshot import exact
from maestro_tui.domain.trouble import Trouble
from maestro_tui.engine.operation import Operation
from maestro_tui.ui.acting.desk import situation
from maestro_tui.ui.app import MaestroApp
from maestro_tui.ui.screens.plan import PlanDialog
from maestro_tui.ui.screens.progress import ProgressScreen
from screenshots.script import HEALING, NOW_MS, SCENES, Scene
from screenshots.stage import open_app, play, self_contained

HEALING_KEY = Key(Name.of("maestro:streams:automation:healing"), Name.of("maestro-healing-workers"))
WORKER_1, WORKER_2 = Name.of("worker-1"), Name.of("worker-2")

Opens = Callable[[Situation], Screen[Any]]
_STAGING = replace(SCENES["incident"], config=SCENES["staging"].config)
_LOST = Trouble(
    "unreachable",
    "The connection ended while the answer was awaited.",
    "Look at the stream before you do it again.",
)


@dataclass(frozen=True, slots=True)
class DialogScene:
    """A scene of the overview with a dialog over it."""

    scene: Scene
    opens: Opens
    press: tuple[str, ...] = ()


async def play_dialog(pilot: Pilot[int], dialog: DialogScene) -> None:
    """Play the scene, open the dialog over it and press its keys."""
    await play(pilot, dialog.scene)
    app = pilot.app
    assert isinstance(app, MaestroApp)
    await app.push_screen(dialog.opens(situation(app)))
    await pilot.pause()
    for key in dialog.press:
        await pilot.press(key)
    await pilot.pause()


async def dialog_picture(name: str, size: tuple[int, int], audit: Path) -> str:
    """Return a dialog as SVG, the same bytes each time."""
    app = open_app(DIALOGS[name].scene, audit)
    async with app.run_test(size=size) as pilot:
        await play_dialog(pilot, DIALOGS[name])
        return self_contained(app.export_screenshot(title=f"maestro-tui {name}"))


def _proposal(now: Situation) -> Proposal:
    """What R on the healing group proposes."""
    row = now.row(HEALING_KEY)
    assert row is not None
    return propose_move("requeue", survey_chosen(HEALING.pending, row, now.config, NOW_MS), now)


def _deserted(frame: Frame) -> Frame:
    """The frame with a healing group in which certainly nobody is live."""
    gone = Live({WORKER_1: False})
    return replace(frame, rows=tuple(replace(row, live=gone) if row.key == HEALING_KEY else row for row in frame.rows))


def _plan(now: Situation) -> Screen[Any]:
    return PlanDialog("requeue", _proposal(now), production=now.production)


def _no_worker(now: Situation) -> Screen[Any]:
    return _plan(replace(now, frame=_deserted(now.frame)))


def _one(now: Situation) -> Screen[Any]:
    row = now.row(HEALING_KEY)
    assert row is not None
    found = survey_chosen(HEALING.pending[:1], row, now.config, NOW_MS)
    return PlanDialog("dead-letter", propose_move("dead-letter", found, now), production=now.production)


def _refusal(now: Situation) -> Screen[Any]:
    row = now.row(HEALING_KEY)
    assert row is not None
    found = survey_chosen((), row, now.config, NOW_MS)
    found = replace(found, words=Criteria("stuck").words(now.limits.of(HEALING_KEY.stream)))
    return PlanDialog("requeue", propose_move("requeue", found, now), production=now.production)


def _position(now: Situation) -> Screen[Any]:
    row = now.row(HEALING_KEY)
    assert row is not None
    assert row.stream.last_id is not None
    return PlanDialog("set position", propose_position(HEALING_KEY, row.stream.last_id, now), production=now.production)


async def _never() -> Proposal:
    """Look for ever."""
    await asyncio.Event().wait()
    raise AssertionError


def _looking(now: Situation) -> Screen[Any]:
    return PlanDialog("requeue", _never, production=now.production)


def _operation(progress: Progress, word: Word | None = None, trouble: Trouble | None = None) -> Opens:
    """A requeue of the healing group at that progress; with `word` it has ended so."""

    def open_screen(now: Situation) -> Screen[Any]:
        plan = _proposal(now).offers[0].plan
        assert isinstance(plan, MovePlan)
        operation = Operation("20261122T140322Z-1a2b3c", Confirmed(plan, "kim", "count"), progress)
        if word is not None:
            operation.conclude(Outcome(word, (), trouble, progress.counts))
        return ProgressScreen(operation, ascii_only=now.config.ascii)

    return open_screen


_204 = exact(204)
_MOVING = Progress("moving", _204, {"done": 41, "not pending": 2, "delivered again": 1}, took_s=3.4)
_CANARY = Progress(
    "canary", _204, {"done": 1}, "1795354642000-0 went as 1795356202001-0: waiting until somebody acknowledges it.",
    Fates(1, waiting=1), took_s=2.0,
)  # fmt: skip
_CANARY_STOPPED = Progress(
    "ended", _204, {"done": 1, "not tried": 203},
    "The canary 1795356202001-0 came back un-acked: worker-2 received it, went on to newer entries and left it pending."
    " The rest was not sent. Look at worker-2's log; D sets aside what can never succeed.",
    Fates(1, pending={WORKER_2: 1}, failed=1), stopped="by itself", took_s=9.0,
)  # fmt: skip
_PARTLY_COUNTS = {"done": 198, "not pending": 3, "delivered again": 2, "poison": 1}
_WATCH = Progress("watching", exact(50), {"done": 50}, fates=Fates(50, acked=41, pending={WORKER_2: 9}), took_s=1.0)
_STOPPED = Progress("ended", _204, {"done": 100, "not tried": 104}, stopped="by the operator", took_s=5.0)
_UNKNOWN = Progress("ended", _204, {"done": 100, "unknown": 100, "not tried": 4}, took_s=6.0)

DIALOGS: Mapping[str, DialogScene] = {
    "plan": DialogScene(_STAGING, _plan),
    "plan_one": DialogScene(_STAGING, _one),
    "plan_production": DialogScene(SCENES["incident"], _plan, tuple("heal")),
    "plan_overrides": DialogScene(_STAGING, _no_worker, (*"214", "space", *"no-worker", "space", *"running")),
    "plan_position": DialogScene(SCENES["incident"], _position),
    "plan_refusal": DialogScene(_STAGING, _refusal),
    "plan_looking": DialogScene(_STAGING, _looking),
    "progress": DialogScene(_STAGING, _operation(_MOVING)),
    "progress_ascii": DialogScene(SCENES["ascii"], _operation(_MOVING)),
    "progress_canary": DialogScene(_STAGING, _operation(_CANARY)),
    "progress_canary_stopped": DialogScene(_STAGING, _operation(_CANARY_STOPPED, "partly")),
    "progress_partly": DialogScene(
        _STAGING, _operation(replace(_MOVING, phase="ended", counts=_PARTLY_COUNTS, took_s=4.0), "partly")
    ),
    "progress_refused": DialogScene(
        _STAGING,
        _operation(
            Progress("ended", _204),
            "refused",
            Trouble("denied", "NOPERM: this user may not run XADD on this key.", "Ask for +xadd on it."),
        ),
    ),
    "progress_stopped": DialogScene(_STAGING, _operation(_STOPPED, "partly")),
    "progress_unknown": DialogScene(_STAGING, _operation(_UNKNOWN, "unknown", _LOST)),
    "progress_watch": DialogScene(_STAGING, _operation(_WATCH, "done")),
    "progress_done": DialogScene(
        _STAGING, _operation(replace(_WATCH, phase="ended", fates=Fates(50, acked=50)), "done")
    ),
}
"""Every dialog, by name."""
