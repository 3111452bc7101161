"""Figures of large organisations are gathered by the background: pages that wait for it, how far it is, and asking for it."""

import datetime as dt
from contextlib import suppress
from functools import wraps
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from dangjian.engines.annual.actions import gatherings as actions
from dangjian.engines.annual.models import Gathering
from dangjian.engines.annual.queries.gatherings import Freshness, NotGathered
from dangjian.engines.annual.views.asking import FILTERS
from dangjian.kernel import clock
from dangjian.kernel.gate import Request, View, requires
from dangjian.kernel.parameters import back
from dangjian.kernel.progress import progress_part
from dangjian.org.gate import find
from dangjian.org.models import Organization


def once_gathered(view: View) -> View:
    """Instead of a page whose figures are still to be gathered one that says so and lets the reader ask for them."""

    @wraps(view)
    def shown(request: Request, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotGathered as missing:
            return render(request, "annual/gathering.html", _missing(request, missing))

    return shown


def _missing(request: Request, missing: NotGathered) -> dict[str, Any]:
    freshness = Freshness.of(missing.unit, missing.since, missing.until, None)
    return {**FILTERS.shown(FILTERS.asked(request)), "unit": missing.unit, "day": missing.until, "freshness": freshness}


def organization_of(_request: Request, pk: int) -> Organization:
    """The organisation whose figures are to be gathered. Raises ``NotFound``."""
    return find(Organization, pk=pk)


@requires("annual.view", on=organization_of, methods=("POST",))
def gather(request: Request, organization: Organization) -> HttpResponse:
    """Have the figures of an organisation gathered anew, until today where the form names no day that has been; go back there."""
    until = clock.today()
    with suppress(ValueError):
        until = min(dt.date.fromisoformat(request.POST.get("day", "")), until)
    row = actions.gather(actor=request.actor, organization=organization, until=until)
    return redirect(back(request, address_of(row.organization, row.until)))


def address_of(organization: Organization, until: dt.date) -> str:
    """Where its figures are shown."""
    return f"{reverse('annual:tables')}?organization={organization.pk}&day={until.isoformat()}"


def gathering_of(_request: Request, pk: int) -> Gathering:
    """One that was asked for."""
    return find(Gathering.objects.select_related("organization"), pk=pk)


@requires("annual.view", on=gathering_of)
def progress(request: Request, row: Gathering) -> HttpResponse:
    """How far it is."""
    return progress_part(request, row.progress, page=address_of(row.organization, row.until))
