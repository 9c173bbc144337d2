"""Requeue, dead-letter, claim, ack and redrive: of what is marked or selected, or of all that is stuck in a group."""

import math
from typing import Literal

from maestro_tui.domain.names import Name
from maestro_tui.domain.plans import Proposal
from maestro_tui.domain.plans.propose import (
    Criteria,
    Survey,
    all_letters,
    chosen_letters,
    claimants,
    is_dead,
    propose_move,
    propose_redrive,
    survey_chosen,
)
from maestro_tui.domain.quantities import duration
from maestro_tui.domain.rows import Row
from maestro_tui.domain.snapshot import Consumer
from maestro_tui.engine.survey import survey
from maestro_tui.ui.acting.carrying import propose
from maestro_tui.ui.acting.desk import Desk, may_act, situation
from maestro_tui.ui.roles import Targeted
from maestro_tui.ui.screens.menu import Choice, MenuScreen, Typed
from maestro_tui.ui.screens.note import LineDialog

Verb = Literal["claim", "requeue", "dead-letter", "ack"]

NOTHING = "Select a row first."
_FASTEST = 100_000.0


async def move(desk: Desk, verb: Verb) -> None:
    """Plan a move of what is selected, and carry it out where the operator agrees."""
    if not may_act(desk):
        return
    wanted = desk.targeted()
    if wanted is None or wanted.key is None:
        desk.toast(NOTHING, "warning")
        return
    if verb == "requeue" and is_dead(wanted.key.stream):
        await redrive(desk, wanted)
        return
    row = desk.status().latest.row(wanted.key)
    reason = _not_pending(wanted, row)
    if row is None or reason:
        desk.toast(reason, "warning")
        return
    to: Name | None = None
    if verb == "claim":
        to = await _claimant(desk, row)
        if to is None:
            return
    await propose(desk, verb, _Planner(desk, verb, wanted, row, to))


def _not_pending(wanted: Targeted, row: Row | None) -> str:
    """Return why what is selected is nothing that can be moved; '' where it is."""
    if row is None or row.group is None:
        return "There is no group on this row, so nothing is pending in it."
    # Never take the whole group where the cursor stands on an entry.
    return "An entry is moved from the list of what is pending: tab leads there." if wanted.letters else ""


class _Planner:
    """Looks for what a move is to be about, then plans it with the freshest frame."""

    def __init__(self, desk: Desk, verb: Verb, wanted: Targeted, row: Row, to: Name | None) -> None:
        self._desk = desk
        self._verb = verb
        self._wanted = wanted
        self._row = row
        self._to = to

    async def __call__(self) -> Proposal:
        return propose_move(self._verb, await self._survey(), situation(self._desk), to=self._to)

    async def _survey(self) -> Survey:
        wanted, config = self._wanted, self._desk.session.config
        if wanted.entries:
            return survey_chosen(
                wanted.entries, self._row, config, wanted.at_ms, attempts=wanted.attempts, gone=wanted.gone
            )
        criteria = Criteria(_which(self._row), consumer=wanted.consumer)
        return await survey(self._desk.session.reader, self._row, criteria, config)


def _which(row: Row) -> Literal["stuck", "left behind"]:
    """Take what is stuck; where nothing is yet, what is left behind already."""
    nothing_stuck = row.pending.stuck.kind == "exact" and row.pending.stuck.value == 0
    return "left behind" if nothing_stuck and row.pending.left_behind.at_least else "stuck"


async def _claimant(desk: Desk, row: Row) -> Name | None:
    choices = [Choice(str(one.name), one.name, _state(one, row)) for one in claimants(row)]
    typed = Typed("another consumer ...", "the consumer's name, as its service knows it", _consumer)
    return await desk.ask(MenuScreen("Claim for which consumer?", choices, typed, ascii_only=desk.session.config.ascii))


def _state(consumer: Consumer, row: Row) -> str:
    live = {True: "live", False: "not live", None: "busy or dead"}[row.live.by_consumer.get(consumer.name)]
    return f"{live}, holds {consumer.pending:,}, silent {duration(consumer.quiet_ms)}"


def _consumer(text: str) -> Name:
    if not text:
        raise ValueError("Type the name of a consumer.")
    return Name.of(text)


async def redrive(desk: Desk, wanted: Targeted) -> None:
    """Plan to bring dead letters back: those that are marked or selected, or all of the stream."""
    assert wanted.key is not None
    dead = wanted.key.stream
    now = situation(desk)
    row = next((one for one in now.frame.rows if one.key.stream == dead), None)
    if row is None:
        desk.toast("The stream was not seen by the last poll: ctrl+r looks again.", "warning")
        return
    selection = chosen_letters(wanted.letters) if wanted.letters else all_letters(row)
    rate: float | None = None
    if (selection.count.value or 0) > 1:
        answer = await desk.ask(
            LineDialog("Redrive", "Entries a second at most; empty for as fast as they go.", longest=12, fault=_fault)
        )
        if answer is None or not may_act(desk):
            return
        rate = float(answer) if answer else None
    await propose(desk, "redrive", propose_redrive(dead, selection, situation(desk), rate_per_s=rate))


def _fault(text: str) -> str:
    """Return what is wrong with a rate; '' where nothing is."""
    try:
        rate = float(text) if text else 1.0
    except ValueError:
        rate = math.nan
    return "" if 0 < rate <= _FASTEST else f"Type a number above 0 and up to {_FASTEST:,.0f}, or nothing."
