"""What every screen says about the data it shows: whose they are, how old, and whether they still move."""

from dataclasses import dataclass

from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import EMPTY, Frame
from maestro_tui.domain.quantities import clock, duration
from maestro_tui.domain.telling import running
from maestro_tui.engine.operation import Operation
from maestro_tui.engine.session import Session

_OVERDUE_POLLS = 3


@dataclass(frozen=True, slots=True)
class Status:
    """The moment as a face sees it. `shown` lags behind `latest` while the screen is frozen, as do their ages."""

    config: Config
    shown: Frame
    latest: Frame
    frozen: bool
    age_s: float | None
    latest_age_s: float | None
    waited_s: float
    every_s: float
    share: float
    behind: tuple[str, ...] = ()

    @property
    def age(self) -> str:
        """The age of what is shown, spelled."""
        return duration(None if self.age_s is None else round(self.age_s * 1000))

    @property
    def taken(self) -> str:
        """The server's time of what is shown, spelled."""
        return clock(self.shown.snapshot.taken_at_ms)

    @property
    def overdue(self) -> bool:
        """Whether no poll came for several periods, without a failure that would say why."""
        age_s = self.latest_age_s
        return age_s is not None and age_s > _OVERDUE_POLLS * self.every_s + self.config.timeout_s

    @property
    def stale(self) -> bool:
        """Whether what is shown must not be acted on."""
        return self.frozen or self.overdue or self.latest.trouble is not None or not self.latest.ever_polled


class Present:
    """The latest frame and the one that is shown, which stays behind while the screen is frozen."""

    def __init__(self, session: Session) -> None:
        self.latest: Frame = EMPTY
        self.shown: Frame = EMPTY
        self.frozen = False
        self.behind: list[Operation] = []
        self._session = session
        self._shown_seen_s: float | None = None

    def take(self, frame: Frame) -> None:
        """Accept a newer frame."""
        self.latest = frame
        if not self.frozen:
            age_s = self._session.monitor.age_s()
            self._shown_seen_s = None if age_s is None else self._session.clock.monotonic_s() - age_s
            self.shown = frame

    def freeze(self) -> None:
        """Hold what is shown, or go on with the latest."""
        self.frozen = not self.frozen
        self.take(self.latest)

    def status(self) -> Status:
        """Return this moment."""
        monitor, seen_s = self._session.monitor, self._shown_seen_s
        return Status(
            self._session.config,
            self.shown,
            self.latest,
            self.frozen,
            None if seen_s is None else self._session.clock.monotonic_s() - seen_s,
            monitor.age_s(),
            monitor.waited_s(),
            monitor.every_s,
            monitor.share(),
            tuple(running(one.confirmed.plan, one.progress) for one in self.behind),
        )
