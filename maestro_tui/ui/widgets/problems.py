"""The problem lines: what is wrong, worst first, each with its evidence and its next step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from maestro_tui.domain.columns import ASCII_GLYPHS, GLYPHS, Labels
from maestro_tui.domain.rules import Finding, Severity
from maestro_tui.domain.text import ELLIPSIS, clip, clip_middle, fit, width
from maestro_tui.ui.widgets.lines import Line, Tone

_TONES: dict[Severity, Tone] = {
    Severity.CRITICAL: "critical",
    Severity.WARNING: "warning",
    Severity.INFO: "info",
}
_MERGED_FROM = 3
# What is said of several streams, by how the title of one begins; other titles hold facts of that stream alone.
_OF_MANY = {
    "stream missing": "missing",
    "stream vanished": "vanished with their groups",
    "group missing": "without their groups",
    "group vanished": "lost their groups",
    "the key is no stream": "of the wrong type",
    "not allowed to look": "not allowed to look at",
}
_NOT_BY_US = "read-only: have it created"
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
    findings: Sequence[Finding],
    labels: Labels,
    cells: int,
    most: int,
    *,
    ascii_only: bool,
    stale: bool,
    read_only: bool = False,
) -> tuple[Line, ...]:
    """Spell the worst findings, and how many more there are; where nothing may be written none asks for it."""
    if read_only or any(one.rule == "replica" for one in findings):
        findings = [replace(one, next_step=_NOT_BY_US) if one.press in ("i", "R") else one for one in findings]
    problems = _merged(findings, labels, short=cells < _ROOMY)
    if not problems:
        return ()
    shown, rest = problems[:most], problems[most:]
    names = min(_LONGEST_NAME, max(width(one.name) for one in shown))
    steps = min(cells * 2 // 5, max(width(one.next_step) for one in shown)) if cells >= _STEPS_FROM else 0
    marks = ASCII_GLYPHS if ascii_only else GLYPHS
    lines = [_line(one, marks[one.severity], cells, names, steps, stale=stale) for one in shown]
    return (*lines, _rest(rest, cells)) if rest else tuple(lines)


def _line(one: Problem, mark: str, cells: int, names: int, steps: int, *, stale: bool) -> Line:
    tone: Tone = "muted" if stale else _TONES[one.severity]
    gap = "  " if cells >= _ROOMY else " "
    step = clip(one.next_step, steps)
    # A short step begins further to the right where the text before it needs the room.
    room = max(0, cells - 3 - names - len(gap) - (width(step) + 2 if steps else 0))
    title, evidence = _told(one, room)
    blank = room - (steps - width(step)) - width(title + evidence)
    return (
        (f" {mark} ", tone),
        (fit(clip_middle(one.name, names), names) + gap, "muted" if stale else "strong"),
        (title, tone if one.severity is Severity.CRITICAL else "muted" if stale else "plain"),
        (evidence + " " * max(0, blank) + ("  " if steps else ""), "muted"),
        (step, "muted" if stale else "key"),
    )


def _told(one: Problem, room: int) -> tuple[str, str]:
    """Return the title and the evidence as far as there is room: whole parts first, then whole words."""
    first, *parts = one.title.split("; ")
    title = _words(first, room)
    title += _parts(parts, room - width(title))
    if not one.evidence or width(title) < width(one.title):
        return title, ""
    left = room - width(title)
    parts = one.evidence.split("; ")
    evidence = _parts(parts, left)
    if not evidence and left > _WORTH_SAYING:
        evidence = f"; {_words(parts[0], left - 2)}"
    return title, evidence


def _parts(parts: Sequence[str], room: int) -> str:
    """Join as many parts as fit whole, each after a semicolon."""
    text = ""
    for part in parts:
        if width(f"{text}; {part}") > room:
            break
        text += f"; {part}"
    return text


def _words(text: str, room: int) -> str:
    """Shorten a text between words; one that is a single long word anywhere."""
    if width(text) <= room:
        return text
    head = clip(text, room - 1).removesuffix(ELLIPSIS).rpartition(" ")[0]
    return f"{head} {ELLIPSIS}" if head else clip(text, room)


def _rest(rest: Sequence[Problem], cells: int) -> Line:
    numbers = {severity: sum(one.many for one in rest if one.severity is severity) for severity in Severity}
    words = [f"{number} {severity.value}" for severity, number in numbers.items() if number]
    return ((clip(f"   and {sum(numbers.values())} more: {', '.join(words)}", cells), "muted"),)


def _merged(findings: Iterable[Finding], labels: Labels, *, short: bool) -> list[Problem]:
    """Say once what three or more streams have in common, of what can be said of several."""
    alike: dict[tuple[str, Severity, str, str], list[Finding]] = {}
    for finding in findings:
        alike.setdefault((finding.rule, finding.severity, finding.title, finding.next_step), []).append(finding)
    problems: list[Problem] = []
    for (_, severity, title, step), same in alike.items():
        words = next((many for one, many in _OF_MANY.items() if title.startswith(one)), None)
        if words is None or len(same) < _MERGED_FROM:
            problems += [Problem(severity, _name(one, labels, short=short), title, one.evidence, step) for one in same]
            continue
        names = ", ".join(_name(one, labels, short=True) for one in same)
        evidence = same[0].evidence if len({one.evidence for one in same}) == 1 else ""
        problems.append(Problem(severity, f"{len(same)} streams", f"{words}: {names}", evidence, step, len(same)))
    return problems


def _name(finding: Finding, labels: Labels, *, short: bool) -> str:
    if finding.key is None:
        return "server"
    stream = finding.key.stream
    return labels.shortest(stream) if short else str(stream).removeprefix(labels.stream_prefix)
