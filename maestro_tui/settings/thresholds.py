"""The thresholds of the configuration as the domain's limits."""

from dataclasses import fields, replace

from maestro_tui.domain.config import Source
from maestro_tui.domain.limits import MAESTRO_LIMITS, Limits, StreamLimits
from maestro_tui.domain.names import Name
from maestro_tui.domain.topology import Topology
from maestro_tui.settings.errors import quoted
from maestro_tui.settings.fields import StreamThresholds, Thresholds

_STREAM_FIELDS = tuple(field.name for field in fields(StreamLimits))


class UnknownStream(Exception):
    """Thresholds are given for a name that is no stream, or not one stream."""

    def __init__(self, spelled: str, why: str) -> None:
        super().__init__(why)
        self.spelled = spelled


def limits_of(given: Thresholds, topology: Topology) -> tuple[Limits, dict[Name, str]]:
    """Return the limits, and how each stream with thresholds of its own is spelled in the file."""
    base = MAESTRO_LIMITS
    default = _default(given)
    by_stream: dict[Name, StreamLimits] = {
        stream: replace(default, **_exceptions(limits)) for stream, limits in base.by_stream.items()
    }
    spelled: dict[Name, str] = {}
    for text, own in given.streams.items():
        stream = _stream(text, topology)
        if stream in spelled:
            raise UnknownStream(text, f"is the same stream as {quoted(spelled[stream])}")
        spelled[stream] = text
        by_stream[stream] = _own(own, given, by_stream.get(stream, default), stream)
    limits = Limits(
        default=default,
        by_stream=by_stream,
        block_ms=base.block_ms if given.block is None else given.block,
        poison_deliveries=base.poison_deliveries if given.poison is None else given.poison,
        poison_attempts=base.poison_attempts if given.poison_attempts is None else given.poison_attempts,
        memory_share=base.memory_share if given.memory is None else given.memory,
        slow_poll_ms=base.slow_poll_ms if given.slow_poll is None else given.slow_poll,
        clock_skew_ms=base.clock_skew_ms if given.clock_skew is None else given.clock_skew,
        cost_share=base.cost_share if given.cost is None else given.cost,
        recent_ms=base.recent_ms if given.recent is None else given.recent,
        hold_ms={**base.hold_ms, **given.hold},
    )
    return limits, spelled


def rows(limits: Limits, topology: Topology) -> list[tuple[str, int]]:
    """Return the thresholds of all streams by the name under which they are configured, in order."""
    found = [(f"thresholds.{key}", getattr(limits.default, field_of(key))) for key in stream_keys()]
    for stream, own in limits.by_stream.items():
        for key in stream_keys():
            name = topology.alias(stream) or str(stream)
            found.append((f"thresholds.streams.{name}.{key}", getattr(own, field_of(key))))
    return found


def field_of(key: str) -> str:
    """Return the domain's field for a key: durations say there that they are milliseconds."""
    return key if key in _STREAM_FIELDS else f"{key}_ms"


def stream_keys() -> tuple[str, ...]:
    """Return the keys that a stream may have for itself."""
    return tuple(StreamThresholds.model_fields)


def stream_sources(
    given: Thresholds, spelled: dict[Name, str], topology: Topology, source: dict[tuple[str, ...], Source]
) -> dict[str, Source]:
    """Return where the thresholds of single streams came from, by the names that `rows` uses."""
    found = {}
    for stream, text in spelled.items():
        name = topology.alias(stream) or str(stream)
        for key in given.streams[text].model_fields_set:
            found[f"thresholds.streams.{name}.{key}"] = source[("streams", text, key)]
    return found


def _default(given: Thresholds) -> StreamLimits:
    limits = replace(MAESTRO_LIMITS.default, **_given(given))
    if given.safe_after is None:
        # An earlier alarm does not make an entry safe to move any earlier; a later one does so later.
        return replace(limits, safe_after_ms=max(limits.safe_after_ms, limits.stuck_after_ms))
    return limits


def _own(own: StreamThresholds, given: Thresholds, base: StreamLimits, stream: Name) -> StreamLimits:
    limits = replace(base, **_given(own))
    decided = own.safe_after is not None or given.safe_after is not None or stream in MAESTRO_LIMITS.by_stream
    if decided:
        return limits
    return replace(limits, safe_after_ms=max(limits.safe_after_ms, limits.stuck_after_ms))


def _given(thresholds: StreamThresholds) -> dict[str, int]:
    pairs = ((field_of(key), getattr(thresholds, key)) for key in stream_keys())
    return {name: value for name, value in pairs if value is not None}


def _exceptions(limits: StreamLimits) -> dict[str, int]:
    """Return in what the platform's own limits of a stream differ from the platform's default."""
    default = MAESTRO_LIMITS.default
    return {name: getattr(limits, name) for name in _STREAM_FIELDS if getattr(limits, name) != getattr(default, name)}


def _stream(text: str, topology: Topology) -> Name:
    try:
        return topology.find(text)
    except ValueError as error:
        # A full key may be of a stream that is only discovered later.
        if ":" in text and "several" not in str(error):
            return Name.of(text)
        raise UnknownStream(text, str(error)) from None
