"""The pages of the audit administrator: the trail, one event of it with all that stands behind it, and the trail as a file."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import render

from dangjian.accounts import queries, trail_export
from dangjian.accounts.forms import EventFilter, TrailExportForm
from dangjian.accounts.models import Event, EventMember, TrailSeal
from dangjian.kernel import clock
from dangjian.kernel.errors import NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.offers import MemberNames
from dangjian.kernel.registry import offers
from dangjian.kernel.submit import attempt

PAGE_SIZE = 25
BEHIND = 100
"""Members of an event that are shown on a page."""


@requires("accounts.audit")
def events(request: Request) -> HttpResponse:
    """The event trail."""
    asked = EventFilter.asked(request.GET)
    return render(
        request,
        "accounts/events.html",
        {
            "form": asked,
            "areas": queries.areas(),
            "kinds": queries.KINDS,
            "seal": TrailSeal.objects.first(),
            "page_obj": Paginator(_shown(asked), PAGE_SIZE).get_page(request.GET.get("page")),
        },
    )


@requires("accounts.audit")
def event(request: Request, pk: int) -> HttpResponse:
    """One event: all that is kept of it, what changed, and whom it concerned."""
    found = Event.objects.filter(pk=pk).select_related("actor").first()
    if found is None:
        raise NotFound
    behind = Paginator(EventMember.objects.filter(event=found), BEHIND).get_page(request.GET.get("page"))
    numbers = [row.member_id for row in behind] or ([found.member_id] if found.member_id else [])
    return render(
        request,
        "accounts/event.html",
        {
            "event": found,
            "changes": _changes(found.data),
            "members": _named(numbers),
            "page_obj": behind,
            "seal": TrailSeal.objects.filter(through__gte=found.pk).order_by("number").first(),
        },
    )


@requires("accounts.audit", methods=("GET", "POST"))
def export(request: Request) -> HttpResponseBase:
    """The events that the filter in the address finds, as a file."""
    asked = EventFilter.asked(request.GET)
    rows = _shown(asked)
    form = TrailExportForm(request.POST or None)

    def leave(data: dict[str, Any]) -> Any:
        return trail_export.export(actor=request.actor, rows=rows, asked=asked.in_words(), **data)

    if request.method == "POST" and (file := attempt(form, leave)):
        name = f"操作留痕{clock.now():%Y%m%d-%H%M}.{form.cleaned_data['form']}"
        return FileResponse(file, as_attachment=True, filename=name)
    context = {"form": form, "number": rows.count(), "asked": asked.in_words()}
    return render(request, "accounts/events_export.html", context, status=422 if form.errors else 200)


def _shown(asked: EventFilter) -> QuerySet[Event]:
    if not asked.is_valid():
        return Event.objects.none()
    since, until = asked.period()
    return queries.events(since, until, **{name: asked.cleaned_data[name] for name in ("q", "kind", "verb", "result")})


def _changes(data: dict[str, Any]) -> list[dict[str, Any]]:
    """What an event says was there before and after, row by row."""
    before, after = data.get("before"), data.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    titles = data.get("titles", {})
    return [
        {"title": titles.get(name, name), "before": before.get(name), "after": after.get(name)} for name in {**before, **after}
    ]


def _named(numbers: list[int]) -> list[str]:
    """The names of members, of whom there may be no record any more."""
    known: dict[int, str] = {}
    for offer in offers(MemberNames):
        known.update(offer.named(numbers))
    return [known.get(number, f"编号{number}") for number in numbers]
