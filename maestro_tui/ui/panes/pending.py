"""The pending pane: a group's pending entries, page by page or through a filter, with the operator's marks."""

from dataclasses import replace

from textual import on

from maestro_tui.domain.explain import Told as Explanation
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.quantities import plural, thousands
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.domain.text import visible
from maestro_tui.engine.ports import PendingRow, Preview
from maestro_tui.engine.session import Session
from maestro_tui.ui.looks import PAGE, WIDE_PAGE, Question, Sight, before, look
from maestro_tui.ui.marks import Marks
from maestro_tui.ui.panes.pane import Pane, mark_glyph
from maestro_tui.ui.panes.trail import Trail
from maestro_tui.ui.sieve import Sieve
from maestro_tui.ui.widgets.lines import Line
from maestro_tui.ui.widgets.payload import looked_into
from maestro_tui.ui.widgets.pending import (
    PendingLine,
    explain_pending,
    pending_details,
    pending_lines,
    pending_spelling,
)
from maestro_tui.ui.widgets.table import LineTable

# A look through many pages is repeated only after so many times of what it took, which bounds our share.
_RESTS = 9


class PendingPane(Pane[PendingLine]):
    """Pages through a pending list of any size; marks are kept by ID."""

    def __init__(self, session: Session, key: Key) -> None:
        super().__init__(session, pending_spelling(mark_glyph(ascii_only=session.config.ascii)), id="pending")
        self.marks: Marks[PendingEntry] = Marks()
        self.pattern = ""
        self._key = key
        self._sieve: Sieve | None = None
        self._trail = Trail()
        self._sight = Sight()
        self._answers: Question | None = None
        self._due = False
        self._rested_at_s = self._read_at_s = 0.0
        self._attempts: dict[EntryId, int] = {}
        self._previews: dict[EntryId, Preview] = {}
        self._tried: set[EntryId] = set()
        self._checked: EntryId | None = None
        self._dropped = 0

    # What is shown.

    def accept(self, row: Row | None, frame: Frame) -> None:
        """Take the group's row; without a group nothing is pending, and nothing marked."""
        if row is None or row.group is None:
            self._sight, self._answers = Sight(), None
            self._trail.restart()
            self.marks.clear()
        super().accept(row, frame)

    def list_again(self) -> None:
        """List what was found, with marks and with payloads that came later."""
        rows = tuple(self._filled(line.row) for line in self._sight.lines)
        judged = self._judge(rows)
        self._attempts |= {line.id: line.attempt for line in judged if line.attempt is not None}
        self.set_rows([replace(line, marked=True) if line.id in self.marks else line for line in judged])

    def _filled(self, row: PendingRow) -> PendingRow:
        if looked_into(row.preview):
            return row
        return PendingRow(row.entry, self._previews.get(row.entry.id, row.preview))

    def _judge(self, rows: tuple[PendingRow, ...]) -> tuple[PendingLine, ...]:
        if self.row is None:
            return ()
        # Negative where the rows are older than the poll.
        since_s = self.session.clock.monotonic_s() - self._read_at_s
        return pending_lines(rows, self.row, self.session.config.limits, self.later_ms - round(1000 * since_s))

    @property
    def _total(self) -> int:
        """How many entries there are to be looked at."""
        group = None if self.row is None else self.row.group
        if group is None:
            return 0
        name = self._question().consumer
        held = next((one.pending for one in group.consumers or () if one.name == name), None)
        return group.pending if held is None else held

    def heading(self) -> str:
        """Name the pane and the place in its list; a bound is said to be one."""
        total, sight = thousands(self._total), self._sight
        if self._answers is None:
            return f"Pending ? of {total}"
        if self._sieve is None:
            return f"Pending {self._place(len(sight.lines))}"
        found = len(sight.lines)
        if self._trail.first and sight.next_after is None and not sight.untold:
            return f"Pending {thousands(found)} of {total} match"
        return f"Pending >={thousands(found)} match, {self._place(sight.looked_at)} looked at"

    def _place(self, shown: int) -> str:
        total, passed = self._total, self._trail.before
        if passed is None:
            return f"{thousands(shown)} of {thousands(total)} from the jump on"
        if passed:
            return f"{passed + 1:,}-{passed + shown:,} of {thousands(total)}"
        return f"{thousands(shown)} of {thousands(total)}" if shown < total else thousands(shown)

    def notes(self) -> tuple[str, ...]:
        """Tell of marks and of the filter."""
        told = []
        if self.marks:
            elsewhere = len(self.marks) - sum(line.marked for line in self.rows)
            told.append(f"{len(self.marks):,} marked" + (f" ({elsewhere:,} not shown)" if elsewhere else ""))
        elif self.rows and self._sieve is None:
            told.append("space marks, A all shown")
        if self._sieve is not None:
            told.append(f"filter {visible(self.pattern, 40)}: esc clears")
            if self._sight.untold:
                told.append(f"{plural(self._sight.untold, 'payload')} not fetched")
            if self._sight.next_after is not None:
                told.append("> looks on")
            return tuple(told)
        return (*told, *self.page_notes())

    def explained(self) -> Explanation | None:
        """Tell what the selected entry's mark and columns mean."""
        return None if self.selected is None else explain_pending(self.selected, self._key, self.session.config.limits)

    def details(self, cells: int) -> tuple[Line, Line]:
        """Tell about the selected entry."""
        return pending_details(self.selected, cells, lost=self.selection.lost is not None)

    # Where in the list one is.

    def sift(self, pattern: str, sieve: Sieve | None) -> None:
        """Show only what passes a sieve, from the beginning of the list; None shows all."""
        if (pattern, sieve) == (self.pattern, self._sieve):
            return
        self.pattern, self._sieve = pattern, sieve
        self._trail.restart()
        self.refresh_page()

    def may_turn(self, by: int) -> bool:
        """Whether there is a page there."""
        return self._sight.next_after is not None if by > 0 else not self._trail.first

    def turn(self, by: int) -> None:
        """Go to the next page, or the one before; with a filter the look goes on from where it ended."""
        if by > 0 and self._sight.next_after is not None and self._answers == self._question():
            self._trail.forward(self._sight.next_after, self._sight.looked_at)
        elif by < 0:
            self._trail.back()
        self.refresh_page()

    def jump(self, to: EntryId) -> None:
        """Go to the first pending entry that is not below an ID."""
        self._trail.jump(before(to))
        self.refresh_page()

    # Marks.

    def mark(self) -> None:
        """Mark the selected entry, or take its mark away."""
        if self.selected is not None:
            self.marks.toggle(self.selected.id, self.selected.row.entry)
            self.changed()

    def mark_range(self) -> bool:
        """Mark from the last marked entry to the selected one; False where that one is not shown."""
        line = self.selected
        done = line is not None and self.marks.extend(self._shown(), line.id)
        self.changed()
        return done

    def mark_all(self) -> None:
        """Mark all that is shown, or unmark it."""
        self.marks.toggle_all(self._shown())
        self.changed()

    def _shown(self) -> list[tuple[EntryId, PendingEntry]]:
        return [(line.id, line.row.entry) for line in self.rows]

    def chosen(self) -> tuple[tuple[PendingEntry, ...], bool]:
        """Return the marked entries as last seen, or the selected one where none is marked; and whether they are."""
        if self.marks:
            return self.marks.values, True
        line = self.selected
        return (() if line is None else (line.row.entry,)), False

    def attempts(self) -> dict[EntryId, int]:
        """Return how often entries were requeued, of those that are shown or marked and whose payload told it."""
        return {id: many for id, many in self._attempts.items() if many}

    def gone(self) -> frozenset[EntryId]:
        """Return the shown entries that are known to be deleted."""
        return frozenset(line.id for line in self.rows if line.gone)

    # Reading.

    def refresh_page(self) -> None:
        """Have the page that is shown, or that was asked for, read again."""
        self._due = True
        self.ask()

    def _question(self) -> Question:
        consumer = None if self._sieve is None or self._sieve.consumer is None else self._named(self._sieve.consumer)
        return Question(self._key, self._trail.start, self._sieve, consumer)

    def _named(self, text: str) -> Name | None:
        """Return the consumer of that name, where exactly one is spelled so."""
        group = None if self.row is None else self.row.group
        names = [one.name for one in (group.consumers if group else None) or () if visible(one.name.raw) == text]
        return names[0] if len(names) == 1 else None

    async def read(self) -> None:
        """Look, fetch the payloads that are in sight and were not fetched, and see after marks that are elsewhere."""
        if self.row is None or self.row.group is None:
            return
        if self._due:
            self._due = False
            await self._look()
        await self._fill()
        dropped, self._dropped = self._dropped, 0
        if dropped:
            self.tell_dropped(dropped, "pending")

    async def _look(self) -> None:
        question, clock = self._question(), self.session.clock
        turned, began_s = question != self._answers, clock.monotonic_s()
        if not turned and question.sieve is not None and began_s < self._rested_at_s:
            return
        sight = None
        async for sight in look(self.session.reader, question, self._judge_now):
            self._witness(sight, question)
            if question != self._question():
                return
            if turned:
                self._show(sight, question, turned=True)
        if sight is not None and not sight.looked_at and not self._trail.first:
            # A page that is empty, or has become so, is no place to stay.
            self._trail.back()
            if turned:
                self.post_message(self.Told("There are no pending entries beyond this place."))
            self.refresh_page()
        elif sight is not None:
            self._show(sight, question, turned=turned)
        self._rested_at_s = clock.monotonic_s() + _RESTS * (clock.monotonic_s() - began_s)
        await self._check_marks()

    def _judge_now(self, rows: tuple[PendingRow, ...]) -> tuple[PendingLine, ...]:
        self._read_at_s = self.session.clock.monotonic_s()
        return self._judge(rows)

    def _show(self, sight: Sight, question: Question, *, turned: bool) -> None:
        """Show what was found; another page is another list: what was selected is not lost, it was left."""
        first, self._answers = self._answers != question, question
        self._sight = sight
        ids = {line.id for line in sight.lines}
        self._previews = {id: preview for id, preview in self._previews.items() if id in ids}
        self._attempts = {id: many for id, many in self._attempts.items() if id in ids or id in self.marks}
        self._tried &= ids
        self.list_again()
        if first or (turned and self.selection.key is None):
            self.selection.lost = None
            self.action_first()
        self.changed()

    def _witness(self, sight: Sight, question: Question) -> None:
        """Take note of which marked entries are still pending."""
        if question.consumer is None:
            found = {entry.id: entry for entry in sight.page}
            self._dropped += self.marks.saw(found, sight.above, sight.next_after)

    async def _check_marks(self) -> None:
        """See after marks that are not on this page: one bounded look at a time, one after another."""
        ids = [id for id in self.marks.ids if id not in {entry.id for entry in self._sight.page}]
        if not ids:
            return
        start = next((id for id in ids if self._checked is None or id > self._checked), ids[0])
        above = before(start)
        rows = await self.session.reader.sweep(self._key, above, ids[-1], WIDE_PAGE)
        self._checked = rows.next_after
        found = {entry.id: entry for entry in rows.rows}
        self._dropped += self.marks.saw(found, above, rows.next_after or ids[-1])

    async def _fill(self) -> None:
        """Fetch payloads from the first row in view that has none on; each row is asked for once."""
        line = self._unfetched()
        if line is None:
            return
        self._tried.add(line.id)
        key, question = self._key, self._question()
        assert key.group is not None
        above = before(line.id)
        page = await self.session.reader.pending(key.stream, key.group, above, PAGE, question.consumer)
        wanted = {line.id for line in self.rows}
        found = {row.entry.id: row.preview for row in page.rows if row.entry.id in wanted}
        self._previews |= {id: preview for id, preview in found.items() if looked_into(preview)}

    def _unfetched(self) -> PendingLine | None:
        in_view = self.rows[self.top : self.top + self.visible_rows]
        return next((line for line in in_view if not line.looked_into and line.id not in self._tried), None)

    @on(LineTable.Moved)
    def _moved(self) -> None:
        if self._unfetched() is not None:
            self.ask()
