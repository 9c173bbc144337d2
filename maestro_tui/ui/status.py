"""What every screen says about the data it shows: whose they are, how old, and whether they still move."""

from dataclasses import dataclass

from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.quantities import clock, duration

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
