"""What contact with members offers to the house."""

from dangjian.activities.contact import duties, panels, populations
from dangjian.activities.contact.actions import following
from dangjian.activities.contact.actions.days import follow_days
from dangjian.activities.contact.api import router
from dangjian.activities.contact.demo import STORY
from dangjian.activities.contact.queries.away import certificates, out_of_town
from dangjian.activities.contact.queries.guests import GUESTS, of_branch
from dangjian.activities.contact.queries.notes import MANAGE, VIEW, noted
from dangjian.kernel.offers import ApiRouter, DailyJob, HomePanel, MenuItem, ObjectPanel, Permission
from dangjian.members.offers import BranchGuests, CertificateSource, LastContact, MembershipFollower, MergeFollower, NotComing
from dangjian.org import roles
from dangjian.org.offers import DissolutionGuard, ReorganisationPart

SEEING = roles.COMMITTEE | {roles.PARTY_WORKER, roles.PARTY_OFFICE}

OFFERS = (
    *duties.RULES,
    Permission(VIEW, "查看流动和失联党员", SEEING, reach="subtree"),
    Permission(MANAGE, "联系党员，办理流动和失联", roles.KEEPERS, reach="own"),
    Permission("contact.own", "报告本人外出", frozenset({roles.MEMBER}), reach="own"),
    MenuItem("联系党员", "contact:people", "phone", VIEW, group="组织关系和党籍", order=80),
    MenuItem("流出党员", "contact:away", "plane-departure", VIEW, group="组织关系和党籍", order=82),
    MenuItem("流入党员", "contact:guests", "user-plus", VIEW, group="组织关系和党籍", order=84),
    MenuItem("失联党员", "contact:searches", "user-search", VIEW, group="组织关系和党籍", order=86),
    MenuItem("外出报告", "contact:go_oneself", "plane-departure", "contact.own", group="我的", order=46),
    ObjectPanel("member", "contact", "联系和流动", "contact/panel_member.html", VIEW, panels.of_member, order=65),
    HomePanel("contact.own", "contact/panel_own.html", "contact.own", panels.of_me, order=29),
    LastContact("noted", "最近联系", noted, "member", "on", order=30),
    CertificateSource("contact", "外出登记", certificates),
    BranchGuests(GUESTS, "流入党员", of_branch),
    NotComing("contact", out_of_town, order=5),
    MembershipFollower("contact", following.moved, following.left, following.came_back),
    MergeFollower("contact", following.merged),
    ReorganisationPart("contact", following.built_on, put_back=following.put_back, order=70),
    DissolutionGuard("contact", following.obstacle),
    DailyJob("contact.floating", "更新流动党员", follow_days, at="05:30"),
    STORY,
    *populations.OFFERS,
    ApiRouter("contact", "流动和失联党员", router, order=65),
)
