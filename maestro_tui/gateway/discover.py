"""Finds streams nobody declared, a few SCAN calls at a time, so that a database of millions of keys is safe."""

from collections.abc import Iterable
from typing import Final

from redis.exceptions import ResponseError

from maestro_tui.domain.names import Name
from maestro_tui.engine.ports import Clock
from maestro_tui.gateway.link import Command, Link
from maestro_tui.gateway.parse import Malformed, scanned
from maestro_tui.gateway.refusals import refusal

MOST_STREAMS: Final = 1_000
SWEEP_EVERY_S: Final = 30.0
# Who has just set something aside wants to see it: a sweep may be half a minute away, and its pattern another one.
LETTERS_EVERY_S: Final = 2.0
_MOST_LETTERS: Final = 100
_KEYS_A_CALL: Final = b"1000"


class Discovery:
    """The sweep over the key space: where it is, and what it and the one before found."""

    def __init__(self, pattern: str | None, user: str | None) -> None:
        self.complete = pattern is None
        self.notes: tuple[str, ...] = ()
        self._pattern = None if pattern is None else Name.of(pattern).raw
        self._user = user
        self._cursor: bytes | None = None
        self._ended_at_s: float | None = None
        self._found: set[Name] = set()
        self._known: frozenset[Name] = frozenset()
        self._letters: set[Name] = set()
        self._asked_at_s: float | None = None

    @property
    def names(self) -> frozenset[Name]:
        """What the last sweep found, and this one so far; and the streams of dead letters."""
        return self._known | self._found | self._letters

    def forget(self, name: Name) -> None:
        """Drop a stream that has turned out not to exist any more."""
        self._known -= {name}
        self._found.discard(name)
        self._letters.discard(name)

    async def look_for(self, link: Link, clock: Clock, letters: Iterable[Name]) -> None:
        """See whether streams of dead letters have come into being; TYPE tells without an error and without a touch."""
        now_s = clock.monotonic_s()
        if self._asked_at_s is None:
            # The first sweep has only just been there.
            self._asked_at_s = now_s
        if now_s - self._asked_at_s < LETTERS_EVERY_S:
            return
        self._asked_at_s = now_s
        unknown = [name for name in letters if name not in self.names][:_MOST_LETTERS]
        if unknown:
            replies = await link.ask([(b"TYPE", name.raw) for name in unknown])
            self._letters |= {name for name, reply in zip(unknown, replies, strict=True) if reply == b"stream"}

    async def go_on(self, link: Link, clock: Clock, *, calls: int, within_s: float) -> None:
        """Scan on, at most so many calls and about so long; begin again when the last sweep is old."""
        began = clock.monotonic_s()
        if self._pattern is None or self._resting(began):
            return
        for _ in range(calls):
            command: Command = (
                *(b"SCAN", self._cursor or b"0", b"MATCH", self._pattern),
                *(b"COUNT", _KEYS_A_CALL, b"TYPE", b"stream"),
            )
            [reply] = await link.ask([command])
            self._take(reply, command)
            now = clock.monotonic_s()
            if self._cursor is None:
                self._ended_at_s = now
            if self._cursor is None or now - began >= within_s:
                return

    def _resting(self, now_s: float) -> bool:
        if self._cursor is not None or self._ended_at_s is None:
            return False
        return now_s - self._ended_at_s < SWEEP_EVERY_S

    def _take(self, reply: object, command: Command) -> None:
        """Add what one call found; afterwards there is a cursor to go on with, or none at the end of the sweep."""
        self._cursor = None
        if isinstance(reply, ResponseError):
            self.notes = (f"No streams can be discovered: {refusal(reply, command, self._user)}",)
            return
        try:
            cursor, names = scanned(reply)
        except Malformed:
            self.notes = ("No streams can be discovered: the answer to SCAN cannot be understood.",)
            return
        self._found |= set(names)
        if cursor != b"0" and len(self._found) <= MOST_STREAMS:
            self._cursor = cursor
            return
        self._finish()

    def _finish(self) -> None:
        self.complete, self.notes = True, ()
        if len(self._found) > MOST_STREAMS:
            self._found = set(sorted(self._found)[:MOST_STREAMS])
            self.notes = (
                f"More than {MOST_STREAMS:,} streams fit the pattern; only {MOST_STREAMS:,} of them are shown.",
            )
        self._known, self._found = frozenset(self._found), set()
