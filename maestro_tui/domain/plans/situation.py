"""The moment in which something is planned: what was seen, and what the operator configured."""

from dataclasses import dataclass

from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.plans.init import short_word
from maestro_tui.domain.rates import Trail
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import Node


@dataclass(frozen=True, slots=True)
class Situation:
    """The latest frame and the settings; `frozen`: the operator looks at an earlier frame, which is held still."""

    frame: Frame
    config: Config
    frozen: bool = False

    def row(self, key: Key) -> Row | None:
        """Return the row that something is planned for."""
        return self.frame.row(key)

    @property
    def node(self) -> Node | None:
        """The first server; None where none was seen."""
        return next(iter(self.frame.snapshot.nodes), None)

    def node_of(self, row: Row) -> Node | None:
        """Return the server that holds a row's stream."""
        return self.frame.snapshot.node(row.stream.node) or self.node

    @property
    def production(self) -> bool:
        """Whether every plan needs more than one key."""
        return self.config.environment == "production"

    @property
    def limits(self) -> Limits:
        """The thresholds."""
        return self.config.limits

    @property
    def taken_at_ms(self) -> int:
        """When the frame was taken, by the server's clock."""
        return self.frame.snapshot.taken_at_ms

    def trail(self, stream: Name) -> Trail:
        """Return the last samples of a stream's counters."""
        return self.frame.memory.trails.get(Key(stream), ())

    def short_word(self, key: Key) -> str:
        """Return the short name of a stream, as it is typed."""
        return short_word(key, self.config.topology.alias(key.stream))

    def words(self, key: Key, number: int, *overrides: str) -> tuple[str, ...]:
        """Return what must be typed: the stream's name in production, else the number where it is more than one.

        Then each override, by its name.
        """
        first = (self.short_word(key),) if self.production else (str(number),) if number != 1 else ()
        return (*first, *overrides)
