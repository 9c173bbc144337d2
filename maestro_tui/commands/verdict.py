"""What a check says of a frame: one word, one line, and numbers for graphs, as monitoring plugins do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from maestro_tui.commands.perfdata import figures
from maestro_tui.domain.columns import Labels
from maestro_tui.domain.config import Config
from maestro_tui.domain.dead import origin_of
from maestro_tui.domain.frame import Frame
from maestro_tui.domain.names import Key, Name
from maestro_tui.domain.quantities import plural
from maestro_tui.domain.rows import Row
from maestro_tui.domain.rules import Finding, Severity, narrowed
from maestro_tui.domain.text import ELLIPSIS, visible

Word = Literal["OK", "WARNING", "CRITICAL", "UNKNOWN"]
CODES: Final[dict[Word, int]] = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}

LONGEST_TEXT: Final = 1_000
"""Bytes of the text; with the numbers a line stays below the 4 KiB that every monitor reads."""

_MOST_NAMED = 5
# Trouble of the whole server that makes what was seen of any stream worthless.
VOID: Final = frozenset({"unreachable", "loading", "replica", "link_down"})
# These say that something was not measured, whatever their severity elsewhere.
UNMEASURED: Final = frozenset({"loading", "denied", "server_denied"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of a monitoring plugin."""

    word: Word
    text: str
    figures: tuple[str, ...] = ()

    @property
    def code(self) -> int:
        """The exit code: 0 ok, 1 warning, 2 critical, 3 unknown."""
        return CODES[self.word]

    def __str__(self) -> str:
        """Spell the line: no newline and no control character in it, and one `|` at most."""
        text = _one_line(f"MAESTRO {self.word} - {self.text}")
        return f"{text} | {' '.join(self.figures)}" if self.figures else text


def unmeasured(why: str) -> Verdict:
    """Return the verdict where nothing was measured."""
    return Verdict("UNKNOWN", why)


def _one_line(text: str) -> str:
    """Make text safe for a monitor; what is too long is cut, and says so."""
    shown = visible(" ".join(text.split("\n")), LONGEST_TEXT).replace("|", "/")
    octets = shown.encode("utf-8", "backslashreplace")
    if len(octets) <= LONGEST_TEXT:
        return shown
    return octets[: LONGEST_TEXT - 4].decode("utf-8", "ignore") + ELLIPSIS


def judge(frame: Frame, config: Config, *, streams: tuple[str, ...], ignored: frozenset[str]) -> Verdict:
    """Return the verdict on a frame, limited to some streams, without what is found by ignored rules.

    Critical beats unknown: what is certainly bad is so whatever else could not be seen. Unknown beats warning and ok:
    there may be worse in what was not seen.
    """
    if frame.trouble is not None:
        return unmeasured(str(frame.trouble))
    try:
        known = tuple(dict.fromkeys(row.key.stream for row in frame.rows))
        chosen = frozenset(config.topology.find(text, known) for text in streams)
    except ValueError as error:
        return unmeasured(f"--stream: {error}")
    rows = [row for row in frame.rows if (row.key.stream in chosen if chosen else row.declared)]
    if not rows:
        return unmeasured("no stream is declared: there is nothing to check. Declare some (--topology)")
    places: dict[Key | None, int] = {row.key: place for place, row in enumerate(frame.rows)}
    shown = narrowed((one for one in frame.findings if one.rule not in ignored and _concerns(one, chosen)), places)
    labels = Labels.of(frame.rows)
    said = _Said(frame, labels, config.runbooks)
    problems = [one for one in shown if one.rule not in UNMEASURED and one.severity is not Severity.INFO]
    gaps = [said.gap(one) for one in shown if one.rule in UNMEASURED] + list(_gaps(rows, labels))
    parts = said.problems(problems) + said.gaps(gaps)
    if not parts:
        parts = [f"{plural(len({row.key.stream for row in rows}), 'stream')} checked, no problem", *said.notes(shown)]
    if ignored:
        parts.append(f"ignoring {', '.join(sorted(ignored))}")
    return Verdict(_word(problems, gaps), "; ".join(parts), figures(frame.snapshot, rows, config.limits))


def _concerns(finding: Finding, chosen: frozenset[Name]) -> bool:
    """Whether a finding is about what was asked for; a stream's dead letters belong to it."""
    if not chosen:
        return True
    if finding.key is None:
        return finding.rule in VOID
    return finding.key.stream in chosen or origin_of(finding.key.stream) in chosen


def _word(problems: list[Finding], gaps: list[str]) -> Word:
    if any(one.severity is Severity.CRITICAL for one in problems):
        return "CRITICAL"
    if gaps:
        return "UNKNOWN"
    return "WARNING" if problems else "OK"


def _gaps(rows: list[Row], labels: Labels) -> Iterator[str]:
    """Say what could not be read of streams that matter; what was denied is a finding of its own."""
    told: set[Name] = set()
    for row in rows:
        why = _gap(row)
        if why is not None and row.key.stream not in told:
            told.add(row.key.stream)
            yield f"{labels.stream(row)}: {why}"


def _gap(row: Row) -> str | None:
    trouble = row.stream.trouble or (None if row.group is None else row.group.trouble)
    if trouble is not None:
        return None if trouble.fault in ("denied", "wrong_type") else trouble.sentence.rstrip(".")
    if row.state == "stale":
        return "what is known of it is old"
    if row.stream.exists is None or (row.stream.exists and row.stream.groups is None):
        return "the server did not tell"
    group = row.group
    if group is not None and (
        (group.consumers is None and group.consumer_count) or (group.page is None and group.pending)
    ):
        return "its pending entries were not read"
    return None


@dataclass(frozen=True, slots=True)
class _Said:
    """Findings in words."""

    frame: Frame
    labels: Labels
    runbooks: Mapping[str, str]

    def problems(self, found: list[Finding]) -> list[str]:
        """Say the first problem at length, the others by name."""
        if not found:
            return []
        first, *others = found
        facts = ", ".join(part.rstrip(".") for part in (first.title, first.evidence) if part)
        runbook = self.runbooks.get(first.rule)
        text = f"{self._about(first)}: {facts}" + (f" (runbook {runbook})" if runbook else "")
        if others:
            named = [f"{one.rule} {self._about(one)}" for one in others[:_MOST_NAMED]]
            rest = f", {ELLIPSIS}" if len(others) > _MOST_NAMED else ""
            text += f"; and {len(others)} more: {', '.join(named)}{rest}"
        return [text]

    def gaps(self, gaps: list[str]) -> list[str]:
        """Say what was not measured."""
        if not gaps:
            return []
        rest = f" and {len(gaps) - _MOST_NAMED} more" if len(gaps) > _MOST_NAMED else ""
        return [f"not measured: {', '.join(gaps[:_MOST_NAMED])}{rest}"]

    def gap(self, finding: Finding) -> str:
        """Say what a finding shows not to be measured."""
        return f"{self._about(finding)}: {(finding.evidence or finding.title).rstrip('.')}"

    def notes(self, shown: Sequence[Finding]) -> list[str]:
        """Say what is worth knowing and no alarm."""
        notes = [f"{self._about(one)}: {one.title}" for one in shown if one.severity is Severity.INFO]
        return notes[:_MOST_NAMED]

    def _about(self, finding: Finding) -> str:
        if finding.key is None:
            return "server"
        row = self.frame.row(finding.key)
        return str(finding.key.stream) if row is None else self.labels.stream(row)
