"""The shifts of an organisation: which there are, setting one, setting it no more."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dangjian.activities.shifts.actions import kinds as actions
from dangjian.activities.shifts.forms import ShiftForm
from dangjian.activities.shifts.models import ShiftKind
from dangjian.activities.shifts.policy import APART
from dangjian.activities.shifts.queries import IMPORT, Known, known_at
from dangjian.activities.shifts.views.access import kind_to_remove, organization_to_set
from dangjian.kernel import parameters
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import PageFilters
from dangjian.kernel.submit import submit
from dangjian.org.forms import ActionForm
from dangjian.org.lists import OrganizationFilter, chosen_in
from dangjian.org.models import Organization

FILTERS = PageFilters(filters=(OrganizationFilter(usual="我的党组织"),))
CRUMBS = ("排班", "shifts:board")


def address_of(organization: Organization) -> str:
    """The page with its shifts."""
    return f"{reverse('shifts:kinds')}?organization={organization.pk}"


@requires(IMPORT)
def kinds(request: Request) -> HttpResponse:
    """The shifts that an organisation knows, and where each was laid down."""
    asked = FILTERS.asked(request)
    unit = chosen_in(asked) or Organization.objects.standing().order_by("path").first()
    context = {
        **FILTERS.shown(asked),
        "unit": unit,
        "known": [_shown(one, unit) for one in known_at(unit)] if unit else [],
        "crumbs": [(CRUMBS[0], reverse(CRUMBS[1]))],
        "crumb": "班次设定",
    }
    return render(request, "shifts/kinds.html", context)


def _shown(one: Known, unit: Organization) -> dict[str, object]:
    row = one.row
    return {
        "shift": one.shift,
        "writings": APART.join(one.shift.writings),
        "where": row.organization.short_name if row else "平台默认",
        "own": row if row and row.organization_id == unit.pk else None,
    }


@requires(IMPORT, on=organization_to_set, methods=("GET", "POST"))
def set_kind(request: Request, organization: Organization) -> HttpResponse:
    """A shift is laid down; ``?title=`` names one that is there already."""
    title = parameters.text(request, "title", 20)
    shift = next((one.shift for one in known_at(organization) if one.shift.title == title), None)
    initial = (
        {"title": shift.title, "writings": APART.join(shift.writings), "starts": shift.starts, "ends": shift.ends}
        if shift
        else {}
    )
    back = address_of(organization)
    return submit(
        request,
        ShiftForm(request.POST or None, initial=initial),
        lambda data: actions.set_shift(actor=request.actor, organization=organization, **data),
        template="shifts/set_kind.html",
        context={
            "organization": organization,
            "crumbs": [(CRUMBS[0], reverse(CRUMBS[1])), ("班次设定", back)],
            "crumb": shift.title if shift else "添加班次",
            "back": back,
        },
        done="班次已保存。已经检查过的排班表，请点“重新检查”。",
        to=back,
    )


@requires(IMPORT, on=kind_to_remove, methods=("GET", "POST"))
def remove_kind(request: Request, row: ShiftKind) -> HttpResponse:
    """What was laid down here does not hold any more."""
    back = address_of(row.organization)
    return submit(
        request,
        ActionForm(request.POST or None),
        lambda _data: actions.remove_shift(actor=request.actor, row=row),
        template="shifts/remove_kind.html",
        context={
            "row": row,
            "crumbs": [(CRUMBS[0], reverse(CRUMBS[1])), ("班次设定", back)],
            "crumb": "删除",
            "back": back,
        },
        done="已删除这个班次的设定。",
        to=back,
    )
