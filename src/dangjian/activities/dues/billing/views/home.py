"""收缴: the one entry to dues for everybody, and the branches of a month for those who look after several."""

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import Count, F, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from dangjian.activities.dues import policy
from dangjian.activities.dues.billing.actions import billing
from dangjian.activities.dues.billing.forms.collecting import month_of_text
from dangjian.activities.dues.billing.models import BranchMonth
from dangjian.activities.dues.billing.queries import collecting
from dangjian.kernel import clock, money, parameters
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import DAY, NUMBER, YUAN, Asked, Choice, Column, Empty, ListPage, Search, Start
from dangjian.kernel.periods import MONTH
from dangjian.kernel.typed import number
from dangjian.kernel.ui import words
from dangjian.kernel.ui.marks import badge, due_badge
from dangjian.members.models import Member
from dangjian.org.gate import find
from dangjian.org.models import Kind, Organization
from dangjian.org.prepared import prepared_rows
from dangjian.org.queries import found_by_text
from dangjian.org.scope import opened

SHOWN_MONTHS = 6


@requires("dues.pay")
def door(request: Request) -> HttpResponse:
    """Members come to their own page, a treasurer of one branch to its month, everybody else to the list of branches."""
    if not request.actor.may("dues.view"):
        return redirect("dues:mine")
    with opened(request.actor.scope_of("dues.view")):
        branches = list(Organization.objects.standing().filter(kind=Kind.BRANCH).order_by("path")[:2])
    if len(branches) == 1:
        return redirect("dues:collect", branches[0].pk)
    return redirect("dues:branches")


def shown_months(month: dt.date) -> list[dt.date]:
    """The last months, with the one that is looked at."""
    this_month = policy.month_of(clock.today())
    months = [policy.shifted(this_month, -back) for back in range(SHOWN_MONTHS)]
    return months if month in months else [month, *months]


@dataclass(frozen=True, slots=True)
class MonthAsked:
    """The month whose branches are listed, with the sums of all of them."""

    month: dt.date
    sums: dict[str, int]

    @property
    def left_fen(self) -> int:
        """What is still to come in."""
        return max(self.sums["owed"] - self.sums["paid"], 0)


def _of_month(request: Request) -> MonthAsked:
    month = parameters.span(request, MONTH).start
    found = BranchMonth.objects.filter(month=month).aggregate(
        owed=Sum("owed_fen"),
        paid=Sum("paid_fen"),
        bills=Sum("bills"),
        unsettled=Sum("unsettled"),
        branches=Count("pk"),
        settled=Count("settled_on"),
    )
    return MonthAsked(month, {name: value or 0 for name, value in found.items()})


def _rows(asked: Asked) -> QuerySet[BranchMonth]:
    rows = BranchMonth.objects.filter(month=asked.of.month).select_related("organization")
    return rows.annotate(left=F("owed_fen") - F("paid_fen"))


def _around(asked: Asked) -> dict[str, object]:
    """What stands above and below the list."""
    month, sums = asked.of.month, asked.of.sums
    standing = Organization.objects.standing().filter(kind=Kind.BRANCH)
    billed = BranchMonth.objects.filter(month=month).values("organization")
    return {
        "month": month,
        "months": shown_months(month),
        "sums": sums,
        "left": asked.of.left_fen,
        "share": sums["paid"] / sums["owed"] if sums["owed"] else None,
        "missing": standing.exclude(pk__in=billed).count(),
        "may_make_all": month <= clock.today() and may(billing.require_making, asked.request.actor),
    }


def _numbers(asked: Asked) -> dict[str, int]:
    branches, settled = asked.of.sums["branches"], asked.of.sums["settled"]
    return {"": branches, "open": branches - settled, "done": settled}


def _in_state(rows: QuerySet[BranchMonth], state: str) -> QuerySet[BranchMonth]:
    return rows.filter(settled_on__isnull=state == "open") if state else rows


def _left(row: BranchMonth) -> str:
    left = row.owed_fen - row.paid_fen
    return format_html('<span class="text-warn">{}</span>', money.yuan(left)) if left > 0 else money.yuan(0)


def _settled(row: BranchMonth) -> SafeString:
    if row.settled_on is None:
        return due_badge(row.due_on)
    return format_html("<span>{} {}</span>", badge("done", "已收齐", "good"), words.short_day(row.settled_on))


BRANCHES = ListPage(
    name="dues:branches",
    title=lambda asked: f"{words.month(asked.of.month)}党费收缴",
    permission="dues.view",
    frame="dues/frame.html",
    crumbs=(("党费", "dues:home"),),
    crumb="收缴",
    of=_of_month,
    kept=("month",),
    above="dues/billing/_branches_above.html",
    below="dues/billing/_branches_below.html",
    more=_around,
    starts=(Start("收款记录", "dues:payments", "receipt", is_primary=False),),
    rows=_rows,
    columns=(
        Column("党支部", "organization.short_name", sort="organization__path", key="branch", width=28),
        Column("应交（元）", "owed_fen", YUAN, sort="owed_fen", key="owed"),
        Column("已交（元）", "paid_fen", YUAN),
        Column("还差（元）", lambda row: max(row.owed_fen - row.paid_fen, 0), YUAN, sort="left", drawn=_left),
        Column("未交清（人）", "unsettled", NUMBER, sort="unsettled", drawn=lambda row: f"{row.unsettled} / {row.bills}"),
        Column("应交（人）", "bills", NUMBER, on_page=False),
        Column("收缴期限", "due_on", DAY, on_page=False),
        Column("收齐日期", "settled_on", DAY, sort="settled_on", key="settled", drawn=_settled),
    ),
    order=("organization__path",),
    row=lambda row: f"{reverse('dues:collect', args=[row.organization_id])}?month={row.month:%Y-%m}",
    filters=(
        Choice(
            "state",
            "进度",
            [("open", "未收齐"), ("done", "已收齐")],
            rows=_in_state,
            look="chips",
            counts=_numbers,
        ),
        Search("q", "支部名称或拼音首字母", lambda text: found_by_text(text, "organization__"), longest=60),
    ),
    empty=Empty("coin-yuan", "这个月还没有应交党费", "先核定党员的党费；每月1日系统自动生成应交党费。"),
)


@requires("dues.make_bills", methods=("POST",))
def make(request: Request) -> HttpResponse:
    """Make the bills of a month: of one branch (``organization``), or of the whole platform."""
    month = month_of_text(request.POST.get("month", ""))
    asked = number(request.POST.get("organization"))
    members, address = None, f"{reverse('dues:branches')}?month={month:%Y-%m}"
    if asked is not None:
        branch: Organization = find(Organization, pk=asked)
        members = set(Member.objects.filter(branch=branch).counted().values_list("pk", flat=True))
        address = f"{reverse('dues:collect', args=[branch.pk])}?month={month:%Y-%m}"
    made = billing.make_bills(actor=request.actor, month=month, members=members)
    if made.bills or made.adjustments:
        messages.success(request, f"已生成 {made.bills} 笔应交党费，调整 {made.adjustments} 笔。")
    else:
        messages.info(request, "没有需要新增或调整的应交党费。没有核定党费的党员，请先核定。")
    return redirect(address)


def panel(request: Request) -> dict[str, object] | None:
    """For a treasurer's home page: months in which somebody of their own branches still owes; before all else on the last day."""
    with opened(request.actor.scope_of("dues.collect")):
        rows = _months_owing()
    today = clock.today()
    return {"rows": rows, "today": today, "is_for_today": any(row.due_on == today for row in rows)} if rows else None


@prepared_rows
def _months_owing() -> QuerySet[BranchMonth]:
    rows = BranchMonth.objects.filter(month__lte=clock.today()).unsettled().select_related("organization")
    return rows.order_by("-month", "organization__path")[:3]


def own_panel(request: Request) -> dict[str, object] | None:
    """For a member's home page: what they owe now, until nothing is left."""
    bills = collecting.own_open(request.user.pk)
    return {"bills": bills, "left": sum(bill.left_fen for bill in bills)} if bills else None
