"""One server, looked at again and again: what a poll asks, in which order, and what is kept until the next."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from maestro_tui.domain.config import Config
from maestro_tui.domain.dead import dead_name
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.snapshot import Group, Node, Stream
from maestro_tui.domain.trouble import Failure, Trouble
from maestro_tui.engine.ports import Clock
from maestro_tui.gateway import info, parse
from maestro_tui.gateway.details import MOST_A_POLL, ROWS_A_POLL, Details, has_detail
from maestro_tui.gateway.discover import Discovery
from maestro_tui.gateway.link import Command, Link, ask_all
from maestro_tui.gateway.looks import Found, Looks
from maestro_tui.gateway.refusals import told
from maestro_tui.gateway.streams import Moment, Streams, fetching

_INFO: Final[Command] = (b"INFO",)
_TIME: Final[Command] = (b"TIME",)

# The first poll may take longer, so that a small database is known at once; later ones must not be slowed down.
_FIRST_SCANS, _FIRST_SCANS_S = 20, 0.5
_SCANS, _SCANS_S = 10, 0.05

_ITEMS_A_BREATH: Final = 50
_NOT_FOUND: Final = Found()
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Sight:
    """What one poll saw of one server."""

    node: Node
    taken_at_ms: int
    streams: tuple[Stream, ...]
    discovery_complete: bool
    notes: tuple[str, ...]


class Watch:
    """Polls one server. Rounds: streams, groups and known details together; new details; looks at entries."""

    def __init__(self, link: Link, config: Config, clock: Clock) -> None:
        user = config.address.user
        self._link = link
        self._user = user
        self._clock = clock
        self._topology = config.topology
        self._discovery = Discovery(config.topology.discover, user)
        self._streams = Streams(str(link.address), user)
        self._details = Details(config.topology, user)
        self._looks = Looks(user)
        self._met = False
        self._rows_left = ROWS_A_POLL

    async def look(self, focus: Key | None) -> Sight:
        """Look once; raise `Failure` where nothing can be read."""
        try:
            return await self._look(focus)
        except Failure as failure:
            if failure.trouble.fault == "loading":
                raise Failure(await self._loading(failure.trouble)) from None
            raise

    def is_heavy(self, name: Name) -> bool | None:
        """Whether a stream's entries are large, as far as polls have seen them; None where none has."""
        stream = self._streams.last(name)
        return stream.heavy if stream is not None and stream.exists else None

    async def _look(self, focus: Key | None) -> Sight:
        first = not self._met
        if first:
            await self._meet()
            await self._discovery.go_on(self._link, self._clock, calls=_FIRST_SCANS, within_s=_FIRST_SCANS_S)
        names = self._names(focus)
        node, moment, notes, asked = await self._ask_streams(names, focus)
        streams = [stream for name in names if (stream := self._streams.last(name)) is not None]
        await self._ask_details(streams, focus, moment, MOST_A_POLL - asked)
        _refuse_to_show_nothing(node, streams)
        found = await self._ask_looks(streams, node, focus)
        seen = [self._dress(stream, found, moment.now_s) async for stream in _unhurried(streams)]
        if not first:
            await self._discovery.go_on(self._link, self._clock, calls=_SCANS, within_s=_SCANS_S)
            letters = (dead_name(name) for name in self._topology.streams)
            await self._discovery.look_for(self._link, self._clock, letters)
        kept = self._forget(seen, focus)
        self._looks.remember(kept, node)
        return Sight(node, moment.taken_at_ms, kept, self._discovery.complete, (*notes, *self._discovery.notes))

    async def _meet(self) -> None:
        """Learn what server this is before any stream is touched, so that looking does not save it from eviction."""
        [reply] = await self._link.ask([_INFO])
        node = told(lambda raw: info.node(raw, self._link.address), reply, _INFO, self._user)
        self._link.introduce(modern=not isinstance(node, Trouble) and info.is_modern(node))
        self._met = True

    def _names(self, focus: Key | None) -> list[Name]:
        """Declared streams in their order, then the others by name."""
        declared = self._topology.streams
        others = set(self._discovery.names) | ({focus.stream} if focus is not None else set())
        return [*declared, *sorted(others.difference(declared))]

    async def _ask_streams(self, names: Sequence[Name], focus: Key | None) -> tuple[Node, Moment, tuple[str, ...], int]:
        """Round 1: the server, and of each stream all that is already known to be there, next to each other."""
        now_s = self._clock.monotonic_s()
        own = [self._streams.commands(name, now_s) for name in names]
        chosen = self._details.choose(self._groups(names), focus, now_s, MOST_A_POLL)
        by_stream: dict[Name, list[tuple[Key, tuple[Command, ...]]]] = {}
        asked, self._rows_left = self._details.questions(chosen, focus, ROWS_A_POLL)
        for key, commands in asked:
            by_stream.setdefault(key.stream, []).append((key, commands))
        units: list[tuple[Command, ...]] = [(_INFO, _TIME)]
        for name, commands in zip(names, own, strict=True):
            units.append((*commands, *(command for _, part in by_stream.get(name, ()) for command in part)))
        asked_ms = self._clock.wall_ms()
        head, *answers = await ask_all(self._link, units)
        node, taken_at_ms, notes = self._head(head, asked_ms, self._clock.wall_ms())
        moment = Moment(taken_at_ms, now_s)
        back: list[Name] = []
        async for name, commands, replies in _unhurried(list(zip(names, own, answers, strict=True))):
            if not self._streams.take(name, commands, replies[: len(commands)], moment):
                back.append(name)
            at = len(commands)
            for key, part in by_stream.get(name, ()):
                self._details.take(key, part, replies[at : at + len(part)], now_s)
                at += len(part)
        await self._ask_again(back, moment)
        return node, moment, notes, len(chosen)

    async def _ask_again(self, names: Sequence[Name], moment: Moment) -> None:
        """Fetch streams that had been missing and are back."""
        units = [fetching(name) for name in names]
        for name, unit, replies in zip(names, units, await ask_all(self._link, units), strict=True):
            self._streams.take(name, unit, replies, moment)

    def _groups(self, names: Sequence[Name]) -> list[tuple[Key, Group]]:
        seen = [stream for name in names if (stream := self._streams.last(name)) is not None]
        return [(Key(stream.name, group.name), group) for stream in seen for group in stream.groups or ()]

    def _head(self, replies: list[object], asked_ms: int, told_ms: int) -> tuple[Node, int, tuple[str, ...]]:
        """Read INFO and TIME; without TIME this machine's clock must do, and the operator is told.

        They were answered between `asked_ms` and `told_ms` of this machine's clock.
        """
        address = self._link.address
        node = told(lambda raw: info.node(raw, address), replies[0], _INFO, self._user)
        time_ms = told(parse.time_ms, replies[1], _TIME, self._user)
        if isinstance(node, Trouble):
            node = Node(str(address), address.db, trouble=node)
        if isinstance(time_ms, Trouble):
            note = f"Ages are by this machine's clock, not the server's. {time_ms}"
            return node, self._clock.wall_ms(), (note,)
        # The server's clock agrees with ours where it says anything in between.
        skew_ms = time_ms - min(max(time_ms, asked_ms), told_ms)
        return replace(node, time_ms=time_ms, skew_ms=skew_ms), time_ms, ()

    async def _ask_details(self, streams: Sequence[Stream], focus: Key | None, moment: Moment, budget: int) -> None:
        """Round 2: groups that have only just turned up, as far as the budget goes."""
        known = [(Key(s.name, group.name), group) for s in streams for group in s.groups or ()]
        self._details.keep_only({key for key, group in known if has_detail(group)})
        new = [(key, group) for key, group in known if not self._details.knows(key)]
        chosen = self._details.choose(new, focus, moment.now_s, budget)
        asked, _ = self._details.questions(chosen, focus, self._rows_left)
        answers = await ask_all(self._link, [commands for _, commands in asked])
        for (key, commands), replies in zip(asked, answers, strict=True):
            self._details.take(key, commands, replies, moment.now_s)

    def _dress(self, stream: Stream, found: Mapping[Key, Found], now_s: float) -> Stream:
        if not stream.groups:
            return stream
        dressed = []
        for group in stream.groups:
            key = Key(stream.name, group.name)
            looked = found.get(key, _NOT_FOUND)
            dressed.append(self._details.dress(key, looked.dress(group), now_s, looked.trouble))
        return replace(stream, groups=tuple(dressed))

    async def _ask_looks(self, streams: Sequence[Stream], node: Node, focus: Key | None) -> dict[Key, Found]:
        """Round 3: entries of groups in the middle of a stream; the ends tell all of the others."""
        units = self._looks.plan(streams, node, self._streams.weight_of, lambda key: self._details.rank(key, focus))
        answers = await ask_all(self._link, [unit.commands for unit in units])
        found: dict[Key, Found] = {}
        async for unit, replies in _unhurried(list(zip(units, answers, strict=True))):
            told_of, largest = self._looks.read(unit, replies)
            found |= told_of
            self._streams.weigh(unit.stream.name, largest)
        return found

    def _forget(self, streams: Sequence[Stream], focus: Key | None) -> tuple[Stream, ...]:
        """Drop what nobody declared and is gone, and all that was remembered of it."""
        wanted = {*self._topology.streams, *(() if focus is None else (focus.stream,))}
        kept: list[Stream] = []
        for stream in streams:
            if stream.exists is not False or stream.name in wanted:
                kept.append(stream)
            else:
                self._discovery.forget(stream.name)
        self._streams.keep_only({stream.name for stream in kept})
        return tuple(kept)

    async def _loading(self, trouble: Trouble) -> Trouble:
        """Add how far the server is: INFO is answered while it loads."""
        [reply] = await self._link.ask([_INFO])
        progress = told(info.loading_progress, reply, _INFO, self._user)
        if isinstance(progress, Trouble) or not progress:
            return trouble
        return replace(trouble, sentence=f"{trouble.sentence} It has loaded {progress}.")


def _refuse_to_show_nothing(node: Node, streams: Sequence[Stream]) -> None:
    """A poll of which every answer was a refusal has failed."""
    if node.trouble is None or any(stream.trouble is None for stream in streams):
        return
    raise Failure(next((stream.trouble for stream in streams if stream.trouble is not None), node.trouble))


async def _unhurried(items: Sequence[_Item]) -> AsyncIterator[_Item]:
    """Let the screen move between the items of a long list: 1,000 streams take tens of milliseconds to read."""
    for at, item in enumerate(items, start=1):
        yield item
        if at % _ITEMS_A_BREATH == 0:
            await asyncio.sleep(0)
