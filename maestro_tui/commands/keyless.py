"""Sentences of plans name keys of the dashboard; in a shell there are none to press, and commands stand for them."""

import re
from dataclasses import replace
from typing import Final

from maestro_tui.domain.plans import Proposal

_INSTEAD: Final = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r" \((?:[RDCxzi](?: on [^)]*)?|ctrl\+r)\)", ""),
        (r"\bR on (?:that|its) row\b", "`maestro-tui redrive`"),
        (r"(?<![\w-])R(?= (?:requeues|does)\b)", "`maestro-tui requeue`"),
        (r"\bD(?= sets\b)", "`maestro-tui dead-letter`"),
        (r"\bz(?= takes\b)", "`maestro-tui undo`"),
        (r"\bi(?= creates\b)", "`maestro-tui init`"),
        (r"\bx(?= (?:removes|sets)\b)", "x in the dashboard"),
    )
)


def keyless(proposal: Proposal) -> Proposal:
    """Return the proposal with commands in the place of keys."""
    return replace(
        proposal,
        facts=tuple(map(without_keys, proposal.facts)),
        warnings=tuple(map(without_keys, proposal.warnings)),
        refusal=without_keys(proposal.refusal),
    )


def without_keys(sentence: str) -> str:
    """Return a sentence with commands in the place of keys."""
    for pattern, instead in _INSTEAD:
        sentence = pattern.sub(instead, sentence)
    return sentence
