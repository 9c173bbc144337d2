"""A stream of huge entries is not fetched at every poll: what is known of it is then of an earlier moment."""

from dataclasses import replace

from maestro_tui.domain.columns import drain_text
from maestro_tui.domain.frame import derive
from maestro_tui.domain.snapshot import Count, Snapshot
from tests.domain.building import LIMITS, NOW, TOPOLOGY, consumer, group, node, rules, stream

GONE = consumer(idle_ms=60_000, inactive_ms=60_000)


def _polls(seconds: int) -> list[Snapshot]:
    """Every fifth poll fetches the stream, whose entries were all delivered and finished long ago."""
    made = []
    for second in range(seconds):
        now, fetched = NOW + second * 1_000, NOW + second // 5 * 5_000
        one = replace(stream(group(GONE)), heavy=True, seen_at_ms=fetched)
        made.append(Snapshot(now, (node(time_ms=now),), (one,), mono_ms=second * 1_000))
    return made


def test_nothing_waits_between_two_looks_where_nothing_waited_at_the_last_one() -> None:
    made, told = None, []
    for seen in _polls(12):
        made = derive(made, seen, LIMITS, TOPOLOGY)
        told.append((made.rows[0].state, rules(made), drain_text(made.rows[0])))
    assert set(map(str, told)) == {str(("ok", [], "-"))}
    assert made is not None
    assert made.rows[0].lag == Count(0, "estimate")
