"""Steps of 「开始使用」: every branch has its members, their records are complete, and large branches are divided into groups."""

from collections.abc import Sequence
from typing import Final

from django.db.models import Avg, Count, Exists, OuterRef, QuerySet, Subquery
from django.urls import reverse

from dangjian.kernel import clock
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import StartedState, StartStep
from dangjian.kernel.rulebook import book
from dangjian.members.models import Member
from dangjian.members.sheets.roster.sheet import ROSTER
from dangjian.org.models import Kind, Organization

NAMED_AT_MOST: Final = 3
EVERYWHERE: Final = frozenset({Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH})


def roster(_request: Request, organization: Organization) -> StartedState | None:
    """Branches at and below ``organization`` that have members."""
    branches = _branches(organization)
    total = branches.count()
    if not total:
        return None
    without = _names(branches.filter(~Exists(_members())))
    missing = f"{_named(without)}还没有党员。" if without else ""
    return StartedState(not without, missing, ROSTER.upload_url, total - len(without), total)


def records(_request: Request, organization: Organization) -> StartedState | None:
    """Branches whose records are on the average as complete as the unit wants; those without members are not among them."""
    least = book().on("duties.record_average", clock.today())
    average = Subquery(_members().values("branch").annotate(mean=Avg("completeness")).values("mean"))
    branches = _branches(organization).annotate(average=average).filter(average__isnull=False)
    total = branches.count()
    if not total:
        return None
    weak = _names(branches.filter(average__lt=least.expect(int)))
    missing = f"{_named(weak)}的党员信息平均完整度不到{least.text}。" if weak else ""
    url = f"{reverse('members:completeness')}?organization={organization.pk}"
    return StartedState(not weak, missing, url, total - len(weak), total)


def groups(_request: Request, organization: Organization) -> StartedState | None:
    """Branches with so many members that the unit wants them divided, and those that are. A hint: no rule says how many."""
    needed = book().on("org.group.needed", clock.today())
    number = Subquery(_members().values("branch").annotate(number=Count("pk")).values("number"))
    branches = _branches(organization).annotate(number=number).filter(number__isnull=False)
    if not branches.exists():
        return None
    large = branches.filter(number__gte=needed.expect(int))
    total = large.count()
    groups_in = Organization.objects.standing().filter(parent=OuterRef("pk"), kind=Kind.GROUP)
    undivided = list(large.filter(~Exists(groups_in)).order_by("path").values_list("short_name", "pk"))
    if not undivided:
        return StartedState(is_done=True, done=total, total=total)
    names = _named([name for name, _ in undivided])
    missing = f"{names}党员在{needed.text}以上，还没有划分党小组。人数不多、工作地点也不分散的，可以不划分。"
    url = f"{reverse('org:detail', args=[undivided[0][1]])}?tab=groups"
    return StartedState(is_done=False, missing=missing, url=url, done=total - len(undivided), total=total)


def _branches(organization: Organization) -> QuerySet[Organization]:
    rows: QuerySet[Organization] = Organization.objects.standing().below(organization).filter(kind=Kind.BRANCH)
    return rows


def _members() -> QuerySet[Member]:
    """The members of the branch in an outer query."""
    rows: QuerySet[Member] = Member.objects.counted().filter(branch=OuterRef("pk")).order_by()
    return rows


def _names(rows: QuerySet[Organization]) -> list[str]:
    return list(rows.order_by("path").values_list("short_name", flat=True))


def _named(names: Sequence[str]) -> str:
    shown = "、".join(f"“{name}”" for name in names[:NAMED_AT_MOST])
    return f"{shown}等{len(names)}个党支部" if len(names) > NAMED_AT_MOST else shown


ROSTER_STEPS: Final = (
    StartStep(
        "roster",
        "导入党员名册",
        "会议通知、签到、党费和统计都按名册来；党员不在册，就什么也收不到。",
        "users",
        "members.import",
        roster,
        frozenset({Kind.COMMITTEE, Kind.GENERAL_BRANCH}),
        order=30,
    ),
    StartStep(
        "records",
        "补全党员信息",
        "年度统计、党费核定和预备期提醒从党员信息里来。",
        "list-check",
        "members.edit",
        records,
        EVERYWHERE,
        order=40,
    ),
    StartStep(
        "groups",
        "划分党小组",
        "党小组会按党小组召集；人数多、工作地点分散的党支部分成小组，便于开展活动。",
        "users-group",
        "org.groups",
        groups,
        EVERYWHERE,
        order=50,
    ),
)
