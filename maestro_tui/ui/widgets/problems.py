"""The problem lines: what is wrong, worst first, each with since when, its evidence and its next step."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from maestro_tui.domain.columns import ASCII_GLYPHS, GLYPHS, Labels
from maestro_tui.domain.explain_problem import cause_words, lasting
from maestro_tui.domain.names import Key
from maestro_tui.domain.rules import OF_THE_WAY, Finding, Severity
from maestro_tui.domain.rules.finding import Identity
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
_NOT_BY_US = {
    "i": "read-only: have it created",
    "R": "read-only: have them requeued",
    "x": "read-only: have it mended",
}
_LONGEST_NAME = 21
_ROOMY = 100
_STEPS_FROM = 60
_SINCE_FROM = 72
# Less room than this for the evidence would hold a word and an ellipsis.
_WORTH_SAYING = 16
_LONGEST_CAUSE = 40
# What a next step keeps where the title needs its room: what ends in a key is no longer.
_LEAST_STEP = 24


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding as it is shown; several that say the same of different streams are one.

    `follows` names what explains it, "" for a cause; `since` is how long it has been there, as far as is known.
    """

    severity: Severity
    name: str
    title: str
    evidence: str
    next_step: str
    findings: tuple[Finding, ...]
    follows: str = ""
    since: str = ""

    @property
    def many(self) -> int:
        """How many findings it stands for."""
        return len(self.findings)

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes it the same at the next poll: the finding's identity, or what several have in common."""
        first = self.findings[0]
        if self.many == 1:
            return first.identity
        return (first.rule, first.title, first.severity, first.next_step, first.because)

    @property
    def key(self) -> Key | None:
        """The row it is about; None for the server's and for several."""
        return self.findings[0].key if self.many == 1 else None


def lines_at(height: int) -> int:
    """Return how many problems a screen that high shows: 3 of 24 rows, 7 of 40."""
    return max(1, min(8, (height - 12) // 4))


def problems_of(
    findings: Sequence[Finding],
    labels: Labels,
    cells: int,
    *,
    now_ms: int = 0,
    first_ms: int = 0,
    read_only: bool = False,
    way_told: bool = False,
) -> tuple[Problem, ...]:
    """Return the problems in their order; where nothing may be written none asks for it.

    `way_told`: the trouble with the way to the server stands above already. `first_ms` is the time of the first look.
    """
    causes = {one.identity: one for one in findings}
    if read_only:
        findings = [replace(one, next_step=_NOT_BY_US.get(one.press or "", one.next_step)) for one in findings]
    shown = [one for one in findings if not (way_told and one.rule in OF_THE_WAY)]
    problems = _merged(shown, labels, causes, short=cells < _ROOMY)
    return tuple(replace(one, since=_since(one, now_ms, first_ms)) for one in problems)


def problem_lines(problems: Sequence[Problem], cells: int, *, ascii_only: bool, stale: bool) -> tuple[Line, ...]:
    """Spell each problem in one line of at most that many cells."""
    if not problems:
        return ()
    names = min(_LONGEST_NAME, max(width(_named(one, ascii_only=ascii_only)) for one in problems))
    steps = min(cells * 2 // 5, max(width(one.next_step) for one in problems)) if cells >= _STEPS_FROM else 0
    since = max(width(one.since) for one in problems) if cells >= _SINCE_FROM else 0
    room = _Room(cells, names, since, steps)
    marks = ASCII_GLYPHS if ascii_only else GLYPHS
    return tuple(_line(one, marks[one.severity], room, stale=stale, ascii_only=ascii_only) for one in problems)


@dataclass(frozen=True, slots=True)
class _Room:
    """The cells of the whole line, and of its columns; 0 leaves one out."""

    cells: int
    names: int
    since: int
    steps: int


def _line(one: Problem, mark: str, room: _Room, *, stale: bool, ascii_only: bool) -> Line:
    muted = stale or bool(one.follows)
    gap = "  " if room.cells >= _ROOMY else " "
    since = fit(one.since, room.since, right=True) + gap if room.since else ""
    rest = room.cells - 2 - room.names - len(gap) - len(since) - (2 if room.steps else 0)
    # What is wrong comes before what to do: a step gives way to the title, and `d` tells all of both.
    step = _step(one.next_step, min(room.steps, max(_LEAST_STEP, rest - width(one.title.split("; ")[0]))))
    # A short step begins further to the right where the text before it needs the room.
    left = rest - width(step)
    title, evidence = _told(one, max(0, left))
    blank = left - (room.steps - width(step)) - width(title + evidence)
    name = clip_middle(_named(one, ascii_only=ascii_only), room.names)
    tone: Tone = "muted" if muted else _TONES[one.severity]
    return (
        (f"{mark} ", "muted" if stale else _TONES[one.severity]),
        (fit(name, room.names) + gap, "muted" if muted else "strong"),
        (since, "muted"),
        (title, tone if one.severity is Severity.CRITICAL else "muted" if muted else "plain"),
        (evidence + " " * max(0, blank) + ("  " if room.steps else ""), "muted"),
        (step, "muted" if muted else "key"),
    )


def _named(one: Problem, *, ascii_only: bool) -> str:
    """Return the name, set in under its cause where it is a symptom."""
    return f"{'`-' if ascii_only else '└'} {one.name}" if one.follows else one.name


def _told(one: Problem, room: int) -> tuple[str, str]:
    """Return the title and the evidence as far as there is room: whole parts first, then whole words."""
    first, *parts = one.title.split("; ")
    title = _words(first, room)
    if one.follows and width(title) == width(first):
        title += _parts([f"follows from {one.follows}"], room - width(title))
    title += _parts(parts, room - width(title))
    if not one.evidence or width(title) < width(one.title):
        return title, ""
    left = room - width(title)
    parts = one.evidence.split("; ")
    evidence = _parts(parts, left)
    if not evidence and left > _WORTH_SAYING:
        evidence = f"; {_words(parts[0], left - 2)}"
    return title, evidence


def _step(text: str, room: int) -> str:
    """Return a next step as far as there is room: whole parts, or at least whole words."""
    first, *parts = text.split("; ")
    return first + _parts(parts, room - width(first)) if width(first) <= room else _words(first, room)


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
    head = clip(text, room).removesuffix(ELLIPSIS).rpartition(" ")[0]
    return f"{head} {ELLIPSIS}" if head else clip(text, room)


def more_line(hidden: Sequence[Problem], cells: int) -> Line:
    """Spell how many problems are out of sight, and how to see them."""
    numbers = {severity: sum(one.many for one in hidden if one.severity is severity) for severity in Severity}
    words = [f"{number} {severity.value}" for severity, number in numbers.items() if number]
    text = f"   and {sum(numbers.values())} more: {', '.join(words)}; tab and the arrows lead there"
    return ((clip(text, cells), "muted"),)


def _merged(
    findings: Iterable[Finding], labels: Labels, causes: Mapping[Identity, Finding], *, short: bool
) -> list[Problem]:
    """Say once what three or more streams have in common, of what can be said of several."""
    alike: dict[tuple[str, Severity, str, str, Identity | None], list[Finding]] = {}
    for one in findings:
        alike.setdefault((one.rule, one.severity, one.title, one.next_step, one.because), []).append(one)
    problems: list[Problem] = []
    for (_, severity, title, step, because), same in alike.items():
        follows = "" if because is None else clip(cause_words(because, causes), _LONGEST_CAUSE)
        words = next((many for one, many in _OF_MANY.items() if title.startswith(one)), None)
        if words is None or len(same) < _MERGED_FROM:
            problems += [
                Problem(
                    severity,
                    _name(one, labels, short=short or bool(follows)),
                    title,
                    one.evidence,
                    step,
                    (one,),
                    follows,
                )
                for one in same
            ]
            continue
        names = ", ".join(_name(one, labels, short=True) for one in same)
        evidence = same[0].evidence if len({one.evidence for one in same}) == 1 else ""
        text = f"{words}: {names}"
        problems.append(Problem(severity, f"{len(same)} streams", text, evidence, step, tuple(same), follows))
    return problems


def _since(one: Problem, now_ms: int, first_ms: int) -> str:
    """Spell how long it lasts; of several the longest."""
    first = min(one.findings, key=lambda finding: finding.since_ms)
    return lasting(first, now_ms, first_ms) if first.since_ms else ""


def _name(finding: Finding, labels: Labels, *, short: bool) -> str:
    if finding.key is None:
        return "server"
    stream = finding.key.stream
    return labels.shortest(stream) if short else str(stream).removeprefix(labels.stream_prefix)
