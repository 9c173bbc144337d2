"""Sends confirmed plans: each command once, and whatever happens told as an outcome."""

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Final

from redis.exceptions import ResponseError

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import Name
from maestro_tui.domain.outcomes import Outcome, StepOutcome
from maestro_tui.domain.plans import Batch, CreateGroup, InitPlan, MoveBatch, PositionPlan, RemovePlan, RestoreBatch
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.gateway.calls import Answer, Call, Caller
from maestro_tui.gateway.changes import change_call, changed_by
from maestro_tui.gateway.link import Link, Lost
from maestro_tui.gateway.moves import all_alike, ids_of, move_call, restore_call, told_by
from maestro_tui.gateway.parse import Malformed
from maestro_tui.gateway.refusals import code_of, refusal
from maestro_tui.gateway.route import Route, route_of

_READ_ONLY: Final = Trouble(
    "denied",
    "This session is read-only: nothing was sent.",
    "Start without --read-only, or change read_only in the profile, to act.",
)
_NOT_SENT: Final = Trouble(
    "unreachable",
    "Not sent, because the connection was lost before.",
    "Look again and repeat what is still missing.",
)
_STRANGE: Final = Trouble(
    "protocol",
    "The answer cannot be understood.",
    "Check that this address is a Redis or Valkey server, without a proxy.",
)

_FRESH_S: Final = 1.0
"""A connection that was idle for longer may be dead without anybody knowing (a firewall that forgot it): a command
sent over it would be lost, and its outcome unknown for no good reason. The batches of one run come faster."""


class RedisWriter:
    """The `Writer` of a real deployment: the one place from which anything is written."""

    def __init__(self, config: Config, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._route: Route = route_of(config)
        self._caller = Caller(config.address.user)
        self._monotonic_s = monotonic_s
        self._used_at_s = monotonic_s()
        # Whoever finds the connection too old closes it: not while another batch waits for its answer.
        self._lock = asyncio.Lock()

    async def apply(self, batch: Batch) -> Outcome:
        """Carry out a batch once, each entry re-checked on the server; never raises for what the server answers.

        A batch of entries is told by ID: each of its IDs is in `entries`, in order, except in a read-only session.
        `not tried` without a trouble are those that were too many bytes for one call; with one, those that came
        after it. An answer that was lost makes all of them `unknown`; a batch that was refused as a whole was not
        begun.
        """
        if self._config.read_only:
            return Outcome.refused(_READ_ONLY)
        async with self._lock:
            if self._monotonic_s() - self._used_at_s > _FRESH_S:
                await self._route.close()
            try:
                return await self._send(batch)
            finally:
                self._used_at_s = self._monotonic_s()

    async def close(self) -> None:
        """Close the connection."""
        await self._route.close()

    async def _send(self, batch: Batch) -> Outcome:
        if isinstance(batch, InitPlan):
            return await self._carry_out(batch.steps)
        if isinstance(batch, MoveBatch | RestoreBatch):
            return await self._move(batch)
        return await self._change(batch)

    async def _carry_out(self, steps: Sequence[CreateGroup]) -> Outcome:
        done: list[StepOutcome] = []
        for step in steps:
            lost = any(outcome.word == "unknown" for outcome in done)
            done.append(StepOutcome(step.key, "refused", _NOT_SENT) if lost else await self._create(step))
        return Outcome.of(tuple(done))

    async def _create(self, step: CreateGroup) -> StepOutcome:
        command = step.command()
        try:
            link = await self._link(step.stream)
            # What fails until here was never sent; what fails after it may have been carried out.
            [reply] = await link.ask([command])
        except Lost as lost:
            return StepOutcome(step.key, "unknown", _unknown("the group was created", lost.trouble))
        except Failure as failure:
            return StepOutcome(step.key, "refused", failure.trouble)
        if not isinstance(reply, ResponseError):
            return StepOutcome(step.key, "created")
        if code_of(reply) == "BUSYGROUP":
            return StepOutcome(step.key, "already there")
        return StepOutcome(step.key, "refused", refusal(reply, command, self._config.address.user))

    async def _move(self, batch: MoveBatch | RestoreBatch) -> Outcome:
        ids = ids_of(batch)
        if not ids:
            return Outcome.of_entries(())
        call = move_call(batch) if isinstance(batch, MoveBatch) else restore_call(batch)
        doubt = "these entries were moved" if isinstance(batch, MoveBatch) else "these entries were put back"
        try:
            return told_by(await self._call(call), ids)
        except Lost as lost:
            return all_alike(ids, "unknown", _unknown(doubt, lost.trouble))
        except Malformed:
            return all_alike(ids, "unknown", _unknown(doubt, _STRANGE))
        except Failure as failure:
            return all_alike(ids, "not tried", failure.trouble)

    async def _change(self, plan: PositionPlan | RemovePlan) -> Outcome:
        doubt = "the position was set" if isinstance(plan, PositionPlan) else "it was removed"
        try:
            return changed_by(await self._call(change_call(plan)), plan)
        except Lost as lost:
            return Outcome("unknown", trouble=_unknown(doubt, lost.trouble), counts={"unknown": 1})
        except Malformed:
            return Outcome("unknown", trouble=_unknown(doubt, _STRANGE), counts={"unknown": 1})
        except Failure as failure:
            return Outcome.refused(failure.trouble)

    async def _call(self, call: Call) -> Answer:
        return await self._caller.call(await self._link(call.source), call)

    async def _link(self, stream: Name) -> Link:
        link = await self._route.writable(stream)
        # The loop reads a hang-up from the socket in one turn and tells in the next: without these turns, a connection
        # that the server closed while we were busy would pass for open, and what is sent over it would be lost.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await link.connect()
        return link


def _unknown(doubt: str, trouble: Trouble) -> Trouble:
    sentence = f"Whether {doubt} is not known. {trouble.sentence}"
    return Trouble(trouble.fault, sentence, "Look at the next poll before doing it again.")
