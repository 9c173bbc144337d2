"""STREAM and GROUP of a command line: what they may be, and how everything else is refused."""

import pytest

from maestro_tui.commands.addressing import row_of, stream_of
from maestro_tui.commands.ending import REFUSED, UNREACHABLE, USAGE, Ended
from maestro_tui.domain.frame import EMPTY, Frame, derive
from maestro_tui.domain.limits import Limits
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.snapshot import Snapshot, Stream
from maestro_tui.domain.topology import MAESTRO
from maestro_tui.domain.trouble import Trouble
from tests.domain.building import ADDRESS, NOW, group, node

HEALING = Name.of("maestro:streams:automation:healing")
JOBS = Name.of("maestro:streams:automation:jobs")
K8S = Name.of("maestro:streams:k8s:jobs")
ORDERS = Name(b"shop:\xfforders")
DENIED = Trouble("denied", "The server forbids XINFO.", "Allow it.")
DOWN = Trouble("unreachable", "No answer.", "Look.")


def stream(name: Name, *groups: str, **changes: object) -> Stream:
    """A stream with groups of these names."""
    found = tuple(group(name=Name.of(one)) for one in groups)
    return Stream(name, ADDRESS, NOW, length=1, **({"groups": found} | changes))  # type: ignore[arg-type]


def frame(*streams: Stream) -> Frame:
    """What a poll of these streams makes."""
    return derive(EMPTY, Snapshot(NOW, (node(),), streams), Limits(), MAESTRO)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("maestro:streams:automation:healing", HEALING),
        ("test_healing", HEALING),
        ("healing", HEALING),
        ("automation:healing", HEALING),
        ("automation:jobs", JOBS),
        ("k8s:jobs", K8S),
        ("shop:\udcfforders", ORDERS),
        ("\udcfforders", ORDERS),
    ],
)
def test_a_stream_is_found_by_key_alias_or_suffix(text: str, found: Name) -> None:
    """Also a name that is no text: the bytes of the argument are those of the name."""
    assert stream_of(frame(stream(K8S), stream(ORDERS)), MAESTRO, text) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("jobs", "fits several streams (maestro:streams:automation:jobs, maestro:streams:k8s:jobs)"),
        ("ealing", "'ealing' is no known stream"),
        ("", "'' is no known stream"),
        ("\x1b[2J", r"'\x1b[2J' is no known stream"),
        ("*", "'*' is no known stream"),
    ],
)
def test_anything_else_is_bad_usage(text: str, said: str) -> None:
    """The candidates are listed; nothing of the argument reaches the terminal as it is."""
    with pytest.raises(Ended) as ended:
        stream_of(frame(stream(K8S)), MAESTRO, text)
    assert said in str(ended.value)
    assert str(ended.value).isprintable()
    assert ended.value.code == USAGE


@pytest.mark.parametrize(
    ("groups", "given", "found"),
    [
        (("maestro-healing-workers",), None, "maestro-healing-workers"),
        (("maestro-healing-workers", "other"), None, "maestro-healing-workers"),
        (("maestro-healing-workers", "other"), "other", "other"),
    ],
)
def test_the_declared_group_may_be_left_out(groups: tuple[str, ...], given: str | None, found: str) -> None:
    """What others made beside it does not stand in the way."""
    row = row_of(frame(stream(HEALING, *groups)), MAESTRO, HEALING, given)
    assert row.key == Key(HEALING, Name.of(found))


def test_the_only_group_may_be_left_out() -> None:
    """Where nothing is declared and there is nothing to choose."""
    assert row_of(frame(stream(K8S, "one")), MAESTRO, K8S, None).key == Key(K8S, Name.of("one"))


@pytest.mark.parametrize(
    ("seen", "of", "given", "code", "said"),
    [
        (stream(K8S, "a", "b"), K8S, None, USAGE, "has several groups, say which: a, b."),
        (stream(K8S, "a", "\x1bb"), K8S, "c", USAGE, "has no group 'c'; it has a, \\x1bb."),
        (stream(K8S), K8S, None, REFUSED, "has no consumer group"),
        (stream(HEALING, exists=False), HEALING, None, REFUSED, "does not exist; `maestro-tui init` creates"),
        (stream(HEALING, "other"), HEALING, None, REFUSED, "The group maestro-healing-workers of"),
        (stream(HEALING, groups=None), HEALING, None, REFUSED, "did not tell which groups"),
        (stream(HEALING, groups=None, trouble=DENIED), HEALING, None, REFUSED, "The server forbids XINFO. Allow it."),
        (stream(HEALING, groups=None, trouble=DOWN), HEALING, None, UNREACHABLE, "No answer. Look."),
    ],
)
def test_what_cannot_be_looked_into_is_told(seen: Stream, of: Name, given: str | None, code: int, said: str) -> None:
    """What is asked of is wrong (2), or the server has it not, or shows it not (4), or is not reached (3)."""
    with pytest.raises(Ended) as ended:
        row_of(frame(seen), MAESTRO, of, given)
    assert said in str(ended.value)
    assert ended.value.code == code


def test_a_long_list_of_groups_is_cut() -> None:
    """A sentence stays a sentence."""
    with pytest.raises(Ended, match="g11 and 88 more"):
        row_of(frame(stream(K8S, *(f"g{number:02}" for number in range(100)))), MAESTRO, K8S, None)
