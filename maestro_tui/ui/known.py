"""What explanations know besides the frame, out of a session."""

from collections.abc import Sequence

from maestro_tui.domain.explain_problem import Known
from maestro_tui.engine.session import Session


def known(session: Session, columns: Sequence[str] = ()) -> Known:
    """Return the runbooks, the time of the first look, and the columns that are shown."""
    return Known(session.config.runbooks, session.problems.first_ms, columns)
