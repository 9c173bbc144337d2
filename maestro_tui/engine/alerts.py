"""Tells of problems where nobody looks: the terminal's bell, and the operator's hook.

Neither ever delays a poll: what is to be told waits in a short queue, and one hook runs at a time.
"""

import asyncio
import json
import os
import shlex
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Final

from maestro_tui.domain.config import Config
from maestro_tui.domain.document import problem
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.quantities import timestamp
from maestro_tui.domain.rules import Ended, Finding, Severity
from maestro_tui.domain.rules.finding import Identity
from maestro_tui.engine.hook import Hook, without_secrets
from maestro_tui.engine.ports import Clock
from maestro_tui.engine.problems import Follower, News

SCHEMA: Final = 1
MOST_WAITING: Final = 32
QUIET_S: Final = 3.0
"""The bell rings at most once in so many seconds."""


def _nobody(*_: object) -> None:
    """Hear nothing: no face has said yet how it tells things."""


class Alerts:
    """Rings and runs the hook for what is new in the frames it takes, what gets worse, and (the hook) what is over.

    What was there at the first look is not told before it gets worse: whoever opens a dashboard on a sick system sees
    it. With `from_the_start` it is, for a watch that nobody looks at. `say` hears each kind of trouble with the hook
    once, `ring` rings the bell.
    """

    def __init__(self, config: Config, clock: Clock, environ: Mapping[str, str] | None = None) -> None:
        self.say: Callable[[str], object] = _nobody
        self.ring: Callable[[], object] = _nobody
        self.from_the_start = False
        self.left_out = 0
        self._config = config
        self._clock = clock
        self._hook, self._broken = _hook_of(config, os.environ if environ is None else environ)
        self._follower = Follower()
        self._told: set[Identity] = set()
        self._waiting: deque[bytes] = deque()
        self._working: asyncio.Task[None] | None = None
        self._said: set[str] = set()
        self._rang_s: float | None = None

    @property
    def busy(self) -> bool:
        """Whether a hook runs, or waits to be run."""
        return self._working is not None and not self._working.done()

    def take(self, frame: Frame) -> News:
        """Tell what is new in a frame, and return it."""
        news = self._untold(self._follower.take(frame))
        self._maybe_ring((*news.began, *news.worse))
        if self._config.hook is not None:
            for finding in news.began:
                self._queue(self._spell("began", finding))
            for finding in news.worse:
                self._queue(self._spell("worse", finding))
            for ended in news.ended:
                self._queue(self._spell_end(ended))
        return news

    def _untold(self, news: News) -> News:
        """Return what there is to tell: of what was never told to be there, no end either."""
        began = tuple(one for one in news.began if self.from_the_start or not self._follower.was_there(one))
        ended = tuple(one for one in news.ended if one.finding.identity in self._told)
        self._told -= {one.finding.identity for one in news.ended}
        self._told |= {one.identity for one in (*began, *news.worse)}
        return News(began, ended, news.worse)

    def _maybe_ring(self, new: tuple[Finding, ...]) -> None:
        if not self._config.bell or all(one.severity is Severity.INFO for one in new):
            return
        now_s = self._clock.monotonic_s()
        if self._rang_s is None or now_s - self._rang_s >= QUIET_S:
            self._rang_s = now_s
            self.ring()

    def _spell(self, event: str, finding: Finding, **more: object) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "event": event,
            "server": str(self._config.address),
            "environment": self._config.environment,
            "profile": self._config.profile,
            **more,
            "problem": problem(finding, self._config.runbooks),
        }

    def _spell_end(self, ended: Ended) -> dict[str, Any]:
        at = timestamp(ended.ended_ms) if ended.ended_ms else None
        return self._spell("ended", ended.finding, ended_at=at, lasted_ms=ended.lasted_ms)

    def _queue(self, document: dict[str, Any]) -> None:
        if self._hook is None:
            self.left_out += 1
            self._say_once("broken", self._broken)
            return
        if len(self._waiting) >= MOST_WAITING:
            self.left_out += 1
            self._say_once("full", f"{MOST_WAITING} problems wait for the hook: what comes now is not passed on to it.")
            return
        self._waiting.append(json.dumps(document).encode() + b"\n")
        if not self.busy:
            self._working = asyncio.get_running_loop().create_task(self._work(self._hook), name="hook")

    async def _work(self, hook: Hook) -> None:
        while self._waiting:
            trouble = await hook.run(self._waiting.popleft())
            if trouble:
                self._say_once(trouble, trouble)

    def _say_once(self, kind: str, sentence: str) -> None:
        if kind not in self._said:
            self._said.add(kind)
            self.say(sentence)

    async def aclose(self, within_s: float = 0.0) -> int:
        """Give what is waiting so many seconds, end what still runs; return how many events the hook was not given."""
        working, self._working = self._working, None
        if working is not None:
            _, running = await asyncio.wait({working}, timeout=within_s)
            if running:
                self.left_out += len(self._waiting) + 1
                self._waiting.clear()
                working.cancel()
                await asyncio.wait({working})
        return self.left_out


def _hook_of(config: Config, environ: Mapping[str, str]) -> tuple[Hook | None, str]:
    """Return the hook; None and a sentence where its command cannot be read."""
    if config.hook is None:
        return None, ""
    try:
        command = shlex.split(config.hook)
    except ValueError as error:
        return None, f"The hook cannot be started: its command has {str(error).lower()}. Mend hook in the settings."
    if not command:
        return None, "The hook cannot be started: its command is empty. Mend hook in the settings."
    password = config.address.password
    secrets = [] if password is None else [password.reveal()]
    return Hook(command, config.hook_timeout_s, without_secrets(environ, secrets)), ""
