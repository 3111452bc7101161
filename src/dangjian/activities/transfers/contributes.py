"""What transfers offer to the house."""

from pathlib import Path

from dangjian.activities.transfers.demo import STORY
from dangjian.activities.transfers.effects import EFFECTS, UNDO
from dangjian.activities.transfers.gates import GATES
from dangjian.activities.transfers.sheets.batch import TRANSFERS
from dangjian.activities.transfers.views.belongings import OF_CASE, OF_START
from dangjian.engines.procedures.declaring import procedure_offers
from dangjian.kernel.offers import ListAct, MenuItem, Permission
from dangjian.org import roles

SEEING = roles.COMMITTEE | {roles.PARTY_WORKER, roles.PARTY_OFFICE}

OFFERS = (
    *procedure_offers(
        Path(__file__).parent / "procedures" / "transfer.yaml",
        gates=GATES,
        effects=EFFECTS,
        undo=UNDO,
        panels=(OF_CASE,),
        start_panels=(OF_START,),
    ),
    Permission("transfers.view", "查看组织关系转接", SEEING, reach="subtree"),
    Permission("transfers.manage", "办理本支部的组织关系转接", roles.KEEPERS, reach="own"),
    Permission("transfers.release", "审核下级的组织关系转出", roles.KEEPERS, reach="own"),
    Permission("transfers.batch", "成批提出组织关系转接", roles.KEEPERS, reach="subtree"),
    ListAct("members:list", "转接组织关系", "transfers:batch", "transfer", "transfers.batch"),
    MenuItem("转接组织关系", "procedures:transfer_own", "transfer", "members.own", group="我的", order=45),
    MenuItem("组织关系转接", "procedures:transfer", "transfer", "transfers.view", group="组织队伍", order=35),
    TRANSFERS,
    STORY,
)
