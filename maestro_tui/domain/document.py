"""A frame as the JSON document that scripts read. `schema` changes whenever a meaning does; unknown is null."""

import base64
from collections.abc import Mapping
from typing import Any

from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.limits import Limits, StreamLimits
from maestro_tui.domain.names import EntryId, Name
from maestro_tui.domain.quantities import timestamp
from maestro_tui.domain.rows import Row
from maestro_tui.domain.rules import Finding, spelled
from maestro_tui.domain.snapshot import Consumer, Count, Group, Node, Stream
from maestro_tui.domain.topology import Topology
from maestro_tui.domain.trouble import Trouble

SCHEMA = 1

Json = dict[str, Any]


def document(frame: Frame, config: Config) -> Json:
    """Return the whole frame as JSON values."""
    seen = frame.snapshot
    errors = [*seen.errors, *([str(frame.trouble)] if frame.trouble else [])]
    rows: dict[Name, list[Row]] = {}
    for row in frame.rows:
        rows.setdefault(row.key.stream, []).append(row)
    return {
        "schema": SCHEMA,
        "taken_at": timestamp(seen.taken_at_ms) if frame.ever_polled else None,
        "complete": is_complete(frame),
        "environment": config.environment,
        "nodes": [_node(node) for node in seen.nodes],
        "thresholds": _thresholds(config.limits, config.topology),
        "streams": [_stream(stream, rows.get(stream.name, []), config.topology) for stream in seen.streams],
        "problems": [problem(finding, config.runbooks) for finding in frame.findings],
        "errors": errors,
    }


def is_complete(frame: Frame) -> bool:
    """Return whether the last poll succeeded and everything could be read."""
    seen = frame.snapshot
    failed = not frame.ever_polled or frame.trouble is not None
    return not failed and seen.discovery_complete and not seen.errors and not _gaps(frame)


def _gaps(frame: Frame) -> bool:
    """Whether some row or node could not be read, or not wholly."""
    seen = frame.snapshot
    return any(node.trouble for node in seen.nodes) or any(_has_gaps(stream) for stream in seen.streams)


def _has_gaps(stream: Stream) -> bool:
    if stream.trouble is not None or stream.groups is None:
        return True
    return any(
        group.trouble or (group.consumers is None and group.consumer_count) or (group.page is None and group.pending)
        for group in stream.groups
    )


def named(name: Name) -> Json:
    """Return a name as text; where the bytes are no UTF-8 also as base64, which alone is exact."""
    if name.is_utf8:
        return {"name": name.raw.decode("utf-8")}
    return {"name": str(name), "name_b64": base64.b64encode(name.raw).decode("ascii")}


def counted(value: Count) -> Json:
    """Return a count with its kind."""
    return {"value": value.value, "kind": value.kind}


def _trouble(trouble: Trouble | None) -> Json | None:
    if trouble is None:
        return None
    return {"fault": trouble.fault, "sentence": trouble.sentence, "next_step": trouble.next_step}


def _node(node: Node) -> Json:
    memory = node.memory
    return {
        "address": node.address,
        "db": node.db,
        "kind": node.kind,
        "version": node.version,
        "role": node.role,
        "memory": {
            "used_bytes": memory.used_bytes,
            "max_bytes": memory.max_bytes,
            "policy": memory.policy,
            "evicted_keys": memory.evicted_keys,
        },
        "trouble": _trouble(node.trouble),
    }


def _thresholds(limits: Limits, topology: Topology) -> Json:
    return {
        **_stream_limits(limits.default),
        "block_ms": limits.block_ms,
        "poison_deliveries": limits.poison_deliveries,
        "poison_attempts": limits.poison_attempts,
        "memory_share": limits.memory_share,
        "slow_poll_ms": limits.slow_poll_ms,
        "clock_skew_ms": limits.clock_skew_ms,
        "cost_share": limits.cost_share,
        "recent_ms": limits.recent_ms,
        "hold_ms": dict(sorted(limits.hold_ms.items())),
        "streams": {
            topology.alias(name) or str(name): _stream_limits(own) for name, own in sorted(limits.by_stream.items())
        },
    }


def _stream_limits(own: StreamLimits) -> Json:
    return {
        "stuck_after_ms": own.stuck_after_ms,
        "safe_after_ms": own.safe_after_ms,
        "waiting_after_ms": own.waiting_after_ms,
        "untrimmed": own.untrimmed,
    }


def _stream(stream: Stream, rows: list[Row], topology: Topology) -> Json:
    known = stream.exists is True and stream.trouble is None
    own_rate = rows[0].rates.in_per_s if rows else None
    return {
        **named(stream.name),
        "alias": topology.alias(stream.name),
        "declared": bool(topology.of(stream.name)),
        "state": stream_state(stream, rows),
        "length": stream.length if known else (0 if stream.exists is False else None),
        "last_id": _id(stream.last_id),
        "entries_added": stream.entries_added,
        "rates": {"in": _rounded(own_rate)},
        "dead_letters": _letters(rows),
        "groups": _groups(stream, rows),
    }


def _letters(rows: list[Row]) -> Json | None:
    """Return what a stream of dead letters holds; null for any other."""
    row = next((row for row in rows if row.state == "dead"), None)
    return None if row is None else {"count": row.stream.length, "oldest_age_ms": row.oldest_age_ms}


def _groups(stream: Stream, rows: list[Row]) -> list[Json] | None:
    """Return the groups, declared ones at least; null where the server would not tell which there are."""
    told = [_group(row, row.group) for row in rows if row.key.group is not None]
    return None if stream.groups is None and not told else told


def stream_state(stream: Stream, rows: list[Row]) -> str:
    """Return a stream's own state, as JSON spells it: what spoils it, else `dead` for dead letters, else `ok`."""
    spoiled = {row.state for row in rows} & {"no stream", "wrong type", "denied", "stale", "unknown"}
    whole = stream.exists is not True or stream.trouble is not None
    if len(spoiled) == 1 and (whole or spoiled == {"stale"}):
        return _word(next(iter(spoiled)))
    return "dead" if any(row.state == "dead" for row in rows) else "ok"


def _word(state: str) -> str:
    return state.replace(" ", "_")


def _group(row: Row, group: Group | None) -> Json:
    name = row.key.group or Name(b"")
    base: Json = {**named(name), "declared": row.declared, "state": _word(row.state)}
    if group is None:
        return {**base, **_ABSENT_GROUP}
    return {
        **base,
        "consumers": None if group.consumers is None else [_consumer(row, one) for one in group.consumers],
        "live": row.live.certain if row.live.known and not row.live.unsure else None,
        "pending": group.pending,
        "stuck": counted(row.pending.stuck),
        "left_behind": counted(row.pending.left_behind),
        "ghosts": counted(row.pending.ghosts),
        "poison": counted(row.pending.poison),
        "lost": counted(row.lost),
        "oldest_age_ms": row.oldest_age_ms,
        "oldest_idle_ms": row.oldest_idle_ms,
        "lag": counted(row.lag),
        "waiting_ms": row.waiting_ms,
        "rates": {"out": _rounded(row.rates.out_per_s), "ack": _rounded(row.rates.ack_per_s)},
        "drain": {"word": row.drain.word, "seconds": _rounded(row.drain.seconds)},
        "last_delivered_id": _id(group.last_delivered),
        "entries_read": group.entries_read,
    }


_NOT_KNOWN: Json = {"value": None, "kind": "unknown"}
_ABSENT_GROUP: Mapping[str, Any] = {
    "consumers": None,
    "live": None,
    "pending": None,
    "stuck": _NOT_KNOWN,
    "left_behind": _NOT_KNOWN,
    "ghosts": _NOT_KNOWN,
    "poison": _NOT_KNOWN,
    "lost": _NOT_KNOWN,
    "oldest_age_ms": None,
    "oldest_idle_ms": None,
    "lag": _NOT_KNOWN,
    "waiting_ms": None,
    "rates": {"out": None, "ack": None},
    "drain": {"word": "unknown", "seconds": None},
    "last_delivered_id": None,
    "entries_read": None,
}


def _consumer(row: Row, consumer: Consumer) -> Json:
    return {
        **named(consumer.name),
        "pending": consumer.pending,
        "idle_ms": consumer.idle_ms,
        "inactive_ms": consumer.inactive_ms,
        "live": row.live.by_consumer.get(consumer.name),
    }


def _id(value: EntryId | None) -> str | None:
    return None if value is None else str(value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def problem(finding: Finding, runbooks: Mapping[str, str]) -> Json:
    """Return a problem: as it stands among others, and as a hook is given it."""
    return {
        "id": finding.id,
        "since": timestamp(finding.since_ms) if finding.since_ms else None,
        "severity": finding.severity.value,
        "rule": finding.rule,
        "stream": None if finding.key is None else named(finding.key.stream)["name"],
        "group": None if finding.key is None or finding.key.group is None else named(finding.key.group)["name"],
        "title": finding.title,
        "evidence": finding.evidence,
        "next_step": finding.next_step,
        "key": finding.press,
        "because": None if finding.because is None else spelled(finding.because),
        "runbook": runbooks.get(finding.rule),
    }
