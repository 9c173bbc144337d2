"""Results as Markdown: on stdout, and between the marks of the README."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

README: Final = Path(__file__).parent / "README.md"


@dataclass(frozen=True, slots=True)
class Report:
    """One table of results and what it was measured on."""

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    packages: tuple[str, ...] = ()
    server: str | None = None

    def __str__(self) -> str:
        lines = [self.head, tuple("---" if column == 0 else "---:" for column in range(len(self.head))), *self.rows]
        return "\n".join([self._machine(), "", *(f"| {' | '.join(line)} |" for line in lines)])

    def _machine(self) -> str:
        parts = [f"{os.cpu_count()} cores", f"Python {platform.python_version()}"]
        parts += [f"{name} {version(name)}" for name in self.packages]
        return ", ".join(parts + ([self.server] if self.server else [])) + "."


def times(theirs: float, ours: float) -> str:
    """Spell a ratio: how many times ours theirs is."""
    if not ours:
        return "–"
    ratio = theirs / ours
    return f"{ratio:,.0f}x" if ratio >= 10 else f"{ratio:.2f}x"


def ms(value: float) -> str:
    """Spell milliseconds."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def write(reports: Sequence[Report]) -> None:
    """Replace these results in the README; others stay as they are."""
    text = README.read_text(encoding="utf-8")
    for report in reports:
        begin, end = f"<!-- results: {report.name} -->", f"<!-- end: {report.name} -->"
        head, found, rest = text.partition(begin)
        tail = rest.partition(end)[2]
        if not found or end not in rest:
            raise ValueError(f"{README.name} has no marks for the results of {report.name}")
        text = f"{head}{begin}\n{report}\n{end}{tail}"
    README.write_text(text, encoding="utf-8")
