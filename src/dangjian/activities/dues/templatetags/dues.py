"""``{% load dues %}``: the tab line that every page of dues carries."""

from typing import Any

from django import template
from django.template.context import Context
from django.urls import NoReverseMatch, reverse

from dangjian.kernel.gate import SIGNED_IN

register = template.Library()

TABS = (
    ("收缴", "dues:home", "dues.view"),
    ("核定", "dues:profiles", "dues.view"),
    ("账簿", "dues:books", "dues.view_books"),
    ("统计", "dues:statistics", "dues.statistics"),
    ("我的", "dues:mine", SIGNED_IN),
)


@register.inclusion_tag("dues/_tabs.html", takes_context=True)
def dues_tabs(context: Context) -> dict[str, Any]:
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
