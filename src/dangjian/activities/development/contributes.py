"""What the development of members offers to the house."""

from functools import partial
from pathlib import Path

from dangjian.activities.development import effects, gates
from dangjian.activities.development.actions.following import follow_case
from dangjian.activities.development.models import HelperRole
from dangjian.activities.development.papers import PAPERS
from dangjian.activities.development.queries import quotas
from dangjian.activities.development.queries.people import applicant_role
from dangjian.activities.development.queries.way import helpers
from dangjian.engines.procedures.declaring import procedure_offers
from dangjian.kernel.offers import MenuItem, Permission, Role, RoleSource, Waiting
from dangjian.org import roles

SEEING = roles.COMMITTEE | {roles.PARTY_WORKER, roles.PARTY_OFFICE}

OFFERS = (
    *procedure_offers(
        Path(__file__).parent / "procedures" / "development.yaml",
        gates=gates.GATES,
        effects=effects.EFFECTS,
        people={"contacts": partial(helpers, HelperRole.CONTACT), "sponsors": partial(helpers, HelperRole.SPONSOR)},
        follower=follow_case,
        papers=PAPERS,
    ),
    Role("applicant", "入党申请人", sphere="membership", grantable=False, order=95),
    RoleSource("applicant", applicant_role),
    Permission("development.view", "查看发展党员工作", SEEING, reach="subtree"),
    Permission("development.manage", "办理本支部的发展党员工作", roles.KEEPERS, reach="own"),
    Permission("development.approve", "审查审批下级的发展党员工作", roles.KEEPERS, reach="own"),
    Permission("development.plan", "下达发展党员计划", roles.OFFICE, reach="subtree"),
    Permission("development.own", "办理本人的入党申请", frozenset({"applicant"}), reach="own"),
    MenuItem("发展计划", "development:quotas", "target-arrow", "development.view", group="发展党员", order=40),
    Waiting(
        "development.quota_requests",
        "追加发展计划的申请待答复",
        "target-arrow",
        "development.plan",
        "development:quota_requests",
        quotas.waiting_number,
        quotas.waiting_matters,
        query="state=asked",
        order=45,
    ),
)
