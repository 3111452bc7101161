"""Home, health, and the answers to errors."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode

from dangjian.engines.jobs import health
from dangjian.kernel import clock, parameters
from dangjian.kernel.addresses import address_of
from dangjian.kernel.gate import PUBLIC, SIGNED_IN, Request, requires
from dangjian.kernel.offers import HomePanel, MenuItem, SearchHit, SearchSource
from dangjian.kernel.pinyin import initials, letters
from dangjian.kernel.registry import offers
from dangjian.kernel.rulebook import book
from dangjian.org.gate import GrantedActor
from dangjian.org.scope import opened
from dangjian.site import api_docs
from dangjian.site.api import api, broken, no_operation

SEARCH_LIMIT = 8
SUGGESTED = 4
FOR_PROGRAMS = "/api/"


@requires(SIGNED_IN)
def home(request: Request) -> HttpResponse:
    """The start page: what is due, and for those with units below them the workbench, put together from ``HomePanel`` offers."""
    panels: dict[str, list[str]] = {"today": [], "first": [], "workbench": [], "todo": [], "me": []}
    for offer in offers(HomePanel):
        if offer.permission != SIGNED_IN and not request.actor.may(offer.permission):
            continue
        context = offer.context(request)
        if context is not None:
            panels["today" if context.get("is_for_today") else offer.place].append(
                render_to_string(offer.template, context, request)
            )
    return render(
        request,
        "site/home.html",
        {
            "today": clock.today(),
            "for_today": panels["today"],
            "first": panels["first"],
            "workbench": panels["workbench"],
            "todo": panels["todo"],
            "aside": panels["me"],
        },
    )


@requires(SIGNED_IN)
def search(request: Request) -> HttpResponse:
    """One box for pages, members, organisations, meetings and whatever else apps offer to search, each in its own scope.

    While somebody types (htmx), the first hits come as a list below the box.
    """
    text = parameters.text(request, "q")
    typing = bool(request.headers.get("HX-Request"))
    limit = SUGGESTED if typing else SEARCH_LIMIT
    found = []
    if text:
        if pages := _pages(request, text)[:limit]:
            found.append({"title": "功能", "icon": "layout-grid", "hits": pages})
        for source in offers(SearchSource):
            if not request.actor.may(source.permission):
                continue
            with opened(request.actor.scope_of(source.permission)):
                hits = source.find(text, limit)
            if hits:
                found.append({"title": source.title, "icon": source.icon, "hits": hits})
    template = "site/_found.html" if typing else "site/search.html"
    return render(request, template, {"text": text, "found": found, "typing": typing})


def _pages(request: Request, text: str) -> list[SearchHit]:
    """Pages of the menu by name or pinyin, one's own record by one's own name, and the rules that speak of it."""
    wanted = text.lower()
    hits = []
    for item in offers(MenuItem):
        names = (item.title, letters(item.title), initials(item.title))
        if any(wanted in name for name in names) and item.is_open_to(request.actor):
            hits.append(SearchHit(item.title, reverse(item.url_name), item.group))
    own = (request.actor.name, letters(request.actor.name), initials(request.actor.name))
    if request.actor.may("members.own") and any(name.startswith(wanted) for name in own):
        hits.append(SearchHit("我的信息", reverse("members:me"), request.actor.name))
    rules = sum(text in rule.title for rule in book().describe())
    if rules:
        hits.append(
            SearchHit(f"规则依据中有{rules}条", f"{reverse('site:rules')}?{urlencode({'q': text})}", "为什么这样提醒、计票和核对")
        )
    return hits


@requires(PUBLIC)
def healthz(_request: Request) -> JsonResponse:
    """Whether the server can do its work (200) or not (503): see ``engines.jobs.health``. One word says what is wrong."""
    found = health.state()
    return _uncached(JsonResponse({"status": found}, status=200 if found == "ok" else 503))


@requires(PUBLIC)
def alive(_request: Request) -> JsonResponse:
    """That this process answers, whatever the state of the database: whoever restarts processes asks here."""
    return _uncached(JsonResponse({"status": "ok"}))


def _uncached(answer: JsonResponse) -> JsonResponse:
    answer["Cache-Control"] = "no-store"
    return answer


@requires(SIGNED_IN)
def api_documentation(request: Request) -> HttpResponse:
    """The machine interface explained: every operation with its fields, examples and errors."""
    found = api_docs.groups(api.get_openapi_schema(), request.build_absolute_uri("/").rstrip("/"))
    return render(request, "site/api_docs.html", {"groups": found, "errors": api_docs.ERRORS})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """The form was open too long, or cookies are refused."""
    return render(request, "errors/csrf.html", {"base": _base(request)}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """No such address."""
    if request.path.startswith(FOR_PROGRAMS):
        return no_operation(request)
    return render(request, "errors/404.html", {"base": _base(request)}, status=404)


def _base(request: Any) -> str:
    """What the page of an error stands in: for somebody signed in, with the menu, which no view has asked for yet."""
    if not request.user.is_authenticated:
        return "errors/base.html"
    if getattr(request, "actor", None) is None:
        request.actor = GrantedActor(request.user, address_of(request))
    return "errors/framed.html"


def server_error(request: Request) -> HttpResponse:
    """Something broke; it has been logged. Rendered without the frame, whose menus would ask a database that may be down."""
    if request.path.startswith(FOR_PROGRAMS):
        return broken(request)
    return HttpResponse(render_to_string("errors/500.html"), status=500)
