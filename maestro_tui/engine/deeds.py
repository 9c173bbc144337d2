"""What we send to the streams ourselves, told to the polls: which of it a poll saw, and which it may have seen."""

from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.ours import NOTHING, Ours
from maestro_tui.domain.outcomes import Outcome
from maestro_tui.domain.plans import Batch, InitPlan, MoveBatch, PositionPlan, RemovePlan, RestoreBatch
from maestro_tui.engine.ports import Writer


class Deeds:
    """Our own doings since the last poll that succeeded: `ours()` tells them, and `seen()` begins anew.

    What was answered before a poll began, the poll saw. Of what was under way meanwhile nobody can know, neither at
    this poll nor at the next, which sees it, but not whether the one before did: the streams are compared anew twice.
    """

    def __init__(self) -> None:
        self._before: Ours = NOTHING
        self._since: Ours = NOTHING
        self._under_way: dict[int, Ours] = {}
        self._straddling: set[int] = set()
        self._sent = 0

    async def send(self, writer: Writer, batch: Batch) -> Outcome:
        """Send a batch, and note what it did; raises what the writer raises."""
        self._sent += 1
        number, did = self._sent, _may_do(batch)
        self._under_way[number] = did
        try:
            outcome = await writer.apply(batch)
            did = did_by(batch, outcome)
            return outcome
        finally:
            del self._under_way[number]
            if number in self._straddling:
                self._straddling.discard(number)
                did = did.unsettled()
            self._since = self._since.plus(did)

    def look_begins(self) -> None:
        """Note that a poll begins: it sees what has been answered, also while another one failed."""
        self._before, self._since = self._before.plus(self._since), NOTHING

    def ours(self) -> Ours:
        """Return what the poll that has just ended has to reckon with."""
        doubtful = self._since
        for may in self._under_way.values():
            doubtful = doubtful.plus(may)
        return self._before.plus(doubtful.unsettled())

    def seen(self) -> None:
        """Note that this poll succeeded, and that it was told."""
        self._straddling |= set(self._under_way)
        self._before, self._since = self._since.unsettled(), NOTHING


def _may_do(batch: Batch) -> Ours:
    """Return what a batch touches, as long as nobody knows what it did."""
    return Ours(placed=frozenset({*_placed(batch), *(Key(name) for name in _touched(batch))}))


def did_by(batch: Batch, outcome: Outcome) -> Ours:
    """Return what a batch did, by its answer; what the answer leaves open makes its streams begin anew."""
    if outcome.word == "refused" and not outcome.entries and not outcome.steps:
        return NOTHING
    if isinstance(batch, InitPlan):
        if any(step.word == "unknown" for step in outcome.steps) or (outcome.word == "unknown" and not outcome.steps):
            return _may_do(batch)
        return Ours(placed=frozenset(step.key for step in outcome.steps if step.word == "created"))
    if isinstance(batch, PositionPlan | RemovePlan):
        return Ours(placed=frozenset(_placed(batch))) if outcome.word == "done" else _may_do(batch)
    open_ones = {entry.id for entry in outcome.entries if entry.word in ("unknown", "failed")}
    told = {entry.id for entry in outcome.entries}
    if open_ones or not told >= _ids(batch):
        return _may_do(batch)
    done = [entry for entry in outcome.entries if entry.word == "done"]
    if isinstance(batch, RestoreBatch):
        return Ours(acked={batch.plan.key: -len(done)}) if batch.plan.of == "ack" and done else NOTHING
    return _moved(batch, len(done), sum(entry.copy is not None for entry in done))


def _moved(batch: MoveBatch, done: int, copied: int) -> Ours:
    plan = batch.plan
    copies = {plan.to: copied} if plan.to is not None and plan.verb != "claim" and copied else {}
    acks = {plan.key: done} if plan.key.group is not None and plan.verb != "claim" and done else {}
    return Ours(copies, acks)


def _ids(batch: MoveBatch | RestoreBatch) -> set[object]:
    return {one.id for one in (batch.rows if isinstance(batch, RestoreBatch) else batch.targets)}


def _touched(batch: Batch) -> set[Name]:
    """Return the streams whose counters a batch can change."""
    if isinstance(batch, InitPlan):
        return {step.stream for step in batch.steps}
    if isinstance(batch, MoveBatch):
        plan = batch.plan
        copies = {plan.to} if plan.to is not None and plan.verb != "claim" else set()
        return {plan.key.stream, *copies}
    return {batch.plan.key.stream if isinstance(batch, RestoreBatch) else batch.key.stream}


def _placed(batch: Batch) -> set[Key]:
    """Return the groups that a batch makes, removes or gives another position."""
    if isinstance(batch, InitPlan):
        return {step.key for step in batch.steps}
    if isinstance(batch, PositionPlan) or (isinstance(batch, RemovePlan) and batch.consumer is None):
        return {batch.key}
    return set()
