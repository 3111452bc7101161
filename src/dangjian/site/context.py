"""What the frame of every page needs: menus that the actor may use, who they are, where they are."""

import datetime as dt
from functools import cache
from typing import Any, cast

from django.db.models import Exists, QuerySet
from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.functional import SimpleLazyObject, cached_property

from dangjian.kernel import clock
from dangjian.kernel.gate import Request
from dangjian.kernel.offers import MenuItem, Role, SearchSource
from dangjian.kernel.once import once_a_request
from dangjian.kernel.registry import by_code, offers
from dangjian.org.gate import GrantedActor
from dangjian.org.models import Enterprise, Organization
from dangjian.org.prepared import prepared_rows
from dangjian.org.scope import opened
from dangjian.site.start import STARTS

FIRST_WEEKS = dt.timedelta(weeks=12)
"""So long after the first start the home page leads to 「开始使用」."""


def frame(request: HttpRequest) -> dict[str, object]:
    """``menu`` (groups of entries), ``tabs`` (bottom bar), ``me``, ``unread``; empty for somebody not signed in.

    A page is put together of several templates, each of which asks: the frame is worked out once for a request, and only if one
    of them shows it.
    """
    if getattr(request, "actor", None) is None:
        return {"menu": [], "tabs": [], "me": None, "unread": 0}
    kept = _frame_of(cast("Request", request))  # the gate has let it in
    return {
        "menu": SimpleLazyObject(lambda: kept.menu),
        "tabs": SimpleLazyObject(lambda: kept.tabs),
        "me": SimpleLazyObject(lambda: kept.me),
        "unread": SimpleLazyObject(lambda: kept.unread),
    }


class _Frame:
    """What the frame shows to the actor of one request."""

    def __init__(self, request: Request) -> None:
        self._request, self._actor = request, cast("GrantedActor", request.actor)

    @cached_property
    def _items(self) -> list[dict[str, Any]]:
        items = [_entry(item, self._request) for item in offers(MenuItem) if item.is_open_to(self._actor)]
        here = max((item["url"] for item in items if _leads_to(item["url"], self._request.path)), key=len, default="")
        for item in items:
            item["active"] = item["url"] == here
        return items

    @cached_property
    def menu(self) -> list[dict[str, object]]:
        groups: dict[str, list[dict[str, object]]] = {}
        for item in self._items:
            groups.setdefault(item["group"], []).append(item)
        return [{"title": title, "children": children} for title, children in groups.items()]

    @cached_property
    def tabs(self) -> list[dict[str, object]]:
        tabs = sorted((item for item in self._items if item["tab"]), key=lambda item: item["tab_order"])
        return [_home(self._request), *tabs[:4]]

    @cached_property
    def me(self) -> dict[str, object]:
        return _me(self._actor)

    @cached_property
    def unread(self) -> int:
        inbox = reverse("notifications:inbox")
        return next((item["badge"] for item in self._items if item["url"] == inbox), 0)


@once_a_request
def _frame_of(request: Request) -> _Frame:
    return _Frame(request)


def _home(request: Request) -> dict[str, object]:
    return {"title": "首页", "url": "/", "icon": "smart-home", "active": request.path == "/", "badge": 0}


def _me(actor: GrantedActor) -> dict[str, object]:
    """Name, foremost role and its organisation; whether they have a record of their own and anything to search."""
    roles = by_code(Role)
    foremost = min(actor.roles, key=lambda held: (roles[held.role].order, held.path), default=None)
    organization = None
    if foremost:
        with opened(actor.visible):
            organization = next(iter(_place(foremost.organization_id)), None)
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


@prepared_rows
def _place(organization_id: int) -> QuerySet[Any, Any]:
    """The short name of an organisation, and what the whole platform is."""
    # In the same statement, so that no page pays for the mark it bears on a demonstration or in the first weeks.
    rows = Organization.objects.annotate(
        is_demonstration=Exists(Enterprise.objects.filter(is_demonstration=True)),
        is_new=Exists(Enterprise.objects.filter(is_demonstration=False, set_up_at__gte=clock.now() - FIRST_WEEKS)),
    )
    return rows.filter(pk=organization_id).only("short_name")


def _leads_to(url: str, path: str) -> bool:
    """Whether ``path`` is the page of a menu entry or lies below it."""
    return path == url or (url != "/" and path.startswith(url))


@cache
def _address(url_name: str, _prefix: str) -> str:
    """The address of an entry, looked up once for each ``_prefix`` of the addresses: the menu stands on every page."""
    return reverse(url_name)


def _entry(item: MenuItem, request: Request) -> dict[str, Any]:
    return {
        "title": item.title,
        "url": _address(item.url_name, get_script_prefix()),
        "icon": item.icon,
        "group": item.group,
        "badge": item.badge(request) if item.badge else 0,
        "tab": item.tab,
        "tab_order": item.tab_order,
    }
