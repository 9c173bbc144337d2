"""The log: what was done and what became of it, what went wrong and how long; what is under way moves."""

import asyncio
import heapq
from collections.abc import Hashable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType

from maestro_tui.domain.frame import EMPTY, Frame
from maestro_tui.domain.journal import Deed, Journal, Problem, Record
from maestro_tui.domain.quantities import plural
from maestro_tui.domain.telling import left_alone, running
from maestro_tui.domain.text import clip, clip_middle, fit, visible
from maestro_tui.engine.audit import AuditFailure
from maestro_tui.engine.operation import Operation
from maestro_tui.engine.session import Session
from maestro_tui.ui.bindings import bindings
from maestro_tui.ui.screens.explain import ExplainScreen
from maestro_tui.ui.screens.frame_screen import FrameScreen
from maestro_tui.ui.screens.progress import ProgressScreen
from maestro_tui.ui.widgets.header import Banner, HeaderLine
from maestro_tui.ui.widgets.key_bar import KeyBar
from maestro_tui.ui.widgets.lines import Line, TextLines, Tone
from maestro_tui.ui.widgets.record_texts import explain_record, problem_text, problem_told, problem_word
from maestro_tui.ui.widgets.table import LineTable, Spelling

MOST = 1_000
_LONGEST = 1_000
_TONES: dict[str, Tone] = {"done": "good", "partly": "warning", "refused": "warning", "unknown": "critical"}
_INTERRUPTED = "interrupted"


class LogScreen(FrameScreen):
    """The last records of the log, read again when it has grown."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("log")
    AUTO_FOCUS = "#records"

    DEFAULT_CSS = """
    LogScreen {
        & #header, & #keys, & #summary { height: 1; }
        & #details { height: 2; }
    }
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._ascii = session.config.ascii
        self._journal: Journal = ()
        self._trouble = ""
        self._frame: Frame = EMPTY
        self._size_read: object = None
        self._reading = False
        self._open: frozenset[Hashable] = frozenset()

    def compose(self) -> ComposeResult:
        """Lay out the lines; nothing is mounted or removed later."""
        spelling: Spelling[Record] = Spelling(_identity, self._line, _titles)
        yield HeaderLine(id="header")
        yield Banner(id="banner")
        yield TextLines(id="summary")
        yield LineTable(spelling, marks=("> ", "  ") if self._ascii else ("▸ ", "  "), id="records")
        yield TextLines(id="details")
        yield KeyBar(ascii_only=self._ascii, id="keys")

    @property
    def table(self) -> LineTable[Record]:
        """The list of records."""
        return self.query_one("#records", LineTable)

    @property
    def deed(self) -> Deed | None:
        """The selected record, where it is of an action."""
        record = self.table.selected
        return record if isinstance(record, Deed) else None

    def show_frame(self, frame: Frame) -> None:
        """Read the log again where it has changed; what is under way is told anew at each frame."""
        self._frame = frame
        if self._reading:
            return
        size = _size(self._session)
        if size != self._size_read:
            self._reading = True
            self.run_worker(self._read(size), group="log", exit_on_error=False)
        else:
            self._show()

    def on_resize(self) -> None:
        """Everything is cut for a size."""
        self._show()

    async def _read(self, size: object) -> None:
        try:
            # A thousand records are some milliseconds of parsing, and the disk may be slow.
            self._journal = await asyncio.to_thread(self._session.audit.read, MOST)
            self._trouble, self._size_read = "", size
        except (AuditFailure, OSError) as error:
            self._trouble = f"What was done is not known. The log cannot be read: {error}"
        finally:
            self._reading = False
        self._show()

    def _operation(self, deed: Deed) -> Operation | None:
        """Return the operation of a deed, where it is one of this program's last ones."""
        operations = self._session.operations
        known = (*operations.in_flight.values(), *operations.recent)
        return next((one for one in known if one.id == deed.id), None)

    def _live(self, deed: Deed) -> Operation | None:
        """Return the operation of a deed while it is under way or watched, here."""
        found = self._operation(deed)
        return None if found is None or found.progress.phase == "ended" else found

    def _show(self) -> None:
        cells = self.size.width
        # Before the log was read what is open would stand alone, and be selected as if it were the newest.
        self.table.set_rows(self._records() if self._trouble or self._size_read is not None else ())
        self.table.respell()
        if self.table.rows and self.table.selection.key is None:
            self.table.action_first()
        told = self._trouble or f"{plural(len(self._journal), 'record')} in {self._session.audit.path}, newest first"
        if self._open:
            told = f"{plural(len(self._open), 'problem')} open; {told}"
        tone: Tone = "critical" if self._trouble else "strong"
        self.query_one("#summary", TextLines).set_lines((((clip(f" {visible(told, _LONGEST)}", cells), tone),),))
        self._show_details()

    def _records(self) -> list[Record]:
        """Return the log with what is open and what it did not take, the newest first."""
        problems = self._session.problems
        opened = sorted(problems.open, key=lambda one: one.at, reverse=True)
        self._open = frozenset(one.identity for one in opened)
        logged = {one.identity for one in self._journal if isinstance(one, Problem)}
        unlogged = [one for one in reversed(problems.ended) if one.identity not in logged]
        # What the log holds keeps its order, whatever clocks did meanwhile.
        return list(heapq.merge(self._journal[::-1], unlogged, opened, key=lambda one: one.at, reverse=True))

    def _is_open(self, problem: Problem) -> bool:
        return problem.identity in self._open

    def explained(self) -> tuple[str, tuple[str, ...]]:
        """Tell what the selected record's outcome or rule means."""
        return explain_record(self.table.selected)

    @on(LineTable.Moved)
    def _show_details(self) -> None:
        record, cells = self.table.selected, self.size.width
        lines: tuple[Line, Line] = ((), ())
        if record is None:
            told = "No record is selected." if self._trouble else "Nothing was done yet."
            lines = (((f" {told}", "muted"),), ())
        elif isinstance(record, Deed):
            head = f" {record.action} by {record.operator} at {record.at}: {self._told(record)[0]}"
            rest = record.sentence or "; ".join(left_alone(record.counts))
        elif isinstance(record, Problem):
            head = f" {'server' if record.key is None else record.key}: {self._told(record)[0]}"
            rest = "; ".join(part for part in (record.evidence, f"next: {record.next_step}") if part)
        else:
            head, rest = f" {record.operator} at {record.at} on {record.host}", record.text
        if record is not None:
            head, rest = visible(head, _LONGEST), visible(f" {rest}", _LONGEST)
            lines = (((clip(head, cells), "strong"),), ((clip(rest, cells), "plain"),))
        self.query_one("#details", TextLines).set_lines(lines)

    def _told(self, record: Deed | Problem) -> tuple[str, Tone]:
        """Say how long a problem lasted; of a deed its outcome, or that it is under way or was cut off."""
        if isinstance(record, Problem):
            return problem_told(record, is_open=self._is_open(record))
        deed = record
        live, known = self._live(deed), self._operation(deed)
        if live is not None and live.outcome is None:
            return running(live.confirmed.plan, live.progress), "info"
        if deed.outcome is None and known is not None and known.outcome is not None:
            # It did end, but its last line could not be written.
            return f"{known.outcome.word}, outcome not in the log", "critical"
        if deed.outcome is None:
            return _INTERRUPTED, "critical"
        done = deed.counts.get("done", 0) + deed.counts.get("created", 0)
        lost = deed.counts.get("unknown", 0)
        left = sum(deed.counts.values()) - done - lost
        numbers = f" {done:,}" if done else ""
        if deed.outcome == "unknown" and lost:
            # Not "unknown 31,900", where the server has told of all but a hundred.
            numbers = f" of {lost:,}" + (f", {done:,} done" if done else "")
        numbers += f", {left:,} left alone" if left else ""
        undone = ", undone" if deed.undone_by else ""
        watched = ", watched" if live is not None else ""
        return f"{deed.outcome}{numbers}{undone}{watched}", _TONES.get(deed.outcome, "plain")

    @on(LineTable.Opened)
    def action_details(self) -> None:
        """Tell all of the selected record; of what is under way, follow it."""
        record = self.table.selected
        live = self._live(record) if isinstance(record, Deed) else None
        if live is not None:
            _ = self.app.push_screen(ProgressScreen(live, ascii_only=self._ascii))
        elif isinstance(record, Deed):
            _ = self.app.push_screen(ExplainScreen(visible(record.action).capitalize(), self._all_of(record)))
        elif isinstance(record, Problem):
            runbook, is_open = self._session.config.runbooks.get(record.rule), self._is_open(record)
            title = problem_word(record, is_open=is_open).capitalize()
            _ = self.app.push_screen(ExplainScreen(title, problem_text(record, runbook, is_open=is_open)))
        elif record is not None:
            _ = self.app.push_screen(ExplainScreen("Note", (_by(record), "", visible(record.text, _LONGEST))))

    def _all_of(self, deed: Deed) -> tuple[str, ...]:
        told, _ = self._told(deed)
        if told == _INTERRUPTED:
            told += ": the intent was recorded and no outcome; look at the stream before you do it again"
        how = f"confirmed by {deed.how}" if deed.how else ""
        overrides = f"overrides: {', '.join(deed.overrides)}" if deed.overrides else ""
        lines = (
            _by(deed),
            f"on {'the declared streams' if deed.key is None else deed.key}",
            f"server {deed.node}",
            "; ".join(part for part in (how, overrides) if part),
            f"outcome: {told}" + (f" at {deed.ended_at}" if deed.ended_at else ""),
            deed.sentence,
            *(f"  {reason}" for reason in left_alone(deed.counts)),
            f"takes back {deed.undoes}" if deed.undoes else "",
            f"taken back by {deed.undone_by}" if deed.undone_by else "",
            f"record {deed.id}",
        )
        return tuple(visible(line, _LONGEST) for line in lines if line)

    def _line(self, record: Record, room: int) -> Line:
        cells = _cells(room)
        if isinstance(record, Deed):
            told, tone = self._told(record)
            texts = (_when(record.at, cells[0]), record.operator, record.action, _where(record, cells[3]))
        elif isinstance(record, Problem):
            told, tone = problem_told(record, is_open=self._is_open(record))
            told = visible(told, _LONGEST)
            word = problem_word(record, is_open=self._is_open(record))
            texts = (_when(record.at, cells[0]), "", word, _where(record, cells[3]))
        else:
            told, tone = visible(record.text, _LONGEST), "plain"
            texts = (_when(record.at, cells[0]), record.operator, "note", "")
        spelled = "".join(fit(visible(text), cell) + " " for text, cell in zip(texts, cells, strict=False) if cell)
        return ((spelled, "plain"), (clip(told, cells[4]), tone))


def _size(session: Session) -> object:
    """Return what changes whenever the log grows; None where there is none yet."""
    try:
        found = session.audit.path.stat()
    except OSError:
        return (0, 0)
    return (found.st_size, found.st_mtime_ns)


def _identity(record: Record) -> Hashable:
    if isinstance(record, Deed):
        return record.id
    return record.identity if isinstance(record, Problem) else (record.at, record.operator, record.text)


def _by(record: Record) -> str:
    return visible(f"{record.operator} on {record.host} at {record.at}")


def _when(at: str, cells: int) -> str:
    """Return a record's time: with the year where there is room, else the day and the minute."""
    plain = at.replace("T", " ")
    return plain[:19] if cells >= 19 else plain[5:16]


def _where(record: Deed | Problem, cells: int) -> str:
    if record.key is None:
        return "topology" if isinstance(record, Deed) else "server"
    stream = str(record.key.stream)
    return clip_middle(stream, cells) if cells >= 40 else clip_middle(stream.rpartition(":")[2] or stream, cells)


def _cells(room: int) -> tuple[int, int, int, int, int]:
    """Return the widths of the columns; the operator's is 0 where there is no room."""
    when, by, action, where = (19, 14, 16, 40) if room >= 130 else (19, 12, 16, 20) if room >= 100 else (11, 0, 15, 16)
    taken = sum(cells + 1 for cells in (when, by, action, where) if cells)
    return (when, by, action, where, max(0, room - taken))


def _titles(room: int) -> Line:
    titles = ("AT", "BY", "WHAT", "STREAM", "OUTCOME")
    shown = (fit(title, cell) for title, cell in zip(titles, _cells(room), strict=True) if cell)
    return ((" ".join(shown), "title"),)
