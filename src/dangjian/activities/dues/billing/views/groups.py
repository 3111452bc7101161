"""Collecting by groups: the leader's own page, and for the branch who may collect and who holds what."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.activities.dues.billing.actions import groups as actions
from dangjian.activities.dues.billing.forms.collecting import ReceiveForm, month_of_text
from dangjian.activities.dues.billing.models import Payment
from dangjian.activities.dues.billing.queries import collecting as reads
from dangjian.activities.dues.billing.queries import groups as read
from dangjian.activities.dues.billing.queries.groups import Held
from dangjian.activities.dues.billing.views.access import branch_of, group_of, group_to_let, money_to_take_over
from dangjian.activities.dues.billing.views.collecting import numbers, receipts, shown_amounts, usually_ticked
from dangjian.activities.dues.billing.views.home import shown_months
from dangjian.kernel import money, parameters
from dangjian.kernel.actor import may
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.periods import MONTH
from dangjian.kernel.submit import attempt
from dangjian.kernel.typed import number
from dangjian.members.own import is_own
from dangjian.org.models import Organization
from dangjian.org.prepared import prepared_rows
from dangjian.org.scope import opened


@requires("dues.collect_group", on=group_of)
def collect(request: Request, group: Organization) -> HttpResponse:
    """The month of the leader's own group."""
    return _sheet(request, group, parameters.span(request, MONTH).start, ReceiveForm())


def _sheet(request: Request, group: Organization, month: Any, form: ReceiveForm) -> HttpResponse:
    branch = actions.branch_of(group)
    sheet = read.sheet_of(group, month)
    mine = read.held([group.pk], request.user.pk).get((group.pk, request.user.pk), 0)
    own = {row.bill.member_id for row in (*sheet.open, *sheet.behind) if is_own(request.actor, row.bill.member)}
    ticked = set(numbers(request, "bill")) if form.is_bound else usually_ticked(sheet) - own_bills(sheet, own)
    chosen = [bill for row in (*sheet.open, *sheet.behind) for bill in (row.bill, *row.older) if bill.pk in ticked]
    context = {
        "group": group,
        "organization": branch,
        "month": month,
        "months": shown_months(month),
        "sheet": sheet,
        "form": form,
        "ticked": ticked,
        "ticked_older": request.POST.getlist("bill"),
        "chosen_fen": sum(bill.left_fen for bill in chosen),
        "chosen_people": len({bill.member_id for bill in chosen}),
        "may_collect": read.is_collecting(group),
        "own": own,
        "held_fen": mine,
        "payments": read.collected_by(group, request.user.pk),
    }
    return render(request, "dues/billing/collect_group.html", context, status=422 if form.errors else 200)


def own_bills(sheet: reads.MonthSheet, own: set[int]) -> set[int]:
    """The bills of the members ``own`` on a sheet."""
    return {row.bill.pk for row in (*sheet.open, *sheet.behind) if row.bill.member_id in own}


@requires("dues.collect_group", on=group_of, methods=("POST",))
def receive(request: Request, group: Organization) -> HttpResponse:
    """Book what the leader ticked."""
    month = month_of_text(request.POST.get("month", ""))
    form = ReceiveForm(request.POST)

    def receive(data: Cleaned) -> list[Payment]:
        rows = receipts(read.bills_in(group, numbers(request, "bill")), shown_amounts(request))
        said = {name: data[name] for name in ("paid_on", "method", "key", "note")}
        return actions.receive_in_group(actor=request.actor, group=group, rows=rows, **said)

    if payments := attempt(form, receive):
        total = sum(payment.amount_fen for payment in payments)
        messages.success(request, f"已登记{len(payments)}人共{money.yuan(total)}元，收据本人可以在“我的党费”中看到。")
        return redirect("dues:group", group.pk)
    return _sheet(request, group, month, form)


@requires("dues.view", on=branch_of)
def groups(request: Request, branch: Organization) -> HttpResponse:
    """The groups of a branch: who may collect, who holds what, and what was taken over."""
    rows, actor = read.of_branch(branch), request.actor
    context = {
        "organization": branch,
        "rows": rows,
        "handovers": read.handovers(branch),
        "may_let": {row.group.pk for row in rows if may(actions.require_letting, actor, row.group)},
        "may_take": [one for row in rows for one in row.held if may(actions.require_taking_over, actor, one.group, one.giver)],
    }
    return render(request, "dues/billing/collect_groups.html", context)


@requires("dues.agree", on=group_to_let, methods=("POST",), opened="dues:home")
def let(request: Request, group: Organization) -> HttpResponse:
    """The switch of the branch: ``let=1`` lets the leader collect, anything else ends it."""
    if request.POST.get("let") == "1":
        actions.let_collect(actor=request.actor, group=group)
        messages.success(request, f"已同意由{group.short_name}组长收缴本组党费。")
    else:
        actions.stop_collecting(actor=request.actor, group=group)
        messages.success(request, f"{group.short_name}的党费恢复由支部收缴。")
    return redirect("dues:groups", actions.branch_of(group).pk)


@requires("dues.collect", on=money_to_take_over, methods=("POST",), opened="dues:home")
def take_over(request: Request, held: Held) -> HttpResponse:
    """The branch has the money now."""
    amount_fen = number(request.POST.get("amount_fen")) or 0
    made = actions.take_over(actor=request.actor, group=held.group, giver=held.giver, amount_fen=amount_fen)
    messages.success(request, f"已接收{held.giver.name}交来的{money.yuan(made.amount_fen)}元。")
    return redirect("dues:groups", made.organization_id)


def panel(request: object) -> dict[str, object] | None:
    """For the home page of a leader: their groups that collect, with who is left, and what they hold."""
    rows = leaders_rows(request)
    return {"rows": rows} if rows else None


def leaders_rows(request: Any) -> list[dict[str, object]]:
    """The groups that the actor leads and collects for, or holds money of."""
    if not request.actor.may("dues.collect_group"):
        return []
    with opened(request.actor.scope_of("dues.collect_group")):
        own = _standing_groups()
    return read.leaders_work(own, request.user.pk)


@prepared_rows
def _standing_groups() -> QuerySet[Organization]:
    return Organization.objects.standing().filter(kind="group").select_related("parent")
