"""Pages about arrears, with talks and cases, and about the yearly check."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from dangjian.accounts.models import Event
from dangjian.activities.dues.actions import oversight as actions
from dangjian.activities.dues.forms.oversight import FORMS, ArrearsFilter, InspectionForm
from dangjian.activities.dues.models import ArrearsCase, ArrearsState, Inspection
from dangjian.activities.dues.queries import arrears as queries
from dangjian.kernel import clock
from dangjian.kernel.actor import may
from dangjian.kernel.errors import Conflict, Invalid
from dangjian.kernel.forms import show_refusal
from dangjian.kernel.gate import Request, page
from dangjian.kernel.ordering import ordered_by
from dangjian.kernel.typed import number
from dangjian.members.own import may_for
from dangjian.org.gate import find
from dangjian.org.models import Organization

PAGE_SIZE = 20
SORTS = {"name": "member__name_sort", "months": "months", "due": "due_on", "opened": "opened_on"}
TONES = {
    ArrearsState.OPEN: "bad",
    ArrearsState.TALKED: "warn",
    ArrearsState.PAID: "good",
    ArrearsState.EXCUSED: "neutral",
    ArrearsState.REFERRED: "info",
}
TITLES = {"talk": "登记谈话", "excuse": "确认有正当理由", "refer": "报上级研究"}
LEADS_TO = {"talk": ArrearsState.TALKED, "excuse": ArrearsState.EXCUSED, "refer": ArrearsState.REFERRED}


@page("dues.view")
def arrears(request: Request) -> HttpResponse:
    """Members who have not paid for months, the most urgent first."""
    form = ArrearsFilter(request.GET)
    rows = form.apply(ArrearsCase.objects.select_related("member", "organization"))
    rows = rows.order_by(ordered_by(request.GET.get("sort", ""), SORTS, "due_on"), "pk")
    page_obj = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    for case in page_obj.object_list:
        case.tone = TONES[ArrearsState(case.state)]
    today = clock.today()
    context = {
        "form": form,
        "page_obj": page_obj,
        "after": {stage.label: queries.threshold(stage, today) for stage in queries.STAGE_RULES},
        "filtered": bool(request.GET),
    }
    return render(request, "dues/arrears.html", context)


@page("dues.view")
def arrears_case(request: Request, pk: int) -> HttpResponse:
    """One case: what is unpaid, the article, what was done, and what can be done."""
    case = _case(pk)
    return render(request, "dues/arrears_case.html", _context(request, case))


@page("dues.view", methods=("POST",))
def arrears_handle(request: Request, pk: int, how: str) -> HttpResponse:
    """Record a talk, a good reason, or the report to the superior; the action asks who may, here or at the level above."""
    case = _case(pk)
    form = FORMS[how](request.POST, prefix=how)
    if form.is_valid():
        try:
            _handle(request, case, how, form.cleaned_data)
        except (Conflict, Invalid) as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "已登记")
            return redirect("dues:arrears_case", pk=pk)
    return render(request, "dues/arrears_case.html", _context(request, case, **{how: form}), status=422)


def _handle(request: Request, case: ArrearsCase, how: str, data: dict[str, Any]) -> None:
    actor, day, note = request.actor, data["day"], data["note"]
    if how == "talk":
        actions.record_talk(actor=actor, case=case, talked_on=day, note=note, promised_on=data["promised_on"])
    elif how == "excuse":
        actions.excuse(actor=actor, case=case, found_on=day, note=note)
    else:
        actions.refer(actor=actor, case=case, referred_on=day, note=note)


def _case(pk: int) -> ArrearsCase:
    found: ArrearsCase = find(ArrearsCase.objects.select_related("member", "organization", "handled_by"), pk=pk)
    return found


def _context(request: Request, case: ArrearsCase, **forms: Any) -> dict[str, Any]:
    bills = list(queries.unpaid_of(case.member_id))
    return {
        "case": case,
        "tone": TONES[ArrearsState(case.state)],
        "bills": bills,
        "left_fen": sum(bill.left_fen for bill in bills),
        "is_open": case.state in actions.RUNNING,
        "may_collect": may_for(request.actor, "dues.collect", case.organization, case.member),
        "ways": [
            {"how": how, "title": TITLES[how], "form": forms.get(how) or form(prefix=how), "bound": how in forms}
            for how, form in FORMS.items()
            if how in forms or may(actions.require_handling, request.actor, case, LEADS_TO[how])
        ],
        "others": ArrearsCase.objects.filter(member=case.member_id).exclude(pk=case.pk).order_by("-opened_on"),
        "events": Event.objects.filter(subject_type="dues.arrearscase", subject_id=case.pk).order_by("at", "pk"),
    }


@page("dues.view")
def inspections(request: Request) -> HttpResponse:
    """Yearly checks, the latest first."""
    rows = Inspection.objects.select_related("organization")
    year = request.GET.get("year", "")
    if (chosen := number(year, least=2000, most=2200)) is not None:
        rows = rows.filter(year=chosen)
    page_obj = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    this_year = clock.today().year
    context = {
        "page_obj": page_obj,
        "year": year,
        "years": [this_year, this_year - 1, this_year - 2],
        "may_record": request.actor.may("dues.inspect"),
    }
    return render(request, "dues/inspections.html", context)


@page("dues.view")
def inspection(request: Request, pk: int) -> HttpResponse:
    """One check."""
    found: Inspection = find(Inspection.objects.select_related("organization", "recorded_by"), pk=pk)
    return render(request, "dues/inspection.html", {"inspection": found})


@page("dues.inspect", methods=("GET", "POST"))
def inspection_new(request: Request) -> HttpResponse:
    """Record a check."""
    initial = {"organization": request.GET.get("organization", ""), "year": clock.today().year, "checked_on": clock.today()}
    form = InspectionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        unit: Organization = data.pop("organization")
        try:
            made = actions.record_inspection(actor=request.actor, organization=unit, **data)
        except (Conflict, Invalid) as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, "检查情况已登记")
            return redirect("dues:inspection", pk=made.pk)
    return render(request, "dues/inspection_new.html", {"form": form}, status=422 if form.is_bound else 200)
