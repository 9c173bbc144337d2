"""A writer as one would write it at first: it copies, then acknowledges, and checks nothing on the server.

It is here so that the long runs can be seen to fail: under it they must find duplicates.
"""

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import EntryId
from maestro_tui.domain.outcomes import EntryOutcome, Outcome
from maestro_tui.domain.plans import Batch, MoveBatch, MovePlan, Target
from maestro_tui.domain.trouble import Failure
from maestro_tui.gateway.link import Command, Link
from maestro_tui.gateway.route import Route, route_of


class UnguardedWriter:
    """Moves entries by XADD and XACK, one after the other."""

    def __init__(self, config: Config) -> None:
        self._route: Route = route_of(config)

    async def apply(self, batch: Batch) -> Outcome:
        """Copy each entry, then acknowledge it."""
        assert isinstance(batch, MoveBatch)
        link = await self._route.writable(batch.plan.key.stream)
        done = []
        for target in batch.targets:
            try:
                done.append(await self._move(link, batch.plan, target))
            except Failure as failure:
                lost = EntryOutcome(target.id, "unknown", note=str(failure.trouble))
                return Outcome.of_entries([*done, lost], failure.trouble)
        return Outcome.of_entries(done)

    async def close(self) -> None:
        """Close the connection."""
        await self._route.close()

    async def _move(self, link: Link, plan: MovePlan, target: Target) -> EntryOutcome:
        stream, id = plan.key.stream.raw, str(target.id).encode()
        fields = _fields(await _one(link, (b"XRANGE", stream, id, id)))
        assert plan.to is not None
        assert plan.key.group is not None
        copy = await _one(link, (b"XADD", plan.to.raw, b"*", *fields))
        await _one(link, (b"XACK", stream, plan.key.group.raw, id))
        assert isinstance(copy, bytes)
        return EntryOutcome(target.id, "done", EntryId.parse(copy))


async def _one(link: Link, command: Command) -> object:
    [reply] = await link.ask([command])
    return reply


def _fields(reply: object) -> list[bytes]:
    assert isinstance(reply, list)
    [[_, fields]] = reply
    assert isinstance(fields, list)
    return fields
