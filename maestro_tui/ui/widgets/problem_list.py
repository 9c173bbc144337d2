"""The list of problems over the rows: as high as it has to be, scrolled where there are more than lines for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.geometry import Size

from maestro_tui.domain.quantities import clock
from maestro_tui.domain.text import clip
from maestro_tui.ui.widgets.lines import Line
from maestro_tui.ui.widgets.problems import Problem
from maestro_tui.ui.widgets.table import LineTable, Spelling


@dataclass(frozen=True, slots=True)
class Listed:
    """A problem with its line."""

    problem: Problem
    line: Line


class ProblemList(LineTable[Listed]):
    """Problems without a line of titles."""

    DEFAULT_CSS = """
    ProblemList { height: auto; width: 1fr; }
    """
    TITLE_LINES = 0

    def __init__(self, *, ascii_only: bool, id: str) -> None:
        spelling: Spelling[Listed] = Spelling(lambda one: one.problem.identity, lambda one, _: one.line, lambda _: ())
        super().__init__(spelling, marks=(">" if ascii_only else "▸", " "), id=id)
        self.shows_cursor = False
        self._most = 1

    @property
    def problem(self) -> Problem | None:
        """The selected problem."""
        return None if self.selected is None else self.selected.problem

    @property
    def hidden(self) -> tuple[Problem, ...]:
        """The problems out of sight, above and below."""
        out = (*self.rows[: self.top], *self.rows[self.top + self._most :])
        return tuple(one.problem for one in out)

    def list(self, problems: Sequence[Problem], lines: Sequence[Line], most: int, calm: Line) -> None:
        """Show these problems, at most so many at a time; with none of them the line that says so."""
        before, self._most = self._height, most
        self.set_rows([Listed(one, line) for one, line in zip(problems, lines, strict=True)], () if problems else calm)
        if self._height != before:
            self.refresh(layout=True)

    @property
    def _height(self) -> int:
        return min(self._most, len(self.rows)) or int(bool(self._footnote))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        """As many rows as there are problems, within what the screen gives them."""
        return self._height


def problem_details(problem: Problem | None, cells: int, *, lost: bool) -> tuple[Line, Line]:
    """Tell about the selected problem what its line had no room for; `lost`: it was selected and is over."""
    if problem is None:
        text = " The selected problem is over: l has it." if lost else " No problem is selected."
        return ((clip(text, cells), "muted"),), ()
    since = problem.findings[0].since_ms
    head = f" {problem.title}" + (f"; {problem.evidence}" if problem.evidence else "")
    follows = f"follows from {problem.follows}; " if problem.follows else ""
    when = f"since {clock(since)} ({problem.since}); " if since else ""
    rest = f" {when}{follows}next: {problem.next_step}"
    return ((clip(head, cells), "strong"),), ((clip(rest, cells), "plain"),)
