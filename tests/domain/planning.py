"""Builders for plans: a moment, a group whose worker went silent, and a survey of it."""

from collections.abc import Mapping
from typing import Any

from maestro_tui.domain.config import Config
from maestro_tui.domain.frame import Frame, derive
from maestro_tui.domain.names import EntryId
from maestro_tui.domain.plans import Proposal
from maestro_tui.domain.plans.criteria import Criteria
from maestro_tui.domain.plans.propose import Situation
from maestro_tui.domain.plans.survey import Sieve, Survey, survey_chosen
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import PendingEntry, Stream
from tests.domain.building import KEY, LIMITS, NOW, TOPOLOGY, consumer, entry, frame, group, page, snapshot, stream

CONFIG = Config(topology=TOPOLOGY, limits=LIMITS)
"""Stuck after five minutes, a batch over after five minutes."""

OVER = entry(590_000, 500_000)
"""Left behind by worker-1, and longer ago than any batch takes."""
LEFT = entry(500_000, 200_000)
"""Left behind by worker-1, which received more since; by the time alone it might be running."""
LAST = entry(120_000, 100_000)
"""Of worker-1's last batch."""
WORKER = consumer(pending=3, idle_ms=100, inactive_ms=100_000)
OTHER = consumer("worker-2", pending=1)


def busy(*entries: PendingEntry, pending: int | None = None, **changes: Any) -> Stream:  # noqa: ANN401 - Stream's fields
    """A stream whose worker-1 is live and holds these entries (by default one of each sort), beside a live worker-2."""
    held = entries or (OVER, LEFT, LAST)
    own = sum(one.consumer == WORKER.name for one in held)
    members = (consumer(pending=own, idle_ms=100, inactive_ms=100_000), OTHER)
    one = group(*members, page=page(*held), pending=len(held) if pending is None else pending)
    return stream(one, **changes)


def moment(*streams: Stream, config: Config = CONFIG, frozen: bool = False, **changes: Any) -> Situation:  # noqa: ANN401 - frame's
    """The situation of a first poll."""
    return Situation(frame(*(streams or (busy(),)), topology=config.topology, **changes), config, frozen)


def row_in(situation: Situation) -> Row:
    """The row that is planned for."""
    found = situation.row(KEY)
    assert found is not None
    return found


def look(situation: Situation, criteria: Criteria | None = None, *, complete: bool = True) -> Survey:
    """Survey the entries on the row's own page, as a whole pending list."""
    found = row_in(situation)
    assert found.group is not None
    assert found.group.page is not None
    sieve = Sieve(found, criteria or Criteria(), situation.config, NOW)
    for one in found.group.page.entries:
        sieve.take(one, NOW)
    return sieve.survey(complete=complete)


def pick(
    situation: Situation,
    *entries: PendingEntry,
    attempts: Mapping[EntryId, int] | None = None,
    gone: frozenset[EntryId] = frozenset(),
) -> Survey:
    """Survey entries named one by one."""
    return survey_chosen(entries, row_in(situation), situation.config, NOW, attempts=attempts, gone=gone)


def said(proposal: Proposal, text: str) -> str:
    """Return the one sentence of a proposal that contains a text."""
    sentences: tuple[str, ...] = (*proposal.facts, *proposal.warnings, proposal.refusal)
    found = [sentence for sentence in sentences if text in sentence]
    assert len(found) == 1, (text, sentences)
    return found[0]


def unsaid(proposal: Proposal, text: str) -> bool:
    """Whether no sentence of a proposal contains a text."""
    return all(text not in sentence for sentence in (*proposal.facts, *proposal.warnings, proposal.refusal))


def offered(proposal: Proposal) -> list[tuple[str, tuple[str, ...], set[str]]]:
    """Return the offers: label, words, overrides."""
    return [(one.label, one.words, set(one.overrides)) for one in proposal.offers]


def nobody(*entries: PendingEntry) -> Stream:
    """The same group with every consumer certainly dead."""
    silent = consumer(pending=len(entries or (OVER,)), idle_ms=900_000, inactive_ms=400_000)
    return stream(group(silent, page=page(*(entries or (OVER,)))))


def later(past: Frame, seen: Stream, at_ms: int) -> Frame:
    """The frame of a later poll."""
    return derive(past, snapshot(seen, at=at_ms), LIMITS, TOPOLOGY)
