"""Filters of statistics, read from the address."""

import calendar
import datetime as dt
from typing import Any

from django import forms
from django.db.models import QuerySet

from dangjian.kernel import clock, codes
from dangjian.kernel.forms import field_of
from dangjian.org.choosing import OrganizationField
from dangjian.org.models import Organization

ALL_HELD = "took_place"
"""The state that stands for all in which a meeting counts as held."""


def organizations() -> QuerySet[Organization]:
    """Those in the open scope that stand today."""
    return Organization.objects.standing().order_by("path")


class StatisticsFilter(forms.Form):
    """Of the statistics: organisation, kind, and a month, quarter or year."""

    organization = OrganizationField(label="党组织", required=False, empty_label=None)
    kind = forms.ChoiceField(label="类型", required=False)
    period = forms.ChoiceField(label="期间", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field_of(self, "kind", forms.ChoiceField).choices = [("", "全部类型"), *codes.get("meeting_kind").choices]
        field_of(self, "period", forms.ChoiceField).choices = periods()
        self.is_valid()

    @property
    def unit(self) -> Organization | None:
        """The organisation chosen, else the highest in the scope."""
        return self.cleaned_data.get("organization") or organizations().first()

    @property
    def kinds(self) -> list[str]:
        """The kind chosen, as a list."""
        kind = self.cleaned_data.get("kind")
        return [kind] if kind else []

    @property
    def span(self) -> str:
        """``2026``, ``2026-Q4`` or ``2026-11``."""
        return self.cleaned_data.get("period") or str(clock.today().year)

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """First and last day."""
        return days_of(self.span)


def periods() -> list[tuple[str, str]]:
    """The years up to now, and months back from today."""
    today = clock.today()
    found = [(str(year), f"{year}年") for year in (today.year, today.year - 1, today.year - 2)]
    for back in range(6):
        quarters = today.year * 4 + (today.month - 1) // 3 - back
        year, quarter = divmod(quarters, 4)
        found.append((f"{year}-Q{quarter + 1}", f"{year}年第{'一二三四'[quarter]}季度"))
    for back in range(12):
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        found.append((f"{year}-{month + 1:02d}", f"{year}年{month + 1}月"))
    return found


def days_of(period: str) -> tuple[dt.date, dt.date]:
    """First and last day of a period of ``periods``."""
    year_text, _, part = period.partition("-")
    year = int(year_text)
    if not part:
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    first, last = (int(part[1]) * 3 - 2, int(part[1]) * 3) if part.startswith("Q") else (int(part), int(part))
    return dt.date(year, first, 1), dt.date(year, last, calendar.monthrange(year, last)[1])
