"""A frame: one snapshot, what it means, and what we remember from the ones before.

A face shows frames and cannot tell where they came from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from maestro_tui.domain.limits import Limits
from maestro_tui.domain.memory import Memory, remember
from maestro_tui.domain.names import Key
from maestro_tui.domain.ours import NOTHING, Ours
from maestro_tui.domain.rising import Rising
from maestro_tui.domain.rows import Past, Row, make_rows
from maestro_tui.domain.rules import (
    BY_NAME,
    OF_THE_WAY,
    Context,
    Ended,
    Finding,
    Now,
    Severity,
    agreeing,
    find,
    go_on,
    met,
    ranked,
    told,
    worst,
)
from maestro_tui.domain.snapshot import Snapshot
from maestro_tui.domain.topology import Topology
from maestro_tui.domain.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Frame:
    """What is shown. With `trouble` the last poll failed and all else is of an earlier one.

    `findings` stand causes first, the worst at the top. `ended` are those that were over with this poll.
    """

    snapshot: Snapshot
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    memory: Memory = field(default_factory=Memory)
    trouble: Trouble | None = None
    polls: int = 1
    ended: tuple[Ended, ...] = ()

    def row(self, key: Key | None) -> Row | None:
        """Return the row of a key, if it is there."""
        return next((row for row in self.rows if row.key == key), None)

    def severity(self, key: Key) -> Severity | None:
        """Return the worst that was found about a row."""
        return worst(finding for finding in self.findings if finding.key == key)

    @property
    def ever_polled(self) -> bool:
        """Whether any poll succeeded yet."""
        return self.polls > 0


EMPTY = Frame(Snapshot(0, (), ()), (), (), polls=0)


def derive(
    past: Frame | None,
    seen: Snapshot | Trouble,
    limits: Limits,
    topology: Topology,
    *,
    mono_ms: int | None = None,
    ours: Ours = NOTHING,
) -> Frame:
    """Make the next frame out of the last one and what a poll saw, or the trouble it met.

    `mono_ms` is our monotonic clock when a poll failed; a snapshot carries its own. `ours` is what we did ourselves
    since the last poll that succeeded.
    """
    before = past or EMPTY
    if isinstance(seen, Trouble):
        return _stale(before, seen, limits, before.memory.mono_ms if mono_ms is None else mono_ms)
    memory = remember(before.memory, seen, topology, limits.recent_ms, ours)
    rows = make_rows(seen, Past(memory.trails, memory.activity, memory.proofs), limits, topology)
    context = _context(before, memory, seen, rows, limits, topology)
    now = Now(seen.monotonic_ms, seen.taken_at_ms)
    spells, ended = go_on(memory.spells, find(context), BY_NAME, limits, now)
    findings = ranked(told(spells), _places(rows))
    rows = agreeing(rows, findings)
    return Frame(seen, rows, findings, replace(memory, spells=spells), None, before.polls + 1, ended)


def _context(
    before: Frame, memory: Memory, seen: Snapshot, rows: tuple[Row, ...], limits: Limits, topology: Topology
) -> Context:
    """Gather what rules may look at."""
    return Context(
        seen,
        rows,
        limits,
        topology,
        evicted_since=_risen(memory.evictions),
        rejected_since=_risen(memory.rejections),
        oom_since=_risen(memory.oom),
        misconf_since=_risen(memory.misconf),
        vanished=memory.vanished,
        happened=memory.happened,
        trails=memory.trails,
        handling=memory.handling,
        losses=memory.losses,
        letters=memory.letters,
        spent=memory.spent,
        shown={finding.identity: finding.severity for finding in before.findings},
    )


def _stale(before: Frame, trouble: Trouble, limits: Limits, mono_ms: int) -> Frame:
    """Keep what was seen last, and tell of the trouble; nothing of what was found can have ended unseen."""
    # What nobody uses stays folded away; all else may have changed.
    rows = tuple(row if row.state == "unused" else replace(row, state="stale") for row in before.rows)
    memory = before.memory
    server_ms = before.snapshot.taken_at_ms + max(0, mono_ms - memory.mono_ms) if before.ever_polled else 0
    # The two tell of the same way to the server: where one is met, the other is over.
    way = {identity: spell for identity, spell in memory.spells.items() if identity[0] in OF_THE_WAY}
    others = {identity: spell for identity, spell in memory.spells.items() if identity not in way}
    met_now, ended = go_on(way, [met(trouble)], BY_NAME, limits, Now(mono_ms, server_ms))
    spells = others | met_now
    findings = ranked(told(spells), _places(rows))
    return replace(
        before, rows=rows, findings=findings, memory=replace(memory, spells=spells), trouble=trouble, ended=ended
    )


def _risen(counters: Mapping[str, Rising]) -> dict[str, int]:
    return {address: one.risen for address, one in counters.items()}


def _places(rows: Iterable[Row]) -> Mapping[Key | None, int]:
    return {row.key: place for place, row in enumerate(rows)}
