"""The problem lines: what is wrong, worst first, each with its evidence and its next step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from maestro_tui.domain.columns import ASCII_GLYPHS, GLYPHS, Labels
from maestro_tui.domain.rules import Finding, Severity
from maestro_tui.domain.text import clip, clip_middle, fit, width
from maestro_tui.ui.widgets.lines import Line, Tone

_TONES: dict[Severity, Tone] = {
    Severity.CRITICAL: "critical",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}
_MERGED_FROM = 3
_LONGEST_NAME = 21


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding as it is shown; several that say the same of different streams are one."""

    severity: Severity
    name: str
    title: str
    evidence: str
    next_step: str
    many: int = 1


def lines_at(height: int) -> int:
    """Return how many problems a screen that high shows: 3 of 24 rows, 7 of 40."""
    return max(1, min(8, (height - 12) // 4))


def problem_lines(
    findings: Sequence[Finding], labels: Labels, cells: int, most: int, *, ascii_only: bool, stale: bool
) -> tuple[Line, ...]:
    """Spell the worst findings, and how many more there are."""
    problems = _merged(findings, labels)
    if not problems:
        return ()
    shown, rest = problems[:most], problems[most:]
    names = min(_LONGEST_NAME, max(width(one.name) for one in shown))
    steps = min(cells // 3, max(width(one.next_step) for one in shown))
    marks = ASCII_GLYPHS if ascii_only else GLYPHS
    lines = [_line(one, marks[one.severity], cells, names, steps, stale=stale) for one in shown]
    return (*lines, _rest(rest, cells)) if rest else tuple(lines)


def _line(one: Problem, mark: str, cells: int, names: int, steps: int, *, stale: bool) -> Line:
    tone: Tone = "muted" if stale else _TONES[one.severity]
    room = max(0, cells - 3 - names - 2 - (steps + 3 if steps else 1))
    title = clip(one.title, room)
    left = room - width(title)
    evidence = one.evidence if 0 < len(one.evidence) + 2 <= left else ""
    if one.evidence and not evidence and left > 16:
        evidence = clip(one.evidence, left - 2)
    said = f"; {evidence}" if evidence else ""
    blank = " " * (left - width(said))
    return (
        (f" {mark} ", tone),
        (fit(clip_middle(one.name, names), names) + "  ", "muted" if stale else "strong"),
        (title, tone if one.severity is Severity.CRITICAL else "muted" if stale else "plain"),
        (said + blank + "  ", "muted"),
        (fit(one.next_step, steps), "muted" if stale else "key"),
    )


def _rest(rest: Sequence[Problem], cells: int) -> Line:
    words = []
    for severity in Severity:
        number = sum(one.many for one in rest if one.severity is severity)
        if number:
            words.append(f"{number} {severity.value}")
    return ((clip(f"   and {', '.join(words)} more", cells), "muted"),)


def _merged(findings: Iterable[Finding], labels: Labels) -> list[Problem]:
    """Say once what three or more streams have in common."""
    alike: dict[tuple[str, Severity, str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.rule, finding.severity, finding.title, finding.next_step), []).append(finding)
    problems: list[Problem] = []
    for (_, severity, title, step), same in alike.items():
        single = [Problem(severity, _name(one, labels), title, one.evidence, step) for one in same]
        if len(single) < _MERGED_FROM:
            problems += single
            continue
        names = ", ".join(one.name.rpartition(":")[2] for one in single)
        problems.append(replace(single[0], name=f"{len(single)} streams", title=f"{title}: {names}", many=len(single)))
    return problems


def _name(finding: Finding, labels: Labels) -> str:
    if finding.key is None:
        return "server"
    return str(finding.key.stream).removeprefix(labels.stream_prefix)
