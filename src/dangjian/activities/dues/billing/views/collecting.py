"""Collecting: one branch's month at once, or one member with everything they may pay."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.activities.dues import policy
from dangjian.activities.dues.billing.actions import billing, collecting
from dangjian.activities.dues.billing.actions.collecting import Receipt
from dangjian.activities.dues.billing.forms.collecting import MemberReceiveForm, ReceiveForm, WaiveForm, month_of_text
from dangjian.activities.dues.billing.models import Bill, Payment
from dangjian.activities.dues.billing.queries import collecting as reads
from dangjian.activities.dues.billing.views.access import (
    bill_to_waive,
    branch_of,
    entry_of,
    member_of,
    member_to_receive_from,
)
from dangjian.activities.dues.billing.views.home import shown_months
from dangjian.activities.dues.ledger.models import JournalEntry
from dangjian.activities.dues.payments.models import PaymentOrder
from dangjian.kernel import clock, money, parameters
from dangjian.kernel.actor import may
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.periods import MONTH
from dangjian.kernel.submit import attempt, submit
from dangjian.kernel.typed import number
from dangjian.kernel.ui import words
from dangjian.members.models import Member
from dangjian.members.own import is_own
from dangjian.org.models import Organization
from dangjian.org.policy import barred

HISTORY = 24


@requires("dues.view", on=branch_of)
def collect(request: Request, organization: Organization) -> HttpResponse:
    """One branch's month: everybody with their sum, and one button for all who are ticked."""
    month = parameters.span(request, MONTH).start
    return _sheet(request, organization, month, ReceiveForm())


def _sheet(request: Request, organization: Organization, month: dt.date, form: ReceiveForm) -> HttpResponse:
    sheet = reads.month_sheet(organization, month)
    own = {row.bill.member_id for row in (*sheet.open, *sheet.behind) if is_own(request.actor, row.bill.member)}
    others = {row.bill.pk for row in sheet.open if row.bill.member_id not in own}
    ticked = set(numbers(request, "bill")) if form.is_bound else others & usually_ticked(sheet)
    chosen = [bill for row in (*sheet.open, *sheet.behind) for bill in (row.bill, *row.older) if bill.pk in ticked]
    context = {
        "organization": organization,
        "month": month,
        "months": shown_months(month),
        "sheet": sheet,
        "share": sheet.paid_fen / sheet.owed_fen if sheet.owed_fen else None,
        "form": form,
        "ticked": ticked,
        "ticked_older": request.POST.getlist("bill"),
        "chosen_fen": sum(bill.left_fen for bill in set(chosen)),
        "chosen_people": len({bill.member_id for bill in chosen}),
        "may_collect": may(collecting.require_receiving, request.actor, organization, []),
        "remind": f"{organization.pk}.{month:%Y%m}",
        "own": own,
        "not_collecting": barred(organization.type_code, "dues", clock.today()),
        "has_groups": Organization.objects.standing().filter(parent=organization, kind="group").exists(),
        "may_make": request.actor.may("dues.make_bills", organization) and month <= clock.today(),
        "sees_several": _sees_several(request),
    }
    return render(request, "dues/billing/collect.html", context, status=422 if form.errors else 200)


def usually_ticked(sheet: reads.MonthSheet) -> set[int]:
    """The bills that are collected with a month: the dues of a quarter with its last month, or if they are late."""
    return {row.bill.pk for row in sheet.open if is_asked_for(row.bill)}


def is_asked_for(bill: Bill) -> bool:
    """Whether the member is to pay a bill by now: in the last month of the quarter, if they pay by the quarter."""
    return bill.later_due_on is None or bill.later_due_on <= policy.last_day(clock.today())


def _sees_several(request: Request) -> bool:
    return Organization.objects.standing().filter(kind="branch")[1:2].exists() and request.actor.may("dues.view")


def numbers(request: Request, name: str) -> list[int]:
    """Numbers ticked; one tick may stand for several, with commas between."""
    parts = ",".join(request.POST.getlist(name)).split(",")
    return [pk for text in parts if (pk := number(text)) is not None]


@requires("dues.collect", on=branch_of, methods=("POST",))
def receive(request: Request, organization: Organization) -> HttpResponse:
    """Book what was ticked on the page of a month."""
    month = month_of_text(request.POST.get("month", ""))
    form = ReceiveForm(request.POST)
    rows = receipts(Bill.objects.filter(pk__in=numbers(request, "bill")).select_related("member"), shown_amounts(request))
    if payments := attempt(form, lambda _data: _book(request, organization, rows, form)):
        return redirect("dues:received", _entry_of(payments).pk)
    return _sheet(request, organization, month, form)


def shown_amounts(request: Request) -> dict[int, int]:
    """What the page said is left of each bill, which is what was collected; it may have changed since."""
    pairs = (text.partition(":") for text in request.POST.getlist("shown"))
    return {pk: fen for left, _, right in pairs if (pk := number(left)) and (fen := number(right))}


def receipts(bills: QuerySet[Bill], shown: Mapping[int, int]) -> list[Receipt]:
    """One receipt for each member of the bills ticked, with what the page said is left of each."""
    found: dict[int, tuple[Member, dict[int, int]]] = {}
    for bill in bills.order_by("member__name_sort", "month"):
        found.setdefault(bill.member_id, (bill.member, {}))[1][bill.pk] = shown.get(bill.pk, bill.left_fen)
    return [Receipt(member, chosen) for member, chosen in found.values()]


def _book(request: Request, organization: Organization, rows: Sequence[Receipt], form: ReceiveForm) -> list[Payment]:
    said = form.cleaned_data
    return collecting.receive(
        actor=request.actor,
        organization=organization,
        rows=rows,
        paid_on=said["paid_on"],
        method=said["method"],
        key=said["key"],
        note=said["note"],
    )


def _entry_of(payments: Sequence[Payment]) -> JournalEntry:
    found: JournalEntry = JournalEntry.objects.filter(postings__payment=payments[0]).order_by("pk")[0]
    return found


@requires("dues.view", on=entry_of)
def received(request: Request, entry: JournalEntry) -> HttpResponse:
    """What was just booked, with the receipts."""
    payments = list(reads.payments_shown().filter(postings__entry=entry).distinct().order_by("member__name_sort", "pk"))
    context = {
        "entry": entry,
        "organization": payments[0].organization,
        "payments": payments,
        "total": sum(payment.amount_fen for payment in payments),
    }
    return render(request, "dues/billing/received.html", context)


@requires("dues.view", on=member_of)
def member(request: Request, who: Member) -> HttpResponse:
    """One member's dues: what is open, what may be paid ahead, what they paid."""
    return _member_page(request, who, MemberReceiveForm())


def _member_page(request: Request, who: Member, form: MemberReceiveForm) -> HttpResponse:
    bills, history = reads.open_bills(who, who.branch), _history(who)
    this_month = policy.month_of(clock.today())
    due = {bill.pk for bill in bills if bill.month <= this_month or bill.is_by_quarter}
    ticked = set(numbers(request, "bill")) if form.is_bound else due
    months = set(request.POST.getlist("ahead")) if form.is_bound else set()
    ahead, before = reads.months_ahead(who), reads.months_before_live(who)
    chosen = sum(bill.left_fen for bill in bills if bill.pk in ticked)
    context = {
        "member": who,
        "organization": who.branch,
        "bills": bills,
        "elsewhere": "、".join(
            f"{bill.organization.short_name} {words.month(bill.month)} {money.yuan(bill.left_fen)} 元"
            for bill in reads.open_bills(who)
            if bill.organization_id != who.branch_id
        ),
        "ahead": ahead,
        "before": before,
        "form": form,
        "ticked": ticked,
        "ticked_months": months,
        "chosen_fen": chosen + sum(one.amount_fen for one in (*before, *ahead) if one.text in months),
        "history": history,
        "payments": reads.payments_shown().filter(member=who)[:HISTORY],
        "may_collect": may(collecting.require_receiving, request.actor, who.branch, [who]),
        "is_own": is_own(request.actor, who),
        "waiting": _waiting(who),
        "may_waive": {bill.pk for bill in history if bill.left_fen and may(billing.require_waiving, request.actor, bill)},
        "today_month": this_month,
        "today": clock.today(),
    }
    return render(request, "dues/billing/collect_member.html", context, status=422 if form.errors else 200)


def _waiting(who: Member) -> list[PaymentOrder]:
    """What the member is about to pay online."""
    return list(reads.waiting_orders().filter(member=who))


def _history(who: Member) -> list[Bill]:
    rows = Bill.objects.filter(member=who).select_related("organization__parent", "member", "relief")
    return list(rows.prefetch_related("adjustments").order_by("-month")[:HISTORY])


@requires("dues.view", on=member_to_receive_from, methods=("POST",))
def member_receive(request: Request, who: Member) -> HttpResponse:
    """Book one member's payment: open months, months ahead, what they give freely, who brought it."""
    form = MemberReceiveForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        bills, shown = Bill.objects.filter(member=who, pk__in=numbers(request, "bill")), shown_amounts(request)
        row = Receipt(
            who,
            {bill.pk: shown.get(bill.pk, bill.left_fen) for bill in bills},
            months=[month_of_text(text) for text in request.POST.getlist("ahead")],
            extra_fen=said["extra_fen"] or 0,
            payer_name=said["payer_name"],
        )
        if payments := attempt(form, lambda _data: _book(request, who.branch, [row], form)):
            return redirect("dues:received", _entry_of(payments).pk)
    return _member_page(request, who, form)


@requires("dues.approve_relief", on=bill_to_waive, methods=("POST",))
def waive(request: Request, bill: Bill) -> HttpResponse:
    """The superior forgoes what is left of a bill."""
    return submit(
        request,
        WaiveForm(request.POST),
        lambda data: billing.waive(actor=request.actor, bill=bill, note=data["reason"]),
        template="dues/billing/waive.html",
        context={"bill": bill},
        done=f"{words.month(bill.month)}的党费不再追缴，原因已记录。",
        to=reverse("dues:member", args=[bill.member_id]),
    )
