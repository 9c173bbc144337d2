"""Records of problems on the log's screen in words, and what any record and its outcome mean."""

from typing import Final

from maestro_tui.domain.glossary import Text
from maestro_tui.domain.journal import Deed, Problem, Record
from maestro_tui.domain.quantities import duration
from maestro_tui.domain.rule_texts import RULE_TEXTS
from maestro_tui.domain.text import visible
from maestro_tui.ui.widgets.lines import Tone

_LONGEST: Final = 1_000
_TONES: Final[dict[str, Tone]] = {"critical": "critical", "warning": "warning", "info": "info"}

OUTCOME_TEXTS: Final[dict[str, Text]] = {
    "done": Text(
        "All that was planned was carried out, and the server said so.",
        "the answers of the server, entry by entry.",
        "nothing. z takes back a claim, an ack or a set position, as far as nobody has touched it since.",
    ),
    "partly": Text(
        "Some of it was carried out; the rest was left alone, for the reasons that the record counts.",
        "the answers of the server: each entry is looked at again in the step that moves it.",
        "look at what is left, and plan again if it is still to be done.",
    ),
    "refused": Text(
        "Nothing was changed: the server, its access rules or a check before the first write refused it.",
        "the answer of the server.",
        "enter tells the reason; mend that, and plan again.",
    ),
    "unknown": Text(
        "It was sent and the answer was lost: it may have happened or not. It is never sent again by itself.",
        "the connection, which broke before the answer came.",
        "look at the stream before you do it again.",
    ),
    "interrupted": Text(
        "The intent is in the log and no outcome: the program ended in between, or it is under way elsewhere.",
        "the log.",
        "look at the stream before you do it again.",
    ),
}
_NOTE: Final = Text("A remark that an operator wrote.", "the log.", "n writes another one.")


def problem_word(problem: Problem, *, is_open: bool) -> str:
    """Return in a word or two what kind of record it is."""
    if is_open:
        return "problem open"
    return "problem left" if problem.ended is None else "problem over"


def problem_told(problem: Problem, *, is_open: bool) -> tuple[str, Tone]:
    """Say how long it lasted or lasts, from when to when, and what it was."""
    lasted = _lasted(problem)
    what = f"{problem.severity.upper()} {problem.title}"
    if is_open:
        return f"for {lasted}: {what}", _TONES.get(problem.severity, "plain")
    since, ended = _clock(problem.since), _clock(problem.ended or "")
    if problem.ended is None:
        return f"for {lasted} when the dashboard was left: {what}, since {since}", "plain"
    return f"lasted {lasted}: {what}, {since} to {ended}", "plain"


def problem_text(problem: Problem, runbook: str | None, *, is_open: bool) -> tuple[str, ...]:
    """Return all that is known of a problem, in paragraphs."""
    older = ": it was there at the first look, and may be older" if problem.older else ""
    if is_open:
        end = f"still open, for {_lasted(problem)}"
    elif problem.ended is None:
        end = f"still open when the dashboard was left, for {_lasted(problem)}"
    else:
        end = f"{problem.ended}, after {_lasted(problem)}"
    lines = (
        f"{problem.severity.upper()}: {problem.title}" + (f" ({problem.evidence})" if problem.evidence else ""),
        f"about {'the whole server' if problem.key is None else problem.key}",
        f"server {problem.node}",
        f"Since: {problem.since or 'before the first answer'}{older}",
        f"End: {end}",
        f"Follows from: {problem.because}" if problem.because else "",
        f"Next: {problem.next_step}" if problem.next_step else "",
        f"Runbook: {runbook}" if runbook else "",
        f"seen by {problem.operator} on {problem.host}",
    )
    return tuple(visible(line, _LONGEST) for line in lines if line)


def explain_record(record: Record | None) -> tuple[str, tuple[str, ...]]:
    """Return a title and what a record is, where it comes from and what to do."""
    if record is None:
        return "LOG", ("What was done from here, what went wrong and how long, and remarks; the newest first.",)
    if isinstance(record, Problem):
        title, text = f"RULE {visible(record.rule.replace('_', ' '))}", RULE_TEXTS.get(record.rule)
        if text is None:
            return title, ("A rule of another version of this program.", f"Next: {visible(record.next_step)}")
        todo = text.todo or f"{visible(record.next_step, _LONGEST)}."
    elif isinstance(record, Deed):
        word = record.outcome or "interrupted"
        text = OUTCOME_TEXTS.get(word, OUTCOME_TEXTS["unknown"])
        title, todo = f"OUTCOME {visible(word)}", text.todo
    else:
        title, text, todo = "NOTE", _NOTE, _NOTE.todo
    return title, (text.what, f"From: {text.source}", f"Do: {todo}")


def _lasted(problem: Problem) -> str:
    mark = ">=" if problem.older and problem.lasted_ms is not None else ""
    return mark + duration(problem.lasted_ms)


def _clock(at: str) -> str:
    """Return the time of day of a timestamp; one that is none as it is."""
    return f"{at[11:19]}Z" if len(at) >= 19 else visible(at, 30) or "?"
