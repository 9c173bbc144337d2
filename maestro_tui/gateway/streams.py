"""XINFO STREAM and XINFO GROUPS into streams, with those that are too heavy to be fetched at every poll.

XINFO STREAM carries the whole first and last entry. Where these are large it is asked so rarely that a stream
costs at most 64 KB a second on average; in between only XINFO GROUPS is. A heavy stream is then of two moments:
what lag is made of (length, first and last ID, entries added, each group's position) is as it was at
`seen_at_ms`, all of one moment, and its lag is shown as an estimate; what alarms are made of (pending entries,
consumers) is of now.
"""

from dataclasses import dataclass, replace
from typing import Final

from maestro_tui.domain.names import Name
from maestro_tui.domain.snapshot import Group, Stream
from maestro_tui.domain.trouble import Trouble
from maestro_tui.gateway import parse
from maestro_tui.gateway.link import Command
from maestro_tui.gateway.refusals import is_missing, told

HEAVY_BYTES: Final = 64 * 1024
_BYTES_A_SECOND: Final = 64 * 1024
_REST_AT_LEAST_S: Final = 5.0
_REST_AT_MOST_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Moment:
    """When a poll happens: by the server's clock, and by ours, which never jumps."""

    taken_at_ms: int
    now_s: float


@dataclass(frozen=True, slots=True)
class _Seen:
    stream: Stream
    weight: int
    at_s: float
    larger: int = 0

    def resting(self, now_s: float) -> bool:
        """Whether it is too early to fetch this stream's entries again."""
        if self.weight <= HEAVY_BYTES:
            return False
        rest = min(max(self.weight / _BYTES_A_SECOND, _REST_AT_LEAST_S), _REST_AT_MOST_S)
        return now_s - self.at_s < rest


class Streams:
    """The streams of one server as they were seen last, without what is known of their groups in detail."""

    def __init__(self, node: str, user: str | None) -> None:
        self._node = node
        self._user = user
        self._seen: dict[Name, _Seen] = {}

    def last(self, name: Name) -> Stream | None:
        """Return a stream as it is known."""
        seen = self._seen.get(name)
        return None if seen is None else seen.stream

    def commands(self, name: Name, now_s: float) -> tuple[Command, ...]:
        """Return what to ask about a stream itself at this poll.

        Of one that was missing only TYPE, which says `none`: two errors a second of our making would hide the
        application's own in the server's error statistics.
        """
        seen = self._seen.get(name)
        if seen is not None and seen.stream.exists is False:
            return ((b"TYPE", name.raw),)
        if seen is not None and seen.resting(now_s):
            return (_groups_of(name),)
        return fetching(name)

    def take(self, name: Name, commands: tuple[Command, ...], replies: list[object], moment: Moment) -> bool:
        """Remember what the server answered to `commands`; False where the stream must be fetched after all."""
        seen = self._seen.get(name)
        if commands[0][0] == b"TYPE":
            self._seen[name] = self._missing(name, moment)
            return replies[0] == b"none"
        if len(commands) == 1 and seen is not None:
            self._seen[name] = self._refreshed(seen, commands[0], replies[0], moment)
        else:
            self._seen[name] = self._fetched(name, commands, replies, moment)
        return True

    def weight_of(self, name: Name) -> int:
        """Return the bytes of the larger of a stream's two ends, as they were seen last."""
        seen = self._seen.get(name)
        return 0 if seen is None else seen.larger

    def weigh(self, name: Name, weight: int) -> None:
        """Note that an entry from the middle of a stream was as large as this."""
        seen = self._seen[name]
        if weight > max(seen.weight, HEAVY_BYTES):
            self._seen[name] = replace(seen, weight=weight, stream=replace(seen.stream, heavy=True))

    def keep_only(self, names: set[Name]) -> None:
        """Forget streams that are not looked at any more."""
        self._seen = {name: seen for name, seen in self._seen.items() if name in names}

    def _missing(self, name: Name, moment: Moment) -> _Seen:
        return _Seen(Stream(name, self._node, moment.taken_at_ms, exists=False), 0, moment.now_s)

    def _fetched(self, name: Name, commands: tuple[Command, ...], replies: list[object], moment: Moment) -> _Seen:
        if any(is_missing(reply) for reply in replies):
            return self._missing(name, moment)
        facts = told(parse.stream_facts, replies[0], commands[0], self._user)
        groups = told(parse.groups, replies[1], commands[1], self._user)
        trouble = next((answer for answer in (facts, groups) if isinstance(answer, Trouble)), None)
        known: tuple[Group, ...] | None = None
        if not isinstance(groups, Trouble):
            known = groups
        elif groups.fault == "wrong_type":
            known = ()
        if isinstance(facts, Trouble):
            # Whoever told of groups knows the key.
            exists = None if known is None else True
            row = Stream(name, self._node, moment.taken_at_ms, exists=exists, groups=known, trouble=trouble)
            return _Seen(row, 0, moment.now_s)
        row = Stream(
            name,
            self._node,
            moment.taken_at_ms,
            length=facts.length,
            first_id=facts.first_id,
            last_entry_id=facts.last_entry_id,
            last_id=facts.last_id,
            entries_added=facts.entries_added,
            max_deleted_id=facts.max_deleted_id,
            groups=known,
            heavy=facts.weight > HEAVY_BYTES,
            trouble=trouble,
        )
        return _Seen(row, facts.weight, moment.now_s, facts.larger)

    def _refreshed(self, seen: _Seen, command: Command, reply: object, moment: Moment) -> _Seen:
        if is_missing(reply):
            return self._missing(seen.stream.name, moment)
        now = told(parse.groups, reply, command, self._user)
        if isinstance(now, Trouble):
            return replace(seen, stream=replace(seen.stream, groups=None, trouble=now))
        if seen.stream.groups is None:
            # Told again, but positions of now do not go with ends of then: fetch all at the next poll.
            return replace(seen, weight=0)
        fresh = {group.name: group for group in now}
        groups = tuple(
            replace(group, consumer_count=fresh[group.name].consumer_count, pending=fresh[group.name].pending)
            for group in seen.stream.groups
            if group.name in fresh
        )
        # For the same reason a new group waits for the next poll.
        complete = len(groups) == len(fresh)
        return replace(seen, stream=replace(seen.stream, groups=groups), weight=seen.weight if complete else 0)


def fetching(name: Name) -> tuple[Command, ...]:
    """Return what tells all about a stream."""
    return ((b"XINFO", b"STREAM", name.raw), _groups_of(name))


def _groups_of(name: Name) -> Command:
    return (b"XINFO", b"GROUPS", name.raw)
