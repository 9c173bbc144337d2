"""What a move was going to do and what became of it: as lines for people, and as one JSON document."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from maestro_tui.commands.confirming import spell
from maestro_tui.commands.narrating import fates_told
from maestro_tui.commands.tell import show, tell
from maestro_tui.domain.document import counted, named
from maestro_tui.domain.names import EntryId, Key
from maestro_tui.domain.outcomes import EntryOutcome, Outcome
from maestro_tui.domain.plans import MovePlan, Offer, Proposal, RestorePlan
from maestro_tui.domain.progress import Fates, Progress
from maestro_tui.domain.quantities import plural
from maestro_tui.domain.text import visible

SCHEMA = 1
MOST_ENTRIES = 1_000
_MOST_LINES = 20
_LONGEST = 1_000

Json = dict[str, Any]


@dataclass(slots=True)
class Report:
    """A command that moves entries, as far as it came. `missing` are named IDs that were not there."""

    command: str
    key: Key | None = None
    dry_run: bool = False
    proposal: Proposal | None = None
    offer: Offer | None = None
    missing: tuple[EntryId, ...] = ()
    operation: str | None = None
    outcome: Outcome | None = None
    progress: Progress | None = None
    refusal: str = ""
    notes: list[str] = field(default_factory=list)

    def print(self, format: str) -> None:
        """Print the data; what was only narration has gone to stderr before."""
        if format == "json":
            show(json.dumps(self.document(), indent=2))
            return
        for line in self._lines():
            show(line)

    def document(self) -> Json:
        """Return all of it as JSON values; what did not happen is null."""
        key, progress = self.key, self.progress
        return {
            "schema": SCHEMA,
            "command": self.command,
            "stream": None if key is None else named(key.stream),
            "group": None if key is None or key.group is None else named(key.group),
            "dry_run": self.dry_run,
            "plan": None if self.proposal is None else _plan(self.proposal, self.offer),
            "missing": [str(id) for id in self.missing],
            "refused": self.refusal or None,
            "operation": self.operation,
            "outcome": None if self.outcome is None else self.outcome.word,
            "counts": {} if self.outcome is None else dict(self.outcome.counts),
            "trouble": None if self.outcome is None or self.outcome.trouble is None else str(self.outcome.trouble),
            "stopped": (progress.stopped or None) if progress else None,
            "sentence": (progress.sentence or None) if progress else None,
            "took_s": round(progress.took_s, 3) if progress else None,
            "entries": self._entries(),
            "watch": None if progress is None or progress.fates is None else _watch(progress.fates),
            "notes": self.notes,
        }

    def _entries(self) -> list[Json] | None:
        """Return each entry with what became of it; null where there are too many to be of use."""
        if self.outcome is None:
            return None
        total = sum(self.outcome.counts.values())
        if total > MOST_ENTRIES or len(self.outcome.entries) < total:
            return None
        return [_entry(entry) for entry in self.outcome.entries]

    def _lines(self) -> Iterator[str]:
        if self.dry_run and self.proposal is not None:
            yield from plan_lines(self.proposal, self.offer)
        if self.outcome is not None:
            yield from _outcome_lines(self, self.outcome)


def plan_lines(proposal: Proposal, offer: Offer | None = None) -> Iterator[str]:
    """Return what a proposal says, in lines; `offer` is the one that the flags choose."""
    yield proposal.title
    for fact in proposal.facts:
        yield f"  {fact}"
    for warning in proposal.warnings:
        yield f"  warning: {warning}"
    for command in proposal.commands:
        yield f"  would send: {spell(command)}"
    for one in proposal.offers:
        needs = " ".join(f"--override {word}" for word in sorted(one.overrides))
        asks = ", then ".join(visible(word) for word in one.words) or "y"
        chosen = "chosen" if one is offer else "possible"
        yield f"  {chosen}: {one.label}" + (f" with {needs}" if needs else "") + f" (asks for: {asks})"
    if proposal.refusal:
        yield f"  refused: {proposal.refusal}"


def tell_plan(proposal: Proposal, offer: Offer | None) -> None:
    """Tell a proposal on stderr, before somebody is asked or something is sent."""
    for line in plan_lines(proposal, offer):
        tell(line)


def _plan(proposal: Proposal, offer: Offer | None) -> Json:
    return {
        "title": proposal.title,
        "facts": list(proposal.facts),
        "warnings": list(proposal.warnings),
        "commands": [[visible(part) for part in command] for command in proposal.commands],
        "refusal": proposal.refusal or None,
        "offers": [_offer(one, chosen=one is offer) for one in proposal.offers],
    }


def _offer(offer: Offer, *, chosen: bool) -> Json:
    plan = offer.plan
    selected = plan.selection.count if isinstance(plan, MovePlan) else None
    rows = len(plan.rows) if isinstance(plan, RestorePlan) else None
    return {
        "label": offer.label,
        "words": list(offer.words),
        "overrides": sorted(offer.overrides),
        "entries": counted(selected) if selected is not None else rows and {"value": rows, "kind": "exact"},
        "chosen": chosen,
    }


def _entry(entry: EntryOutcome) -> Json:
    return {
        "id": str(entry.id),
        "word": entry.word,
        "copy": None if entry.copy is None else str(entry.copy),
        "note": entry.note or None,
    }


def _watch(fates: Fates) -> Json:
    return {
        "looked_at": fates.looked_at,
        "acked": fates.acked,
        "pending": [{**named(holder), "entries": number} for holder, number in sorted(fates.pending.items())],
        "waiting": fates.waiting,
        "failed": fates.failed,
        "gone": fates.gone,
        "complete": fates.complete,
        "settled": fates.settled,
    }


def _outcome_lines(report: Report, outcome: Outcome) -> Iterator[str]:
    total = sum(outcome.counts.values())
    took = f" in {report.progress.took_s:.1f}s" if report.progress is not None and report.progress.took_s else ""
    yield f"{report.command}: {outcome.word}. {_moved(outcome, total)}{took}"
    left = {word: number for word, number in outcome.counts.items() if word != "done" and number}
    if left:
        yield "left alone: " + ", ".join(f"{number:,} {word}" for word, number in sorted(left.items()))
    progress = report.progress
    yield from _reasons(outcome, progress)
    if 0 < total <= _MOST_LINES and len(outcome.entries) == total:
        yield from (_entry_line(entry) for entry in outcome.entries)
    if progress is not None and progress.fates is not None:
        yield f"watched: {fates_told(progress.fates)}"
    if report.operation is not None:
        yield f"recorded as {report.operation}"


def _reasons(outcome: Outcome, progress: Progress | None) -> Iterator[str]:
    """Say why it is not all done, each reason once."""
    trouble = "" if outcome.trouble is None else str(outcome.trouble)
    sentence = "" if progress is None or progress.sentence == trouble else visible(progress.sentence, _LONGEST)
    if trouble:
        yield trouble
    if progress is not None and progress.stopped:
        yield f"stopped {progress.stopped}. {sentence}".strip()
    elif sentence:
        yield sentence


def _moved(outcome: Outcome, total: int) -> str:
    if not total:
        return "Nothing was sent." if outcome.word == "refused" else ""
    return f"{outcome.counts.get('done', 0):,} of {plural(total, 'entry', 'entries')}"


def _entry_line(entry: EntryOutcome) -> str:
    copy = "" if entry.copy is None else f" -> {entry.copy}"
    note = f": {visible(entry.note)}" if entry.note else ""
    return f"  {entry.id} {entry.word}{copy}{note}"
