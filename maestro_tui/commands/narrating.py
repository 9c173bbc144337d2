"""Tells on stderr how far an operation is: one line that is rewritten on a terminal, a line now and then elsewhere."""

import shutil
import sys
from collections.abc import Callable

from maestro_tui.commands.tell import tell
from maestro_tui.domain.plans import Verb
from maestro_tui.domain.progress import Fates, Phase, Progress
from maestro_tui.domain.quantities import count
from maestro_tui.domain.text import clip, visible

_EVERY_S = 10.0
_LONGEST = 1_000

PAST: dict[Verb, str] = {
    "claim": "claimed",
    "requeue": "requeued",
    "dead-letter": "dead-lettered",
    "redrive": "redriven",
    "ack": "acknowledged",
    "edit": "edited and requeued",
}
"""What has been done to an entry, by verb."""


class Narrator:
    """Shows one progress after another; `done` is the word for what is done to an entry."""

    def __init__(self, done: str, now_s: Callable[[], float]) -> None:
        self._done = done
        self._now_s = now_s
        self._rewrites = sys.stderr is not None and sys.stderr.isatty()
        self._line = ""
        self._phase: Phase = "queued"
        self._next_s = now_s() + _EVERY_S

    def show(self, progress: Progress) -> None:
        """Say where the operation is, if that is new enough to be worth a line."""
        text = _told(progress, self._done)
        if self._rewrites:
            self._rewrite(text)
        elif text and (progress.phase != self._phase or self._now_s() >= self._next_s):
            self._next_s = self._now_s() + _EVERY_S
            tell(text)
        self._phase = progress.phase

    def close(self) -> None:
        """Take the line away: what counts is told in the summary."""
        if self._rewrites:
            self._rewrite("")

    def _rewrite(self, text: str) -> None:
        if text == self._line:
            return
        cells = shutil.get_terminal_size((80, 24)).columns - 1
        self._line = text
        sys.stderr.write("\r" + clip(text, cells) + "\x1b[K")
        sys.stderr.flush()


def _told(progress: Progress, done: str) -> str:
    moved = f"{done} {progress.done:,} of {count(progress.total)}"
    left = f", {progress.left_alone:,} left alone" if progress.left_alone else ""
    what = {
        "queued": "waiting for another action to end",
        "canary": "one copy goes first and must come back acknowledged",
        "moving": moved + left,
        "watching": "watching: " + ("" if progress.fates is None else fates_told(progress.fates)),
        "ended": "",
    }[progress.phase]
    sentence = visible(progress.sentence, _LONGEST)
    stopping = "stopping after the batch under way" if progress.stopping and progress.phase != "ended" else ""
    return ". ".join(part.rstrip(". ") for part in (what, sentence, stopping) if part) if what else ""


def fates_told(fates: Fates) -> str:
    """Tell what became of copies: `41 of 50 acknowledged, 9 pending on worker-2`."""
    parts = [f"{fates.acked:,} of {fates.looked_at:,} acknowledged"]
    for holder, number in sorted(fates.pending.items(), key=lambda item: -item[1])[:5]:
        parts.append(f"{number:,} pending on {holder}")
    others = sum(fates.pending.values()) - sum(sorted(fates.pending.values(), reverse=True)[:5])
    parts += [f"{others:,} pending on others"] if others else []
    parts += [f"{fates.waiting:,} not yet delivered"] if fates.waiting else []
    parts += [f"{fates.failed:,} failed"] if fates.failed else []
    parts += [f"{fates.gone:,} deleted or trimmed before anybody received them"] if fates.gone else []
    return ", ".join(parts) + ("" if fates.complete else " (not all could be looked at)")
