"""The declared topology: which streams there should be, and which consumer group reads each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from maestro_tui.domain.names import Key, Name

DISCOVER = "maestro:streams:*"


@dataclass(frozen=True, slots=True)
class Declared:
    """A stream that must exist with a group on it; without a group the stream alone is declared."""

    alias: str
    stream: Name
    group: Name | None = None

    @property
    def key(self) -> Key:
        """The row this declaration is about."""
        return Key(self.stream, self.group)


@dataclass(frozen=True, slots=True)
class Topology:
    """What the operator declared, in order, and the pattern by which further streams are discovered."""

    declared: tuple[Declared, ...]
    discover: str | None = DISCOVER
    # A poll of a thousand streams asks thousands of times.
    _by_stream: Mapping[Name, tuple[Declared, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_stream: dict[Name, tuple[Declared, ...]] = {}
        for entry in self.declared:
            by_stream[entry.stream] = (*by_stream.get(entry.stream, ()), entry)
        object.__setattr__(self, "_by_stream", by_stream)

    @property
    def streams(self) -> tuple[Name, ...]:
        """The declared streams, each once, in order."""
        return tuple(self._by_stream)

    def of(self, stream: Name) -> tuple[Declared, ...]:
        """Return what is declared of a stream."""
        return self._by_stream.get(stream, ())

    def alias(self, stream: Name) -> str | None:
        """Return the operator's short name of a declared stream."""
        return next((entry.alias for entry in self.of(stream)), None)

    def declares(self, key: Key) -> bool:
        """Return whether this stream (with this group, where the key names one) is declared."""
        return any(key.group is None or entry.group == key.group for entry in self.of(key.stream))

    def find(self, text: str, known: tuple[Name, ...] = ()) -> Name:
        """Resolve a full key, an alias or an unambiguous suffix (`healing`); raise ValueError with a sentence."""
        exact_name = Name.of(text)
        names = tuple(dict.fromkeys((*self.streams, *known)))
        if exact_name in names:
            return exact_name
        by_alias = [entry.stream for entry in self.declared if entry.alias == text]
        suffix = exact_name.raw
        hits = by_alias[:1] or [name for name in names if name.raw.endswith((b":" + suffix, b"-" + suffix))]
        if len(hits) == 1:
            return hits[0]
        if hits:
            listed = ", ".join(str(name) for name in hits)
            raise ValueError(f"{text[:80]!r} fits several streams ({listed}): give more of the name")
        raise ValueError(f"{text[:80]!r} is no known stream: give the full key, an alias or a suffix")


def _declare(alias: str, stream: str, group: str) -> Declared:
    return Declared(alias, Name.of(f"maestro:streams:automation:{stream}"), Name.of(f"maestro-{group}-workers"))


MAESTRO = Topology(
    (
        _declare("automation_jobs", "jobs", "automation"),
        _declare("test_healing", "healing", "healing"),
        _declare("error_monitoring", "errors", "monitoring"),
        _declare("validation", "validation", "validation"),
    )
)
"""The platform's own topology, in the order of its configuration."""
