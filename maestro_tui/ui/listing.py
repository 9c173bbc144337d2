"""Which rows the overview lists, and in which order: sickest first unless the operator chose a column."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from maestro_tui.domain.columns import COLUMNS, Labels, Shown
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.names import Key
from maestro_tui.domain.rows import Row
from maestro_tui.domain.rules import Severity


@dataclass(frozen=True, slots=True)
class Listing:
    """The listed rows; `total` counts all there are, `folded` the unused groups that match and are left out."""

    rows: tuple[Shown, ...]
    total: int
    folded: int


@dataclass(frozen=True, slots=True)
class View:
    """What the operator asked to see."""

    sort: str | None = None
    reverse: bool = False
    pattern: str = ""
    unused: bool = False

    def of(self, frame: Frame, trends: Mapping[Key, str] | None = None, *, ascii_only: bool = False) -> Listing:
        """List a frame's rows, each with the trend of its key."""
        matching = [row for row in frame.rows if self._matches(row)]
        kept = [row for row in matching if self.unused or row.state != "unused"]
        # One pass over the findings: asking for each row would be quadratic at hundreds of streams.
        rank: dict[Key | None, int] = {}
        severities: dict[Key | None, Severity] = {}
        for place, finding in enumerate(frame.findings):
            rank.setdefault(finding.key, place)
            severities.setdefault(finding.key, finding.severity)
        ordered = self._ordered(kept, rank)
        labels = Labels.of(frame.rows)
        listed = Counter(row.key.stream for row in kept)
        told = trends or {}
        rows = tuple(
            Shown(
                row,
                severities.get(row.key),
                labels,
                ascii_only,
                among=listed[row.key.stream] > 1,
                trend=told.get(row.key, ""),
            )
            for row in ordered
        )
        return Listing(rows, len(frame.rows), len(matching) - len(kept))

    def _matches(self, row: Row) -> bool:
        inverted = self.pattern.startswith("!")
        wanted = self.pattern[inverted:].casefold()
        if not wanted:
            return True
        texts = (str(row.key.stream), str(row.key.group or ""), row.alias or "", row.state)
        return any(wanted in text.casefold() for text in texts) is not inverted

    def _ordered(self, rows: list[Row], rank: dict[Key | None, int]) -> list[Row]:
        column = next((one for one in COLUMNS if one.id == self.sort), None)
        if column is None:
            worst_first = sorted(rows, key=lambda row: rank.get(row.key, len(rank)))
            return worst_first[::-1] if self.reverse else worst_first
        ordered = sorted(rows, key=column.sort)
        if not self.reverse:
            return ordered
        # Unknown values stay last: turned round, they would bury what was looked for.
        known = [row for row in ordered if column.sort(row)[0] == 0]
        return [*known[::-1], *(row for row in ordered if column.sort(row)[0] != 0)]
