"""The tree, the list, and the page of one organisation."""

import datetime as dt
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dangjian.kernel import clock, codes, parameters
from dangjian.kernel.actor import may
from dangjian.kernel.errors import Invalid, NotFound
from dangjian.kernel.gate import Request, requires
from dangjian.kernel.lists import ALL, CODE, DAY, LINE, NUMBER, Asked, Choice, Column, Empty, ListPage, ListPart, Search, Table
from dangjian.kernel.offers import ObjectPanel
from dangjian.kernel.registry import offers
from dangjian.kernel.ui import marks, words
from dangjian.org import queries
from dangjian.org.actions import posts, reorganisations
from dangjian.org.gate import GrantedActor, find
from dangjian.org.lists import OrganizationFilter
from dangjian.org.models import Kind, Organization, Post, TermOfBody
from dangjian.org.offers import OrganizationAction, OrganizationFigure
from dangjian.org.scope import opened
from dangjian.org.views.access import organization_of


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


@requires("org.view")
def tree(request: Request) -> HttpResponse:
    """The tree beside the first organisation the actor looks after."""
    return _show(request, None)


@requires("org.view", on=organization_of)
def detail(request: Request, organization: Organization) -> HttpResponse:
    """One organisation with its tabs, beside the tree."""
    return _show(request, organization)


def node_of(request: Request, pk: int) -> queries.Node:
    """The organisation in the tree of the day asked for; superiors beyond the reader's reach stand in it by their names."""
    node = queries.tree(day_of(request), with_dissolved=_wants_dissolved(request)).by_pk.get(pk)
    if node is None:
        raise NotFound
    return node


@requires("org.view", on=node_of)
def branches(request: Request, node: queries.Node) -> HttpResponse:
    """The nodes below one node of the tree, for opening it in place."""
    context = _tree_context(request, day_of(request))
    return render(request, "org/nodes.html", {"nodes": node.children, "opened": set(), "here": None, **context})


def _add_leaders_and_figures(rows: list[Any], _asked: Asked) -> None:
    names, figures = queries.leaders(rows), _main_figures([one.pk for one in rows])
    for one in rows:
        one.leader, one.figure = names.get(one.pk, ""), figures.get(one.pk)


def _main_figures(pks: list[int]) -> dict[int, int]:
    figure = _main_figure()
    if figure is None:
        return {}
    shown = queries.tree(clock.today())
    return {pk: shown.by_pk[pk].figures[figure.code] for pk in pks if pk in shown.by_pk}


def _main_figure() -> OrganizationFigure | None:
    return next(iter(offers(OrganizationFigure)), None)


def _standing(rows: QuerySet[Organization], state: str) -> QuerySet[Organization]:
    """Those that stand, unless others are asked for."""
    return rows if state == ALL else rows.filter(dissolved_on__isnull=state != "dissolved")


def _name(one: Organization) -> str:
    return format_html("{} {}", one.short_name, marks.badge("inactive", "已撤销")) if one.dissolved_on else one.short_name


VACANT = mark_safe('<span class="text-warn">空缺</span>')


def _leader(one: Any) -> str:
    return one.leader or ("—" if one.dissolved_on else VACANT)


def _columns() -> tuple[Column[Organization], ...]:
    figure = _main_figure()
    return (
        Column("名称", "short_name", sort="short_name", key="name", drawn=_name, header="简称", width=24),
        Column("全称", "name", on_page=False, width=36),
        Column("类别", "get_kind_display"),
        Column("上级", "parent.short_name", width=24),
        Column("书记（组长）", "leader", drawn=_leader),
        *([Column(figure.title, "figure", NUMBER)] if figure else []),
        Column("编码", "code", CODE, sort="code"),
        Column("成立日期", "established_on", DAY, sort="established_on", key="established"),
        Column("撤销日期", "dissolved_on", DAY, on_page=False),
    )


ORGANIZATIONS = ListPage(
    name="org:list",
    title="党组织",
    permission="org.view",
    crumbs=(("党组织", "org:tree"),),
    crumb="列表",
    beside="org/list_switch.html",
    rows=lambda _asked: Organization.objects.select_related("parent"),
    columns=_columns,
    order=("path",),
    row="org:detail",
    load=_add_leaders_and_figures,
    filters=(
        Search("q", "名称、拼音或编码", queries.found_by_text, longest=60),
        OrganizationFilter("under", "上级", field="", look="hidden"),
        Choice("kind", "类别", Kind.choices, usual="全部类别"),
        Choice("state", "状态", [("dissolved", "已撤销的"), (ALL, "全部")], usual="现有的", rows=_standing),
    ),
    missed=lambda _asked: Empty("search-off", "没有找到党组织", "请换个名称、拼音首字母或编码，或放宽类别和状态。"),
    empty=Empty("sitemap", "还没有党组织", "您能查看的党组织会列在这里。"),
)


def _wants_dissolved(request: Request) -> bool:
    return bool(parameters.one_of(request, "dissolved", {"1"}))


def _tree_context(request: Request, day: dt.date) -> dict[str, object]:
    past = day != clock.today()
    dissolved = _wants_dissolved(request)
    kept = "&".join(part for part in (f"on={day.isoformat()}" if past else "", "dissolved=1" if dissolved else "") if part)
    return {
        "day": day,
        "past": past,
        "dissolved": dissolved,
        "kept": f"?{kept}" if kept else "",
        "figure": _main_figure(),
        "today": clock.today(),
    }


def _show(request: Request, organization: Organization | None) -> HttpResponse:
    day = day_of(request)
    with_dissolved = _wants_dissolved(request) or bool(organization and organization.dissolved_on)
    shown = queries.tree(day, with_dissolved=with_dissolved)
    if organization is None:
        root = next((node for node in shown.roots if node.reachable), None)
        organization = find(Organization, pk=root.pk) if root else None
    context: dict[str, object] = {"tree": shown, "organization": organization, **_tree_context(request, day)}
    if organization is not None:
        here = shown.by_pk.get(organization.pk)
        above = list(here.above())[::-1] if here else []
        context |= {"here": here, "above": above, "opened": {node.pk for node in [*above, *([here] if here else [])]}}
        context |= _detail(request, organization, here, day)
    return render(request, "org/organization.html", context)


def _detail(request: Request, organization: Organization, here: queries.Node | None, day: dt.date) -> dict[str, object]:
    panels = _panels(request, organization) if day == clock.today() else []
    tabs = [("overview", "概况", "info-circle"), ("history", "沿革", "history")]
    if not organization.is_group:
        tabs.append(("posts", "任职与届次", "id-badge-2"))
    if organization.is_branch:
        tabs.append(("groups", "党小组", "users-group"))
    codes_of_panels = {panel.code for panel, _ in panels}
    tab = parameters.one_of(request, "tab", {code for code, _, _ in tabs} | codes_of_panels, "overview")
    context: dict[str, object] = {
        "sections": [*tabs, *((panel.code, panel.title, "") for panel, _ in panels)],
        "tab": tab,
        "actions": _actions(request, organization) if day == clock.today() else [],
    }
    if tab in codes_of_panels:
        return {**context, "panel": _panel_body(request, next(each for each in panels if each[0].code == tab))}
    makers = {"overview": _overview, "history": _history, "posts": _posts, "groups": _groups}
    return {**context, **makers[tab](request, organization, here, day)}


def _panels(request: Request, organization: Organization) -> list[tuple[ObjectPanel, dict[str, object]]]:
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


def _panel_body(request: Request, panel: tuple[ObjectPanel, dict[str, object]]) -> SafeString:
    """Rendered inside the panel's own scope, because its querysets are read by its template."""
    offer, context = panel
    with opened(_actor(request).scope_of(offer.permission)):
        return mark_safe(render_to_string(offer.template, context, request))  # noqa: S308 - rendered by a template


def _actor(request: Request) -> GrantedActor:
    if not isinstance(request.actor, GrantedActor):
        message = "a page is asked for by a person"
        raise TypeError(message)
    return request.actor


def _actions(request: Request, organization: Organization) -> list[dict[str, object]]:
    if organization.dissolved_on:
        return []
    return [
        {"title": offer.title, "icon": offer.icon, "danger": offer.danger, "url": reverse(offer.url_name, args=[organization.pk])}
        for offer in offers(OrganizationAction)
        if organization.kind in offer.kinds
        and (organization.parent_id or not offer.of_superior)
        and request.actor.may(offer.permission, organization)
        and (offer.require is None or may(offer.require, request.actor, organization))
    ]


def _overview(request: Request, organization: Organization, here: queries.Node | None, day: dt.date) -> dict[str, object]:
    version = queries.stood_on(organization, day)
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
        **_staffing(request, organization, day),
    }


def _staffing(request: Request, organization: Organization, day: dt.date) -> dict[str, object]:
    """Whether the reader fills its posts as it stands: those of a body, or that of who leads a group."""
    is_open = day == clock.today() and not organization.dissolved_on
    fills = is_open and may(posts.require_filling, request.actor, organization)
    return {"may_posts": fills and not organization.is_group, "may_lead": fills and organization.is_group}


def _history(request: Request, organization: Organization, _here: Any, _day: dt.date) -> dict[str, object]:
    history = queries.history(organization)
    changes = [queries.ChangeLine(change, organization) for change in history.changes]
    steps = [step for step in (*(line.step for line in changes), *history.moves) if step and not step.undone_at]
    done_by = {step.pk: matter for step in steps if (matter := reorganisations.matter_of(request.actor, step))}
    return {
        "history": history,
        "changes": changes,
        "done_by": [*done_by.items()],
        "may_undo": {
            step.pk for step in steps if step.pk not in done_by and may(reorganisations.require_taking_back, request.actor, step)
        },
    }


def _position(post: Post) -> str:
    return f"{post.get_kind_display()}（第{post.term.number}届）" if post.term else post.get_kind_display()


PAST_POSTS = ListPart(
    name="org:past_posts",
    title="以前的任职",
    page="org:detail",
    within={"tab": "posts"},
    kept=("on", "dissolved"),
    heading="历任",
    icon="history",
    rows=lambda asked: Post.objects.filter(organization=asked.of, ends_on__lte=day_of(asked.request)).select_related(
        "user", "term"
    ),
    columns=(
        Column("姓名", "user.name"),
        Column("职务", _position, sort="kind"),
        Column("任职", "starts_on", DAY, sort="-starts_on", key="from"),
        Column("免职", "ends_on", DAY, sort="-ends_on", key="until"),
        Column("文号", "document"),
    ),
    order=("-ends_on",),
    empty=Empty("history", "还没有以前的任职记录"),
)


def _extended(term: TermOfBody) -> str:
    return f"{words.day(term.extended_to)}（{term.extension_document}）" if term.extended_to else ""


def _elected(term: TermOfBody) -> str:
    ways = ["公推直选"] if term.is_by_direct_election else []
    return "，".join([*ways, f"书记、副书记{term.get_heads_elected_display()}"] if term.heads_elected else ways)


TERMS: Table[TermOfBody] = Table(
    "历届任期",
    (
        Column("届次", lambda term: f"第{term.number}届"),
        Column("开始", "starts_on", DAY),
        Column("产生方式", _elected, LINE),
        Column("届满", "due_on", DAY),
        Column("延期至", _extended),
        Column("结束", "ended_on", DAY, drawn=lambda term: words.day(term.ended_on) or marks.badge("running", "本届")),
    ),
)


def _posts(request: Request, organization: Organization, _here: Any, day: dt.date) -> dict[str, object]:
    return {
        "officers": queries.officers(organization, day),
        "past_posts": PAST_POSTS.of(request, organization),
        "term": queries.open_term(organization),
        "terms": TERMS.of(TermOfBody.objects.filter(organization=organization).order_by("-number")),
        **_staffing(request, organization, clock.today()),
    }


def _groups(request: Request, organization: Organization, here: queries.Node | None, _day: dt.date) -> dict[str, object]:
    groups = [node for node in (here.children if here else []) if node.kind == Kind.GROUP]
    leaders = queries.leaders(Organization.objects.filter(pk__in=[node.pk for node in groups]))
    figure = _main_figure()
    return {
        "groups": [(node, leaders.get(node.pk, ""), node.figures.get(figure.code) if figure else None) for node in groups],
        "may_groups": not organization.dissolved_on and request.actor.may("org.groups", organization),
    }
