"""Durations, entry IDs, rates and numbers on a command line."""

import click
import pytest

from maestro_tui.cli.values import COUNT, DURATION, ENTRY_ID, RATE
from maestro_tui.domain.names import EntryId


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (DURATION, "5m", 300_000),
        (DURATION, "300s", 300_000),
        (DURATION, "300", 300_000),
        (DURATION, "1h30m", 5_400_000),
        (DURATION, "0", 0),
        (ENTRY_ID, "1795373326515-3", EntryId(1_795_373_326_515, 3)),
        (ENTRY_ID, "1795373326515", EntryId(1_795_373_326_515)),
        (ENTRY_ID, "0-1", EntryId(0, 1)),
        (RATE, "10/s", 10.0),
        (RATE, "10", 10.0),
        (RATE, "0.5/s", 0.5),
        (RATE, "120/m", 2.0),
        (RATE, "90 / min", 1.5),
        (RATE, "3600/H", 1.0),
        (COUNT, "1", 1),
        (COUNT, "1000000000", 1_000_000_000),
    ],
)
def test_what_may_be_typed(kind: click.ParamType, text: str, value: object) -> None:  # type: ignore[type-arg]
    """And what it means."""
    assert kind.convert(text, None, None) == value


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        (DURATION, "5 minutes", "'5 minutes' is not a duration such as 30s, 5m or 1h30m"),
        (DURATION, "-5m", "is not a duration"),
        (DURATION, "", "is not a duration"),
        (DURATION, "9" * 400, "is longer than ten years"),
        (DURATION, "٥m", "is not a duration"),
        (ENTRY_ID, "x", "is not an entry ID such as 1795373326515-0"),
        (ENTRY_ID, "1-2-3", "is not an entry ID"),
        (ENTRY_ID, "-", "is not an entry ID"),
        (ENTRY_ID, "9" * 21, "is not an entry ID"),
        (ENTRY_ID, "\x1b[2J", "is not an entry ID"),
        (RATE, "fast", "'fast' is not a rate such as 10/s, 100/m or 0.5"),
        (RATE, "0/s", "is not between 0 and 1,000,000 entries a second"),
        (RATE, "1e9", "is not a rate"),
        (RATE, "9" * 400, "is not between 0 and"),
        (RATE, "-1/s", "is not a rate"),
        (RATE, "10/", "is not a rate"),
        (COUNT, "0", "'0' is not a whole number from 1 to 1,000,000,000"),
        (COUNT, "1.5", "is not a whole number"),
        (COUNT, "-3", "is not a whole number"),
        (COUNT, "9" * 400, "is not a whole number"),
    ],
)
def test_everything_else_is_refused_in_a_sentence(
    kind: click.ParamType,  # type: ignore[type-arg]
    text: str,
    said: str,
) -> None:
    """Which shows no more of it than is needed, and nothing that a terminal would obey."""
    with pytest.raises(click.BadParameter) as refused:
        kind.convert(text, None, None)
    assert said in refused.value.message
    assert refused.value.message.isprintable()
    assert len(refused.value.message) < 120
