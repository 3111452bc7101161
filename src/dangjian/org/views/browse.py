"""The tree, the list, and the page of one organisation."""

import datetime as dt
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.safestring import SafeString, mark_safe

from dangjian.kernel import clock, codes
from dangjian.kernel.errors import Invalid, NotThere
from dangjian.kernel.gate import Request, page
from dangjian.kernel.offers import ObjectPanel
from dangjian.kernel.ordering import ordered_by
from dangjian.kernel.registry import offers
from dangjian.org import queries
from dangjian.org.gate import GrantedActor, find
from dangjian.org.models import Kind, Organization, OrganizationVersion, Post, TermOfBody
from dangjian.org.offers import OrganizationAction, OrganizationFigure
from dangjian.org.scope import everything, opened

PAGE = 20
SORTS = {"name": "short_name", "code": "code", "kind": "path", "established": "established_on"}


def day_of(request: Request) -> dt.date:
    """The day the page is asked for, today if none. Raises ``Invalid`` for what is no date, or lies ahead."""
    typed = request.GET.get("on", "")
    if not typed:
        return clock.today()
    try:
        day = parse_date(typed)
    except ValueError:
        day = None
    if day is None:
        raise Invalid("日期不正确。", how="请按“2026-11-01”的格式填写，或点日期框选择。")
    if day > clock.today():
        raise Invalid("只能查看今天或以前的组织架构。", how="请选择今天或以前的日期。")
    return day


@page("org.view")
def tree(request: Request) -> HttpResponse:
    """The tree beside the first organisation the actor looks after."""
    return _show(request, None)


@page("org.view")
def detail(request: Request, pk: int) -> HttpResponse:
    """One organisation with its tabs, beside the tree."""
    return _show(request, pk)


@page("org.view")
def branches(request: Request, pk: int) -> HttpResponse:
    """The nodes below one node of the tree, for opening it in place."""
    day = day_of(request)
    node = queries.tree(day, with_dissolved=_wants_dissolved(request)).by_pk.get(pk)
    if node is None:
        raise NotThere
    return render(
        request, "org/nodes.html", {"nodes": node.children, "opened": set(), "here": None, **_tree_context(request, day)}
    )


@page("org.view")
def listing(request: Request) -> HttpResponse:
    """All organisations in reach as a list: found by name, pinyin or code, filtered, sorted, paged."""
    state, kind = request.GET.get("state", "standing"), request.GET.get("kind", "")
    rows = queries.find_by_text(request.GET.get("q", ""), with_dissolved=True)
    if state != "all":
        rows = rows.filter(dissolved_on__isnull=state != "dissolved")
    if kind in Kind.values:
        rows = rows.filter(kind=kind)
    page_obj = Paginator(_sorted(rows.select_related("parent"), request.GET.get("sort", "")), PAGE).get_page(
        request.GET.get("page")
    )
    names = queries.leaders(page_obj.object_list)
    figures = _main_figures([one.pk for one in page_obj.object_list])
    lines = [{"one": one, "leader": names.get(one.pk, ""), "figure": figures.get(one.pk)} for one in page_obj.object_list]
    context = {
        "page_obj": page_obj,
        "lines": lines,
        "kinds": Kind.choices,
        "kind": kind,
        "state": state,
        "figure": next(iter(offers(OrganizationFigure)), None),
    }
    return render(request, "org/list.html", context)


def _sorted(rows: QuerySet[Organization], sort: str) -> QuerySet[Organization]:
    return rows.order_by(ordered_by(sort, SORTS, "path"), "pk")


def _main_figures(pks: list[int]) -> dict[int, int]:
    figure = next(iter(offers(OrganizationFigure)), None)
    if figure is None or not pks:
        return {}
    shown = queries.tree(clock.today())
    return {pk: shown.by_pk[pk].figures[figure.code] for pk in pks if pk in shown.by_pk}


def _wants_dissolved(request: Request) -> bool:
    return request.GET.get("dissolved") == "1"


def _tree_context(request: Request, day: dt.date) -> dict[str, Any]:
    past = day != clock.today()
    dissolved = _wants_dissolved(request)
    kept = "&".join(part for part in (f"on={day.isoformat()}" if past else "", "dissolved=1" if dissolved else "") if part)
    return {
        "day": day,
        "past": past,
        "dissolved": dissolved,
        "kept": f"?{kept}" if kept else "",
        "figure": next(iter(offers(OrganizationFigure)), None),
        "today": clock.today(),
    }


def _show(request: Request, pk: int | None) -> HttpResponse:
    day = day_of(request)
    organization = find(Organization, pk=pk) if pk else None
    with_dissolved = _wants_dissolved(request) or bool(organization and organization.dissolved_on)
    shown = queries.tree(day, with_dissolved=with_dissolved)
    if pk is None:
        root = next((node for node in shown.roots if node.reachable), None)
        organization = find(Organization, pk=root.pk) if root else None
    context: dict[str, Any] = {"tree": shown, "organization": organization, **_tree_context(request, day)}
    if organization is not None:
        here = shown.by_pk.get(organization.pk)
        above = list(here.above())[::-1] if here else []
        context |= {"here": here, "above": above, "opened": {node.pk for node in [*above, *([here] if here else [])]}}
        context |= _detail(request, organization, here, day)
    return render(request, "org/organization.html", context)


def _detail(request: Request, organization: Organization, here: queries.Node | None, day: dt.date) -> dict[str, Any]:
    panels = _panels(request, organization) if day == clock.today() else []
    tabs = [("overview", "概况", "info-circle"), ("history", "沿革", "history")]
    if not organization.is_group:
        tabs.append(("posts", "任职与届次", "id-badge-2"))
    if organization.is_branch:
        tabs.append(("groups", "党小组", "users-group"))
    codes_of_panels = {panel.code for panel, _ in panels}
    tab = request.GET.get("tab", "overview")
    if tab not in {code for code, _, _ in tabs} | codes_of_panels:
        tab = "overview"
    context: dict[str, Any] = {
        "sections": [*tabs, *((panel.code, panel.title, "") for panel, _ in panels)],
        "tab": tab,
        "actions": _actions(request, organization) if day == clock.today() else [],
    }
    if tab in codes_of_panels:
        return {**context, "panel": _panel_body(request, next(each for each in panels if each[0].code == tab))}
    makers = {"overview": _overview, "history": _history, "posts": _posts, "groups": _groups}
    return {**context, **makers[tab](request, organization, here, day)}


def _panels(request: Request, organization: Organization) -> list[tuple[ObjectPanel, dict[str, Any]]]:
    """The tabs of other apps for this organisation, each worked out in the scope of its own permission."""
    found = []
    for panel in offers(ObjectPanel):
        if panel.on != "organization" or not request.actor.may(panel.permission, organization):
            continue
        with opened(_actor(request).scope_of(panel.permission)):
            context = panel.context(request, organization)
        if context is not None:
            found.append((panel, context))
    return found


def _panel_body(request: Request, panel: tuple[ObjectPanel, dict[str, Any]]) -> SafeString:
    """Rendered inside the panel's own scope, because its querysets are read by its template."""
    offer, context = panel
    with opened(_actor(request).scope_of(offer.permission)):
        return mark_safe(render_to_string(offer.template, context, request))  # noqa: S308 - rendered by a template


def _actor(request: Request) -> GrantedActor:
    if not isinstance(request.actor, GrantedActor):
        message = "a page is asked for by a person"
        raise TypeError(message)
    return request.actor


def _actions(request: Request, organization: Organization) -> list[dict[str, Any]]:
    if organization.dissolved_on:
        return []
    return [
        {"title": offer.title, "icon": offer.icon, "danger": offer.danger, "url": reverse(offer.url_name, args=[organization.pk])}
        for offer in offers(OrganizationAction)
        if organization.kind in offer.kinds
        and (organization.parent_id or not offer.of_superior)
        and request.actor.may(offer.permission, organization)
    ]


def _overview(request: Request, organization: Organization, here: queries.Node | None, day: dt.date) -> dict[str, Any]:
    with everything("the name of the superior is no secret to those below it"):
        version = OrganizationVersion.objects.as_of(day).filter(organization=organization).select_related("parent").first()
        superior = organization.parent
    below = list(here.walk())[1:] if here else []
    counted = [(kind.label, sum(node.kind == kind and not node.dissolved_on for node in below), kind.value) for kind in Kind]
    children = here.children if here else []
    past = day != clock.today()
    return {
        "version": version,
        "superior": version.parent if past and version else superior,
        "superior_reachable": superior is not None and request.actor.may("org.view", superior),
        "figures": [(offer, here.figures.get(offer.code, 0)) for offer in offers(OrganizationFigure)] if here else [],
        "below": [line for line in counted if line[1]],
        "children": children,
        "leader_names": queries.leaders(Organization.objects.filter(pk__in=[node.pk for node in children])) if not past else {},
        "officers": queries.officers(organization, day),
        "term": None if past or organization.is_group else queries.open_term(organization),
        "type_label": codes.get("org_type").label(organization.type_code),
        "location_label": codes.get("unit_location_kind").label(organization.location_kind),
        "may_posts": not past and not organization.dissolved_on and request.actor.may("org.posts", organization),
        "may_lead": organization.is_group
        and not past
        and not organization.dissolved_on
        and request.actor.may("org.groups", organization),
    }


def _history(request: Request, organization: Organization, _here: Any, _day: dt.date) -> dict[str, Any]:
    return {"history": queries.history(organization), "may_manage": request.actor.may("org.manage", organization)}


def _posts(request: Request, organization: Organization, _here: Any, day: dt.date) -> dict[str, Any]:
    ended = Post.objects.filter(organization=organization, ends_on__lte=day).select_related("user", "term").order_by("-ends_on")
    return {
        "officers": queries.officers(organization, day),
        "page_obj": Paginator(ended, PAGE).get_page(request.GET.get("page")),
        "term": queries.open_term(organization),
        "terms": TermOfBody.objects.filter(organization=organization).order_by("-number"),
        "may_posts": not organization.dissolved_on and request.actor.may("org.posts", organization),
    }


def _groups(request: Request, organization: Organization, here: queries.Node | None, _day: dt.date) -> dict[str, Any]:
    groups = [node for node in (here.children if here else []) if node.kind == Kind.GROUP]
    return {
        "groups": groups,
        "leader_names": queries.leaders(Organization.objects.filter(pk__in=[node.pk for node in groups])),
        "may_groups": not organization.dissolved_on and request.actor.may("org.groups", organization),
    }
