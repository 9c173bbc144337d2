"""A frame as OpenMetrics text: what is not known is no sample, never a 0."""

from maestro_tui.domain.config import Config
from maestro_tui.domain.document import is_complete, stream_state
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.metrics import families as the
from maestro_tui.domain.metrics.exposition import Exposition, Labels, label_of, text_label
from maestro_tui.domain.metrics.groups import add_consumers, add_group, add_stream, seconds
from maestro_tui.domain.names import Name
from maestro_tui.domain.rows import Row
from maestro_tui.domain.rules import OF_THE_WAY, Finding
from maestro_tui.domain.snapshot import Node

__all__ = ["openmetrics"]


def openmetrics(frame: Frame, config: Config) -> str:
    """Return a frame as OpenMetrics 1.0 text, without a last newline.

    Every sample names the server, so that files about several may lie in one directory. Of a server that could not be
    read there is `maestro_up 0` and why: numbers of an earlier moment are not repeated. At most some 5,000 samples and
    2 MB, the declared streams first; what is left out is counted.
    """
    out = Exposition()
    server = {"server": text_label(str(config.address))}
    up = frame.ever_polled and frame.trouble is None
    out.insist(the.UP, server, int(up))
    if not up:
        for finding in frame.findings:
            if finding.rule in OF_THE_WAY:
                _add_problem(out, server, finding)
        return out.render()
    out.insist(the.COMPLETE, server, int(is_complete(frame)))
    by_consumers = _add_all(out, server, frame, config)
    out.insist(the.LEFT_OUT, {**server, "reason": "size"}, out.left_out)
    out.insist(the.LEFT_OUT, {**server, "reason": "consumers"}, by_consumers)
    return out.render()


def _add_all(out: Exposition, server: Labels, frame: Frame, config: Config) -> int:
    """Add what matters most first; return how many samples of consumers were left out."""
    seen = frame.snapshot
    out.add(the.POLL_SECONDS, server, round(seen.cost.seconds, 6))
    out.add(the.POLL_COMMANDS, server, seen.cost.commands)
    for node in seen.nodes:
        _add_node(out, server if len(seen.nodes) == 1 else {**server, "node": text_label(node.address)}, node)
    for finding in frame.findings:
        _add_problem(out, server, finding)
    base = {**server, "db": f"db{config.address.db}"}
    by_stream: dict[Name, list[Row]] = {}
    for row in frame.rows:
        by_stream.setdefault(row.key.stream, []).append(row)
    rows = sorted(frame.rows, key=lambda row: (not row.declared, row.state == "unused"))
    streams = {stream.name: stream for stream in seen.streams}
    for name in dict.fromkeys(row.key.stream for row in rows):
        stream = streams.get(name)
        if stream is not None:
            add_stream(out, base, stream, by_stream[name], stream_state(stream, by_stream[name]), seen.taken_at_ms)
    for row in rows:
        add_group(out, base, row)
    return sum(add_consumers(out, base, row) for row in rows)


def _add_node(out: Exposition, labels: Labels, node: Node) -> None:
    facts = {"kind": node.kind, "version": node.version, "role": node.role, "maxmemory_policy": node.memory.policy}
    told = {name: text_label(text) for name, text in facts.items() if text is not None}
    if node.trouble is None:
        out.add(the.SERVER, {**labels, **told}, 1)
    out.add(the.SKEW, labels, seconds(node.skew_ms))
    out.add(the.MEMORY_USED, labels, node.memory.used_bytes)
    out.add(the.MEMORY_MAX, labels, node.memory.max_bytes)
    out.add(the.EVICTED, labels, node.memory.evicted_keys)
    out.add(the.CLIENTS, labels, node.clients)
    out.add(the.REJECTED, labels, node.rejected_connections)
    out.add(the.KEYS, {**labels, "db": f"db{node.db}"}, node.keys)


def _add_problem(out: Exposition, server: Labels, finding: Finding) -> None:
    labels = {**server, "rule": finding.rule, "severity": finding.severity.value}
    if finding.key is not None:
        labels["stream"] = label_of(finding.key.stream)
        if finding.key.group is not None:
            labels["group"] = label_of(finding.key.group)
    if finding.because is not None:
        labels["because"] = finding.because[0]
    out.add(the.PROBLEM, labels, 1)
