"""What organisations owe in dues: collecting, passing up, telling the members, checking, and talking to whoever does not pay."""

import datetime as dt

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate

from dangjian.activities.dues.assessment.queries import profiles
from dangjian.activities.dues.billing.models import Bill, BranchMonth
from dangjian.activities.dues.ledger.models import Publication, Transfer, TransferKind, TransferState
from dangjian.activities.dues.oversight.models import ArrearsCase, ArrearsStage, ArrearsState, Inspection
from dangjian.activities.dues.oversight.queries.arrears import threshold
from dangjian.kernel import money
from dangjian.kernel.rulebook import Period
from dangjian.kernel.sql import later
from dangjian.kernel.windows import Window
from dangjian.members.models import Member
from dangjian.org.duty_offers import ActionLink, DueDates, DutyRule, Evidence
from dangjian.org.models import Kind, Organization, PostKind
from dangjian.org.policy import TEMPORARY, temporary_rule

BRANCH = frozenset({Kind.BRANCH})
COMMITTEE = frozenset({Kind.COMMITTEE})
BODIES = frozenset({Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH})
LEADERS = (PostKind.SECRETARY, PostKind.DEPUTY_SECRETARY)
TREASURERS = (PostKind.ORGANISATION_MEMBER, *LEADERS)
COMMITTEE_OFFICERS = (PostKind.ORGANISATION_MEMBER, PostKind.PARTY_WORKER, PostKind.SECRETARY)
NAMED = 10
"""So many names are written out."""


def _since_live() -> QuerySet[BranchMonth]:
    """The months that count: of those before a branch went live, nobody owes more than they have paid."""
    rows: QuerySet[BranchMonth] = BranchMonth.objects.filter(organization__live_on__lt=later("month", Period(months=1)))
    return rows


def months_to_collect(today: dt.date) -> QuerySet[BranchMonth]:
    """Months in which somebody of a branch still owes.

    Older ones, from which on the rules ask for a talk with the member, are followed as arrears of that member.
    """
    oldest = Period(months=threshold(ArrearsStage.TALK, today)).before(today.replace(day=1))
    return _since_live().filter(settled_on=None, unsettled__gt=0, month__gt=oldest, month__lte=today)


def months_collected() -> QuerySet[BranchMonth]:
    """Months in which nobody of a branch owes anything any more."""
    return _since_live().filter(settled_on__isnull=False)


def explain_months(organization: Organization, day: dt.date) -> str:
    """Who has not paid yet, month by month."""
    later = Bill.objects.order_by().filter(
        organization=OuterRef("organization"), month=OuterRef("month"), settled_on=None, later_due_on__gte=day
    )
    number = later.values("month").annotate(n=Count("pk")).values("n")
    rows = months_to_collect(day).filter(organization=organization).annotate(later=Subquery(number)).order_by("month")
    parts = []
    for month, unsettled, owed, paid, later_number in rows.values_list("month", "unsettled", "owed_fen", "paid_fen", "later"):
        text = f"{month.year}年{month.month}月还有{unsettled}名党员没有交清，差{money.yuan(max(owed - paid, 0))}元"
        parts.append(f"{text}（其中{later_number}名经支部同意按季交纳）" if later_number else text)
    return "；".join(parts)


def transfers_due(today: dt.date) -> QuerySet[Transfer]:  # noqa: ARG001 - the offer's signature
    """Amounts that were worked out to be passed up and are not sent."""
    rows: QuerySet[Transfer] = Transfer.objects.filter(
        kind__in=(TransferKind.UP, TransferKind.LARGE), state=TransferState.DUE, due_on__isnull=False
    )
    return rows.annotate(from_on=Coalesce(later("period_end", Period(days=1)), TruncDate("made_at")))


def transfers_sent() -> QuerySet[Transfer]:
    """Amounts that were sent to the superior."""
    rows: QuerySet[Transfer] = Transfer.objects.filter(kind__in=(TransferKind.UP, TransferKind.LARGE), sent_on__isnull=False)
    return rows


def explain_transfers(organization: Organization, day: dt.date) -> str:
    """How much is to be passed up."""
    found = transfers_due(day).filter(organization=organization).aggregate(total=Sum("due_fen"))["total"]
    return f"共{money.yuan(found)}元待上缴" if found else ""


def publications() -> QuerySet[Publication]:
    """Results of a year that were told to the members."""
    rows: QuerySet[Publication] = Publication.objects.all()
    return rows


def with_last_year(rows: QuerySet[Organization], window: Window) -> QuerySet[Organization]:
    """Branches that collected in the year before: the result of a year is told when it is over."""
    months = BranchMonth.objects.filter(organization=OuterRef("pk"), month__year=window.start.year - 1)
    return rows.filter(Exists(months))


def with_dues(rows: QuerySet[Organization], window: Window) -> QuerySet[Organization]:
    """Organisations below which somebody collected in the year."""
    months = BranchMonth.objects.filter(organization__path__startswith=OuterRef("path"), month__range=(window.start, window.last))
    return rows.filter(Exists(months))


def inspections() -> QuerySet[Inspection]:
    """Checks that were recorded."""
    rows: QuerySet[Inspection] = Inspection.objects.all()
    return rows


def unassessed(today: dt.date) -> QuerySet[Member]:
    """Members of whom it is not settled what they pay, neither this month nor from a later one on.

    A temporary branch collects nothing, so nothing is settled there.
    """
    rows = profiles.unassessed(Member.objects.counted(), today.replace(day=1))
    return rows.exclude(branch__type_code__in=TEMPORARY) if temporary_rule("dues", today) else rows


def with_unassessed(today: dt.date) -> QuerySet[Organization]:
    """Branches with such members."""
    rows: QuerySet[Organization] = Organization.objects.filter(Exists(unassessed(today).filter(branch=OuterRef("pk"))))
    return rows


def explain_unassessed(organization: Organization, day: dt.date) -> str:
    """Who they are."""
    names = list(unassessed(day).filter(branch=organization).order_by("name_sort").values_list("name", flat=True)[: NAMED + 1])
    return f"{'、'.join(names[:NAMED])}{'等' if len(names) > NAMED else ''}还没有核定党费，每月不会生成应交党费"


def talks_to_hold(today: dt.date) -> QuerySet[ArrearsCase]:  # noqa: ARG001 - the offer's signature
    """Talks with members who have not paid for months."""
    rows: QuerySet[ArrearsCase] = ArrearsCase.objects.filter(stage=ArrearsStage.TALK, state=ArrearsState.OPEN)
    return rows


def cases_to_decide(today: dt.date) -> QuerySet[ArrearsCase]:  # noqa: ARG001 - the offer's signature
    """Cases that are neither paid nor decided; a talk alone does not settle one."""
    rows: QuerySet[ArrearsCase] = ArrearsCase.objects.filter(
        stage=ArrearsStage.CASE, state__in=(ArrearsState.OPEN, ArrearsState.TALKED)
    )
    return rows


def talks_held() -> QuerySet[ArrearsCase]:
    """Talks that took place, or that payment or a decision made needless."""
    rows: QuerySet[ArrearsCase] = ArrearsCase.objects.filter(stage=ArrearsStage.TALK, handled_on__isnull=False)
    return rows.exclude(state=ArrearsState.OPEN)


def cases_decided() -> QuerySet[ArrearsCase]:
    """Cases that are paid, excused or referred."""
    rows: QuerySet[ArrearsCase] = ArrearsCase.objects.filter(stage=ArrearsStage.CASE, handled_on__isnull=False)
    return rows.exclude(state__in=(ArrearsState.OPEN, ArrearsState.TALKED))


RULES = (
    DutyRule(
        "dues_collect",
        "收缴党费",
        "收缴党费",
        rule="dues.period",
        kinds=BRANCH,
        icon="coin-yuan",
        order=200,
        how="在收缴页面逐人核对应交金额，收到后登记，可以一次登记多人。党费由党员本人主动交纳，不得从工资中扣缴，不得由单位代交。",
        responsible=TREASURERS,
        start=ActionLink(
            "去收缴",
            "dues:collect",
            query=lambda duty: {"month": f"{duty.period_start:%Y-%m}"},
            args=lambda duty: (duty.organization_id,),
        ),
        occasions=DueDates(months_to_collect, organization="organization_id", opens_on="month", due_on="due_on"),
        evidence=Evidence(months_collected, on="settled_on", occasion="pk"),
        explain=explain_months,
    ),
    DutyRule(
        "dues_unassessed",
        "核定党费",
        "核定党费",
        rule="dues.fixed_in_year",
        kinds=BRANCH,
        icon="calculator",
        order=210,
        severity="warning",
        how="为新转入、新接收的党员和还没有核定的党员选择交纳人类别，填写计算基数，系统按规定算出每月应交的数额。",
        responsible=TREASURERS,
        start=ActionLink(
            "去核定", "dues:assess_branch", query=lambda _duty: {"show": "none"}, args=lambda duty: (duty.organization_id,)
        ),
        condition=with_unassessed,
        explain=explain_unassessed,
    ),
    DutyRule(
        "dues_pass_up",
        "上缴党费",
        "上缴党费",
        rule="dues.up.period",
        kinds=BODIES,
        icon="upload",
        order=220,
        how="按上级规定的比例和周期上缴。系统已经按实收数算出应缴金额，转出后登记，由上级确认到账。",
        responsible=TREASURERS,
        above=COMMITTEE_OFFICERS,
        start=ActionLink("去上缴", "dues:transfer", args=lambda duty: (duty.occasion,)),
        occasions=DueDates(transfers_due, organization="organization_id", opens_on="from_on", due_on="due_on"),
        evidence=Evidence(transfers_sent, on="sent_on", occasion="pk", url_name="dues:transfer"),
        explain=explain_transfers,
    ),
    DutyRule(
        "dues_publish",
        "公布党费收缴情况",
        "党费公示",
        rule="dues.publish.branch",
        kinds=BRANCH,
        icon="speakerphone",
        order=230,
        how="每年向党员公布一次党费收缴情况。系统已经汇总好数字，核对后公布，党员在手机上就能看到，也可以打印张贴。",
        responsible=TREASURERS,
        start=ActionLink("去公布", "dues:publish", args=lambda duty: (duty.organization_id,)),
        evidence=Evidence(publications, on="published_on", organization="organization_id", url_name="dues:publication"),
        owed_by=with_last_year,
    ),
    DutyRule(
        "dues_check",
        "检查党费工作",
        "党费检查",
        rule="dues.check.yearly",
        kinds=COMMITTEE,
        icon="clipboard-check",
        order=240,
        how="每年检查一次所属党组织党费收缴、使用和管理的情况，登记发现的问题和整改要求。",
        responsible=COMMITTEE_OFFICERS,
        start=ActionLink("登记检查", "dues:inspection_new", query=lambda duty: {"organization": duty.organization_id}),
        evidence=Evidence(inspections, on="checked_on", organization="organization_id", url_name="dues:inspection"),
        owed_by=with_dues,
    ),
    DutyRule(
        "dues_arrears_talk",
        "欠交党费谈话提醒",
        "欠费谈话",
        rule="dues.nonpay.warn",
        kinds=BRANCH,
        subject="member",
        icon="message-circle",
        order=250,
        how="支部书记找本人谈一次，问清原因，提出交纳期限，谈完在系统中记下。确有困难的，可以报批少交或者免交。",
        responsible=LEADERS,
        start=ActionLink("登记谈话", "dues:arrears_case", args=lambda duty: (duty.occasion,)),
        occasions=DueDates(
            talks_to_hold, organization="organization_id", member="member_id", opens_on="opened_on", due_on="due_on"
        ),
        evidence=Evidence(talks_held, on="handled_on", occasion="pk", url_name="dues:arrears_case"),
    ),
    DutyRule(
        "dues_arrears_case",
        "长期欠交党费核查",
        "欠费核查",
        rule="dues.nonpay.selfexit",
        kinds=BRANCH,
        subject="member",
        icon="file-alert",
        order=260,
        how=(
            "核实本人情况和原因：补交的，登记收款；有正当理由的，记下理由；"
            "其他情况由支部研究后报上级党组织。系统只作提醒，不会改变任何人的党籍。"
        ),
        responsible=LEADERS,
        start=ActionLink("去核查", "dues:arrears_case", args=lambda duty: (duty.occasion,)),
        occasions=DueDates(
            cases_to_decide, organization="organization_id", member="member_id", opens_on="opened_on", due_on="due_on"
        ),
        evidence=Evidence(cases_decided, on="handled_on", occasion="pk", url_name="dues:arrears_case"),
    ),
)
