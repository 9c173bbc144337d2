"""What a look at a group found, split into what is certainly over and what may still be running.

An entry is certainly over where its holder has received newer ones since (left behind), or where it was delivered
longer ago than a whole batch can take (`safe_after`). Everything else that was asked for may be in somebody's hands.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import ZERO, EntryId, Key, Name
from maestro_tui.domain.pending import delivered_before, is_ghost
from maestro_tui.domain.plans.criteria import Criteria
from maestro_tui.domain.plans.selection import Chosen, Selection, Sweep, Target
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import Count, PendingEntry, at_least, exact

Verdict = Literal["over", "perhaps running", "not asked for"]


@dataclass(frozen=True, slots=True)
class Held:
    """What one consumer holds of the entries that were found: all, and the poison and the ghosts among them.

    `hinted` are those that only their holder's later reads speak for: delivered less than `safe_after` ago. Where
    several processes share a consumer's name, they may be running.
    """

    entries: int = 0
    poison: int = 0
    ghosts: int = 0
    hinted: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the entries that were found, counted by who holds them."""

    holders: Mapping[Name, Held] = field(default_factory=dict)

    @property
    def entries(self) -> int:
        """How many there are."""
        return sum(held.entries for held in self.holders.values())

    @property
    def poison(self) -> int:
        """How many were delivered or requeued too often to be tried again."""
        return sum(held.poison for held in self.holders.values())

    @property
    def ghosts(self) -> int:
        """How many are no longer in the stream."""
        return sum(held.ghosts for held in self.holders.values())

    @property
    def hinted(self) -> int:
        """How many only their holder's later reads speak for."""
        return sum(held.hinted for held in self.holders.values())

    def without(self, holder: Name) -> "Part":
        """Leave out what a consumer holds."""
        return Part({name: held for name, held in self.holders.items() if name != holder})


@dataclass(frozen=True, slots=True)
class Survey:
    """What a look at a group found, at `at_ms` of the server's clock; nothing is written by looking.

    `wide` is all that was asked for, counted in `asked`; `safe` what of it is certainly over, counted in `over`.
    `oldest` is of `wide`. `filtered`: a hand-picked or narrowed subset of what is pending. `words` says what was
    asked for. `attempts` and `gone` hold what is known of single entries: how often they were requeued, and which
    are no longer in the stream. `complete`: the look reached the end of the pending list, or the limit;
    `ghosts_known`: no more ghosts than those counted can be among them.
    """

    key: Key
    at_ms: int
    wide: Selection
    safe: Selection
    asked: Part
    over: Part
    oldest: PendingEntry | None
    filtered: bool
    words: str = ""
    attempts: Mapping[EntryId, int] = field(default_factory=dict)
    gone: frozenset[EntryId] = frozenset()
    complete: bool = True
    ghosts_known: bool = False

    @property
    def by_holder(self) -> Mapping[Name, int]:
        """Count what was asked for by who holds it."""
        return {name: held.entries for name, held in self.asked.holders.items()}

    @property
    def poison(self) -> Count:
        """Count what was delivered or requeued too often; requeues are known where the fields were fetched."""
        whole = isinstance(self.wide, Chosen) and all(one.id in self.attempts for one in self.wide.targets)
        return _seen(self.asked.poison, complete=self.complete and whole)

    @property
    def ghosts(self) -> Count:
        """Count what is no longer in the stream."""
        return _seen(self.asked.ghosts, complete=self.complete and self.ghosts_known)


def survey_chosen(
    entries: Sequence[PendingEntry],
    row: Row,
    config: Config,
    at_ms: int,
    *,
    attempts: Mapping[EntryId, int] | None = None,
    gone: frozenset[EntryId] = frozenset(),
) -> Survey:
    """Sort entries that were named one by one, each as it was seen at `at_ms` of the server's clock."""
    sieve = Sieve(row, Criteria("idle", 0), config, at_ms, attempts=attempts or {}, gone=gone)
    ordered = sorted({entry.id: entry for entry in entries}.values(), key=lambda one: one.id)
    parts = [(Target.of(entry), sieve.take(entry, at_ms)) for entry in ordered]
    found = sieve.survey(complete=True)
    ghosts = {entry.id for entry in ordered if is_ghost(entry, row.stream)}
    return replace(
        found,
        wide=Chosen(tuple(target for target, _ in parts)),
        safe=Chosen(tuple(target for target, part in parts if part == "over")),
        filtered=row.group is None or len(parts) < row.group.pending,
        words="chosen",
        gone=gone | ghosts,
    )


class Sieve:
    """Takes rows of XPENDING in the order of their IDs and sorts them by bounds that were fixed at the beginning."""

    def __init__(
        self,
        row: Row,
        criteria: Criteria,
        config: Config,
        at_ms: int,
        *,
        attempts: Mapping[EntryId, int] | None = None,
        gone: frozenset[EntryId] = frozenset(),
    ) -> None:
        self._row, self._criteria, self._at_ms = row, criteria, at_ms
        self._limits, self._own = config.limits, config.limits.of(row.key.stream)
        self._attempts, self._gone = dict(attempts or {}), gone
        self._holders = {one.name: one for one in (row.group.consumers if row.group else None) or ()}
        self._times_read_at_ms = row.stream.seen_at_ms - (row.group.consumers_age_ms if row.group else 0)
        self._wide: dict[Name, int] = {}
        self._safe: dict[Name, int] = {}
        self._last = ZERO if row.group is None else row.group.last_delivered
        self._oldest: PendingEntry | None = None
        self._asked: dict[Name, Held] = {}
        self._over: dict[Name, Held] = {}
        self._many = Counter[str]()
        for name in self._holders:
            self._bound(name)

    @property
    def full(self) -> bool:
        """Whether as many were found as were asked for."""
        limit = self._criteria.limit
        return limit is not None and self._many["over"] >= limit

    def take(self, entry: PendingEntry, at_ms: int) -> Verdict:
        """Count a row that was read at `at_ms` of the server's clock, and say what it is."""
        self._last = max(self._last, entry.id)
        self._bound(entry.consumer)
        delivered_at = at_ms - entry.idle_ms
        if entry.deliveries < self._criteria.min_deliveries or delivered_at > self._wide.get(entry.consumer, -1):
            return "not asked for"
        over = delivered_at <= self._safe[entry.consumer]
        self._oldest = self._oldest or entry
        self._count("asked", self._asked, entry, delivered_at)
        if over:
            self._count("over", self._over, entry, delivered_at)
        return "over" if over else "perhaps running"

    def survey(self, *, complete: bool) -> Survey:
        """Return what was found; `complete` says that the pending list was seen to its end."""
        whole = complete or self.full
        stream = self._row.stream
        return Survey(
            key=self._row.key,
            at_ms=self._at_ms,
            wide=self._sweep(self._wide, self._many["asked"], complete=whole),
            safe=self._sweep(self._safe, self._many["over"], complete=whole),
            asked=Part(self._asked),
            over=Part(self._over),
            oldest=self._oldest,
            filtered=self._criteria.subset(self._own),
            words=self._criteria.words(self._own),
            attempts=self._attempts,
            gone=self._gone,
            complete=whole,
            ghosts_known=stream.max_deleted_id == ZERO and stream.trouble is None,
        )

    def _bound(self, name: Name) -> None:
        """Fix until when an entry of a holder must have been delivered, once."""
        asked_for = self._criteria.consumer
        if name in self._wide or (asked_for is not None and asked_for != name):
            return
        # From that moment on its holders may have received more: that only makes the bound too careful.
        left_before = delivered_before(self._holders.get(name), self._times_read_at_ms)
        until = self._at_ms - self._criteria.idle_ms(self._own)
        if self._criteria.which == "left behind":
            if left_before is None:
                return
            until = min(until, left_before)
        over = self._at_ms - self._own.safe_after_ms
        self._wide[name] = until
        self._safe[name] = min(until, over if left_before is None else max(over, left_before))

    def _count(self, part: str, holders: dict[Name, Held], entry: PendingEntry, delivered_at_ms: int) -> None:
        limit = self._criteria.limit
        if limit is not None and self._many[part] >= limit:
            return
        self._many[part] += 1
        ghost = entry.id in self._gone or is_ghost(entry, self._row.stream)
        poison = not ghost and self._is_poison(entry)
        hinted = not ghost and not poison and delivered_at_ms > self._at_ms - self._own.safe_after_ms
        held = holders.get(entry.consumer, Held())
        holders[entry.consumer] = Held(
            held.entries + 1, held.poison + poison, held.ghosts + ghost, held.hinted + hinted
        )

    def _is_poison(self, entry: PendingEntry) -> bool:
        tried = self._attempts.get(entry.id, 0)
        return entry.deliveries >= self._limits.poison_deliveries or tried >= self._limits.poison_attempts

    def _sweep(self, bounds: Mapping[Name, int], found: int, *, complete: bool) -> Sweep:
        criteria = self._criteria
        return Sweep(self._last, dict(bounds), criteria.min_deliveries, criteria.limit, _seen(found, complete=complete))


def all_letters(row: Row, limit: int | None = None) -> Sweep:
    """Take all dead letters of a stream that were there when its row was seen, or the oldest `limit` of them."""
    found = row.stream.length if limit is None else min(limit, row.stream.length)
    return Sweep(row.stream.last_entry_id or row.stream.last_id or ZERO, limit=limit, seen=exact(found))


def chosen_letters(ids: Sequence[EntryId]) -> Chosen:
    """Take dead letters by their IDs."""
    return Chosen(tuple(Target(one) for one in sorted(set(ids))))


def _seen(value: int, *, complete: bool) -> Count:
    return exact(value) if complete else at_least(value)
