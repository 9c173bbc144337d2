"""`maestro-tui undo`: takes back a claim, an ack or a set position, as far as nobody has touched it since."""

from maestro_tui.commands.acting import Manner, act, refuse_read_only
from maestro_tui.commands.ending import DONE, PARTLY, REFUSED, Ended, told
from maestro_tui.commands.reporting import Report
from maestro_tui.commands.tell import tell
from maestro_tui.domain.journal import Deed
from maestro_tui.domain.plans.propose import Situation, propose_undo
from maestro_tui.domain.text import visible
from maestro_tui.engine.audit import AuditFailure
from maestro_tui.engine.session import Session


async def undo(session: Session, *, id: str | None, manner: Manner) -> int:
    """Take back the deed of that ID, or the last that can be taken back on this server."""
    return await told(_undo(session, id, manner))


async def _undo(session: Session, id: str | None, manner: Manner) -> int:
    refuse_read_only(session, manner)
    report = Report("undo", dry_run=manner.dry_run)
    try:
        deed = _deed(session, id)
        if deed is None:
            return _nothing(report, manner, id)
        material = session.audit.material(deed.id)
    except AuditFailure as failure:
        raise Ended(str(failure), REFUSED) from None
    report.key = deed.key
    # Two looks tell more than one of who is live.
    frame = await session.monitor.once(polls=2)
    proposal = propose_undo(deed, material, Situation(frame, session.config))
    return await act(session, report, proposal, manner, done="restored")


def _deed(session: Session, id: str | None) -> Deed | None:
    """Return the deed of that ID, or the last one on this server that can be taken back."""
    deeds = [record for record in reversed(session.audit.read()) if isinstance(record, Deed)]
    if id is not None:
        return next((deed for deed in deeds if deed.id == id), None)
    here = str(session.config.address)
    return next((deed for deed in deeds if deed.undoable and deed.node == here), None)


def _nothing(report: Report, manner: Manner, id: str | None) -> int:
    if id is None:
        sentence = "nothing that was done from here can be taken back: nothing was sent."
    else:
        sentence = f"the log has no deed {visible(id, 80)}; `maestro-tui log` lists them: nothing was sent."
    tell(sentence)
    report.notes.append(sentence)
    report.print(manner.format)
    return DONE if id is None else PARTLY
