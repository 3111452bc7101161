"""What statistics of dues are asked for, read from the address. What cannot be read is left out."""

import datetime as dt
from functools import cached_property
from typing import Any

from django import forms
from django.db.models import QuerySet

from dangjian.activities.dues.kinds import PayerKind
from dangjian.activities.dues.models import Bill
from dangjian.activities.dues.queries.figures import SHOWS, Asked
from dangjian.engines.duties.periods import Window
from dangjian.kernel import clock
from dangjian.kernel.forms import field_of
from dangjian.members.queries.people import found_by_name
from dangjian.org.choosing import OrganizationField
from dangjian.org.models import Kind, Organization

CODES = {"year": "%Y", "quarter": "%Y-Q", "month": "%Y-%m"}
BACK = {"year": 3, "quarter": 6, "month": 15}
"""How many of each can be chosen."""


PAYING = (Kind.COMMITTEE, Kind.GENERAL_BRANCH, Kind.BRANCH)
"""Levels that dues are counted for; a group pays to its branch."""


def organizations() -> QuerySet[Organization]:
    """Those of the open scope that stand today and that dues are counted for."""
    return Organization.objects.standing().filter(kind__in=PAYING).order_by("path")


class StatisticsFilter(forms.Form):
    """Organisation, kind of payer, and a month, quarter or year."""

    organization = OrganizationField(label="党组织", kinds=PAYING, required=False, empty_label=None)
    period = forms.ChoiceField(label="期间", required=False)
    kind = forms.ChoiceField(label="类别", required=False, choices=[("", "全部类别"), *PayerKind.choices])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field_of(self, "period", forms.ChoiceField).choices = [(code_of(one), one.label) for one in periods()]
        self.is_valid()

    @cached_property
    def unit(self) -> Organization | None:
        """The organisation chosen, else the highest in the scope."""
        return self.cleaned_data.get("organization") or organizations().first()

    @cached_property
    def window(self) -> Window:
        """The period chosen, else this year."""
        chosen = self.cleaned_data.get("period")
        return next((one for one in periods() if code_of(one) == chosen), Window.of(clock.today(), "year"))

    @property
    def asked(self) -> Asked | None:
        """What is counted; ``None`` for somebody who may see no organisation."""
        unit = self.unit
        if unit is None:
            return None
        window = self.window
        return Asked(unit, window.start, window.last.replace(day=1), self.cleaned_data.get("kind", ""))


class BillFilter(StatisticsFilter):
    """As the statistics, with which bills and whose."""

    show = forms.ChoiceField(label="情况", required=False, choices=list(SHOWS.items()))
    q = forms.CharField(label="姓名", required=False, max_length=30)

    @property
    def shown(self) -> str:
        """A code of ``SHOWS``."""
        return self.cleaned_data.get("show") or "all"

    def apply(self, rows: QuerySet[Bill]) -> QuerySet[Bill]:
        """The rows whose member is found by name or its pinyin."""
        return named(rows, self.cleaned_data.get("q", ""))


def named(rows: Any, typed: str) -> Any:
    """Rows of members found by name or its pinyin; all for nothing typed."""
    return rows.filter(found_by_name(typed, "member__")) if typed.strip() else rows


def periods() -> list[Window]:
    """Years, quarters and months back from today."""
    found = []
    for per, number in BACK.items():
        window = Window.of(clock.today(), per)
        for _ in range(number):
            found.append(window)
            window = window.previous()
    return found


def code_of(window: Window) -> str:
    """``2026``, ``2026-Q4`` or ``2026-11``."""
    text = window.start.strftime(CODES[window.per])
    return f"{text}{(window.start.month + 2) // 3}" if window.per == "quarter" else text


def month_code(month: dt.date) -> str:
    """The code of one month."""
    return code_of(Window.of(month, "month"))
