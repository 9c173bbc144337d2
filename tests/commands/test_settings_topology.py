"""The topology file: what it may declare, and how its mistakes are told."""

import pytest

from maestro_tui.domain.names import Name
from maestro_tui.domain.topology import DISCOVER, MAESTRO, Declared
from tests.commands.configuring import Workplace, source


def _entry(stream: str, rest: str = "") -> str:
    return f'[[stream]]\nstream = "{stream}"\n{rest}\n'


@pytest.mark.parametrize(
    ("toml", "declared"),
    [
        (_entry("a:jobs", 'alias = "j"\ngroup = "g"'), [("j", "a:jobs", "g")]),
        (_entry("a:jobs"), [("jobs", "a:jobs", None)]),
        (_entry("jobs"), [("jobs", "jobs", None)]),
        (_entry("a:"), [("a:", "a:", None)]),
        (_entry("a:jobs", 'group = ["g", "h"]'), [("jobs", "a:jobs", "g"), ("jobs", "a:jobs", "h")]),
        (
            _entry("a:jobs", 'group = "g"') + _entry("b:jobs") + _entry("a:jobs", 'group = "h"'),
            [("a:jobs", "a:jobs", "g"), ("b:jobs", "b:jobs", None), ("a:jobs", "a:jobs", "h")],
        ),
    ],
)
def test_what_is_declared(place: Workplace, toml: str, declared: list[tuple[str, str, str | None]]) -> None:
    """In the order of the file; the alias is the last part of the key where that is unambiguous."""
    path = place.file("t.toml", toml)
    config = place.load({"topology": "t.toml"})
    assert [(row.alias, str(row.stream), row.group and str(row.group)) for row in config.topology.declared] == [
        (alias, stream, group) for alias, stream, group in declared
    ]
    assert config.topology.discover == DISCOVER
    assert source(config, "topology") == "flag --topology"
    assert source(config, "discover") == str(path)


def test_a_file_may_add_to_the_platforms_streams(place: Workplace) -> None:
    """`extend` keeps what is built in."""
    place.file("t.toml", "extend = true\ndiscover = false\n" + _entry("x:y", 'group = "g"'))
    topology = place.load(MAESTRO_TOPOLOGY="t.toml").topology
    assert topology.declared == (*MAESTRO.declared, Declared("y", Name.of("x:y"), Name.of("g")))
    assert topology.discover is None
    assert place.load(MAESTRO_TOPOLOGY="t.toml", MAESTRO_DISCOVER="z:*").topology.discover == "z:*"


def test_a_file_may_only_discover(place: Workplace) -> None:
    """Nothing declared, everything found: drift cannot be told, the rest can."""
    place.file("t.toml", 'discover = "x:*"')
    topology = place.load({"topology": "t.toml"}).topology
    assert (topology.declared, topology.discover) == ((), "x:*")


def test_a_profile_may_name_a_topology_beside_its_file(place: Workplace) -> None:
    """Thresholds by alias are looked up in it."""
    place.config('[profile.p]\ntopology = "t.toml"\n[profile.p.thresholds.streams.y]\nstuck_after = 9')
    (place.config_path.parent / "t.toml").write_text(_entry("x:y"))
    config = place.load({"profile": "p"})
    assert config.topology.alias(Name.of("x:y")) == "y"
    assert config.limits.of(Name.of("x:y")).stuck_after_ms == 9_000


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("", "declares no [[stream]]"),
        ("extend = false\ndiscover = false", "declares no [[stream]]"),
        ("[[stream]]\nstream = ", "is not valid TOML: Invalid value (at "),
        ("[[streams]]\nstream = 'a'", "unknown key 'streams' (did you mean 'stream'?)"),
        ("[stream]\nstream = 'a'", "'stream' is not a list of tables (write [[stream]])"),
        ("stream = ['a']", "stream 1: is not a table"),
        ("extend = 'perhaps'", "extend: 'perhaps' is neither true nor false"),
        ("discover = 5", "discover: is neither a key pattern"),
        ("[[stream]]\nalias = 'a'", "stream 1: stream: is missing"),
        (_entry("a") + _entry("b", "gruop = 'g'"), "stream 2: unknown key 'gruop' (did you mean 'group'?)"),
        (_entry(""), "stream 1: stream: is empty"),
        (_entry("a", "alias = ''"), "stream 1: alias: is empty"),
        (_entry("a", "group = ''"), "stream 1: group: is empty"),
        (_entry("a", "group = []"), "stream 1: group: is an empty list"),
        (_entry("a", "group = ['g', '']"), "stream 1: group: is empty"),
        (_entry("a", "group = 5"), "stream 1: group: is neither text nor a list"),
        (_entry("a", "group = [5]"), "stream 1: group: is not text"),
        (_entry("a\\u0000b"), "stream 1: stream: holds a character that cannot be seen"),
        (_entry("a "), "stream 1: stream: holds a character that cannot be seen"),
        (_entry("a\\u202eb"), "stream 1: stream: holds a character that cannot be seen"),
        (_entry("x" * 513), "stream 1: stream: is longer than 512 characters"),
        (_entry("a", "group = 'g'") * 2, "a g is declared twice"),
        (_entry("a") * 2, "a is declared twice"),
        (_entry("a", "group = ['g', 'g']"), "a g is declared twice"),
        (_entry("a") + _entry("a", "group = 'g'"), "a is declared both with and without a group"),
        (_entry("a", "alias = 'x'") + _entry("b", "alias = 'x'"), "the alias 'x' is given to two streams"),
        (
            "extend = true\n" + _entry("maestro:streams:automation:jobs", "group = 'maestro-automation-workers'"),
            "maestro:streams:automation:jobs maestro-automation-workers is declared twice",
        ),
    ],
)
def test_a_bad_topology_is_refused_in_one_line(place: Workplace, toml: str, said: str) -> None:
    """The line names the file and counts the entries as a reader does."""
    path = place.file("t.toml", toml)
    assert place.refusal({"topology": "t.toml"}).startswith(f"{path}: {said}")


def test_a_topology_that_is_no_file_is_refused(place: Workplace) -> None:
    """One sentence each."""
    assert place.refusal({"topology": ""}) == "--topology: is empty"
    assert place.refusal({"topology": "no"}).endswith("there is no such file")
    assert place.refusal({"topology": str(place.home)}).endswith("is not a regular file")
    place.file("huge", "#" * 1_000_001)
    assert place.refusal({"topology": "huge"}).endswith("is larger than 1 MB")
    (place.cwd / "latin").write_bytes(b"# \xff")
    assert place.refusal({"topology": "latin"}).endswith("is not UTF-8 text")
