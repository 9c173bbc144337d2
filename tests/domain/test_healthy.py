"""An hour of the healthy platform, polled once a second: uneven, bursty, with workers replaced, and no false alarm.

On a server without `inactive` times, a quarter of an hour.
"""

from dataclasses import replace
from random import Random

import pytest

from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.limits import MAESTRO_LIMITS
from maestro_tui.domain.names import ZERO, EntryId, Name
from maestro_tui.domain.snapshot import Memory, Node, Snapshot, Stream
from maestro_tui.domain.topology import MAESTRO
from tests.domain.building import ADDRESS, NOW, node
from tests.domain.workshop import Workshop, unused_group

POLLS = 3_600
OLDER_POLLS = 900
RESULTS = Name.of("maestro:streams:automation:results")
SERVICE = tuple(entry.group for entry in MAESTRO.declared[:3] if entry.group is not None)
"""The groups that the automation service creates on every stream it knows."""


def _shops(rng: Random) -> list[Workshop]:
    jobs, healing, errors, validation = MAESTRO.declared
    return [
        Workshop(jobs, every_ms=1_000, handling_ms=600, rng=rng, burst=40),
        Workshop(healing, every_ms=1_800_000, handling_ms=250_000, rng=rng),
        Workshop(errors, every_ms=200, handling_ms=1, rng=rng, burst=300, keep=1_000),
        Workshop(validation, every_ms=20_000, handling_ms=9_000, batch=5, rng=rng, keep=50),
    ]


def _results(now: int) -> Stream:
    """Results are written and nobody reads them; the service's three groups are there all the same."""
    count = 1 + (now - NOW) // 1_000
    last = EntryId(now - 300)
    unused = tuple(replace(unused_group(name), server_lag=count) for name in SERVICE)
    return Stream(RESULTS, ADDRESS, now, True, count, EntryId(NOW), last, last, count, ZERO, unused)


def _server(poll: int, rng: Random, *, modern: bool) -> Node:
    """A server that breathes: memory and clients go up and down, within what is usual."""
    memory = Memory(round((1.2 + 0.2 * rng.random()) * (1 << 30)), 2 << 30, "allkeys-lru", 0)
    version = "7.4.2" if modern else "7.0.15"
    return node(
        version=version, memory=memory, clients=30 + poll % 9, rejected_connections=4, skew_ms=rng.randint(0, 40)
    )


def _with_service_groups(stream: Stream) -> Stream:
    """Give a stream the groups of the service that it does not have yet: fifteen on its five streams."""
    have = {group.name for group in stream.groups or ()}
    more = tuple(replace(unused_group(name), server_lag=stream.length) for name in SERVICE if name not in have)
    return replace(stream, groups=(*(stream.groups or ()), *more))


@pytest.mark.parametrize(("modern", "polls"), [(True, POLLS), (False, OLDER_POLLS)], ids=["7.4", "7.0"])
def test_an_hour_of_polls_finds_nothing(modern: bool, polls: int) -> None:
    rng = Random(f"healthy/{modern}")
    shops, last, states = _shops(rng), None, set()
    wrong: dict[str, str] = {}
    for poll in range(polls):
        for step in range(10):
            for shop in shops:
                shop.move(NOW + poll * 1_000 + step * 100)
        if poll % 900 == 450:
            shops[poll // 900 % len(shops)].replace_worker()
        now = NOW + poll * 1_000 + 900
        streams = [_with_service_groups(shop.stream(now, modern=modern)) for shop in shops]
        seen = Snapshot(now, (_server(poll, rng, modern=modern),), (*streams, _results(now)), mono_ms=poll * 1_000)
        last = derive(last, seen, MAESTRO_LIMITS, MAESTRO)
        wrong |= {
            one.id: f"{one.title} ({one.evidence}) at poll {poll}" for one in last.findings if one.id not in wrong
        }
        states |= {row.state for row in last.rows if row.declared}
    assert wrong == {}
    assert states == {"ok"}
    if polls == POLLS:
        _assert_busy(last, shops)


def _assert_busy(last: Frame | None, shops: list[Workshop]) -> None:
    """An hour in which nothing happened would prove nothing."""
    assert last is not None
    of_service = [row for row in last.rows if row.key.group in SERVICE]
    assert len(of_service) == 15
    assert sum(row.state == "unused" for row in last.rows) == 12
    jobs, healing, errors, validation = shops
    assert len(jobs.ids) > POLLS + 40
    assert len(errors.ids) > 5 * POLLS
    assert errors.trimmed > 1_000
    assert validation.trimmed > 50
    assert healing.read >= 1
    assert sum(len(shop.gone) for shop in shops) >= 2
