"""``{% load dues %}``: the tab line that every page of dues carries, and months in a sentence."""

import datetime as dt
from collections.abc import Iterable

from django import template
from django.template.context import Context
from django.urls import NoReverseMatch, reverse

from dangjian.activities.dues.billing.models import Bill
from dangjian.kernel.gate import SIGNED_IN
from dangjian.kernel.ui import words

register = template.Library()

TABS = (
    ("收缴", "dues:home", "dues.view"),
    ("核定", "dues:profiles", "dues.view"),
    ("账簿", "dues:books", "dues.view_books"),
    ("统计", "dues:statistics", "dues.statistics"),
    ("我的", "dues:mine", SIGNED_IN),
)


@register.filter
def months(rows: Iterable[Bill | dt.date]) -> str:
    """``7月、8月``, of bills or of first days of months."""
    return "、".join(f"{day.month}月" for day in _first_days(rows))


@register.filter
def months_of_years(rows: Iterable[Bill | dt.date]) -> str:
    """``2025年12月、2026年1月``, of bills or of first days of months."""
    return "、".join(words.month(day) for day in _first_days(rows))


def _first_days(rows: Iterable[Bill | dt.date]) -> list[dt.date]:
    return [row.month if isinstance(row, Bill) else row for row in rows]


@register.inclusion_tag("dues/_tabs.html", takes_context=True)
def dues_tabs(context: Context) -> dict[str, object]:
    """The tabs that the reader may open; the one whose address begins like this page's is the current one."""
    request = context["request"]
    found = []
    for title, name, permission in TABS:
        if permission == SIGNED_IN or request.actor.may(permission):
            try:
                found.append({"title": title, "url": reverse(name)})
            except NoReverseMatch:
                continue
    here = max((one["url"] for one in found if request.path.startswith(one["url"])), key=len, default="")
    return {"entries": found if len(found) > 1 else [], "here": here}
