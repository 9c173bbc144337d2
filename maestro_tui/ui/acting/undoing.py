"""Taking back: the action that is selected in the log, else the last one that can be taken back."""

import asyncio

from maestro_tui.domain.journal import Deed, Journal
from maestro_tui.domain.plans import Proposal
from maestro_tui.domain.plans.propose import propose_undo
from maestro_tui.domain.text import visible
from maestro_tui.engine.audit import AuditFailure
from maestro_tui.ui.acting.carrying import propose, with_warning
from maestro_tui.ui.acting.desk import ERROR_S, Desk, may_act, situation
from maestro_tui.ui.screens.note import LineDialog, unprintable

_MOST_NAMED = 3


async def undo(desk: Desk) -> None:
    """Plan to take an action back, and do it where the operator agrees."""
    if not may_act(desk):
        return
    audit = desk.session.audit
    chosen = desk.chosen_deed()
    try:
        journal = await asyncio.to_thread(audit.read)
        deed = chosen or last_undoable(journal, str(desk.session.config.address))
        material = None if deed is None else await asyncio.to_thread(audit.material, deed.id)
    except (AuditFailure, OSError) as error:
        desk.toast(f"The log cannot be read: {error}", "error", ERROR_S)
        return
    if deed is None:
        desk.toast("The log holds no action on this server that could be taken back.", "warning")
        return
    proposal: Proposal = propose_undo(deed, material, situation(desk))
    if chosen is None:
        proposal = with_warning(proposal, done_since(journal, deed))
    await propose(desk, "undo", proposal)


def last_undoable(journal: Journal, node: str) -> Deed | None:
    """Return the last action on this server that can be taken back; where none can, the last one, which says why."""
    deeds = [one for one in reversed(journal) if isinstance(one, Deed) and one.node == node and one.undoes is None]
    return next((one for one in deeds if one.undoable), next(iter(deeds), None))


def done_since(journal: Journal, deed: Deed) -> str:
    """Say what was done after it and is not taken back by it; '' where nothing was."""
    later = [one for one in journal if isinstance(one, Deed)]
    later = later[next((place for place, one in enumerate(later, 1) if one.id == deed.id), len(later)) :]
    names = [f"{one.action} at {one.at}" for one in later if one.node == deed.node and one.undoes is None]
    if not names:
        return ""
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return visible(f"Done since, and not taken back by this: {', '.join(names[-_MOST_NAMED:])}{more}.", 500)


async def note(desk: Desk) -> None:
    """Ask for a remark and write it into the log."""
    text = await desk.ask(LineDialog("Note", "A remark for the log: one line.", fault=unprintable))
    if not text:
        return
    try:
        desk.session.audit.note(text)
    except AuditFailure as failure:
        desk.toast(str(failure), "error", ERROR_S)
    else:
        desk.toast("noted in the log")
