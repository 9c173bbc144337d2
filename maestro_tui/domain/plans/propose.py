"""What can be done about a request, in the order of care: the planners behind one door."""

from maestro_tui.domain.dead import dead_name, is_dead, origin_of
from maestro_tui.domain.plans.criteria import Criteria
from maestro_tui.domain.plans.guards import why_not_now
from maestro_tui.domain.plans.propose_copies import propose_edit, propose_redrive
from maestro_tui.domain.plans.propose_group import parse_position, propose_position, propose_remove
from maestro_tui.domain.plans.propose_moves import claimants, propose_move
from maestro_tui.domain.plans.situation import Situation
from maestro_tui.domain.plans.survey import Survey, all_letters, chosen_letters, survey_chosen
from maestro_tui.domain.plans.undo import propose_undo

__all__ = [
    "Criteria",
    "Situation",
    "Survey",
    "all_letters",
    "chosen_letters",
    "claimants",
    "dead_name",
    "is_dead",
    "origin_of",
    "parse_position",
    "propose_edit",
    "propose_move",
    "propose_position",
    "propose_redrive",
    "propose_remove",
    "propose_undo",
    "survey_chosen",
    "why_not_now",
]
