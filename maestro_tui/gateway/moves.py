"""Batches of a move, and of taking one back: into a call of a guarded script, and its answer into an outcome by ID."""

from collections.abc import Sequence
from typing import Final, get_args

from maestro_tui.domain.names import EntryId
from maestro_tui.domain.outcomes import EntryOutcome, EntryWord, Outcome
from maestro_tui.domain.plans import MOST_BYTES, MOST_IDS, MoveBatch, MovePlan, RestoreBatch
from maestro_tui.domain.trouble import Trouble
from maestro_tui.gateway.calls import Answer, Call, shown_words
from maestro_tui.gateway.lua import script
from maestro_tui.gateway.parse import Malformed, entry_id

_BUDGET: Final = b"%d" % MOST_BYTES
_WORDS: Final[dict[str, EntryWord]] = {word: word for word in get_args(EntryWord)}


def move_call(batch: MoveBatch) -> Call:
    """Spell a batch of a move for the script that does it."""
    plan = batch.plan
    _check(len(batch.targets))
    seen: list[bytes] = []
    for target in batch.targets:
        seen += (b"%d-%d" % (target.id.ms, target.id.seq), target.owner.raw, b"%d" % target.idle_ms)
        seen.append(b"%d" % target.deliveries)
    if plan.verb == "claim":
        assert plan.to is not None, "a claim is for somebody"
        claiming = (_BUDGET, _group(plan), plan.to.raw, _poison(plan)[0])
        return Call(script("claim"), plan.key.stream, (*claiming, *seen))
    if plan.verb == "ack":
        return Call(script("ack"), plan.key.stream, (_BUDGET, _group(plan), _poison(plan)[0], *seen))
    return Call(script("move"), plan.key.stream, (*_copying(plan), *seen), plan.to)


def restore_call(batch: RestoreBatch) -> Call:
    """Spell a batch of an undo for the script that does it."""
    key, of = batch.plan.key, batch.plan.of
    assert key.group is not None, "only a group has pending entries to restore"
    _check(len(batch.rows))
    rows: list[bytes] = []
    for row in batch.rows:
        now_with = b"" if row.now_with is None else row.now_with.raw
        rows += (str(row.id).encode(), row.owner.raw, b"%d" % row.delivered_at_ms, b"%d" % row.deliveries, now_with)
    return Call(script("restore"), key.stream, (_BUDGET, key.group.raw, of.encode(), *rows))


def ids_of(batch: MoveBatch | RestoreBatch) -> tuple[EntryId, ...]:
    """Return the IDs that a batch is about, in its order."""
    if isinstance(batch, MoveBatch):
        return tuple(target.id for target in batch.targets)
    return tuple(row.id for row in batch.rows)


def told_by(answer: Answer, ids: Sequence[EntryId]) -> Outcome:
    """Sum up what a script answered; raise `Malformed` where it does not fit what it was asked."""
    if len(answer.words) > len(ids):
        raise Malformed
    entries = [_entry(id, word, extra) for id, (word, extra) in zip(ids, answer.words, strict=False)]
    entries += [EntryOutcome(id, "not tried") for id in ids[len(entries) :]]
    return Outcome.of_entries(entries, answer.trouble)


def all_alike(ids: Sequence[EntryId], word: EntryWord, trouble: Trouble) -> Outcome:
    """Say the same of every entry: nothing was sent, or nobody knows."""
    return Outcome.of_entries([EntryOutcome(id, word) for id in ids], trouble)


def _entry(id: EntryId, word: str, extra: bytes) -> EntryOutcome:
    if word not in _WORDS:
        raise Malformed
    if word == "done" and extra:
        return EntryOutcome(id, "done", entry_id(extra))
    return EntryOutcome(id, _WORDS[word], note=shown_words(extra))


def _check(count: int) -> None:
    assert count <= MOST_IDS, f"a batch of {count} IDs would hold the server up: at most {MOST_IDS} go in one call"


def _group(plan: MovePlan) -> bytes:
    assert plan.key.group is not None, f"{plan.verb} is about a group's pending entries"
    return plan.key.group.raw


def _poison(plan: MovePlan) -> tuple[bytes, bytes]:
    if plan.poison is None:
        return b"", b""
    return b"%d" % plan.poison.deliveries, b"%d" % plan.poison.attempts


def _copying(plan: MovePlan) -> tuple[bytes, ...]:
    """Return the head of the arguments of a move that copies."""
    elsewhere = plan.to is not None and plan.to != plan.key.stream
    assert elsewhere == (plan.verb in ("dead-letter", "redrive")), f"a {plan.verb} has no business in {plan.to}"
    assert (plan.fields is not None) == (plan.verb == "edit"), "an edit, and nothing else, has fields of its own"
    group = b"" if plan.verb == "redrive" else _group(plan)
    fields = [part for pair in plan.fields or () for part in pair]
    marks = b"1" if plan.marks else b"0"
    return (_BUDGET, plan.verb.encode(), group, *_poison(plan), marks, b"%d" % len(fields), *fields)
