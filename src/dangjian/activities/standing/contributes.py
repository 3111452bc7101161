"""What standing offers to the house."""

from pathlib import Path

from dangjian.activities.standing.api import router
from dangjian.activities.standing.appeals import PANEL, can_be_taken_back, keep_taken_back, take_back_decided
from dangjian.activities.standing.declared import ORDER
from dangjian.activities.standing.demo import STORY
from dangjian.activities.standing.duties import RULES
from dangjian.activities.standing.effects import EFFECTS, UNDO
from dangjian.activities.standing.gates import GATES, USUAL
from dangjian.activities.standing.populations import PENALTIES
from dangjian.activities.standing.queries.cases import DAYS
from dangjian.engines.procedures.declaring import procedure_offers
from dangjian.kernel.offers import ApiRouter, MenuItem, Permission
from dangjian.org import roles

HERE = Path(__file__).parent / "procedures"
SEEING = roles.KEEPERS | {roles.DISCIPLINE_MEMBER}
"""Whoever keeps the records or looks after discipline; neither group leaders nor the rest of a committee."""

OFFERS = (
    STORY,
    PENALTIES,
    *RULES,
    *(
        offer
        for code in ORDER
        for offer in procedure_offers(
            HERE / f"{code}.yaml",
            gates=GATES | {can_be_taken_back.__name__: can_be_taken_back},
            usual=USUAL | {can_be_taken_back.__name__},
            effects=EFFECTS | {take_back_decided.__name__: take_back_decided},
            undo=UNDO | {take_back_decided.__name__: keep_taken_back},
            days=DAYS,
            panels=(PANEL,) if code == "appeal" else (),
        )
    ),
    ApiRouter("standing", "党籍和处分", router, order=45),
    MenuItem("党籍和处分", "standing:cases", "gavel", "standing.view", group="组织关系和党籍", order=90),
    Permission("standing.view", "查看党籍和处分的办理", SEEING, reach="subtree"),
    Permission("standing.propose", "提出本支部党员的处置、处分", SEEING, reach="own"),
    Permission("standing.approve", "审批下级党员的处置、处分", SEEING, reach="own"),
)
