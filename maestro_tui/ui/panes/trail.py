"""The pages one has come through."""

from maestro_tui.domain.names import EntryId


class Trail:
    """Where each page begins (above which ID), and how many entries stand before it; None where nobody knows."""

    def __init__(self) -> None:
        self._starts: list[tuple[EntryId | None, int | None]] = [(None, 0)]

    @property
    def start(self) -> EntryId | None:
        """The ID above which the present page begins."""
        return self._starts[-1][0]

    @property
    def before(self) -> int | None:
        """How many entries stand before the present page."""
        return self._starts[-1][1]

    @property
    def first(self) -> bool:
        """Whether there is no page to go back to."""
        return len(self._starts) == 1

    def forward(self, after: EntryId, passed: int) -> None:
        """Go on to the page above an ID, `passed` entries further on."""
        known = self.before
        self._starts.append((after, None if known is None else known + passed))

    def jump(self, after: EntryId | None) -> None:
        """Go to a page of which nobody knows how many entries stand before it; the way back leads here."""
        self._starts.append((after, None if after is not None else 0))

    def back(self) -> None:
        """Go back to the page before."""
        if not self.first:
            self._starts.pop()

    def restart(self) -> None:
        """Begin again at the beginning."""
        self._starts = [(None, 0)]
