"""Sentences for a shell name commands, not keys."""

import pytest

from maestro_tui.commands.keyless import keyless, without_keys
from maestro_tui.domain.plans import Proposal


@pytest.mark.parametrize(
    ("screen", "shell"),
    [
        ("R requeues instead.", "`maestro-tui requeue` requeues instead."),
        ("these; R does.", "these; `maestro-tui requeue` does."),
        ("in one step. R on that row brings it back.", "in one step. `maestro-tui redrive` brings it back."),
        ("D sets them aside.", "`maestro-tui dead-letter` sets them aside."),
        ("Ack (x) drops it.", "Ack drops it."),
        ("requeue (R), dead-letter (D) or ack (x) them first.", "requeue, dead-letter or ack them first."),
        ("redrive (R on the stream of dead letters) brings", "redrive brings"),
        ("z takes it back", "`maestro-tui undo` takes it back"),
        ("i creates it.", "`maestro-tui init` creates it."),
        ("x sets a position by hand.", "x in the dashboard sets a position by hand."),
        ("Poll again (ctrl+r) before you act.", "Poll again before you act."),
        ("worker-R requeues 3 (of 5) at 10/s, R2D2 is live.", "worker-R requeues 3 (of 5) at 10/s, R2D2 is live."),
    ],
)
def test_keys_become_commands(screen: str, shell: str) -> None:
    """And all else stays as it is."""
    assert without_keys(screen) == shell


def test_all_sentences_of_a_proposal() -> None:
    """Facts, warnings and the refusal."""
    found = keyless(Proposal("t", ("R does.",), ("D sets it aside.",), (), "i creates it."))
    assert found.facts == ("`maestro-tui requeue` does.",)
    assert found.warnings == ("`maestro-tui dead-letter` sets it aside.",)
    assert found.refusal == "`maestro-tui init` creates it."
