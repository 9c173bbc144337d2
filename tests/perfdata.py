"""A strict parser of a monitoring plugin's line, after the Monitoring Plugins Development Guidelines.

It is written from their text and shares nothing with the program. The parsers on PyPI either only write (nagiosplugin)
or accept more than the guidelines allow.
"""

import re
from dataclasses import dataclass

_LINE = re.compile(r"MAESTRO (OK|WARNING|CRITICAL|UNKNOWN) - ([^|]+?)(?: \| ([^|]+))?\n")
_FIGURE = re.compile(
    r"""
    '(?P<label>[^'=]+)'=                    # a quoted label: no quote, no equals sign
    (?P<value>-?[0-9]+(?:\.[0-9]+)?)        # digits, a point
    (?P<unit>s|us|ms|%|B|KB|MB|GB|TB|c)?
    (?:;(?P<warn>[-0-9.:~@]*))?(?:;(?P<crit>[-0-9.:~@]*))?(?:;(?P<min>-?[0-9.]*))?(?:;(?P<max>-?[0-9.]*))?
    (?:\ |\Z)
    """,
    re.VERBOSE | re.ASCII,
)
CODES = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}


@dataclass(frozen=True)
class Line:
    """What a monitor reads."""

    word: str
    text: str
    values: dict[str, float]
    units: dict[str, str]
    warn: dict[str, str]


def parse(output: str, code: int | None = None) -> Line:
    """Read a plugin's whole output, and refuse whatever the guidelines do not allow."""
    assert output.count("\n") == 1, output
    assert output[:-1].isprintable(), output
    assert len(output.encode()) <= 4096
    found = _LINE.fullmatch(output)
    assert found, output
    word, text, perfdata = found.groups()
    assert code is None or CODES[word] == code
    values: dict[str, float] = {}
    units: dict[str, str] = {}
    warn: dict[str, str] = {}
    place = 0
    while perfdata and place < len(perfdata):
        figure = _FIGURE.match(perfdata, place)
        assert figure, perfdata[place:]
        assert figure["label"] not in values, figure["label"]
        values[figure["label"]] = float(figure["value"])
        units[figure["label"]] = figure["unit"] or ""
        warn[figure["label"]] = figure["warn"] or ""
        place = figure.end()
    return Line(word, text, values, units, warn)
