"""What transfers offer to the house."""

from pathlib import Path

from dangjian.activities.transfers import inward, outward, units
from dangjian.activities.transfers.actions import unit_following
from dangjian.activities.transfers.actions import units as unit_actions
from dangjian.activities.transfers.actions.letters import follow
from dangjian.activities.transfers.api import router
from dangjian.activities.transfers.demo import STORY
from dangjian.activities.transfers.effects import EFFECTS, UNDO
from dangjian.activities.transfers.gates import GATES
from dangjian.activities.transfers.papers import PAPERS
from dangjian.activities.transfers.queries import letters
from dangjian.activities.transfers.queries import units as units_of
from dangjian.activities.transfers.sheets.answers import ANSWERS
from dangjian.activities.transfers.sheets.batch import TRANSFERS
from dangjian.activities.transfers.views import units as unit_pages
from dangjian.activities.transfers.views.belongings import OF_CASE, OF_START
from dangjian.activities.transfers.views.letters import OF_CASE as LETTERS_OF_CASE
from dangjian.engines.procedures.actions.starting import require_starting
from dangjian.engines.procedures.declaring import procedure_offers
from dangjian.kernel.offers import ApiRouter, BackgroundTask, ListAct, MenuItem, Permission
from dangjian.members.offers import MergeFollower
from dangjian.org import roles
from dangjian.org.models import Kind
from dangjian.org.offers import DissolutionGuard, OrganizationAction, ReorganisationPart

SEEING = roles.COMMITTEE | {roles.PARTY_WORKER, roles.PARTY_OFFICE}
FILES = Path(__file__).parent / "procedures"

OFFERS = (
    *procedure_offers(
        FILES / "transfer.yaml",
        gates=GATES,
        effects=EFFECTS,
        undo=UNDO,
        panels=(OF_CASE,),
        start_panels=(OF_START,),
    ),
    *procedure_offers(
        FILES / "transfer_out.yaml",
        gates=outward.GATES,
        usual=outward.USUAL,
        effects=outward.EFFECTS,
        undo=outward.UNDO,
        passing=outward.PASSING,
        days=letters.DAYS,
        panels=(OF_CASE, LETTERS_OF_CASE),
        start_panels=(OF_START,),
        follower=follow,
    ),
    *procedure_offers(
        FILES / "transfer_in.yaml",
        gates=inward.GATES,
        usual=inward.USUAL,
        effects=inward.EFFECTS,
        undo=inward.UNDO,
        passing=inward.PASSING,
        panels=(LETTERS_OF_CASE,),
        follower=follow,
        papers=PAPERS,
    ),
    ApiRouter("transfers", "组织关系转接", router, order=65),
    *procedure_offers(
        FILES / "unit_transfer.yaml",
        gates={**GATES, **units.GATES},
        effects=units.EFFECTS,
        undo=units.UNDO,
        panels=(unit_pages.OF_CASE,),
        beginning="transfers:unit_choose",
        takers={"receive": unit_actions.hand_on, "gone": unit_actions.hand_on},
    ),
    BackgroundTask("transfers.unit", lambda pk: unit_actions.carry_out(pk=pk)),
    MergeFollower("unit_transfers", unit_following.merged),
    DissolutionGuard("unit_transfers", unit_following.obstacle),
    ReorganisationPart("unit_transfers", put_back=unit_following.put_back, matter=units.matter, order=65),
    OrganizationAction(
        "unit_transfer",
        "整建制转接",
        "transfer",
        "transfers:unit",
        "transfers.manage",
        frozenset({Kind.BRANCH}),
        order=45,
        require=lambda actor, branch: require_starting(actor, units_of.PROCEDURE, branch),
    ),
    Permission("transfers.view", "查看组织关系转接", SEEING, reach="subtree"),
    Permission("transfers.manage", "办理本支部的组织关系转接", roles.KEEPERS, reach="own"),
    Permission("transfers.release", "审核下级的组织关系转出", roles.KEEPERS, reach="own"),
    Permission("transfers.batch", "成批提出组织关系转接", roles.KEEPERS, reach="subtree"),
    Permission("transfers.take_in", "登记转入的介绍信", roles.KEEPERS, reach="subtree"),
    ListAct("members:list", "转接组织关系", "transfers:batch", "transfer", "transfers.batch"),
    MenuItem("转接组织关系", "procedures:transfer_own", "transfer", "members.own", group="我的", order=45),
    MenuItem("转出到外单位", "procedures:transfer_out_own", "transfer-out", "members.own", group="我的", order=46),
    MenuItem("组织关系转接", "procedures:transfer", "transfer", "transfers.view", group="组织关系和党籍", order=60),
    MenuItem("组织关系转出", "procedures:transfer_out", "transfer-out", "transfers.view", group="组织关系和党籍", order=62),
    MenuItem("组织关系转入", "procedures:transfer_in", "transfer-in", "transfers.view", group="组织关系和党籍", order=64),
    MenuItem("介绍信", "transfers:letters", "mail-forward", "transfers.view", group="组织关系和党籍", order=68),
    MenuItem("转接统计", "transfers:statistics", "chart-bar", "transfers.view", group="组织关系和党籍", order=70),
    letters.DUTY,
    MenuItem("整建制转接", "procedures:unit_transfer", "users-group", "transfers.view", group="组织关系和党籍", order=66),
    Permission("transfers.exchange", "与全国系统交换组织关系转接", roles.KEEPERS, reach="subtree"),
    MenuItem("全国系统对照", "transfers:national", "arrows-left-right", "transfers.exchange", group="组织关系和党籍", order=72),
    TRANSFERS,
    ANSWERS,
    STORY,
)
