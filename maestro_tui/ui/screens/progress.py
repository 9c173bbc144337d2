"""An operation on its way: how far it is, what is left alone and why, what becomes of the copies, how it ended."""

import asyncio
from collections.abc import Iterable
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import MovePlan, Plan
from maestro_tui.domain.progress import Progress
from maestro_tui.domain.quantities import count, duration, rate
from maestro_tui.domain.telling import about, action_of, counted, ended, fates_told, left_alone, past_of
from maestro_tui.domain.text import visible
from maestro_tui.engine.operation import Operation
from maestro_tui.ui.screens.dialog import Dialog, paragraph

_LONGEST_TEXT = 2_000
_MOST_UNLOGGED = 8
# Nobody reads faster, and each update lays the dialog out again.
_EVERY_S = 0.1

Told = tuple[str, str]
"""A paragraph, and the class it is shown in."""


class ProgressScreen(Dialog[bool]):
    """Follows an operation; answers whether it has ended, or was left to go on behind the screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "stop", "stop"),
        Binding("q,enter", "leave", "close", show=False),
        Binding("up,k", "scroll(-1)", "up", show=False),
        Binding("down,j", "scroll(1)", "down", show=False),
    ]
    DEFAULT_CSS = """
    ProgressScreen {
        & #foot { height: 1; margin-top: 1; text-wrap: nowrap; text-overflow: ellipsis; }
        & .good { color: $text-success; text-style: bold; }
        & .fault { text-style: bold; }
        &.-low #foot { margin-top: 0; }
    }
    """
    AUTO_FOCUS = "#body"

    def __init__(self, operation: Operation, *, ascii_only: bool = False) -> None:
        plan = operation.confirmed.plan
        key = about(plan)
        super().__init__(visible(f"{action_of(plan).capitalize()}{'' if key is None else f': {key}'}", _LONGEST_TEXT))
        self._operation = operation
        self._ascii = ascii_only
        self._told: tuple[Told, ...] = ()

    def body(self) -> Iterable[Widget]:
        """Return what there is to tell now."""
        self._told = self._telling()
        return tuple(paragraph(text, style) for text, style in self._told)

    def foot(self) -> Iterable[Widget]:
        """Say what the keys do now."""
        yield Static(Content(self._keys()), id="foot", classes="muted", markup=False)

    def foot_height(self) -> int:
        """Return the lines of the keys."""
        return 1 if self.low else 2

    def on_mount(self) -> None:
        """Follow it."""
        self.run_worker(self._follow(), exit_on_error=False)

    async def _follow(self) -> None:
        async for _ in self._operation.updates():
            await self._show()
            await asyncio.sleep(_EVERY_S)
        # What its end added, such as a line that the log did not take.
        await self._show()

    async def _show(self) -> None:
        told = self._telling()
        if [style for _, style in told] != [style for _, style in self._told]:
            body = self.query_one("#body", VerticalScroll)
            await body.remove_children()
            await body.mount(*(paragraph(text, style) for text, style in told))
        else:
            for widget, (text, _) in zip(self.query("#body .paragraph").results(Static), told, strict=True):
                widget.update(Content(text))
        self._told = told
        self.query_one("#foot", Static).update(Content(self._keys()))

    def _telling(self) -> tuple[Told, ...]:
        operation = self._operation
        plan = operation.confirmed.plan
        lines = telling(plan, operation.progress, operation.outcome, self._bar())
        if operation.unlogged:
            shown = operation.unlogged[-_MOST_UNLOGGED:]
            more = len(operation.unlogged) - len(shown)
            head = "The log could not take these lines" + (f" ({more:,} more before them)" if more else "") + ":"
            lines += tuple((visible(text, _LONGEST_TEXT), "fault") for text in (head, *shown))
        return lines

    def _bar(self) -> str:
        progress = self._operation.progress
        total = progress.total.at_least
        cells = min(60, self.cells())
        filled = min(cells, (progress.done + progress.left_alone) * cells // total) if total else 0
        full, empty = ("#", "-") if self._ascii else ("█", "░")
        return full * filled + empty * (cells - filled)

    def _keys(self) -> str:
        progress = self._operation.progress
        if progress.phase == "ended":
            return "esc closes"
        if progress.phase == "watching":
            return "s ends the watch  esc closes, the watch goes on (l shows it)"
        stop = "stopping after the batch under way" if progress.stopping else "s stops after the batch under way"
        return f"{stop}  esc leaves it running (l shows it)"

    def action_stop(self) -> None:
        """Ask it to end after the batch that is under way."""
        self._operation.stop()

    def action_leave(self) -> None:
        """Close; what is under way goes on."""
        _ = self.dismiss(self._operation.progress.phase == "ended")

    def action_scroll(self, lines: int) -> None:
        """Move by lines."""
        self.query_one("#body").scroll_relative(y=lines, animate=False)


def telling(plan: Plan, progress: Progress, outcome: Outcome | None, bar: str = "") -> tuple[Told, ...]:
    """Tell all of an operation, a paragraph each: where it is or how it ended, why entries were left, the copies."""
    lines = [*_under_way(plan, progress, bar)] if outcome is None else [*_over(plan, progress, outcome)]
    lines += [(f"  {reason}", "plain") for reason in left_alone(counted(progress, outcome))]
    if progress.fates is not None:
        failed = progress.fates.failed > 0
        # While it runs, and of many, only the newest are looked at: they must not be read as all of them.
        seen, copied = progress.fates.looked_at, progress.done
        of = "Copies" if seen >= copied else f"Of {copied:,} copies the newest {seen:,}"
        lines.append((f"{of}: {fates_told(progress.fates)}.", "alarm" if failed else "plain"))
    if outcome is not None and progress.phase == "watching":
        lines.append(("Watching what becomes of the copies, for a minute at most.", "muted"))
    return tuple((visible(text, _LONGEST_TEXT), style) for text, style in lines)


def _under_way(plan: Plan, progress: Progress, bar: str) -> Iterable[Told]:
    waits = {
        "queued": "Waiting for another action to end.",
        "canary": "Canary: one copy goes first and must come back acknowledged before the rest follows.",
    }.get(progress.phase)
    if waits:
        yield waits, "plain"
    if progress.sentence:
        yield progress.sentence, "plain"
    if progress.phase in ("moving", "canary"):
        speed = f"  {rate(progress.done / progress.took_s)}/s" if progress.took_s else ""
        left = f", {progress.left_alone:,} left alone" if progress.left_alone else ""
        took = f"  {duration(round(progress.took_s * 1000))}" if progress.took_s else ""
        yield bar, "plain"
        yield f"{progress.done:,} of {count(progress.total)} {past_of(plan)}{left}{speed}{took}", "plain"
    if progress.stopping:
        yield "Stopping: the batch under way is finished first.", "alarm"


def _over(plan: Plan, progress: Progress, outcome: Outcome) -> Iterable[Told]:
    told = ended(plan, progress, outcome)
    if outcome.word == "unknown":
        yield f"UNKNOWN. {told}", "fault"
        yield _look_first(plan), "alarm"
    elif progress.stopped == "by itself":
        yield f"It stopped by itself. {told}", "fault"
    elif progress.stopped == "by the operator":
        yield f"Stopped by you. {told}", "alarm"
    elif outcome.word == "refused":
        yield told, "fault"
    else:
        yield (f"Done. {told}", "good") if outcome.word == "done" else (f"Partly. {told}", "alarm")
    if progress.sentence:
        yield progress.sentence, "plain"
    if outcome.trouble is not None and str(outcome.trouble) != progress.sentence:
        yield str(outcome.trouble), "plain"


def _look_first(plan: Plan) -> str:
    key = about(plan)
    where = "the streams" if key is None else str(key)
    copies = " and at the newest entries" if isinstance(plan, MovePlan) and plan.copies else ""
    return (
        "It was sent and the answer was lost: it may have been done or not. It is never retried:"
        f" look at {where}{copies} before you do it again."
    )
