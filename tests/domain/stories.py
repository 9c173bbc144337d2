"""Several polls of one stream, a second apart unless told otherwise: what a single poll cannot show."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.ours import NOTHING, Ours
from maestro_tui.domain.rules import Finding
from maestro_tui.domain.snapshot import PendingEntry, PendingPage, Snapshot, Stream
from maestro_tui.domain.topology import Topology
from tests.domain.building import LIMITS, NOW, TOPOLOGY, group, node, stream

SECOND = 1_000


def at(second: float, one: Stream) -> Snapshot:
    """A poll that many seconds after NOW, by the server's clock and by ours."""
    now = NOW + round(second * SECOND)
    return Snapshot(now, (node(time_ms=now),), (replace(one, seen_at_ms=now),), mono_ms=round(second * SECOND))


def told(
    polls: Iterable[Snapshot],
    *,
    limits: Limits = LIMITS,
    topology: Topology = TOPOLOGY,
    past: Frame | None = None,
    ours: Ours = NOTHING,
) -> list[Frame]:
    """The frames of a row of polls; `ours` is what we did before each of them."""
    frames: list[Frame] = []
    for seen in polls:
        past = derive(past, seen, limits, topology, ours=ours)
        frames.append(past)
    return frames


def spells(frames: Iterable[Frame], rule: str) -> list[str]:
    """When a rule's finding began to be told, and when it ended, by the number of the poll: `+3`, `-7`."""
    lines: list[str] = []
    shown = False
    for poll, made in enumerate(frames):
        now = any(finding.rule == rule for finding in made.findings)
        if now != shown:
            lines.append(f"{'+' if now else '-'}{poll}")
        shown = now
    return lines


def last(frames: list[Frame], rule: str) -> Finding:
    """The finding of a rule as it was told last."""
    return next(one for made in reversed(frames) for one in made.findings if one.rule == rule)


def ids(count: int, *, first: int = 0) -> tuple[EntryId, ...]:
    """IDs of entries, added a millisecond apart, the first of all a minute before NOW."""
    return tuple(EntryId(NOW - 60_000 + first + number) for number in range(count))


def held(name: str, since_s: float, now_s: float, *entries: EntryId, deliveries: int = 1) -> tuple[PendingEntry, ...]:
    """Entries that a consumer received at one second, as they look at another."""
    idle_ms = round((now_s - since_s) * SECOND)
    return tuple(PendingEntry(one, Name.of(name), idle_ms, deliveries) for one in entries)


def pending(*rows: tuple[PendingEntry, ...], complete: bool = True) -> PendingPage:
    """The first page of a pending list."""
    return PendingPage(tuple(sorted((row for part in rows for row in part), key=lambda row: row.id)), complete)


def stand(delivered: EntryId, *, added: int, **changes: Any) -> Stream:  # noqa: ANN401 - the fields of Group
    """A stream with `added` entries, nothing trimmed, and its group at one of them."""
    all_ids = ids(added)
    one = group(last_delivered=delivered, **changes)
    return stream(
        one,
        length=added,
        first_id=all_ids[0],
        last_entry_id=all_ids[-1],
        last_id=all_ids[-1],
        entries_added=added,
    )


def regrouped(one: Stream, **changes: Any) -> Stream:  # noqa: ANN401 - the fields of Group
    """The stream with its groups changed."""
    return replace(one, groups=tuple(replace(each, **changes) for each in one.groups or ()))
