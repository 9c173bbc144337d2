"""What the operator declared, and how he may name it."""

import pytest

from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.topology import MAESTRO, Declared, Topology

HEALING = Name.of("maestro:streams:automation:healing")
TWINS = Topology((Declared("a", Name.of("x:jobs")), Declared("b", Name.of("y:jobs"))))


@pytest.mark.parametrize("text", [str(HEALING), "test_healing", "healing", "automation:healing"])
def test_a_stream_is_found_by_key_alias_or_suffix(text: str) -> None:
    assert MAESTRO.find(text) == HEALING


def test_a_discovered_stream_is_found_too() -> None:
    known = (Name.of("maestro:streams:k8s:results"),)
    assert MAESTRO.find("results", known) == known[0]


@pytest.mark.parametrize(
    ("text", "topology", "why"),
    [
        ("jobs", TWINS, r"fits several streams \(x:jobs, y:jobs\)"),
        ("nope", MAESTRO, "is no known stream"),
        ("ealing", MAESTRO, "is no known stream"),
        ("", MAESTRO, "is no known stream"),
        ("\x1b[m" * 100, MAESTRO, "is no known stream"),
    ],
)
def test_what_is_not_one_stream_is_refused_in_a_sentence(text: str, topology: Topology, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refusal:
        topology.find(text)
    assert str(refusal.value).isprintable()


def test_what_is_declared() -> None:
    entry = MAESTRO.declared[1]
    assert (MAESTRO.alias(HEALING), MAESTRO.of(HEALING)) == ("test_healing", (entry,))
    assert entry.key == Key(HEALING, entry.group)
    assert MAESTRO.declares(Key(HEALING))
    assert MAESTRO.declares(entry.key)
    assert not MAESTRO.declares(Key(HEALING, Name.of("other")))
    assert not MAESTRO.declares(Key(Name.of("other")))
    assert MAESTRO.alias(Name.of("other")) is None
    assert len(MAESTRO.streams) == 4
