"""What the development of members offers to the house."""

from functools import partial
from pathlib import Path

from dangjian.activities.development import effects, gates, panels
from dangjian.activities.development.actions import arrivals, membership
from dangjian.activities.development.actions.following import follow_case
from dangjian.activities.development.api import router
from dangjian.activities.development.demo import STORY
from dangjian.activities.development.models import HelperRole
from dangjian.activities.development.papers import PAPERS
from dangjian.activities.development.populations import ADMISSIONS, PROBATIONS
from dangjian.activities.development.populations import APPLICANTS as ON_THE_WAY
from dangjian.activities.development.queries import letters, quotas
from dangjian.activities.development.queries.days import DAYS
from dangjian.activities.development.queries.matters import in_hand, matters
from dangjian.activities.development.queries.people import APPLICANT, HELPER, left_at, roles_of
from dangjian.activities.development.queries.sources import sources_of
from dangjian.activities.development.queries.way import helpers, member_of
from dangjian.activities.development.sheets.applicants import APPLICANTS
from dangjian.activities.development.views.letters import OF_CASE as LETTERS
from dangjian.activities.development.views.quotas import OF_CASE as PLAN
from dangjian.engines.procedures.declaring import procedure_offers
from dangjian.engines.procedures.offers import CasePanel
from dangjian.kernel.offers import (
    ApiRouter,
    HomePanel,
    MenuItem,
    ObjectPanel,
    Permission,
    Role,
    RoleSource,
    SearchSource,
    Waiting,
)
from dangjian.members.offers import (
    AccountFollower,
    ArrivalFollower,
    ByHandGuard,
    MemberMatters,
    MembershipFollower,
    MergeFollower,
)
from dangjian.org import roles
from dangjian.org.known_offers import ItemSource
from dangjian.org.offers import DissolutionGuard, ReorganisationPart

SEEING = roles.COMMITTEE | {roles.PARTY_WORKER, roles.PARTY_OFFICE}

OFFERS = (
    *procedure_offers(
        Path(__file__).parent / "procedures" / "development.yaml",
        gates=gates.GATES,
        usual=gates.USUAL,
        effects=effects.EFFECTS,
        people={"contacts": partial(helpers, HelperRole.CONTACT), "sponsors": partial(helpers, HelperRole.SPONSOR)},
        days=DAYS,
        follower=follow_case,
        member_of=member_of,
        papers=PAPERS,
        panels=(CasePanel("基本情况", "id", "development/panel_person.html", panels.of_case), PLAN, LETTERS),
        listing="development:applicants",
    ),
    Role(APPLICANT, "入党申请人", sphere="membership", grantable=False, order=95),
    Role(HELPER, "培养联系人", sphere="membership", grantable=False, order=94),
    RoleSource("development", roles_of),
    Permission("development.view", "查看发展党员工作", SEEING, reach="subtree"),
    Permission("development.manage", "办理本支部的发展党员工作", roles.KEEPERS, reach="own"),
    Permission("development.approve", "审查审批下级的发展党员工作", roles.KEEPERS, reach="own"),
    Permission("development.plan", "下达发展党员计划", roles.OFFICE, reach="subtree"),
    Permission("development.transfer", "办理入党申请人转支部", roles.OFFICE, reach="subtree"),
    Permission("development.import", "导入入党申请人名单", roles.OFFICE, reach="subtree"),
    STORY,
    Permission("development.own", "办理本人的入党申请", frozenset({APPLICANT}), reach="own"),
    Permission("development.help", "办理培养联系人和介绍人的事", frozenset({HELPER}), reach="own"),
    APPLICANTS,
    ItemSource("development", sources_of, order=5),
    PROBATIONS,
    ADMISSIONS,
    ON_THE_WAY,
    ApiRouter("development", "发展党员", router, order=60),
    MenuItem("发展党员", "development:applicants", "user-heart", "development.view", group="发展党员", order=40),
    MenuItem("发展党员名册", "development:register", "address-book", "development.view", group="发展党员", order=41),
    MenuItem("发展党员统计", "development:statistics", "chart-bar", "development.view", group="发展党员", order=42),
    MenuItem("我的入党申请", "development:own", "flag", "development.own", group="我的", order=5, tab="我的申请", tab_order=5),
    MenuItem("我联系培养的同志", "development:helping", "user-heart", "development.help", group="我的", order=15),
    HomePanel("development.own", "development/panel_own.html", "development.own", panels.of_me, place="first", order=5),
    HomePanel("development.helping", "development/panel_helping.html", "development.help", panels.of_helper, order=30),
    ObjectPanel(
        "organization",
        "development",
        "发展党员",
        "development/panel_organization.html",
        "development.view",
        panels.of_organization,
        order=40,
    ),
    SearchSource("入党申请人", "user-heart", "development.view", panels.found_applicants, order=15),
    DissolutionGuard("development", left_at),
    MemberMatters("development", matters),
    ByHandGuard("development", in_hand),
    MembershipFollower("development", membership.moved, membership.left, membership.came_back),
    ArrivalFollower("development", arrivals.arrived, arrivals.gone_again),
    AccountFollower("development", membership.given),
    MergeFollower("development", membership.merged),
    ReorganisationPart("development", membership.built_on, put_back=membership.put_back, order=20),
    MenuItem("发展计划", "development:quotas", "target-arrow", "development.view", group="发展党员", order=43),
    MenuItem("政审函调", "development:letters", "mail", "development.view", group="发展党员", order=44),
    letters.DUTY,
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
