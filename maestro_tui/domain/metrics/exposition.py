"""The OpenMetrics text format: families, samples, labels, and bounds on how much there is of them.

Only gauges and counters: OpenMetrics' own `info` and `stateset` make node_exporter's textfile collector refuse the
whole file (prometheus/node_exporter#1988), and Prometheus stores them as gauges anyway.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from maestro_tui.domain.names import Name
from maestro_tui.domain.text import ELLIPSIS, visible

MOST_SAMPLES: Final = 5_000
MOST_BYTES: Final = 2_000_000
LONGEST_LABEL: Final = 120
"""Characters of a name that become a label's value; what is cut off is told apart by a hash."""

_HASHED = re.compile(r"~[0-9a-f]{16}\Z")

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Family:
    """A metric family. A counter's samples have `_total` behind its name; `unit` is the end of the name, or ''."""

    name: str
    help: str
    kind: Literal["gauge", "counter"] = "gauge"
    unit: str = ""

    @property
    def sample_name(self) -> str:
        """What a sample of it is called."""
        return f"{self.name}_total" if self.kind == "counter" else self.name

    def head(self) -> str:
        """Return its lines of metadata."""
        lines = [f"# TYPE {self.name} {self.kind}"]
        if self.unit:
            lines.append(f"# UNIT {self.name} {self.unit}")
        lines.append(f"# HELP {self.name} {_escaped(self.help)}")
        return "\n".join(lines)


def label_of(name: Name) -> str:
    """Return a name as a label's value: itself where it is plain and short, else spelled, with a hash.

    Two names never share a value: whatever is not the name itself ends in `~` and 16 digits of a hash of its bytes.
    """
    return _told_apart(name.raw, visible(name.raw, LONGEST_LABEL) or '""')


def text_label(text: str) -> str:
    """Return a word of the configuration as a label's value."""
    return label_of(Name.of(text))


def _told_apart(raw: bytes, shown: str) -> str:
    plain = shown.encode("utf-8", "surrogateescape") == raw and not _HASHED.search(shown)
    if plain and len(shown) <= LONGEST_LABEL:
        return shown
    short = shown if len(shown) <= LONGEST_LABEL else shown[: LONGEST_LABEL - 1] + ELLIPSIS
    return f"{short}~{hashlib.sha256(raw).hexdigest()[:16]}"


class Exposition:
    """Collects samples, the important ones first, and renders them family by family.

    Past either bound nothing more is taken, and counted instead, so that whoever reads knows.
    """

    def __init__(self, most_samples: int = MOST_SAMPLES, most_bytes: int = MOST_BYTES) -> None:
        """Begin with nothing."""
        self.left_out = 0
        self._lines: dict[Family, list[str]] = {}
        self._seen: set[str] = set()
        self._samples_left = most_samples
        self._bytes_left = most_bytes

    def add(self, family: Family, labels: Labels, value: float | int | None) -> None:
        """Add a sample; what is not known (None, or no number) is no sample."""
        if value is None or not math.isfinite(value):
            return
        series = family.sample_name + _braced(labels)
        line = f"{series} {value}"
        octets = len(line.encode("utf-8")) + 1
        if series in self._seen or self._samples_left < 1 or octets > self._bytes_left:
            self.left_out += 1
            return
        self._seen.add(series)
        self._samples_left -= 1
        self._bytes_left -= octets
        self._lines.setdefault(family, []).append(line)

    def insist(self, family: Family, labels: Labels, value: float | int) -> None:
        """Add a sample that has its place whatever the bounds say: one of a handful."""
        self._lines.setdefault(family, []).append(f"{family.sample_name}{_braced(labels)} {value}")

    def render(self) -> str:
        """Return the whole text, up to its `# EOF`."""
        parts = [part for family, lines in self._lines.items() for part in (family.head(), *lines)]
        return "\n".join((*parts, "# EOF"))


def _braced(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
