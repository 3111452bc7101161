"""What the frame of every page needs: menus that the actor may use, who he is, where he is."""

import datetime as dt
from typing import Any

from django.db.models import Exists
from django.urls import reverse

from dangjian.kernel import clock
from dangjian.kernel.gate import PUBLIC, SIGNED_IN, Request
from dangjian.kernel.offers import MenuItem, Role, SearchSource
from dangjian.kernel.registry import by_code, offers
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Enterprise, Organization
from dangjian.org.scope import opened
from dangjian.site.start import STARTS

FIRST_WEEKS = dt.timedelta(weeks=12)
"""So long after the first start the home page leads to 「开始使用」."""


def frame(request: Request) -> dict[str, Any]:
    """``menu`` (groups of entries), ``tabs`` (bottom bar), ``me``; empty for somebody not signed in."""
    actor = getattr(request, "actor", None)
    if actor is None:
        return {"menu": [], "tabs": [], "me": None}
    items = [
        _entry(item, request) for item in offers(MenuItem) if item.permission in {PUBLIC, SIGNED_IN} or actor.may(item.permission)
    ]
    here = max((item["url"] for item in items if _leads_to(item["url"], request.path)), key=len, default="")
    for item in items:
        item["active"] = item["url"] == here
    groups: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        groups.setdefault(item["group"], []).append(item)
    tabs = sorted((item for item in items if item["tab"]), key=lambda item: item["tab_order"])
    return {
        "menu": [{"title": title, "children": children} for title, children in groups.items()],
        "tabs": [_home(request), *tabs[:4]],
        "me": _me(actor),
        "unread": next((item["badge"] for item in items if item["url"] == reverse("notifications:inbox")), 0),
    }


def _home(request: Request) -> dict[str, Any]:
    return {"title": "首页", "url": "/", "icon": "smart-home", "active": request.path == "/", "badge": 0}


def _me(actor: GrantedActor) -> dict[str, Any]:
    """Name, foremost role and its organisation; whether he has a record of his own and anything to search."""
    roles = by_code(Role)
    foremost = min(actor.roles, key=lambda held: (roles[held.role].order, held.path), default=None)
    organization = None
    if foremost:
        with opened(actor.visible):
            # In the same statement, so that no page pays for the mark it bears on a demonstration or in the first weeks.
            rows = Organization.objects.annotate(
                is_demonstration=Exists(Enterprise.objects.filter(is_demonstration=True)),
                is_new=Exists(Enterprise.objects.filter(is_demonstration=False, set_up_at__gte=clock.now() - FIRST_WEEKS)),
            )
            organization = rows.filter(pk=foremost.organization_id).only("short_name").first()
    return {
        "name": actor.name,
        "user": actor.user,
        "post": roles[foremost.role].title if foremost else "",
        "organisation": organization.short_name if organization else "",
        "on_demonstration": bool(organization and organization.is_demonstration),
        "on_new_platform": bool(organization and organization.is_new),
        "is_starting": bool(organization and organization.is_new and actor.may(STARTS)),
        "has_record": actor.may("members.own"),
        "may_search": any(actor.may(source.permission) for source in offers(SearchSource)),
    }


def _leads_to(url: str, path: str) -> bool:
    """Whether ``path`` is the page of a menu entry or lies below it."""
    return path == url or (url != "/" and path.startswith(url))


def _entry(item: MenuItem, request: Request) -> dict[str, Any]:
    return {
        "title": item.title,
        "url": reverse(item.url_name),
        "icon": item.icon,
        "group": item.group,
        "badge": item.badge(request) if item.badge else 0,
        "tab": item.tab,
        "tab_order": item.tab_order,
    }
