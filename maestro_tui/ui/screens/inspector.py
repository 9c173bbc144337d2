"""One entry in full: every field, when it was, who holds it, and what it was before."""

import asyncio
from pathlib import Path
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.worker import Worker, WorkerState

from maestro_tui.domain.copying import redis_cli
from maestro_tui.domain.explain import explain
from maestro_tui.domain.frame import EMPTY, Frame
from maestro_tui.domain.glossary_lists import INSPECTOR_TEXTS, sections
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.quantities import size
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import PendingEntry
from maestro_tui.domain.text import clip, visible
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.ports import Entry, Holding, PendingRow, Preview
from maestro_tui.engine.session import Session
from maestro_tui.ui.bindings import bindings
from maestro_tui.ui.export import entry_json, save_entry
from maestro_tui.ui.known import known
from maestro_tui.ui.screens.frame_screen import FrameScreen
from maestro_tui.ui.targeted import Targeted
from maestro_tui.ui.widgets.entry_facts import Facts, attempt_in, fact_lines
from maestro_tui.ui.widgets.fields import as_text, field_lines
from maestro_tui.ui.widgets.header import Banner, HeaderLine
from maestro_tui.ui.widgets.key_bar import KeyBar
from maestro_tui.ui.widgets.lines import Line, TextLines
from maestro_tui.ui.widgets.mark_texts import explain_mark
from maestro_tui.ui.widgets.payload import GONE, NOT_FETCHED
from maestro_tui.ui.widgets.pending import Mark, pending_lines
from maestro_tui.ui.widgets.reel import Reel

FIRST_LOOK: Final = 64 * 1024
"""Bytes of an entry that are read to be shown; `>` shows more, so many times as much each time."""
_GROWTH: Final = 4
MOST_SHOWN: Final = 1024 * 1024
_VALUES_COPIED: Final = 7


class InspectorScreen(FrameScreen):
    """An entry never changes, so it is read once; who holds it does, and is looked at after each poll."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("inspector")
    AUTO_FOCUS = "#fields"

    DEFAULT_CSS = """
    InspectorScreen {
        & #header, & #keys, & #notes { height: 1; }
    }
    """

    def __init__(self, session: Session, key: Key, id: EntryId, held: PendingEntry | None = None) -> None:
        super().__init__()
        self._session = session
        self._frame: Frame = EMPTY
        self._entry: Entry | None = None
        self._held = held
        self._holdings: tuple[Holding, ...] | None = None
        self._trouble: Trouble | None = None
        self._most_bytes = FIRST_LOOK
        self._looked = self._reading = self._wanted = False
        self.key = key
        self.entry_id = id

    def compose(self) -> ComposeResult:
        """Lay out the lines; nothing is mounted or removed later."""
        yield HeaderLine(id="header")
        yield Banner(id="banner")
        yield TextLines(id="facts")
        yield Reel(id="fields")
        yield TextLines(id="notes")
        yield KeyBar(ascii_only=self._session.config.ascii, id="keys")

    @property
    def fields(self) -> Reel:
        """The fields."""
        return self.query_one("#fields", Reel)

    @property
    def row(self) -> Row | None:
        """The row of the stream and group in the frame shown."""
        row = self._frame.row(self.key)
        return row or next((one for one in self._frame.rows if one.key.stream == self.key.stream), None)

    @property
    def now_ms(self) -> int:
        """The present, by the server's clock."""
        return self._frame.snapshot.taken_at_ms + round(1000 * (self._session.monitor.age_s() or 0.0))

    def show_frame(self, frame: Frame) -> None:
        """Show a frame, and look again at who holds the entry if it is of a new poll that succeeded."""
        if frame is self._frame:
            return
        newer = frame.polls != self._frame.polls
        self._frame = frame
        self._show()
        if newer and frame.trouble is None:
            self._ask()

    def on_resize(self) -> None:
        """Everything is cut for a size."""
        self._show()

    # Reading.

    def _ask(self) -> None:
        self._wanted = True
        if not self._reading:
            self._reading = True
            self.run_worker(self._read(), group="entry", exit_on_error=False)

    async def _read(self) -> None:
        try:
            while self._wanted:
                self._wanted = False
                try:
                    if not self._looked:
                        await self._read_entry()
                    self._take(await self._session.reader.holdings(self.key.stream, self.entry_id))
                except Failure as failure:
                    self._trouble = failure.trouble
                else:
                    self._trouble = None
        finally:
            self._reading = False
        self._show()

    async def _read_entry(self) -> None:
        most = self._most_bytes
        self._entry = await self._session.reader.entry(self.key.stream, self.entry_id, most)
        self._looked = most == self._most_bytes
        entry = self._entry
        self.fields.show(lambda room: iter(()) if entry is None else field_lines(entry, room))

    def _take(self, holdings: tuple[Holding, ...]) -> None:
        self._holdings = holdings
        own = next((one for one in holdings if one.group == self.key.group), None)
        if own is not None and own.known:
            self._held = own.entry

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Show what nobody foresaw instead of dying of it."""
        if event.state is WorkerState.ERROR and event.worker.group == "entry":
            kind = type(event.worker.error).__name__
            self._trouble = Trouble("bug", f"The entry could not be read ({kind}).", "ctrl+r tries again.")
            self._show()

    # What the keys do.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Grey out what there is nothing for."""
        if action == "show_more":
            return True if self._may_show_more else None
        if action in ("export", "edit"):
            return True if self._entry is not None else None
        return super().check_action(action, parameters)

    @property
    def _may_show_more(self) -> bool:
        return self._entry is not None and not self._entry.complete and self._most_bytes < MOST_SHOWN

    def action_show_more(self) -> None:
        """Read more of a large entry."""
        if self._may_show_more:
            self._most_bytes = min(MOST_SHOWN, self._most_bytes * _GROWTH)
            self._looked = False
            self._ask()

    def action_export(self) -> None:
        """Write the whole entry into a file of the working directory."""
        self.run_worker(self._export(), group="export", exit_on_error=False)

    async def _export(self) -> None:
        try:
            entry = await self._session.reader.entry(self.key.stream, self.entry_id, None)
            if entry is None:
                self._tell("The entry is gone from the stream: there is nothing to write.", good=False)
                return
            path = await asyncio.to_thread(save_entry, self.key.stream, entry, Path.cwd())
        except Failure as failure:
            self._tell(f"Not written: {failure.trouble}", good=False)
        except OSError as error:
            self._tell(f"Not written: {error.strerror}.", good=False)
        else:
            self._tell(f"written whole, {size(entry.size)}, for your eyes only: {path.name}", good=True)

    def _tell(self, sentence: str, *, good: bool) -> None:
        self.notify(visible(sentence, 300), severity="information" if good else "error", markup=False)

    # What others ask of the screen.

    def explained(self) -> tuple[str, tuple[str, ...]]:
        """Tell what the entry's mark means, what the group's state is, and what to do."""
        limits, mark = self._session.config.limits, self._mark()
        title, lines = explain(None, self.row, self._frame, limits, known(self._session))
        about = (*explain_mark(mark, self.key, limits), *sections(INSPECTOR_TEXTS, {}), "", title, *lines)
        return f"MARK {mark}" if mark else f"ENTRY {self.entry_id}", (str(self.entry_id), *about)

    def copies(self) -> tuple[tuple[str, str], ...]:
        """Return the entry as JSON and as commands, and the values of its first fields; nothing that was cut off."""
        commands = ("redis-cli commands", redis_cli(self._commands(), self._session.config.address))
        entry = self._entry
        if entry is None:
            return (("entry ID", str(self.entry_id)), commands)
        whole = (("entry as JSON", entry_json(self.key.stream, entry)),) if entry.complete else ()
        shown = entry.fields if entry.complete else entry.fields[:-1]
        texts = ((name, as_text(value)) for name, value in shown)
        values = [(f"value of {visible(name, 40)}", text) for name, text in texts if text]
        return (*whole, commands, *values[:_VALUES_COPIED])

    def _commands(self) -> tuple[tuple[bytes, ...], ...]:
        stream, id = self.key.stream.raw, str(self.entry_id).encode()
        group: Name | None = self.key.group
        asked: tuple[tuple[bytes, ...], ...] = ((b"XRANGE", stream, id, id),)
        return asked if group is None else (*asked, (b"XPENDING", stream, group.raw, id, id, b"1"))

    def targeted(self) -> Targeted:
        """Return the entry as its group holds it; one that is not pending by its ID alone."""
        if self._held is None:
            return Targeted(self.key, letters=(self.entry_id,), at_ms=self.now_ms)
        attempts = attempt_in(self._entry)
        gone = frozenset((self.entry_id,)) if self._looked and self._entry is None else frozenset[EntryId]()
        known = {self.entry_id: attempts} if attempts else {}
        return Targeted(self.key, (self._held,), at_ms=self.now_ms, attempts=known, gone=gone)

    # Lines.

    def _show(self) -> None:
        facts = Facts(
            self.key,
            self.entry_id,
            self.now_ms,
            looked=self._looked,
            entry=self._entry,
            holdings=self._holdings,
            mark=self._mark(),
            trouble=self._trouble,
            trimmed=self._trimmed(),
        )
        # Most of the screen belongs to the fields.
        most = max(3, self.size.height // 3)
        self.query_one("#facts", TextLines).set_lines(fact_lines(facts, self.size.width)[:most])
        self._show_notes()
        self.refresh_bindings()

    def _mark(self) -> Mark:
        row = self.row
        if self._held is None or row is None:
            return ""
        fields = None if self._entry is None or not self._entry.complete else self._entry.fields
        shown = Preview(fields) if fields is not None else GONE if self._looked and self._entry is None else NOT_FETCHED
        later_ms = round(1000 * (self._session.monitor.age_s() or 0.0))
        limits = self._session.config.limits
        return pending_lines((PendingRow(self._held, shown),), row, limits, later_ms)[0].mark

    def _trimmed(self) -> bool:
        first = None if self.row is None else self.row.stream.first_id
        return self._entry is not None and first is not None and self.entry_id < first

    def _show_notes(self) -> None:
        entry, reel, cells = self._entry, self.fields, self.size.width
        told = []
        if entry is not None and not entry.complete:
            shown = size(sum(len(name) + len(value) for name, value in entry.fields))
            more = "> shows more, " if self._may_show_more else ""
            told.append(f"{shown} of {size(entry.size)} shown: {more}w writes all into a file")
        if not reel.all_in_view:
            told.append(reel.place)
        line: Line = ((clip(f" {'   '.join(told)}", cells), "info"),)
        self.query_one("#notes", TextLines).set_lines((line,))

    @on(Reel.Moved)
    def _moved(self) -> None:
        self._show_notes()
