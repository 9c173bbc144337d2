"""The JSON document says what the rows say, in the words of its schema."""

import base64
import copy
import json
from pathlib import Path
from typing import Any, Final, get_args

import jsonschema
import pytest

import maestro_tui.domain
from maestro_tui.domain.config import Address, Config, Secret
from maestro_tui.domain.document import document, named
from maestro_tui.domain.frame import EMPTY, Frame, derive
from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.rates import DrainWord
from maestro_tui.domain.rows import State
from maestro_tui.domain.rules import RULES, Severity
from maestro_tui.domain.snapshot import Memory, Stream
from maestro_tui.domain.topology import Declared, Topology
from maestro_tui.domain.trouble import Fault
from tests.domain.building import (
    DENIED,
    DOWN,
    JOBS,
    LIMITS,
    NOW,
    TOPOLOGY,
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
from tests.domain.test_rows import STATES
from tests.domain.test_rules import FOUND

SCHEMA: Final = json.loads((Path(maestro_tui.domain.__file__).parent / "status.schema.json").read_text("utf-8"))
VALIDATOR: Final = jsonschema.Draft202012Validator(SCHEMA)
CONFIG: Final = Config(topology=TOPOLOGY, limits=LIMITS)
EVIL: Final = Name(b"\x1b[31m\xff" + b"n" * 400)


def _document(made: Frame, config: Config = CONFIG) -> Any:  # noqa: ANN401 - JSON
    return json.loads(json.dumps(document(made, config), allow_nan=False))


def _twice(one: Stream) -> Frame:
    later = stream(
        group(entries_read=30, last_delivered=ago(-900), server_lag=0),
        seen_at_ms=NOW + 1_000, entries_added=50, last_id=ago(-1_000), last_entry_id=ago(-1_000),
    )  # fmt: skip
    return derive(derive(None, snapshot(one), LIMITS, TOPOLOGY), snapshot(later, at=NOW + 1_000), LIMITS, TOPOLOGY)


NODES = [node(), node(version=None, role=None, memory=Memory(), time_ms=None, trouble=DENIED), node(kind="valkey")]
UNDECLARED: Final = Config(topology=Topology(()), limits=LIMITS)
HOSTILE: Final = Config(topology=Topology((Declared("x", EVIL, EVIL),)), limits=LIMITS)
ODD: Final = Name(b"\x1b[m" + b"n" * 400)
UNPRINTABLE: Final = Config(topology=Topology((Declared("x", ODD, EVIL),)), limits=LIMITS)
IDLE: Final = stream(deserted(last_delivered=ago(9_000)))
FRAMES: list[tuple[str, Frame]] = [
    *[(name, frame(one)) for name, _, one in STATES],
    *[(str(param.id), frame(param.values[0], nodes=(param.values[1] or node(),))) for param in FOUND],
    *[(f"node {place}", frame(stream(group()), nodes=(one,))) for place, one in enumerate(NODES)],
    ("never polled", derive(None, DOWN, LIMITS, TOPOLOGY)),
    ("nothing", EMPTY),
    ("trouble", derive(frame(stream(group())), DOWN, LIMITS, TOPOLOGY)),
    ("twice", _twice(stream(group()))),
    ("no dead letter left", frame(letters(0))),
]
OTHERS: list[tuple[str, Frame, Config]] = [
    *[(f"undeclared {name}", frame(one, topology=UNDECLARED.topology), UNDECLARED) for name, _, one in STATES],
    ("undeclared idle", frame(IDLE, topology=UNDECLARED.topology), UNDECLARED),
    ("hostile", frame(stream(group(name=EVIL), name=EVIL), topology=HOSTILE.topology), HOSTILE),
    ("hostile, sick", frame(stream(name=EVIL), topology=HOSTILE.topology), HOSTILE),
    ("unprintable", frame(stream(name=ODD), topology=UNPRINTABLE.topology), UNPRINTABLE),
]
ALL: list[tuple[str, Frame, Config]] = [*[(name, made, CONFIG) for name, made in FRAMES], *OTHERS]
every_frame = pytest.mark.parametrize(("made", "config"), [one[1:] for one in ALL], ids=[one[0] for one in ALL])


@every_frame
def test_every_document_keeps_to_the_schema(made: Frame, config: Config) -> None:
    VALIDATOR.validate(_document(made, config))


def test_the_schema_is_a_schema_and_leaves_nothing_open() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    objects = [part for part in _parts(SCHEMA) if part.get("type") == "object"]
    assert len(objects) > 10
    assert all("additionalProperties" in part for part in objects)


def _parts(value: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return [value, *(part for inner in value.values() for part in _parts(inner))]
    return [part for inner in value for part in _parts(inner)] if isinstance(value, list) else []


def test_the_words_of_the_schema_are_the_words_of_the_code() -> None:
    defs = SCHEMA["$defs"]
    # Dead letters have no group: their state is their stream's.
    assert defs["state"]["enum"] == [word.replace(" ", "_") for word in get_args(State) if word != "dead"]
    assert defs["problem"]["properties"]["rule"]["enum"] == [rule.name for rule in RULES]
    assert defs["problem"]["properties"]["severity"]["enum"] == [one.value for one in Severity]
    assert defs["group"]["properties"]["drain"]["properties"]["word"]["enum"] == list(get_args(DrainWord))
    assert defs["trouble"]["properties"]["fault"]["enum"] == list(get_args(Fault))


BROKEN: list[tuple[tuple[str | int, ...], object]] = [
    (("more",), 1),
    (("schema",), 2),
    (("taken_at",), "today"),
    (("streams", 0, "state"), "no stream"),
    (("streams", 0, "more"), 1),
    (("streams", 0, "groups", 0, "state"), "no live"),
    (("streams", 0, "groups", 0, "lag", "kind"), "guess"),
    (("streams", 0, "groups", 0, "lag", "value"), None),
    (("streams", 0, "groups", 0, "pending"), -1),
    (("nodes", 0, "memory", "more"), 1),
    (("thresholds", "streams", "x"), 1),
]


@pytest.mark.parametrize(("path", "value"), BROKEN)
def test_the_schema_refuses_what_breaks_it(path: tuple[str | int, ...], value: object) -> None:
    broken = copy.deepcopy(_document(frame(stream(group()))))
    *above, last = path
    inner = broken
    for step in above:
        inner = inner[step]
    inner[last] = value
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(broken)


@every_frame
def test_a_document_agrees_with_its_frame_field_by_field(made: Frame, config: Config) -> None:
    told = _document(made, config)
    groups = [(one, inner) for one in told["streams"] for inner in one["groups"] or ()]
    rows = [row for row in made.rows if row.key.group is not None]
    assert len(groups) == len(rows)
    for (whole, inner), row in zip(groups, rows, strict=True):
        assert (whole["name"], inner["name"]) == (named(row.key.stream)["name"], named(row.key.group or JOBS)["name"])
        assert (inner["state"], inner["declared"]) == (row.state.replace(" ", "_"), row.declared)
        assert whole["alias"] == row.alias
        if row.group is None:
            assert (inner["pending"], inner["lag"]) == (None, {"value": None, "kind": "unknown"})
            continue
        assert (inner["lag"]["value"], inner["lag"]["kind"]) == (row.lag.value, row.lag.kind)
        for name in ("stuck", "left_behind", "ghosts", "poison"):
            assert inner[name] == {"value": getattr(row.pending, name).value, "kind": getattr(row.pending, name).kind}
        assert inner["lost"] == {"value": row.lost.value, "kind": row.lost.kind}
        assert (inner["waiting_ms"], inner["oldest_age_ms"]) == (row.waiting_ms, row.oldest_age_ms)
        assert (inner["oldest_idle_ms"], inner["pending"]) == (row.oldest_idle_ms, row.group.pending)
        assert inner["last_delivered_id"] == str(row.group.last_delivered)
        assert inner["entries_read"] == row.group.entries_read
        assert (whole["rates"]["in"], inner["rates"]["out"]) == (row.rates.in_per_s, row.rates.out_per_s)
        assert (inner["drain"]["word"], inner["drain"]["seconds"]) == (row.drain.word, row.drain.seconds)


@every_frame
def test_the_problems_of_a_document_are_the_findings(made: Frame, config: Config) -> None:
    whole = _document(made, config)
    told, names = whole["problems"], {one["name"] for one in whole["streams"]}
    assert [one["id"] for one in told] == [finding.id for finding in made.findings]
    for one, finding in zip(told, made.findings, strict=True):
        assert (one["rule"], one["severity"]) == (finding.rule, finding.severity.value)
        assert (one["title"], one["evidence"]) == (finding.title, finding.evidence)
        assert (one["next_step"], one["key"]) == (finding.next_step, finding.press)
        assert one["stream"] is None or one["stream"] in names


@pytest.mark.parametrize(
    ("raw", "json_name"),
    [
        (b"jobs", {"name": "jobs"}),
        ("Aufträge".encode(), {"name": "Aufträge"}),
        (b"\x1b[m", {"name": "\x1b[m"}),
        (b"", {"name": ""}),
        (b"a\xff", {"name": "a\\xff", "name_b64": base64.b64encode(b"a\xff").decode()}),
    ],
)
def test_a_name_is_exact_or_says_its_bytes(raw: bytes, json_name: dict[str, str]) -> None:
    assert named(Name(raw)) == json_name


@pytest.mark.parametrize(
    ("made", "complete", "errors"),
    [
        (frame(stream(group())), True, []),
        (frame(spoiled(DENIED)), False, []),
        (frame(stream(group(trouble=DENIED))), False, []),
        (frame(stream(group()), nodes=(node(trouble=DENIED),)), False, []),
        (derive(None, DOWN, LIMITS, TOPOLOGY), False, [str(DOWN)]),
        (derive(frame(stream(group())), DOWN, LIMITS, TOPOLOGY), False, [str(DOWN)]),
        (EMPTY, False, []),
    ],
)
def test_complete_is_said_only_of_a_whole_look(made: Frame, complete: bool, errors: list[str]) -> None:
    told = _document(made)
    assert (told["complete"], told["errors"]) == (complete, errors)


def test_the_state_of_a_stream_is_what_spoils_it() -> None:
    states = {name: _document(frame(one))["streams"][0]["state"] for name, _, one in STATES}
    wanted = {"no stream", "a list", "forbidden", "not answered", "not told", "not fetched for a minute"}
    assert {name for name, state in states.items() if state != "ok"} == wanted


@pytest.mark.parametrize(
    ("one", "state", "told"),
    [
        (letters(3), "dead", {"count": 3, "oldest_age_ms": 600_000}),
        (letters(0), "dead", {"count": 0, "oldest_age_ms": None}),
        (letters(3, first_id=EntryId(1)), "dead", {"count": 3, "oldest_age_ms": None}),
        (letters(3, seen_at_ms=NOW - 60_001), "stale", None),
        (stream(group()), "ok", None),
    ],
)
def test_dead_letters_are_told_of_their_stream(one: Stream, state: str, told: dict[str, int | None] | None) -> None:
    (whole,) = _document(frame(one))["streams"]
    assert (whole["state"], whole["dead_letters"], whole["declared"]) == (state, told, state == "ok")


def test_unknown_is_null() -> None:
    assert _document(EMPTY)["taken_at"] is None
    (one,) = _document(frame(spoiled(DOWN)))["streams"]
    assert (one["length"], one["last_id"]) == (None, None)
    worker = consumer(pending=1, idle_ms=40_000, inactive_ms=40_000)
    unsure = frame(stream(group(worker, page=page(entry(50_000, 40_000)))))
    (inner,) = _document(unsure)["streams"][0]["groups"]
    assert (inner["live"], inner["consumers"][0]["live"]) == (None, None)


def test_no_secret_is_told() -> None:
    config = Config(address=Address(user="operator", password=Secret("hunter2")), environment="production")
    text = json.dumps(document(frame(stream(deserted())), config))
    assert "hunter2" not in text
    assert "operator" not in text
    assert json.loads(text)["environment"] == "production"


def test_the_thresholds_are_named_as_the_operator_names_streams() -> None:
    told = document(frame(stream(group())), Config())["thresholds"]["streams"]
    assert list(told) == ["test_healing"]
    assert told["test_healing"]["safe_after_ms"] == 10 * 300_000


def test_the_frames_above_reach_every_state() -> None:
    """Or the schema would be tested on little."""
    streams = [one for _, made, config in ALL for one in _document(made, config)["streams"]]
    reached = {inner["state"] for one in streams for inner in one["groups"] or ()}
    assert reached == {word.replace(" ", "_") for word in get_args(State) if word != "dead"}
    assert "dead" in {one["state"] for one in streams}
