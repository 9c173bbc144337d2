"""The incident from close by: what the pending list, the streams and single entries would have told.

The scenes of the group screen and the inspector play it; as in the overview's scenes no server takes part.
"""

import json
from collections.abc import Mapping
from dataclasses import replace

from maestro_tui.domain.config import Config
from maestro_tui.domain.names import EntryId, Key, Name
from maestro_tui.domain.plans.provenance import ATTEMPT, ORIGIN, Fields, Provenance, wrap
from maestro_tui.domain.snapshot import PendingEntry, Snapshot, Stream
from maestro_tui.engine.ports import Holding
from screenshots.script import HEALING, NOW_MS, SCENES, Scene
from tests.fakes import Shelf

STREAM = Name.of("maestro:streams:automation:healing")
GROUP = Name.of("maestro-healing-workers")
KEY = Key(STREAM, GROUP)
DEAD = Name(STREAM.raw + b":dead")

_MINUTE = 60_000


def heal_test(number: int, at_ms: int) -> Fields:
    """Return what the platform puts into the healing stream."""
    payload = {
        "test_id": f"checkout-{number}",
        "selector": "#pay",
        "attempt": 1,
        "failures": [{"step": "click #pay", "error": "TimeoutError: 30000ms exceeded", "took_s": 30.0}],
        "screenshots": [],
    }
    text = json.dumps(payload).encode()
    return ((b"type", b"heal_test"), (b"payload", text), (b"timestamp", str(at_ms // 1000).encode()))


def pending_rows() -> tuple[PendingEntry, ...]:
    """The healing group's pending list; one entry was delivered far too often."""
    rows = list(HEALING.pending)
    rows[2] = replace(rows[2], deliveries=7)
    return tuple(rows)


def healing_stream() -> Mapping[EntryId, Fields]:
    """The healing stream: the first pending entry is gone, one was requeued before, one holds no text."""
    rows = pending_rows()
    held = {row.id: heal_test(place, row.id.ms) for place, row in enumerate(rows) if place}
    marks = ((ORIGIN, b"1795351042117-0"), (ATTEMPT, b"1"))
    held[rows[4].id] = (*held[rows[4].id], *marks)
    held[rows[5].id] = ((b"type", b"heal_test"), (b"payload", b"\x80\x04\x95\x1b\x00[2J\xff trace"), (b"log", b"a\nb"))
    for place in range(667):
        at_ms = NOW_MS - 12 * _MINUTE + place * 1_000
        held[EntryId(at_ms)] = heal_test(300 + place, at_ms)
    return held


def dead_letters() -> Mapping[EntryId, Fields]:
    """What was set aside from the healing stream a while ago."""
    held = {}
    for place in range(12):
        was = EntryId(NOW_MS - (90 - place) * _MINUTE, 0)
        fields = ((b"type", b"heal_test"), (b"payload", b"{not json"), (b"timestamp", b"1795350802"))
        at_ms = NOW_MS - 40 * _MINUTE + place
        of = Provenance(STREAM, GROUP, was, Name(b"worker-1"), 7, 22 * _MINUTE, at_ms)
        held[EntryId(at_ms)] = wrap(fields, of)
    return held


def desk() -> Shelf:
    """Return what the server holds besides its polls."""
    own = Holding(GROUP, pending_rows()[1], delivered=True)
    others = (
        Holding(Name.of("maestro-automation-workers"), None, delivered=False),
        Holding(Name.of("maestro-monitoring-workers"), None, delivered=False),
    )
    streams = {STREAM: healing_stream(), DEAD: dead_letters()}
    return Shelf(rows=pending_rows(), at_ms=NOW_MS, streams=streams, holdings=(own, *others))


def _with_dead(seen: Snapshot) -> Snapshot:
    """Add the stream of dead letters, which no group reads."""
    ids = sorted(dead_letters())
    stream = Stream(DEAD, seen.nodes[0].address, seen.taken_at_ms, True, len(ids), ids[0], ids[-1], ids[-1], len(ids))
    return replace(seen, streams=(*seen.streams, stream))


def _scene(*press: str, size_ascii: bool = False) -> Scene:
    script = tuple(_with_dead(seen) for seen in SCENES["incident"].script if isinstance(seen, Snapshot))
    return Scene(script, Config(environment="production", ascii=size_ascii), press=("g", "enter", *press), shelf=desk)


_DEAD_ROW = ("escape", "slash", *"dead", "enter", "g", "enter")

DESK: Mapping[str, Scene] = {
    "group": _scene("down", "space", "down", "space"),
    "group_ascii": _scene("down", "space", size_ascii=True),
    "group_filter": _scene("slash", *"mark=left checkout-1", "enter"),
    "group_filter_bad": _scene("slash", *"idle>soon", "enter"),
    "group_consumers": _scene("tab"),
    "group_entries": _scene("tab", "tab"),
    "group_jump": _scene("tab", "tab", "at"),
    "dead_letters": _scene(*_DEAD_ROW, "space", "space"),
    "inspector": _scene("down", "enter"),
    "inspector_binary": _scene(*["down"] * 5, "enter"),
    "inspector_ghost": _scene("enter"),
    "inspector_letter": _scene(*_DEAD_ROW, "enter"),
}
"""Every state of the group screen and the inspector, by name."""
