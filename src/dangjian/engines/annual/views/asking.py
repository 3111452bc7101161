"""What the pages of the annual statistics ask for in the address: an organisation and a day."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from pydantic import Field

from dangjian.engines.annual import installed
from dangjian.engines.annual.models import FrozenReport, span_of
from dangjian.engines.annual.queries.frozen import Frozen
from dangjian.engines.annual.queries.gatherings import Freshness
from dangjian.engines.annual.queries.reports import Report
from dangjian.engines.annual.queries.submissions import KINDS
from dangjian.kernel import clock, parameters
from dangjian.kernel.api import Day
from dangjian.kernel.errors import NotFound
from dangjian.kernel.forms import Cleaned
from dangjian.kernel.gate import Request
from dangjian.kernel.lists import Asked, AsOf, DayField, PageFilters
from dangjian.kernel.lists.filters import EARLIEST, Parameters
from dangjian.kernel.ui import words
from dangjian.org.gate import find
from dangjian.org.lists import OrganizationFilter, chosen_in
from dangjian.org.models import Organization
from dangjian.org.statistics import Organizations

UNITS = Organizations(kinds=KINDS)


def beginning_of(until: dt.date) -> dt.date:
    """The first day of its year, from which the changes of a year are counted."""
    return until.replace(month=1, day=1)


@dataclass(frozen=True, slots=True)
class Since(AsOf):
    """The first day of the period; empty for that of the year of the last one, which moves with it."""

    name: str = "since"
    label: str = "从（空为年初）"

    def fields(self, _asked: Asked) -> dict[str, forms.Field]:
        """The day."""
        return {self.name: DayField(label=self.label)}

    def parameters(self) -> Parameters:
        """The day."""
        return {self.name: (Day | None, Field(None, description="从哪一天起，空为截至那一年的1月1日"))}

    def is_used(self, values: Cleaned) -> bool:
        """Whether a day is named."""
        return values.get(self.name) is not None


FILTERS = PageFilters(filters=(OrganizationFilter(kinds=KINDS, usual="我的党组织"), Since(), AsOf(label="截至")))


KEPT = "kept"
"""The parameter that names a report that was put away."""


@dataclass(frozen=True)
class Question:
    """What a page is asked: figures of ``report``, and how addresses ask for the same."""

    asked: Asked
    report: Report

    @property
    def parameters(self) -> dict[str, str]:
        """Organisation and day as an address names them."""
        report = self.report
        found = {"organization": str(report.unit.pk), "day": report.until.isoformat()}
        if report.since != beginning_of(report.until):
            found["since"] = report.since.isoformat()
        return {**found, KEPT: str(self.kept.pk)} if self.kept else found

    @property
    def kept(self) -> FrozenReport | None:
        """The report that was put away, if it is one."""
        return self.report.kept if isinstance(self.report, Frozen) else None

    @property
    def kept_url(self) -> str:
        """The page of the report that was put away."""
        return reverse("annual:submission", args=[self.report.unit.pk, span_of(self.report.since, self.report.until).code])

    def behind(self, population: str, **more: object) -> str:
        """The address of a list of what is counted; empty for whoever may know the figure, and not whom it counts."""
        permission = installed.population(population).behind.permission
        if permission and not self.asked.request.actor.may(permission, self.report.unit):
            return ""
        return reverse(f"annual:behind_{population}") + self.query(**more)

    def query(self, **more: object) -> str:
        """The same question with more, from the question mark on."""
        return f"?{urlencode({**self.parameters, **more})}"

    @property
    def days(self) -> list[tuple[str, str, bool]]:
        """Days that are often asked for: title, address, whether it is the one asked."""
        today = clock.today()
        year = today.year
        offered = [
            ("今天", today),
            (f"{year - 1}年末", dt.date(year - 1, 12, 31)),
            (f"{year - 2}年末", dt.date(year - 2, 12, 31)),
        ]
        if today > dt.date(year, 6, 30):
            offered.insert(1, (f"{year}年上半年末", dt.date(year, 6, 30)))
        return [(title, self.query(day=day.isoformat()), day == self.report.until) for title, day in offered]

    @property
    def freshness(self) -> Freshness | None:
        """How old figures are that were gathered beforehand; of others nothing is to be said."""
        report = self.report
        if report.gathering is None:
            return None
        return Freshness.of(report.unit, report.since, report.day or report.until, report.gathering)

    @property
    def shown(self) -> dict[str, Any]:
        """For the templates."""
        report = self.report
        return {
            **FILTERS.shown(self.asked),
            "question": self,
            "unit": report.unit,
            "freshness": self.freshness,
            "about": f"{report.unit.name}及下级，{words.day(report.since)}至{words.day(report.until)}",
        }


def question_of(request: Request, report: Report) -> Question:
    """What a page that shows a report by itself asks."""
    return Question(FILTERS.asked(request), report)


def question(request: Request) -> Question:
    """What ``request`` asks. Raises ``NotFound`` for an organisation that the reader does not see."""
    asked = FILTERS.asked(request)
    if (kept := parameters.number(request, KEPT)) is not None:
        return Question(asked, Frozen.of(find(FrozenReport.objects.select_related("organization", "gathering"), pk=kept)))
    return Question(asked, Report.ready(*span_asked(asked)))


def span_asked(asked: Asked) -> tuple[Organization, dt.date, dt.date]:
    """The organisation, the first and the last day. Raises ``NotFound`` for an organisation that the reader does not see."""
    unit: Organization | None = chosen_in(asked) or UNITS.usual()
    if unit is None:
        raise NotFound("没有可以统计的党组织，请联系安全管理员确认您的权限。")
    until: dt.date = asked.values.get("day") or clock.today()
    since: dt.date | None = asked.values.get("since")
    return unit, since if since and EARLIEST <= since <= until else beginning_of(until), until
