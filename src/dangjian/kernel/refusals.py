"""How a refusal is answered: a page for a person, a toast for an HTMX request."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from dangjian.kernel.errors import Refusal

TITLES = {403: "没有权限", 404: "没有找到"}


def answer(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The response to a refused request, with the refusal's status.

    The gate reads from ``request.refusal`` what it was, for the trail.

    A form view catches ``Invalid`` itself and shows the messages beside the fields; whatever it does not catch comes here.
    """
    vars(request)["refusal"] = refusal
    if request.headers.get("HX-Request"):
        text = refusal.brief
        response = HttpResponse(status=refusal.status)
        response["HX-Reswap"] = "none"
        response["HX-Trigger"] = json.dumps({"toast": {"text": text, "tone": "danger", "citation": refusal.citation}})
        return response
    context = {"refusal": refusal, "title": TITLES.get(refusal.status, "没有办成"), "came_from": _came_from(request)}
    return render(request, "errors/refusal.html", context, status=refusal.status)


def _came_from(request: HttpRequest) -> str:
    """The page of this site on which the person was before; empty if unknown or the same one."""
    address = request.headers.get("Referer", "")
    known = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if known and (request.method == "POST" or address != request.build_absolute_uri()) else ""
