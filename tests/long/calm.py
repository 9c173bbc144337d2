"""The calm day: the demo's healthy platform, polled once a second; whatever is found is a false alarm."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from maestro_tui.demo.sandbox import Sandbox, sandbox
from maestro_tui.domain.config import Address, Config, Secret
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.names import Key
from maestro_tui.domain.rows import State
from maestro_tui.wiring import open_session

SECONDS: Final = 600
"""How long a full run is; otherwise a twentieth."""
A_PART: Final = 20
SPOILED_S: Final = 8
_GROUPS_OF_AUTOMATION: Final = 15


@dataclass(slots=True)
class Sum:
    """What was seen: polls, failed ones, false alarms, states of declared rows, groups, and entries that went by."""

    polls: int = 0
    failed: int = 0
    alarms: Counter[str] = field(default_factory=Counter)
    told: dict[str, str] = field(default_factory=dict)
    states: Counter[State] = field(default_factory=Counter)
    groups: int = 0
    first: int = 0
    last: int = 0

    def add(self, frame: Frame) -> None:
        """Count one poll."""
        self.polls += 1
        self.failed += frame.trouble is not None
        for one in frame.findings:
            self.alarms[one.rule] += 1
            self.told.setdefault(one.rule, f"{one.title} ({one.evidence})")
        self.states.update(row.state for row in frame.rows if row.declared)
        self.groups = sum(row.key.group is not None for row in frame.rows)
        self.last = sum(stream.entries_added or 0 for stream in frame.snapshot.streams)
        self.first = self.first or self.last


def run(_kinds: Sequence[str], seed: int, *, full: bool, folder: Path, unguarded: bool = False) -> Iterator[str]:
    """Poll the calm demo, and say what was found; `unguarded` takes a group away, which must be noticed.

    The demo brings its own server, whatever kinds are asked for.
    """
    seconds = SPOILED_S if unguarded else SECONDS if full else SECONDS // A_PART
    yield f"{seconds} seconds of the demo's calm, polled once a second, on the demo's own server"
    seen = asyncio.run(_watch(seconds, seed, folder, spoiled=unguarded))
    yield f"{seen.polls} polls, {seen.failed} failed; {seen.groups} groups; {seen.last - seen.first:,} entries added"
    yield "declared rows: " + ", ".join(f"{state} {number}" for state, number in seen.states.most_common())
    yield from (
        f"false alarm at {number} polls: {rule}, first {seen.told[rule]}" for rule, number in seen.alarms.items()
    )
    good = not seen.alarms and not seen.failed and seen.groups >= _GROUPS_OF_AUTOMATION and seen.last > seen.first
    yield f"false alarms {sum(seen.alarms.values())}" + ("" if good else ": FAILED")


async def _watch(seconds: int, seed: int, folder: Path, *, spoiled: bool) -> Sum:
    seen = Sum()
    async with sandbox("calm", seed) as place:
        async for frame in _frames(place, seconds, folder, spoiled=spoiled):
            seen.add(frame)
    return seen


async def _frames(place: Sandbox, seconds: int, folder: Path, *, spoiled: bool) -> AsyncIterator[Frame]:
    address = Address(place.host, place.port, password=Secret(place.password))
    config = replace(Config(), address=address, audit_file=str(folder / "audit.jsonl"))
    async with open_session(config) as session:
        for second in range(seconds):
            if spoiled and second == seconds // 2:
                await _take_away(place, config.topology.declared[0].key)
            frame = await session.monitor.poll()
            yield frame
            await session.clock.sleep(max(0.0, session.monitor.pause_s()))


async def _take_away(place: Sandbox, key: Key) -> None:
    from maestro_tui.demo.workers import connect

    assert key.group is not None
    async with connect(place) as client:
        await client.xgroup_destroy(key.stream.raw, key.group.raw)
