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
_ROOMY = 100
_STEPS_FROM = 60
# Less room than this for the evidence would hold a word and an ellipsis.
_WORTH_SAYING = 16


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
    if cells < _ROOMY:
        shown = _shortened(shown)
    names = min(_LONGEST_NAME, max(width(one.name) for one in shown))
    steps = min(cells * 2 // 5, max(width(one.next_step) for one in shown)) if cells >= _STEPS_FROM else 0
    marks = ASCII_GLYPHS if ascii_only else GLYPHS
    lines = [_line(one, marks[one.severity], cells, names, steps, stale=stale) for one in shown]
    return (*lines, _rest(rest, cells)) if rest else tuple(lines)


def _shortened(problems: list[Problem]) -> list[Problem]:
    """Keep only the last part of the names where that still tells them apart."""
    last = [one.name.rpartition(":")[2] for one in problems]
    if len(set(last)) < len({one.name for one in problems}):
        return problems
    return [replace(one, name=name or one.name) for one, name in zip(problems, last, strict=True)]


def _line(one: Problem, mark: str, cells: int, names: int, steps: int, *, stale: bool) -> Line:
    tone: Tone = "muted" if stale else _TONES[one.severity]
    gap = "  " if cells >= _ROOMY else " "
    room = max(0, cells - 3 - names - len(gap) - (steps + 2 if steps else 0))
    title = clip(one.title, room)
    left = room - width(title)
    evidence = clip(one.evidence, left - 2) if left > _WORTH_SAYING else ""
    said = f"; {evidence}" if evidence else ""
    blank = " " * (left - width(said))
    return (
        (f" {mark} ", tone),
        (fit(clip_middle(one.name, names), names) + gap, "muted" if stale else "strong"),
        (title, tone if one.severity is Severity.CRITICAL else "muted" if stale else "plain"),
        (said + blank + "  ", "muted"),
        (fit(one.next_step, steps), "muted" if stale else "key"),
    )


def _rest(rest: Sequence[Problem], cells: int) -> Line:
    numbers = {severity: sum(one.many for one in rest if one.severity is severity) for severity in Severity}
    words = [f"{number} {severity.value}" for severity, number in numbers.items() if number]
    return ((clip(f"   and {sum(numbers.values())} more: {', '.join(words)}", cells), "muted"),)


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
