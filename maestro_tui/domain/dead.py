"""Streams of dead letters: what is set aside from a stream goes into one of its name with `:dead` behind it."""

from maestro_tui.domain.names import Name

_ENDING = b":dead"


def dead_name(stream: Name) -> Name:
    """Return the stream that takes the dead letters of a stream."""
    return Name(stream.raw + _ENDING)


def is_dead(stream: Name) -> bool:
    """Whether a stream is one of dead letters, by its name."""
    return stream.raw.endswith(_ENDING) and len(stream.raw) > len(_ENDING)


def origin_of(dead: Name) -> Name | None:
    """Return the stream whose dead letters a stream takes; None where it takes none."""
    return Name(dead.raw.removesuffix(_ENDING)) if is_dead(dead) else None
