"""The entries pane: what is in the stream, oldest or newest first, whoever has received it."""

from dataclasses import dataclass, replace
from typing import Final

from maestro_tui.domain.dead import is_dead
from maestro_tui.domain.explain import Told as Explanation
from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.quantities import clock, thousands
from maestro_tui.engine.ports import EntriesPage
from maestro_tui.engine.session import Session
from maestro_tui.ui.looks import before
from maestro_tui.ui.marks import Marks
from maestro_tui.ui.panes.pane import Pane, mark_glyph
from maestro_tui.ui.widgets.entries import EntryLine, entry_details, entry_lines, entry_spelling, explain_entry
from maestro_tui.ui.widgets.lines import Line

PAGE: Final = 100
"""Entries of a page: as many as the reader gives."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which page is shown: the entries beyond `after`, or with `backwards` those just before it, in the order shown."""

    newest_first: bool
    after: EntryId | None = None
    backwards: bool = False


class EntriesPane(Pane[EntryLine]):
    """Pages through a stream in either direction. Dead letters can be marked, to be taken back."""

    def __init__(self, session: Session, key: Key) -> None:
        glyph = mark_glyph(ascii_only=session.config.ascii)
        super().__init__(session, entry_spelling(glyph, grouped=key.group is not None), id="entries")
        self.marks: Marks[None] = Marks()
        self.markable = is_dead(key.stream)
        # What is set aside is taken back oldest first; of a stream at work the newest tells most.
        self.following = not self.markable
        self._key = key
        self._place = self._came_from = Place(newest_first=self.following)
        self._shown: Place | None = None
        self._page = EntriesPage((), None)

    def list_again(self) -> None:
        """List the page."""
        lines = () if self.row is None else entry_lines(self._page.rows, self.row, self.later_ms)
        at_top = self.selection.index == 0
        self.set_rows([replace(line, marked=True) if line.id in self.marks else line for line in lines])
        if self.following and at_top and self.selection.index != 0:
            self.action_first()

    def heading(self) -> str:
        """Name the pane, how much of the stream is shown, and in which order."""
        total = 0 if self.row is None else self.row.stream.length
        if self._shown is None:
            return f"Entries {thousands(total)}"
        shown = len(self.rows)
        part = thousands(shown) if shown >= total else f"{thousands(shown)} of {thousands(total)}"
        order = "newest first" if self._place.newest_first else "oldest first"
        return f"Entries {part}, {order}{', following' if self.following else ''}"

    def notes(self) -> tuple[str, ...]:
        """Tell of marks, of the time that the page is about, and of the ways elsewhere."""
        told = []
        if self.marks:
            elsewhere = len(self.marks) - sum(line.marked for line in self.rows)
            told.append(f"{len(self.marks):,} marked" + (f" ({elsewhere:,} not shown)" if elsewhere else ""))
        times = [line.id.ms for line in self.rows if line.age_ms is not None]
        if times:
            told.append(f"{clock(min(times))} to {clock(max(times))}")
        told += self.page_notes()
        told.append("f oldest first" if self.following else "f follows the newest")
        return (*told, "@ jumps")

    def explained(self) -> Explanation | None:
        """Tell what the selected entry's columns mean."""
        return None if self.selected is None else explain_entry(self.selected)

    def details(self, cells: int) -> tuple[Line, Line]:
        """Tell about the selected entry."""
        return entry_details(self.selected, cells, lost=self.selection.lost is not None)

    def may_turn(self, by: int) -> bool:
        """Whether there is, as far as is known, a page there."""
        here = self._place
        if (by < 0) == here.backwards:
            return self._page.next_after is not None
        return here.backwards or here.after is not None

    def turn(self, by: int) -> None:
        """Go to the next page, or to the one before."""
        ids = [line.id for line in self.rows]
        if ids:
            after = ids[-1] if by > 0 else ids[0]
            self._move_to(replace(self._place, after=after, backwards=by < 0))

    def jump(self, to: EntryId) -> None:
        """Go to the first entry that is not below an ID, oldest first from there."""
        self._move_to(Place(newest_first=False, after=before(to)))

    def follow(self) -> None:
        """Show the newest first and stay there; while it does, show the oldest first instead."""
        following = not self.following
        self._move_to(Place(newest_first=following))
        self.following = following

    def _move_to(self, place: Place) -> None:
        self._came_from, self._place, self.following = self._place, place, False
        self.ask()

    async def read(self) -> None:
        """Read the page."""
        place = self._place
        page = await self.session.reader.entries(
            self._key.stream, place.after, PAGE, newest_first=place.newest_first != place.backwards
        )
        if place != self._place:
            return
        if place.backwards and page.next_after is None:
            # What is left before the first page is no page: show the first one in full.
            self._place = Place(place.newest_first)
            self.ask()
            return
        if not page.rows and place.after is not None:
            self._stay(place)
            return
        self._page = EntriesPage(page.rows[::-1], page.next_after) if place.backwards else page
        turned, self._shown = self._shown != place, place
        self._see_after_marks(complete=place.after is None and page.next_after is None)
        if turned:
            self.list_again()
            self.action_first()

    def _stay(self, place: Place) -> None:
        """Return from where nothing is; where even the page one came from is empty now, to the beginning."""
        back = self._came_from if self._came_from != place else Place(place.newest_first)
        self._place = self._came_from = back
        self.post_message(self.Told("There are no entries beyond this place."))
        self.ask()

    def mark(self) -> None:
        """Mark the selected entry, or take its mark away."""
        if self.selected is not None:
            self.marks.toggle(self.selected.id, None)
            self.changed()

    def mark_range(self) -> bool:
        """Mark from the last marked entry to the selected one; False where that one is not shown."""
        line = self.selected
        done = line is not None and self.marks.extend([(one.id, None) for one in self.rows], line.id)
        self.changed()
        return done

    def mark_all(self) -> None:
        """Mark all that is shown, or unmark it."""
        self.marks.toggle_all([(line.id, None) for line in self.rows])
        self.changed()

    def chosen(self) -> tuple[tuple[EntryId, ...], bool]:
        """Return the marked entries, or the selected one where none is marked; and whether they are marked."""
        if self.marks:
            return self.marks.ids, True
        return (() if self.selected is None else (self.selected.id,)), False

    def _see_after_marks(self, *, complete: bool) -> None:
        """Drop the marks of entries that the page would hold if they were still there."""
        ids = sorted(row.id for row in self._page.rows)
        if not ids and not complete:
            return
        above, up_to = (None, None) if complete else (before(ids[0]), ids[-1])
        dropped = self.marks.saw(dict.fromkeys(ids), above, up_to)
        if dropped:
            self.tell_dropped(dropped, "in the stream")
