"""Duties that follow from how organisations are set up: terms, committees, sizes, applications."""

import datetime as dt
from collections.abc import Collection
from functools import partial

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from dangjian.kernel.rulebook import Bounds, Choices, Period, book
from dangjian.kernel.sql import earlier, later
from dangjian.kernel.ui import words
from dangjian.members.duties.posts import BRANCH, KEEPERS, SUPERIOR
from dangjian.members.models import Category, Member
from dangjian.members.queries import branch_counts
from dangjian.org import applications
from dangjian.org.duty_offers import ActionLink, DueDates, DutyRule, Evidence
from dangjian.org.models import COMMITTEE_POSTS, STANDING_COMMITTEE, Kind, Organization, Post, PostKind, TermOfBody
from dangjian.org.policy import (
    JOINT_BRANCH,
    TEMPORARY,
    TEMPORARY_BRANCH,
    Size,
    branch_warnings,
    committee_size,
    committee_size_findings,
    group_warnings,
    long_task_findings,
    required_organisation,
    standing_committee_size,
    temporary_rule,
)

BODIES = frozenset({Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH})
LEADERS = (PostKind.SECRETARY, PostKind.DEPUTY_SECRETARY)
NOT_LEADING = COMMITTEE_POSTS - {PostKind.SECRETARY, PostKind.DEPUTY_SECRETARY}


def _organization_page(url_name: str, label: str) -> ActionLink:
    return ActionLink(label, url_name, args=lambda duty: (duty.organization_id,))


# Terms


def terms_ending(today: dt.date) -> QuerySet[TermOfBody]:
    """Open terms whose end is as near as the reminder reaches (条例: six months), or past."""
    remind = book().on("term.remind", today).expect(Period)
    rows = TermOfBody.objects.filter(ended_on=None, organization__dissolved_on=None)
    rows = rows.exclude(organization__type_code__in=without_elections(today))
    dated = rows.annotate(reminded_on=earlier("due_on", remind), last_on=Coalesce("extended_to", "due_on"))
    return dated.filter(reminded_on__lte=today)


def terms_ended() -> QuerySet[TermOfBody]:
    """Terms that are over."""
    return TermOfBody.objects.exclude(ended_on=None)


def without_term(today: dt.date) -> QuerySet[Organization]:
    """Organisations of which no running term is recorded, so that nobody would be reminded."""
    rows = Organization.objects.filter(~Exists(TermOfBody.objects.filter(organization=OuterRef("pk"), ended_on=None)))
    return rows.exclude(type_code__in=without_elections(today))


def without_elections(today: dt.date) -> frozenset[str]:
    """Types of organisations that hold no elections: the superior names the officers of a temporary one."""
    return TEMPORARY if temporary_rule("election", today) else frozenset()


# Size of branches


def _members(**more: object) -> object:
    counted = Member.objects.counted().filter(branch=OuterRef("pk"), **more).order_by()
    return Coalesce(Subquery(counted.values("branch").annotate(n=Count("pk")).values("n")), 0)


def too_large(today: dt.date) -> QuerySet[Organization]:
    """Branches with more members than a branch should have."""
    return Organization.objects.annotate(number=_members()).filter(number__gt=book().on("org.branch.max", today).expect(int))


def too_small(today: dt.date) -> QuerySet[Organization]:
    """Branches with fewer full members than a branch needs."""
    least = book().on("org.branch.min", today).expect(int)
    return Organization.objects.annotate(number=_members(category=Category.FULL)).filter(number__lt=least)


def too_many_units(today: dt.date) -> QuerySet[Organization]:
    """Joint branches over more units than they should cover."""
    most = book().on("org.joint_branch.units", today).expect(int)
    return Organization.objects.filter(type_code__in=JOINT_BRANCH, unit_count__gt=most)


def long_tasks(today: dt.date) -> QuerySet[Organization]:
    """Temporary branches that have stood so long, with so many full members, that a branch is to be set up in their place."""
    length, least = book().on("org.project_branch", today).expect(Period), book().on("org.branch.min", today).expect(int)
    rows = Organization.objects.filter(type_code__in=TEMPORARY_BRANCH).annotate(
        number=_members(category=Category.FULL), long_since=later("established_on", length)
    )
    return rows.filter(number__gte=least, long_since__lte=today)


def tasks_ended(today: dt.date) -> QuerySet[Organization]:
    """Temporary organisations whose task was to end before today."""
    return Organization.objects.filter(type_code__in=TEMPORARY, expected_end_on__lt=today)


# Committees and posts


def _posts(today: dt.date, **more: object) -> QuerySet[Post]:
    return Post.objects.in_effect(today).filter(organization=OuterRef("pk"), **more).order_by()


def with_committee(rows: QuerySet[Organization], today: dt.date) -> QuerySet[Organization]:
    """Organisations with a committee: somebody holds a post in it besides secretary and deputy."""
    return rows.filter(Exists(_posts(today, kind__in=NOT_LEADING)))


def committee_missing(today: dt.date) -> QuerySet[Organization]:
    """Branches with so many full members that they need a committee, and have none."""
    need = book().on("org.branch_committee.need", today).expect(int)
    enough = Organization.objects.annotate(number=_members(category=Category.FULL)).filter(number__gte=need)
    enough = enough.exclude(type_code__in=without_elections(today))
    return enough.filter(~Exists(_posts(today, kind__in=NOT_LEADING)))


SIZE_RULES = {
    Kind.COMMITTEE.value: "org.committee.size",
    Kind.GENERAL_BRANCH.value: "org.general_branch.size",
    Kind.BRANCH.value: "org.branch_committee.size",
}


def committee_out_of_size(today: dt.date) -> QuerySet[Organization]:
    """Committees with fewer or more people than the rule for their kind admits."""
    rows = Organization.objects.annotate(
        size=_people(today, COMMITTEE_POSTS),
        standing=_people(today, STANDING_COMMITTEE),
        has_standing=Exists(_posts(today, kind=PostKind.STANDING_MEMBER)),
    )
    wrong = Q(_outside("standing", standing_committee_size(book=book(), on=today)), has_standing=True)
    wrong |= Q(_outside("size", committee_size(Kind.COMMITTEE, standing=True, book=book(), on=today)), has_standing=True)
    for kind in SIZE_RULES:
        wrong |= Q(_outside("size", committee_size(kind, book=book(), on=today)), kind=kind, has_standing=False)
    return with_committee(rows.filter(wrong), today)


def _people(today: dt.date, kinds: Collection[PostKind]) -> object:
    """How many people hold one of the posts."""
    held = _posts(today, kind__in=kinds).values("organization")
    return Coalesce(Subquery(held.annotate(n=Count("user", distinct=True)).values("n")), 0)


def _outside(column: str, size: Size) -> Q:
    few = Q(**{f"{column}__lt": size.least})
    return few if size.limit is None else few | Q(**{f"{column}__gt": size.limit})


def without_secretary(today: dt.date) -> QuerySet[Organization]:
    """Organisations that have had no secretary for as long as the setting says (the rule itself says: in good time)."""
    since = book().on("elect.vacancy.remind", today).expect(Period).before(today)
    held = Post.objects.filter(
        Q(ends_on=None) | Q(ends_on__gt=since), organization=OuterRef("pk"), kind=PostKind.SECRETARY, starts_on__lte=today
    )
    return Organization.objects.filter(~Exists(held), established_on__lte=since)


def posts_vacant(today: dt.date) -> QuerySet[Organization]:
    """Branches with a committee in which a required post besides the secretary's is not filled."""
    required = [
        post.code for post in book().on("org.branch_committee.posts", today).expect(Choices) if post.code != PostKind.SECRETARY
    ]
    vacant = Q(pk__in=[])
    for code in required:
        vacant |= ~Q(Exists(_posts(today, kind=code)))
    return with_committee(Organization.objects.filter(vacant), today)


def groups_without_leader(today: dt.date) -> QuerySet[Organization]:
    """Groups that nobody leads."""
    return Organization.objects.filter(~Exists(_posts(today, kind=PostKind.GROUP_LEADER)))


def groups_out_of_size(today: dt.date) -> QuerySet[Organization]:
    """Groups with fewer members, or fewer full ones, than the settings want."""
    here = Member.objects.counted().filter(organization=OuterRef("pk")).order_by().values("organization")
    number = Coalesce(Subquery(here.annotate(n=Count("pk")).values("n")), 0)
    full = Coalesce(Subquery(here.filter(category=Category.FULL).annotate(n=Count("pk")).values("n")), 0)
    few = Q(number__lt=book().on("org.group.min", today).expect(int))
    few |= Q(full__lt=book().on("org.group.min_full", today).expect(int))
    return Organization.objects.annotate(number=number, full=full).filter(few)


def smaller_than_their_kind(today: dt.date) -> QuerySet[Organization]:
    """Committees and general branches with fewer members than usually call for one; of those without any nothing is said."""
    least = {
        Kind.COMMITTEE: book().on("org.committee", today).expect(int),
        Kind.GENERAL_BRANCH: book().on("org.general_branch", today).expect(Bounds).at_least or 0,
    }
    numbers = members_below(today)
    rows = Organization.objects.standing().filter(kind__in=least).values_list("pk", "kind")
    return Organization.objects.filter(pk__in=[pk for pk, kind in rows if 0 < numbers.get(pk, 0) < least[Kind(kind)]])


def members_below(today: dt.date) -> dict[int, int]:
    """How many members each organisation has, with all below it."""
    counts = branch_counts(today)
    found: dict[int, int] = {}
    for pk, path in Organization.objects.filter(pk__in=counts).order_by().values_list("pk", "path"):
        for step in path.strip("/").split("/"):
            found[int(step)] = found.get(int(step), 0) + counts[pk]
    return found


# What an organisation is told


def explain_branch(organization: Organization, day: dt.date, *, code: str) -> str:
    """What is not right with a branch, in the words of the rules: the findings whose code begins with ``code``."""
    full = Member.objects.counted().filter(branch=organization, category=Category.FULL).count()
    posts = list(Post.objects.in_effect(day).filter(organization=organization).values_list("kind", "user_id"))
    committee = {user for kind, user in posts if kind in COMMITTEE_POSTS}
    findings = branch_warnings(
        full_members=full,
        all_members=max(full, branch_counts(day, [organization.pk]).get(organization.pk, 0)),
        committee_size=len(committee) if any(kind in NOT_LEADING for kind, _ in posts) else 0,
        posts={kind for kind, _ in posts},
        type_code=organization.type_code,
        units=organization.unit_count,
        book=book(),
        on=day,
    )
    return "；".join(finding.text for finding in findings if finding.code.startswith(code))


def explain_long_task(organization: Organization, day: dt.date) -> str:
    """How long a temporary branch has stood, and what is set up for so long a task; with the reason given for it."""
    full = Member.objects.counted().filter(branch=organization, category=Category.FULL).count()
    since = organization.established_on
    findings = long_task_findings(
        type_code=organization.type_code, since=since, until=day, full_members=full, book=book(), on=day
    )
    reason = f"；登记的特殊情况：{organization.special}" if organization.special else ""
    return "；".join(finding.text for finding in findings) + reason


def explain_task_ended(organization: Organization, _day: dt.date) -> str:
    """Since when the task is over."""
    ended = organization.expected_end_on
    return f"任务预计于{words.day(ended)}结束，任务已结束的，应当及时撤销临时党组织" if ended else ""


def explain_size(organization: Organization, day: dt.date) -> str:
    """How large a committee is, and how large it may be."""
    posts = Post.objects.in_effect(day).filter(organization=organization, kind__in=COMMITTEE_POSTS).values_list("kind", "user_id")
    held = list(posts)
    size, standing = len({user for _, user in held}), len({user for kind, user in held if kind in STANDING_COMMITTEE})
    has_standing = any(kind == PostKind.STANDING_MEMBER for kind, _ in held)
    found = committee_size_findings(organization.kind, size, standing=standing if has_standing else 0, book=book(), on=day)
    return "；".join(one.text for one in found)


def explain_group(organization: Organization, day: dt.date) -> str:
    """What a group does not fulfil."""
    rows = Member.objects.counted().filter(organization=organization)
    number, full = rows.count(), rows.filter(category=Category.FULL).count()
    findings = group_warnings(full_members=full, all_members=number, has_leader=True, book=book(), on=day)
    return "；".join(finding.text for finding in findings)


def explain_kind(organization: Organization, day: dt.date) -> str:
    """How many members it has, and what so many usually set up."""
    number = members_below(day).get(organization.pk, 0)
    usual = required_organisation(full_members=number, all_members=number, book=book(), on=day)
    return f"共有党员{number}人；{usual.text}（{usual.citation}）"


RULES = (
    DutyRule(
        "term_end",
        "按期换届",
        "换届",
        rule={Kind.COMMITTEE: "term.committee", Kind.GENERAL_BRANCH: "term.general_branch", Kind.BRANCH: "term.branch"},
        kinds=BODIES,
        icon="refresh",
        order=300,
        how="任期届满前向上级报送换届请示，批复后召开党员大会选举，选举结果报上级批准，最后在系统中登记新一届。因特殊情况不能按期换届的，报上级批准后登记延期。",
        responsible=LEADERS,
        above=SUPERIOR,
        start=_organization_page("org:start_term", "登记新一届"),
        occasions=DueDates(terms_ending, organization="organization_id", opens_on="reminded_on", due_on="last_on"),
        evidence=Evidence(terms_ended, on="ended_on", organization="organization_id", occasion="pk"),
    ),
    DutyRule(
        "term_missing",
        "登记届次",
        "届次登记",
        rule={Kind.COMMITTEE: "term.committee", Kind.GENERAL_BRANCH: "term.general_branch", Kind.BRANCH: "term.branch"},
        kinds=BODIES,
        icon="calendar-question",
        order=310,
        severity="warning",
        how="系统中没有本届任期的起止日期，不能提醒换届。请登记现任班子的届次和选举日期。",
        responsible=KEEPERS,
        above=SUPERIOR,
        start=_organization_page("org:start_term", "登记届次"),
        condition=without_term,
    ),
    DutyRule(
        "secretary_vacant",
        "补齐党组织书记",
        "书记空缺",
        rule="elect.vacancy",
        kinds=BODIES,
        icon="user-plus",
        order=320,
        how="书记空缺应当及时补选；必要时上级党组织可以调动或者指派。选出后在系统中登记任职。",
        responsible=(PostKind.DEPUTY_SECRETARY, PostKind.ORGANISATION_MEMBER),
        above=SUPERIOR,
        start=_organization_page("org:appoint", "登记任职"),
        condition=without_secretary,
    ),
    DutyRule(
        "committee_missing",
        "设立支部委员会",
        "设支委会",
        rule="org.branch_committee.need",
        kinds=BRANCH,
        icon="users-plus",
        order=330,
        how="召开支部党员大会选举产生支部委员会，报上级批准后在系统中登记委员任职。",
        responsible=LEADERS,
        above=SUPERIOR,
        start=_organization_page("org:appoint", "登记任职"),
        condition=committee_missing,
        explain=partial(explain_branch, code="branch_committee_missing"),
    ),
    DutyRule(
        "committee_size",
        "委员人数符合规定",
        "委员人数",
        rule=SIZE_RULES,
        kinds=BODIES,
        icon="users-group",
        order=340,
        how="委员不足的及时增补，超出的在换届时调整。任职变化在系统中登记。",
        responsible=LEADERS,
        above=SUPERIOR,
        start=_organization_page("org:appoint", "登记任职"),
        condition=committee_out_of_size,
        explain=explain_size,
    ),
    DutyRule(
        "posts_vacant",
        "支委分工齐全",
        "支委分工",
        rule="org.branch_committee.posts",
        kinds=BRANCH,
        icon="user-search",
        order=350,
        how="支部委员会应当有组织委员、宣传委员、纪检委员，可以由一人兼任。明确分工后在系统中登记任职。",
        responsible=LEADERS,
        above=SUPERIOR,
        start=_organization_page("org:appoint", "登记任职"),
        severity="warning",
        condition=posts_vacant,
        explain=partial(explain_branch, code="post_vacant"),
    ),
    DutyRule(
        "branch_too_large",
        "党员过多的支部分设",
        "支部规模",
        rule="org.branch.max",
        kinds=BRANCH,
        icon="arrows-split",
        order=360,
        how="党员人数较多的，与上级党组织商量分设党支部，或者成立党总支。",
        severity="warning",
        responsible=LEADERS,
        above=SUPERIOR,
        start=_organization_page("org:detail", "查看党支部"),
        condition=too_large,
        explain=partial(explain_branch, code="branch_too_large"),
    ),
    DutyRule(
        "branch_too_small",
        "正式党员不足的支部调整",
        "人数不足",
        rule="org.branch.min",
        kinds=BRANCH,
        icon="arrows-join",
        order=370,
        how="正式党员不足的，与邻近单位成立联合党支部，或者由上级调整设置。",
        responsible=LEADERS,
        above=SUPERIOR,
        start=_organization_page("org:detail", "查看党支部"),
        condition=too_small,
        explain=partial(explain_branch, code="branch_too_small"),
    ),
    DutyRule(
        "joint_branch_units",
        "联合党支部覆盖单位调整",
        "联合支部",
        rule="org.joint_branch.units",
        kinds=BRANCH,
        icon="building-community",
        order=380,
        how="覆盖单位过多的，由上级党组织调整设置。",
        severity="warning",
        responsible=LEADERS,
        above=SUPERIOR,
        start=_organization_page("org:detail", "查看党支部"),
        condition=too_many_units,
        explain=partial(explain_branch, code="joint_branch"),
    ),
    DutyRule(
        "branch_application",
        "批复设立党支部的申请",
        "设立批复",
        rule="org.branch.approval_time",
        kinds=frozenset({Kind.COMMITTEE}),
        icon="building-plus",
        order=365,
        how="党委研究后批复。由党务工作人员在“设立申请”中登记同意或者不同意，同意的设立党支部，并报上级组织部门备案。",
        responsible=LEADERS,
        above=SUPERIOR,
        start=ActionLink("查看申请", "org:application", args=lambda duty: (duty.occasion,)),
        occasions=DueDates(applications.unanswered, organization="approver_id", opens_on="applied_on", due_on="due_on"),
        evidence=Evidence(
            applications.answered, on="answered_on", organization="approver_id", occasion="pk", url_name="org:application"
        ),
    ),
    DutyRule(
        "project_branch",
        "长期项目成立党支部",
        "项目支部",
        rule="org.project_branch",
        kinds=BRANCH,
        icon="building-plus",
        order=382,
        how="符合条件的，报上级党委批准成立党支部，把党员组织关系转入后撤销临时党支部；确有特殊情况的，由上级免办这一项并写明原因。",
        severity="warning",
        responsible=LEADERS,
        above=SUPERIOR,
        start=_organization_page("org:detail", "查看党支部"),
        condition=long_tasks,
        explain=explain_long_task,
    ),
    DutyRule(
        "task_ended",
        "任务结束后撤销临时党组织",
        "任务结束",
        rule="",
        kinds=BODIES,
        icon="hourglass-empty",
        order=384,
        how="任务已结束的，应当及时撤销；任务延长的，由上级党务部门在“修改基本信息”中改填预计结束日期。",
        severity="warning",
        responsible=LEADERS,
        above=SUPERIOR,
        start=_organization_page("org:detail", "查看党组织"),
        condition=tasks_ended,
        explain=explain_task_ended,
    ),
    DutyRule(
        "group_leader",
        "明确党小组组长",
        "小组组长",
        rule="org.group.leader",
        kinds=frozenset({Kind.GROUP}),
        icon="user-star",
        order=390,
        how="由党支部指定，或者由所在党小组党员推荐产生，在系统中登记。",
        above=LEADERS,
        start=_organization_page("org:appoint_leader", "登记组长"),
        condition=groups_without_leader,
    ),
    DutyRule(
        "group_size",
        "党小组人数调整",
        "小组人数",
        rule="org.group.min",
        kinds=frozenset({Kind.GROUP}),
        icon="users-minus",
        order=395,
        how="人数过少、没有正式党员的党小组，由党支部与其他小组合并或者调整人员。",
        severity="warning",
        above=LEADERS,
        start=_organization_page("org:detail", "查看党小组"),
        condition=groups_out_of_size,
        explain=explain_group,
    ),
    DutyRule(
        "smaller_than_kind",
        "党员不足的党委、党总支核对设置",
        "设置核对",
        rule={Kind.COMMITTEE: "org.committee", Kind.GENERAL_BRANCH: "org.general_branch"},
        kinds=frozenset({Kind.COMMITTEE, Kind.GENERAL_BRANCH}),
        icon="scale",
        order=375,
        how="因工作需要、经上级党组织批准设立的，由上级免办这一项并写明批准文件；否则由上级调整设置。",
        severity="warning",
        responsible=LEADERS,
        above=SUPERIOR,
        start=_organization_page("org:detail", "查看党组织"),
        condition=smaller_than_their_kind,
        explain=explain_kind,
    ),
)
