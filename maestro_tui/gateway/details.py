"""Consumers and the first pending page of each group, on a budget.

The page holds all that is pending where that is at most `MOST_ROWS`, as far as the poll's budget of rows goes: the
focus first, then what is declared. Of more the page is short, since it would not tell all anyway.

The two of one group are always asked together and kept together: which entries are left behind is told by
comparing their times, which must be of one moment.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from maestro_tui.domain.names import Key
from maestro_tui.domain.snapshot import Consumer, Group, PendingPage
from maestro_tui.domain.topology import Topology
from maestro_tui.domain.trouble import Trouble
from maestro_tui.gateway import parse
from maestro_tui.gateway.link import Command
from maestro_tui.gateway.refusals import told

MOST_A_POLL: Final = 200
"""Groups looked at in detail in one poll; the others take turns and keep what was seen of them last."""

PAGE: Final = 100

MOST_ROWS: Final = 1_000
"""Rows in the longest page: 0.25-0.3 ms of the server's time."""

ROWS_A_POLL: Final = 3_000
"""Rows of long pages in one poll, over all groups."""

# Each consumer is compared with each row.
_CONSUMERS_BY_ROWS: Final = 100

# XINFO CONSUMERS of 10,000 consumers takes 4 ms of the server and 60 of ours (measured on 7.0.15).
CROWD: Final = 1_000
MOST_CONSUMERS: Final = 10_000
CROWD_EVERY_S: Final = 30.0

_NOTHING_PENDING: Final = PendingPage((), complete=True)


@dataclass(frozen=True, slots=True)
class _Detail:
    consumers: tuple[Consumer, ...] | None
    page: PendingPage | None
    trouble: Trouble | None
    at_s: float


_UNKNOWN: Final = _Detail(None, None, None, float("-inf"))


class Details:
    """What is known of each group in detail, and whose turn it is."""

    def __init__(self, topology: Topology, user: str | None) -> None:
        self._declared = frozenset(entry.key for entry in topology.declared)
        self._user = user
        self._known: dict[Key, _Detail] = {}

    def choose(
        self, groups: Iterable[tuple[Key, Group]], focus: Key | None, now_s: float, budget: int
    ) -> list[tuple[Key, Group]]:
        """Return the groups to ask about now: the focus, then declared ones, then whoever waited longest."""
        due = [
            (key, group)
            for key, group in groups
            if has_detail(group) and (key == focus or self._due(key, group, now_s))
        ]
        if len(due) <= budget:
            return due
        return sorted(due, key=lambda item: (self.rank(item[0], focus), self._at_s(item[0])))[:budget]

    def rank(self, key: Key, focus: Key | None) -> int:
        """Order groups by how much the operator wants to see them."""
        if focus is not None and key.stream == focus.stream and focus.group in (None, key.group):
            return 0
        return 1 if key in self._declared else 2

    def questions(
        self, chosen: Iterable[tuple[Key, Group]], focus: Key | None, rows: int
    ) -> tuple[list[tuple[Key, tuple[Command, ...]]], int]:
        """Return what to ask about each group with at most `rows` rows in long pages, and how many are left."""
        asked = []
        for key, group in sorted(chosen, key=lambda item: self.rank(item[0], focus)):
            count = _rows_of(group)
            if count > PAGE:
                count = count if count <= rows else PAGE
                rows -= count if count > PAGE else 0
            asked.append((key, _commands(key, group, count)))
        return asked, rows

    def take(self, key: Key, commands: tuple[Command, ...], replies: list[object], now_s: float) -> None:
        """Remember what the server answered to `commands`."""
        rows = told(parse.pending_rows, replies[-1], commands[-1], self._user)
        page, consumers, trouble = None, None, None
        if isinstance(rows, Trouble):
            trouble = rows
        else:
            page = PendingPage(rows, complete=len(rows) < int(commands[-1][-1]))
        if len(commands) == 2:
            crew = told(parse.consumers, replies[0], commands[0], self._user)
            if isinstance(crew, Trouble):
                trouble = crew
            else:
                consumers = crew
        self._known[key] = _Detail(consumers, page, trouble, now_s)

    def dress(self, key: Key, group: Group, now_s: float, denied: Trouble | None) -> Group:
        """Return the group with what is known of it in detail; `denied` is why nothing else could be."""
        if not has_detail(group):
            return replace(group, consumers=(), page=_NOTHING_PENDING, trouble=denied)
        detail = self._known.get(key, _UNKNOWN)
        page = _NOTHING_PENDING if group.pending == 0 and detail.page is not None else detail.page
        if page is not None and detail.at_s < now_s:
            # The page is of an earlier moment: entries may have come since.
            page = replace(page, complete=page.complete and group.pending == 0)
        lowest = page.entries[0].id if page is not None and page.entries else None
        return replace(
            group,
            consumers=detail.consumers,
            consumers_age_ms=0 if detail is _UNKNOWN else math.ceil((now_s - detail.at_s) * 1000),
            page=page,
            lowest_pending=lowest,
            trouble=detail.trouble or denied,
        )

    def knows(self, key: Key) -> bool:
        """Whether a group has ever been looked at in detail."""
        return key in self._known

    def keep_only(self, keys: set[Key]) -> None:
        """Forget groups that are gone."""
        self._known = {key: detail for key, detail in self._known.items() if key in keys}

    def _due(self, key: Key, group: Group, now_s: float) -> bool:
        known = self._known.get(key)
        crowded = CROWD < group.consumer_count <= MOST_CONSUMERS
        return known is None or not crowded or now_s - known.at_s >= CROWD_EVERY_S

    def _at_s(self, key: Key) -> float:
        return self._known.get(key, _UNKNOWN).at_s


def has_detail(group: Group) -> bool:
    """Whether there is anything to ask: without consumers and pending entries both answers would be empty."""
    return group.consumer_count > 0 or group.pending > 0


def _rows_of(group: Group) -> int:
    """Return how long a page must be to hold all that is pending, and what may come until it is read."""
    if not PAGE <= group.pending < MOST_ROWS or group.consumer_count > _CONSUMERS_BY_ROWS:
        return PAGE
    return min(group.pending + group.pending // 20 + 1, MOST_ROWS)


def _commands(key: Key, group: Group, rows: int) -> tuple[Command, ...]:
    """Return what to ask about a group; of too large a crowd only the pending entries."""
    assert key.group is not None
    page = (b"XPENDING", key.stream.raw, key.group.raw, b"-", b"+", b"%d" % rows)
    if group.consumer_count > MOST_CONSUMERS:
        return (page,)
    return ((b"XINFO", b"CONSUMERS", key.stream.raw, key.group.raw), page)
