"""What transfers offer to the house."""

from pathlib import Path

from dangjian.activities.transfers.actions import following
from dangjian.activities.transfers.demo import STORY
from dangjian.activities.transfers.effects import EFFECTS
from dangjian.activities.transfers.gates import GATES
from dangjian.activities.transfers.sheets.batch import TRANSFERS
from dangjian.activities.transfers.views import asking
from dangjian.engines.procedures.declaring import procedure_offers
from dangjian.kernel.offers import HomePanel, ListAct, MenuItem, ObjectPanel, Permission
from dangjian.members.offers import AccountFollower, MembershipFollower, MergeFollower
from dangjian.org import roles
from dangjian.org.offers import DissolutionGuard, ReorganisationPart

SEEING = roles.COMMITTEE | {roles.PARTY_WORKER, roles.PARTY_OFFICE}

OFFERS = (
    *procedure_offers(
        Path(__file__).parent / "procedures" / "transfer.yaml",
        gates=GATES,
        effects=EFFECTS,
        panels=(asking.OF_CASE,),
    ),
    Permission("transfers.view", "查看组织关系转接", SEEING, reach="subtree"),
    Permission("transfers.manage", "办理本支部的组织关系转接", roles.KEEPERS, reach="own"),
    Permission("transfers.release", "审核下级的组织关系转出", roles.KEEPERS, reach="own"),
    Permission("transfers.batch", "成批提出组织关系转接", roles.KEEPERS, reach="subtree"),
    Permission("transfers.own", "提出转接本人的组织关系", frozenset({roles.MEMBER}), reach="own"),
    ListAct("members:list", "转接组织关系", "transfers:batch", "transfer", "transfers.batch"),
    MenuItem("转接组织关系", "transfers:ask_oneself", "transfer", "transfers.own", group="我的", order=45),
    MenuItem("组织关系转接", "procedures:transfer", "transfer", "transfers.view", group="组织队伍", order=35),
    ObjectPanel(
        "member", "transfers", "组织关系转接", "transfers/panel_member.html", "transfers.view", asking.of_member, order=60
    ),
    HomePanel("transfers.own", "transfers/panel_own.html", "transfers.own", asking.of_me, order=28),
    AccountFollower("transfers", following.given),
    MembershipFollower("transfers", following.moved, following.left),
    MergeFollower("transfers", following.merged),
    DissolutionGuard("transfers", following.obstacle),
    ReorganisationPart("transfers", built_on=following.built_on, put_back=following.put_back, order=60),
    TRANSFERS,
    STORY,
)
