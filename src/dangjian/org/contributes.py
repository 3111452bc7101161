"""What the organisations' app offers to the house."""

from collections.abc import Sequence

from django.urls import reverse

from dangjian.kernel.offers import (
    ApiRouter,
    BackgroundTask,
    DailyJob,
    DigestSource,
    GuardedAccounts,
    MenuItem,
    Permission,
    Role,
    RuleSettingsSource,
    SearchHit,
    SearchSource,
    Waiting,
    WorkingDaysSource,
)
from dangjian.org import applications, holidays, roles
from dangjian.org.actions.apart import look_over
from dangjian.org.actions.holidays import FOLLOW, follow
from dangjian.org.actions.tree import require_moving
from dangjian.org.api import router
from dangjian.org.models import Kind
from dangjian.org.offers import OrganizationAction
from dangjian.org.populations import ORGANIZATIONS, UNITS
from dangjian.org.quality import CHECKS
from dangjian.org.queries import administrators, find_by_text, not_apart_lines, rules_version, set_rules
from dangjian.org.sheets.tree.sheet import TREE
from dangjian.org.sheets.tree.start import STEP as TREE_STEP
from dangjian.org.sheets.units import UNITS as UNITS_SHEET

BODIES = frozenset({Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH})
GROUPS = frozenset({Kind.GROUP})


def found_organizations(text: str, limit: int) -> Sequence[SearchHit]:
    """Standing organisations whose name, code or pinyin contains ``text``."""
    rows = find_by_text(text).select_related("parent").order_by("path")[:limit]
    return [
        SearchHit(one.short_name, reverse("org:detail", args=[one.pk]), f"{one.get_kind_display()} {one.parent or ''}".strip())
        for one in rows
    ]


OFFERS = (
    *CHECKS,
    Role(roles.MEMBER, "党员", sphere="membership", grantable=False, order=90),
    Role(roles.GROUP_LEADER, "党小组组长", order=80),
    Role(roles.SECRETARY, "书记", order=10),
    Role(roles.DEPUTY_SECRETARY, "副书记", order=20),
    Role(roles.STANDING_MEMBER, "常务委员", order=25),
    Role(roles.ORGANISATION_MEMBER, "组织委员", order=30),
    Role(roles.PUBLICITY_MEMBER, "宣传委员", order=40),
    Role(roles.DISCIPLINE_MEMBER, "纪检委员", order=50),
    Role(roles.COMMITTEE_MEMBER, "委员", order=60),
    Role(roles.PARTY_WORKER, "党务工作者", order=70),
    Role(roles.PARTY_OFFICE, "党务部门", order=5),
    Role(roles.SYSTEM_ADMIN, "系统管理员", sphere="system", order=200),
    Role(roles.SECURITY_ADMIN, "安全管理员", sphere="security", order=210),
    Role(roles.AUDIT_ADMIN, "审计管理员", sphere="audit", order=220),
    Permission("org.view", "查看党组织", roles.RUNNERS | {roles.MEMBER}),
    Permission("org.manage", "维护党组织设置和沿革", frozenset({roles.PARTY_OFFICE, roles.PARTY_WORKER})),
    Permission("org.apply", "申请设立党支部", roles.KEEPERS),
    Permission("org.posts", "维护任职和届次", frozenset({roles.PARTY_OFFICE, roles.PARTY_WORKER})),
    Permission("org.groups", "划分党小组", roles.KEEPERS),
    Permission("org.delegate", "把自己的权限交给他人代办", roles.OFFICE),
    Permission("org.settings", "修改本单位设定", frozenset({roles.PARTY_OFFICE})),
    Permission("org.grant", "分配角色", frozenset({roles.SECURITY_ADMIN})),
    OrganizationAction("set_up", "设立下级党组织", "plus", "org:set_up", "org.manage", BODIES - {Kind.BRANCH}, order=10),
    OrganizationAction(
        "group_set_up", "设立党小组", "users-group", "org:group_set_up", "org.groups", frozenset({Kind.BRANCH}), order=10
    ),
    OrganizationAction("apply", "申请设立党支部", "building-plus", "org:apply", "org.apply", BODIES, order=15, of_superior=True),
    OrganizationAction("appoint", "任命", "user-plus", "org:appoint", "org.posts", BODIES, order=20),
    OrganizationAction("appoint_leader", "指定组长", "user-plus", "org:appoint_leader", "org.groups", GROUPS, order=20),
    OrganizationAction("rename", "更名", "pencil", "org:rename", "org.manage", BODIES, order=30),
    OrganizationAction("group_rename", "更名", "pencil", "org:group_rename", "org.groups", GROUPS, order=30),
    OrganizationAction("move", "调整隶属关系", "arrows-move", "org:move", "org.manage", BODIES, order=40, require=require_moving),
    OrganizationAction("edit", "修改基本信息", "edit", "org:edit", "org.manage", BODIES, order=50),
    OrganizationAction("go_live", "启用日期", "calendar-check", "org:go_live", "org.manage", BODIES, order=60),
    OrganizationAction("dissolve", "撤销", "archive", "org:dissolve", "org.manage", BODIES, order=90, danger=True),
    OrganizationAction("group_dissolve", "撤销", "archive", "org:group_dissolve", "org.groups", GROUPS, order=90, danger=True),
    SearchSource("党组织", "sitemap", "org.view", found_organizations, order=20),
    MenuItem("党组织", "org:tree", "sitemap", "org.view", group="组织队伍", order=10),
    MenuItem("单位信息", "org:units", "building", "org.manage", group="组织队伍", order=12),
    MenuItem("设立申请", "org:applications", "building-plus", "org.apply", group="组织队伍", order=15),
    Waiting(
        "org.applications",
        "设立党支部的申请待批复",
        "building-plus",
        "org.manage",
        "org:applications",
        applications.waiting_number,
        applications.waiting_matters,
        query="state=waiting",
        order=40,
    ),
    MenuItem("授权管理", "org:grants", "shield-lock", "org.grant", group="系统", order=20, tab="授权", tab_order=60),
    MenuItem("委托代办", "org:delegations", "user-share", "org.delegate", group="组织队伍", order=40),
    RuleSettingsSource("org", rules_version, set_rules),
    WorkingDaysSource("org", rules_version, holidays.entered),
    BackgroundTask(FOLLOW, follow),
    Waiting(
        "org.holidays",
        "节假日安排待录入",
        "calendar-event",
        "org.settings",
        "org:working_days",
        holidays.waiting_number,
        holidays.waiting_matters,
        order=90,
    ),
    GuardedAccounts("administrators", administrators),
    DailyJob("org.apart", "核对三员分立", look_over, at="07:00"),
    DigestSource("org.apart", "三员分立", not_apart_lines, order=5),
    ApiRouter("org", "党组织", router, order=10),
    TREE,
    TREE_STEP,
    UNITS_SHEET,
    ORGANIZATIONS,
    UNITS,
)
