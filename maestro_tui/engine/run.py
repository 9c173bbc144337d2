"""A move on its way: a canary, then pages in batches at a rate, until all is done or something speaks against it."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from maestro_tui.domain.names import EntryId
from maestro_tui.domain.outcomes import Outcome, word_of
from maestro_tui.domain.plans import MOST_IDS, MoveBatch, MovePlan, RestoreBatch, Restored, RestorePlan, Target
from maestro_tui.domain.progress import Fates, Phase
from maestro_tui.domain.snapshot import exact
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.canary import prove
from maestro_tui.engine.copies import Copies, verdict
from maestro_tui.engine.deeds import Deeds
from maestro_tui.engine.operation import Operation
from maestro_tui.engine.pages import Item, Portion, Turn, aged, portions
from maestro_tui.engine.pausing import Pace, pause
from maestro_tui.engine.payloads import Payloads
from maestro_tui.engine.ports import Clock, Reader, Writer
from maestro_tui.engine.recorder import Recorder
from maestro_tui.engine.records import spell_entries, spell_outcome, spell_plan, spell_rows
from maestro_tui.engine.tally import End, Tally, judge, unknown

_TELL_EVERY_S: Final = 0.1
_LOOK_EVERY_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run works with. `after` is called about once a second, so that somebody polls; `deeds` sends."""

    reader: Reader
    writer: Writer
    clock: Clock
    after: Callable[[], None]
    deeds: Deeds = field(default_factory=Deeds)


class Run:
    """Carries out one move, or takes one back. `outcome` is there once it is in the log, or on its way into it."""

    def __init__(
        self,
        operation: Operation,
        plan: MovePlan | RestorePlan,
        tools: Tools,
        recorder: Recorder,
        *,
        copies: Copies | None = None,
        payloads: Payloads | None = None,
    ) -> None:
        self.outcome: Outcome | None = None
        self._operation = operation
        self._plan = plan
        self._tools = tools
        self._recorder = recorder
        self._copies = copies
        self._payloads = payloads
        self._stop = operation.stop_asked
        self._tally = Tally()
        self._end: End | None = None
        self._page = 0
        self._sending: tuple[Item, ...] = ()
        self._saved: frozenset[EntryId] = frozenset()
        self._logging: asyncio.Future[Trouble | None] | None = None
        self._fates: Fates | None = None
        self._total = exact(len(plan.rows)) if isinstance(plan, RestorePlan) else plan.selection.count
        rate = plan.rate_per_s if isinstance(plan, MovePlan) else None
        self._turn = Turn()
        self._pace = Pace(tools.clock, rate, MOST_IDS)
        # While the canary is out nothing is read ahead; a page of which nothing was copied sent none out.
        self._proven, self._read_on = asyncio.Event(), asyncio.Event()
        if not (isinstance(plan, MovePlan) and plan.canary and copies is not None):
            self._proven.set()
            self._read_on.set()
        self._began_s = self._told_s = self._looked_s = self._polled_s = tools.clock.monotonic_s()

    async def carry_out(self) -> Outcome:
        """Log the intent, move, log the outcome; raises nothing but what cancels it."""
        intent = spell_plan(self._operation.confirmed)
        if self._payloads is not None:
            intent["payloads"] = str(self._payloads.path)
        trouble = await self._recorder.write("intent", intent)
        if trouble is not None:
            refused = Trouble(trouble.fault, f"{trouble.sentence} Nothing was sent.", trouble.next_step)
            return self._conclude(Outcome.refused(refused))
        self._tell(force=True)
        try:
            await self._move_all()
        except Exception as error:
            self._tally.take(unknown(item.id for item in self._sending))
            self._sending = ()
            sentence = f"It ended in an unexpected way ({type(error).__name__})."
            self._stop_with(End(Trouble("bug", sentence, "Look at the streams before you try again.")))
        await self._log_moved()
        await self._moved_is_logged()
        outcome = self._conclude(self._sum_up())
        await self._recorder.write("outcome", self._ending(outcome))
        return outcome

    def cut_off(self, quitting: Trouble) -> Outcome:
        """Log at once how far it came; what was sent and not answered is unknown."""
        if self.outcome is not None:
            return self.outcome
        self._tally.take(unknown(item.id for item in self._sending))
        record = self._tally.page(self._page)
        if record is not None:
            self._recorder.write_at_once("moved", record)
        self._stop_with(End(quitting))
        outcome = self._conclude(self._sum_up())
        self._recorder.write_at_once("outcome", self._ending(outcome))
        return outcome

    def _conclude(self, outcome: Outcome) -> Outcome:
        self.outcome = outcome
        self._tell(force=True)
        return outcome

    async def _move_all(self) -> None:
        source = portions(self._plan, self._tools.reader, self._tools.clock, self._turn)
        coming = asyncio.ensure_future(self._next(source, 1))
        try:
            while await self._arrived(coming):
                portion = coming.result()
                if portion is None:
                    break
                self._page += 1
                # The next page is read and logged while this one is moved.
                coming = asyncio.ensure_future(self._next(source, self._page + 1))
                await self._move(portion)
                self._read_on.set()
                await self._log_moved()
                if self._over:
                    break
        except Failure as failure:
            self._stop_with(End(failure.trouble))
        finally:
            coming.cancel()
            with contextlib.suppress(asyncio.CancelledError, Failure):
                await coming
            await source.aclose()

    async def _next(self, source: AsyncGenerator[Portion, None], page: int) -> Portion | None:
        """Read a page and log what it holds; raise `Failure` where either cannot be done."""
        if page > 1:
            await self._read_on.wait()
        portion = await anext(source, None)
        if portion is None:
            return None
        if portion.before is None:
            record = spell_entries(page, [item.id for item in portion.items])
        else:
            record = spell_rows(page, portion.before)
        trouble = await self._recorder.write("entries", record)
        if trouble is not None:
            raise Failure(trouble)
        return portion

    async def _arrived(self, coming: asyncio.Future[Portion | None]) -> bool:
        """Wait for the next page; False where somebody said stop meanwhile."""
        self._turn.open(always=True)
        asked = asyncio.ensure_future(self._stop.wait())
        both: tuple[asyncio.Future[Any], ...] = (coming, asked)
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
        self._turn.open(always=False)
        if not coming.done():
            self._stop_with(End(stopped="by the operator"))
        return coming.done()

    async def _move(self, portion: Portion) -> None:
        waiting = deque(portion.items)
        self._saved = frozenset()
        while waiting and await self._ready():
            size = self._pace.size if self._proven.is_set() else 1
            items = tuple(waiting.popleft() for _ in range(min(size, len(waiting))))
            if not await self._save(items):
                break
            copied = await self._send(items, portion.seen_s, waiting)
            if copied and not self._proven.is_set() and not self._over:
                await self._prove()

    async def _ready(self) -> bool:
        """Wait until the next batch is due; False where none may follow."""
        while not self._over:
            if self._stop.is_set():
                self._stop_with(End(stopped="by the operator"))
                break
            await self._glance()
            if self._pace.wait_s <= 0:
                return not self._over
            self._tell()
            await pause(self._tools.clock, min(self._pace.wait_s, _LOOK_EVERY_S), self._stop)
        return False

    async def _save(self, items: tuple[Item, ...]) -> bool:
        """Keep whole entries on our disk where the plan wants it; nothing is sent of what cannot be kept."""
        if self._payloads is None:
            return True
        trouble = await self._payloads.save([item.id for item in items if item.id not in self._saved])
        self._saved = frozenset(item.id for item in items)
        if trouble is not None:
            self._stop_with(End(trouble))
        return trouble is None

    async def _send(self, items: tuple[Item, ...], seen_s: float, waiting: deque[Item]) -> int:
        """Send one batch; what comes back untried is put in front again. Return how many were done."""
        before, began_s = self._tally.done, self._tools.clock.monotonic_s()
        self._sending = items
        self._turn.give()
        outcome = await self._apply(items, began_s - seen_s)
        self._sending = ()
        waiting.extendleft(reversed(self._take(items, outcome)))
        done = self._tally.done - before
        self._pace.pay(done, began_s)
        self._tell()
        return done

    async def _apply(self, items: tuple[Item, ...], waited_s: float) -> Outcome:
        plan = self._plan
        try:
            if isinstance(plan, RestorePlan):
                rows = tuple(item for item in items if isinstance(item, Restored))
                return await self._tools.deeds.send(self._tools.writer, RestoreBatch(plan, rows))
            targets = tuple(item for item in items if isinstance(item, Target))
            return await self._tools.deeds.send(self._tools.writer, MoveBatch(plan, aged(targets, waited_s)))
        except Exception as error:
            # A writer answers whatever happens; one that does not has a bug, and nobody knows what it sent.
            sentence = f"The write failed in an unexpected way ({type(error).__name__})."
            return Outcome("unknown", trouble=Trouble("bug", sentence, "Look at the streams before you try again."))

    def _take(self, items: tuple[Item, ...], outcome: Outcome) -> list[Item]:
        """Count what became of a batch, decide whether another may follow, and return the items still untried."""
        judged = judge([item.id for item in items], outcome)
        self._tally.take(judged.told)
        if self._copies is not None:
            self._copies.add(entry.copy for entry in judged.told if entry.copy is not None)
        if judged.end is not None:
            self._stop_with(judged.end)
        return [item for item in items if item.id in judged.untried] if judged.untried else []

    async def _prove(self) -> None:
        assert self._copies is not None
        assert isinstance(self._plan, MovePlan)
        self._tell(force=True)
        proof = await prove(self._copies, self._tools.clock, self._plan.canary_wait_ms, self._stop, self._tell_canary)
        if proof.good:
            self._proven.set()
            self._read_on.set()
            self._fates = None
            self._tell(force=True)
        elif proof.sentence:
            self._stop_with(End(sentence=proof.sentence, stopped="by itself"))
        else:
            self._stop_with(End(stopped="by the operator"))

    def _tell_canary(self, fates: Fates | None, sentence: str) -> None:
        self._fates = fates
        self._tell(sentence, force=True)

    async def _glance(self) -> None:
        """About once a second, see whether the copies made so far come back."""
        now_s = self._tools.clock.monotonic_s()
        if self._copies is None or not self._proven.is_set() or now_s - self._looked_s < _LOOK_EVERY_S:
            return
        self._looked_s = now_s
        fates = await self._copies.glance()
        if fates is None:
            return
        self._fates = fates
        reason = verdict(fates)
        if reason:
            self._stop_with(End(sentence=reason, stopped="by itself"))

    async def _log_moved(self) -> None:
        """Hand over what became of a page; it is on disk before that of the next one is handed over."""
        await self._moved_is_logged()
        record = self._tally.page(self._page)
        if record is not None:
            self._logging = asyncio.ensure_future(self._recorder.end(self._recorder.begin("moved", record)))

    async def _moved_is_logged(self) -> None:
        if self._logging is None:
            return
        logging, self._logging = self._logging, None
        trouble = await logging
        if trouble is not None:
            self._stop_with(End(trouble))

    @property
    def _over(self) -> bool:
        return self._end is not None

    def _stop_with(self, end: End) -> None:
        # The first reason is the one to tell.
        self._end = self._end or end

    def _sum_up(self) -> Outcome:
        end = self._end or End()
        word = word_of(self._tally.counts, end.trouble)
        if word == "done" and self._end is not None:
            word = "partly"
        return Outcome(word, (), end.trouble, self._tally.told, tuple(self._tally.entries))

    def _ending(self, outcome: Outcome) -> dict[str, object]:
        end = self._end or End()
        return {**spell_outcome(outcome), "sentence": end.sentence, "stopped": end.stopped, "took_s": self._took_s}

    @property
    def _took_s(self) -> float:
        return round(self._tools.clock.monotonic_s() - self._began_s, 3)

    def _tell(self, sentence: str = "", *, force: bool = False) -> None:
        """Publish the progress, about ten times a second at most."""
        now_s = self._tools.clock.monotonic_s()
        if now_s - self._polled_s >= _LOOK_EVERY_S:
            self._polled_s = now_s
            self._tools.after()
        if not force and now_s - self._told_s < _TELL_EVERY_S:
            return
        self._told_s = now_s
        end = self._end or End()
        phase: Phase = "moving" if self._proven.is_set() else "canary"
        self._operation.publish(
            replace(
                self._operation.progress,
                phase=phase,
                total=self._total,
                counts=self._tally.told,
                sentence=end.sentence or ("" if end.trouble is None else str(end.trouble)) or sentence,
                fates=self._fates,
                stopped=end.stopped,
                took_s=self._took_s,
            )
        )
