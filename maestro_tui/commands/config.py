"""`maestro-tui config`: the effective settings and where each came from, as a table or as JSON."""

import json
import sys
from collections.abc import Sequence

Row = tuple[str, str, str]

_HEADINGS: Row = ("SETTING", "VALUE", "SOURCE")
_GAP = 2
_WIDEST_VALUE = 32


def show(config_rows: Sequence[Row], format: str) -> int:
    """Print the rows (name, shown value, source) to stdout and return the exit code."""
    text = _as_json(config_rows) if format == "json" else _as_table(config_rows)
    sys.stdout.write(text + "\n")
    return 0


def _as_json(rows: Sequence[Row]) -> str:
    settings = [{"name": name, "value": value, "source": source} for name, value, source in rows]
    return json.dumps({"settings": settings}, indent=2)


def _as_table(rows: Sequence[Row]) -> str:
    lines = [_HEADINGS, *rows]
    first = max(len(name) for name, _, _ in lines) + _GAP
    # One long value (a path, the topology) must not push all sources off the screen.
    second = min(max(len(value) for _, value, _ in lines), _WIDEST_VALUE)
    return "\n".join(f"{name:<{first}}{value:<{second}}{' ' * _GAP}{source}" for name, value, source in lines)
