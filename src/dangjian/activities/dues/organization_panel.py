"""The tab “党费” on the page of an organisation."""

import datetime as dt
from typing import Any

from dangjian.activities.dues.actions.oversight import RUNNING
from dangjian.activities.dues.forms.statistics import StatisticsFilter
from dangjian.activities.dues.models import ArrearsCase
from dangjian.activities.dues.queries import figures
from dangjian.activities.dues.queries.figures import Asked
from dangjian.activities.dues.views.statistics import address, links_of
from dangjian.kernel import clock
from dangjian.kernel.gate import Request
from dangjian.org.models import Organization
from dangjian.org.scope import opened

MONTHS = 6


def organization_panel(request: Request, organization: Organization) -> dict[str, Any] | None:
    """The year's dues of an organisation, its last months, and arrears to be handled; nothing for a group."""
    if organization.is_group:
        return None
    today = clock.today()
    with opened(request.actor.scope_of("dues.statistics")):
        asked = Asked(organization, dt.date(today.year, 1, 1), today.replace(day=1))
        months = figures.by(asked, "month")
        form = StatisticsFilter({"organization": organization.pk})
        cases = ArrearsCase.objects.filter(organization__path__startswith=organization.path, state__in=RUNNING).count()
        links, url = links_of(form), address("statistics", form)
    total = figures.Figures()
    for sums in months.values():
        total.add(sums)
    return {
        "organization": organization,
        "year": today.year,
        "total": total,
        "months": sorted(months.items(), reverse=True)[:MONTHS],
        "cases": cases,
        "links": links,
        "url": url,
    }
