"""A frame as OpenMetrics text: the official parser takes it, and nothing unknown is a number in it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.samples import Sample

from maestro_tui.domain.config import Config
from maestro_tui.domain.document import document
from maestro_tui.domain.frame import EMPTY, Frame, derive
from maestro_tui.domain.metrics import openmetrics
from maestro_tui.domain.metrics.exposition import Exposition, Family, label_of
from maestro_tui.domain.names import Name
from maestro_tui.domain.snapshot import Memory, Snapshot
from screenshots.script import SCENES
from tests import openmetrics as openmetrics_parser
from tests.domain.building import (
    DENIED,
    DOWN,
    KEY,
    LIMITS,
    NOW,
    TOPOLOGY,
    absent,
    ago,
    consumer,
    deserted,
    entry,
    frame,
    group,
    letters,
    node,
    page,
    snapshot,
    spoiled,
    stream,
)
from tests.scenes import frame_of

CONFIG = Config(topology=TOPOLOGY, limits=LIMITS)
OLD = group(entries_read=None, server_lag=None, pending=3, last_delivered=ago(300_000))
FRAMES = {
    "healthy": frame(stream(group())),
    "empty": frame(absent()),
    "denied": frame(spoiled(DENIED)),
    "no group": frame(stream()),
    "nobody there": frame(stream(deserted(server_lag=10))),
    "unknown lag": frame(stream(OLD, entries_added=None, max_deleted_id=None)),
    "groups not told": frame(stream(groups=None)),
    "consumers not told": frame(stream(group(consumers=None, pending=4))),
    "bounded": frame(stream(group(consumer(pending=900), page=page(entry(9_000_000, 9_000_000), complete=False)))),
    "nothing of the server": frame(stream(group()), nodes=(node(memory=Memory(), clients=None, trouble=DENIED),)),
    "dead letters": frame(letters(), letters(0, name=Name.of("app:other:dead"))),
}


def samples(made: Frame, config: Config = CONFIG) -> list[Sample]:
    """Every sample of a frame, as the official parsers read them."""
    text = openmetrics(made, config)
    assert text.endswith("\n# EOF")
    return openmetrics_parser.samples(text + "\n")


def of(found: list[Sample], name: str, **labels: str) -> list[Sample]:
    """The samples of that name that carry at least these labels."""
    return [one for one in found if one.name == name and labels.items() <= one.labels.items()]


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_the_official_parser_takes_every_scene(scene: str) -> None:
    assert samples(frame_of(scene), SCENES[scene].config)


@pytest.mark.parametrize("name", sorted(FRAMES))
def test_the_official_parser_takes_every_kind_of_trouble(name: str) -> None:
    [up] = of(samples(FRAMES[name]), "maestro_up")
    assert up.value == 1


_OF_GROUP = {
    "redis_stream_group_messages_pending": "pending",
    "redis_stream_group_entries_read": "entries_read",
    "maestro_stream_group_live_consumers": "live",
    "maestro_stream_group_waiting_seconds": "waiting_ms",
    "maestro_stream_group_oldest_pending_age_seconds": "oldest_age_ms",
    "maestro_stream_group_oldest_pending_idle_seconds": "oldest_idle_ms",
}
_COUNTS = {
    "maestro_stream_group_lag": "lag",
    "maestro_stream_group_stuck": "stuck",
    "maestro_stream_group_left_behind": "left_behind",
    "maestro_stream_group_ghosts": "ghosts",
}


def _told(made: Frame, config: Config) -> Iterator[tuple[str, str, str, Any, str | None]]:
    """Each number of the document: stream, group, metric, value, kind."""
    for one in document(made, config)["streams"]:
        if one["length"] is not None:
            # What else is known of a stream that could not be read is of an earlier poll.
            yield one["name"], "", "maestro_stream_entries_added_total", one["entries_added"], None
            yield one["name"], "", "maestro_stream_in_per_second", one["rates"]["in"], None
        for its in one["groups"] or ():
            for metric, key in _OF_GROUP.items():
                value = its[key]
                yield one["name"], its["name"], metric, value / 1000 if value and key.endswith("_ms") else value, None
            for metric, key in _COUNTS.items():
                value, kind = (its[key] or {}).get("value"), (its[key] or {}).get("kind")
                value = None if (value, kind) == (0, "lower_bound") else value
                yield one["name"], its["name"], metric, value, kind
            lag = its["lag"] if its["lag"] and its["lag"]["kind"] == "exact" else {"value": None}
            yield one["name"], its["name"], "redis_stream_group_lag", lag["value"], None
            for metric, key in (("out", "out"), ("ack", "ack")):
                value = (its["rates"] or {}).get(key)
                yield one["name"], its["name"], f"maestro_stream_group_{metric}_per_second", value, None
            yield (
                one["name"],
                its["name"],
                "maestro_stream_group_drain_seconds",
                (its["drain"] or {}).get("seconds"),
                None,
            )


_EVERYTHING = [(made, CONFIG) for made in FRAMES.values()] + [
    (frame_of(scene), SCENES[scene].config) for scene in ("incident", "calm", "empty", "spoiled", "memory")
]


@pytest.mark.parametrize(("made", "config"), _EVERYTHING)
def test_a_number_is_there_exactly_where_the_document_has_one(made: Frame, config: Config) -> None:
    """Null in the document is no sample: in particular never 0."""
    found = samples(made, config)
    checked = 0
    for stream_name, group_name, metric, value, kind in _told(made, config):
        labels = {"stream": stream_name} | ({"group": group_name} if group_name else {})
        hits = of(found, metric, **labels)
        assert [one.value for one in hits] == ([] if value is None else [pytest.approx(value, abs=0.001)]), metric
        assert all(one.labels.get("kind") == kind for one in hits)
        checked += 1
    assert checked


def test_an_unknown_lag_is_no_sample() -> None:
    """As on 6.2, where the server counts nothing."""
    found = samples(FRAMES["groups not told"]) + samples(FRAMES["denied"]) + samples(FRAMES["unknown lag"])
    assert of(found, "redis_stream_group_lag") == []
    [estimate] = of(found, "maestro_stream_group_lag")
    assert estimate.labels["kind"] == "estimate"
    assert of(found, "redis_stream_group_entries_read") == []
    assert of(samples(FRAMES["unknown lag"]), "maestro_stream_entries_added_total") == []


def test_no_stream_is_looked_for_among_all_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of them, each looked for among all, took seconds for the 5,000 samples that are told."""
    made = frame(*(stream(group(), name=Name.of(f"app:{number}")) for number in range(10)))
    monkeypatch.delattr(Snapshot, "stream")
    assert len(of(samples(made), "redis_stream_length")) == 10


def test_that_there_are_none_or_more_is_no_sample() -> None:
    """Of 900 pending entries one was looked at: nobody knows how many are stuck or poisoned, and 0 would be a lie."""
    held = group(consumer(pending=900), page=page(entry(9_000, 9_000), complete=False))
    found = samples(frame(stream(held)))
    assert [of(found, f"maestro_stream_group_{what}") for what in ("stuck", "poison")] == [[], []]
    (left,) = of(found, "maestro_stream_group_left_behind")
    assert (left.value, left.labels["kind"]) == (1, "lower_bound")


def test_the_names_of_redis_exporter_carry_its_labels() -> None:
    """An alert made for it finds what it looks for."""
    found = samples(frame(stream(group(consumer("w", pending=2)))))
    [pending] = of(found, "redis_stream_group_consumer_messages_pending")
    assert {**pending.labels} == {
        "server": "maestro-redis:6379/0",
        "db": "db0",
        "stream": str(KEY.stream),
        "group": str(KEY.group),
        "consumer": "w",
    }
    [used] = of(found, "redis_memory_used_bytes")
    assert (used.value, set(used.labels)) == (1 << 30, {"server"})
    [evicted] = of(found, "redis_evicted_keys_total")
    assert evicted.value == 0


def test_old_numbers_are_not_repeated() -> None:
    """A server that went away: `maestro_up 0` and why."""
    gone = derive(frame(stream(group())), DOWN, replace(LIMITS, hold_ms={"unreachable": 0}), TOPOLOGY, mono_ms=NOW)
    found = samples(gone)
    assert [(one.name, one.value) for one in found] == [("maestro_up", 0), ("maestro_problem", 1)]
    assert found[1].labels["rule"] == "unreachable"
    assert [one.name for one in samples(EMPTY)] == ["maestro_up"]


def test_a_problem_names_what_it_is_about() -> None:
    [problem] = of(samples(FRAMES["nobody there"]), "maestro_problem")
    labels = problem.labels
    assert (labels["rule"], labels["severity"], labels["stream"]) == ("no_live", "critical", str(KEY.stream))
    assert labels["group"] == str(KEY.group)


def test_a_hundred_consumers_are_told_and_more_are_counted() -> None:
    few = samples(frame(stream(group(*(consumer(f"w{number}") for number in range(100))))))
    many = samples(frame(stream(group(*(consumer(f"w{number}") for number in range(101))))))
    assert len(of(few, "redis_stream_group_consumer_idle_seconds")) == 100
    assert of(many, "redis_stream_group_consumer_idle_seconds") == []
    assert [one.value for one in of(few, "maestro_samples_left_out", reason="consumers")] == [0]
    assert [one.value for one in of(many, "maestro_samples_left_out", reason="consumers")] == [202]


def test_names_of_megabytes_stay_apart_and_small() -> None:
    names = [Name(b"app:" + b"x" * 1_000_000 + ending) for ending in (b"1", b"2")]
    made = frame(*(stream(group(consumer("\x1b" * 100_000), name=name), name=name) for name in names))
    text = openmetrics(made, CONFIG)
    assert len(text.encode()) < 60_000
    assert "\x1b" not in text
    found = of(samples(made), "redis_stream_length")
    labels = {one.labels["stream"] for one in found} - {str(KEY.stream)}
    assert len(labels) == 2
    assert all(len(label) < 140 for label in labels)


def test_a_crowd_is_bounded_and_the_declared_stream_is_told_first() -> None:
    crowd = [stream(group(), name=Name.of(f"app:{number}")) for number in range(700)]
    made = frame(*crowd, stream(group()))
    found = samples(made)
    assert 4_990 <= len(found) <= 5_010
    assert of(found, "maestro_stream_group_state", stream=str(KEY.stream))
    [left] = of(found, "maestro_samples_left_out", reason="size")
    assert left.value > 5_000


def test_bytes_are_bounded() -> None:
    out, family = Exposition(most_bytes=1_000), Family("a", "Help.")
    for number in range(100):
        out.add(family, {"name": f"{number}" * 40}, number)
    text = out.render()
    assert len(text) < 1_000 + 100
    assert text.count("\na{") + out.left_out == 100


def test_a_series_is_told_once() -> None:
    """Twice the same would spoil the whole text."""
    out, family = Exposition(), Family("a", "Help.", "counter")
    out.add(family, {"x": "1"}, 1)
    out.add(family, {"x": "1"}, 2)
    out.add(family, {"x": "2"}, float("nan"))
    assert out.render() == '# TYPE a counter\n# HELP a Help.\na_total{x="1"} 1\n# EOF'
    assert out.left_out == 1


@given(st.lists(st.binary(max_size=400), min_size=2, max_size=8, unique=True))
def test_names_never_share_a_label(raw: list[bytes]) -> None:
    """And a label that was spelled cannot be made by calling a stream like it."""
    names = [Name(one) for one in raw]
    names += [Name(label_of(name).encode()) for name in names if label_of(name).encode() not in raw]
    unique = dict.fromkeys(names)
    labels = [label_of(name) for name in unique]
    assert len(set(labels)) == len(labels)
    assert all(label and label.isprintable() and len(label) <= 137 for label in labels)


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_the_official_parser_takes_any_name(one: bytes, other: bytes) -> None:
    name = Name(b"app:" + one)
    found = samples(frame(stream(group(name=Name(other)), name=name)))
    assert of(found, "redis_stream_group_messages_pending", stream=label_of(name), group=label_of(Name(other)))


def test_what_is_of_an_earlier_moment_says_so() -> None:
    """A stream of huge entries is not read at every poll."""
    heavy = stream(group(), seen_at_ms=NOW - 5_000, heavy=True)
    found = samples(derive(None, snapshot(heavy), LIMITS, TOPOLOGY))
    assert [one.value for one in of(found, "maestro_stream_seen_age_seconds")] == [5]
    assert of(found, "redis_stream_group_lag") == []


def test_a_denied_look_makes_it_incomplete() -> None:
    [complete] = of(samples(FRAMES["denied"]), "maestro_complete")
    assert complete.value == 0
    [complete] = of(samples(FRAMES["healthy"]), "maestro_complete")
    assert complete.value == 1
