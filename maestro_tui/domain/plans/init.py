"""The plan that creates what the topology declares and the server lacks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from maestro_tui.domain.names import ZERO, EntryId, Key, Name
from maestro_tui.domain.quantities import plural
from maestro_tui.domain.snapshot import Snapshot, Stream
from maestro_tui.domain.start import Start
from maestro_tui.domain.topology import Topology

# A longer word would be a test of patience.
_WORD_SHOWN = 40


@dataclass(frozen=True, slots=True)
class CreateGroup:
    """One step: XGROUP CREATE stream group `start` MKSTREAM, with ENTRIESREAD where it is known to be right."""

    stream: Name
    group: Name
    start: EntryId = ZERO
    entries_read: int | None = None

    @property
    def key(self) -> Key:
        """The row this step creates."""
        return Key(self.stream, self.group)

    def command(self) -> tuple[bytes, ...]:
        """Return the exact Redis command."""
        start = b"0" if self.start == ZERO else str(self.start).encode()
        read = () if self.entries_read is None else (b"ENTRIESREAD", str(self.entries_read).encode())
        return (b"XGROUP", b"CREATE", self.stream.raw, self.group.raw, start, b"MKSTREAM", *read)


@dataclass(frozen=True, slots=True)
class Choice:
    """A missing group whose stream holds entries: somebody must say where it starts.

    `delivers_all` is what start 0 delivers, finished work among it; `skips` is what the end skips. The end is
    frozen to the last ID seen when planned, so that entries added meanwhile are not skipped.
    """

    key: Key
    alias: str
    entries: int
    first_id: EntryId | None
    last_id: EntryId
    entries_added: int | None
    remembered: Start | None = None

    def start_at_end(self) -> Start:
        """Return the start that skips what is there now."""
        return Start("end", self.last_id, self.entries_added)

    def options(self) -> tuple[tuple[Start, str], ...]:
        """Return the choices with what each does, in numbers."""
        entries = plural(self.entries, "entry", "entries")
        rows = [
            (Start("0"), f"start at 0: delivers {entries}, finished work among them"),
            (self.start_at_end(), f"start at the end: skips {entries}, delivers only what comes after {self.last_id}"),
        ]
        if self.remembered is not None:
            rows.append((self.remembered, f"start where the group was: after {self.remembered.id}, last seen here"))
        return tuple(rows)


@dataclass(frozen=True, slots=True)
class InitPlan:
    """What is missing: steps with nothing to decide, and choices that need a start.

    `blocked` are declared rows that cannot be created, each with the reason. `questions` must be answered before
    anything is sent: production, or a database that may be the wrong one.
    """

    steps: tuple[CreateGroup, ...]
    choices: tuple[Choice, ...] = ()
    blocked: tuple[tuple[Key, str], ...] = ()
    questions: tuple[str, ...] = ()
    taken_at_ms: int = 0
    production: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing is missing that could be created."""
        return not self.steps and not self.choices

    @property
    def decided(self) -> bool:
        """Whether the plan can be sent as it is."""
        return bool(self.steps) and not self.choices

    def choose(self, starts: Mapping[Key, Start], *, versioned: bool) -> "InitPlan":
        """Turn the answered choices into steps. `versioned`: the server has ENTRIESREAD (7.0 and later)."""
        answered = tuple(choice for choice in self.choices if choice.key in starts)
        steps = tuple(
            CreateGroup(
                choice.key.stream,
                choice.key.group or Name(b""),
                starts[choice.key].id,
                starts[choice.key].entries_read if versioned else None,
            )
            for choice in answered
        )
        left = tuple(choice for choice in self.choices if choice not in answered)
        return replace(self, steps=(*self.steps, *steps), choices=left)

    def commands(self) -> tuple[tuple[bytes, ...], ...]:
        """Return every Redis command this plan sends, in order."""
        return tuple(step.command() for step in self.steps)


def plan_init(
    seen: Snapshot,
    topology: Topology,
    remembered: Mapping[Key, Start],
    *,
    production: bool = False,
) -> InitPlan:
    """Compare the topology with a snapshot and return what must be created. Nothing is written."""
    steps: list[CreateGroup] = []
    choices: list[Choice] = []
    blocked: list[tuple[Key, str]] = []
    for entry in topology.declared:
        stream = seen.stream(entry.stream)
        if entry.group is None or (stream is not None and stream.group(entry.group) is not None):
            continue
        reason = _obstacle(stream)
        if reason:
            blocked.append((entry.key, reason))
        elif stream is None or not stream.exists or stream.length == 0:
            # Also at an emptied stream: nothing waits, so start 0 and the end deliver the same.
            steps.append(CreateGroup(entry.stream, entry.group))
        else:
            choices.append(_choice(entry.key, entry.alias, stream, remembered.get(entry.key)))
    questions = _questions(seen, topology, production) if steps or choices else ()
    return InitPlan(tuple(steps), tuple(choices), tuple(blocked), questions, seen.taken_at_ms, production)


def _obstacle(stream: Stream | None) -> str:
    if stream is None or stream.exists is None:
        trouble = None if stream is None else stream.trouble
        return str(trouble) if trouble else "the server did not tell whether this stream exists"
    if stream.trouble is not None:
        return str(stream.trouble)
    return "" if stream.groups is not None else "the server did not tell which groups this stream has"


def _choice(key: Key, alias: str, stream: Stream, remembered: Start | None) -> Choice:
    last = stream.last_id or stream.last_entry_id or ZERO
    if remembered is not None and remembered.id > last:
        remembered = None
    elif remembered is not None and (stream.first_id is None or remembered.id < stream.first_id):
        # Trimmed past it, or another stream of the same name: what was counted then may be wrong now.
        remembered = replace(remembered, entries_read=None)
    return Choice(key, alias, stream.length, stream.first_id, last, stream.entries_added, remembered)


def _questions(seen: Snapshot, topology: Topology, production: bool) -> tuple[str, ...]:
    asked: list[str] = []
    if production:
        asked.append("This is production.")
    keys = sum(node.keys or 0 for node in seen.nodes)
    present = [seen.stream(name) for name in topology.streams]
    if keys and not any(stream is not None and stream.exists for stream in present):
        asked.append(f"This database has {plural(keys, 'key')} but none of the declared streams: is it the right one?")
    return tuple(asked)


def parse_start(text: str) -> Callable[[Choice], Start]:
    """Read `0`, `end`, an entry ID (delivers what comes after it) or an ISO time (delivers from then on).

    Raise ValueError with a readable sentence for anything else, and, from what is returned, for a start beyond the
    last entry: such a group would deliver nothing and look healthy.
    """
    word = text.strip().lower()
    if word == "0":
        return lambda _: Start("0")
    if word in ("end", "$"):
        return lambda choice: choice.start_at_end()
    return partial(_within, fixed=parse_point(text))


def parse_point(text: str) -> EntryId:
    """Read an entry ID, or an ISO time as the ID just before it; raise ValueError with a readable sentence."""
    is_time = "T" in text.upper() or ":" in text or text.count("-") > 1
    return _from_time(text) if is_time else EntryId.parse(text)


def _within(choice: Choice, fixed: EntryId) -> Start:
    if fixed > choice.last_id:
        raise ValueError(f"{fixed} is after the last entry, {choice.last_id}: nothing would be delivered; give end")
    return Start("id", fixed)


def short_word(key: Key, alias: str | None) -> str:
    """Return what must be typed in production: the last part of the stream's name, else its alias, else `create`."""
    last = key.stream.raw[-_WORD_SHOWN - 1 :].decode("utf-8", "replace").rpartition(":")[2]
    return next((word for word in (last, alias or "") if _typeable(word)), "create")


def _typeable(text: str) -> bool:
    return 0 < len(text) <= _WORD_SHOWN and text.isascii() and text.isprintable() and " " not in text


def _from_time(text: str) -> EntryId:
    """Return the ID just before a time, so that the first entry at that time is delivered."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"{text[:40]!r} is no start: give 0, end, an entry ID, or a time such as 2026-11-22T14:03:00Z"
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    ms = round(moment.timestamp() * 1000)
    if ms <= 0:
        raise ValueError(f"{text[:40]!r} is before 1970")
    return EntryId(ms - 1, 2**64 - 1)


__all__ = ["Choice", "CreateGroup", "InitPlan", "Start", "parse_point", "parse_start", "plan_init", "short_word"]
