"""A problem in words: since when, what it follows from and what follows from it, what to do, and where to read on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from maestro_tui.domain.frame import Frame
from maestro_tui.domain.quantities import duration, timestamp
from maestro_tui.domain.rule_texts import RULE_TEXTS
from maestro_tui.domain.rules import Finding
from maestro_tui.domain.rules.finding import Identity

_MOST_FOLLOWING = 10


@dataclass(frozen=True, slots=True)
class Known:
    """What is known besides the frame.

    `runbooks` are addresses by rule, `first_ms` the server's time of our first look (0 where that is not known),
    `columns` the IDs of the columns that are shown.
    """

    runbooks: Mapping[str, str] = field(default_factory=dict)
    first_ms: int = 0
    columns: Sequence[str] = ()


NOTHING_MORE = Known()


def lasting(finding: Finding, now_ms: int, first_ms: int) -> str:
    """Spell how long it has been there: `12m`, `>=12m` where it was there at the first look, `?` where nobody knows."""
    if not finding.since_ms:
        return "?"
    mark = ">=" if finding.since_ms <= first_ms else ""
    return mark + duration(max(0, now_ms - finding.since_ms))


def cause_words(because: Identity, findings: Mapping[Identity, Finding]) -> str:
    """Name a cause in a few words: what was found, or at least the rule's name."""
    cause = findings.get(because)
    return because[0].replace("_", " ") if cause is None else cause.title.partition("; ")[0]


def explain_problem(findings: Sequence[Finding], frame: Frame, known: Known) -> tuple[str, tuple[str, ...]]:
    """Return a title and paragraphs about one finding, or about several that say the same of different rows."""
    first = findings[0]
    title = f"{first.severity.value.upper()} {first.rule.replace('_', ' ')}"
    lines: list[str] = []
    for place, one in enumerate(findings):
        about = "the whole server" if one.key is None else str(one.key)
        lines += ([""] if place else []) + [about, *finding_lines(one, frame, known, told=place > 0)]
    return title, tuple(lines)


def finding_lines(finding: Finding, frame: Frame, known: Known, *, told: bool = False) -> list[str]:
    """Return a finding with its next step; what its rule is about only where that was not `told` already."""
    evidence = f" ({finding.evidence})" if finding.evidence else ""
    lines = [f"{finding.severity.value.upper()}: {finding.title}{evidence}", f"Since: {_since(finding, frame, known)}"]
    lines += _chain(finding, frame)
    text = RULE_TEXTS.get(finding.rule)
    if text is not None and not told:
        lines += [text.what, f"From: {text.source}"]
    if text is not None and text.todo:
        lines.append(f"Do: {text.todo}")
    key = f" (key {finding.press})" if finding.press and finding.press not in finding.next_step.split() else ""
    lines.append(f"Next: {finding.next_step}{key}")
    runbook = known.runbooks.get(finding.rule)
    return [*lines, f"Runbook: {runbook}"] if runbook else lines


def _since(finding: Finding, frame: Frame, known: Known) -> str:
    if not finding.since_ms:
        return "before the first answer: nobody knows when it began"
    lasts = lasting(finding, frame.snapshot.taken_at_ms, known.first_ms)
    older = ": it was there at the first look, and may be older" if finding.since_ms <= known.first_ms else ""
    return f"{timestamp(finding.since_ms)}, for {lasts}{older}"


def _chain(finding: Finding, frame: Frame) -> list[str]:
    """Tell the causes one after another, the nearest first, and what follows from this one."""
    found = {one.identity: one for one in frame.findings}
    lines: list[str] = []
    cause = finding.because
    while cause is not None and len(lines) < len(found) + 1:
        lines.append(f"Follows from: {_named(cause, found)}; mend that first")
        cause = found[cause].because if cause in found else None
    following = [one.identity for one in frame.findings if one.because == finding.identity]
    if following:
        more = len(following) - _MOST_FOLLOWING
        names = "; ".join(_each(following[:_MOST_FOLLOWING], found))
        lines.append(f"Explains: {names}" + (f"; and {more} more" if more > 0 else ""))
    return lines


def _each(identities: Iterable[Identity], found: Mapping[Identity, Finding]) -> list[str]:
    return [_named(one, found) for one in identities]


def _named(identity: Identity, found: Mapping[Identity, Finding]) -> str:
    about = "" if identity[1] is None else f" ({identity[1]})"
    return f"{cause_words(identity, found)}{about}"
