"""What the members' app offers to the house."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from dangjian.kernel.offers import (
    AccountSearch,
    ApiRouter,
    BackgroundTask,
    DailyJob,
    HomePanel,
    MemberNames,
    MenuItem,
    ObjectPanel,
    Permission,
    RoleHeld,
    RoleSource,
    SearchSource,
    Waiting,
)
from dangjian.kernel.ui import words
from dangjian.members import duties, panels
from dangjian.members.actions import reorganise
from dangjian.members.api import router
from dangjian.members.eligibility import concerns
from dangjian.members.jobs import clear_first_passwords, open_accounts
from dangjian.members.models import Member, MembershipEntry, Standing
from dangjian.members.offers import LastContact, MemberMatters, NotComing
from dangjian.members.own import NAMED_AT_MOST
from dangjian.members.populations import CHANGES, MEMBERS, REWARDS
from dangjian.members.quality import CHECKS
from dangjian.members.queries import branch_counts
from dangjian.members.queries.contact import eased, received
from dangjian.members.queries.matters import matters
from dangjian.members.queries.people import accounts_found, find_people, members_by_organization, named_people, names_of
from dangjian.members.queries.sources import sources_of
from dangjian.members.sheets.officers.sheet import OFFICERS
from dangjian.members.sheets.officers.start import STEPS as OFFICERS_STEPS
from dangjian.members.sheets.roster.sheet import ROSTER
from dangjian.members.sheets.staff.sheet import STAFF
from dangjian.members.start import STEPS
from dangjian.members.start_roster import ROSTER_STEPS
from dangjian.org import roles
from dangjian.org.known_offers import ItemSource
from dangjian.org.models import Organization
from dangjian.org.offers import (
    AppointmentGuard,
    DissolutionGuard,
    OrganizationAction,
    OrganizationFigure,
    PeopleSource,
    ReorganisationPart,
)
from dangjian.org.openings import register
from dangjian.org.prepared import prepared_rows

BRANCHES = frozenset({"branch"})


def member_role(user_ids: Collection[int]) -> Mapping[int, Sequence[RoleHeld]]:
    """Whoever is a member somewhere holds the role ``member`` in their branch."""
    rows = _branches_of(tuple(sorted(set(user_ids))))
    return {user_id: [RoleHeld(roles.MEMBER, pk, path, body)] for user_id, pk, path, body in rows if user_id}


@prepared_rows
def _branches_of(user_ids: tuple[int, ...]) -> QuerySet[Any, Any]:
    # What a person may do is worked out before there is any scope, and for several people at once.
    rows = register(Member).filter(user__in=user_ids, standing=Standing.NORMAL)
    return rows.values_list("user_id", "branch_id", "branch__path", "branch__body_path")


def members_left(organization: Organization, day: dt.date) -> str:
    """Members who stand in the way of dissolving a branch or group."""
    if organization.is_group:
        number = Member.objects.counted().filter(organization=organization).count()
        return f"“{organization}”还有{number}名党员，请先把他们编入其他党小组。" if number else ""
    later = MembershipEntry.objects.filter(organization=organization, effective_on__gt=day).order_by("-effective_on").first()
    if later is not None:
        return f"“{organization}”在{words.day(later.effective_on)}还有党籍变动，撤销日期应在这之后。"
    if unkept := _suspended_left(organization):
        return unkept
    number = max(
        branch_counts(day, [organization.pk]).get(organization.pk, 0),
        Member.objects.counted().filter(branch=organization).count(),
    )
    return f"“{organization}”在撤销之日还有{number}名党员，请先把他们调整到其他支部，或改为办理合并。" if number else ""


def _suspended_left(organization: Organization) -> str:
    """Suspended members whose record no organisation would keep: the platform's own care, no article asks for it."""
    rows = Member.objects.filter(branch=organization, standing=Standing.SUSPENDED)
    names = list(rows.order_by("name_sort").values_list("name", flat=True))
    if not names:
        return ""
    first = "、".join(names[:NAMED_AT_MOST]) + ("等" if len(names) > NAMED_AT_MOST else "")
    return (
        f"“{organization}”还有{len(names)}名停止党籍的党员（{first}）。直接撤销，他们的档案就没有党支部保管，以后恢复党籍、除名也没有地方办理。"
        "请改为办理“合并到其他支部”，选择今后保管他们档案的党支部。"
    )


OFFERS = (
    MEMBERS,
    CHANGES,
    REWARDS,
    *duties.RULES,
    *CHECKS,
    OFFICERS,
    *OFFICERS_STEPS,
    ROSTER,
    *ROSTER_STEPS,
    STAFF,
    ItemSource("members", sources_of),
    *STEPS,
    ApiRouter("members", "党员", router, order=20),
    RoleSource("member", member_role),
    AccountSearch("members", accounts_found),
    MemberNames("members", names_of),
    DissolutionGuard("members", members_left),
    ReorganisationPart("members", reorganise.built_on, reorganise.check_taking_back, reorganise.put_back, order=10),
    AppointmentGuard("members", concerns),
    OrganizationFigure("members", "党员", "名", members_by_organization),
    OrganizationAction(
        "merge",
        "合并到其他支部",
        "arrow-merge",
        "members:merge",
        "members.account",
        BRANCHES,
        order=60,
        require=reorganise.require_merging,
    ),
    OrganizationAction(
        "split",
        "拆分出新支部",
        "arrows-split",
        "members:split",
        "members.account",
        BRANCHES,
        order=70,
        require=reorganise.require_splitting,
    ),
    ObjectPanel(
        "organization", "members", "党员", "members/panel_organization.html", "members.view", panels.of_organization, order=10
    ),
    HomePanel("own_record", "members/panel_me.html", "members.own", panels.of_me, place="me", order=10),
    Waiting(
        "members.proposals",
        "更正申请待审核",
        "edit",
        "members.decide_proposals",
        "members:proposals",
        panels.proposals_number,
        panels.proposals,
        order=50,
    ),
    SearchSource("党员", "users", "members.view", panels.found_members, order=10),
    PeopleSource("members", find_people, named_people),
    Permission("members.view", "查看党员名册和档案", roles.RUNNERS, reach="subtree"),
    Permission("members.edit", "维护党员档案", roles.KEEPERS),
    Permission("members.account", "办理党籍变动", frozenset({roles.PARTY_OFFICE, roles.PARTY_WORKER})),
    Permission("members.decide_proposals", "审核党员更正申请", roles.KEEPERS),
    Permission("members.accounts", "为党员开通账号", roles.KEEPERS),
    Permission("members.unmask", "查看证件号码等完整信息", roles.KEEPERS),
    Permission("members.export", "导出党员名册", roles.KEEPERS),
    Permission("members.import", "导入党员名册", frozenset({roles.PARTY_OFFICE, roles.PARTY_WORKER})),
    Permission("members.own", "查看本人档案并提出更正", frozenset({roles.MEMBER}), reach="own"),
    MenuItem("党员", "members:list", "users", "members.view", group="组织队伍", order=20),
    MenuItem("更正申请", "members:proposals", "edit", "members.decide_proposals", group="组织队伍", order=25),
    MenuItem("登录账号", "members:accounts", "key", "members.accounts", group="组织队伍", order=28),
    MemberMatters("members", matters),
    LastContact("received", "转入或者接收", received, "member", "effective_on", order=40),
    NotComing("members", eased, order=10),
    BackgroundTask("members.accounts", open_accounts),
    DailyJob("members.first_passwords", "清理没有打印的登录条", clear_first_passwords, at="03:50"),
    MenuItem("我的", "members:me", "user-circle", "members.own", group="我的", order=10, tab="我的", tab_order=40),
)
