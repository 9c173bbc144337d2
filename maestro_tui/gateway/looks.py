"""Round 3 of a poll: bounded looks at entries, which settle what the server's counters only claim.

Of each group in the middle of its stream the first undelivered entry is read, as it tells how long work has waited. On
a budget of looks and of bytes, more is read where that can settle the lag: what is ahead of the group, what is
behind it, what it passed since its proof (`domain/proof.py`), or what lies further on than an unfinished count.
Nothing is asked whose answer is known: the ends settle it, or a proof still does.

A look is later than the XINFO before it. What it counts is bounded by what XINFO saw; and since a deletion in between
would spoil a subtraction, XINFO STREAM is asked again after all but looks ahead, and these count only if nothing left.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from maestro_tui.domain.lag import guess
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.proof import Proof, carried, mark_of, prove, settled
from maestro_tui.domain.snapshot import Group, Look, Node, Stream
from maestro_tui.domain.trouble import Trouble
from maestro_tui.gateway import parse
from maestro_tui.gateway.link import Command
from maestro_tui.gateway.refusals import told

MOST: Final = 100
"""Entries in one look: 25-31 µs of the server's time."""

LOOKS_A_POLL: Final = 40
"""Looks at more than one entry in one poll."""

FIRSTS_A_POLL: Final = 200
"""Groups whose first undelivered entry is read in one poll."""

BYTES_A_POLL: Final = 256 * 1024
"""Of replies, as far as can be told from the entries that were seen before."""

FIRST_LOOK: Final = 25
"""Entries in the first look at a stream: its ends are known, but its middle may hold larger ones."""

WALK: Final = 3_000
"""A longer way is not counted to its end: it would take half a minute, and is as well estimated."""

_NEARLY: Final = 1.5
_OVERHEAD: Final = 48

What = Literal["ahead", "behind", "passed", "further"]


@dataclass(frozen=True, slots=True)
class Wish:
    """A look that would tell something: entries from `start` to `end` (as XRANGE spells them), at most `count`."""

    what: What
    start: bytes
    end: bytes
    count: int
    at: EntryId | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """The looks at one stream, asked in one breath, and whether XINFO STREAM comes after them."""

    stream: Stream
    wishes: tuple[tuple[Key, Wish], ...]

    @property
    def again(self) -> bool:
        """Whether it must be seen that nothing left in between."""
        return any(wish.what != "ahead" for _, wish in self.wishes)

    @property
    def commands(self) -> tuple[Command, ...]:
        """All commands, in order."""
        looks = tuple(_spelled(self.stream.name, wish) for _, wish in self.wishes)
        return (*looks, (b"XINFO", b"STREAM", self.stream.name.raw)) if self.again else looks


@dataclass(frozen=True, slots=True)
class Found:
    """What the looks told of one group; `first` is its first undelivered entry."""

    first: EntryId | None = None
    looks: Mapping[What, Look] = field(default_factory=dict)
    passed_from: EntryId | None = None
    further_from: EntryId | None = None
    trouble: Trouble | None = None

    def dress(self, group: Group) -> Group:
        """Return the group with what was found."""
        return replace(
            group,
            first_undelivered=self.first,
            ahead=self.looks.get("ahead"),
            behind=self.looks.get("behind"),
            passed=self.looks.get("passed"),
            passed_from=self.passed_from if "passed" in self.looks else None,
            further=self.looks.get("further"),
            further_from=self.further_from if "further" in self.looks else None,
        )


@dataclass
class _Purse:
    """What is left of a poll's budget."""

    looks: int
    firsts: int
    octets: int

    def grant(self, wish: Wish, weight: int, most: int) -> Wish | None:
        """Return the wish as far as it can be paid for, and take that out; a single entry ahead is always granted."""
        count = min(wish.count, most, self.octets // weight if self.looks else 1)
        if count < 2:
            if wish.what != "ahead" or not self.firsts:
                return None
            count = 1
        if wish.what == "ahead":
            self.firsts -= 1
        self.looks -= count > 1
        self.octets -= min(self.octets, count * weight)
        return replace(wish, count=count)


class Looks:
    """Decides where to look at each poll, and remembers what is proven."""

    def __init__(self, user: str | None) -> None:
        self._user = user
        self._proofs: Mapping[Key, Proof] = {}
        self._weights: dict[Name, int] = {}

    def plan(
        self, streams: Iterable[Stream], node: Node, weight_of: Callable[[Name], int], rank: Callable[[Key], int]
    ) -> list[Unit]:
        """Return what to ask, a unit for each stream; `rank` says whose groups come first where the budget ends."""
        middle = [
            (Key(stream.name, group.name), stream, group)
            for stream in streams
            for group in stream.groups or ()
            if _is_in_the_middle(stream, group)
        ]
        purse = _Purse(LOOKS_A_POLL, FIRSTS_A_POLL, BYTES_A_POLL)
        granted: dict[Name, list[tuple[Key, Wish]]] = {}
        by_name: dict[Name, Stream] = {}
        for key, stream, group in sorted(middle, key=lambda item: rank(item[0])):
            known = self._weights.get(stream.name)
            weight = _OVERHEAD + max(weight_of(stream.name), known or 0)
            by_name[stream.name] = stream
            for wish in self._wishes(key, stream, group, node):
                given = purse.grant(wish, weight, FIRST_LOOK if known is None else MOST)
                if given is not None:
                    granted.setdefault(stream.name, []).append((key, given))
        return [Unit(by_name[name], tuple(wishes)) for name, wishes in granted.items()]

    def read(self, unit: Unit, replies: Sequence[object]) -> tuple[dict[Key, Found], int]:
        """Return what the replies to a unit tell of each group, and the weight of the largest entry in bytes."""
        found: dict[Key, Found] = {}
        largest = 0
        unchanged = not unit.again or self._unchanged(unit, replies[-1])
        for (key, wish), command, reply in zip(unit.wishes, unit.commands, replies, strict=False):
            one = told(parse.looked_at, reply, command, self._user)
            before = found.get(key, Found())
            if isinstance(one, Trouble):
                found[key] = replace(before, trouble=one)
                continue
            largest = max(largest, one.largest)
            found[key] = _added(before, wish, one) if wish.what == "ahead" or unchanged else before
        if largest:
            self._weights[unit.stream.name] = largest
        return found, largest

    def remember(self, streams: Sequence[Stream], node: Node) -> None:
        """Keep what is proven after a poll, as the frame will: that decides what the next one asks."""
        self._proofs = prove(self._proofs, streams, (node,))
        names = {stream.name for stream in streams if stream.exists}
        self._weights = {name: weight for name, weight in self._weights.items() if name in names}

    def _wishes(self, key: Key, stream: Stream, group: Group, node: Node) -> tuple[Wish, ...]:
        mark, proof = mark_of(stream, node), self._proofs.get(key)
        kept = carried(proof, stream, group, mark) if proof is not None and mark is not None else None
        if kept is not None and kept.until is not None and kept.until <= group.last_delivered:
            kept = None
        return _wishes(stream, group, kept, walks=mark is not None)

    def _unchanged(self, unit: Unit, reply: object) -> bool:
        """Whether no entry can have left a stream since the poll's first look at it."""
        now = told(parse.stream_facts, reply, unit.commands[-1], self._user)
        if isinstance(now, Trouble):
            return False
        was = unit.stream
        if was.entries_added is None or now.entries_added is None:
            return (was.length, was.last_id) == (now.length, now.last_id)
        came = now.entries_added - was.entries_added
        return came >= 0 and came == now.length - was.length and now.max_deleted_id == was.max_deleted_id


def _is_in_the_middle(stream: Stream, group: Group) -> bool:
    first, last = stream.first_id, stream.last_entry_id
    if stream.heavy or first is None or last is None:
        return False
    return first <= group.last_delivered < last


def _wishes(stream: Stream, group: Group, kept: Proof | None, *, walks: bool) -> tuple[Wish, ...]:
    """Return the looks that would tell most, the first undelivered entry always among them.

    `kept`: a proof that still holds; `walks`: whether a count that is not finished can go on at the next poll.
    """
    position = group.last_delivered
    if settled(stream, group) is not None:
        return (_ahead(stream, group, 1),)
    least, most = _guesses(stream, group)
    if kept is None:
        if least <= (WALK if walks else 2 * MOST):
            looks = (_ahead(stream, group, stream.length),)
        else:
            looks = (_ahead(stream, group, 1),)
        return (*looks, _behind(group)) if _behind_helps(stream, least, most) else looks
    if kept.until is None:
        return _wishes_behind_a_proof(stream, group, kept, least)
    wishes = [_ahead(stream, group, 1)]
    if kept.position < position:
        wishes.append(_passed(kept, position))
    if least - kept.counted <= WALK:
        wishes.append(Wish("further", b"(%b" % _spell(kept.until), _end(stream), MOST, kept.until))
    return tuple(wishes)


def _wishes_behind_a_proof(stream: Stream, group: Group, kept: Proof, least: int) -> tuple[Wish, ...]:
    """Return the looks where all after `kept.position` is counted, and the group may have moved on from there.

    A group that reads hundreds between two polls outruns every look at what it passed, and waits for few.
    """
    position = group.last_delivered
    if kept.position == position:
        return (_ahead(stream, group, 1),)
    if kept.counted < MOST:
        return (_ahead(stream, group, kept.counted + 1),)
    if least <= MOST / _NEARLY:
        return (_ahead(stream, group, MOST),)
    ahead = _ahead(stream, group, MOST if least <= MOST * _NEARLY else 1)
    if guess(stream, kept.position) - guess(stream, position) > WALK:
        return (ahead,)
    return (ahead, _passed(kept, position))


def _guesses(stream: Stream, group: Group) -> tuple[int, int]:
    """Guess the lag, low and high, from what the server claims and from the IDs' times: to choose by, not to show."""
    guesses = [guess(stream, group.last_delivered)]
    if group.server_lag is not None:
        guesses.append(min(group.server_lag, stream.length))
    return min(guesses), max(guesses)


def _behind_helps(stream: Stream, least: int, most: int) -> bool:
    """Whether there is hope that all behind the group can be counted in one look, and not all ahead of it."""
    return most >= MOST / _NEARLY and stream.length - most < MOST * _NEARLY and stream.length - least < WALK


def _ahead(stream: Stream, group: Group, count: int) -> Wish:
    return Wish("ahead", b"(%b" % _spell(group.last_delivered), _end(stream), min(count, MOST))


def _behind(group: Group) -> Wish:
    return Wish("behind", b"-", _spell(group.last_delivered), MOST)


def _passed(kept: Proof, position: EntryId) -> Wish:
    return Wish("passed", b"(%b" % _spell(kept.position), _spell(position), MOST, kept.position)


def _end(stream: Stream) -> bytes:
    return b"+" if stream.last_id is None else _spell(stream.last_id)


def _spell(id: EntryId) -> bytes:
    return b"%d-%d" % (id.ms, id.seq)


def _spelled(stream: Name, wish: Wish) -> Command:
    return (b"XRANGE", stream.raw, wish.start, wish.end, b"COUNT", b"%d" % wish.count)


def _added(before: Found, wish: Wish, one: parse.LookedAt) -> Found:
    look = Look(one.seen, one.seen < wish.count, one.last)
    now = replace(before, looks={**before.looks, wish.what: look})
    match wish.what:
        case "ahead":
            return replace(now, first=one.first)
        case "passed":
            return replace(now, passed_from=wish.at)
        case "further":
            return replace(now, further_from=wish.at)
    return now
