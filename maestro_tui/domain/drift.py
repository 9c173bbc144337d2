"""Declared against actual: a line for each declaration with what follows from its state, then what nobody declared."""

from dataclasses import dataclass

from maestro_tui.domain.frame import Frame
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.quantities import count, plural
from maestro_tui.domain.rows import Row, State
from maestro_tui.domain.rules.finding import Severity
from maestro_tui.domain.topology import Declared, Topology


@dataclass(frozen=True, slots=True)
class DriftLine:
    """What is declared, what is there, and what follows; `alias` is None for what nobody declared."""

    key: Key
    alias: str | None
    state: State
    severity: Severity | None
    consequence: str
    unused: int = 0


def drift(frame: Frame, topology: Topology, *, writes: bool = True) -> tuple[DriftLine, ...]:
    """Return the declared lines in the order of the topology, then the undeclared ones, unused groups folded.

    Where nothing may be written (`writes`) no line tells of the key that creates what is missing.
    """
    declared = tuple(_declared(entry, frame, writes=writes) for entry in topology.declared)
    by_stream = {entry.stream for entry in topology.declared if entry.group is None}
    extra = [row for row in frame.rows if not row.declared and not (row.group is None and row.key.stream in by_stream)]
    used = tuple(
        DriftLine(row.key, None, row.state, frame.severity(row.key), _extra(row))
        for row in extra
        if row.state != "unused"
    )
    return (*declared, *used, *_unused(extra))


def summary(lines: tuple[DriftLine, ...]) -> str:
    """Return the whole in one sentence."""
    declared = [line for line in lines if line.alias is not None]
    missing = sum(line.state in ("no stream", "no group") for line in declared)
    bad = sum(line.state == "wrong type" for line in declared)
    unused = sum(line.unused for line in lines)
    extra = len(lines) - len(declared) - sum(line.unused > 0 for line in lines)
    parts = [f"{len(declared)} declared", f"{missing} missing"]
    parts += [f"{bad} of the wrong type"] if bad else []
    parts += [f"{extra} more not declared"] if extra else []
    parts += [f"{plural(unused, 'unused group')}"] if unused else []
    return ", ".join(parts)


def _declared(entry: Declared, frame: Frame, *, writes: bool) -> DriftLine:
    row = frame.row(entry.key)
    if row is not None:
        return DriftLine(entry.key, entry.alias, row.state, frame.severity(entry.key), _consequence(row, writes=writes))
    stream = frame.snapshot.stream(entry.stream)
    if entry.group is None and stream is not None and stream.exists and stream.trouble is None:
        text = f"{plural(stream.length, 'entry', 'entries')}, {plural(len(stream.groups or ()), 'group')}"
        return DriftLine(entry.key, entry.alias, "ok", None, text)
    return DriftLine(entry.key, entry.alias, "unknown", None, "not looked at yet")


def _consequence(row: Row, *, writes: bool = True) -> str:
    if row.stream.trouble is not None:
        return row.stream.trouble.sentence
    if row.state == "dead":
        return plural(row.stream.length, "dead letter")
    if row.state == "no stream":
        if not row.declared:
            return "missing"
        if row.key.group is None:
            return "missing: the first entry added creates it"
        return "missing: i creates it" if writes else "missing"
    if row.state == "no group":
        if row.stream.length:
            return f"{row.stream.length:,} wait" + (": i choose start" if writes else "")
        return "missing: i creates it" if writes else "missing"
    if row.group is None:
        return plural(row.stream.length, "entry", "entries")
    return f"lag {count(row.lag)}, last delivered {row.group.last_delivered}"


def _extra(row: Row) -> str:
    if row.group is None:
        return f"{_consequence(row)}, no group" if row.stream.exists and row.state != "dead" else _consequence(row)
    consumers = plural(row.group.consumer_count, "consumer")
    return f"{consumers}, {row.group.pending:,} pending, lag {count(row.lag)}"


def _unused(extra: list[Row]) -> tuple[DriftLine, ...]:
    counts: dict[Name, int] = {}
    for row in extra:
        if row.state == "unused":
            counts[row.key.stream] = counts.get(row.key.stream, 0) + 1
    return tuple(
        DriftLine(Key(stream), None, "unused", None, f"{plural(number, 'group')} never read, no consumers", number)
        for stream, number in counts.items()
    )
