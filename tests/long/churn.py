"""What happens to streams and groups in the lag run: all that a lag can be made wrong with, drawn by dice."""

import random
from bisect import bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import hiredis

from maestro_tui.domain.names import EntryId
from tests.long.wire import Wire

LONGEST: Final = 450
"""Entries in a stream, about: all are read after each poll, to know the truth."""

STUCK_MS: Final = 3_600_000
"""An entry idle for this long counts as stuck; some are made so."""

_CREWS: Final = (b"w1", b"w2", b"w3")
_AHEAD_MS: Final = 50
_MANY: Final = 10_000
_LONG_AGO: Final = 2 * STUCK_MS

Word = bytes | str | int
Move = Callable[["Churned"], Iterator[tuple[Word, ...]]]


@dataclass
class Churned:
    """One stream of the run: what the last look at it saw, and what has gone from it and how."""

    name: bytes
    groups: tuple[bytes, ...]
    dice: random.Random
    kind: str
    ids: list[EntryId] = field(default_factory=list)
    here: frozenset[bytes] = frozenset()
    delivered: dict[bytes, EntryId] = field(default_factory=dict)
    added: int | None = None
    last: EntryId = field(default_factory=lambda: EntryId(0))
    max_deleted: EntryId | None = None
    trimmed: list[EntryId] = field(default_factory=list)
    pending: dict[bytes, Any] = field(default_factory=dict)
    mood: str = "steady"

    @property
    def counts(self) -> bool:
        """Whether the server keeps counters (from 7.0)."""
        return self.kind != "redis-6.2"

    def churn(self, wire: Wire) -> None:
        """Let a few things happen, as the present mood has them."""
        if self.dice.random() < 0.03:
            self.mood = self.dice.choice(list(_MOODS))
        moves, weights = zip(*_MOODS[self.mood].items(), strict=True)
        for move in self.dice.choices(moves, weights, k=self.dice.choice((0, 1, 1, 2, 3, 4))):
            commands = list(move(self))
            if commands:
                self._note(commands, wire.ask(*commands))

    def looks(self) -> list[tuple[Word, ...]]:
        """Return what to ask to know all of it, for `take`."""
        pending = (("XPENDING", self.name, group, "-", "+", _MANY) for group in self.groups)
        return [
            ("XRANGE", self.name, "-", "+"),
            ("XINFO", "GROUPS", self.name),
            ("XINFO", "STREAM", self.name),
            *pending,
        ]

    def take(self, replies: Sequence[Any]) -> None:
        """Take in the truth of this moment, and what the next moves draw from."""
        entries, groups, facts, *pending = replies
        self.pending = {
            group: listed
            for group, listed in zip(self.groups, pending, strict=True)
            if not isinstance(listed, hiredis.ReplyError)
        }
        if isinstance(facts, hiredis.ReplyError):
            self._begin_anew()
            return
        raw = [id for id, _ in entries]
        self.here = frozenset(raw)
        now = [_read_id(id) for id in raw]
        if now != self.ids:
            here = set(now)
            for id in self.ids:
                if id not in here:
                    insort(self.trimmed, id)
            self.ids = now
        told = dict(zip(facts[::2], facts[1::2], strict=True))
        self.added, self.last = told.get(b"entries-added"), EntryId.parse(told[b"last-generated-id"])
        deleted = told.get(b"max-deleted-entry-id")
        self.max_deleted = None if deleted is None else EntryId.parse(deleted)
        named = [dict(zip(one[::2], one[1::2], strict=True)) for one in groups]
        self.delivered = {one[b"name"]: EntryId.parse(one[b"last-delivered-id"]) for one in named}

    def lag(self, position: EntryId) -> int:
        """Count the entries after a position."""
        return len(self.ids) - bisect_right(self.ids, position)

    def lost(self, position: EntryId) -> int:
        """Count the entries after a position that were trimmed, where the stream begins after it."""
        if self.ids and self.ids[0] <= position:
            return 0
        return len(self.trimmed) - bisect_right(self.trimmed, position)

    def _note(self, commands: Sequence[tuple[Word, ...]], replies: Sequence[Any]) -> None:
        for command, reply in zip(commands, replies, strict=True):
            if isinstance(reply, hiredis.ReplyError):
                if not str(reply).startswith(("ERR", "NOGROUP", "BUSYGROUP")):
                    raise reply
            elif command[0] == "XADD":
                self.ids.append(_read_id(reply))
                self.last, self.added = self.ids[-1], None if self.added is None else self.added + 1
            elif command[0] in ("DEL", "FLUSHALL") and reply:
                self._begin_anew()
            elif command[0] in ("XDEL", "XACKDEL", "XDELEX") and reply in (1, [1]):
                # One that was trimmed by a move before this would have been answered with 0.
                gone = EntryId.parse(str(command[-1]))
                self.ids.remove(gone)
                self.max_deleted = None if self.max_deleted is None else max(self.max_deleted, gone)

    def _begin_anew(self) -> None:
        self.ids, self.trimmed, self.delivered, self.here = [], [], {}, frozenset()
        self.added, self.last, self.max_deleted = None, EntryId(0), None

    def group(self) -> bytes:
        """Draw one of the groups."""
        return self.dice.choice(self.groups)

    def some(self, ids: Sequence[EntryId], most: int) -> list[EntryId]:
        """Draw some IDs."""
        return self.dice.sample(ids, min(len(ids), self.dice.randint(1, most)))

    def any_position(self) -> EntryId:
        """Draw a position: of an entry, between two, before all or after all."""
        if not self.ids or self.dice.random() < 0.1:
            return self.dice.choice((EntryId(0), self.last, EntryId(self.last.ms + _AHEAD_MS)))
        one = self.dice.choice(self.ids)
        return one if self.dice.random() < 0.7 else EntryId(one.ms, one.seq + self.dice.randint(0, 1))


@lru_cache(maxsize=20_000)
def _read_id(id: bytes) -> EntryId:
    return EntryId.parse(id)


def _add(it: Churned) -> Iterator[tuple[Word, ...]]:
    room = max(0, LONGEST - len(it.ids))
    for _ in range(min(room, it.dice.choice((1, 2, 5, 20)))):
        yield ("XADD", it.name, "*", "f", "v")


def _add_much(it: Churned) -> Iterator[tuple[Word, ...]]:
    room = max(0, LONGEST - len(it.ids))
    for _ in range(min(room, it.dice.randint(20, 250))):
        yield ("XADD", it.name, "*", "f", "v")


def _add_capped(it: Churned) -> Iterator[tuple[Word, ...]]:
    cap = it.dice.choice((5, 50, 200, 400))
    for _ in range(it.dice.choice((1, 3, 10, 60))):
        yield ("XADD", it.name, "MAXLEN", it.dice.choice(("=", "~")), cap, "*", "f", "v")


def _read(it: Churned) -> Iterator[tuple[Word, ...]]:
    noack = ("NOACK",) if it.dice.random() < 0.8 else ()
    count = it.dice.choice((1, 2, 5, 10, 30))
    yield ("XREADGROUP", "GROUP", it.group(), it.dice.choice(_CREWS), "COUNT", count, *noack, "STREAMS", it.name, ">")


def _read_much(it: Churned) -> Iterator[tuple[Word, ...]]:
    noack = ("NOACK",) if it.dice.random() < 0.9 else ()
    count = it.dice.choice((60, 150, 400))
    yield ("XREADGROUP", "GROUP", it.group(), it.dice.choice(_CREWS), "COUNT", count, *noack, "STREAMS", it.name, ">")


def _ack(it: Churned) -> Iterator[tuple[Word, ...]]:
    group = it.group()
    read = it.ids[: bisect_right(it.ids, it.delivered.get(group, EntryId(0)))]
    if it.dice.random() < 0.5:
        read = it.some(read, 200)
    if read:
        yield ("XACK", it.name, group, *map(str, read))


def _ack_and_delete(it: Churned) -> Iterator[tuple[Word, ...]]:
    group = it.group()
    read = it.ids[: bisect_right(it.ids, it.delivered.get(group, EntryId(0)))]
    for id in it.some(read, 10):
        yield ("XACK", it.name, group, str(id))
        yield ("XDEL", it.name, str(id))


def _delete_unread(it: Churned) -> Iterator[tuple[Word, ...]]:
    unread = it.ids[bisect_right(it.ids, it.delivered.get(it.group(), EntryId(0))) :]
    for id in it.some(unread, 3):
        yield ("XDEL", it.name, str(id))


def _delete_any(it: Churned) -> Iterator[tuple[Word, ...]]:
    for id in [it.ids[-1]] if it.ids and it.dice.random() < 0.4 else it.some(it.ids, 3):
        yield ("XDEL", it.name, str(id))


def _trim(it: Churned) -> Iterator[tuple[Word, ...]]:
    if it.dice.random() < 0.5 and it.ids:
        yield ("XTRIM", it.name, "MINID", str(it.dice.choice(it.ids)))
    else:
        yield ("XTRIM", it.name, "MAXLEN", it.dice.choice((0, 1, 10, 50, 150, 300)))


def _trim_head(it: Churned) -> Iterator[tuple[Word, ...]]:
    yield ("XTRIM", it.name, "MAXLEN", max(0, len(it.ids) - it.dice.randint(1, 20)))


def _set_position(it: Churned) -> Iterator[tuple[Word, ...]]:
    position = it.any_position()
    yield ("XGROUP", "SETID", it.name, it.group(), str(position), *_entries_read(it, position))


def _set_and_back(it: Churned) -> Iterator[tuple[Word, ...]]:
    group = it.group()
    yield ("XGROUP", "SETID", it.name, group, str(it.any_position()))
    yield ("XREADGROUP", "GROUP", group, b"w1", "COUNT", 5, "STREAMS", it.name, ">")
    yield ("XGROUP", "SETID", it.name, group, str(it.delivered.get(group, EntryId(0))))


def _create_again(it: Churned) -> Iterator[tuple[Word, ...]]:
    group, position = it.group(), it.any_position()
    yield ("XGROUP", "DESTROY", it.name, group)
    yield ("XGROUP", "CREATE", it.name, group, str(position), "MKSTREAM", *_entries_read(it, position))


def _entries_read(it: Churned, position: EntryId) -> tuple[Word, ...]:
    """Draw an ENTRIESREAD: none, the right one, or one that is wrong."""
    draw = it.dice.random()
    if not it.counts or it.added is None or draw < 0.4:
        return ()
    right = max(0, it.added - it.lag(position))
    wrong = it.dice.choice((right + it.dice.randint(-60, 60), it.dice.randint(0, 2 * it.added + 10)))
    return ("ENTRIESREAD", right if draw < 0.7 else max(0, wrong))


def _claim(it: Churned) -> Iterator[tuple[Word, ...]]:
    if not it.ids:
        return
    ids = map(str, it.some(it.ids, 5))
    lied = ("LASTID", str(it.any_position())) if it.dice.random() < 0.5 else ()
    yield ("XCLAIM", it.name, it.group(), it.dice.choice(_CREWS), 0, *ids, "IDLE", _LONG_AGO, "FORCE", "JUSTID", *lied)


def _bump(it: Churned) -> Iterator[tuple[Word, ...]]:
    """XSETID: a newer last ID with the counters as they are, or a higher ID of a deletion that nobody saw.

    Never a lower one: that can hide a deletion, which `domain/proof.py` says it relies on.
    """
    last = EntryId(it.last.ms + it.dice.randint(0, _AHEAD_MS), it.last.seq + 1)
    if it.counts and it.added is not None and it.max_deleted is not None and it.dice.random() < 0.3:
        higher = max(it.max_deleted, it.any_position())
        if higher <= it.last:
            yield ("XSETID", it.name, str(last), "ENTRIESADDED", it.added, "MAXDELETEDID", str(higher))
    else:
        yield ("XSETID", it.name, str(last))


def _start_over(it: Churned) -> Iterator[tuple[Word, ...]]:
    yield ("DEL", it.name)
    for group in it.groups:
        yield ("XGROUP", "CREATE", it.name, group, it.dice.choice(("0", "$")), "MKSTREAM")
    for _ in range(it.dice.choice((0, 1, 150, 450))):
        yield ("XADD", it.name, "*", "f", "v")


def _newer(it: Churned) -> Iterator[tuple[Word, ...]]:
    """What Redis 8.2 brought: it takes entries out of the middle."""
    if it.kind != "redis-8.2" or not it.ids:
        return
    match it.dice.randrange(3):
        case 0:
            yield ("XTRIM", it.name, "MAXLEN", max(0, len(it.ids) - 30), it.dice.choice(("ACKED", "DELREF")))
        case 1:
            yield ("XACKDEL", it.name, it.group(), "DELREF", "IDS", 1, str(it.dice.choice(it.ids)))
        case _:
            yield ("XDELEX", it.name, "KEEPREF", "IDS", 1, str(it.dice.choice(it.ids)))


_CHAOS: Final[dict[Move, float]] = {
    _add: 20,
    _add_much: 5,
    _add_capped: 10,
    _read: 20,
    _read_much: 5,
    _ack: 8,
    _ack_and_delete: 4,
    _delete_unread: 4,
    _delete_any: 4,
    _trim: 4,
    _trim_head: 4,
    _set_position: 5,
    _set_and_back: 2,
    _create_again: 3,
    _claim: 4,
    _bump: 3,
    _start_over: 1,
    _newer: 3,
}

_MOODS: Final[dict[str, dict[Move, float]]] = {
    "steady": {_add: 10, _read: 12, _ack: 8},
    "backlog": {_add: 10, _add_much: 3, _read: 6, _ack: 4, _trim_head: 1},
    "capped": {_add_capped: 10, _read: 8, _read_much: 2, _ack: 5},
    "deleting": {_add: 10, _add_much: 1, _read: 8, _ack_and_delete: 10, _delete_any: 0.3},
    "trimmed": {_add: 8, _add_much: 2, _read: 6, _read_much: 1, _ack: 4, _trim: 2, _trim_head: 4, _newer: 1},
    "chaos": _CHAOS,
}
