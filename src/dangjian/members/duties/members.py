"""Duties that follow from the records of members: groups, the end of probation."""

import datetime as dt

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from dangjian.kernel.rulebook import Period, book
from dangjian.kernel.sql import earlier, later
from dangjian.members.duties.posts import BRANCH, KEEPERS, SUPERIOR
from dangjian.members.models import Category, ChangeKind, Member, MembershipEntry
from dangjian.org.duty_offers import ActionLink, DueDates, DutyRule, Evidence
from dangjian.org.models import Kind, Organization


def members_without_group(today: dt.date) -> QuerySet[Organization]:
    """Branches that have groups, and members in none of them, unless the unit leaves that free."""
    if not book().on("duties.members_grouped", today).expect(bool):
        return Organization.objects.none()
    groups = Organization.objects.standing().filter(parent=OuterRef("pk"), kind=Kind.GROUP)
    outside = Member.objects.counted().filter(organization=OuterRef("pk"), branch=OuterRef("pk"))
    return Organization.objects.filter(Exists(groups), Exists(outside))


def probations_ending(today: dt.date) -> QuerySet[Member]:
    """Probationary members whose probation ends soon or has ended."""
    length = book().on("dev.probation", today).expect(Period)
    remind = book().on("duties.probation_remind", today).expect(Period)
    rows = Member.objects.counted().filter(category=Category.PROBATIONARY, joined_on__isnull=False)
    ending = rows.annotate(ends_on=Coalesce("probation_extended_to", later("joined_on", length)))
    return ending.annotate(reminded_on=earlier(F("ends_on"), remind)).filter(reminded_on__lte=today)


def probations_settled() -> QuerySet[MembershipEntry]:
    """Lines of the account that end or extend a probation."""
    kinds = (ChangeKind.CONVERTED, ChangeKind.PROBATION_EXTENDED, ChangeKind.PROBATION_CANCELLED)
    return MembershipEntry.objects.filter(kind__in=kinds, reverses=None, reversed_by=None)


def explain_groups(organization: Organization, _day: dt.date) -> str:
    """Who is in no group."""
    names = list(
        Member.objects.counted().filter(organization=organization, branch=organization).values_list("name", flat=True)[:11]
    )
    return f"{'、'.join(names[:10])}{'等' if len(names) > 10 else ''}没有编入党小组"


RULES = (
    DutyRule(
        "members_grouped",
        "党员编入党小组",
        "编组",
        rule="duties.members_grouped",
        kinds=BRANCH,
        icon="sitemap",
        order=400,
        severity="warning",
        how="设了党小组的党支部，把每名党员编入一个党小组，党小组会才不会漏人。",
        responsible=KEEPERS,
        start=ActionLink("去编组", "members:list", query=lambda duty: {"organization": duty.organization_id, "group": "none"}),
        condition=members_without_group,
        explain=explain_groups,
    ),
    DutyRule(
        "probation_end",
        "讨论预备党员转正",
        "转正",
        rule="dev.probation",
        kinds=BRANCH,
        subject="member",
        icon="id-badge-2",
        order=420,
        how="预备期满前请本人提交转正申请，期满后支部党员大会讨论表决，报上级党委审批，批准后办理转正登记。",
        responsible=KEEPERS,
        above=SUPERIOR,
        start=ActionLink("查看党员", "members:detail", args=lambda duty: (duty.member_id,)),
        occasions=DueDates(
            probations_ending,
            organization="branch_id",
            member="pk",
            occasion="",
            opens_on="reminded_on",
            due_on="ends_on",
        ),
        evidence=Evidence(probations_settled, on="effective_on", organization="organization_id", member="member_id"),
    ),
)
