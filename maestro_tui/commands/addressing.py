"""What STREAM and GROUP on a command line mean: a full key, an alias or an unambiguous suffix; the one group."""

from maestro_tui.commands.ending import REFUSED, USAGE, Ended, code_of_trouble
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.names import Name
from maestro_tui.domain.rows import Row
from maestro_tui.domain.topology import Topology
from maestro_tui.engine.session import Session

# A stream that nobody declared is found by SCAN, some thousand keys a poll: this many looks see a few million keys.
_MOST_LOOKS = 100
_MOST_LISTED = 12


async def look(session: Session, stream: str, *, polls: int = 2) -> tuple[Frame, Name]:
    """Poll until STREAM can be told; return what was seen, and which stream is meant.

    Two polls tell more than one of who is live: on old servers only a change shows that. Raise Ended, with the
    candidates where several fit; Failure where nothing can be read.
    """
    frame = await session.monitor.once(polls=polls)
    for _ in range(_MOST_LOOKS):
        try:
            return frame, stream_of(frame, session.config.topology, stream)
        except Ended:
            if frame.snapshot.discovery_complete:
                raise
        frame = await session.monitor.once(polls=1)
    return frame, stream_of(frame, session.config.topology, stream)


def stream_of(frame: Frame, topology: Topology, text: str) -> Name:
    """Return the stream that is meant, or raise Ended with exit code 2."""
    known = tuple(dict.fromkeys(row.key.stream for row in frame.rows))
    try:
        return topology.find(text, known)
    except ValueError as error:
        raise Ended(f"STREAM: {error}", USAGE) from None


def row_of(frame: Frame, topology: Topology, stream: Name, group: str | None) -> Row:
    """Return the row of a stream and GROUP, or of the one declared group, or of the only one.

    Raise Ended: with code 2 where the name fits nothing or it is not clear which group is meant, with 4 where it is
    clear and the server has no such stream or group, or does not let us look.
    """
    rows = [row for row in frame.rows if row.key.stream == stream]
    with_group = [row for row in rows if row.key.group is not None]
    row = _named(with_group, Name.of(group), stream) if group is not None else _only(with_group, topology, stream)
    return _there(row or (rows[0] if rows else None), stream)


def _named(rows: list[Row], group: Name, stream: Name) -> Row | None:
    found = next((row for row in rows if row.key.group == group), None)
    if found is None and rows:
        raise Ended(f"GROUP: {stream} has no group '{group}'; it has {_listed(rows)}.", USAGE)
    return found


def _only(rows: list[Row], topology: Topology, stream: Name) -> Row | None:
    declared = [row for row in rows if topology.declares(row.key)]
    for candidates in (declared, rows):
        if len(candidates) == 1:
            return candidates[0]
    if not rows:
        return None
    raise Ended(f"GROUP: {stream} has several groups, say which: {_listed(declared or rows)}.", USAGE)


def _there(row: Row | None, stream: Name) -> Row:
    """Return the row where it can be looked into."""
    if row is None or row.stream.exists is False:
        raise Ended(f"{stream} does not exist; `maestro-tui init` creates what is declared.", REFUSED)
    trouble = row.stream.trouble
    if row.group is None and trouble is not None:
        raise Ended(str(trouble), code_of_trouble(trouble))
    if row.group is not None:
        return row
    if row.stream.groups is None:
        raise Ended(f"The server did not tell which groups {stream} has.", REFUSED)
    if row.key.group is not None:
        what = f"The group {row.key.group} of {stream}"
        raise Ended(f"{what} does not exist; `maestro-tui init` creates what is declared.", REFUSED)
    raise Ended(f"{stream} has no consumer group, so nothing can be pending there.", REFUSED)


def _listed(rows: list[Row]) -> str:
    names = [str(row.key.group) for row in rows]
    more = len(names) - _MOST_LISTED
    return ", ".join(names[:_MOST_LISTED]) + (f" and {more:,} more" if more > 0 else "")
