"""Watches what becomes of the copies once all are made: until they have settled, or a minute has passed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from maestro_tui.domain.progress import Fates
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.canary import HOPELESS
from maestro_tui.engine.copies import Copies
from maestro_tui.engine.operation import Operation
from maestro_tui.engine.pausing import pause
from maestro_tui.engine.ports import Clock
from maestro_tui.engine.recorder import Recorder
from maestro_tui.engine.records import spell_fates

WATCH_S: Final = 60.0
_EVERY_S: Final = 1.0


@dataclass(slots=True)
class Watch:
    """One operation's watch; `after` is called about once a second, so that somebody polls."""

    operation: Operation
    copies: Copies
    recorder: Recorder
    clock: Clock
    after: Callable[[], None]
    _began_s: float = 0.0
    _fates: Fates | None = None
    _trouble: Trouble | None = None
    _logged: bool = False

    async def run(self) -> None:
        """Look until all have settled, the time is up, or somebody says stop; then log what was seen."""
        self._began_s = self.clock.monotonic_s()
        self._publish()
        while not await self._look():
            self.after()
            if await pause(self.clock, min(_EVERY_S, WATCH_S - self._watched_s), self.operation.stop_asked):
                break
        self._logged = True
        await self.recorder.write("watch", self._record())

    def cut_short(self) -> None:
        """Log at once what was seen until now, if that is not done yet."""
        if not self._logged:
            self.recorder.write_at_once("watch", self._record())

    async def _look(self) -> bool:
        """Return whether there is no more to see."""
        try:
            self._fates, self._trouble = await self.copies.look(), None
        except Failure as failure:
            self._trouble = failure.trouble
        self._publish()
        if self._trouble is not None:
            return self._trouble.fault in HOPELESS or self._watched_s >= WATCH_S
        return self._watched_s >= WATCH_S or (self._fates is not None and self._fates.settled)

    @property
    def _watched_s(self) -> float:
        return self.clock.monotonic_s() - self._began_s

    def _publish(self) -> None:
        fates = self._fates or self.operation.progress.fates
        stopping = self.operation.stop_asked.is_set()
        self.operation.publish(replace(self.operation.progress, phase="watching", fates=fates, stopping=stopping))

    def _record(self) -> dict[str, object]:
        return spell_fates(self._fates, self._watched_s, self._trouble)
