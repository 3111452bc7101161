"""Every write of the duties' engine."""

from dangjian.engines.duties.actions.done_before import PaperWork, forget_paper_work, note_paper_work
from dangjian.engines.duties.actions.dropping import drop_untouched
from dangjian.engines.duties.actions.local import (
    add_local,
    confirm,
    decide,
    edit_local,
    end_local,
    require_changing_local,
    require_confirming,
    require_deciding,
)
from dangjian.engines.duties.actions.people import (
    demand_again,
    excuse,
    hand_back,
    level_above,
    reassign,
    require_demanding_again,
    require_excusing,
    require_handing_back,
    require_reassigning,
)
from dangjian.engines.duties.actions.refresh import Refreshed, follow_live, follow_structure, refresh, refreshed_at_end

__all__ = [
    "PaperWork",
    "Refreshed",
    "add_local",
    "confirm",
    "decide",
    "demand_again",
    "drop_untouched",
    "edit_local",
    "end_local",
    "excuse",
    "follow_live",
    "follow_structure",
    "forget_paper_work",
    "hand_back",
    "level_above",
    "note_paper_work",
    "reassign",
    "refresh",
    "refreshed_at_end",
    "require_changing_local",
    "require_confirming",
    "require_deciding",
    "require_demanding_again",
    "require_excusing",
    "require_handing_back",
    "require_reassigning",
]
